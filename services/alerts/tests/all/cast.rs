//! A recurring cast: the Year 6 walk to the museum at a school that doesn't exist.

use alerts::{Alerts, CaseTopic, OpenCase};
use decider::Service;
use decider::kit::{Story, Told, given};
use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{AttemptId, CaseId, DeviceId, DutyId, GroupId, InboundId, LineId, PersonId, TripId};
use proto::v1::alerts::*;
use proto::v1::checkins::{self, DueFor, NextDue, Via};
use proto::v1::contacts::{self, LineKind};
use proto::v1::devices::{self, Condition, Holder, Recordings};
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::people::{self, DutyRole, Role, Standing};
use proto::v1::trips::{self, CheckInPlan, EmergencyPlan, Party, PartyMember, TripKind};
use proto::values::*;

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

// Ms Okafor leads, Mr Lind is her deputy, Ms Abara comes along. Mr Tan holds base in the office, Ms Rahman is the
// safeguarding lead, Ms Pryce a senior leader. Mr Ito is on call for a night; Dr Whitlock is the head.
people! { okafor = 1, lind = 2, abara = 3, whitlock = 6, tan = 7, rahman = 8, pryce = 5, ito = 9 }

pub(crate) const EVERYONE: [fn() -> PersonId; 8] = [okafor, lind, abara, whitlock, tan, rahman, pryce, ito];

pub(crate) fn museum() -> TripId {
    id(2, 1).parse().expect("an id")
}

pub(crate) fn red() -> GroupId {
    id(3, 1).parse().expect("an id")
}

pub(crate) fn blue() -> GroupId {
    id(3, 2).parse().expect("an id")
}

/// The phone that each of them carries has their number.
pub(crate) fn phone_of(person: PersonId) -> DeviceId {
    let number = EVERYONE.iter().position(|p| p() == person).expect("one of the cast");
    id(4, number as u8).parse().expect("an id")
}

pub(crate) fn spare() -> DeviceId {
    id(4, 50).parse().expect("an id")
}

pub(crate) fn landline() -> LineId {
    id(7, 1).parse().expect("an id")
}

pub(crate) fn back_up() -> LineId {
    id(7, 2).parse().expect("an id")
}

pub(crate) fn night_duty() -> DutyId {
    id(8, 1).parse().expect("an id")
}

pub(crate) fn inbound(number: u8) -> InboundId {
    id(9, number).parse().expect("an id")
}

pub(crate) fn new_case(number: u8) -> CaseId {
    id(10, number).parse().expect("an id")
}

pub(crate) fn at(text: &str) -> Timestamp {
    let text = if text.len() == 5 { format!("2026-11-20T{text}:00Z") } else { text.to_owned() };
    text.parse().expect("an instant, or a time of the day of the trip")
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to)).expect("a window")
}

pub(crate) fn label(text: &str) -> Label {
    text.parse().expect("a label")
}

pub(crate) fn note(text: &str) -> Note {
    text.parse().expect("a note")
}

pub(crate) fn pupils(count: u32) -> Headcount {
    Headcount::new(count).expect("a headcount")
}

/// The party as it left.
pub(crate) fn party() -> Party {
    let member = |person| PartyMember { person, device: Some(phone_of(person)) };
    Party {
        title: label("Year 6 to the museum"),
        kind: TripKind::DayVisit,
        window: window("09:00", "15:00"),
        leader: okafor(),
        deputy: Some(lind()),
        staff: vec![member(okafor()), member(lind()), member(abara())],
        groups: Vec::new(),
        pupil_devices: Vec::new(),
        plan: CheckInPlan {
            every_minutes: Some(60),
            at: None,
            points: Default::default(),
            remind_before_secs: 300,
            grace_secs: 600,
        },
        quiet: Vec::new(),
        destinations: Vec::new(),
        emergency: EmergencyPlan {
            base_contact: tan(),
            office: vec![tan()],
            dsl: vec![rahman()],
            senior: vec![pryce()],
            parents_rung_by: label("The office"),
            records_kept_at: label("The office safe"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        duress: None,
        arrivals: Vec::new(),
        drill: false,
    }
}

pub(crate) fn departed() -> trips::Event {
    trips::Event::Departed {
        trip: museum(),
        at: at("09:00"),
        form_hash: Hash([1; 32]),
        party: party().into(),
    }
}

pub(crate) fn closed() -> trips::Event {
    trips::Event::TripClosed { trip: museum(), at: at("16:00") }
}

pub(crate) fn added(person: PersonId, roles: &[Role]) -> people::Event {
    people::Event::PersonAdded {
        person,
        name: Personal::blanked(),
        standing: Standing::Staff,
        roles: roles.iter().copied().collect(),
    }
}

pub(crate) fn issued(device: DeviceId, person: PersonId) -> devices::Event {
    devices::Event::DeviceIssued {
        device,
        holder: Holder::Person(person),
        trip: None,
        reason: None,
        at: at("08:00"),
    }
}

pub(crate) fn returned(device: DeviceId, person: PersonId) -> devices::Event {
    devices::Event::DeviceReturned {
        device,
        holder: Holder::Person(person),
        trip: Some(museum()),
        condition: Condition::Good,
        storage: label("Office safe"),
        recordings: Recordings::None,
        at: at("15:10"),
    }
}

pub(crate) fn lost(device: DeviceId) -> devices::Event {
    let note = Personal::blanked();
    devices::Event::DeviceLost { device, holder: None, trip: Some(museum()), note }
}

pub(crate) fn line(line: LineId, kind: LineKind) -> contacts::Event {
    let hours = |day| DailyHours {
        day,
        from: ClockTime::new(8, 0).expect("a time"),
        to: ClockTime::new(if kind == LineKind::BackUpMobile { 23 } else { 17 }, 0).expect("a time"),
    };
    contacts::Event::LineAdded {
        line,
        name: label("A line"),
        kind,
        number: {
            allow_drama_numbers();
            PhoneNumber::parse("01632 960001").expect("a drama number")
        },
        hours: WeeklyHours(vec![hours(Weekday::Friday)]),
        ring_secs: proto::values::RingSecs::LINE,
    }
}

pub(crate) fn duty(role: DutyRole, person: PersonId) -> people::Event {
    people::Event::DutyPlanned {
        duty: night_duty(),
        person,
        role,
        window: window("08:00", "2026-11-21T08:00:00Z"),
        nights: Vec::new(),
    }
}

pub(crate) fn missed_at(group: GroupId, due_at: &str) -> checkins::Event {
    let missed_at = at(due_at) + jiff::SignedDuration::from_secs(600);
    checkins::Event::CheckInMissed {
        trip: museum(),
        group,
        due_at: at(due_at),
        missed_at,
        start_at_office: false,
        next: next_due(),
    }
}

/// The red group was due at ten.
pub(crate) fn missed() -> checkins::Event {
    missed_at(red(), "10:00")
}

pub(crate) fn next_due() -> NextDue {
    NextDue { at: at("11:00"), what: DueFor::Routine {}, remind_at: None, missed_at: at("11:10") }
}

pub(crate) fn heard_again(group: GroupId, due_at: &str) -> checkins::Event {
    checkins::Event::HeardAgain { trip: museum(), group, missed_due_at: at(due_at), at: at("10:30") }
}

pub(crate) fn help_from(device: Option<DeviceId>, when: &str) -> checkins::Event {
    checkins::Event::HelpCalled {
        trip: museum(),
        group: None,
        device,
        at: at(when),
        via: Via::Text,
        note: None,
        inbound: None,
    }
}

pub(crate) fn help() -> checkins::Event {
    help_from(None, "10:10")
}

pub(crate) fn duress() -> checkins::Event {
    checkins::Event::DuressSignalled { trip: museum(), group: red(), device: None, at: at("10:12") }
}

pub(crate) fn differs(when: &str) -> checkins::Event {
    checkins::Event::HeadcountDiffered {
        trip: museum(),
        group: red(),
        expected: pupils(16),
        reported: pupils(15),
        at: at(when),
    }
}

pub(crate) fn text(from: PersonId, number: u8, meaning: Meaning) -> gateway::Event {
    let trip = [okafor(), lind(), abara()].contains(&from).then(museum);
    let from = Caller::Device { device: phone_of(from), person: Some(from), pupil: None, trip };
    text_from(from, number, meaning)
}

pub(crate) fn text_from(from: Caller, number: u8, meaning: Meaning) -> gateway::Event {
    gateway::Event::TextReceived {
        inbound: inbound(number),
        provider_id: format!("SM{number}"),
        from,
        body: Personal::blanked(),
        meaning,
        duress: false,
        received_at: at("10:15"),
    }
}

pub(crate) fn failed(case: CaseId, notice: &Notice) -> gateway::Event {
    gateway::Event::AttemptFailed {
        attempt: notice.attempt,
        to: Some(notice.to),
        channel: notice.channel,
        case: Some(case),
        permanent: true,
        code: Some(30003),
        why: "unreachable".into(),
        at: at("10:11"),
    }
}

/// A school with its people, their phones and its landline; nobody is out.
pub(crate) fn school() -> Story<Alerts> {
    let roles: [(PersonId, &[Role]); 8] = [
        (okafor(), &[Role::Leader]),
        (lind(), &[Role::Leader]),
        (abara(), &[]),
        (tan(), &[Role::Office]),
        (rahman(), &[Role::Dsl]),
        (pryce(), &[Role::Senior]),
        (ito(), &[]),
        (whitlock(), &[Role::Head]),
    ];
    let mut story =
        given::<Alerts>([]).at_time("08:30").hears(line(landline(), LineKind::Landline)).allowed();
    for (person, roles) in roles {
        story = story.hears(added(person, roles)).allowed();
        story = story.hears(issued(phone_of(person), person)).allowed();
    }
    story
}

/// The museum trip has left; it is ten past ten.
pub(crate) fn out() -> Story<Alerts> {
    school().at_time("09:00").hears(departed()).allowed().at_time("10:10")
}

/// The red group is missed, and the leader has been texted.
pub(crate) fn missed_and_told() -> Story<Alerts> {
    out().hears(missed()).allowed().time_passes().allowed()
}

/// What stories of this service say besides.
pub(crate) trait Alerting {
    fn at_time(self, time: &str) -> Self;
    /// The open case of the museum trip.
    fn case(&self) -> &OpenCase;
    /// Time passes, step by step, to that time: each step at the moment it falls due.
    fn passes_to(self, time: &str) -> (Story<Alerts>, Vec<Event>);
    /// What time brings now.
    fn events_now(self) -> (Story<Alerts>, Vec<Event>);
}

impl Alerting for Story<Alerts> {
    fn at_time(self, time: &str) -> Self {
        self.at_instant(at(time))
    }

    #[track_caller]
    fn case(&self) -> &OpenCase {
        self.state.case_about(&CaseTopic::Trip(museum())).expect("the trip has an open case")
    }

    fn passes_to(mut self, time: &str) -> (Story<Alerts>, Vec<Event>) {
        let mut all = Vec::new();
        while let Some(due) = Alerts::next_due(&self.state).filter(|due| *due <= at(time)) {
            let (story, events) = self.at_instant(due).events_now();
            assert!(!events.is_empty(), "what falls due moves on");
            all.extend(events);
            self = story;
        }
        (self.at_time(time), all)
    }

    fn events_now(self) -> (Story<Alerts>, Vec<Event>) {
        self.time_passes().events_of()
    }
}

/// The events of a step, to be looked at.
pub(crate) trait EventsOf {
    fn events_of(self) -> (Story<Alerts>, Vec<Event>);
}

impl EventsOf for Told<Alerts> {
    #[track_caller]
    fn events_of(self) -> (Story<Alerts>, Vec<Event>) {
        let mut seen = Vec::new();
        let story = self.then_events(|events| seen = events.to_vec());
        (story, seen)
    }
}

/// The rungs that events reached, with how many minutes past ten.
pub(crate) fn rungs(events: &[Event]) -> Vec<(Rung, u16, i64)> {
    let reached = |e: &Event| {
        if let Event::RungReached { rung, round, at: when, .. } = e {
            return Some((*rung, *round, when.duration_since(at("10:00")).as_secs() / 60));
        }
        None
    };
    events.iter().filter_map(reached).collect()
}

/// The rungs that events skipped.
pub(crate) fn skipped(events: &[Event]) -> Vec<Rung> {
    let rung = |e: &Event| if let Event::RungSkipped { rung, .. } = e { Some(*rung) } else { None };
    events.iter().filter_map(rung).collect()
}

/// Whom events told, and how, in order.
pub(crate) fn told(events: &[Event]) -> Vec<(Recipient, Channel)> {
    notices(events).iter().map(|n| (n.to, n.channel)).collect()
}

/// Every notice that events gave.
pub(crate) fn notices(events: &[Event]) -> Vec<Notice> {
    let mut found = Vec::new();
    for event in events {
        if let Event::RungReached { notices, .. }
        | Event::RungCalled { notices, .. }
        | Event::RungToldAgain { notices, .. } = event
        {
            found.extend(notices.clone());
        }
        if let Event::ChannelChanged { notice, .. } = event {
            found.push(notice.clone());
        }
    }
    found
}

pub(crate) fn texted(person: PersonId) -> (Recipient, Channel) {
    (Recipient::Person(person), Channel::Text)
}

pub(crate) fn called(person: PersonId) -> (Recipient, Channel) {
    (Recipient::Person(person), Channel::Voice)
}

pub(crate) fn rung_up(line: LineId) -> (Recipient, Channel) {
    (Recipient::Line(line), Channel::Voice)
}

/// The one attempt to that person by that channel, of the last step that told them.
pub(crate) fn notice_to(case: &OpenCase, to: (Recipient, Channel)) -> Notice {
    let told = case.told.iter().rev().find(|t| (t.to, t.channel) == to).expect("they were told");
    Notice { attempt: told.attempt, to: told.to, channel: told.channel }
}

pub(crate) fn no_attempt() -> AttemptId {
    id(11, 1).parse().expect("an id")
}

pub(crate) fn lost_child() -> checkins::Event {
    checkins::Event::ChildLost {
        trip: museum(),
        group: Some(red()),
        device: Some(phone_of(okafor())),
        at: at("10:10"),
        police_at: at("10:25"),
        last_seen: None,
        inbound: None,
    }
}

pub(crate) fn child_found() -> checkins::Event {
    checkins::Event::ChildFound { trip: museum(), with: abara(), at: at("10:10") }
}
