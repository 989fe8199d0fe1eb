//! Ids of accepted commands, remembered as long as their trip lives: asked again, the first answer is given.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use proto::ids::TripId;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// Ids of commands that belong to no trip are remembered for this many further ones.
pub(super) const MAX_TRIPLESS: usize = 50_000;

/// Ids of a trip's commands are forgotten this long after its end.
pub(super) const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24);

/// The accepted ids of one school and service.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Packed")]
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

/// As it is written down: there may be very many.
#[derive(Serialize, Deserialize)]
struct Packed {
    of_trip: Vec<(TripId, Answers)>,
    tripless: Answers,
    ended: VecDeque<(Timestamp, TripId)>,
}

/// Ids with the numbers that answer them.
struct Answers(Vec<(Uuid, u64)>);

/// The bytes of an id, and of its number.
const ID: usize = 16;
const ANSWER: usize = ID + 8;

impl Serialize for Accepted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answers = |ids: &mut dyn Iterator<Item = &Uuid>| {
            Answers(ids.filter_map(|id| Some((*id, self.answer(*id)?))).collect())
        };
        let of_trip = self.of_trip.iter().map(|(trip, ids)| (*trip, answers(&mut ids.iter()))).collect();
        let tripless = answers(&mut self.tripless.iter());
        Packed { of_trip, tripless, ended: self.ended.clone() }.serialize(serializer)
    }
}

impl From<Packed> for Accepted {
    fn from(packed: Packed) -> Self {
        let Packed { of_trip, tripless, ended } = packed;
        let count = of_trip.iter().map(|(_, ids)| ids.0.len()).sum::<usize>() + tripless.0.len();
        let mut answers = HashMap::with_capacity(count);
        answers.extend(of_trip.iter().flat_map(|(_, ids)| &ids.0).chain(&tripless.0).copied());
        let ids = |answers: Answers| answers.0.into_iter().map(|(id, _)| id);
        let of_trip = of_trip.into_iter().map(|(trip, of)| (trip, ids(of).collect())).collect();
        Self { answers, of_trip, tripless: ids(tripless).collect(), ended }
    }
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.0.len() * ANSWER);
        for (id, seq) in &self.0 {
            bytes.extend_from_slice(id.as_bytes());
            bytes.extend_from_slice(&seq.to_be_bytes());
        }
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Answers;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("ids with their numbers")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Answers, E> {
                let (answers, rest) = bytes.as_chunks::<ANSWER>();
                if !rest.is_empty() {
                    return Err(E::custom("an id is cut short"));
                }
                let one = |answer: &[u8; ANSWER]| {
                    let (mut id, mut seq) = ([0; ID], [0; ANSWER - ID]);
                    id.copy_from_slice(&answer[..ID]);
                    seq.copy_from_slice(&answer[ID..]);
                    (Uuid::from_bytes(id), u64::from_be_bytes(seq))
                };
                Ok(Answers(answers.iter().map(one).collect()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
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
    fn what_is_remembered_can_be_written_down() {
        let mut accepted = Accepted::default();
        let (trip, ended) = (TripId::new(), TripId::new());
        for n in 0..100_u128 {
            accepted.remember(Uuid::from_u128(n), n as u64, [Some(trip), Some(ended), None][n as usize % 3]);
        }
        accepted.remember(Uuid::from_u128(3), 200, Some(trip));
        accepted.trip_ended(ended, "2026-11-20T16:00:00Z".parse().expect("time"));
        let bytes = rmp_serde::to_vec_named(&accepted).expect("written");
        let read: Accepted = rmp_serde::from_slice(&bytes).expect("read");
        assert_eq!((read.answers, read.of_trip), (accepted.answers, accepted.of_trip));
        assert_eq!((read.tripless, read.ended), (accepted.tripless, accepted.ended));
        assert!(rmp_serde::from_slice::<Accepted>(&bytes[..bytes.len() - 1]).is_err());
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
