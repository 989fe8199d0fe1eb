//! The rules of safeguarding, as stories.

mod cast;
mod hearing;
mod incidents;
mod readers;
mod seized;
mod usage;
