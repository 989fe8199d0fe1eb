//! The rules of contacts, told as stories.

mod base;
mod cards;
mod cast;
mod coverage;
mod hearing;
mod incremental;
mod lines;
mod routes;
mod time;
