//! The simulated handsets, held against a small application of the tests' own.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod app;
mod calls;
mod contract;
mod dialling;
mod failures;
mod page;
mod signing;
mod texts;
