//! One call in, and where it stands.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{InboundId, PersonId, TripId};
use proto::v1::contacts::Audience;
use proto::v1::gateway::{CallStep, Caller, Message};
use serde::{Deserialize, Serialize};

/// A caller who is asked for keys, and of whom nothing more is heard for so long, has hung up.
const KEYS_AWAITED: SignedDuration = SignedDuration::from_mins(2);

/// A step that rings, and of which nothing more is heard for so long: the caller has hung up. (It rings for a minute at
/// most, and whoever answers is asked for a key.)
const RINGING: SignedDuration = SignedDuration::from_mins(3);

/// The longest that people talk: the provider ends a call after an hour.
const TALKING: SignedDuration = SignedDuration::from_mins(65);

/// A call in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// Who rings.
    pub from: Caller,
    /// When it came.
    pub received_at: Timestamp,
    /// When something last happened in it.
    pub since: Timestamp,
    /// The question that was asked last, from 1: an answer to an earlier one is stale.
    pub turn: u16,
    /// How many words were said in it.
    pub words: u16,
    /// Help was called for in it.
    pub help: bool,
    /// The trip for which it was put through.
    pub trip: Option<TripId>,
    /// Since when it is known that nobody took it: the route was exhausted, or they gave up while it rang.
    pub not_taken_at: Option<Timestamp>,
    /// Nobody of the whole route took it.
    pub exhausted: bool,
    /// Who rang them back.
    pub rung_back: Option<RungBack>,
    /// Where it stands.
    pub stage: Stage,
}

/// Who rang a caller back, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RungBack {
    /// Who.
    pub by: PersonId,
    /// When they said so.
    pub at: Timestamp,
}

/// Where a call stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It came in; where it goes follows at once.
    Received {},
    /// What the caller wants is asked.
    Menu {},
    /// How many were counted is asked.
    Counting {},
    /// A word was said: what becomes of it is awaited.
    Said {
        /// The word's id.
        word: InboundId,
    },
    /// The caller is told what became of it.
    Told {
        /// What they are told.
        message: Message,
    },
    /// A step of the route rings.
    Ringing(Dialling),
    /// A person pressed 1 and talks with the caller.
    Through(Dialling),
    /// Nobody of the route took it.
    Exhausted(Dialling),
    /// It is over.
    Ended {
        /// How far it had come.
        taken: bool,
    },
}

/// The route that a call follows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Dialling {
    /// For whom it is.
    pub audience: Audience,
    /// Of the party on that trip.
    pub trip: Option<TripId>,
    /// Its steps.
    pub steps: Vec<CallStep>,
    /// The one that rings, or rang last.
    pub step: u16,
}

impl Dialling {
    /// The step that rings.
    pub fn current(&self) -> Option<CallStep> {
        self.steps.get(usize::from(self.step)).copied()
    }
}

impl Call {
    /// Whether a person took it.
    pub fn was_taken(&self) -> bool {
        matches!(self.stage, Stage::Through(_) | Stage::Ended { taken: true })
    }

    /// Whether nothing follows.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended { .. })
    }

    /// When it counts as over unless something more is heard of it.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let patience = match &self.stage {
            Stage::Received {}
            | Stage::Menu {}
            | Stage::Counting {}
            | Stage::Said { .. }
            | Stage::Told { .. }
            | Stage::Exhausted(_) => KEYS_AWAITED,
            Stage::Ringing(_) => RINGING,
            Stage::Through(_) => TALKING,
            Stage::Ended { .. } => return None,
        };
        Some(self.since.saturating_add(patience).unwrap_or(Timestamp::MAX))
    }
}
