//! Connects again and again, until told to stop.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::connection::{self, Shared};
use super::{BrokerAddress, BusConfig, BusEvent, BusSender, Lost};

/// The most filters of one bus: they are asked for in one packet.
pub const MAX_FILTERS: usize = 200;

/// The bus of one client.
#[derive(Debug)]
pub struct Bus;

impl Bus {
    /// Starts connecting. The tasks end after `stop`, once what was published has gone out, or when the receiver is
    /// dropped; the receiver then yields `None`.
    ///
    /// Panics if there are more than [`MAX_FILTERS`] filters: a bug of the caller.
    pub fn start(
        config: BusConfig,
        filters: Vec<String>,
        stop: CancellationToken,
    ) -> (BusSender, mpsc::Receiver<BusEvent>) {
        assert!(filters.len() <= MAX_FILTERS, "at most {MAX_FILTERS} filters, not {}", filters.len());
        let (inbox, events) = mpsc::channel(config.inbox.max(1));
        let (outlet, client) = watch::channel(None);
        let delivery = config.delivery;
        let shared = Shared { config, filters: filters.into(), inbox, outlet: Arc::new(outlet), stop };
        tokio::spawn(keep_connected(shared));
        (BusSender::new(client, delivery), events)
    }
}

async fn keep_connected(shared: Shared) {
    let mut backoff = Backoff::new();
    let mut fresh = false;
    let mut losses = 0;
    loop {
        let began = Instant::now();
        let node = shared.config.node(losses);
        let ended = connection::run(&shared, &node, fresh).await;
        shared.outlet.send_replace(None);
        let Err(why) = ended else { return };
        // What can't even be read would come again for ever from a session the broker keeps.
        fresh = why == Lost::Oversized;
        losses = losses.wrapping_add(1);
        report(&shared, &node, &why);
        if why == Lost::NobodyListens {
            return;
        }
        let wait = backoff.wait(began.elapsed());
        let told = tell_and_wait(&shared, why, wait);
        tokio::select! {
            () = shared.stop.cancelled() => return,
            heard = told => if !heard { return },
        }
    }
}

/// Whether anybody heard it.
async fn tell_and_wait(shared: &Shared, why: Lost, wait: std::time::Duration) -> bool {
    if shared.inbox.send(BusEvent::Disconnected { why }).await.is_err() {
        return false;
    }
    tokio::time::sleep(wait).await;
    true
}

fn report(shared: &Shared, node: &BrokerAddress, why: &Lost) {
    metrics::counter!("homeward_bus_losses_total").increment(1);
    let client = shared.config.client.as_str();
    match why {
        Lost::LoginRefused(_) | Lost::FilterRefused { .. } | Lost::Oversized => {
            tracing::error!(client, %node, %why, "HW-B3 the broker refuses us and must be set right: trying again");
        }
        Lost::Unreachable(_) | Lost::Broken(_) => {
            tracing::warn!(client, %node, %why, "no broker: trying again")
        }
        Lost::NobodyListens => tracing::debug!(client, "the bus ends with its listener"),
    }
}
