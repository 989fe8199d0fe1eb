//! The cast: Ann leads a trip to a museum with Ben and Cat; Dee holds base. The Otters (14) are Ann's, the Badgers (10) Ben's.
//! They leave on Friday 20 November 2026 at 09:00 (GMT) and are expected back at 15:00. A check-in is due every 30 minutes,
//! a reminder comes 5 minutes before, the grace is 10 minutes.

use checkins::Checkins;
use decider::kit::{Story, Told, given};
use proto::Timestamp;
use proto::envelope::{Actor, Hash};
use proto::ids::{ClientId, DeviceId, GroupId, InboundId, PersonId, PupilId, TripId};
use proto::v1::checkins::{Command, DueFor, Event, NextDue, Punctuality, Via, Word};
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::trips::{
    self, CheckInPlan, Destination, EmergencyPlan, Party, PartyGroup, PartyMember, QuietReason, QuietWindow,
    TripKind,
};
use proto::values::{Area, DuressHash, Headcount, Label, Note, Personal, Point, Position, Window};

pub(crate) type Watched = Story<Checkins>;

pub(crate) fn id<T: std::str::FromStr>(number: u32) -> T
where
    T::Err: std::fmt::Debug,
{
    format!("00000000-0000-0000-0000-{number:012}").parse().unwrap()
}

pub(crate) fn museum() -> TripId {
    id(1)
}
pub(crate) fn ann() -> PersonId {
    id(11)
}
pub(crate) fn ben() -> PersonId {
    id(12)
}
pub(crate) fn cat() -> PersonId {
    id(13)
}
/// Holds base: not on the trip.
pub(crate) fn dee() -> PersonId {
    id(14)
}
pub(crate) fn anns_phone() -> DeviceId {
    id(21)
}
pub(crate) fn bens_phone() -> DeviceId {
    id(22)
}
pub(crate) fn cats_phone() -> DeviceId {
    id(23)
}
pub(crate) fn pupils_phone() -> DeviceId {
    id(24)
}
/// In the office's drawer.
pub(crate) fn spare_phone() -> DeviceId {
    id(25)
}
pub(crate) fn pupil() -> PupilId {
    id(26)
}
pub(crate) fn otters() -> GroupId {
    id(31)
}
pub(crate) fn badgers() -> GroupId {
    id(32)
}
pub(crate) fn weasels() -> GroupId {
    id(33)
}

/// An instant of that Friday: `t("09:30")`, `t("09:30:20")`.
pub(crate) fn t(clock: &str) -> Timestamp {
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    format!("2026-11-20T{clock}{seconds}Z").parse().unwrap()
}

pub(crate) fn n(count: u32) -> Headcount {
    Headcount::new(count).unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub(crate) fn note(text: &str) -> Personal<Note> {
    Personal::known(Note::parse(text).unwrap())
}

pub(crate) fn window(from: &str, to: &str) -> Window {
    Window::new(t(from), t(to)).unwrap()
}

pub(crate) fn heron() -> DuressHash {
    DuressHash::of(&[7; 32], museum(), "heron").unwrap()
}

pub(crate) fn quiet(from: &str, to: &str, reason: QuietReason) -> QuietWindow {
    QuietWindow { window: window(from, to), reason, fallback: label("The coach firm") }
}

/// The museum: a circle of 200 metres in Leeds.
pub(crate) fn museum_area() -> Area {
    Area::new(Point::new(53.8008, -1.5491).unwrap(), 200.0).unwrap()
}

pub(crate) fn destination(arrive: &str, leave: &str) -> Destination {
    Destination {
        name: label("Museum"),
        area: museum_area(),
        arrive_at: Some(t(arrive)),
        leave_at: Some(t(leave)),
        alert_off_area: false,
    }
}

pub(crate) fn party() -> Party {
    let member = |person, device| PartyMember { person, device: Some(device) };
    let group = |group, name, adult, device, expected| PartyGroup {
        group,
        name: label(name),
        adult,
        device: Some(device),
        expected: n(expected),
    };
    Party {
        title: label("Year 6 at the museum"),
        kind: TripKind::DayVisit,
        window: window("09:00", "15:00"),
        leader: ann(),
        deputy: Some(ben()),
        staff: vec![member(ann(), anns_phone()), member(ben(), bens_phone()), member(cat(), cats_phone())],
        groups: vec![
            group(otters(), "Otters", ann(), anns_phone(), 14),
            group(badgers(), "Badgers", ben(), bens_phone(), 10),
        ],
        pupil_devices: vec![pupils_phone()],
        plan: CheckInPlan {
            every_minutes: Some(30),
            at: None,
            points: [].into(),
            remind_before_secs: 5 * 60,
            grace_secs: 10 * 60,
        },
        quiet: vec![],
        destinations: vec![],
        emergency: EmergencyPlan {
            base_contact: dee(),
            office: vec![dee()],
            dsl: vec![dee()],
            senior: vec![dee()],
            parents_rung_by: label("The office"),
            records_kept_at: label("The office safe"),
            lost_child_police_minutes: 20,
            tour_numbers: None,
        },
        duress: Some(heron()),
        arrivals: Vec::new(),
        drill: false,
    }
}

/// The same party with only the Otters: one group, so that a story is about one thing.
pub(crate) fn otters_alone() -> Party {
    let mut party = party();
    party.groups.truncate(1);
    party
}

pub(crate) fn with(mut party: Party, change: impl FnOnce(&mut Party)) -> Party {
    change(&mut party);
    party
}

pub(crate) fn departed(party: &Party) -> trips::Event {
    trips::Event::Departed {
        trip: museum(),
        at: t("09:00"),
        form_hash: Hash::ZERO,
        party: Box::new(party.clone()),
    }
}

/// They have left at 09:00.
pub(crate) fn out(party: &Party) -> Watched {
    given::<Checkins>([]).at_instant(t("09:00")).hears(departed(party)).allowed()
}

pub(crate) trait Friday {
    /// Sets the time of that Friday.
    fn at_clock(self, clock: &str) -> Self;
    /// Time passes, minute by minute, up to then: each alarm is judged when it is due.
    fn passes_to(self, clock: &str) -> Told<Checkins>;
}

impl Friday for Watched {
    fn at_clock(self, clock: &str) -> Self {
        self.at_instant(t(clock))
    }

    fn passes_to(self, clock: &str) -> Told<Checkins> {
        self.at_clock(clock).time_passes()
    }
}

pub(crate) fn by_ann() -> Actor {
    Actor::Person(ann())
}

pub(crate) fn by_api() -> Actor {
    Actor::Client(ClientId::parse("coach-app").unwrap())
}

/// A routine check-in of the plan, as it is armed well before.
pub(crate) fn due(clock: &str) -> NextDue {
    due_for(clock, DueFor::Routine {})
}

pub(crate) fn due_for(clock: &str, what: DueFor) -> NextDue {
    let at = t(clock);
    NextDue { at, what, remind_at: Some(later(at, -300)), missed_at: later(at, 600) }
}

/// One that nobody is reminded of.
pub(crate) fn unprompted(due: NextDue) -> NextDue {
    NextDue { remind_at: None, ..due }
}

pub(crate) fn later(at: Timestamp, secs: i64) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_secs(secs)).unwrap()
}

/// A check-in from a phone page: Ann's phone, the Otters, OK, unless a story says otherwise.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) group: Option<GroupId>,
    pub(crate) device: Option<DeviceId>,
    pub(crate) word: Word,
    pub(crate) headcount: Option<u32>,
    pub(crate) pressed_at: Timestamp,
    pub(crate) duress: Option<DuressHash>,
}

/// Says it.
pub(crate) fn press(clock: &str, word: Word) -> Entry {
    Entry {
        group: None,
        device: Some(anns_phone()),
        word,
        headcount: None,
        pressed_at: t(clock),
        duress: None,
    }
}

impl Entry {
    pub(crate) fn counted(mut self, count: u32) -> Self {
        self.headcount = Some(count);
        self
    }

    pub(crate) fn by_phone(mut self, device: DeviceId) -> Self {
        self.device = Some(device);
        self
    }

    pub(crate) fn for_group(mut self, group: GroupId) -> Self {
        self.group = Some(group);
        self
    }

    pub(crate) fn command(self) -> Command {
        Command::CheckIn {
            trip: museum(),
            group: self.group,
            device: self.device,
            word: self.word,
            headcount: self.headcount.map(n),
            pressed_at: self.pressed_at,
            note: None,
            duress: self.duress,
            via: Via::PhonePage,
        }
    }
}

/// A `CheckedIn` by phone page: from Ann's phone, for the 14 Otters, in time, unless a story says otherwise.
#[derive(Clone)]
pub(crate) struct Taken {
    pub(crate) group: GroupId,
    pub(crate) word: Word,
    pub(crate) headcount: Option<u32>,
    pub(crate) expected: u32,
    pub(crate) said_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) counts_at: Option<Timestamp>,
    pub(crate) punctuality: Punctuality,
    pub(crate) via: Via,
    pub(crate) device: Option<DeviceId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) note: Option<Personal<Note>>,
    pub(crate) inbound: Option<InboundId>,
    pub(crate) next: Option<NextDue>,
}

pub(crate) fn taken(clock: &str, word: Word, next: NextDue) -> Taken {
    Taken {
        group: otters(),
        word,
        headcount: None,
        expected: 14,
        said_at: t(clock),
        received_at: t(clock),
        counts_at: None,
        punctuality: Punctuality::InTime,
        via: Via::PhonePage,
        device: Some(anns_phone()),
        person: Some(ann()),
        note: None,
        inbound: None,
        next: Some(next),
    }
}

impl Taken {
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn event(self) -> Event {
        Event::CheckedIn {
            trip: museum(),
            group: self.group,
            word: self.word,
            headcount: self.headcount.map(n),
            expected: n(self.expected),
            said_at: self.said_at,
            received_at: self.received_at,
            counts_at: self.counts_at,
            punctuality: self.punctuality,
            via: self.via,
            device: self.device,
            person: self.person,
            note: self.note,
            inbound: self.inbound,
            next: self.next,
        }
    }
}

pub(crate) fn reminded(clock: &str) -> Event {
    Event::Reminded {
        trip: museum(),
        group: otters(),
        due_at: t(clock),
        adult: ann(),
        device: Some(anns_phone()),
    }
}

pub(crate) fn missed(clock: &str, next: NextDue) -> Event {
    Event::CheckInMissed {
        trip: museum(),
        group: otters(),
        due_at: t(clock),
        missed_at: later(t(clock), 600),
        start_at_office: false,
        next,
    }
}

pub(crate) fn heard_again(due: &str, clock: &str) -> Event {
    Event::HeardAgain { trip: museum(), group: otters(), missed_due_at: t(due), at: t(clock) }
}

/// A text from a phone that the gateway knows to be with the trip.
pub(crate) fn text(number: u32, device: DeviceId, meaning: Meaning, clock: &str) -> gateway::Event {
    gateway::Event::TextReceived {
        inbound: id(number),
        provider_id: format!("SM{number}"),
        from: Caller::Device {
            device,
            person: person_with(device),
            pupil: (device == pupils_phone()).then(pupil),
            trip: Some(museum()),
        },
        body: note("as it came"),
        meaning,
        duress: false,
        received_at: t(clock),
    }
}

pub(crate) fn with_duress(mut event: gateway::Event) -> gateway::Event {
    if let gateway::Event::TextReceived { duress, .. } = &mut event {
        *duress = true;
    }
    event
}

pub(crate) fn says(word: Word) -> Meaning {
    Meaning::Says { word, headcount: None }
}

fn person_with(device: DeviceId) -> Option<PersonId> {
    [(anns_phone(), ann()), (bens_phone(), ben()), (cats_phone(), cat())]
        .into_iter()
        .find(|(phone, _)| *phone == device)
        .map(|(_, person)| person)
}

pub(crate) fn returned(clock: &str) -> trips::Event {
    trips::Event::Returned {
        trip: museum(),
        at: t(clock),
        accounted: trips::Accounted { back: n(24), released: n(0), in_hospital: n(0) },
        by: ann(),
        note: None,
        devices_due_at: t("17:00"),
    }
}

pub(crate) fn amended(party: &Party, form: trips::TripForm) -> trips::Event {
    trips::Event::TripAmended {
        trip: museum(),
        form: Box::new(form),
        form_hash: Hash::ZERO,
        party: Box::new(party.clone()),
        reason: Note::parse("The museum closes early").unwrap(),
        changed: vec!["window".into()],
    }
}

/// A form: the watch reads the party beside it, never the form itself.
pub(crate) fn form(party: &Party) -> trips::TripForm {
    trips::TripForm {
        title: party.title.clone(),
        kind: party.kind,
        purpose: None,
        window: party.window,
        delay_tolerance_secs: 900,
        destinations: party.destinations.clone(),
        transport: None,
        leader: party.leader,
        deputy: party.deputy,
        staff: vec![],
        reserves: vec![],
        spare_devices: vec![],
        volunteers: vec![],
        pupils: n(24),
        pupil_phones: vec![],
        groups: vec![],
        plan: party.plan.clone(),
        quiet: party.quiet.clone(),
        emergency: party.emergency.clone(),
        risk_assessment: None,
        consent: None,
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

/// A phone's app says that it is so far north of the museum's middle.
pub(crate) fn located(device: DeviceId, metres_north: f64, accuracy_m: f64, clock: &str) -> gateway::Event {
    let centre = museum_area().centre;
    let point = Point::new(centre.lat + metres_north / 111_195.08, centre.lon).unwrap();
    gateway::Event::PositionReceived {
        device,
        trip: museum(),
        message_id: None,
        position: Position { point, accuracy_m }.into(),
        fix_at: t(clock),
        sent_at: None,
        received_at: t(clock),
        battery_percent: None,
        charging: None,
        via: None,
    }
}
