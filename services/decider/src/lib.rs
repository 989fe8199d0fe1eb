//! What a service of Homeward is: a pure decider.
//!
//! ```text
//!   command ──► decide ─┐
//!   news    ──► hear   ─┼─► events ──► journal ──► evolve ──► state
//!   time    ──► due    ─┘
//! ```
//!
//! Time, ids and randomness arrive in the [`Context`]; nothing here does input or output. The state comes from the
//! service's own journal alone: what it needs to know of another service it hears, and records as an event of its own.
//! `chassis` runs any decider; [`kit`] tests one with given, when, then.

pub mod kit;
pub mod policy;

use std::fmt::Debug;

pub use policy::Policy;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::TripId;
use proto::refusal::Refusal;
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::policy::Settings;
use proto::values::{SchoolZone, Window};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A service: its state, what it is asked, what it records, what it refuses.
pub trait Service: Send + Sync + 'static {
    /// Its name in topics and journals.
    const NAME: ServiceName;
    /// Whom it hears. News of others never reaches [`Service::hear`].
    const HEARS: &'static [ServiceName];
    /// Raised when it hears more kinds of event than before: it then hears all history again, marked as such.
    const LISTENER_VERSION: u32;
    /// Without whose word it judges no absence at once: a text may wait in the gateway's journal, a press with the board.
    /// While one of these that it hears is known to be away, what falls due is judged thirty seconds late, and told as a gap.
    const WAITS_FOR: &'static [ServiceName] = &[ServiceName::Gateway, ServiceName::Board];

    /// Whether what is due at once after an event, as a step of its own, belongs to that event: it then has its trace id.
    const STEPS_AT_ONCE: bool = false;

    /// All it knows of one school, from its own journal alone. It can be written down whole and read again, so that a
    /// snapshot may stand for the entries that led to it.
    type State: Default + Debug + PartialEq + Clone + Send + Sync + Serialize + DeserializeOwned;
    /// What it can be asked. Every variant has named fields.
    type Command: Serialize + DeserializeOwned + Debug + Send;
    /// What it records. Every variant has named fields.
    type Event: Serialize + DeserializeOwned + Debug + PartialEq + Clone + Send + Sync;
    /// Why it says no.
    type Refusal: Refusal + Debug + PartialEq + Send;

    /// Decides a command. A duplicate yields no event; a refusal changes nothing.
    fn decide(
        state: &Self::State,
        command: Self::Command,
        context: &Context<'_>,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Takes an event into the state. It can't fail: what is journalled has happened.
    fn evolve(state: &mut Self::State, event: &Self::Event);

    /// Turns another service's news into events of its own. Hearing the same twice yields nothing the second time.
    fn hear(state: &Self::State, news: &News<'_>, context: &Context<'_>) -> Vec<Self::Event>;

    /// When time alone will next change something. Cheap: it is asked after every batch.
    fn next_due(state: &Self::State) -> Option<Timestamp>;

    /// What fell due up to `tick.now`. It is called again until it yields nothing, so one call may yield a part
    /// (at most [`MAX_DUE_EVENTS`]); what it yields must move [`Service::next_due`] on.
    fn due(state: &Self::State, tick: &Tick<'_>) -> Vec<Self::Event>;

    /// The trip an event is about: the `subject` it is filed under, and how long the ids of its commands are remembered.
    fn trip_of(event: &Self::Event) -> Option<TripId>;

    /// Every setting, where an event changes the policy: only the people service has such events. Every other one hears of them,
    /// and its engine notes the policy in its own journal.
    fn policy_of(_event: &Self::Event) -> Option<&Settings> {
        None
    }

    /// Whether nothing follows for that trip: ids of its commands may be forgotten a day later.
    fn ends_trip(event: &Self::Event) -> bool;

    /// Whether a command may come over the bus. What only the service's own shell may say (webhooks, workers) may not.
    fn open_to_bus(_command: &Self::Command) -> bool {
        true
    }

    /// The public summary that an event changes, if it changes one.
    fn changes(_event: &Self::Event) -> Option<Summary> {
        None
    }

    /// A public summary as it stands (retained, no personal data): asked once for each that a batch of events changed.
    fn summary(_state: &Self::State, _of: Summary) -> Option<Retained> {
        None
    }

    /// Public summaries that are told again at each connect, whatever happened: the broker may have forgotten them.
    fn retained_now(_state: &Self::State) -> Vec<Retained> {
        Vec::new()
    }
}

/// The most events that one call of [`Service::due`] yields.
pub const MAX_DUE_EVENTS: usize = 1000;

/// What a decision may lean on besides the state.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The moment of deciding.
    pub now: Timestamp,
    /// Who acts.
    pub actor: &'a Actor,
    /// The id of the command or event that led here: derived ids come from it.
    pub cause: Uuid,
    /// The school's clocks.
    pub zone: &'a SchoolZone,
    /// The school's settings.
    pub policy: &'a Policy,
}

/// An event of another service.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// The event.
    pub event: &'a AnyEvent,
    /// When its service recorded it.
    pub recorded_at: Timestamp,
    /// Its number in that service's journal.
    pub sequence: u64,
    /// True when it is heard again because the listener grew: record it, alert nobody.
    pub history: bool,
}

/// Time has passed.
#[derive(Clone, Copy, Debug)]
pub struct Tick<'a> {
    /// Now.
    pub now: Timestamp,
    /// Set when nobody could judge for a while (a restart, no broker, a stepped clock): what fell due in it is told in
    /// one digest for each trip.
    pub outage: Option<Window>,
    /// An id from which derived ids may come.
    pub cause: Uuid,
    /// The school's clocks.
    pub zone: &'a SchoolZone,
    /// The school's settings.
    pub policy: &'a Policy,
}

/// What a public summary is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Summary {
    /// A trip.
    Trip(TripId),
    /// The school's lamp or siren.
    Alarm,
}

/// A retained public message below `homeward/v1/{school}/`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Retained {
    /// `status/trip/{trip}`; `None` clears it.
    TripStatus(TripId, Option<String>),
    /// `alarm`.
    Alarm(String),
}
