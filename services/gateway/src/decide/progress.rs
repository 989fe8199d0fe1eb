//! News of an attempt: from a status callback, or from the worker.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::AttemptId;
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Event, Message, Progress, Reach, Refusal};

use super::{Decided, providers};
use crate::attempt::Attempt;
use crate::limits::{MAX_PROVIDER_TEXT, MAX_TRIES, RETRY_SECS};
use crate::state::State;
use crate::twilio_codes::OPTED_OUT;

pub(super) struct News {
    pub(super) tries: Option<u16>,
    pub(super) provider_id: Option<String>,
    pub(super) progress: Progress,
    /// The provider's own failing.
    pub(super) fault: bool,
}

pub(super) fn record(state: &State, id: AttemptId, news: News, now: Timestamp) -> Decided {
    let attempt = state.attempts.get(id).ok_or(Refusal::UnknownAttempt { attempt: id })?;
    let News { tries, provider_id, progress, fault } = news;
    let accepted_as = match &progress {
        Progress::Accepted { provider_id } => Some(provider_id.clone()),
        Progress::Sent {}
        | Progress::Delivered {}
        | Progress::Ringing {}
        | Progress::Answered {}
        | Progress::Completed {}
        | Progress::Failed { .. }
        | Progress::Unknown { .. } => None,
    };
    let provider_id = provider_id.or(accepted_as);
    if provider_id.as_ref().is_some_and(|id| id.chars().count() > MAX_PROVIDER_TEXT) {
        return Err(Refusal::TooLong { max: MAX_PROVIDER_TEXT });
    }
    // Stale news never moves it backwards. A late answer to the request may still tell the id there.
    if !attempt.moves_with(&progress, tries) {
        return Ok(Vec::new());
    }
    let of_provider = of_provider(state, attempt, &progress, fault, now);
    // Who tells its own id for it took it, though that it did so is not written down yet: a callback can overtake the answer.
    let accepted = attempt.was_accepted() || provider_id.is_some();
    let consequences = consequences(state, id, (attempt, accepted), &progress, fault, now);
    let progressed = Event::AttemptProgressed {
        attempt: id,
        tries: tries.unwrap_or(attempt.tries),
        provider_id,
        progress,
        at: now,
    };
    Ok(std::iter::once(progressed).chain(of_provider).chain(consequences).collect())
}

fn consequences(
    state: &State,
    id: AttemptId,
    (attempt, accepted): (&Attempt, bool),
    progress: &Progress,
    fault: bool,
    now: Timestamp,
) -> Vec<Event> {
    match progress {
        Progress::Failed { code, why, permanent } => {
            // What is wrong with this provider alone, another one may do.
            let failure = Failure { code: *code, why, permanent: *permanent && !fault };
            let after = after_failure(state, id, (attempt, accepted), &failure, now);
            opted_out(state, attempt, *code).into_iter().chain(after).collect()
        }
        // CHECK-2: an answered call is not an owned one.
        Progress::Completed {} if attempt.channel == Channel::Voice && wants_a_key(attempt) => {
            let failure = Failure { code: None, why: "nobody pressed 1 in the call", permanent: false };
            failed(state, id, attempt, &failure, now)
        }
        Progress::Completed {}
        | Progress::Accepted { .. }
        | Progress::Sent {}
        | Progress::Delivered {}
        | Progress::Ringing {}
        | Progress::Answered {}
        | Progress::Unknown { .. } => Vec::new(),
    }
}

fn wants_a_key(attempt: &Attempt) -> bool {
    let asks = attempt.case().is_some() || matches!(attempt.message, Message::LineTest { .. });
    asks && !attempt.owned_by_key
}

/// How the provider fared.
fn of_provider(
    state: &State,
    attempt: &Attempt,
    progress: &Progress,
    fault: bool,
    now: Timestamp,
) -> Vec<Event> {
    let Some(provider) = &attempt.provider else { return Vec::new() };
    match progress {
        Progress::Accepted { .. } => {
            providers::served(state, provider, attempt.channel, now).into_iter().collect()
        }
        Progress::Failed { why, .. } | Progress::Unknown { why } if fault => {
            providers::faulted(state, provider, attempt.channel, why, now)
        }
        Progress::Failed { .. }
        | Progress::Unknown { .. }
        | Progress::Sent {}
        | Progress::Delivered {}
        | Progress::Ringing {}
        | Progress::Answered {}
        | Progress::Completed {} => Vec::new(),
    }
}

/// Why an attempt failed.
pub(crate) struct Failure<'a> {
    pub(crate) code: Option<u32>,
    pub(crate) why: &'a str,
    pub(crate) permanent: bool,
}

fn after_failure(
    state: &State,
    id: AttemptId,
    (attempt, accepted): (&Attempt, bool),
    failure: &Failure<'_>,
    now: Timestamp,
) -> Vec<Event> {
    match retry_at(state, attempt, accepted, now).filter(|_| !failure.permanent) {
        Some(until) => {
            let why = failure.why.to_owned();
            vec![Event::AttemptPutOff { attempt: id, until, why, at: now, in_doubt: false }]
        }
        None => failed(state, id, attempt, failure, now),
    }
}

/// When it may be tried again: at once by another provider that serves, else after a while. An alert that could not be
/// delivered isn't: the next channel is faster.
fn retry_at(state: &State, attempt: &Attempt, accepted: bool, now: Timestamp) -> Option<Timestamp> {
    let moved_on = attempt.case().is_some() && (accepted || attempt.told_failed);
    let calls_again = attempt.channel == Channel::Voice && accepted;
    if moved_on || calls_again || attempt.tries >= MAX_TRIES {
        return None;
    }
    let failed: Vec<_> = attempt.failed_with.iter().chain(&attempt.provider).cloned().collect();
    if attempt.provider.is_some() && !accepted && state.providers.other(attempt.channel, &failed).is_some() {
        return Some(now);
    }
    let wait = RETRY_SECS.get(usize::from(attempt.tries.saturating_sub(1))).copied()?;
    let at = now.saturating_add(SignedDuration::from_secs(wait)).ok()?;
    (at < attempt.expires_at).then_some(at)
}

/// The end of an attempt, and of those that it spoke for; each told once.
pub(crate) fn failed(
    state: &State,
    id: AttemptId,
    attempt: &Attempt,
    failure: &Failure<'_>,
    at: Timestamp,
) -> Vec<Event> {
    let told = |id: AttemptId, attempt: &Attempt| Event::AttemptFailed {
        attempt: id,
        to: attempt.to,
        channel: attempt.channel,
        case: attempt.case(),
        permanent: failure.permanent,
        code: failure.code,
        why: failure.why.to_owned(),
        at,
    };
    let bundled = state.attempts.bundled_into(id);
    let all = std::iter::once((id, attempt)).chain(bundled);
    all.filter(|(_, attempt)| !attempt.told_failed).map(|(id, attempt)| told(id, attempt)).collect()
}

/// The carrier says that this phone can't be texted.
fn opted_out(state: &State, attempt: &Attempt, code: Option<u32>) -> Option<Event> {
    let Reach::Device(device) = attempt.via else { return None };
    let news = code == Some(OPTED_OUT) && !state.has_opted_out(device);
    news.then(|| Event::OptedOut { device, person: state.devices.get(&device).and_then(|d| d.person) })
}
