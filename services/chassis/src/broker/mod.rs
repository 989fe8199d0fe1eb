//! Brokers: the embedded one, and what any broker must allow and forbid.
//!
//! - [`acl`]: who may publish and subscribe to what, as pure rules; the same rules written for Mosquitto.
//! - [`nats`], [`emqx`]: the same rules written for those.
//! - [`Accounts`]: the accounts of a broker with their passwords.
//! - [`Embedded`]: the broker inside the process, on loopback only.

mod accounts;
pub mod acl;
mod auth;
mod embedded;
pub mod emqx;
mod filter;
pub mod nats;

use std::net::SocketAddr;

use async_trait::async_trait;

pub use accounts::{Accounts, Phones};
pub use embedded::Embedded;

/// A broker that this process runs.
#[async_trait]
pub trait Broker: Send {
    /// Starts it and says where it listens. Started again, it listens at the same address.
    async fn start(&mut self) -> Result<SocketAddr, BrokerFault>;

    /// Stops it and closes every connection. What it kept in memory is gone.
    async fn stop(&mut self);
}

/// Why a broker could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerFault {
    /// It could not listen, or its settings are wrong.
    #[error("the broker could not be started: {0}")]
    NotStarted(String),
    /// It runs already.
    #[error("the broker runs already")]
    RunsAlready,
}
