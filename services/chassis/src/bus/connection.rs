//! One pair of connections, from connecting to its end: they stand and fall together.

use std::sync::Arc;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, Packet};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::receiver::Receiver;
use super::tls::Way;
use super::{BrokerAddress, BusConfig, BusEvent, Lost, options};

/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What outlives a connection.
pub(super) struct Shared {
    pub(super) config: BusConfig,
    pub(super) filters: Arc<[String]>,
    pub(super) inbox: mpsc::Sender<BusEvent>,
    pub(super) outlet: Arc<watch::Sender<Option<AsyncClient>>>,
    pub(super) stop: CancellationToken,
}

/// Connects to this node and serves until the connection is lost (`Err`) or the bus is to stop (`Ok`). `fresh` has the
/// broker throw away what it kept for us.
pub(super) async fn run(shared: &Shared, node: &BrokerAddress, fresh: bool) -> Result<(), Lost> {
    let way = match &shared.config.tls {
        None => None,
        Some(tls) => tokio::select! {
            way = Way::open(node, tls) => Some(way?),
            () = shared.stop.cancelled() => return Ok(()),
        },
    };
    let node = way.as_ref().map_or(node, |way| &way.begins);
    // Dropping the set ends both tasks, and with their event loops the connections.
    let mut tasks: JoinSet<Lost> = JoinSet::new();
    let (publisher, event_loop) = options::publisher(&shared.config, node);
    let (ready, is_ready) = oneshot::channel();
    tasks.spawn(publish(event_loop, ready));
    tokio::select! {
        Ok(()) = is_ready => {}
        Some(ended) = tasks.join_next() => return Err(lost(ended)),
        () = shared.stop.cancelled() => return Ok(()),
    }

    let (subscriber, event_loop) = options::subscriber(&shared.config, node, fresh);
    let receiver = Receiver {
        client: subscriber,
        event_loop,
        publisher: publisher.clone(),
        filters: shared.filters.clone(),
        acks: shared.config.acks,
        delivery: shared.config.delivery,
        inbox: shared.inbox.clone(),
        outlet: shared.outlet.clone(),
        stop: shared.stop.clone(),
    };
    tasks.spawn(receiver.run());
    tokio::select! {
        Some(ended) = tasks.join_next() => Err(lost(ended)),
        () = shared.inbox.closed() => Err(Lost::NobodyListens),
        () = shared.stop.cancelled() => {
            shared.outlet.send_replace(None);
            farewell(&publisher, tasks).await;
            Ok(())
        }
    }
}

async fn publish(mut event_loop: EventLoop, ready: oneshot::Sender<()>) -> Lost {
    let mut ready = Some(ready);
    loop {
        match event_loop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                if let Some(ready) = ready.take() {
                    // Whoever waited is gone only if this task is about to be dropped.
                    let _ = ready.send(());
                }
            }
            Ok(Event::Incoming(_) | Event::Outgoing(_)) => {}
            Err(error) => return error.into(),
        }
    }
}

/// Lets what was published go out, says goodbye (so that no will is published), and waits until the broker hung up: who
/// hangs up first while acknowledgements are under way resets the connection. The receiver says goodbye for itself.
async fn farewell(publisher: &AsyncClient, mut tasks: JoinSet<Lost>) {
    let goodbye = async {
        let _ = publisher.disconnect().await;
        while tasks.join_next().await.is_some() {}
    };
    if tokio::time::timeout(FAREWELL, goodbye).await.is_err() {
        tracing::info!("the broker did not hang up in time");
    }
}

fn lost(ended: Result<Lost, JoinError>) -> Lost {
    ended.unwrap_or_else(|error| Lost::Broken(format!("a task of the bus failed: {error}")))
}
