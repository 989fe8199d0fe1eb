//! A school whose year 6 went to the museum in November 2026, and what was written about it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use chassis::entry::{Chain, Draft};
use chassis::journal::{Append, Journal};
use chassis::school::School;
use decider::Service;
use decider::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::Actor;
use proto::ids::{
    CaseId, DeviceId, GroupId, HoldId, InboundId, IncidentId, PersonId, PupilId, TripId, UseId,
};
use proto::topics::ServiceName;
use proto::v1::gateway::{Caller, Meaning};
use proto::v1::safeguarding::{
    Danger, Deadlines, HandIn, Held, IncidentKind, PutAway, Readers, Use, UseKind,
};
use proto::v1::trips::{
    CheckInPlan, EmergencyPlan, GroupPlan, Party, PartyGroup, PartyMember, PupilWithPhone, StaffOnForm,
    TripForm, TripKind, VolunteerOnForm,
};
use proto::v1::{alerts, checkins, gateway, people, safeguarding, trips};
use proto::values::{Headcount, Label, Name, Note, Personal, Point, Position, SchoolZone, Window};
use uuid::Uuid;

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub(crate) fn okafor() -> PersonId {
    PersonId(id(1))
}
pub(crate) fn tan() -> PersonId {
    PersonId(id(2))
}
pub(crate) fn museum() -> TripId {
    TripId(id(3))
}
pub(crate) fn mobile() -> DeviceId {
    DeviceId(id(4))
}
pub(crate) fn incident() -> IncidentId {
    IncidentId(id(5))
}
pub(crate) fn hold() -> HoldId {
    HoldId(id(6))
}
fn red() -> GroupId {
    GroupId(id(7))
}
fn case() -> CaseId {
    CaseId(id(8))
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}
pub(crate) fn days_after(from: Timestamp, days: i64) -> Timestamp {
    from + SignedDuration::from_hours(24 * days)
}
fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}
pub(crate) fn note(text: &str) -> Personal<Note> {
    Personal::known(Note::parse(text).expect("a note"))
}
pub(crate) fn name(text: &str) -> Personal<Name> {
    Personal::known(Name::parse(text).expect("a name"))
}

pub(crate) fn school() -> School {
    School {
        id: "elmfield".parse().expect("a slug"),
        name: label("Elmfield"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    }
}

/// A school's journals in a file, written as services write.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) journal: Journal,
    pub(crate) school: School,
    chains: BTreeMap<ServiceName, Chain>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("journal.sqlite").display());
        let journal = Journal::open(&url).await.expect("opens");
        Self { folder, journal, school: school(), chains: BTreeMap::new() }
    }

    /// Appends an event as its service does.
    pub(crate) async fn writes<S: Service>(&mut self, recorded_at: &str, event: S::Event) {
        let (kind, data) = proto::wire::split(&event);
        let draft = Draft {
            recorded_at: at(recorded_at),
            kind,
            data: data.get().to_owned(),
            cause: id(90),
            correlation: id(91),
            actor: Actor::Person(okafor()),
            trip: S::trip_of(&event),
            traceparent: None,
        };
        if !self.chains.contains_key(&S::NAME) {
            let begun = self.journal.begin(S::NAME, &self.school.id).await.expect("begins");
            self.chains.insert(S::NAME, begun);
        }
        let chain = self.chains.get_mut(&S::NAME).expect("it was begun");
        let (after, salt) = (chain.seq, [chain.seq as u8; 16]);
        let entries = vec![chain.next(draft, salt)].into();
        let (service, school) = (S::NAME, self.school.id.clone());
        let append = Append { service, school, after, entries, cursors: Vec::new() };
        self.journal.append(vec![append]).await.expect("stored");
    }

    /// Every chain holds. How many entries were blanked.
    pub(crate) async fn verified(&self) -> u64 {
        let mut blanked = 0;
        for service in records::services() {
            blanked += self.journal.verify(service, &self.school.id).await.expect("the chain holds").blanked;
        }
        blanked
    }

    /// The state as it is rebuilt from the journal, what is personal in it left out.
    pub(crate) async fn state<S: Service>(&self) -> String {
        let mut state = S::State::default();
        let take = |entry: chassis::entry::Entry| {
            let data = entry.data().expect("joins");
            let raw = serde_json::value::RawValue::from_string(data).expect("JSON");
            let event: S::Event = proto::wire::join(&entry.kind, &raw).expect("an event");
            S::evolve(&mut state, &event);
            ControlFlow::Continue(())
        };
        self.journal.scan(S::NAME, &self.school.id, 1, take).await.expect("reads");
        format!("{state:#?}").replace("Personal(blanked)", "Personal(…)")
    }

    /// Whether any file of the database has that text.
    pub(crate) fn files_hold(&self, text: &str) -> bool {
        holds(self.folder.path(), text)
    }

    /// The museum trip, there and back on 20 November; every text in it begins with a word of its own.
    pub(crate) async fn museum_trip(&mut self) {
        self.writes::<::people::People>("2026-11-01T09:00:00Z", added(okafor(), "Ines Okafor")).await;
        self.writes::<::people::People>("2026-11-01T09:01:00Z", added(tan(), "Wei Tan")).await;
        self.form_and_departure().await;
        self.said_on_the_way().await;
        let closed = trips::Event::TripClosed { trip: museum(), at: at("2026-11-20T16:00:00Z") };
        self.writes::<::trips::Trips>("2026-11-20T16:00:00Z", closed).await;
        self.around_it().await;
    }

    async fn form_and_departure(&mut self) {
        let form = Box::new(form());
        let form_hash = ::trips::form::form_hash(&form);
        let saved = trips::Event::DraftSaved { trip: museum(), form, form_hash };
        self.writes::<::trips::Trips>("2026-11-10T09:00:00Z", saved).await;
        let back = trips::Event::SentBack {
            trip: museum(),
            reason: Note::parse("Quincunx: who takes Milo?").expect("a note"),
            by: tan(),
        };
        self.writes::<::trips::Trips>("2026-11-11T09:00:00Z", back).await;
    }

    async fn said_on_the_way(&mut self) {
        let position = Position { point: Point::new(51.734_512, -1.25).expect("a point"), accuracy_m: 9.0 };
        let received = gateway::Event::PositionReceived {
            device: mobile(),
            trip: museum(),
            message_id: None,
            position: position.into(),
            fix_at: at("2026-11-20T10:00:00Z"),
            sent_at: None,
            received_at: at("2026-11-20T10:00:00Z"),
            battery_percent: None,
            charging: None,
            via: None,
        };
        self.writes::<::gateway::Gateway>("2026-11-20T10:00:00Z", received).await;
        let released = checkins::Event::ReleaseRecorded {
            trip: museum(),
            group: red(),
            pupils: headcount(1),
            to_whom: note("Rowanberry, Milo's grandmother"),
            checked_how: label("Passport"),
            agreed_by: tan(),
            expected: headcount(23),
        };
        self.writes::<::checkins::Checkins>("2026-11-20T14:00:00Z", released).await;
        let (opened, resolved) = raised();
        self.writes::<::alerts::Alerts>("2026-11-20T14:10:00Z", opened).await;
        self.writes::<::alerts::Alerts>("2026-11-20T14:20:00Z", resolved).await;
    }

    /// A parent's text, the log of use, a pouch.
    async fn around_it(&mut self) {
        let text = gateway::Event::TextReceived {
            inbound: InboundId(id(20)),
            provider_id: "SM1".to_owned(),
            from: Caller::Stranger { number: Some(Personal::known("+447700900123".to_owned())) },
            body: note("Zinnia here, is Milo back?"),
            meaning: Meaning::Unclear {},
            duress: false,
            received_at: at("2026-11-20T15:00:00Z"),
        };
        self.writes::<::gateway::Gateway>("2026-11-20T15:00:00Z", text).await;
        let used = safeguarding::Event::UseRecorded {
            entry: UseId(id(21)),
            week: "2026-11-16".parse().expect("a day"),
            used: used(),
            ends_at: at("2026-11-23T00:00:00Z"),
            review_by: at("2026-11-27T12:00:00Z"),
        };
        self.writes::<::safeguarding::Safeguarding>("2026-11-20T15:10:00Z", used).await;
        let day = "2026-11-20".parse().expect("a day");
        let taken = safeguarding::Event::PhoneHandedIn {
            day,
            pouch: 101,
            phone: hand_in("Milo Larkspur"),
            fetch_by: at("2026-11-20T16:00:00Z"),
            by: tan(),
            at: at("2026-11-20T08:30:00Z"),
        };
        self.writes::<::safeguarding::Safeguarding>("2026-11-20T15:11:00Z", taken).await;
        let at = at("2026-11-20T16:05:00Z");
        let back = safeguarding::Event::PhoneGivenBack { day, pouch: 101, last: true, by: tan(), at };
        self.writes::<::safeguarding::Safeguarding>("2026-11-20T16:05:00Z", back).await;
    }

    /// An incident of the trip, closed then if it is.
    pub(crate) async fn incident(&mut self, closed: Option<&str>) {
        let reported = safeguarding::Event::IncidentReported {
            incident: incident(),
            kind: IncidentKind::Other,
            danger: Danger::Over {},
            trip: Some(museum()),
            happened_at: at("2026-11-20T14:00:00Z"),
            about: None,
            what: note("Hellebore: Milo was pushed"),
            by: okafor(),
            at: at("2026-11-20T17:00:00Z"),
            deadlines: Deadlines {
                told_in_person: at("2026-11-20T18:00:00Z"),
                written_up: at("2026-11-20T23:59:59Z"),
                bodies_told: at("2026-11-23T17:00:00Z"),
            },
            bodies: vec![],
            readers: Readers { dsl: [tan()].into(), head: Default::default() },
        };
        self.writes::<::safeguarding::Safeguarding>("2026-11-20T17:00:00Z", reported).await;
        if let Some(closed) = closed {
            let done =
                safeguarding::Event::IncidentClosed { incident: incident(), by: tan(), at: at(closed) };
            self.writes::<::safeguarding::Safeguarding>(closed, done).await;
        }
    }

    pub(crate) async fn held(&mut self, of: Held) {
        let (hold, by) = (hold(), tan());
        let held = safeguarding::Event::RecordsHeld {
            hold,
            of,
            reason: note("Ironwood: the police asked"),
            by,
            at: at("2026-12-01T09:00:00Z"),
        };
        self.writes::<::safeguarding::Safeguarding>("2026-12-01T09:00:00Z", held).await;
    }

    pub(crate) async fn lifted(&mut self, when: &str) {
        let lifted = safeguarding::Event::HoldLifted {
            hold: hold(),
            reason: note("Done with"),
            by: tan(),
            at: at(when),
        };
        self.writes::<::safeguarding::Safeguarding>(when, lifted).await;
    }
}

pub(crate) fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("lists").any(|file| {
        let bytes = std::fs::read(file.expect("a file").path()).expect("reads");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

pub(crate) fn added(person: PersonId, called: &str) -> people::Event {
    let standing = people::Standing::Staff;
    people::Event::PersonAdded { person, name: name(called), standing, roles: Default::default() }
}

fn headcount(n: u32) -> Headcount {
    Headcount::new(n).expect("a count")
}

fn used() -> Use {
    Use {
        device: mobile(),
        holder: None,
        trip: Some(museum()),
        at: at("2026-11-20T15:10:00Z"),
        kind: UseKind::Noted {
            way: safeguarding::UseWay::Call,
            purpose: safeguarding::Purpose::PersonalEmergency {},
            reason: note("Speedwell: rang home"),
            by: okafor(),
        },
        source: None,
        questioned: false,
    }
}

fn hand_in(pupil: &str) -> HandIn {
    HandIn {
        pupil: Personal::known(label(pupil)),
        year: 6,
        place: label("Office safe"),
        put_away: PutAway::Off,
        trip: Some(museum()),
        allowed_by: None,
    }
}

fn raised() -> (alerts::Event, alerts::Event) {
    let severity = alerts::Severity::Warning;
    let opened = alerts::Event::CaseOpened {
        case: case(),
        trip: Some(museum()),
        severity,
        reason: alerts::Reason::Raised { severity, note: note("Foxglove: Milo fell") },
        code: alerts::ReplyCode(417),
        start: alerts::LadderStart::Office,
        at: at("2026-11-20T14:10:00Z"),
    };
    let resolved = alerts::Event::CaseResolved {
        case: case(),
        trip: Some(museum()),
        how: alerts::Resolution::ByPerson { person: tan(), reason: note("Meadowsweet: only a graze") },
        at: at("2026-11-20T14:20:00Z"),
    };
    (opened, resolved)
}

pub(crate) fn form() -> TripForm {
    TripForm {
        title: label("Year 6 to the museum"),
        kind: TripKind::LocalVisit,
        purpose: None,
        window: Window::new(at("2026-11-20T09:00:00Z"), at("2026-11-20T15:00:00Z")).expect("a window"),
        delay_tolerance_secs: 1800,
        destinations: vec![],
        transport: None,
        leader: okafor(),
        deputy: None,
        staff: vec![StaffOnForm { person: okafor(), work_mobile: None }],
        reserves: vec![],
        spare_devices: vec![],
        volunteers: vec![VolunteerOnForm { name: name("Briony Cowslip"), accepted_rules: true }],
        pupils: headcount(24),
        direct: vec![],
        drill: false,
        pupil_phones: vec![PupilWithPhone {
            pupil: PupilId(id(30)),
            name: Personal::known(label("Milo L.")),
            reason: note("Tamarind: diabetes"),
        }],
        groups: vec![GroupPlan {
            group: red(),
            name: label("Red"),
            adult: okafor(),
            expected: headcount(24),
        }],
        plan: CheckInPlan {
            every_minutes: Some(60),
            at: None,
            points: Default::default(),
            remind_before_secs: 300,
            grace_secs: 600,
        },
        quiet: vec![],
        emergency: EmergencyPlan {
            base_contact: tan(),
            office: vec![tan()],
            dsl: vec![tan()],
            senior: vec![tan()],
            parents_rung_by: label("The office"),
            records_kept_at: label("The office safe"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        risk_assessment: None,
        consent: None,
        host: None,
        recording: None,
        placement: None,
    }
}

/// The party that left with it.
pub(crate) fn party() -> Party {
    let form = form();
    Party {
        title: form.title,
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
            expected: headcount(24),
        }],
        pupil_devices: vec![],
        plan: form.plan,
        quiet: vec![],
        destinations: vec![],
        emergency: form.emergency,
        duress: None,
        arrivals: vec![],
        drill: false,
    }
}
