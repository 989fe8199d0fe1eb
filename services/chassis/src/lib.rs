//! The shell that runs any decider: engine, journal, bus, clock, leases, health.
//!
//! - [`engine`]: a decider at work for one school, sans-I/O.
//! - [`host`]: the tokio shell around engines; one for each service.
//! - [`journal`], [`entry`], [`lease`]: where entries are kept, how they are chained, who may write.
//! - [`bus`], [`broker`]: MQTT, as a client and as the embedded broker.
//! - [`client`]: for those who command and watch: the board, the API, tests.
//! - [`pulse`]: whether a loop really turns.
//! - [`clock`], [`school`]: time and settings, handed in everywhere.

mod asks;
pub mod backup;
pub mod broker;
pub mod bus;
pub mod client;
pub mod clock;
pub mod engine;
pub mod entry;
pub mod host;
pub mod journal;
pub mod lease;
pub mod pulse;
pub mod school;
pub mod testing;
