//! The sending half.

use bytes::Bytes;
use proto::envelope::MAX_MESSAGE_BYTES;
use rumqttc::AsyncClient;
use tokio::sync::watch;

use super::{Delivery, HEADROOM_BYTES};

/// Publishes on the bus. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BusSender {
    outlet: watch::Receiver<Option<AsyncClient>>,
    delivery: Delivery,
}

/// Why nothing was published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// There is no connection just now. What was journalled is asked for again by those who miss it.
    #[error("not connected to the broker")]
    NotConnected,
    /// A bug of the caller: the message lies above the bound that all of ours keep.
    #[error("a message of {bytes} bytes to {topic:?} exceeds the bound of {MAX_MESSAGE_BYTES}")]
    TooLarge {
        /// Where it should have gone.
        topic: String,
        /// Its size.
        bytes: usize,
    },
    /// A bug of the caller: nothing can be published there.
    #[error("{0:?} is no topic to publish to")]
    BadTopic(String),
}

impl BusSender {
    pub(super) fn new(outlet: watch::Receiver<Option<AsyncClient>>, delivery: Delivery) -> Self {
        Self { outlet, delivery }
    }

    /// Publishes. Waits while too much is in flight. `Ok` means that the message was handed to a live
    /// connection, and promises nothing about its delivery.
    pub async fn publish(
        &self,
        topic: impl Into<String>,
        payload: Bytes,
        retain: bool,
    ) -> Result<(), PublishError> {
        let topic = topic.into();
        if topic.is_empty() || topic.len() > HEADROOM_BYTES / 2 || topic.contains(['+', '#', '\0']) {
            return Err(PublishError::BadTopic(topic.chars().take(200).collect()));
        }
        if payload.len() > MAX_MESSAGE_BYTES {
            return Err(PublishError::TooLarge { topic, bytes: payload.len() });
        }
        let client = self.outlet.borrow().clone().ok_or(PublishError::NotConnected)?;
        client
            .publish_bytes(topic, self.delivery.qos(), retain, payload)
            .await
            .map_err(|_| PublishError::NotConnected)
    }

    /// Waits for a connection, unless there is one.
    pub async fn connected(&self) {
        if self.outlet.clone().wait_for(Option::is_some).await.is_err() {
            // The bus has ended: there will be none.
            std::future::pending::<()>().await;
        }
    }

    /// Whether there is a connection just now.
    pub fn is_connected(&self) -> bool {
        self.outlet.borrow().is_some()
    }
}
