//! Which trace events belong to.

use std::collections::VecDeque;

use jiff::Timestamp;
use proto::ids::TripId;
use proto::trace::TraceId;
use uuid::Uuid;

/// How many trips are remembered: what is due at once is recorded within a turn or two.
const MAX_STEPS: usize = 64;

/// The `traceparent` that is kept with an entry: none where it follows from the correlation.
pub(super) fn worth_keeping(given: Option<&str>, correlation: Uuid) -> Option<String> {
    let given = given.filter(|text| TraceId::of_traceparent(text) != TraceId::of_cause(correlation));
    given.map(str::to_owned)
}

/// What was recorded last of the trips that something was recorded of.
#[derive(Debug, Default)]
pub(super) struct Steps(VecDeque<(TripId, Timestamp, TraceId)>);

impl Steps {
    pub(super) fn recorded(&mut self, trip: Option<TripId>, at: Timestamp, trace: Option<TraceId>) {
        let (Some(trip), Some(trace)) = (trip, trace) else { return };
        if self.0.len() == MAX_STEPS {
            self.0.pop_front();
        }
        self.0.push_back((trip, at, trace));
    }

    /// The trace context of what was recorded of that trip when something fell due there, as it was recorded.
    pub(super) fn before(&self, trip: Option<TripId>, due: Timestamp) -> Option<String> {
        let trip = trip?;
        let (_, _, trace) = self.0.iter().rev().find(|(of, at, _)| *of == trip && due <= *at)?;
        Some(trace.traceparent(trip.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("an instant")
    }

    #[test]
    fn what_is_due_at_once_belongs_to_what_was_recorded() {
        let (trip, other, trace) = (TripId::new(), TripId::new(), TraceId::of_cause(Uuid::now_v7()));
        let mut steps = Steps::default();
        steps.recorded(Some(trip), at(10), trace);
        let of = |steps: &Steps, trip, due| {
            steps.before(Some(trip), due).and_then(|text| TraceId::of_traceparent(&text))
        };
        assert_eq!(of(&steps, trip, at(10)), trace);
        assert_eq!(of(&steps, trip, at(11)), None, "it was due later");
        assert_eq!(of(&steps, other, at(10)), None);
        for _ in 0..MAX_STEPS {
            steps.recorded(Some(other), at(12), trace);
        }
        assert_eq!((of(&steps, trip, at(10)), steps.0.len()), (None, MAX_STEPS));
    }

    #[test]
    fn what_follows_from_the_correlation_is_not_kept() {
        let (correlation, other) = (Uuid::now_v7(), Uuid::now_v7());
        let of = |cause| TraceId::of_cause(cause).expect("not nil").traceparent(Uuid::now_v7());
        assert_eq!(worth_keeping(Some(&of(correlation)), correlation), None);
        let given = of(other);
        assert_eq!(worth_keeping(Some(&given), correlation), Some(given.clone()));
        assert_eq!(worth_keeping(None, correlation), None);
    }
}
