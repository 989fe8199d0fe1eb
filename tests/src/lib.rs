//! End to end: harness, scenarios, simulation.
