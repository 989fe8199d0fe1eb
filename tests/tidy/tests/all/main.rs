//! What the compiler can't hold.

mod config;
mod contract;
mod docs;
mod purity;
mod rules;
mod shape;
