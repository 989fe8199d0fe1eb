//! What time alone changes: attempts that expire, and attempts and calls of which nothing more is heard.

use decider::{MAX_DUE_EVENTS, Tick};
use proto::ids::{AttemptId, ProviderName};
use proto::v1::gateway::{Event, Progress};

use crate::attempt::{Attempt, Phase};
use crate::calls;
use crate::decide::{Failure, failed};
use crate::state::State;

/// What fell due; each event moves its attempt's deadline on, or ends the attempt.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let past = state.attempts.due(tick.now);
    let attempts = past.flat_map(|(id, attempt)| overdue(state, id, attempt, tick));
    // Of a caller who hung up nothing more may be heard.
    let calls = state.calls.overdue(tick.now).flat_map(|(id, call)| calls::over(id, call, tick.now));
    attempts.take(MAX_DUE_EVENTS / 2).chain(calls.take(MAX_DUE_EVENTS / 2)).collect()
}

fn overdue(state: &State, id: AttemptId, attempt: &Attempt, tick: &Tick<'_>) -> Vec<Event> {
    let why = match attempt.phase {
        Phase::Planned { .. } => "it could not be sent in time",
        Phase::Begun { .. } => {
            let why = "nobody told how the request ended".to_owned();
            let (tries, at) = (attempt.tries, tick.now);
            let progress = Progress::Unknown { why };
            return vec![Event::AttemptProgressed { attempt: id, tries, provider_id: None, progress, at }];
        }
        Phase::Unknown { .. } if attempt.other_way_at.is_some_and(|at| at <= tick.now) => {
            return vec![sent_twice(state, id, attempt, tick)];
        }
        Phase::Unknown { .. } => "whether it was sent is not known",
        Phase::Accepted { .. } => "the provider did not send it in time",
        Phase::Ringing { .. } | Phase::Answered { .. } => "nothing more was heard of the call",
        // They have no deadline.
        Phase::Sent {}
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {}
        | Phase::Bundled { .. } => {
            return Vec::new();
        }
    };
    let told = failed(state, id, attempt, &Failure { code: None, why, permanent: false }, tick.now);
    if attempt.told_failed {
        return vec![Event::AttemptWithdrawn { attempt: id, case: attempt.case(), at: tick.now }];
    }
    told
}

/// An urgent alert rather comes twice than not at all; and it is said that it may.
fn sent_twice(state: &State, id: AttemptId, attempt: &Attempt, tick: &Tick<'_>) -> Event {
    let failed: Vec<_> = attempt.failed_with.iter().chain(&attempt.provider).cloned().collect();
    let name = |provider: Option<&ProviderName>| provider.map_or("it", ProviderName::as_str).to_owned();
    let (first, other) =
        (name(attempt.provider.as_ref()), name(state.providers.other(attempt.channel, &failed)));
    let why = format!("nobody can say whether {first} sent it: {other} sends it too, and it may come twice");
    Event::AttemptPutOff { attempt: id, until: tick.now, why, at: tick.now, in_doubt: true }
}
