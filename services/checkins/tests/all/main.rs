//! The rules of the watch, told as stories.
#![allow(clippy::unwrap_used, reason = "a test that can't unwrap has failed")]

mod areas;
mod arrivals;
mod cast;
mod clock_changes;
mod counts;
mod devices;
mod dues;
mod help;
mod off_area;
mod outages;
mod properties;
mod silence;
mod status;
mod texts;
mod tracks;
mod trips;
mod unusual;
mod words;
