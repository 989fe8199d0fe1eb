//! News of an attempt: from a status callback, or from the worker.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::AttemptId;
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Event, Progress, Reach, Refusal};

use super::Decided;
use crate::attempt::Attempt;
use crate::limits::{MAX_PROVIDER_TEXT, MAX_TRIES, RETRY_SECS};
use crate::state::State;
use crate::twilio_codes::OPTED_OUT;

pub(super) struct News {
    pub(super) tries: Option<u16>,
    pub(super) provider_id: Option<String>,
    pub(super) progress: Progress,
}

pub(super) fn record(state: &State, id: AttemptId, news: News, now: Timestamp) -> Decided {
    let attempt = state.attempts.get(id).ok_or(Refusal::UnknownAttempt { attempt: id })?;
    let News { tries, provider_id, progress } = news;
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
    let consequences = consequences(state, id, attempt, &progress, now);
    let progressed = Event::AttemptProgressed {
        attempt: id,
        tries: tries.unwrap_or(attempt.tries),
        provider_id,
        progress,
        at: now,
    };
    Ok(std::iter::once(progressed).chain(consequences).collect())
}

fn consequences(
    state: &State,
    id: AttemptId,
    attempt: &Attempt,
    progress: &Progress,
    now: Timestamp,
) -> Vec<Event> {
    match progress {
        Progress::Failed { code, why, permanent } => {
            let failure = Failure { code: *code, why, permanent: *permanent };
            opted_out(state, attempt, *code)
                .into_iter()
                .chain(after_failure(id, attempt, &failure, now))
                .collect()
        }
        // CHECK-2: an answered call is not an owned one.
        Progress::Completed {} if attempt.channel == Channel::Voice && !attempt.owned_by_key => {
            failed(id, attempt, false, None, "nobody pressed 1 in the call", now).into_iter().collect()
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

struct Failure<'a> {
    code: Option<u32>,
    why: &'a str,
    permanent: bool,
}

fn after_failure(id: AttemptId, attempt: &Attempt, failure: &Failure<'_>, now: Timestamp) -> Option<Event> {
    match retry_at(attempt, now).filter(|_| !failure.permanent) {
        Some(until) => {
            Some(Event::AttemptPutOff { attempt: id, until, why: failure.why.to_owned(), at: now })
        }
        None => failed(id, attempt, failure.permanent, failure.code, failure.why, now),
    }
}

/// When it may be tried again. An alert that could not be delivered isn't: the next channel is faster.
fn retry_at(attempt: &Attempt, now: Timestamp) -> Option<Timestamp> {
    let moved_on = attempt.case().is_some() && (attempt.was_accepted() || attempt.told_failed);
    let calls_again = attempt.channel == Channel::Voice && attempt.was_accepted();
    if moved_on || calls_again || attempt.tries >= MAX_TRIES {
        return None;
    }
    let wait = RETRY_SECS.get(usize::from(attempt.tries.saturating_sub(1))).copied()?;
    let at = now.saturating_add(SignedDuration::from_secs(wait)).ok()?;
    (at < attempt.expires_at).then_some(at)
}

/// The end of an attempt, told once.
pub(crate) fn failed(
    id: AttemptId,
    attempt: &Attempt,
    permanent: bool,
    code: Option<u32>,
    why: &str,
    at: Timestamp,
) -> Option<Event> {
    let told = Event::AttemptFailed {
        attempt: id,
        to: attempt.to,
        channel: attempt.channel,
        case: attempt.case(),
        permanent,
        code,
        why: why.to_owned(),
        at,
    };
    (!attempt.told_failed).then_some(told)
}

/// The carrier says that this phone can't be texted.
fn opted_out(state: &State, attempt: &Attempt, code: Option<u32>) -> Option<Event> {
    let Reach::Device(device) = attempt.via else { return None };
    let news = code == Some(OPTED_OUT) && !state.has_opted_out(device);
    news.then(|| Event::OptedOut { device, person: state.devices.get(&device).and_then(|d| d.person) })
}
