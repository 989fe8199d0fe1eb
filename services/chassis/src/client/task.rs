//! The task behind a client: sends what is asked, hands on what is heard.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proto::envelope::{EventEnvelope, Head, ReplayPage, ReplayRequest, Reply, Source};
use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, Topic};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::pending::Pending;
use super::{ClientNews, Request, from_the_start};
use crate::asks::Asks;
use crate::bus::{BusEvent, BusSender};
use crate::engine::{Divergence, Listener, Verdict};

/// How often unanswered commands and replays are looked at.
const LOOK: Duration = Duration::from_millis(500);

pub(super) struct Task {
    client: ClientId,
    bus: BusSender,
    hears: Vec<ServiceName>,
    listeners: BTreeMap<SchoolId, Listener>,
    /// How often each journal had been blanked when it was first told of.
    blankings: BTreeMap<(SchoolId, ServiceName), u64>,
    caught_up: BTreeSet<SchoolId>,
    pending: Pending,
    asks: Asks,
    news: mpsc::Sender<ClientNews>,
}

/// Nobody takes the news any more.
struct NobodyWatches;

type Heard = Result<(), NobodyWatches>;

impl Task {
    pub(super) fn new(
        client: ClientId,
        bus: BusSender,
        (hears, listeners): (Vec<ServiceName>, BTreeMap<SchoolId, Listener>),
        news: mpsc::Sender<ClientNews>,
    ) -> Self {
        Self {
            client,
            bus,
            hears,
            listeners,
            blankings: BTreeMap::new(),
            caught_up: BTreeSet::new(),
            pending: Pending::default(),
            asks: Asks::default(),
            news,
        }
    }

    pub(super) async fn run(
        mut self,
        mut inbox: mpsc::Receiver<BusEvent>,
        mut requests: mpsc::Receiver<Request>,
        stop: CancellationToken,
    ) {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(event) = inbox.recv() => self.take_bus(event).await,
                Some(request) = requests.recv() => self.take_request(request).await,
                _ = look.tick() => self.look().await,
                else => break,
            };
            if heard.is_err() {
                break;
            }
            self.ask_replays(!inbox.is_empty()).await;
        }
    }

    async fn take_request(&mut self, request: Request) -> Heard {
        if let Some(request) = self.pending.keep(request) {
            let message = outgoing(&self.client, request);
            self.publish_one(message).await;
        }
        Ok(())
    }

    async fn take_bus(&mut self, event: BusEvent) -> Heard {
        match event {
            BusEvent::Connected => {
                self.caught_up.clear();
                let again: Vec<_> = self.pending.connected().map(|r| outgoing(&self.client, r)).collect();
                for message in again {
                    self.publish_one(message).await;
                }
                self.asks.clear();
                for (school, listener) in &mut self.listeners {
                    listener.connected().iter().for_each(|(of, _)| self.asks.in_turn(school, *of));
                }
                self.tell(ClientNews::Connected).await
            }
            BusEvent::Disconnected { .. } => self.tell(ClientNews::Disconnected).await,
            BusEvent::Message { topic, payload, retain, .. } => match topic.parse() {
                Ok(topic) => self.take_message(topic, &payload, retain).await,
                Err(_) => Ok(()),
            },
        }
    }

    async fn take_message(&mut self, topic: Topic, payload: &[u8], retain: bool) -> Heard {
        match topic {
            Topic::Event { school, service } => match read::<Vec<EventEnvelope>>(payload) {
                Some(events) => {
                    self.asks.is_there(&school, service);
                    self.hear(&school, events).await
                }
                None => Ok(()),
            },
            Topic::Head { school, service } => match read::<Head>(payload) {
                Some(head) => self.hear_head(&school, service, &head, retain).await,
                None => Ok(()),
            },
            Topic::Reply { school, .. } => {
                self.hear_replies(&school, read(payload).unwrap_or_default()).await
            }
            Topic::Replay { school, client, .. } => {
                self.pending.ask_flushed(school, client);
                self.tell_flushed().await;
                Ok(())
            }
            Topic::Health { service, instance } => match read::<proto::v1::public::Health>(payload) {
                Some(health) => self.tell(ClientNews::Health { service, instance, health }).await,
                None => Ok(()),
            },
            Topic::Command { .. } | Topic::TripStatus { .. } | Topic::Alarm { .. } => Ok(()),
        }
    }

    async fn hear_replies(&mut self, school: &SchoolId, replies: Vec<Reply>) -> Heard {
        for reply in replies {
            match reply {
                Reply::Answer(answer) => self.pending.answered(answer.command, answer.outcome),
                Reply::Replay(page) => self.hear_page(school, page).await?,
            }
        }
        self.tell_flushed().await;
        Ok(())
    }

    async fn hear(&mut self, school: &SchoolId, events: Vec<EventEnvelope>) -> Heard {
        for envelope in events {
            let Some(listener) = self.listeners.get_mut(school) else { return Ok(()) };
            match listener.look(&envelope) {
                Ok(Verdict::Next) => {
                    listener.took(&envelope);
                    let envelope = Box::new(envelope);
                    self.tell(ClientNews::Event { school: school.clone(), envelope }).await?;
                }
                Ok(Verdict::Gap(_)) => self.asks.at_once(school, envelope.source.service),
                Ok(Verdict::Known) => {}
                Err(divergence) => self.diverged(school, divergence).await?,
            }
        }
        self.tell_caught_up(school).await
    }

    async fn hear_head(&mut self, school: &SchoolId, of: ServiceName, head: &Head, retain: bool) -> Heard {
        if self.was_blanked(school, of, head) {
            return self.hear_again(school).await;
        }
        let Some(listener) = self.listeners.get_mut(school) else { return Ok(()) };
        match listener.head(of, head, retain) {
            Ok(Some(_)) => self.asks.at_once(school, of),
            Ok(None) if !retain => self.asks.is_there(school, of),
            Ok(None) => {}
            Err(divergence) => self.diverged(school, divergence).await?,
        }
        self.tell_caught_up(school).await
    }

    /// Whether personal parts of a journal were blanked since its first head.
    fn was_blanked(&mut self, school: &SchoolId, of: ServiceName, head: &Head) -> bool {
        if !self.listeners.contains_key(school) {
            return false;
        }
        let known = self.blankings.entry((school.clone(), of)).or_insert(head.blankings);
        std::mem::replace(known, head.blankings) != head.blankings
    }

    /// Forgets what was heard of a school, and asks for all of it.
    async fn hear_again(&mut self, school: &SchoolId) -> Heard {
        self.caught_up.remove(school);
        let mut listener = from_the_start(&self.hears);
        listener.connected().iter().for_each(|(of, _)| self.asks.in_turn(school, *of));
        self.listeners.insert(school.clone(), listener);
        self.tell(ClientNews::Again { school: school.clone() }).await
    }

    async fn hear_page(&mut self, school: &SchoolId, mut page: ReplayPage) -> Heard {
        let events = std::mem::take(&mut page.events);
        self.hear(school, events).await?;
        let Some(listener) = self.listeners.get_mut(school) else { return Ok(()) };
        let of = page.source.service;
        match listener.page(&page) {
            Ok(Some(_)) => self.asks.at_once(school, of),
            // The second answer to what was asked twice answers nothing.
            Ok(None) if listener.is_asking(of) => {}
            Ok(None) => self.asks.done(school, of),
            Err(divergence) => self.diverged(school, divergence).await?,
        }
        self.tell_caught_up(school).await
    }

    async fn diverged(&self, school: &SchoolId, divergence: Divergence) -> Heard {
        let unfollowed = self.listeners.values().flat_map(Listener::stopped).count();
        metrics::gauge!("homeward_unfollowed", "service" => "board").set(unfollowed as f64);
        tracing::error!(%school, %divergence, "HW-J1 a journal is not the one heard before");
        self.tell(ClientNews::Diverged { school: school.clone(), divergence }).await
    }

    async fn tell_caught_up(&mut self, school: &SchoolId) -> Heard {
        let caught_up = self.listeners.get(school).is_some_and(Listener::caught_up);
        if caught_up && self.caught_up.insert(school.clone()) {
            return self.tell(ClientNews::CaughtUp { school: school.clone() }).await;
        }
        Ok(())
    }

    async fn look(&mut self) -> Heard {
        let again: Vec<_> = self.pending.asked_too_long_ago().map(|r| outgoing(&self.client, r)).collect();
        for message in again {
            self.publish_one(message).await;
        }
        self.tell_flushed().await;
        Ok(())
    }

    async fn tell_flushed(&mut self) {
        for (school, client) in self.pending.take_flushed() {
            let page = ReplayPage {
                source: Source { school: school.clone(), service: ServiceName::Board },
                epoch: Uuid::nil(),
                from: 1,
                head: 0,
                events: Vec::new(),
            };
            self.publish_one(message(Topic::Reply { school, client }, &[Reply::Replay(page)])).await;
        }
    }

    /// Asks for the replays whose turn it is.
    async fn ask_replays(&mut self, is_busy: bool) {
        let now = Instant::now();
        while let Some((school, service)) = self.asks.next(now, is_busy) {
            let Some(from) = self.listeners.get_mut(&school).and_then(|of| of.ask_again(service)) else {
                // It was answered meanwhile, or is no longer heard.
                self.asks.done(&school, service);
                continue;
            };
            let topic = Topic::Replay { school, service, client: self.client.clone() };
            self.publish_one(message(topic, &ReplayRequest { from })).await;
        }
    }

    async fn tell(&self, news: ClientNews) -> Heard {
        self.news.send(news).await.map_err(|_| NobodyWatches)
    }

    async fn publish_one(&self, message: Option<(String, Vec<u8>)>) {
        let Some((topic, payload)) = message else { return };
        if let Err(error) = self.bus.publish(topic, payload.into(), false).await {
            tracing::debug!(%error, "not sent: it is asked again");
        }
    }
}

fn outgoing(client: &ClientId, request: &Request) -> Option<(String, Vec<u8>)> {
    let (school, service) = (request.school.clone(), request.service);
    message(Topic::Command { school, service, client: client.clone() }, &request.envelope)
}

fn message(topic: Topic, value: &impl Serialize) -> Option<(String, Vec<u8>)> {
    let written = serde_json::to_vec(value);
    written
        .inspect_err(|error| tracing::error!(%topic, %error, "HW-B7 a message of ours can't be written"))
        .ok()
        .map(|json| (topic.to_string(), json))
}

fn read<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Option<T> {
    serde_json::from_slice(payload)
        .inspect_err(|error| tracing::warn!(%error, "a message can't be read"))
        .ok()
}
