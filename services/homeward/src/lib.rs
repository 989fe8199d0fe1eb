//! The binary: composes, configures, embeds the broker.
//!
//! - [`config`]: every key, read once, wrong ones refused with the key, the value and what is allowed.
//! - [`accounts`]: who has an account at the broker.
//! - [`compose`]: starts what is asked for, in one process, and stops it in order.
//! - [`web`]: the web's listener: how many may connect, and how slow they may be.
//! - [`command`]: `run`, `init`, `verify`, `replay`, `quarantine`, `backup`, `restore`, `doctor` and others.
//! - [`doctor`]: looks at all that Homeward stands on.
//! - [`demo`]: a demonstration school with a trip under way.

pub mod accounts;
pub mod command;
pub mod compose;
pub mod config;
pub mod demo;
mod discovery;
pub mod doctor;
mod holding;
mod logins;
pub mod nightly;
pub mod ops;
pub mod secrets;
mod sharing;
mod systemd;
pub mod watchdog;
pub mod web;

/// Which release this is: a number of the sources it was built from. A state that another release wrote down isn't read.
pub const RELEASE: u32 = include!(concat!(env!("OUT_DIR"), "/release.rs"));
