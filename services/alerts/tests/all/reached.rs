//! Who couldn't be reached: callers whom nobody took, a route that does not hold, a line that comes back.

use std::collections::BTreeSet;

use proto::ids::TripId;
use proto::v1::alerts::*;
use proto::v1::contacts::{self, Audience, LadderStep, LineHealth, MissingNow};
use proto::v1::gateway;

use crate::cast::*;
use crate::school::line_health;

fn not_taken(number: u8, trip: Option<TripId>) -> gateway::Event {
    let audience = if trip.is_some() { Audience::StaffOffSite } else { Audience::Parent };
    gateway::Event::CallExhausted { call: inbound(number), audience, trip, at: at("10:10") }
}

fn rung_back(number: u8, trip: Option<TripId>) -> gateway::Event {
    gateway::Event::CallRungBack { call: inbound(number), trip, by: tan(), at: at("10:15") }
}

fn checked(missing: &[MissingNow], when: &str) -> contacts::Event {
    let missing = missing.iter().copied().collect::<BTreeSet<_>>();
    contacts::Event::RouteChecked { trip: museum(), missing, next_at: None, at: at(when) }
}

/// CONT-1, CONT-3: callers whom nobody took are one urgent case of the office's; each is over once somebody rang them back.
#[test]
fn callers_whom_nobody_took_alert_the_office_until_they_are_rung_back() {
    let story = school().at_time("10:10").hears(not_taken(1, None)).allowed();
    let story = story.hears(not_taken(1, None)).nothing_happens();
    let (story, events) = story.events_now();
    assert_eq!(
        told(&events),
        [rung_up(landline()), texted(tan())],
        "the office at once, its landline by voice"
    );
    let case = story.state.open_cases().next().expect("a case");
    assert_eq!((case.severity, case.trip), (Severity::Urgent, None));
    let story = story.hears(not_taken(2, None)).allowed();
    assert_eq!(story.state.open_cases().count(), 1, "one case for all callers");
    let story = story.hears(rung_back(1, None)).allowed();
    let case = story.state.open_cases().next().expect("another caller waits");
    let calls: Vec<_> = case.reasons.iter().map(|(reason, _)| reason.clone()).collect();
    let audience = Audience::Parent;
    assert_eq!(calls, [Reason::CallNotTaken { call: inbound(2), audience, at: at("10:10") }]);
    let story = story.hears(rung_back(2, None)).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    story.hears(rung_back(2, None)).nothing_happens();
}

/// CONT-6: staff of a trip who reached nobody are a reason of that trip's case; their own phones aren't rung about it.
#[test]
fn staff_who_reached_nobody_are_in_their_trips_case() {
    let (story, events) = out().hears(not_taken(1, Some(museum()))).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10)]);
    assert!(!told(&events).iter().any(|(to, _)| *to == Recipient::Person(okafor())), "{events:?}");
    let audience = Audience::StaffOffSite;
    assert!(story.case().has(&Reason::CallNotTaken { call: inbound(1), audience, at: at("10:10") }));
    let story = story.hears(missed()).allowed().hears(rung_back(1, Some(museum()))).allowed();
    assert_eq!(story.case().reasons.len(), 1, "the miss stands");
    // A caller whose case was resolved by a person meanwhile.
    story.hears(rung_back(9, Some(museum()))).nothing_happens();
}

/// FORM-8: while a party is out its route is looked at as it is now: that it does not hold is urgent, told once however it
/// changes, and over when it holds again.
#[test]
fn a_route_that_does_not_hold_alerts_the_office_until_it_does() {
    let no_line = [MissingNow::Line {}];
    let (story, events) = out().hears(checked(&no_line, "10:10")).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10)]);
    assert!(story.case().has(&Reason::RouteBroken { since: at("10:10") }));
    assert_eq!(story.case().severity, Severity::Urgent);
    let worse = [MissingNow::Line {}, MissingNow::Step { step: LadderStep::Dsl }];
    let story = story.hears(checked(&worse, "10:11")).nothing_happens();
    let story = story.hears(checked(&[], "10:12")).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let story = story.hears(checked(&[], "10:13")).nothing_happens();
    let story = story.hears(checked(&no_line, "10:20")).allowed();
    assert_eq!(story.case().reasons.len(), 1, "broken anew, alerted anew");
}

/// CHECK-3: what is read again of history alerts nobody.
#[test]
fn history_of_callers_and_routes_alerts_nobody() {
    out().hears_history(not_taken(1, None)).nothing_happens();
    out().hears_history(checked(&[MissingNow::Line {}], "10:10")).nothing_happens();
}

/// CONT-2: a line that is back ends its case, and is rung again; while it is doubtful after that nobody is alerted anew.
#[test]
fn a_line_that_is_back_is_rung_again() {
    let story = school().at_time("10:00").hears(line_health(landline(), LineHealth::Down, "10:00")).allowed();
    let story = story.hears(line_health(landline(), LineHealth::Back, "10:05")).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let story = story.hears(line_health(landline(), LineHealth::Doubtful, "10:06")).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let (_, events) = story.at_time("10:10").hears(not_taken(1, None)).allowed().events_now();
    assert!(told(&events).contains(&rung_up(landline())), "{events:?}");
}
