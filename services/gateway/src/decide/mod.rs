//! Commands: from the own webhooks and workers, but for the page link and a phone's set-up, which the office asks for.

mod link;
mod place;
mod position;
mod progress;
mod text;

use decider::Context;
use proto::Timestamp;
use proto::ids::AttemptId;
use proto::v1::gateway::{Command, Event, Refusal};

use crate::attempt::Phase;
use crate::calls;
use crate::state::{Provider, State};

pub(crate) use self::progress::failed;

type Decided = Result<Vec<Event>, Refusal>;

/// Decides a command.
pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Decided {
    match command {
        Command::TakeText { inbound, provider_id, from, body, duress, received_at } => {
            let text = text::Incoming { inbound, provider_id, from, body, duress, received_at };
            text::take(state, text, context)
        }
        Command::TakeKey { attempt, key, received_at } => take_key(state, attempt, key, received_at),
        Command::TakeCall { call, provider_id, from, received_at } => {
            calls::take(state, calls::Incoming { call, provider_id, from, received_at }, context)
        }
        Command::TakeCallKeys { call, turn, keys, received_at: _ } => {
            calls::keys(state, call, turn, &keys, context)
        }
        Command::AcceptCall { call, step } => calls::accept(state, call, step, context.now),
        Command::RecordDial { call, step, outcome } => {
            calls::record_dial(state, call, step, outcome, context.now)
        }
        Command::EndCall { call } => calls::end(state, call, context.now),
        Command::RecordProgress { attempt, tries, provider_id, progress } => {
            progress::record(state, attempt, progress::News { tries, provider_id, progress }, context.now)
        }
        Command::BeginAttempt { attempt } => begin(state, attempt, context.now),
        Command::TakePosition {
            device,
            message_id,
            position,
            fix_at,
            sent_at,
            received_at,
            battery_percent,
            charging,
            via,
        } => {
            let fix = position::Fix {
                message_id,
                position,
                fix_at,
                sent_at,
                received_at,
                battery_percent,
                charging,
                via,
            };
            position::take(state, device, fix)
        }
        Command::RecordWaypointsSent { device, trip, in_answer_to } => {
            place::waypoints_sent(state, device, trip, in_answer_to, context.now)
        }
        Command::ShowSetUp { device, app } => place::show_set_up(state, device, app, context.now),
        Command::SendPageLink { trip, device } => link::send(state, trip, device, context),
        Command::RecordProviderHealth { up, configured, why } => {
            Ok(provider_health(state, up, configured, why, context.now))
        }
    }
}

/// CHECK-2: a key is taken whenever it comes; alerts judges what it owns.
fn take_key(state: &State, id: AttemptId, key: char, received_at: Timestamp) -> Decided {
    let attempt = state.attempts.get(id).ok_or(Refusal::UnknownAttempt { attempt: id })?;
    let Some(by) = attempt.to else { return Ok(Vec::new()) };
    if key == '1' && attempt.owned_by_key {
        return Ok(Vec::new());
    }
    Ok(vec![Event::KeyPressed { attempt: id, case: attempt.case(), by, key, received_at }])
}

/// Journalled before it is sent; whoever asks second must not send.
fn begin(state: &State, id: AttemptId, now: Timestamp) -> Decided {
    let attempt = state.attempts.get(id).ok_or(Refusal::UnknownAttempt { attempt: id })?;
    match attempt.phase {
        Phase::Planned { not_before }
            if not_before.is_none_or(|at| at <= now) && now < attempt.expires_at =>
        {
            Ok(vec![Event::AttemptBegun { attempt: id, tries: attempt.tries.saturating_add(1), at: now }])
        }
        Phase::Planned { .. }
        | Phase::Begun { .. }
        | Phase::Unknown { .. }
        | Phase::Accepted { .. }
        | Phase::Sent {}
        | Phase::Ringing { .. }
        | Phase::Answered { .. }
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Withdrawn {} => Err(Refusal::NotToBeSent { attempt: id }),
    }
}

fn provider_health(
    state: &State,
    up: bool,
    configured: bool,
    why: Option<String>,
    now: Timestamp,
) -> Vec<Event> {
    let down = || {
        let why = why.unwrap_or_else(|| "it can't be reached".to_owned());
        vec![Event::ProviderDown { since: now, configured, why }]
    };
    match (&state.provider, up && configured) {
        (Provider::Up, true) => Vec::new(),
        (Provider::Down { .. } | Provider::Missing { .. }, true) => vec![Event::ProviderUp { at: now }],
        (Provider::Down { .. }, false) if configured => Vec::new(),
        (Provider::Missing { .. }, false) if !configured => Vec::new(),
        (Provider::Up | Provider::Down { .. } | Provider::Missing { .. }, false) => down(),
    }
}
