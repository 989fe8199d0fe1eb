//! Engines that tests start for themselves, on free ports of 127.0.0.1, and stop again.

pub mod mosquitto;
pub mod postgres;
