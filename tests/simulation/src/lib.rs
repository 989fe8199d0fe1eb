//! The simulation: all deciders and their engines in one thread, over a bus that loses, doubles, reorders and delays,
//! with crashes at every step, on a clock that jumps from one happening to the next.
//!
//! ```text
//!   stories (people, phones) ─► board, webhooks ─► bus ─► engines ─► journals ─► checker
//!        ▲                                          └── loses, doubles, overtakes ──┘
//!        └────────── what was committed ──────────────────────┘
//! ```
//!
//! A [`Day`] follows from its seed alone: the same seed, the same journals. Its end is healed weather, so that whatever
//! was on its way arrives; then [`checker`] reads the journals, and nothing else but when each service was away.
//!
//! What it does not do: run the shell (tokio, MQTT, a database), which the end-to-end tests and the fault runs do.

mod bus;
pub mod checker;
mod day;
mod dice;
mod node;
mod school;
mod services;
mod stats;
mod story;
mod world;

pub use bus::{Away, Weather};
pub use day::{Day, Outcome};
pub use dice::Dice;
pub use services::NAMES;
pub use stats::Stats;
