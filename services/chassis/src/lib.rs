//! The shell that runs any decider: engine, journal, bus, clock, leases, health.

pub mod broker;
pub mod bus;
pub mod entry;
pub mod journal;
pub mod lease;
pub mod testing;
