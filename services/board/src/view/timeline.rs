//! What happened on each trip, in the order in which it was recorded. Bounded.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::AnyEvent;

/// The most entries of one trip that are kept at hand: the oldest go first. The journal has all of them.
pub const MAX_TIMELINE: usize = 1_000;

/// The most trips whose timeline is kept at hand: those that were touched last. What is not at hand is told again from the journals.
pub const MAX_TIMELINES: usize = 400;

/// The most of them that are over.
pub const MAX_OVER: usize = 40;

/// One thing that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// When it was recorded.
    pub at: Timestamp,
    /// By which service.
    pub service: ServiceName,
    /// Its number in that service's journal.
    pub sequence: u64,
    /// Who acted.
    pub actor: Actor,
    /// What happened; [`super::tell`] says it in words.
    pub event: AnyEvent,
    /// Shown to base alone: the trip's own staff never see it. [CHECK-6]
    pub base_only: bool,
}

/// The timelines of the trips that were touched last.
#[derive(Clone, Debug, Default)]
pub(super) struct Timelines {
    of: BTreeMap<TripId, Kept>,
    /// In the order in which they were touched: those that aren't over, and those that are.
    going: BTreeMap<u64, TripId>,
    over: BTreeMap<u64, TripId>,
    touches: u64,
    /// Trips of which something was let go.
    not_whole: BTreeSet<TripId>,
    /// This trip alone is kept, and all of it.
    only: Option<TripId>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    touched: u64,
    is_over: bool,
    entries: VecDeque<Entry>,
}

impl Timelines {
    /// All that happens on one trip, however much it is, and nothing else.
    pub(super) fn of_one(trip: TripId) -> Self {
        Self { only: Some(trip), ..Self::default() }
    }

    /// `ends`: nothing follows for this trip, but what is still under way.
    pub(super) fn push(&mut self, trip: TripId, entry: Entry, ends: bool) {
        if self.only.is_some_and(|only| only != trip) {
            return;
        }
        self.touches += 1;
        let kept = self.of.entry(trip).or_default();
        if kept.is_over { &mut self.over } else { &mut self.going }.remove(&kept.touched);
        (kept.touched, kept.is_over) = (self.touches, kept.is_over || ends);
        if kept.is_over { &mut self.over } else { &mut self.going }.insert(kept.touched, trip);
        kept.entries.push_back(entry);
        if kept.entries.len() > MAX_TIMELINE && self.only.is_none() {
            kept.entries.pop_front();
            self.not_whole.insert(trip);
        }
        let too_many = match (self.over.len() > MAX_OVER, self.of.len() > MAX_TIMELINES) {
            (true, _) => self.over.pop_first(),
            (false, true) => self.going.pop_first(),
            (false, false) => None,
        };
        if let Some((_, oldest)) = too_many {
            self.of.remove(&oldest);
            self.not_whole.insert(oldest);
        }
    }

    pub(super) fn has_all_of(&self, trip: TripId) -> bool {
        !self.not_whole.contains(&trip)
    }

    pub(super) fn of(&self, trip: TripId) -> impl DoubleEndedIterator<Item = &Entry> {
        self.of.get(&trip).into_iter().flat_map(|kept| &kept.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64) -> Entry {
        let trip = TripId::derived(uuid::Uuid::nil(), 0);
        Entry {
            at: Timestamp::UNIX_EPOCH,
            service: ServiceName::Trips,
            sequence,
            actor: Actor::Service(ServiceName::Trips),
            event: proto::v1::trips::Event::TripClosed { trip, at: Timestamp::UNIX_EPOCH }.into(),
            base_only: false,
        }
    }

    #[test]
    fn a_timeline_keeps_its_newest_entries_and_the_trips_touched_last() {
        let trip = |n: usize| TripId::derived(uuid::Uuid::nil(), n as u64);
        let mut timelines = Timelines::default();
        for sequence in 1..=MAX_TIMELINE as u64 + 1 {
            timelines.push(trip(0), entry(sequence), false);
        }
        assert_eq!(timelines.of(trip(0)).count(), MAX_TIMELINE);
        assert_eq!(timelines.of(trip(0)).next().map(|e| e.sequence), Some(2));
        for n in 1..MAX_TIMELINES {
            timelines.push(trip(n), entry(1), false);
        }
        timelines.push(trip(0), entry(2_000), false);
        timelines.push(trip(MAX_TIMELINES), entry(1), false);
        assert_eq!(timelines.of(trip(0)).count(), MAX_TIMELINE, "touched after the others");
        assert_eq!(timelines.of(trip(1)).count(), 0, "touched longest ago");
        assert_eq!(timelines.of(trip(2)).count(), 1);
        timelines.push(trip(1), entry(2), false);
        let whole = [0, 1, 2, 3].map(|n| timelines.has_all_of(trip(n)));
        assert_eq!(
            whole,
            [false, false, false, true],
            "what was let go of is known, also once more of it comes"
        );
    }
}
