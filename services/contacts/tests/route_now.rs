//! FORM-8: the emergency route of a party that is out is checked at every moment at which something changes it.

use std::collections::BTreeSet;

use contacts::Contacts;
use decider::Service;
use decider::kit::{Story, Told};
use proto::v1::contacts::{Event, LadderStep, LineHealth, MissingNow, NightAnswer};
use proto::v1::people::DutyRole;

use crate::cast::*;

const NO_LINE: MissingNow = MissingNow::Line {};

fn checked(told: Told<Contacts>, expected: &[Option<&[MissingNow]>]) -> Story<Contacts> {
    told.then_events(|events| {
        let found = events.iter().filter_map(|event| match event {
            Event::RouteChecked { missing, .. } => Some(missing.clone()),
            _ => None,
        });
        let expected: Vec<BTreeSet<MissingNow>> =
            expected.iter().flatten().map(|missing| missing.iter().copied().collect()).collect();
        assert_eq!(found.collect::<Vec<_>>(), expected, "{events:#?}");
    })
}

/// The Friday trip leaves at 09:30, planned back by three.
fn party_out() -> Story<Contacts> {
    let planned = [trip_noted(&form(friday()), 1), assessed(1, "2026-11-19T09:00:00Z", vec![])];
    checked(school(planned).at("2026-11-20T09:30:00Z").hears(departed(&form(friday()))), &[Some(&[])])
}

/// FORM-8: a party that is late is out beyond its plan: the moment the office closes, its route does not hold any more.
#[test]
fn a_party_that_is_late_loses_its_line_when_the_office_closes() {
    let story = party_out();
    assert_eq!(Contacts::next_due(&story.state), Some(at("2026-11-20T16:30:00Z")));
    let story = story.at("2026-11-20T16:29:59Z").time_passes().nothing_happens();
    let story = checked(story.at("2026-11-20T16:30:00Z").time_passes(), &[Some(&[NO_LINE])]);
    let story = story.time_passes().nothing_happens();
    // Somebody goes on call: it holds again.
    let on_call = on_call(duty(1), bea(), DutyRole::Base, NightAnswer::Confirmed);
    let Event::DutyNoted { duty, person, role, window, .. } = on_call else { panic!("a duty") };
    let planned = proto::v1::people::Event::DutyPlanned { duty, person, role, window, nights: vec![] };
    checked(story.at("2026-11-20T16:31:00Z").hears(planned), &[Some(&[])]);
}

/// FORM-8: a line that goes down takes the route with it at once, and brings it back.
#[test]
fn a_line_that_goes_down_breaks_the_route_at_once() {
    let story = party_out().at("2026-11-20T10:00:00Z");
    let story = checked(story.when(mark(landline(), LineHealth::Down, None)), &[Some(&[NO_LINE])]);
    let story = checked(story.when(mark(landline(), LineHealth::Up, None)), &[Some(&[])]);
    // What changes nothing of it is not told.
    checked(story.when(mark(landline(), LineHealth::Doubtful, None)), &[]);
}

/// FORM-8: a step of the ladder whose last phone is put away is missing now.
#[test]
fn a_step_that_cannot_be_reached_is_missing() {
    use proto::v1::devices::{Condition, Event as Devices, Holder, Recordings};
    let story = party_out().at("2026-11-20T10:00:00Z");
    let put_away = Devices::DeviceReturned {
        device: phone_of(dana()),
        holder: Holder::Person(dana()),
        trip: None,
        condition: Condition::Good,
        storage: label("Safe"),
        recordings: Recordings::None,
        at: at("2026-11-20T10:00:00Z"),
    };
    checked(story.hears(put_away), &[Some(&[MissingNow::Step { step: LadderStep::Dsl }])]);
}

/// FORM-8: it is checked while the party is out, and no longer.
#[test]
fn a_party_that_is_back_is_checked_no_more() {
    let story = school(out().into_iter().chain([phase(proto::v1::contacts::TripPhase::Returned)]));
    let story = story.at("2026-11-20T10:00:00Z");
    checked(story.when(mark(landline(), LineHealth::Down, None)), &[]);
}
