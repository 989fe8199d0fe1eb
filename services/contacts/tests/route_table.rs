//! CONT-1 to 6: audience × moment × how each line is, every cell. The table is worked out here by the rules' own words,
//! apart from the code that it is held against.

use contacts::{RouteTarget, Setting, route};
use decider::Policy;
use proto::v1::contacts::{Audience, Event, JudgedBy, LineHealth, NightAnswer};
use proto::v1::people::DutyRole;
use proto::values::SchoolZone;

use crate::cast::*;

const AUDIENCES: [Audience; 6] = [
    Audience::Parent,
    Audience::Pupil,
    Audience::StaffOffSite,
    Audience::Base,
    Audience::HostOrganisation,
    Audience::StaffFamily,
];

const STATES: [LineHealth; 4] = [LineHealth::Up, LineHealth::Doubtful, LineHealth::Down, LineHealth::Back];

/// A moment, and whether the lines of the building are staffed at it, and who is on call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    OfficeHours,
    ClosedEarly,
    Evening,
    NightConfirmed,
    NightUnanswered,
}

const MOMENTS: [Moment; 5] = [
    Moment::OfficeHours,
    Moment::ClosedEarly,
    Moment::Evening,
    Moment::NightConfirmed,
    Moment::NightUnanswered,
];

impl Moment {
    fn now(self) -> &'static str {
        match self {
            Self::OfficeHours | Self::ClosedEarly => "2026-11-20T11:00:00Z",
            Self::Evening => "2026-11-20T17:00:00Z",
            Self::NightConfirmed | Self::NightUnanswered => "2026-11-20T22:00:00Z",
        }
    }

    fn building_is_staffed(self) -> bool {
        self == Self::OfficeHours
    }

    /// Bea is on call for base from four o'clock.
    fn has_somebody_on_call(self) -> bool {
        !matches!(self, Self::OfficeHours | Self::ClosedEarly)
    }
}

fn health(line: proto::ids::LineId, health: LineHealth) -> Event {
    Event::LineHealthChanged {
        line,
        health,
        since: at("2026-11-20T10:30:00Z"),
        reason: note("No dialling tone"),
        until: None,
        by: JudgedBy::Signals,
    }
}

fn events(
    moment: Moment,
    landline_is: LineHealth,
    office_is: LineHealth,
    back_up_is: LineHealth,
) -> Vec<Event> {
    let answer =
        if moment == Moment::NightUnanswered { NightAnswer::Unanswered } else { NightAnswer::Confirmed };
    let closed = closed_early("2026-11-20T10:30:00Z", "2026-11-20T16:30:00Z", "2026-11-20T09:00:00Z");
    let mut events = out();
    events.extend([office_added(), on_call(duty(1), bea(), DutyRole::Base, answer)]);
    events.extend([
        health(landline(), landline_is),
        health(office_line(), office_is),
        health(back_up(), back_up_is),
    ]);
    events.extend((moment == Moment::ClosedEarly).then_some(closed));
    events
}

fn expected(
    audience: Audience,
    moment: Moment,
    landline_is: LineHealth,
    office_is: LineHealth,
    back_up_is: LineHealth,
) -> Vec<RouteTarget> {
    let works = |health| health != LineHealth::Down;
    let phone = |person| RouteTarget::Device(phone_of(person), person);
    let building = [(landline(), landline_is), (office_line(), office_is)];
    let building = building.into_iter().filter(|(_, is)| moment.building_is_staffed() && works(*is));
    let back_up_line = works(back_up_is).then_some(RouteTarget::Line(back_up()));
    let school = building.map(|(line, _)| RouteTarget::Line(line)).chain(back_up_line).collect::<Vec<_>>();
    let on_call: Vec<_> = moment.has_somebody_on_call().then(|| phone(bea())).into_iter().collect();
    let base = vec![phone(owen())];
    match audience {
        Audience::Parent | Audience::HostOrganisation | Audience::StaffFamily => [school, on_call].concat(),
        Audience::Pupil => [school, base, on_call].concat(),
        Audience::StaffOffSite => [base, school, on_call].concat(),
        Audience::Base => vec![phone(lena()), phone(ravi()), phone(mia())],
    }
}

/// CONT-1, CONT-2, CONT-3, CONT-6: every cell of the table.
#[test]
fn every_cell_of_the_route_table() {
    let (zone, policy) = (SchoolZone::london(), Policy::default());
    let mut cells = 0;
    for moment in MOMENTS {
        for landline_is in STATES {
            for office_is in STATES {
                for back_up_is in STATES {
                    let state = school(events(moment, landline_is, office_is, back_up_is)).state;
                    let setting = Setting { now: at(moment.now()), zone: &zone, policy: &policy };
                    for audience in AUDIENCES {
                        let found = route(&state, audience, Some(trip()), &setting);
                        let targets: Vec<_> = found.lines.iter().map(|step| step.target).collect();
                        let cell = (audience, moment, landline_is, office_is, back_up_is);
                        let table = expected(audience, moment, landline_is, office_is, back_up_is);
                        assert_eq!(targets, table, "{cell:?}");
                        assert!(
                            found.note.is_some() || !found.lines.is_empty(),
                            "{cell:?}: nobody, and no reason"
                        );
                        cells += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cells, 5 * 64 * 6);
}

/// CONT-4, CONT-5: callers from outside never reach anybody who is out with any trip, whether or not they name one.
#[test]
fn callers_from_outside_reach_nobody_who_is_out_with_a_trip() {
    let (zone, policy) = (SchoolZone::london(), Policy::default());
    let along = on_call(duty(1), mia(), DutyRole::Base, NightAnswer::Confirmed);
    let holds_back_up = work_mobile(back_up_phone(), 20, Some(mia()));
    let state = school(out().into_iter().chain([along, holds_back_up])).state;
    let setting = Setting { now: at("2026-11-20T17:00:00Z"), zone: &zone, policy: &policy };
    for audience in [Audience::Parent, Audience::HostOrganisation, Audience::StaffFamily, Audience::Pupil] {
        for of in [None, Some(trip())] {
            let found = route(&state, audience, of, &setting);
            let reached = found.lines.iter().any(|step| {
                matches!(step.target, RouteTarget::Device(_, person) if person == mia())
                    || step.target == RouteTarget::Line(back_up())
            });
            assert!(!reached, "{audience:?}: {found:?}");
        }
    }
}

/// CONT-5: where the school's setting allows it, or a tour's form says so, staff of the trip come after everybody at base.
#[test]
fn staff_of_the_trip_come_last_where_that_is_allowed() {
    let zone = SchoolZone::london();
    let phone = |person| RouteTarget::Device(phone_of(person), person);
    let last = |events: Vec<Event>, audience, policy: &Policy| {
        let setting = Setting { now: at("2026-11-20T11:00:00Z"), zone: &zone, policy };
        let found = route(&school(events).state, audience, Some(trip()), &setting).lines;
        found
            .iter()
            .map(|step| step.target)
            .filter(|t| [lena(), ravi(), mia()].map(phone).contains(t))
            .collect::<Vec<_>>()
    };
    let strict = Policy::default();
    let open = Policy { work_mobiles_to_parents: true, work_mobiles_to_hosts: true, ..Policy::default() };
    let mut tour = form(friday());
    let agreed = proto::v1::trips::TourNumbers { agreed_by: helen(), whose: vec![mia()] };
    tour.emergency.tour_numbers = Some(agreed);
    let on_tour = || vec![trip_noted(&tour, 1), phase(proto::v1::contacts::TripPhase::Out)];
    for audience in [Audience::Parent, Audience::HostOrganisation] {
        assert_eq!(last(out(), audience, &strict), []);
        assert_eq!(last(out(), audience, &open), [phone(lena()), phone(ravi())]);
    }
    assert_eq!(last(out(), Audience::StaffFamily, &open), []);
    assert_eq!(last(out(), Audience::Pupil, &open), []);
    assert_eq!(last(on_tour(), Audience::Pupil, &strict), [phone(mia())]);
}
