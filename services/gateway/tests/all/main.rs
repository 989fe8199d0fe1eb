//! The gateway's stories: its decider, its words, and its door held against the simulated handsets.

#![allow(unreachable_pub, reason = "one binary: its modules share what they need")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod attempts;
mod bounds;
mod calling;
mod calls;
mod cast;
mod desk;
mod door;
mod drills;
mod grammar;
mod hearing;
mod location;
mod mails;
mod phone;
mod positions;
mod providers;
mod remembered;
mod ring_back;
mod roads;
mod texts;
mod ways;
mod words;
