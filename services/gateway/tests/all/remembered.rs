//! How long texts and calls are remembered. What is forgotten stands in the journal.

use decider::Service;
use gateway::{Gateway, State};
use jiff::{SignedDuration, Timestamp};
use proto::ids::{AttemptId, InboundId};
use proto::v1::gateway::{Caller, Event, Meaning};
use proto::values::Personal;
use uuid::Uuid;

use super::cast::*;

const DAYS: u64 = 60;

fn day(number: u64) -> Timestamp {
    at(NOW) + SignedDuration::from_hours(24 * number as i64)
}

fn out(number: u64) -> AttemptId {
    AttemptId::derived(Uuid::nil(), number)
}

fn called(number: u64) -> String {
    format!("SM{number}")
}

/// A text that goes out and is taken by the provider, on that day.
fn sent(number: u64) -> Vec<Event> {
    let attempt = out(number);
    let planned = match planned(attempt, proto::v1::alerts::Channel::Text, alert()) {
        Event::AttemptPlanned { to, via, channel, message, in_answer_to, .. } => {
            let (at, expires_at) = (day(number), day(number) + SignedDuration::from_mins(5));
            Event::AttemptPlanned { attempt, to, via, channel, message, in_answer_to, at, expires_at }
        }
        other => other,
    };
    let progress = proto::v1::gateway::Progress::Accepted { provider_id: called(number) };
    let provider_id = Some(called(number));
    let at = day(number);
    vec![planned, Event::AttemptProgressed { attempt, tries: 1, provider_id, progress, at }]
}

/// A text that comes in, on that day.
fn came(number: u64) -> Event {
    Event::TextReceived {
        inbound: InboundId::derived(Uuid::nil(), number),
        provider_id: format!("in {}", called(number)),
        from: Caller::Stranger { number: None },
        body: Personal::blanked(),
        meaning: Meaning::Unclear {},
        duress: false,
        received_at: day(number),
    }
}

fn after_two_months() -> State {
    let mut state = State::default();
    for event in (0..DAYS).flat_map(|number| [sent(number), vec![came(number)]].concat()) {
        Gateway::evolve(&mut state, &event);
    }
    state
}

/// A text a day for two months: those of the last fortnight are remembered, in and out, with the ids that the provider knows them by.
#[test]
fn what_went_out_and_came_in_is_remembered_for_a_fortnight() {
    let state = after_two_months();
    let remembered = |number: &u64| {
        let known = state.attempts.is_known(out(*number));
        assert_eq!(state.attempts.get(out(*number)).is_some(), known, "{number}");
        assert_eq!(state.attempts.is_bound(&called(*number)), known, "{number}");
        assert_eq!(state.has_text(&format!("in {}", called(*number))), known, "{number}");
        known
    };
    let of: Vec<_> = (0..DAYS).filter(remembered).collect();
    assert_eq!(
        of,
        (DAYS - 15..DAYS).collect::<Vec<_>>(),
        "the last one, and what is at most fourteen days older"
    );
}
