//! Who and what recurs: Ms Okafor leads Year 6 to the museum; Mr Tan holds base; Ms Pryce is a senior leader.

use proto::Timestamp;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::v1::people::{Event as PeopleEvent, Role, Standing};
use proto::v1::trips::*;
use proto::values::{
    Area, Headcount, Label, Name, Note, Personal, PhoneNumber, Point, Window, allow_drama_numbers,
};

fn id(kind: u8, number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000{kind:02}{number:03}")
}

macro_rules! ids {
    ($($name:ident: $of:ty = $kind:literal $number:literal),* $(,)?) => {$(
        pub(crate) fn $name() -> $of {
            id($kind, $number).parse().expect("an id")
        }
    )*};
}

ids! {
    okafor: PersonId = 1 1, tan: PersonId = 1 2, pryce: PersonId = 1 3, admin: PersonId = 1 4,
    museum: TripId = 2 1, red: GroupId = 3 1, mobile: DeviceId = 4 1,
}

pub(crate) const NINE: &str = "2026-11-20T09:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().expect("a note")
}

pub(crate) fn name(text: &str) -> Personal<Name> {
    Personal::known(text.parse().expect("a name"))
}

pub(crate) fn pupils(count: u32) -> Headcount {
    Headcount::new(count).expect("a headcount")
}

pub(crate) fn number() -> PhoneNumber {
    allow_drama_numbers();
    PhoneNumber::parse("07700 900001").expect("a drama number")
}

pub(crate) fn added(person: PersonId, called: &str, roles: &[Role]) -> PeopleEvent {
    let roles = roles.iter().copied().collect();
    PeopleEvent::PersonAdded { person, name: name(called), standing: Standing::Staff, roles }
}

pub(crate) fn form() -> TripForm {
    TripForm {
        title: label("Year 6 to the museum"),
        kind: TripKind::LocalVisit,
        purpose: Some(note("The Romans")),
        window: Window::new(at(NINE), at("2026-11-20T15:00:00Z")).expect("a window"),
        delay_tolerance_secs: 1800,
        destinations: vec![Destination {
            name: label("City museum"),
            area: Area::new(Point::new(51.5, -0.1).expect("a point"), 200.0).expect("an area"),
            arrive_at: Some(at("2026-11-20T10:00:00Z")),
            leave_at: Some(at("2026-11-20T14:00:00Z")),
            alert_off_area: false,
        }],
        transport: None,
        leader: okafor(),
        deputy: None,
        staff: vec![StaffOnForm { person: okafor(), work_mobile: Some(number()) }],
        reserves: vec![],
        spare_devices: vec![],
        volunteers: vec![],
        pupils: pupils(24),
        pupil_phones: vec![],
        groups: vec![GroupPlan { group: red(), name: label("Red"), adult: okafor(), expected: pupils(24) }],
        plan: CheckInPlan {
            every_minutes: Some(60),
            at: None,
            points: [NamedPoint::Arrival].into(),
            remind_before_secs: 300,
            grace_secs: 600,
        },
        quiet: vec![],
        emergency: EmergencyPlan {
            base_contact: tan(),
            office: vec![tan()],
            dsl: vec![pryce()],
            senior: vec![pryce()],
            parents_rung_by: label("The office"),
            records_kept_at: label("The office safe"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        risk_assessment: Some(label("RA 12")),
        consent: Some(label("C 3")),
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

pub(crate) fn party(duress: Option<proto::values::DuressHash>) -> Party {
    let form = form();
    Party {
        title: form.title.clone(),
        kind: form.kind,
        window: form.window,
        leader: okafor(),
        deputy: None,
        staff: vec![PartyMember { person: okafor(), device: Some(mobile()) }],
        groups: vec![PartyGroup {
            group: red(),
            name: label("Red"),
            adult: okafor(),
            device: Some(mobile()),
            expected: pupils(24),
        }],
        pupil_devices: vec![],
        plan: form.plan.clone(),
        quiet: vec![],
        destinations: form.destinations.clone(),
        emergency: form.emergency.clone(),
        duress,
        arrivals: Vec::new(),
        drill: false,
    }
}
