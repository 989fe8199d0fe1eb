//! The whole of Homeward under test, from the outside.
//!
//! - [`World`]: Homeward in one process on a clock that tests set, with the simulated handsets as its provider.
//! - [`Watch`]: hears every service, keeps a copy of each one's state, knows when all is quiet.
//! - [`Someone`]: a person of the cast who acts.
//! - [`Outing`]: the museum trip, from the form to the last device back.
//!
//! Time is set, never slept: [`World::at`] takes the clock through every due time, and waits at each until nothing is
//! under way. Any text or call that a story doesn't expect fails it.

mod asks;
mod mqtt;
mod outing;
mod someone;
mod watch;
mod world;

pub use asks::Asks;
pub use mqtt::Mqtt;
pub use outing::{Outing, half_hourly, heads, issue, take_in};
pub use someone::{No, Someone};
pub use watch::{PATIENCE, Watch};
pub use world::{MORNING, World, free_port};
