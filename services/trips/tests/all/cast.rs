//! A recurring cast: the Year 6 walk to the museum at a school that doesn't exist.

use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{DeviceId, GroupId, PersonId, PupilId, TripId};
use proto::v1::trips::*;
use proto::values::{Area, Headcount, Label, Name, Note, PhoneNumber, Point, Window, allow_drama_numbers};
use trips::form::form_hash;

fn id(kind: u8, number: u8) -> String {
    format!("00000000-0000-4000-8000-0000000{kind:02}{number:03}")
}

macro_rules! people {
    ($($name:ident = $number:literal),* $(,)?) => {$(
        pub(crate) fn $name() -> PersonId {
            id(1, $number).parse().expect("an id")
        }
    )*};
}

// Ms Okafor leads, Mr Lind is her deputy, Ms Abara comes along; Mr Ferreira may stand in. Ms Pryce is a senior leader,
// Dr Whitlock the head, Mr Tan holds base in the office, Ms Rahman is the safeguarding lead.
people! { okafor = 1, lind = 2, abara = 3, ferreira = 4, pryce = 5, whitlock = 6, tan = 7, rahman = 8, stranger = 9 }

pub(crate) const EVERYONE: [fn() -> PersonId; 8] =
    [okafor, lind, abara, ferreira, pryce, whitlock, tan, rahman];

pub(crate) fn museum() -> TripId {
    id(2, 1).parse().expect("an id")
}

pub(crate) fn next_week() -> TripId {
    id(2, 2).parse().expect("an id")
}

pub(crate) fn red() -> GroupId {
    id(3, 1).parse().expect("an id")
}

pub(crate) fn blue() -> GroupId {
    id(3, 2).parse().expect("an id")
}

/// WM-1 to WM-3 stand against the staff, WM-4 against the reserve, WM-5 is a spare, WM-6 is in nobody's plan.
pub(crate) fn mobile(number: u8) -> DeviceId {
    id(4, number).parse().expect("an id")
}

pub(crate) fn basic_phone() -> DeviceId {
    id(5, 1).parse().expect("an id")
}

pub(crate) fn noor() -> PupilId {
    id(6, 1).parse().expect("an id")
}

pub(crate) fn number_of(mobile: u8) -> PhoneNumber {
    allow_drama_numbers();
    PhoneNumber::parse(&format!("07700 9000{mobile:02}")).expect("a drama number")
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().expect("a note")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).expect("a window")
}

pub(crate) fn pupils(count: u32) -> Headcount {
    Headcount::new(count).expect("a headcount")
}

pub(crate) fn staff(person: PersonId, mobile: u8) -> StaffOnForm {
    StaffOnForm { person, work_mobile: Some(number_of(mobile)) }
}

pub(crate) const DEPARTURE: &str = "2026-11-20T09:00:00Z";
pub(crate) const WEEK_BEFORE: &str = "2026-11-13T10:00:00Z";

/// The form, whole and sound: two groups, a reserve, a spare, a pupil with a phone.
pub(crate) fn form() -> TripForm {
    let group = |group, name: &str, adult, expected| GroupPlan {
        group,
        name: label(name),
        adult,
        expected: pupils(expected),
    };
    TripForm {
        title: label("Year 6 to the museum"),
        kind: TripKind::DayVisit,
        purpose: Some(note("The Romans")),
        window: window(DEPARTURE, "2026-11-20T15:00:00Z"),
        delay_tolerance_secs: 1800,
        destinations: vec![Destination {
            name: label("City museum"),
            area: Area::new(Point::new(51.5, -0.1).expect("a point"), 200.0).expect("an area"),
            arrive_at: Some(at("2026-11-20T10:00:00Z")),
            leave_at: Some(at("2026-11-20T14:00:00Z")),
            alert_off_area: false,
        }],
        transport: Some(label("Coach")),
        leader: okafor(),
        deputy: Some(lind()),
        staff: vec![staff(okafor(), 1), staff(lind(), 2), staff(abara(), 3)],
        reserves: vec![staff(ferreira(), 4)],
        spare_devices: vec![mobile(5)],
        volunteers: vec![VolunteerOnForm {
            name: "Sam Field".parse::<Name>().expect("a name").into(),
            accepted_rules: true,
        }],
        pupils: pupils(30),
        pupil_phones: vec![PupilWithPhone {
            pupil: noor(),
            name: label("N").into(),
            reason: note("Diabetes: may need to call").into(),
        }],
        groups: vec![group(red(), "Red", okafor(), 16), group(blue(), "Blue", lind(), 14)],
        plan: CheckInPlan {
            every_minutes: Some(60),
            at: None,
            points: [NamedPoint::Arrival, NamedPoint::Return].into(),
            remind_before_secs: 300,
            grace_secs: 600,
        },
        quiet: vec![QuietWindow {
            window: window("2026-11-20T09:10:00Z", "2026-11-20T09:50:00Z"),
            reason: QuietReason::Driving,
            fallback: label("The coach firm's line"),
        }],
        emergency: EmergencyPlan {
            base_contact: tan(),
            office: vec![tan()],
            dsl: vec![rahman()],
            senior: vec![pryce()],
            parents_rung_by: label("The office, from its landline"),
            records_kept_at: label("Office safe; on-call folder at night"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        risk_assessment: Some(label("RA-2026-114")),
        consent: Some(label("Consents Y6 autumn")),
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

/// The form with a change.
pub(crate) fn form_with(change: impl FnOnce(&mut TripForm)) -> TripForm {
    let mut form = form();
    change(&mut form);
    form
}

pub(crate) fn hash() -> Hash {
    form_hash(&form())
}

pub(crate) fn person_noted(person: PersonId) -> Event {
    let senior = person == pryce() || person == whitlock();
    Event::PersonNoted { person, here: true, senior, head: person == whitlock() }
}

/// A work mobile in store.
pub(crate) fn in_store(number: u8) -> Event {
    Event::WorkMobileNoted {
        device: mobile(number),
        number: number_of(number),
        in_service: true,
        held_by: None,
        for_trip: None,
        permanent: false,
        retired: false,
    }
}

/// A work mobile issued for the museum.
pub(crate) fn issued(number: u8, person: PersonId) -> Event {
    Event::WorkMobileNoted {
        device: mobile(number),
        number: number_of(number),
        in_service: true,
        held_by: Some(person),
        for_trip: Some(museum()),
        permanent: false,
        retired: false,
    }
}

/// Everyone and every phone, as heard.
pub(crate) fn the_school() -> Vec<Event> {
    EVERYONE.map(|person| person_noted(person())).into_iter().chain((1..=6).map(in_store)).collect()
}

pub(crate) fn saved(form: TripForm) -> Event {
    Event::DraftSaved { trip: museum(), form_hash: form_hash(&form), form: Box::new(form) }
}

pub(crate) fn covered() -> Event {
    Event::CoverageNoted { trip: museum(), form_hash: hash(), gaps: Vec::new() }
}

pub(crate) fn drafted() -> Vec<Event> {
    the_school().into_iter().chain([saved(form())]).collect()
}

pub(crate) fn submitted() -> Vec<Event> {
    let submitted = Event::FormSubmitted { trip: museum(), form_hash: hash(), at: at(WEEK_BEFORE) };
    drafted().into_iter().chain([covered(), submitted]).collect()
}

pub(crate) fn authorisation() -> Event {
    Event::FormAuthorised {
        trip: museum(),
        form_hash: hash(),
        by: pryce(),
        at: at(WEEK_BEFORE),
        covers: vec![form().window],
        arrivals: Vec::new(),
    }
}

pub(crate) fn authorised() -> Vec<Event> {
    submitted().into_iter().chain([authorisation()]).collect()
}

pub(crate) fn pupil_phone(in_hand: bool) -> Event {
    Event::PupilPhoneNoted { device: basic_phone(), pupil: noor(), trip: museum(), in_hand }
}

/// Authorised, every phone in the hands it belongs to.
pub(crate) fn ready() -> Vec<Event> {
    let phones = [issued(1, okafor()), issued(2, lind()), issued(3, abara()), pupil_phone(true)];
    authorised().into_iter().chain(phones).collect()
}

pub(crate) fn counts(in_red: u32, in_blue: u32) -> Vec<GroupCount> {
    vec![
        GroupCount { group: red(), pupils: pupils(in_red) },
        GroupCount { group: blue(), pupils: pupils(in_blue) },
    ]
}

/// The party as it leaves, all 30 on board.
pub(crate) fn party() -> Party {
    let form = form();
    let member = |person, number| PartyMember { person, device: Some(mobile(number)) };
    let group = |plan: &GroupPlan, number| PartyGroup {
        group: plan.group,
        name: plan.name.clone(),
        adult: plan.adult,
        device: Some(mobile(number)),
        expected: plan.expected,
    };
    Party {
        title: form.title,
        kind: form.kind,
        window: form.window,
        leader: okafor(),
        deputy: Some(lind()),
        staff: vec![member(okafor(), 1), member(lind(), 2), member(abara(), 3)],
        groups: vec![group(&form.groups[0], 1), group(&form.groups[1], 2)],
        pupil_devices: vec![basic_phone()],
        plan: form.plan,
        quiet: form.quiet,
        destinations: form.destinations,
        emergency: form.emergency,
        duress: None,
        arrivals: Vec::new(),
        drill: false,
    }
}

pub(crate) fn departure() -> Event {
    Event::Departed { trip: museum(), at: at(DEPARTURE), form_hash: hash(), party: Box::new(party()) }
}

pub(crate) fn departed() -> Vec<Event> {
    ready().into_iter().chain([departure()]).collect()
}

pub(crate) fn accounted(back: u32, released: u32, in_hospital: u32) -> Accounted {
    Accounted { back: pupils(back), released: pupils(released), in_hospital: pupils(in_hospital) }
}

pub(crate) fn depart() -> Command {
    Command::Depart {
        trip: museum(),
        form_hash: hash(),
        counts: counts(16, 14),
        stand_ins: vec![],
        duress: None,
        toolkit: Vec::new(),
        own_phones_in: true,
    }
}

/// The red items of a list, as (rule, person).
pub(crate) fn reds(items: &[ReadinessItem]) -> Vec<(proto::rules::Rule, Option<PersonId>)> {
    items.iter().filter(|item| !item.ok).map(|item| (item.rule, item.person)).collect()
}
