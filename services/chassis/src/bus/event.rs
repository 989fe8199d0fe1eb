//! What a bus tells its consumer.

use bytes::Bytes;
use rumqttc::{ClientError, ConnectionError, Publish, QoS, StateError};
use tokio::sync::mpsc;

/// What happened on the bus, in order.
#[derive(Debug)]
pub enum BusEvent {
    /// Both connections stand and every filter is granted. Retained messages follow.
    Connected,
    /// A message.
    Message {
        /// Its topic.
        topic: String,
        /// Its payload, at most `proto::envelope::MAX_MESSAGE_BYTES`.
        payload: Bytes,
        /// Whether it was kept by the broker from before.
        retain: bool,
        /// With manual acknowledgement: to be confirmed once what it led to is committed.
        ack: Option<Ack>,
    },
    /// The connections are lost, or a try to connect failed; the next try follows by itself.
    Disconnected {
        /// Why.
        why: Lost,
    },
}

/// Acknowledges one message. Dropped unconfirmed, the broker sends the message again after the next connect.
#[derive(Debug)]
pub struct Ack {
    publish: Publish,
    acks: mpsc::Sender<Publish>,
}

impl Ack {
    pub(super) fn new(publish: &Publish, acks: mpsc::Sender<Publish>) -> Self {
        let mut stub = Publish::from_bytes("", publish.qos, Bytes::new());
        stub.pkid = publish.pkid;
        Self { publish: stub, acks }
    }

    /// Tells the broker that this message is dealt with. On a connection that is gone it does nothing: the message
    /// comes again, and is recognised as a duplicate by whoever deals with it.
    pub fn confirm(self) {
        // There is room for every packet id the protocol knows, so this fails only when the connection is gone.
        let _ = self.acks.try_send(self.publish);
    }
}

pub(super) fn wants_ack(publish: &Publish) -> bool {
    publish.qos != QoS::AtMostOnce
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The broker can't be reached.
    #[error("the broker can't be reached: {0}")]
    Unreachable(String),
    /// The broker doesn't know the account, or the password is wrong.
    #[error("the broker refused the log-in: {0}")]
    LoginRefused(String),
    /// The broker doesn't allow these subscriptions.
    #[error("the broker refused to subscribe us to {}", filters.join(", "))]
    FilterRefused {
        /// The filters refused.
        filters: Vec<String>,
    },
    /// A message came that is larger than any of ours could be.
    #[error("a message larger than {} bytes arrived", super::MAX_INCOMING_BYTES)]
    Oversized,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The consumer is gone; nothing is tried any more.
    #[error("nobody listens any more")]
    NobodyListens,
}

impl From<ConnectionError> for Lost {
    fn from(error: ConnectionError) -> Self {
        use rumqttc::mqttbytes::Error::PayloadSizeLimitExceeded;
        match error {
            ConnectionError::MqttState(StateError::Deserialization(PayloadSizeLimitExceeded(_))) => {
                Self::Oversized
            }
            ConnectionError::ConnectionRefused(code) => Self::LoginRefused(format!("{code:?}")),
            ConnectionError::Io(cause) => Self::Unreachable(cause.to_string()),
            ConnectionError::NetworkTimeout => Self::Unreachable("no answer in time".to_owned()),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<ClientError> for Lost {
    fn from(error: ClientError) -> Self {
        Self::Broken(error.to_string())
    }
}
