//! The bus: a thin shell over an MQTT 3.1.1 client (QoS 1, or 0 where it is told to) that connects, subscribes, and tries again for ever.
//!
//! Invariants:
//! - Nothing is promised about delivery. A publish that was accepted may still be lost with its connection; journal
//!   numbers, heads and replays make good for it. So nothing here is kept across connections.
//! - [`BusEvent::Connected`] comes once both connections stand and every filter was granted, and before any message
//!   of that connection. A refused filter is reported and tried again, never ignored.
//! - Publishing and subscribing have a connection each (on one, delayed TCP acknowledgements cost 40 ms a round trip),
//!   and each connection gets a client of its own (a client that outlives its connection can stop for good).
//! - An event loop is polled by a task that does nothing else that could wait for it: it never publishes.
//! - Both connections are to the same node of the broker. When one is lost, both are, and the next node is tried; the one
//!   that holds is stayed with.
//! - Everything is bounded: the inbox, what is in flight, what is held before the grant, the size of a message.
//! - With TLS ([`Tls`]) nobody is told a password before the broker has shown who it is.
//!
//! What it doesn't do: knowing what the messages mean.

mod backoff;
mod config;
mod connection;
mod event;
mod options;
mod password;
mod receiver;
mod sender;
mod supervisor;
mod tls;

pub use config::{Acks, BrokerAddress, BusConfig, DEFAULT_INBOX, DEFAULT_KEEP_ALIVE, Delivery, Will};
pub use event::{Ack, BusEvent, Lost};
pub use options::{HEADROOM_BYTES, MAX_IN_FLIGHT, MAX_INCOMING_BYTES, connection_ids};
pub use password::Password;
pub use receiver::MAX_HELD;
pub use sender::{BusSender, PublishError};
pub use supervisor::{Bus, MAX_FILTERS};
pub use tls::{Tls, TlsFault};
