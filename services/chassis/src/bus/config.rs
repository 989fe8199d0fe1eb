//! How a bus connects.

use std::time::Duration;

use bytes::Bytes;
use proto::ids::ClientId;
use rumqttc::QoS;

use super::{Password, Tls};

/// How many messages wait for a consumer before the broker has to wait too.
pub const DEFAULT_INBOX: usize = 1024;

/// How often a silent connection is probed.
pub const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where a broker is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerAddress {
    /// Its host name or address (an IPv6 address in brackets).
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl std::fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where the broker is, and who connects.
#[derive(Clone, Debug)]
pub struct BusConfig {
    /// The broker's host name or address (an IPv6 address in brackets).
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Further nodes of the same broker: where one doesn't answer, or its connection is lost, the next one is tried. None
    /// for a broker that stands alone.
    pub others: Vec<BrokerAddress>,
    /// Whose word is taken for who the broker is; none: it is spoken to in the clear.
    pub tls: Option<Tls>,
    /// Names the MQTT sessions; usually the account's name.
    pub client: ClientId,
    /// The account.
    pub username: String,
    /// Its password.
    pub password: Password,
    /// How often a silent connection is probed; at least one second.
    pub keep_alive: Duration,
    /// What the broker publishes when this client dies without saying goodbye.
    pub will: Option<Will>,
    /// Who acknowledges what was received.
    pub acks: Acks,
    /// What the broker is asked to do for a message.
    pub delivery: Delivery,
    /// `false` asks the broker to keep messages while this client is away: only for senders that can't be asked again.
    pub clean_session: bool,
    /// How many messages may wait for the consumer; at least one.
    pub inbox: usize,
}

impl BusConfig {
    /// A clean session with automatic acknowledgement, the account being named after the client.
    pub fn new(host: impl Into<String>, port: u16, client: ClientId, password: Password) -> Self {
        Self {
            host: host.into(),
            port,
            others: Vec::new(),
            tls: None,
            username: client.as_str().to_owned(),
            client,
            password,
            keep_alive: DEFAULT_KEEP_ALIVE,
            will: None,
            acks: Acks::Automatic,
            delivery: Delivery::AtLeastOnce,
            clean_session: true,
            inbox: DEFAULT_INBOX,
        }
    }

    /// The same, with further nodes of that broker.
    #[must_use]
    pub fn with_others(mut self, others: Vec<BrokerAddress>) -> Self {
        self.others = others;
        self
    }

    /// The same under TLS, or in the clear.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<Tls>) -> Self {
        self.tls = tls;
        self
    }

    /// Where the so-manieth try goes, counted from 0: to the first node, then to each of the others, then round again.
    pub(super) fn node(&self, tries: usize) -> BrokerAddress {
        match (tries % (self.others.len() + 1)).checked_sub(1).and_then(|place| self.others.get(place)) {
            Some(other) => other.clone(),
            None => BrokerAddress { host: self.host.clone(), port: self.port },
        }
    }

    /// The same with that quality of delivery.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// The same with a last will.
    #[must_use]
    pub fn with_will(mut self, will: Will) -> Self {
        self.will = Some(will);
        self
    }

    /// The same with a session the broker keeps, and with messages acknowledged by the consumer alone: for senders that
    /// can't be asked again, such as OwnTracks.
    #[must_use]
    pub fn persistent(mut self) -> Self {
        self.acks = Acks::Manual;
        self.delivery = Delivery::AtLeastOnce;
        self.clean_session = false;
        self
    }
}

/// What a broker is asked to do for a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
    /// MQTT's QoS 1: the broker acknowledges it, and keeps it until whoever hears it did.
    AtLeastOnce,
    /// MQTT's QoS 0: the broker hands it on. Numbers, heads, replays and asking again make good for what is lost, as they do
    /// anyhow; a cluster that would keep each message on several nodes needn't.
    AtMostOnce,
}

impl Delivery {
    pub(super) fn qos(self) -> QoS {
        match self {
            Self::AtLeastOnce => QoS::AtLeastOnce,
            Self::AtMostOnce => QoS::AtMostOnce,
        }
    }
}

/// Who acknowledges what was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acks {
    /// The client, as messages arrive: the producer can be asked again.
    Automatic,
    /// The consumer, by [`super::Ack::confirm`], once it has committed what the message led to.
    Manual,
}

/// A last will.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Will {
    /// Where it is published.
    pub topic: String,
    /// What.
    pub payload: Bytes,
    /// Whether the broker keeps it for those who come later.
    pub retain: bool,
}
