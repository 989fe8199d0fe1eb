//! The subscribing connection: subscribe, check every return code, hand messages on.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use proto::envelope::MAX_MESSAGE_BYTES;
use rumqttc::{AsyncClient, Event, EventLoop, Packet, Publish, SubAck, SubscribeFilter, SubscribeReasonCode};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::event::wants_ack;
use super::{Ack, Acks, BusEvent, Delivery, Lost};

/// The most messages held back until the subscriptions are granted: above a broker's own queue for one client (10,000).
/// More than that are dropped, with a warning; heads come again each minute.
pub const MAX_HELD: usize = 16_384;

/// The packet ids of the protocol: so many messages can be unacknowledged at most.
const PACKET_IDS: usize = u16::MAX as usize;

/// One subscribing connection. Its task polls the event loop, and never waits for it.
pub(super) struct Receiver {
    pub(super) client: AsyncClient,
    pub(super) event_loop: EventLoop,
    pub(super) publisher: AsyncClient,
    pub(super) filters: Arc<[String]>,
    pub(super) acks: Acks,
    pub(super) delivery: Delivery,
    pub(super) inbox: mpsc::Sender<BusEvent>,
    pub(super) outlet: Arc<watch::Sender<Option<AsyncClient>>>,
    pub(super) stop: CancellationToken,
}

enum Phase {
    /// Messages that came before the grant (a broker may send retained or kept ones first).
    Subscribing(VecDeque<BusEvent>),
    Granted,
}

impl Receiver {
    /// Runs until the connection is lost.
    pub(super) async fn run(self) -> Lost {
        let (acks, waiting) = mpsc::channel(PACKET_IDS);
        // A task of its own: this one may wait for the consumer, who may wait until its acknowledgement is taken.
        // It ends with this one, by being dropped.
        let mut confirming = JoinSet::new();
        confirming.spawn(confirm(self.client.clone(), waiting, self.stop.clone()));
        match self.receive(acks).await {
            Ok(never) => match never {},
            Err(lost) => lost,
        }
    }

    async fn receive(mut self, acks: mpsc::Sender<Publish>) -> Result<Infallible, Lost> {
        let mut phase = Phase::Subscribing(VecDeque::new());
        loop {
            match self.event_loop.poll().await? {
                Event::Incoming(Packet::ConnAck(_)) if self.filters.is_empty() => {
                    self.granted(&mut phase).await?;
                }
                Event::Incoming(Packet::ConnAck(_)) => self.subscribe()?,
                Event::Incoming(Packet::SubAck(ack)) => {
                    self.check(&ack)?;
                    self.granted(&mut phase).await?;
                }
                Event::Incoming(Packet::Publish(publish)) => self.message(publish, &acks, &mut phase).await?,
                Event::Incoming(_) | Event::Outgoing(_) => {}
            }
        }
    }

    /// Asks for all filters in one packet; the request queue of a new client is empty, so this never waits.
    fn subscribe(&self) -> Result<(), Lost> {
        let qos = self.delivery.qos();
        let wanted = self.filters.iter().map(|filter| SubscribeFilter::new(filter.clone(), qos));
        self.client
            .try_subscribe_many(wanted)
            .map_err(|_| Lost::FilterRefused { filters: self.filters.to_vec() })
    }

    fn check(&self, ack: &SubAck) -> Result<(), Lost> {
        let codes = ack.return_codes.iter().map(Some).chain(std::iter::repeat(None));
        let refused: Vec<String> = self
            .filters
            .iter()
            .zip(codes)
            .filter(|(_, code)| !matches!(code, Some(SubscribeReasonCode::Success(_))))
            .map(|(filter, _)| filter.clone())
            .collect();
        if refused.is_empty() { Ok(()) } else { Err(Lost::FilterRefused { filters: refused }) }
    }

    async fn granted(&mut self, phase: &mut Phase) -> Result<(), Lost> {
        let Phase::Subscribing(held) = std::mem::replace(phase, Phase::Granted) else {
            return Ok(());
        };
        // Before the consumer hears of it, so that it can publish at once.
        self.outlet.send_replace(Some(self.publisher.clone()));
        metrics::counter!("homeward_bus_connects_total").increment(1);
        self.deliver(BusEvent::Connected).await?;
        for message in held {
            self.deliver(message).await?;
        }
        Ok(())
    }

    async fn message(
        &mut self,
        publish: Publish,
        acks: &mpsc::Sender<Publish>,
        phase: &mut Phase,
    ) -> Result<(), Lost> {
        let manual = self.acks == Acks::Manual && wants_ack(&publish);
        let ack = manual.then(|| Ack::new(&publish, acks.clone()));
        if publish.payload.len() > MAX_MESSAGE_BYTES {
            dropped("oversized", &publish);
            if let Some(ack) = ack {
                ack.confirm();
            }
            return Ok(());
        }
        let Publish { topic, payload, retain, .. } = publish;
        let message = BusEvent::Message { topic, payload, retain, ack };
        match phase {
            Phase::Granted => self.deliver(message).await,
            Phase::Subscribing(held) if held.len() < MAX_HELD => {
                held.push_back(message);
                Ok(())
            }
            Phase::Subscribing(_) => {
                metrics::counter!("homeward_bus_dropped_total", "why" => "held").increment(1);
                tracing::warn!(
                    "more than {MAX_HELD} messages came before the subscriptions were granted: one dropped"
                );
                Ok(())
            }
        }
    }

    /// Waits for the consumer: meanwhile nothing is read, so that the broker has to wait as well. After `stop` nothing
    /// is delivered any more.
    async fn deliver(&mut self, event: BusEvent) -> Result<(), Lost> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Ok(()),
            sent = self.inbox.send(event) => sent.map_err(|_| Lost::NobodyListens),
        }
    }
}

/// Acknowledges what was confirmed; told to stop, says goodbye after the last of it.
async fn confirm(client: AsyncClient, mut waiting: mpsc::Receiver<Publish>, stop: CancellationToken) {
    loop {
        let publish = tokio::select! {
            biased;
            Some(publish) = waiting.recv() => publish,
            () = stop.cancelled() => break,
        };
        if client.ack(&publish).await.is_err() {
            return;
        }
    }
    // Should the connection be lost just now, there is nobody left to say goodbye to.
    let _ = client.disconnect().await;
}

fn dropped(why: &'static str, publish: &Publish) {
    metrics::counter!("homeward_bus_dropped_total", "why" => why).increment(1);
    tracing::warn!(
        topic = publish.topic,
        bytes = publish.payload.len(),
        why,
        "a message from the bus was dropped"
    );
}
