//! Who appears in the stories. All are fictional.

use std::collections::BTreeSet;

use contacts::Contacts;
use decider::kit::{Story, Told, given};
use proto::Timestamp;
use proto::envelope::{Actor, Hash};
use proto::ids::{ClientId, DeviceId, DutyId, GroupId, LineId, PersonId, TripId, derive_uuid};
use proto::v1::contacts::{
    Command, CoverageGap, Event, JudgedBy, LadderStep, LineHealth, LineKind, NightAnswer, NightNoted,
    TripPhase,
};
use proto::v1::people::{DutyRole, Role};
use proto::v1::trips::{
    self, CheckInPlan, EmergencyPlan, GroupPlan, Party, PartyGroup, PartyMember, StaffOnForm, TripForm,
    TripKind,
};
use proto::values::{
    ClockTime, DailyHours, Headcount, Label, Note, PhoneNumber, RingSecs, Weekday, WeeklyHours, Window,
    allow_drama_numbers,
};
use uuid::Uuid;

/// Lena Marsh leads the trip.
pub(crate) fn lena() -> PersonId {
    person("lena")
}

/// Ravi Nair is her deputy.
pub(crate) fn ravi() -> PersonId {
    person("ravi")
}

/// Mia Cole goes along.
pub(crate) fn mia() -> PersonId {
    person("mia")
}

/// Owen Blake works in the office, and is the form's base contact.
pub(crate) fn owen() -> PersonId {
    person("owen")
}

/// Dana Okafor is the safeguarding lead.
pub(crate) fn dana() -> PersonId {
    person("dana")
}

/// Helen Frost is the senior leader.
pub(crate) fn helen() -> PersonId {
    person("helen")
}

/// Bea Lund is on call for base.
pub(crate) fn bea() -> PersonId {
    person("bea")
}

/// Nobody has heard of them.
pub(crate) fn stranger() -> PersonId {
    person("stranger")
}

fn person(name: &str) -> PersonId {
    PersonId(derive_uuid(Uuid::nil(), name, 0))
}

/// The work mobile in somebody's hands.
pub(crate) fn phone_of(person: PersonId) -> DeviceId {
    DeviceId(derive_uuid(person.0, "phone", 0))
}

pub(crate) fn back_up_phone() -> DeviceId {
    DeviceId(derive_uuid(Uuid::nil(), "back-up phone", 0))
}

pub(crate) fn landline() -> LineId {
    line("landline")
}

pub(crate) fn office_line() -> LineId {
    line("office")
}

pub(crate) fn back_up() -> LineId {
    line("back-up")
}

pub(crate) fn line(name: &str) -> LineId {
    LineId(derive_uuid(Uuid::nil(), name, 1))
}

pub(crate) fn trip() -> TripId {
    TripId(derive_uuid(Uuid::nil(), "museum", 0))
}

pub(crate) fn duty(number: u64) -> DutyId {
    DutyId(derive_uuid(Uuid::nil(), "duty", number))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).expect("a window")
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

pub(crate) fn note(text: &str) -> Note {
    Note::parse(text).expect("a note")
}

pub(crate) fn number(text: &str) -> PhoneNumber {
    allow_drama_numbers();
    PhoneNumber::parse(text).expect("a number")
}

pub(crate) fn a_client() -> Actor {
    Actor::Client(ClientId::parse("line-tester").expect("a slug"))
}

pub(crate) fn a_phone() -> Actor {
    Actor::Device(phone_of(lena()))
}

/// Monday to Friday, 08:00 to 16:30.
pub(crate) fn office_hours() -> WeeklyHours {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let (from, to) = (ClockTime::new(8, 0).expect("a time"), ClockTime::new(16, 30).expect("a time"));
    WeeklyHours(
        [Monday, Tuesday, Wednesday, Thursday, Friday].map(|day| DailyHours { day, from, to }).to_vec(),
    )
}

/// No hours: a back-up mobile is meant for any time.
pub(crate) fn any_time() -> WeeklyHours {
    WeeklyHours::default()
}

pub(crate) fn here(person: PersonId, roles: &[Role]) -> Event {
    Event::PersonNoted { person, here: true, roles: roles.iter().copied().collect() }
}

pub(crate) fn gone(person: PersonId) -> Event {
    Event::PersonNoted { person, here: false, roles: BTreeSet::new() }
}

pub(crate) fn work_mobile(device: DeviceId, last: u16, person: Option<PersonId>) -> Event {
    let number = number(&format!("07700 900{last:03}"));
    Event::WorkMobileNoted { device, number, person, in_service: true }
}

/// Somebody's own work mobile, in their hands.
pub(crate) fn carries(person: PersonId) -> Event {
    work_mobile(phone_of(person), last_digits(person), Some(person))
}

/// The same, put away.
pub(crate) fn put_away(person: PersonId) -> Event {
    work_mobile(phone_of(person), last_digits(person), None)
}

pub(crate) fn last_digits(person: PersonId) -> u16 {
    let cast = [lena(), ravi(), mia(), owen(), dana(), helen(), bea()];
    let place = cast.iter().position(|p| *p == person).expect("one of the cast");
    u16::try_from(place + 1).expect("seven")
}

pub(crate) fn landline_added() -> Event {
    Event::LineAdded {
        line: landline(),
        name: label("The landline"),
        kind: LineKind::Landline,
        number: number("01632 960001"),
        hours: office_hours(),
        ring_secs: RingSecs::LINE,
    }
}

pub(crate) fn office_added() -> Event {
    Event::LineAdded {
        line: office_line(),
        name: label("The office"),
        kind: LineKind::Office,
        number: number("01632 960002"),
        hours: office_hours(),
        ring_secs: RingSecs::LINE,
    }
}

pub(crate) fn back_up_added() -> Event {
    Event::LineAdded {
        line: back_up(),
        name: label("The back-up mobile"),
        kind: LineKind::BackUpMobile,
        number: number("07700 900020"),
        hours: any_time(),
        ring_secs: RingSecs::LINE,
    }
}

/// People, their phones, a landline and the back-up mobile in its drawer; Owen acts, on Friday 20 November 2026, 09:00.
pub(crate) fn school(more: impl IntoIterator<Item = Event>) -> Story<Contacts> {
    let people = [
        here(lena(), &[Role::Leader]),
        here(ravi(), &[Role::Leader]),
        here(mia(), &[]),
        here(owen(), &[Role::Office]),
        here(dana(), &[Role::Dsl]),
        here(helen(), &[Role::Senior]),
        here(bea(), &[]),
    ];
    let phones = [lena(), ravi(), mia(), owen(), dana(), helen(), bea()].map(carries);
    let lines = [work_mobile(back_up_phone(), 20, None), landline_added(), back_up_added()];
    given::<Contacts>(people.into_iter().chain(phones).chain(lines).chain(more))
        .by_person(owen())
        .with_policy(|policy| policy.line_tests = None)
}

/// Friday 09:30 to 15:00, within office hours.
pub(crate) fn friday() -> Window {
    window("2026-11-20T09:30:00Z", "2026-11-20T15:00:00Z")
}

/// Friday 09:30 to Saturday 15:00: an evening, a night and a morning.
pub(crate) fn overnight() -> Window {
    window("2026-11-20T09:30:00Z", "2026-11-21T15:00:00Z")
}

pub(crate) fn emergency() -> EmergencyPlan {
    EmergencyPlan {
        base_contact: owen(),
        office: vec![owen()],
        dsl: vec![dana()],
        senior: vec![helen()],
        parents_rung_by: label("The office"),
        records_kept_at: label("The office safe"),
        lost_child_police_minutes: 20,
        tour_numbers: None,
    }
}

pub(crate) fn plan() -> CheckInPlan {
    CheckInPlan {
        every_minutes: Some(60),
        at: None,
        points: BTreeSet::new(),
        remind_before_secs: 300,
        grace_secs: 600,
    }
}

pub(crate) fn form(window: Window) -> TripForm {
    let on_form = |person| StaffOnForm {
        person,
        work_mobile: Some(number(&format!("07700 900{:03}", last_digits(person)))),
    };
    let pupils = Headcount::new(24).expect("a headcount");
    let group = GroupId(derive_uuid(Uuid::nil(), "group", 0));
    TripForm {
        title: label("Museum"),
        kind: TripKind::DayVisit,
        purpose: None,
        window,
        delay_tolerance_secs: 1800,
        destinations: vec![],
        transport: None,
        leader: lena(),
        deputy: Some(ravi()),
        staff: [lena(), ravi(), mia()].map(on_form).to_vec(),
        reserves: vec![],
        spare_devices: vec![],
        volunteers: vec![],
        pupils,
        pupil_phones: vec![],
        groups: vec![GroupPlan { group, name: label("All"), adult: lena(), expected: pupils }],
        plan: plan(),
        quiet: vec![],
        emergency: emergency(),
        risk_assessment: None,
        consent: None,
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

pub(crate) fn hash(number: u8) -> Hash {
    Hash::of(&[number])
}

pub(crate) fn draft(form: TripForm, version: u8) -> trips::Event {
    trips::Event::DraftSaved { trip: trip(), form: Box::new(form), form_hash: hash(version) }
}

pub(crate) fn party(form: &TripForm) -> Party {
    let member = |s: &StaffOnForm| PartyMember { person: s.person, device: Some(phone_of(s.person)) };
    let group = |g: &GroupPlan| PartyGroup {
        group: g.group,
        name: g.name.clone(),
        adult: g.adult,
        device: Some(phone_of(g.adult)),
        expected: g.expected,
    };
    Party {
        title: form.title.clone(),
        kind: form.kind,
        window: form.window,
        leader: form.leader,
        deputy: form.deputy,
        staff: form.staff.iter().map(member).collect(),
        groups: form.groups.iter().map(group).collect(),
        pupil_devices: vec![],
        plan: form.plan.clone(),
        quiet: vec![],
        destinations: vec![],
        emergency: form.emergency.clone(),
        duress: None,
        arrivals: Vec::new(),
        drill: false,
    }
}

/// The party leaves at 09:30.
pub(crate) fn departed(form: &TripForm) -> trips::Event {
    trips::Event::Departed {
        trip: trip(),
        at: at("2026-11-20T09:30:00Z"),
        form_hash: hash(1),
        party: Box::new(party(form)),
    }
}

pub(crate) fn trip_noted(form: &TripForm, version: u8) -> Event {
    Event::TripNoted {
        trip: trip(),
        form_hash: hash(version),
        kind: form.kind,
        window: form.window,
        leader: form.leader,
        deputy: form.deputy,
        staff: form.staff.iter().map(|s| s.person).collect(),
        emergency: Box::new(form.emergency.clone()),
    }
}

pub(crate) fn phase(phase: TripPhase) -> Event {
    Event::TripPhaseNoted { trip: trip(), phase }
}

pub(crate) fn assessed(version: u8, when: &str, gaps: Vec<CoverageGap>) -> Event {
    Event::CoverageAssessed { trip: trip(), form_hash: hash(version), gaps, at: at(when) }
}

pub(crate) fn held(person: PersonId, from: Option<PersonId>, when: &str) -> Event {
    Event::BaseHeld { trip: trip(), person, from, at: at(when) }
}

pub(crate) fn unheld(since: &str) -> Event {
    Event::BaseUnheld { trip: trip(), since: at(since) }
}

/// The Friday trip as it left, covered, base held by the form's contact.
pub(crate) fn out() -> Vec<Event> {
    vec![
        trip_noted(&form(friday()), 1),
        assessed(1, "2026-11-19T09:00:00Z", vec![]),
        phase(TripPhase::Out),
        held(owen(), None, "2026-11-20T09:30:00Z"),
    ]
}

pub(crate) fn no_line(from: &str, to: &str) -> CoverageGap {
    CoverageGap::NoLine { window: window(from, to) }
}

pub(crate) fn empty(step: LadderStep, from: &str, to: &str) -> CoverageGap {
    CoverageGap::EmptyStep { step, window: window(from, to) }
}

pub(crate) fn close_early(from: &str, to: &str) -> Command {
    Command::CloseEarly { window: window(from, to), reason: note("Snow") }
}

pub(crate) fn closed_early(from: &str, to: &str, said_at: &str) -> Event {
    Event::ClosedEarly { window: window(from, to), reason: note("Snow"), at: at(said_at) }
}

pub(crate) fn mark(line: LineId, health: LineHealth, until: Option<&str>) -> Command {
    Command::MarkLine { line, health, reason: note("No dialling tone"), until: until.map(at) }
}

pub(crate) fn marked(line: LineId, health: LineHealth, since: &str, until: Option<&str>) -> Event {
    let (reason, until) = (note("No dialling tone"), until.map(at));
    Event::LineHealthChanged { line, health, since: at(since), reason, until, by: JudgedBy::Hand }
}

/// A stretch of duty that covers one night: Friday 16:00 to Saturday 16:00, the test to be answered by 20:00.
pub(crate) fn on_call(id: DutyId, person: PersonId, role: DutyRole, answer: NightAnswer) -> Event {
    let night = NightNoted {
        night: window("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z"),
        answer_by: at("2026-11-20T20:00:00Z"),
        answer,
    };
    let window = window("2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z");
    Event::DutyNoted { duty: id, person, role, window, nights: vec![night] }
}

/// What a step led to, besides how the route of a party that is out stands now: that has stories of its own.
pub(crate) trait Tells {
    /// Exactly these events, in this order.
    fn tells(self, expected: impl IntoIterator<Item = Event>) -> Story<Contacts>;
}

impl Tells for Told<Contacts> {
    #[track_caller]
    fn tells(self, expected: impl IntoIterator<Item = Event>) -> Story<Contacts> {
        let expected: Vec<Event> = expected.into_iter().collect();
        self.then_events(|events| {
            let is_route = |event: &&Event| matches!(event, Event::RouteChecked { .. });
            let found: Vec<&Event> = events.iter().filter(|event| !is_route(event)).collect();
            assert_eq!(found, expected.iter().collect::<Vec<_>>());
        })
    }
}
