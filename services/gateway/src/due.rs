//! What time alone changes: attempts that expire, and attempts and calls of which nothing more is heard.

use decider::{MAX_DUE_EVENTS, Tick};
use proto::ids::AttemptId;
use proto::v1::gateway::{Event, Progress};

use crate::attempt::{Attempt, Phase};
use crate::calls;
use crate::decide::failed;
use crate::state::State;

/// What fell due; each event moves its attempt's deadline on, or ends the attempt.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let past = state.attempts.due(tick.now);
    let attempts = past.filter_map(|(id, attempt)| overdue(id, attempt, tick));
    // Of a caller who hung up nothing more may be heard.
    let calls = state.calls.overdue(tick.now).flat_map(|(id, call)| calls::over(id, call, tick.now));
    attempts.take(MAX_DUE_EVENTS / 2).chain(calls.take(MAX_DUE_EVENTS / 2)).collect()
}

fn overdue(id: AttemptId, attempt: &Attempt, tick: &Tick<'_>) -> Option<Event> {
    let why = match attempt.phase {
        Phase::Planned { .. } => "it could not be sent in time",
        Phase::Begun { .. } => {
            let why = "nobody told how the request ended".to_owned();
            let (tries, at) = (attempt.tries, tick.now);
            let progress = Progress::Unknown { why };
            return Some(Event::AttemptProgressed { attempt: id, tries, provider_id: None, progress, at });
        }
        Phase::Unknown { .. } => "whether it was sent is not known",
        Phase::Accepted { .. } => "the provider did not send it in time",
        Phase::Ringing { .. } | Phase::Answered { .. } => "nothing more was heard of the call",
        // They have no deadline.
        Phase::Sent {}
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {} => {
            return None;
        }
    };
    let told = failed(id, attempt, false, None, why, tick.now);
    Some(told.unwrap_or(Event::AttemptWithdrawn { attempt: id, case: attempt.case(), at: tick.now }))
}
