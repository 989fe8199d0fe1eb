//! All attempts of a school, with what time and cases need to find them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{AttemptId, CaseId};
use proto::v1::alerts::Channel;
use proto::v1::gateway::Reach;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::attempt::{Attempt, Phase};
use crate::limits::{MAX_REMEMBERED, REMEMBERED_FOR};

/// For how long what was sent to a phone counts against its limits.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The attempts that are remembered.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Attempts {
    all: BTreeMap<AttemptId, Attempt>,
    /// When each was planned or found impossible, the oldest first, so that the same notice yields nothing twice.
    order: VecDeque<(Timestamp, AttemptId)>,
    known: BTreeSet<AttemptId>,
    deadlines: BTreeSet<(Timestamp, AttemptId)>,
    /// Those that the worker has to do something about.
    to_do: BTreeSet<AttemptId>,
    live_by_case: BTreeMap<CaseId, BTreeSet<AttemptId>>,
    /// Those that the provider knows, by its id.
    by_provider: BTreeMap<String, AttemptId>,
    /// What providers took for each phone or line within the hour, the oldest first.
    taken: BTreeMap<Uuid, VecDeque<Taken>>,
    /// Those that another one speaks for.
    bundled: BTreeMap<AttemptId, BTreeSet<AttemptId>>,
}

/// Something that a provider took.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Taken {
    at: Timestamp,
    channel: Channel,
    attempt: AttemptId,
}

impl Attempts {
    /// An attempt.
    pub fn get(&self, id: AttemptId) -> Option<&Attempt> {
        self.all.get(&id)
    }

    /// All that are remembered.
    pub fn iter(&self) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        self.all.iter().map(|(id, attempt)| (*id, attempt))
    }

    /// Whether an attempt was planned, or found impossible, before.
    pub fn is_known(&self, id: AttemptId) -> bool {
        self.known.contains(&id)
    }

    /// Whether an id of the provider belongs to an attempt already.
    pub fn is_bound(&self, provider_id: &str) -> bool {
        self.by_provider.contains_key(provider_id)
    }

    /// Those of a case that are not over.
    pub fn live_of_case(&self, case: CaseId) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        let ids = self.live_by_case.get(&case).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.all.get(id)?)))
    }

    /// Those that are to be sent or looked up, the oldest id first.
    pub fn to_do(&self) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        self.to_do.iter().filter_map(|id| Some((*id, self.all.get(id)?)))
    }

    /// The next deadline of any.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Those whose deadline has come, in order.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        let past = self.deadlines.iter().take_while(move |(at, _)| *at <= now);
        past.filter_map(|(_, id)| Some((*id, self.all.get(id)?)))
    }

    /// Those that an attempt speaks for.
    pub fn bundled_into(&self, id: AttemptId) -> impl Iterator<Item = (AttemptId, &Attempt)> {
        let ids = self.bundled.get(&id).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.all.get(id)?)))
    }

    /// When providers took something by that channel for that phone or line, within the hour, the oldest first.
    pub fn taken_for(&self, via: Reach, channel: Channel, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let taken = phone(via).and_then(|phone| self.taken.get(&phone)).into_iter().flatten();
        let within = move |taken: &&Taken| taken.channel == channel && now.duration_since(taken.at) < HOUR;
        taken.filter(within).map(|taken| taken.at)
    }

    /// An attempt that says what this one says to the same phone, and was begun since this one was planned.
    pub fn same_since(&self, id: AttemptId, attempt: &Attempt) -> Option<AttemptId> {
        let recent = phone(attempt.via).and_then(|phone| self.taken.get(&phone)).into_iter().flatten();
        let others = self.to_do.iter().copied().chain(recent.map(|taken| taken.attempt));
        let says_it = |other: &AttemptId| {
            let Some(other) = self.all.get(other).filter(|_| *other != id) else { return false };
            let failed =
                matches!(other.phase, Phase::Planned { .. } | Phase::Failed {} | Phase::Withdrawn {});
            let same = (other.via, other.channel, &other.message)
                == (attempt.via, attempt.channel, &attempt.message);
            same && !failed && other.times.begun.is_some_and(|begun| begun >= attempt.planned_at)
        };
        others.into_iter().find(says_it)
    }

    /// A provider took an attempt.
    pub(crate) fn note_taken(&mut self, id: AttemptId, at: Timestamp) {
        let Some(attempt) = self.all.get(&id) else { return };
        let Some(phone) = phone(attempt.via) else { return };
        let (channel, taken) = (attempt.channel, self.taken.entry(phone).or_default());
        taken.push_back(Taken { at, channel, attempt: id });
        while taken.front().is_some_and(|first| at.duration_since(first.at) >= HOUR) {
            taken.pop_front();
        }
    }

    /// Another attempt speaks for this one.
    pub(crate) fn note_bundled(&mut self, id: AttemptId, into: AttemptId) {
        self.bundled.entry(into).or_default().insert(id);
        self.change(id, |attempt| attempt.phase = Phase::Bundled { into });
    }

    pub(crate) fn note_known(&mut self, id: AttemptId, at: Timestamp) {
        if !self.known.insert(id) {
            return;
        }
        self.order.push_back((at, id));
        let is_past = |then: &Timestamp| at.duration_since(*then) > REMEMBERED_FOR;
        while self.order.len() > MAX_REMEMBERED || self.order.front().is_some_and(|(then, _)| is_past(then)) {
            if let Some((_, oldest)) = self.order.pop_front() {
                self.known.remove(&oldest);
                self.forget(oldest);
            }
        }
    }

    pub(crate) fn insert(&mut self, id: AttemptId, attempt: Attempt) {
        self.note_known(id, attempt.planned_at);
        self.index(id, &attempt);
        self.all.insert(id, attempt);
    }

    /// Changes one, keeping the indices true.
    pub(crate) fn change(&mut self, id: AttemptId, change: impl FnOnce(&mut Attempt)) {
        let Some(mut attempt) = self.all.remove(&id) else { return };
        self.unindex(id, &attempt);
        change(&mut attempt);
        self.index(id, &attempt);
        self.all.insert(id, attempt);
    }

    fn forget(&mut self, id: AttemptId) {
        if let Some(attempt) = self.all.remove(&id) {
            self.unindex(id, &attempt);
            self.bundled.remove(&id);
            if let Some(provider_id) = &attempt.provider_id {
                self.by_provider.remove(provider_id);
            }
        }
    }

    fn index(&mut self, id: AttemptId, attempt: &Attempt) {
        if let Some(at) = attempt.deadline() {
            self.deadlines.insert((at, id));
        }
        if !attempt.was_accepted() {
            self.to_do.insert(id);
        }
        if let (Some(case), false) = (attempt.case(), attempt.phase.is_over()) {
            self.live_by_case.entry(case).or_default().insert(id);
        }
        if let Some(provider_id) = &attempt.provider_id {
            self.by_provider.insert(provider_id.clone(), id);
        }
    }

    fn unindex(&mut self, id: AttemptId, attempt: &Attempt) {
        if let Some(at) = attempt.deadline() {
            self.deadlines.remove(&(at, id));
        }
        self.to_do.remove(&id);
        let Some(case) = attempt.case() else { return };
        if let Some(live) = self.live_by_case.get_mut(&case) {
            live.remove(&id);
            if live.is_empty() {
                self.live_by_case.remove(&case);
            }
        }
    }
}

/// What limits count by: whoever wrote to us once has limits of their own, and mailboxes have none.
fn phone(via: Reach) -> Option<Uuid> {
    match via {
        Reach::Device(device) => Some(device.0),
        Reach::Line(line) => Some(line.0),
        Reach::Inbound(_) | Reach::Mailbox(_) => None,
    }
}
