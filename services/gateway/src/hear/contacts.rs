//! Of contacts: the lines, which are called; all that a caller's route needs; the lines that are to be tested, and those
//! that are back.

use std::collections::BTreeSet;

use decider::{Context, News};
use proto::Timestamp;
use proto::ids::{AttemptId, DeviceId, LineId, derive_uuid};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::contacts::{Event as Contacts, LineHealth, LineKind};
use proto::v1::gateway::{Event, Message, Reach};
use proto::v1::people::DutyRole;

use crate::limits::{LINE_NEWS_VALID, LINE_TEST_VALID};
use crate::line_tests;
use crate::plan::{Plan, Target};
use crate::state::{Line, State};

pub(super) fn hear(state: &State, event: &Contacts, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    let told = match event {
        Contacts::LineTestCalled { line, attempt, at } => test(state, *line, *attempt, *at, context.now),
        Contacts::LineHealthChanged { line, health: LineHealth::Up | LineHealth::Back, since, .. } => {
            line_is_back(state, *line, *since, context.now)
        }
        Contacts::LineAdded { .. }
        | Contacts::LineChanged { .. }
        | Contacts::LineRemoved { .. }
        | Contacts::LineHealthChanged { health: LineHealth::Doubtful | LineHealth::Down, .. }
        | Contacts::LineSignalled { .. }
        | Contacts::LineTestScheduled { .. }
        | Contacts::ClosedEarly { .. }
        | Contacts::BaseHeld { .. }
        | Contacts::BaseUnheld { .. }
        | Contacts::CoverageAssessed { .. }
        | Contacts::RouteChecked { .. }
        | Contacts::DutyNoted { .. }
        | Contacts::DutyEndedNoted { .. }
        | Contacts::PersonNoted { .. }
        | Contacts::WorkMobileNoted { .. }
        | Contacts::TripNoted { .. }
        | Contacts::TripPhaseNoted { .. } => Vec::new(),
    };
    let noted = line_noted(state, event).into_iter().chain(route_noted(state, event, news.sequence));
    noted.chain(told).collect()
}

/// What a route leans on is folded by contacts' own rules, so that a call follows the route that contacts would give.
fn route_noted(state: &State, event: &Contacts, sequence: u64) -> Option<Event> {
    let matters = match event {
        Contacts::LineAdded { .. }
        | Contacts::LineChanged { .. }
        | Contacts::LineRemoved { .. }
        | Contacts::LineHealthChanged { .. }
        | Contacts::ClosedEarly { .. }
        | Contacts::BaseHeld { .. }
        | Contacts::BaseUnheld { .. }
        | Contacts::DutyNoted { .. }
        | Contacts::DutyEndedNoted { .. }
        | Contacts::PersonNoted { .. }
        | Contacts::WorkMobileNoted { .. }
        | Contacts::TripNoted { .. }
        | Contacts::TripPhaseNoted { .. } => true,
        Contacts::LineSignalled { .. }
        | Contacts::LineTestCalled { .. }
        | Contacts::LineTestScheduled { .. }
        | Contacts::CoverageAssessed { .. }
        | Contacts::RouteChecked { .. } => false,
    };
    let is_new = sequence > state.contacts_heard;
    (matters && is_new).then(|| Event::ContactsNoted { sequence, event: Box::new(event.clone()) })
}

fn line_noted(state: &State, event: &Contacts) -> Option<Event> {
    let (id, line) = match event {
        Contacts::LineAdded { line, name, kind, number, .. } => {
            (*line, Some(Line { kind: *kind, number: number.clone(), name: name.clone() }))
        }
        Contacts::LineChanged { line, name, number, .. } => {
            let kind = state.lines.get(line).map(|known| known.kind);
            (*line, kind.map(|kind| Line { kind, number: number.clone(), name: name.clone() }))
        }
        Contacts::LineRemoved { line } => (*line, None),
        Contacts::LineHealthChanged { .. }
        | Contacts::LineSignalled { .. }
        | Contacts::LineTestCalled { .. }
        | Contacts::LineTestScheduled { .. }
        | Contacts::ClosedEarly { .. }
        | Contacts::BaseHeld { .. }
        | Contacts::BaseUnheld { .. }
        | Contacts::CoverageAssessed { .. }
        | Contacts::RouteChecked { .. }
        | Contacts::DutyNoted { .. }
        | Contacts::DutyEndedNoted { .. }
        | Contacts::PersonNoted { .. }
        | Contacts::WorkMobileNoted { .. }
        | Contacts::TripNoted { .. }
        | Contacts::TripPhaseNoted { .. } => return None,
    };
    let known = state.lines.get(&id);
    if known == line.as_ref() {
        return None;
    }
    match (line, known) {
        (Some(Line { kind, number, name }), _) => {
            Some(Event::LineNoted { line: id, kind, number: Some(number), name })
        }
        (None, Some(gone)) => {
            Some(Event::LineNoted { line: id, kind: gone.kind, number: None, name: gone.name.clone() })
        }
        (None, None) => None,
    }
}

/// A line is rung to see whether it works. Where that can't be done, contacts is told so. [CONT-1]
fn test(state: &State, line: LineId, attempt: AttemptId, at: Timestamp, now: Timestamp) -> Vec<Event> {
    if state.attempts.is_known(attempt) {
        return Vec::new();
    }
    let plan = Plan {
        attempt,
        to: Target::Recipient(Recipient::Line(line)),
        channel: Channel::Voice,
        message: Message::LineTest { line },
        in_answer_to: None,
        at: now,
        expires_at: at.saturating_add(LINE_TEST_VALID).unwrap_or(Timestamp::MAX),
    };
    let planned = plan.event(state);
    let is_made = matches!(planned, Some(Event::AttemptPlanned { .. }));
    let not_made = (!is_made).then(|| line_tests::tried(line, attempt, None, now));
    planned.into_iter().chain(not_made).collect()
}

/// CONT-2: those at base who were told that it was down are told that it is rung again: the back-up mobile, and whoever is
/// on call.
fn line_is_back(state: &State, id: LineId, since: Timestamp, now: Timestamp) -> Vec<Event> {
    let was_down =
        state.contacts.line(id).is_some_and(|line| matches!(line.health, contacts::Health::Down { .. }));
    if !was_down {
        return Vec::new();
    }
    let back_ups = state.lines.values().filter(|line| line.kind == LineKind::BackUpMobile);
    let back_ups = back_ups.filter_map(|line| state.device_of_number(&line.number)).map(|(device, _)| device);
    let is_base = |role: DutyRole| matches!(role, DutyRole::Base | DutyRole::Office);
    let duties =
        state.contacts.duties().map(|(_, duty)| duty).filter(|d| d.window.contains(now) && is_base(d.role));
    let on_call = duties.filter_map(|duty| state.phone_of(duty.person)).map(|(device, _)| device);
    let phones: BTreeSet<DeviceId> = back_ups.chain(on_call).collect();
    let number = u64::try_from(since.as_second()).unwrap_or_default();
    let tell = |device: DeviceId| {
        let plan = Plan {
            attempt: AttemptId(derive_uuid(device.0, &format!("back {id}"), number)),
            to: Target::Phone {
                via: Reach::Device(device),
                person: state.devices.get(&device).and_then(|d| d.person),
            },
            channel: Channel::Text,
            message: Message::LineBack { line: id },
            in_answer_to: None,
            at: now,
            expires_at: since.saturating_add(LINE_NEWS_VALID).unwrap_or(Timestamp::MAX),
        };
        plan.event(state)
    };
    phones.into_iter().filter_map(tell).collect()
}
