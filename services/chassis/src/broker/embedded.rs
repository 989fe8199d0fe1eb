//! The broker inside the process: loopback only, no anonymous clients, nothing on disk.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mqtt5::broker::config::{AuthConfig, BrokerConfig, StorageBackend, StorageConfig};
use mqtt5::broker::{BrokerShutdownHandle, MqttBroker};
use proto::envelope::MAX_MESSAGE_BYTES;
use tokio::task::JoinHandle;

use super::auth::Gatekeeper;
use super::{Accounts, Broker, BrokerFault};
use crate::bus::HEADROOM_BYTES;

/// The most clients at once.
const MAX_CLIENTS: usize = 2_000;
/// The most retained messages: heads, trips, health.
const MAX_RETAINED: usize = 100_000;
/// The most subscriptions of one client.
const MAX_SUBSCRIPTIONS: usize = 256;
/// What may wait for one client before messages are dropped.
const MAX_QUEUED: usize = 10_000;
const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;
/// How long a session is kept for a client that asked for it.
const SESSION_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// The embedded broker. It forgets everything when it stops.
pub struct Embedded {
    accounts: Accounts,
    port: u16,
    running: Option<Running>,
}

struct Running {
    shutdown: BrokerShutdownHandle,
    task: JoinHandle<()>,
}

impl Embedded {
    /// A broker for these accounts on a port of 127.0.0.1; port 0 takes a free one, and keeps it.
    pub fn new(accounts: Accounts, port: u16) -> Self {
        Self { accounts, port, running: None }
    }

    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }
}

#[async_trait]
impl Broker for Embedded {
    async fn start(&mut self) -> Result<SocketAddr, BrokerFault> {
        if self.running.is_some() {
            return Err(BrokerFault::RunsAlready);
        }
        let failed = |error: mqtt5::MqttError| BrokerFault::NotStarted(error.to_string());
        // It accepts nobody before it runs, and by then the gatekeeper stands at the door.
        let mut broker = MqttBroker::with_config(settings(self.address()))
            .await
            .map_err(failed)?
            .with_auth_provider(Arc::new(Gatekeeper::new(&self.accounts)));
        let address =
            broker.local_addr().ok_or_else(|| BrokerFault::NotStarted("it listens nowhere".to_owned()))?;
        let shutdown = broker.shutdown_handle();
        let mut ready = broker.ready_receiver();
        let task = tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!(%error, "HW-B3 the embedded broker failed");
            }
        });
        ready
            .wait_for(|is_ready| *is_ready)
            .await
            .map_err(|_| BrokerFault::NotStarted("it ended at once".to_owned()))?;
        self.port = address.port();
        self.running = Some(Running { shutdown, task });
        Ok(address)
    }

    async fn stop(&mut self) {
        if let Some(Running { shutdown, task }) = self.running.take() {
            shutdown.shutdown();
            // It gives its connections five seconds at most.
            let _ = task.await;
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.shutdown.shutdown();
        }
    }
}

/// Every default that would open the broker or write to disk is overridden here.
fn settings(address: SocketAddr) -> BrokerConfig {
    let mut config = BrokerConfig::default()
        .with_bind_addresses(vec![address])
        .with_max_clients(MAX_CLIENTS)
        .with_max_packet_size(MAX_MESSAGE_BYTES + HEADROOM_BYTES)
        .with_max_retained_messages(MAX_RETAINED)
        .with_max_subscriptions_per_client(MAX_SUBSCRIPTIONS)
        .with_client_channel_capacity(MAX_QUEUED)
        .with_session_expiry(SESSION_KEPT)
        .with_sys_topics_enabled(false)
        .with_storage(
            StorageConfig::new()
                .with_backend(StorageBackend::Memory)
                .with_max_queued_messages_per_client(MAX_QUEUED)
                .with_max_queued_bytes_per_client(MAX_QUEUED_BYTES),
        )
        // Only so that it can be made without files: the gatekeeper replaces this before anyone is let in.
        .with_auth(AuthConfig { allow_anonymous: true, ..AuthConfig::default() });
    config.shared_subscription_available = false;
    config
}
