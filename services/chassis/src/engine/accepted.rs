//! Ids of accepted commands, remembered as long as their trip lives: asked again, the first answer is given.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use proto::ids::TripId;
use uuid::Uuid;

/// Ids of commands that belong to no trip are remembered for this many further ones.
pub(super) const MAX_TRIPLESS: usize = 50_000;

/// Ids of a trip's commands are forgotten this long after its end.
pub(super) const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24);

/// The accepted ids of one school and service.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    answers: HashMap<Uuid, u64>,
    of_trip: BTreeMap<TripId, Vec<Uuid>>,
    tripless: VecDeque<Uuid>,
    ended: VecDeque<(Timestamp, TripId)>,
}

impl Accepted {
    /// The number that the command led to the first time.
    pub(super) fn answer(&self, command: Uuid) -> Option<u64> {
        self.answers.get(&command).copied()
    }

    /// Remembers an entry's command.
    pub(super) fn remember(&mut self, command: Uuid, seq: u64, trip: Option<TripId>) {
        if self.answers.insert(command, seq).is_some() {
            return;
        }
        match trip {
            Some(trip) => self.of_trip.entry(trip).or_default().push(command),
            None => self.tripless.push_back(command),
        }
        if self.tripless.len() > MAX_TRIPLESS {
            self.tripless.pop_front().map(|old| self.answers.remove(&old));
        }
    }

    /// A trip has ended: its ids are forgotten a day later.
    pub(super) fn trip_ended(&mut self, trip: TripId, at: Timestamp) {
        self.ended.push_back((at, trip));
        while self.ended.front().is_some_and(|(ended, _)| at.duration_since(*ended) > KEPT_AFTER_END) {
            let Some((_, trip)) = self.ended.pop_front() else { break };
            for command in self.of_trip.remove(&trip).unwrap_or_default() {
                self.answers.remove(&command);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_live_as_long_as_their_trip_and_a_day() {
        let mut accepted = Accepted::default();
        let (trip, command) = (TripId::new(), Uuid::now_v7());
        let end: Timestamp = "2026-11-20T16:00:00Z".parse().expect("time");
        accepted.remember(command, 7, Some(trip));
        accepted.trip_ended(trip, end);
        assert_eq!(accepted.answer(command), Some(7));
        accepted.trip_ended(TripId::new(), end + SignedDuration::from_hours(25));
        assert_eq!(accepted.answer(command), None);
    }

    #[test]
    fn ids_without_a_trip_are_bounded() {
        let mut accepted = Accepted::default();
        let first = Uuid::from_u128(0);
        for n in 0..=MAX_TRIPLESS as u128 {
            accepted.remember(Uuid::from_u128(n), 1, None);
        }
        assert_eq!(accepted.answer(first), None);
        assert_eq!(accepted.answers.len(), MAX_TRIPLESS);
    }
}
