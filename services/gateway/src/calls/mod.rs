//! Calls in: somebody rings the school's number, and is put through along the route that contacts gives. [CONT-1 to 6]
//!
//! ```text
//!   received ─┬─ the public, a pupil's phone, a school phone of no trip ─────────────► ringing step 1, 2, …
//!             └─ a phone of staff on a trip ─► menu ─┬─ 2, any other key, silence ──►    │   │
//!                                               ▲    ├─ 9: help, at once ───────────►    │   └─ nobody took it ─► exhausted
//!                                               │    └─ 1 ─► counting ─► said ─► told    │                     (the office is alerted)
//!                                               └───────────── 1, 2 or 9 ─────────┘      └─ 1 pressed ─► through ─► ended
//! ```
//!
//! Invariants: only a key is proof that a person answered, a machine presses none; a headcount is what was keyed, or none;
//! nobody is put through to their own phone; the caller is told nothing of trips, people or numbers; a call is decided here
//! and rendered by the webhook only after the commit, so that a post that comes twice finds the same answer.
//!
//! What it does not do: choose the route (contacts does, of which every event that matters to it is folded here); judge a
//! word (checkins); alert (alerts hears of help, and of a caller whom nobody took).

mod call;
mod decide;
mod evolve;
mod spoken;
mod way;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proto::Timestamp;
use proto::ids::InboundId;
use serde::{Deserialize, Serialize};

pub use self::call::{Call, Dialling, RungBack, Stage};
pub(crate) use self::decide::{Incoming, accept, end, keys, over, record_dial, rung_back, take, told};
pub(crate) use self::spoken::Spoken;
pub use self::way::{Path, WayIn, way_in};

/// The most calls that are remembered; the oldest are forgotten first.
pub const MAX_CALLS: usize = 1_000;

/// The calls that are remembered.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Calls {
    all: BTreeMap<InboundId, Call>,
    order: VecDeque<InboundId>,
    deadlines: BTreeSet<(Timestamp, InboundId)>,
}

impl Calls {
    /// A call.
    pub fn get(&self, call: InboundId) -> Option<&Call> {
        self.all.get(&call)
    }

    /// The calls that are remembered, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = (InboundId, &Call)> {
        self.order.iter().rev().filter_map(|id| Some((*id, self.all.get(id)?)))
    }

    /// Those that nobody took, the newest first, whether or not they were rung back.
    pub fn not_taken(&self) -> impl Iterator<Item = (InboundId, &Call)> {
        self.newest().filter(|(_, call)| call.not_taken_at.is_some())
    }

    /// The call in which a word was said that waits for its answer.
    pub fn of_word(&self, word: InboundId) -> Option<InboundId> {
        let waits = |id: &InboundId| self.all.get(id).is_some_and(|call| call.stage == Stage::Said { word });
        self.deadlines.iter().map(|(_, id)| *id).find(waits)
    }

    /// When something is done about one of them by time alone.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Those of which nothing was heard in time.
    pub(crate) fn overdue(&self, now: Timestamp) -> impl Iterator<Item = (InboundId, &Call)> {
        let past = self.deadlines.iter().take_while(move |(at, _)| *at <= now);
        past.filter_map(|(_, id)| Some((*id, self.all.get(id)?)))
    }

    fn insert(&mut self, id: InboundId, call: Call) {
        self.deadlines.extend(call.deadline().map(|at| (at, id)));
        self.all.insert(id, call);
        self.order.push_back(id);
        while self.order.len() > MAX_CALLS {
            if let Some(gone) =
                self.order.pop_front().and_then(|oldest| Some((oldest, self.all.remove(&oldest)?)))
            {
                let (oldest, call) = gone;
                call.deadline().map(|at| self.deadlines.remove(&(at, oldest)));
            }
        }
    }

    fn change(&mut self, id: InboundId, change: impl FnOnce(&mut Call)) {
        let Some(call) = self.all.get_mut(&id) else { return };
        call.deadline().map(|at| self.deadlines.remove(&(at, id)));
        change(call);
        self.deadlines.extend(call.deadline().map(|at| (at, id)));
    }
}
