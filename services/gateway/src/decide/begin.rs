//! A worker is about to send an attempt: whether it may, and by whom.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::AttemptId;
use proto::v1::alerts::{Channel, Severity};
use proto::v1::gateway::{Event, Message, Refusal};

use super::{Decided, failed};
use crate::attempt::{Attempt, Phase};
use crate::limits::{CALLS_PER_HOUR, EMERGENCY_CALLS_PER_HOUR, EMERGENCY_TEXTS_PER_HOUR, TEXTS_PER_HOUR};
use crate::state::State;

/// The hour that limits count in, with a moment more, so that what was held back does not come a moment too early.
const LIMITED_FOR: SignedDuration = SignedDuration::from_secs(3601);

/// Journalled before it is sent; whoever asks second must not send. What another attempt says already, or what that phone
/// can't bear now, is not begun, and it is said why.
pub(super) fn begin(state: &State, id: AttemptId, now: Timestamp) -> Decided {
    let attempt = state.attempts.get(id).ok_or(Refusal::UnknownAttempt { attempt: id })?;
    if !may_begin(attempt, now) {
        return Err(Refusal::NotToBeSent { attempt: id });
    }
    if let Some(into) = bundled_into(state, id, attempt) {
        return Ok(vec![Event::AttemptBundled { attempt: id, into, at: now }]);
    }
    if let Some(held) = held_back(state, id, attempt, now) {
        return Ok(held);
    }
    let provider = state.providers.choose(attempt.channel, &attempt.failed_with);
    let tries = attempt.tries.saturating_add(1);
    Ok(vec![Event::AttemptBegun { attempt: id, tries, at: now, provider }])
}

fn may_begin(attempt: &Attempt, now: Timestamp) -> bool {
    match attempt.phase {
        Phase::Planned { not_before } => not_before.is_none_or(|at| at <= now) && now < attempt.expires_at,
        Phase::Begun { .. }
        | Phase::Unknown { .. }
        | Phase::Accepted { .. }
        | Phase::Sent {}
        | Phase::Ringing { .. }
        | Phase::Answered { .. }
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {}
        | Phase::Bundled { .. } => false,
    }
}

/// One bundle for each trip: what was planned while the same was on its way to the same phone is said once.
fn bundled_into(state: &State, id: AttemptId, attempt: &Attempt) -> Option<AttemptId> {
    let of_a_trip = matches!(attempt.message, Message::Alert { .. } | Message::Reminder { .. });
    // A try of its own was begun: it stands for itself.
    (of_a_trip && attempt.tries == 0).then(|| state.attempts.same_since(id, attempt)).flatten()
}

/// As many as carriers bear went to that phone within the hour: it waits, or, if it would come too late, it fails and
/// alerts goes on to somebody else.
fn held_back(state: &State, id: AttemptId, attempt: &Attempt, now: Timestamp) -> Option<Vec<Event>> {
    let severity = attempt.case().and_then(|case| state.cases.get(&case)?.severity);
    let (most, what) = most(attempt.channel, severity == Some(Severity::Emergency))?;
    let taken: Vec<_> = state.attempts.taken_for(attempt.via, attempt.channel, now).collect();
    let first_that_counts = taken.len().checked_sub(most)?;
    let until = taken.get(first_that_counts)?.saturating_add(LIMITED_FOR).unwrap_or(Timestamp::MAX);
    let why = format!("{most} {what} went to this phone within the hour: more, and a carrier may block us");
    if until < attempt.expires_at {
        return Some(vec![Event::AttemptHeldBack { attempt: id, until, why, at: now }]);
    }
    Some(failed(state, id, attempt, &super::Failure { code: None, why: &why, permanent: false }, now))
}

fn most(channel: Channel, emergency: bool) -> Option<(usize, &'static str)> {
    match (channel, emergency) {
        (Channel::Text, false) => Some((TEXTS_PER_HOUR, "texts")),
        (Channel::Text, true) => Some((EMERGENCY_TEXTS_PER_HOUR, "texts")),
        (Channel::Voice, false) => Some((CALLS_PER_HOUR, "calls")),
        (Channel::Voice, true) => Some((EMERGENCY_CALLS_PER_HOUR, "calls")),
        (Channel::Email, _) => None,
    }
}
