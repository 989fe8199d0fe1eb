//! The rules of safeguarding, as stories.

mod arrangements;
mod cast;
mod deadlines;
mod hearing;
mod holds;
mod incidents;
mod own_phones;
mod readers;
mod recordings;
mod seized;
mod usage;
