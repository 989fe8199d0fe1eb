//! The engine: a decider with its journal's head, its cursors and its memory of commands, for one school. Sans-I/O.
//!
//! ```text
//!   command, news, head, page, tick ──► Engine ──► a batch: entries and cursors to append
//!                                          │            │
//!                                    requests for       ▼ committed: events, head, answers, retained
//!                                      replays          ▼ failed: the engine is thrown away and rebuilt
//! ```
//!
//! Invariants:
//! - Inputs of a batch are decided on speculative state; what they led to is given out only once it is committed.
//! - A commit that failed, or whose outcome is unknown, never leaves state ahead of the journal: the engine refuses
//!   every further input ([`Engine::failed`]) and is rebuilt from the journal.
//! - Time is judged only while caught up (see [`Engine::may_judge`]), and late while a producer is known to be away (see
//!   [`Engine::told_of`]); a wait for it is told as an outage.
//!
//! What it does not do: store, publish, read a clock, make randomness. All of these are handed in or given out.

mod accepted;
mod asking;
mod command;
mod cursors;
mod kept;
mod listener;
mod output;
mod policy;
mod snapshot;
#[cfg(test)]
mod tests;
mod trace;

use std::collections::BTreeMap;
use std::sync::Arc;

use decider::{Context, MAX_DUE_EVENTS, News, Service, Tick};
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{Actor, EventEnvelope, Hash, Head, ReplayPage};
use proto::ids::{ClientId, derive_uuid};
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::policy::PolicyNoted;
use proto::values::Window;
use uuid::Uuid;

use self::accepted::Accepted;
pub(crate) use self::command::BOARD_PREFIX;
pub use self::command::{AskedBy, parse_command};
use self::cursors::{heard_so_far, older_cursor};
pub use self::kept::{Kept, read_event};
pub use self::listener::{Divergence, Heard, Listener, Verdict};
pub use self::output::{Batch, Output, Recorded, Trouble};
pub use self::snapshot::BadSnapshot;
use self::trace::Steps;
use crate::entry::{Chain, Draft, Entry};
use crate::journal::Cursor;
use crate::school::School;

/// Without every producer's head, time is judged all the same after this long; and what falls due while a producer is away
/// whose word is waited for, this long after it was due.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// Whoever could not judge for less than this was not away: no outage is told.
pub const SHORTEST_OUTAGE: SignedDuration = SignedDuration::from_secs(30);

/// Where more falls due at once, the rest waits for the next tick: what was due first is committed, and told, first.
pub const MAX_TICK_EVENTS: usize = 5 * MAX_DUE_EVENTS;

/// Makes the salts of personal parts: random in the shell, seeded in a simulation.
pub type SaltSource = Box<dyn FnMut() -> [u8; 16] + Send>;

/// A decider at work for one school.
pub struct Engine<S: Service> {
    /// Its policy is the one in force: as the configuration has it, until one is noted in the journal.
    school: Arc<School>,
    /// The policy that was noted last, if one was.
    noted: Option<PolicyNoted>,
    state: S::State,
    chain: Chain,
    listener: Listener,
    /// Cursors of an older version of the listener: what lies before them is heard again as history.
    history_until: BTreeMap<ServiceName, u64>,
    accepted: Accepted,
    salts: SaltSource,
    pending: Batch<S>,
    /// The head that is in the journal for certain: its number, and the hash there.
    stored: (u64, Hash),
    cursors_moved: bool,
    in_flight: bool,
    poisoned: bool,
    judging: Judging,
    /// What was recorded last of some trips: what is due at once belongs to it.
    steps: Steps,
    /// Since when a producer is away whose word is waited for; counts while the listener says that one is.
    away_since: Option<Timestamp>,
}

/// Whether absence can be judged.
#[derive(Clone, Copy, Debug)]
enum Judging {
    /// Connected and caught up; the last time it was.
    Able { last: Timestamp },
    /// Not able since then: no connection, or not caught up; `connected_at` starts the patience.
    Unable { since: Timestamp, connected_at: Option<Timestamp> },
}

impl<S: Service> Engine<S> {
    /// Begins to rebuild an engine from its journal: [`Engine::replay`] each entry, then it is ready.
    /// `alive_until` is when the service last was at work, as far as is known: what fell due since is told as an outage.
    pub fn rebuild(
        school: Arc<School>,
        empty: Chain,
        cursors: &[Cursor],
        alive_until: Timestamp,
        salts: SaltSource,
    ) -> Self {
        let mut hearing: Vec<_> =
            S::HEARS.iter().map(|name| (*name, heard_so_far::<S>(*name, cursors))).collect();
        if S::HEARS.contains(&ServiceName::Gateway) {
            hearing.push((ServiceName::Board, Heard::NOTHING));
        }
        let history_until =
            S::HEARS.iter().filter_map(|name| Some((*name, older_cursor::<S>(*name, cursors)?))).collect();
        Self {
            pending: Batch::after(&empty),
            stored: (empty.seq, empty.hash),
            school,
            noted: None,
            state: S::State::default(),
            chain: empty,
            listener: Listener::new(hearing),
            history_until,
            accepted: Accepted::default(),
            salts,
            cursors_moved: false,
            in_flight: false,
            poisoned: false,
            judging: Judging::Unable { since: alive_until, connected_at: None },
            steps: Steps::default(),
            away_since: None,
        }
    }

    /// Takes an entry of its own journal into the state.
    pub fn replay(&mut self, entry: &Entry) -> Result<(), Trouble> {
        match read_event::<S>(entry)? {
            Kept::Event(event) => {
                self.remember(entry, &event);
                if let Some(settings) = S::policy_of(&event) {
                    self.take_policy(PolicyNoted { at: entry.recorded_at, settings: settings.clone() });
                }
                S::evolve(&mut self.state, &event);
            }
            Kept::Policy(noted) => self.take_policy(noted),
        }
        self.chain.seq = entry.seq;
        self.chain.hash = entry.hash;
        self.stands_at_its_chain();
        Ok(())
    }

    /// The state, speculative while a batch is open.
    pub fn state(&self) -> &S::State {
        &self.state
    }

    /// The head, speculative while a batch is open.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The connection stands: the replays to ask for.
    pub fn connected(&mut self, now: Timestamp) -> Vec<(ServiceName, u64)> {
        if let Judging::Unable { connected_at, .. } = &mut self.judging {
            *connected_at = Some(now);
        }
        self.listener.connected()
    }

    /// The connection is lost.
    pub fn disconnected(&mut self, now: Timestamp) {
        self.judging = match self.judging {
            Judging::Able { last } => Judging::Unable { since: last.max(now), connected_at: None },
            Judging::Unable { since, .. } => Judging::Unable { since, connected_at: None },
        };
    }

    /// The wall clock was moved: absence can't be told over that moment. A move back starts no outage.
    pub fn clock_stepped(&mut self, before: Timestamp, now: Timestamp) {
        if let Judging::Able { .. } = self.judging {
            self.judging = Judging::Unable { since: before.min(now), connected_at: Some(now) };
        }
    }

    /// Events of another service, in the order in which they came.
    pub fn hear(&mut self, envelopes: &[EventEnvelope], now: Timestamp) -> Vec<Output> {
        let mut outputs = Vec::new();
        for envelope in envelopes {
            match self.listener.look(envelope) {
                Ok(Verdict::Next) => outputs.extend(self.take_news(envelope, now)),
                Ok(Verdict::Known) => {}
                Ok(Verdict::Gap(from)) => {
                    outputs.push(Output::AskReplay { of: envelope.source.service, from })
                }
                Err(divergence) => outputs.push(Output::Trouble(Trouble::Divergence(divergence))),
            }
        }
        outputs
    }

    /// A producer told how it is, or its last will did. While one is away whose word is waited for, what falls due is judged
    /// late: its journal may hold a word that came in time.
    pub fn told_of(&mut self, of: ServiceName, up: bool, now: Timestamp) -> Vec<Output> {
        if !S::WAITS_FOR.contains(&of) {
            return Vec::new();
        }
        if !up && !self.listener.is_anybody_away() {
            self.away_since = Some(now);
        }
        self.listener.told_of(of, up).map(|from| Output::AskReplay { of, from }).into_iter().collect()
    }

    /// The producers that are no longer heard, since their journals are not the ones that were.
    pub fn unfollowed(&self) -> impl Iterator<Item = ServiceName> + '_ {
        self.listener.stopped()
    }

    /// A producer's head.
    pub fn hear_head(&mut self, of: ServiceName, head: &Head, retained: bool) -> Vec<Output> {
        match self.listener.head(of, head, retained) {
            Ok(from) => from.map(|from| Output::AskReplay { of, from }).into_iter().collect(),
            Err(divergence) => vec![Output::Trouble(Trouble::Divergence(divergence))],
        }
    }

    /// A page of a replay that was asked for.
    pub fn hear_page(&mut self, page: &ReplayPage, now: Timestamp) -> Vec<Output> {
        let mut outputs = self.hear(&page.events, now);
        match self.listener.page(page) {
            Ok(Some(from)) => outputs.push(Output::AskReplay { of: page.source.service, from }),
            Ok(None) => {}
            Err(divergence) => outputs.push(Output::Trouble(Trouble::Divergence(divergence))),
        }
        outputs
    }

    /// When [`Engine::tick`] has something to do: something falls due, or absence can be judged again.
    pub fn next_due(&self) -> Option<Timestamp> {
        match self.judging {
            Judging::Able { .. } if self.away_since().is_some() => {
                S::next_due(&self.state).map(|due| later(due, PATIENCE))
            }
            Judging::Able { .. } => S::next_due(&self.state),
            Judging::Unable { connected_at: Some(at), .. } if self.listener.caught_up() => Some(at),
            Judging::Unable { connected_at: Some(at), .. } => Some(later(at, PATIENCE)),
            Judging::Unable { connected_at: None, .. } => None,
        }
    }

    /// Whether absence may be judged now: connected, and caught up with the heads that every producer told since, or
    /// patient for thirty seconds. [CHECK-3]
    pub fn may_judge(&self, now: Timestamp) -> bool {
        match self.judging {
            Judging::Able { .. } => true,
            Judging::Unable { connected_at: Some(at), .. } => {
                self.listener.caught_up() || now.duration_since(at) >= PATIENCE
            }
            Judging::Unable { connected_at: None, .. } => false,
        }
    }

    /// Whether all that every producer is known to have told was heard.
    pub fn caught_up(&self) -> bool {
        self.listener.caught_up()
    }

    /// Time has passed: records what fell due, if absence may be judged. The first tick at which it may be again tells
    /// an outage to what fell due meanwhile; what falls due later knows nothing of it.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Output> {
        if !self.may_judge(now) || self.holds_back(now) {
            return Vec::new();
        }
        let outage = self.outage_up_to(now);
        self.judging = Judging::Able { last: now };
        let (mut outputs, mut recorded) = (Vec::new(), 0);
        while let Some(due) = S::next_due(&self.state).filter(|due| *due <= now) {
            // An outage is told in one commit, to all that fell due in it.
            if recorded >= MAX_TICK_EVENTS && outage.is_none() {
                break;
            }
            let cause = derive_uuid(self.chain.epoch, "tick", self.chain.seq + 1);
            let school = Arc::clone(&self.school);
            let tick = Tick { now, outage, cause, zone: &school.zone, policy: &school.policy };
            let events = S::due(&self.state, &tick);
            if events.is_empty() {
                outputs.push(Output::Trouble(Trouble::StuckDeadline { service: S::NAME }));
                break;
            }
            let why =
                Why { cause, correlation: Uuid::nil(), actor: Actor::Service(S::NAME), traceparent: None };
            recorded += events.len();
            if S::STEPS_AT_ONCE {
                for event in events {
                    let traceparent = self.steps.before(S::trip_of(&event), due);
                    self.record([event], &Why { traceparent, ..why.clone() }, now);
                }
            } else {
                self.record(events, &why, now);
            }
        }
        outputs
    }

    /// Since when a producer is away whose word is waited for.
    fn away_since(&self) -> Option<Timestamp> {
        self.away_since.filter(|_| self.listener.is_anybody_away())
    }

    /// Whether what is due waits for a producer's word: as long as for heads after a connect.
    fn holds_back(&self, now: Timestamp) -> bool {
        let waits = self.away_since().is_some() && matches!(self.judging, Judging::Able { .. });
        waits && S::next_due(&self.state).is_some_and(|due| now < later(due, PATIENCE))
    }

    fn outage_up_to(&self, now: Timestamp) -> Option<Window> {
        match self.judging {
            Judging::Able { .. } => self.away_since().and_then(|since| Window::new(since, now).ok()),
            Judging::Unable { since, .. } => {
                Window::new(since, now).ok().filter(|w| w.to.duration_since(w.from) >= SHORTEST_OUTAGE)
            }
        }
    }

    fn take_news(&mut self, envelope: &EventEnvelope, now: Timestamp) -> Option<Output> {
        self.listener.took(envelope);
        self.cursors_moved = true;
        let variant = proto::wire::variant(&envelope.kind, envelope.source.service)?;
        if variant == PolicyNoted::NAME {
            // Each service notes it for itself.
            return None;
        }
        let event = match AnyEvent::parse(envelope.source.service, variant, &envelope.data) {
            Ok(event) => event,
            Err(error) => {
                let (of, sequence) = (envelope.source.service, envelope.sequence);
                return Some(Output::Trouble(Trouble::Unreadable { of, sequence, why: error.to_string() }));
            }
        };
        let correlation = if envelope.correlation.is_nil() { envelope.cause } else { envelope.correlation };
        let why = Why {
            cause: envelope.id,
            correlation,
            actor: envelope.actor.clone(),
            traceparent: trace::worth_keeping(envelope.traceparent.as_deref(), correlation),
        };
        self.note_policy(&event, &why, now);
        let service = envelope.source.service;
        let history = self.history_until.get(&service).is_some_and(|until| envelope.sequence <= *until);
        let news = News { event: &event, recorded_at: envelope.time, sequence: envelope.sequence, history };
        let school = Arc::clone(&self.school);
        let context = Context {
            now,
            actor: &envelope.actor,
            cause: envelope.id,
            zone: &school.zone,
            policy: &school.policy,
        };
        let events = S::hear(&self.state, &news, &context);
        self.record(events, &why, now);
        None
    }

    /// Takes events into the state and into the open batch; says the number of the last one.
    fn record(&mut self, events: impl IntoIterator<Item = S::Event>, why: &Why, now: Timestamp) -> u64 {
        for event in events {
            let (kind, data) = proto::wire::split_text(&event);
            let draft = Draft {
                recorded_at: now,
                kind,
                data,
                cause: why.cause,
                correlation: why.correlation,
                actor: why.actor.clone(),
                trip: S::trip_of(&event),
                traceparent: why.traceparent.clone(),
            };
            let entry = self.chain.next(draft, (self.salts)());
            if let Some(settings) = S::policy_of(&event) {
                self.take_policy(PolicyNoted { at: entry.recorded_at, settings: settings.clone() });
            }
            S::evolve(&mut self.state, &event);
            self.remember(&entry, &event);
            self.pending.changed.extend(S::changes(&event));
            let trace = entry.trace();
            if S::STEPS_AT_ONCE {
                self.steps.recorded(entry.trip, now, trace);
            }
            self.pending.events.push(Recorded {
                seq: entry.seq,
                recorded_at: entry.recorded_at,
                trace,
                event,
            });
            self.pending.entries.push(entry);
        }
        self.chain.seq
    }

    fn remember(&mut self, entry: &Entry, event: &S::Event) {
        if entry.cause == entry.correlation {
            self.accepted.remember(entry.cause, entry.seq, entry.trip);
        }
        if let Some(trip) = entry.trip.filter(|_| S::ends_trip(event)) {
            self.accepted.trip_ended(trip, entry.recorded_at);
        }
    }

    /// Whether something waits to be committed, or given out.
    pub fn has_batch(&self) -> bool {
        !self.pending.entries.is_empty() || !self.pending.outputs.is_empty()
    }

    /// Whether cursors moved without an entry: worth committing now and then.
    pub fn has_moved_cursors(&self) -> bool {
        self.cursors_moved
    }

    /// Closes the open batch: the shell commits it, then says [`Engine::committed`] or [`Engine::failed`].
    ///
    /// # Panics
    /// If a batch is in flight already: a bug of the shell.
    pub fn close_batch(&mut self) -> Batch<S> {
        assert!(!self.in_flight, "one batch of an engine is in flight at a time");
        assert!(!self.poisoned, "a failed engine is rebuilt, not asked");
        self.in_flight = true;
        let mut batch = std::mem::replace(&mut self.pending, Batch::after(&self.chain));
        if std::mem::take(&mut self.cursors_moved) {
            batch.cursors = self.cursors();
        }
        let summaries = std::mem::take(&mut batch.changed).into_iter();
        batch.outputs.extend(summaries.filter_map(|of| S::summary(&self.state, of)).map(Output::Retain));
        batch
    }

    /// The batch in flight is in the journal.
    pub fn committed(&mut self) {
        self.stored = (self.pending.after, self.pending.hash);
        self.in_flight = false;
    }

    /// The batch in flight is not, or may not be, in the journal: this engine takes nothing more.
    pub fn failed(&mut self) {
        self.poisoned = true;
    }

    /// Whether it must be rebuilt.
    pub fn is_failed(&self) -> bool {
        self.poisoned
    }

    fn context<'a>(school: &'a School, actor: &'a Actor, cause: Uuid, now: Timestamp) -> Context<'a> {
        Context { now, actor, cause, zone: &school.zone, policy: &school.policy }
    }
}

/// What led to events: it stands in their envelopes.
#[derive(Clone)]
struct Why {
    cause: Uuid,
    correlation: Uuid,
    actor: Actor,
    traceparent: Option<String>,
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

impl<S: Service> std::fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("service", &S::NAME)
            .field("school", &self.school.id)
            .field("chain", &self.chain)
            .field("judging", &self.judging)
            .finish_non_exhaustive()
    }
}

/// The client that a service's own shell acts as.
pub fn own_client(service: ServiceName) -> ClientId {
    ClientId::parse(service.as_str()).expect("a service's name is a client's name")
}
