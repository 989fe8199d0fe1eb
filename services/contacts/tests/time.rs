//! CONT-1, CHECK-3: what time alone changes.

use contacts::Contacts;
use decider::Service;
use proto::v1::contacts::{Event, JudgedBy, LineHealth, NightAnswer};
use proto::v1::people::DutyRole;

use crate::cast::*;

/// CONT-1: a mark ends by itself, and the line counts as up from then.
#[test]
fn a_mark_ends_by_itself_and_coverage_follows() {
    let until = "2026-11-20T11:00:00Z";
    let story = school(out())
        .at("2026-11-20T10:00:00Z")
        .when(mark(landline(), LineHealth::Down, Some(until)))
        .tells([
            marked(landline(), LineHealth::Down, "2026-11-20T10:00:00Z", Some(until)),
            assessed(1, "2026-11-20T10:00:00Z", vec![no_line("2026-11-20T10:00:00Z", until)]),
        ]);
    assert_eq!(Contacts::next_due(&story.state), Some(at(until)));
    let up = Event::LineHealthChanged {
        line: landline(),
        health: LineHealth::Up,
        since: at(until),
        reason: note("The mark ended: No dialling tone"),
        until: None,
        by: JudgedBy::Hand,
    };
    let story = story
        .at("2026-11-20T10:59:59Z")
        .time_passes()
        .nothing_happens()
        .at("2026-11-20T11:00:10Z")
        .time_passes()
        .tells([up, assessed(1, "2026-11-20T11:00:10Z", vec![])]);
    // The office closes then: whether the route still holds is checked at that moment.
    assert_eq!(Contacts::next_due(&story.state), Some(at("2026-11-20T16:30:00Z")));
}

/// CONT-1: a mark without an end stays.
#[test]
fn a_mark_without_an_end_stays() {
    let story = school([marked(landline(), LineHealth::Down, "2026-11-20T08:00:00Z", None)]);
    assert_eq!(Contacts::next_due(&story.state), None);
}

/// CONT-1: a new mark replaces the old one's end.
#[test]
fn a_new_mark_replaces_the_old_end() {
    let story = school([
        marked(landline(), LineHealth::Down, "2026-11-20T08:00:00Z", Some("2026-11-20T10:00:00Z")),
        marked(landline(), LineHealth::Doubtful, "2026-11-20T08:30:00Z", Some("2026-11-20T12:00:00Z")),
    ]);
    assert_eq!(Contacts::next_due(&story.state), Some(at("2026-11-20T12:00:00Z")));
}

/// FORM-8: a gap that is over is told of no more, once.
#[test]
fn a_gap_that_is_over_is_told_of_no_more() {
    let evening = form(window("2026-11-20T09:30:00Z", "2026-11-20T18:00:00Z"));
    let late = no_line("2026-11-20T16:30:00Z", "2026-11-20T18:00:00Z");
    school([])
        .hears(draft(evening, 1))
        .then_events(|events| assert_eq!(events[1], assessed(1, "2026-11-20T09:00:00Z", vec![late])))
        .at("2026-11-20T17:00:00Z")
        .time_passes()
        .nothing_happens()
        .at("2026-11-20T18:00:00Z")
        .time_passes()
        .tells([assessed(1, "2026-11-20T18:00:00Z", vec![])])
        .time_passes()
        .nothing_happens();
}

/// Everything is bounded: a duty is forgotten long after its end.
#[test]
fn a_duty_is_forgotten_long_after_its_end() {
    let story = school([on_call(duty(1), bea(), DutyRole::Base, NightAnswer::Confirmed)]);
    assert_eq!(Contacts::next_due(&story.state), Some(at("2027-01-20T16:00:00Z")));
    let story = story
        .at("2027-01-20T16:00:00Z")
        .time_passes()
        .tells([Event::DutyEndedNoted { duty: duty(1) }])
        .time_passes()
        .nothing_happens();
    assert_eq!(story.state.duties().count(), 0);
}
