//! Commands: from the own webhooks and workers, but for the page link, a test text and a phone's set-up, which the office asks
//! for.

mod asked;
mod begin;
mod place;
mod position;
mod progress;
mod providers;
mod text;

use decider::Context;
use proto::Timestamp;
use proto::ids::AttemptId;
use proto::v1::gateway::{Command, Event, Refusal};

use crate::calls;
use crate::state::State;

pub(crate) use self::progress::{Failure, failed};

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
        Command::RecordRungBack { call } => calls::rung_back(state, call, context),
        Command::RecordProgress { attempt, tries, provider_id, progress, fault } => {
            let news = progress::News { tries, provider_id, progress, fault };
            progress::record(state, attempt, news, context.now)
        }
        Command::BeginAttempt { attempt } => begin::begin(state, attempt, context.now),
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
            position::take(state, device, fix, context)
        }
        Command::RecordWaypointsSent { device, trip, in_answer_to } => {
            place::waypoints_sent(state, device, trip, in_answer_to, context.now)
        }
        Command::ShowSetUp { device, app } => place::show_set_up(state, device, app, context.now),
        Command::SendPageLink { trip, device } => asked::page_link(state, trip, device, context),
        Command::SendPageWord { trip, device } => asked::page_word(state, trip, device, context),
        Command::SendTestText { device } => asked::test_text(state, device, context),
        Command::SetUp { text, voice, email, mailboxes } => {
            providers::set_up(state, [text, voice, email], mailboxes, context.now)
        }
        Command::BeginProbe { provider, channel } => {
            providers::begin_probe(state, provider, channel, context.now)
        }
        Command::RecordContact { provider, channel, fault } => {
            Ok(providers::contact(state, &provider, channel, fault.as_deref(), context.now))
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
