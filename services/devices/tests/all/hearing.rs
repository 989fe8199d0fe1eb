//! What is heard of people and trips.

use std::collections::BTreeSet;

use proto::v1::contacts;
use proto::v1::devices::{Event, HolderStanding, TripNeeds, TripPhase};
use proto::v1::people::{self, Role, Standing};
use proto::v1::trips::*;
use proto::values::{Area, Headcount, Name, Personal, Point};

use crate::cast::*;

fn staff(person: proto::ids::PersonId, number: u8) -> StaffOnForm {
    StaffOnForm { person, work_mobile: Some(number_of(number)) }
}

/// The form that leads to the cast's needs.
pub(crate) fn form() -> TripForm {
    let group = GroupPlan {
        group: "00000000-0000-4000-8000-000000003001".parse().expect("an id"),
        name: label("Red"),
        adult: okafor(),
        expected: Headcount::new(30).expect("a headcount"),
    };
    TripForm {
        title: label("Year 6 to the museum"),
        kind: TripKind::DayVisit,
        purpose: None,
        window: needs().window,
        delay_tolerance_secs: 1800,
        destinations: vec![Destination {
            name: label("City museum"),
            area: Area::new(Point::new(51.5, -0.1).expect("a point"), 200.0).expect("an area"),
            arrive_at: None,
            leave_at: None,
            alert_off_area: false,
        }],
        transport: None,
        leader: okafor(),
        deputy: Some(lind()),
        staff: vec![staff(okafor(), 1), staff(lind(), 2), staff(abara(), 3)],
        reserves: vec![staff(ferreira(), 4)],
        spare_devices: vec![mobile(5)],
        volunteers: vec![],
        pupils: Headcount::new(30).expect("a headcount"),
        pupil_phones: vec![PupilWithPhone {
            pupil: noor(),
            name: label("N").into(),
            reason: note("Diabetes").into(),
        }],
        groups: vec![group],
        plan: CheckInPlan {
            every_minutes: Some(60),
            at: None,
            points: BTreeSet::new(),
            remind_before_secs: 300,
            grace_secs: 600,
        },
        quiet: vec![],
        emergency: EmergencyPlan {
            base_contact: tan(),
            office: vec![tan()],
            dsl: vec![],
            senior: vec![pryce()],
            parents_rung_by: label("The office"),
            records_kept_at: label("Office safe"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        risk_assessment: None,
        consent: None,
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

fn form_with(change: impl FnOnce(&mut TripForm)) -> TripForm {
    let mut form = form();
    change(&mut form);
    form
}

pub(crate) fn saved(form: TripForm) -> proto::v1::trips::Event {
    proto::v1::trips::Event::DraftSaved { trip: museum(), form: Box::new(form), form_hash: hash() }
}

fn hash() -> proto::envelope::Hash {
    proto::envelope::Hash([7; 32])
}

fn party(staff: &[proto::ids::PersonId]) -> Box<Party> {
    let form = form();
    Box::new(Party {
        title: form.title,
        kind: form.kind,
        window: form.window,
        leader: form.leader,
        deputy: form.deputy,
        staff: staff.iter().map(|person| PartyMember { person: *person, device: None }).collect(),
        groups: vec![],
        pupil_devices: vec![],
        plan: form.plan,
        quiet: vec![],
        destinations: form.destinations,
        emergency: form.emergency,
        duress: None,
        arrivals: Vec::new(),
        drill: false,
    })
}

pub(crate) fn returned() -> proto::v1::trips::Event {
    proto::v1::trips::Event::Returned {
        trip: museum(),
        at: at(BACK),
        accounted: Accounted {
            back: Headcount::new(30).expect("a headcount"),
            released: Headcount::ZERO,
            in_hospital: Headcount::ZERO,
        },
        by: okafor(),
        note: None,
        devices_due_at: at(RETURN_DUE),
    }
}

fn departed() -> proto::v1::trips::Event {
    let party = party(&[okafor(), lind(), ferreira()]);
    proto::v1::trips::Event::Departed { trip: museum(), at: at(MORNING), form_hash: hash(), party }
}

fn on_its_way() -> TripNeeds {
    needs_with(|needs| needs.phase = TripPhase::Out)
}

fn add(roles: impl IntoIterator<Item = Role>) -> people::Event {
    people::Event::PersonAdded {
        person: day(),
        name: Personal::known(Name::parse("Ms Day").expect("a name")),
        standing: Standing::Supply,
        roles: roles.into_iter().collect(),
    }
}

/// DEV-2, DEV-3: what matters for holding a device; the same news twice is none.
#[test]
fn people_are_noted_as_far_as_devices_goes() {
    let new = HolderStanding { here: true, ..HolderStanding::default() };
    let until = Some(at("2026-11-20T16:00:00Z"));
    let authorised = HolderStanding { authorised: true, until, ..new.clone() };
    let accepted = HolderStanding { agreement: Some(1), ..authorised.clone() };
    let withdrawn = HolderStanding { authorised: false, until: None, ..accepted.clone() };
    let reason = Personal::<proto::values::Note>::blanked();
    let accept = |version| people::Event::AgreementAccepted { person: day(), version, at: at(MORNING) };
    after([])
        .hears(add([Role::Leader]))
        .then([person(day(), new)])
        .hears(add([Role::Leader]))
        .nothing_happens()
        .hears(people::Event::HolderAuthorised { person: day(), until })
        .then([person(day(), authorised)])
        .hears(accept(1))
        .then([person(day(), accepted)])
        .hears(accept(0))
        .nothing_happens()
        .hears(people::Event::AuthorisationWithdrawn { person: day(), reason })
        .then([person(day(), withdrawn.clone())])
        .hears(people::Event::PersonLeft { person: day() })
        .then([person(day(), HolderStanding { here: false, ..withdrawn })]);
}

/// DEV-9: the head counts as senior; a role taken away is heard.
#[test]
fn seniors_are_known_by_their_roles() {
    let senior = HolderStanding { here: true, senior: true, ..HolderStanding::default() };
    for role in [Role::Senior, Role::Head] {
        after([]).hears(add([role])).then([person(day(), senior.clone())]);
    }
    let people::Event::PersonAdded { person: who, name, standing, .. } = add([]) else {
        unreachable!("it adds")
    };
    let changed = people::Event::PersonChanged { person: who, name, standing, roles: [Role::Office].into() };
    after([person(day(), senior.clone())])
        .hears(changed)
        .then([person(day(), HolderStanding { senior: false, ..senior })]);
}

/// DEV-6: a form that is saved is a trip to be supplied; submitting it adds nothing.
#[test]
fn a_saved_form_is_noted_with_its_needs() {
    let over = noted(museum(), needs_with(|needs| needs.phase = TripPhase::Ended));
    let nothing_known = decider::kit::given::<devices::Devices>(
        school().into_iter().filter(|event| !matches!(event, Event::TripNoted { .. })),
    );
    let submitted =
        proto::v1::trips::Event::FormSubmitted { trip: museum(), form_hash: hash(), at: at(MORNING) };
    nothing_known
        .hears(saved(form()))
        .then([noted(museum(), needs())])
        .hears(saved(form()))
        .nothing_happens()
        .hears(submitted)
        .nothing_happens();
    after([over]).hears(saved(form())).nothing_happens();
}

/// DEV-6, FORM-4: a changed form changes the needs; a reservation that no longer fits is given up.
#[test]
fn a_changed_form_gives_up_what_no_longer_fits() {
    let kept = |number, who| Event::DeviceReserved { device: mobile(number), trip: museum(), holder: who };
    let without_lind = form_with(|form| form.staff.retain(|staff| staff.person != lind()));
    let needs_now = needs_with(|needs| needs.staff.retain(|(who, _)| *who != lind()));
    after([kept(1, adult(okafor())), kept(2, adult(lind()))])
        .hears(saved(without_lind))
        .then([Event::ReservationReleased { device: mobile(2), trip: museum() }, noted(museum(), needs_now)]);
}

/// DEV-6: moved onto the time of another trip that has the device, it is given up.
#[test]
fn a_moved_trip_gives_up_devices_that_are_kept_then() {
    let next_week = needs_with(|needs| needs.window = window("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z"));
    let moved = form_with(|form| form.window = next_week.window);
    let kept_then = Event::DeviceReserved { device: mobile(1), trip: farm(), holder: adult(okafor()) };
    let kept = Event::DeviceReserved { device: mobile(1), trip: museum(), holder: adult(okafor()) };
    after([noted(farm(), next_week.clone()), kept_then, kept])
        .hears(saved(moved))
        .then([Event::ReservationReleased { device: mobile(1), trip: museum() }, noted(museum(), next_week)]);
}

/// DEV-5: the party left; a reserve who stands in is on the form already.
#[test]
fn a_party_that_left_is_out() {
    after([])
        .hears(departed())
        .then([noted(museum(), on_its_way())])
        .hears(departed())
        .nothing_happens()
        .hears(saved(form_with(|form| form.reserves.clear())))
        .nothing_happens();
}

/// FORM-9: whoever left without being on the form can be given a phone; a trip never heard of is known from its party.
#[test]
fn a_party_that_left_without_clearance_is_out_too() {
    let left = |staff: &[proto::ids::PersonId], trip| proto::v1::trips::Event::LeftWithoutClearance {
        trip,
        at: at(MORNING),
        party: party(staff),
        reason: note("The coach left"),
        missing: vec![],
    };
    let needs_now = needs_with(|needs| {
        needs.phase = TripPhase::Out;
        needs.staff.push((tan(), None));
    });
    after([])
        .hears(left(&[okafor(), tan()], museum()))
        .then([noted(museum(), needs_now)])
        .when(tray([issue(1, tan())]))
        .then([out(1, tan())]);
    after([]).hears(left(&[tan()], farm())).then([noted(
        farm(),
        TripNeeds {
            window: needs().window,
            staff: vec![(tan(), None)],
            reserves: vec![],
            pupils: vec![],
            spares: vec![],
            phase: TripPhase::Out,
            return_due: None,
        },
    )]);
}

/// FORM-4: a change on the way is heard; where the trip stands is not forgotten.
#[test]
fn a_trip_amended_on_the_way_stays_out() {
    let amended = |form: TripForm, staff: &[proto::ids::PersonId]| proto::v1::trips::Event::TripAmended {
        trip: museum(),
        form: Box::new(form),
        form_hash: hash(),
        party: party(staff),
        reason: note("Mr Tan joined"),
        changed: vec![],
    };
    let joined = needs_with(|needs| {
        needs.phase = TripPhase::Out;
        needs.staff.push((tan(), None));
    });
    after([noted(museum(), on_its_way())])
        .hears(amended(form(), &[okafor(), tan()]))
        .then([noted(museum(), joined)]);
    after(back([]))
        .hears(amended(form_with(|form| form.pupil_phones.clear()), &[okafor()]))
        .then([noted(museum(), TripNeeds { pupils: vec![], ..returning() })]);
}

/// DEV-9: closed, nothing follows; history heard again doesn't bring it back.
#[test]
fn a_closed_trip_is_over_for_good() {
    let closed = || proto::v1::trips::Event::TripClosed { trip: museum(), at: at(BACK) };
    let over = TripNeeds { phase: TripPhase::Ended, ..returning() };
    let story =
        after(back([])).hears(closed()).then([noted(museum(), over)]).hears(closed()).nothing_happens();
    story
        .hears_history(saved(form()))
        .nothing_happens()
        .hears_history(departed())
        .nothing_happens()
        .hears_history(returned())
        .nothing_happens();
}

/// DEV-9: news that comes again late never takes a trip back.
#[test]
fn stale_news_never_takes_a_trip_back() {
    after(back([])).hears(departed()).nothing_happens().hears(saved(form())).nothing_happens();
}

#[test]
fn what_does_not_matter_to_devices_is_passed_over() {
    let voided = proto::v1::trips::Event::AuthorisationVoided { trip: museum(), changed: vec![] };
    let base = contacts::Event::BaseUnheld { trip: museum(), since: at(MORNING) };
    after([]).hears(voided).nothing_happens().hears(base).nothing_happens();
    after([]).hears(Event::SimBarred { device: mobile(1) }).nothing_happens();
}
