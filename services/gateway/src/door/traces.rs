//! Which trace attempts belong to: what is planned in one is sent, and reported on, in the same.
//!
//! Kept in memory alone: after a restart what was planned before is sent in a trace of its own, and its attempt's id leads back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use proto::ids::AttemptId;
use proto::trace::TraceId;
use proto::v1::gateway::Command;

/// So many attempts are remembered.
const MAX_TRACES: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Traces(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    of: HashMap<AttemptId, TraceId>,
    oldest_first: VecDeque<AttemptId>,
}

/// The attempt that a command is about.
pub(super) fn attempt_of(command: &Command) -> Option<AttemptId> {
    match command {
        Command::TakeKey { attempt, .. }
        | Command::RecordProgress { attempt, .. }
        | Command::BeginAttempt { attempt } => Some(*attempt),
        Command::TakeText { .. }
        | Command::TakeCall { .. }
        | Command::TakeCallKeys { .. }
        | Command::AcceptCall { .. }
        | Command::RecordDial { .. }
        | Command::EndCall { .. }
        | Command::RecordRungBack { .. }
        | Command::TakePosition { .. }
        | Command::RecordWaypointsSent { .. }
        | Command::ShowSetUp { .. }
        | Command::SendPageLink { .. }
        | Command::SendPageWord { .. }
        | Command::SendTestText { .. }
        | Command::SetUp { .. }
        | Command::BeginProbe { .. }
        | Command::RecordContact { .. } => None,
    }
}

impl Traces {
    pub(super) fn planned(&self, attempt: AttemptId, trace: TraceId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.of.insert(attempt, trace).is_none() {
            known.oldest_first.push_back(attempt);
        }
        if known.oldest_first.len() > MAX_TRACES
            && let Some(oldest) = known.oldest_first.pop_front()
        {
            known.of.remove(&oldest);
        }
    }

    pub(crate) fn of(&self, attempt: AttemptId) -> Option<TraceId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).of.get(&attempt).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_can_be_under_way_are_remembered_and_no_more() {
        let traces = Traces::default();
        let trace = TraceId::of_cause(uuid::Uuid::now_v7()).expect("not nil");
        let first = AttemptId::new();
        traces.planned(first, trace);
        for _ in 1..MAX_TRACES {
            traces.planned(AttemptId::new(), trace);
        }
        assert_eq!(traces.of(first), Some(trace));
        traces.planned(AttemptId::new(), trace);
        assert_eq!(traces.of(first), None);
    }
}
