//! What is known of each school: the deciders' own states, evolved from the events that were heard.
//!
//! Invariant: a service's state is that of its journal up to [`SchoolView::reached`]: events come in order and without
//! gaps. What can't be followed any more (another journal, an event that can't be read) is told in [`Freshness`].
//!
//! What it does not do: it decides nothing, and it is never written to but by [`View::apply`]. What was blanked in a
//! journal it forgets: it is told so, and hears that school again from the start ([`ClientNews::Again`]).

mod freshness;
mod messages;
mod names;
mod retold;
mod school;
mod telling;
mod timeline;
mod trails;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use chassis::client::ClientNews;
use chassis::clock::SharedClock;
use chassis::pulse::{self, Pulse};
use chassis::school::School;
use proto::Timestamp;
use proto::envelope::{Actor, EventEnvelope};
use proto::ids::{ClientId, SchoolId};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::policy::PolicyNoted;
use proto::v1::public::Health;
use tokio::sync::{mpsc, watch};

pub use freshness::{Freshness, Staleness};
pub use messages::{MAX_TEXTS, TextIn};
pub(crate) use retold::retold;
pub use school::{MAX_RESOLVED, Resolved, SchoolView, SeenBy};
pub use telling::{Pupils, tell};
pub(crate) use telling::{due_text, unusual, word_text};
pub use timeline::{Entry, MAX_OVER, MAX_TIMELINE, MAX_TIMELINES};
pub use trails::MAX_TRAIL;

/// How long a person who has just done something waits for the view to show it.
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// An event as it was heard.
#[derive(Clone, PartialEq, Debug)]
pub struct Heard {
    /// Its number in its service's journal.
    pub sequence: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who acted.
    pub actor: Actor,
    /// The event.
    pub event: AnyEvent,
}

impl Heard {
    /// What an envelope says. None of a policy that was noted: the board has it from people.
    fn of(envelope: &EventEnvelope) -> Result<Option<Self>, serde_json::Error> {
        let service = envelope.source.service;
        let variant = proto::wire::variant(&envelope.kind, service).unwrap_or(&envelope.kind);
        if variant == PolicyNoted::NAME {
            return Ok(None);
        }
        let event = AnyEvent::parse(service, variant, &envelope.data)?;
        let (sequence, at, actor) = (envelope.sequence, envelope.time, envelope.actor.clone());
        Ok(Some(Self { sequence, at, actor, event }))
    }
}

/// All schools, and how the services are. Shared by every handler.
#[derive(Debug)]
pub struct View {
    schools: BTreeMap<SchoolId, Cell>,
    services: RwLock<BTreeMap<(ServiceName, ClientId), Health>>,
    connected: AtomicBool,
}

#[derive(Debug)]
struct Cell {
    view: RwLock<SchoolView>,
    version: watch::Sender<u64>,
}

impl View {
    /// Nothing heard yet.
    pub fn new(schools: &[Arc<School>], now: Timestamp) -> Self {
        let cell = |school: &Arc<School>| Cell {
            view: RwLock::new(SchoolView::new(Arc::clone(school), now)),
            version: watch::Sender::new(0),
        };
        let schools = schools.iter().map(|school| (school.id.clone(), cell(school))).collect();
        Self { schools, services: RwLock::default(), connected: AtomicBool::default() }
    }

    /// What is known of a school, to be read now: don't hold it while waiting for anything. None for a school that isn't
    /// served here.
    pub fn school(&self, school: &SchoolId) -> Option<RwLockReadGuard<'_, SchoolView>> {
        self.schools.get(school).map(|cell| cell.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The schools that are served.
    pub fn schools(&self) -> impl Iterator<Item = &SchoolId> {
        self.schools.keys()
    }

    /// Goes up by one with everything that changes what is shown of a school.
    pub fn version(&self, school: &SchoolId) -> Option<watch::Receiver<u64>> {
        self.schools.get(school).map(|cell| cell.version.subscribe())
    }

    /// The services as their instances told: up or not, and what is wrong with them.
    pub fn services(&self) -> BTreeMap<(ServiceName, ClientId), Health> {
        self.services.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the broker is reached.
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Takes an event in. It must be the next one of its service.
    pub fn apply(&self, school: &SchoolId, heard: Heard) {
        self.change(school, |view| view.apply(heard));
    }

    /// Takes an event in that has no journal behind it, as the next one of its service: for previews and tests.
    pub fn apply_next(&self, school: &SchoolId, at: Timestamp, actor: Actor, event: impl Into<AnyEvent>) {
        let event = event.into();
        self.change(school, |view| {
            let sequence = view.reached(event.service()) + 1;
            view.apply(Heard { sequence, at, actor, event });
        });
    }

    /// Takes what the client of the bus tells.
    pub fn hear(&self, news: ClientNews, now: Timestamp) {
        match news {
            ClientNews::Event { school, envelope } => self.hear_event(&school, &envelope),
            ClientNews::Connected => self.connected.store(true, Ordering::Relaxed),
            ClientNews::Disconnected => {
                self.connected.store(false, Ordering::Relaxed);
                self.change_all(|view| view.freshness.disconnected(now));
            }
            ClientNews::CaughtUp { school } => self.change(&school, |view| view.freshness.caught_up()),
            ClientNews::Again { school } => self.change(&school, |view| {
                *view = SchoolView::new(Arc::clone(&view.school), now);
            }),
            ClientNews::Diverged { school, divergence } => {
                tracing::error!(%school, %divergence, "HW-V1 the board no longer follows a service");
                let (of, why) = (divergence.producer, divergence.to_string());
                self.change(&school, |view| view.freshness.lost(of, why));
            }
            ClientNews::Health { service, instance, health } => {
                let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
                services.insert((service, instance), health);
                drop(services);
                self.change_all(|_| ());
            }
        }
    }

    /// Waits until a service's number was reached, for [`LONGEST_WAIT`] at most; tells whether it was.
    pub async fn wait_for(&self, school: &SchoolId, service: ServiceName, sequence: u64) -> bool {
        self.until(school, |view| view.reached(service) >= sequence).await
    }

    /// Waits until a school's view is so, for [`LONGEST_WAIT`] at most; tells whether it is.
    pub async fn until(&self, school: &SchoolId, is: impl Fn(&SchoolView) -> bool) -> bool {
        let Some(mut version) = self.version(school) else { return false };
        let now = || self.school(school).is_some_and(|view| is(&view));
        let wait = async {
            while !now() {
                if version.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        tokio::time::timeout(LONGEST_WAIT, wait).await.unwrap_or(false)
    }

    fn hear_event(&self, school: &SchoolId, envelope: &EventEnvelope) {
        let service = envelope.source.service;
        match Heard::of(envelope) {
            Ok(None) => self.change(school, |view| view.passed(service, envelope.sequence)),
            Ok(Some(heard)) => self.apply(school, heard),
            Err(error) => {
                tracing::error!(%school, %service, sequence = envelope.sequence, %error, "HW-V2 the board can't read an event");
                let why = format!("event {} of {service} can't be read: update the board", envelope.sequence);
                self.change(school, |view| view.unreadable(service, envelope.sequence, why));
            }
        }
    }

    fn change(&self, school: &SchoolId, change: impl FnOnce(&mut SchoolView)) {
        let Some(cell) = self.schools.get(school) else { return };
        change(&mut cell.view.write().unwrap_or_else(PoisonError::into_inner));
        cell.version.send_modify(|version| *version += 1);
    }

    fn change_all(&self, change: impl Fn(&mut SchoolView)) {
        self.schools.keys().for_each(|school| self.change(school, &change));
    }
}

/// Follows what the client of the bus tells, until it ends.
pub async fn follow(view: Arc<View>, clock: SharedClock, mut news: mpsc::Receiver<ClientNews>, pulse: Pulse) {
    let mut idle = tokio::time::interval(pulse::EACH);
    loop {
        tokio::select! {
            heard = news.recv() => match heard {
                Some(heard) => view.hear(heard, clock.now()),
                None => return,
            },
            _ = idle.tick() => {}
        }
        pulse.beat();
    }
}
