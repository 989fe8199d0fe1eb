//! The rules of contacts, told as stories.

mod base;
mod cards;
mod cast;
mod coverage;
mod health;
mod hearing;
mod incremental;
mod lines;
mod route_now;
mod route_table;
mod routes;
mod time;
