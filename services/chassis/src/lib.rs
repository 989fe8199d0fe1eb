//! The shell that runs any decider: engine, journal, bus, clock, leases, health.
