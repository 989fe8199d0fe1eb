//! CONT-1 to 6: who reaches whom, by which lines, in which order.

use contacts::{Route, RouteTarget, Setting, route};
use decider::Policy;
use proto::v1::contacts::{Audience, Event, LineHealth, NightAnswer};
use proto::v1::people::DutyRole;
use proto::values::{RingSecs, SchoolZone};

use crate::cast::*;

const OFFICE_HOURS: &str = "2026-11-20T11:00:00Z";
const EVENING: &str = "2026-11-20T18:30:00Z";

/// Landline, office and back-up; Bea on call for base, Helen as the senior, from 10:00 to 10:00.
fn story(more: impl IntoIterator<Item = Event>) -> contacts::State {
    let on_call = |number, person, role| match on_call(duty(number), person, role, NightAnswer::Confirmed) {
        Event::DutyNoted { duty, person, role, nights, .. } => {
            let window = window("2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z");
            Event::DutyNoted { duty, person, role, window, nights }
        }
        other => other,
    };
    let duties = [on_call(1, bea(), DutyRole::Base), on_call(2, helen(), DutyRole::Senior)];
    school(out().into_iter().chain([office_added()]).chain(duties).chain(more)).state
}

fn ask(state: &contacts::State, audience: Audience, now: &str) -> Route {
    route(state, audience, Some(trip()), &setting(now, &SchoolZone::london(), &Policy::default()))
}

fn setting<'a>(now: &str, zone: &'a SchoolZone, policy: &'a Policy) -> Setting<'a> {
    Setting { now: at(now), zone, policy }
}

fn targets(route: &Route) -> Vec<RouteTarget> {
    route.lines.iter().map(|step| step.target).collect()
}

fn phone(person: proto::ids::PersonId) -> RouteTarget {
    RouteTarget::Device(phone_of(person), person)
}

/// CONT-1, CONT-2, CONT-3, CONT-6: each audience at each kind of moment.
#[test]
fn each_audience_at_each_kind_of_moment() {
    let (land, office) = (RouteTarget::Line(landline()), RouteTarget::Line(office_line()));
    let (spare, bea, owen, helen) =
        (RouteTarget::Line(back_up()), phone(bea()), phone(owen()), phone(helen()));
    let party = vec![phone(lena()), phone(ravi()), phone(mia())];
    let down = || marked(landline(), LineHealth::Down, "2026-11-20T10:30:00Z", None);
    let snow = || closed_early("2026-11-20T10:30:00Z", "2026-11-20T16:30:00Z", "2026-11-20T09:00:00Z");
    let moments = [
        ("in office hours", story([]), OFFICE_HOURS, vec![land, office]),
        ("out of hours", story([]), EVENING, vec![]),
        ("landline down", story([down()]), OFFICE_HOURS, vec![office]),
        ("closed early", story([snow()]), OFFICE_HOURS, vec![]),
    ];
    for (what, state, now, school) in moments {
        let family = [school.clone(), vec![spare, bea]].concat();
        let table = [
            (Audience::Parent, family.clone()),
            (Audience::HostOrganisation, family.clone()),
            (Audience::StaffFamily, family),
            (Audience::StaffOffSite, [vec![owen], school.clone(), vec![spare, bea, helen]].concat()),
            (Audience::Pupil, [school, vec![spare, owen, bea]].concat()),
            (Audience::Base, party.clone()),
        ];
        for (audience, expected) in table {
            assert_eq!(targets(&ask(&state, audience, now)), expected, "{audience:?} {what}");
        }
    }
}

/// CONT-1, CONT-2: a line that is left out is spoken of where the next one stands in for it.
#[test]
fn the_next_step_says_why_the_line_before_it_was_left_out() {
    let why = |state: &contacts::State, now: &str| ask(state, Audience::Parent, now).lines[0].why.clone();
    assert_eq!(why(&school(out()).state, OFFICE_HOURS), "The landline is open and staffed.");
    assert_eq!(
        why(&school(out()).state, EVENING),
        "The landline is outside its hours. The back-up mobile is the back-up."
    );
    let down = marked(landline(), LineHealth::Down, "2026-11-20T10:30:00Z", None);
    assert_eq!(
        why(&school(out().into_iter().chain([down])).state, OFFICE_HOURS),
        "The landline has been down since 10:30 (No dialling tone). The back-up mobile is the back-up."
    );
    let snow = closed_early("2026-11-20T10:30:00Z", "2026-11-20T16:30:00Z", "2026-11-20T09:00:00Z");
    assert_eq!(
        why(&school(out().into_iter().chain([snow])).state, OFFICE_HOURS),
        "The landline: the school closed early at 10:30. The back-up mobile is the back-up."
    );
    let doubtful = marked(landline(), LineHealth::Doubtful, "2026-11-20T10:30:00Z", None);
    assert_eq!(
        why(&school(out().into_iter().chain([doubtful])).state, OFFICE_HOURS),
        "The landline is open and staffed, though it may not work."
    );
}

/// CONT-2: the route changes by itself, and back.
#[test]
fn the_route_changes_by_itself_and_back() {
    let until = Some("2026-11-20T12:00:00Z");
    let story = school(out()).at("2026-11-20T11:00:00Z");
    let story = story.when(mark(landline(), LineHealth::Down, until)).allowed();
    let first =
        |state: &contacts::State| ask(state, Audience::Parent, "2026-11-20T12:00:00Z").lines[0].target;
    assert_eq!(first(&story.state), RouteTarget::Line(back_up()));
    let story = story.at("2026-11-20T12:00:00Z").time_passes().allowed();
    assert_eq!(first(&story.state), RouteTarget::Line(landline()));
}

/// CONT-2: a back-up mobile that is down, not in service, outside its hours or with the trip is no step.
#[test]
fn a_back_up_that_cannot_be_used_is_left_out() {
    let cases = [
        ("has been down", marked(back_up(), LineHealth::Down, "2026-11-20T10:30:00Z", None)),
        ("is with the trip", work_mobile(back_up_phone(), 20, Some(mia()))),
        (
            "is not in service",
            Event::WorkMobileNoted {
                device: back_up_phone(),
                number: number("07700 900020"),
                person: None,
                in_service: false,
            },
        ),
        (
            "is outside its hours",
            Event::LineChanged {
                line: back_up(),
                name: label("The back-up mobile"),
                number: number("07700 900020"),
                hours: office_hours(),
                ring_secs: RingSecs::LINE,
            },
        ),
    ];
    for (reason, event) in cases {
        let found = ask(&school(out().into_iter().chain([event])).state, Audience::Parent, EVENING);
        assert_eq!(found.lines, [], "{reason}");
        let note = found.note.unwrap();
        assert!(note.starts_with("Nobody can be reached now.") && note.contains(reason), "{note}");
    }
}

/// CONT-3: parents never reach staff of the trip directly, even on call or with the back-up in hand.
#[test]
fn parents_never_reach_staff_of_the_trip() {
    let along = on_call(duty(1), mia(), DutyRole::Base, NightAnswer::Confirmed);
    let found = ask(&school(out().into_iter().chain([along])).state, Audience::Parent, EVENING);
    assert_eq!(targets(&found), [RouteTarget::Line(back_up())]);
}

/// CONT-6: one phone is rung once: the back-up in the hands of whoever is on call is one step.
#[test]
fn one_phone_is_one_step() {
    let in_hand = work_mobile(back_up_phone(), 20, Some(bea()));
    let found = ask(&story([in_hand, put_away(bea())]), Audience::Parent, EVENING);
    assert_eq!(targets(&found), [RouteTarget::Line(back_up())]);
}

/// FORM-8: at night who answered the evening's test comes first, and who didn't is still tried.
#[test]
fn who_did_not_answer_the_test_comes_last() {
    let night = "2026-11-20T22:00:00Z";
    let silent = on_call(duty(1), bea(), DutyRole::Base, NightAnswer::Unanswered);
    let sure = on_call(duty(2), dana(), DutyRole::Base, NightAnswer::Confirmed);
    let found = ask(&school(out().into_iter().chain([silent, sure])).state, Audience::Parent, night);
    assert_eq!(targets(&found), [RouteTarget::Line(back_up()), phone(dana()), phone(bea())]);
    assert!(found.lines[2].why.ends_with("has not answered this evening's test."), "{}", found.lines[2].why);
}

/// CONT-6: staff off site are told when nobody holds base, or its holder has no phone.
#[test]
fn staff_off_site_are_told_when_base_cannot_be_reached() {
    let nobody = school(out().into_iter().chain([unheld("2026-11-20T10:45:00Z")])).state;
    let found = ask(&nobody, Audience::StaffOffSite, OFFICE_HOURS);
    assert_eq!(found.note.unwrap(), "Nobody has held base of this trip since 10:45.");
    assert_eq!(found.lines[0].target, RouteTarget::Line(landline()));
    let bare = school(out().into_iter().chain([put_away(owen())])).state;
    let found = ask(&bare, Audience::StaffOffSite, OFFICE_HOURS);
    assert_eq!(found.note.unwrap(), "Whoever holds base of this trip has no work mobile in hand.");
}

/// CONT-6: base that was handed over is reached where it is now.
#[test]
fn base_is_reached_where_it_was_handed() {
    let handed = held(dana(), Some(owen()), "2026-11-20T10:00:00Z");
    let found = ask(&school(out().into_iter().chain([handed])).state, Audience::StaffOffSite, OFFICE_HOURS);
    assert_eq!(found.lines[0].target, phone(dana()));
    assert_eq!(found.lines[0].why, "Holds base of this trip.");
}

/// CONT-6: base reaches leader, deputy, then every other member of staff; who has no phone is counted.
#[test]
fn base_reaches_the_leader_first_and_is_told_who_has_no_phone() {
    let found = ask(&school(out().into_iter().chain([put_away(ravi())])).state, Audience::Base, OFFICE_HOURS);
    assert_eq!(targets(&found), [phone(lena()), phone(mia())]);
    assert_eq!(found.lines[0].why, "Leads the trip.");
    assert_eq!(found.note.unwrap(), "Staff of the trip without a work mobile in hand: 1.");
}

/// CONT-6: before it leaves, whom the form names will hold base.
#[test]
fn before_departure_the_forms_contact_is_the_way_to_base() {
    let planned = school([trip_noted(&form(friday()), 1)]).state;
    assert_eq!(ask(&planned, Audience::StaffOffSite, OFFICE_HOURS).lines[0].target, phone(owen()));
}

/// CONT-3: a card without a trip shows the school's lines.
#[test]
fn without_a_trip_there_are_the_schools_lines() {
    let state = school([]).state;
    let (zone, policy) = (SchoolZone::london(), Policy::default());
    let setting = setting(OFFICE_HOURS, &zone, &policy);
    let found = route(&state, Audience::Parent, None, &setting);
    assert_eq!(targets(&found), [RouteTarget::Line(landline()), RouteTarget::Line(back_up())]);
    let found = route(&state, Audience::Base, None, &setting);
    assert_eq!(found.lines, []);
    assert_eq!(found.note.unwrap(), "Nobody can be reached now. There is no such trip, or it has ended.");
}
