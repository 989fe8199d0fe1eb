//! The recurring cast: Mrs Okafor leads the museum trip with WM-001; Ben has a basic phone; Mr Hale is at base.

use decider::kit::{Story, given};
use gateway::Gateway;
use proto::Timestamp;
use proto::ids::{
    AttemptId, CaseId, DeviceId, GroupId, InboundId, LineId, PersonId, ProviderName, PupilId, TripId,
};
use proto::v1::alerts::{self, Channel, LadderStart, Notice, Reason, Recipient, ReplyCode, Rung, Severity};
use proto::v1::contacts::LineKind;
use proto::v1::devices::{DeviceKind, Handset};
use proto::v1::gateway::{Command, Event, Message, Reach, Waypoint};
use proto::values::{Area, AssetTag, Label, Note, Personal, PhoneNumber, Point, allow_drama_numbers};
use uuid::Uuid;

macro_rules! ids {
    ($($name:ident: $kind:ident = $n:literal;)*) => {$(
        pub fn $name() -> $kind { $kind::derived(Uuid::nil(), $n) }
    )*};
}

ids! {
    okafor: PersonId = 1;
    hale: PersonId = 2;
    ben: PupilId = 3;
    wm_001: DeviceId = 4;
    wm_002: DeviceId = 5;
    bp_001: DeviceId = 6;
    museum: TripId = 7;
    group: GroupId = 8;
    landline: LineId = 9;
    case: CaseId = 10;
    text_1: InboundId = 11;
    first: AttemptId = 12;
    second: AttemptId = 13;
    third: AttemptId = 14;
    fourth: AttemptId = 15;
    fifth: AttemptId = 16;
}

pub const LEADER: &str = "+447700900001";
pub const BASE: &str = "+447700900002";
pub const PUPIL: &str = "+447700900003";
pub const LANDLINE: &str = "+441632960010";
pub const STRANGER: &str = "+447700900555";
pub const NOW: &str = "2026-11-20T09:00:00Z";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn number(text: &str) -> PhoneNumber {
    allow_drama_numbers();
    PhoneNumber::parse(text).unwrap()
}

pub fn provider(name: &str) -> ProviderName {
    ProviderName::parse(name).unwrap()
}

pub fn twilio_name() -> ProviderName {
    provider("twilio")
}

pub fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn phone(device: DeviceId, kind: DeviceKind, tag: &str, number_text: &str) -> Event {
    Event::DeviceNoted {
        device,
        kind,
        handset: if kind == DeviceKind::WorkMobile { Handset::Smart } else { Handset::Button },
        tag: AssetTag::parse(tag).unwrap(),
        number: number(number_text),
        person: None,
        pupil: None,
        trip: None,
        in_service: true,
    }
}

/// Changes a device that was noted.
pub fn changed(
    event: Event,
    change: impl FnOnce(&mut Option<PersonId>, &mut Option<PupilId>, &mut Option<TripId>, &mut bool),
) -> Event {
    let Event::DeviceNoted {
        device,
        kind,
        handset,
        tag,
        number,
        mut person,
        mut pupil,
        mut trip,
        mut in_service,
    } = event
    else {
        panic!("not a device")
    };
    change(&mut person, &mut pupil, &mut trip, &mut in_service);
    Event::DeviceNoted { device, kind, handset, tag, number, person, pupil, trip, in_service }
}

/// WM-001 in Mrs Okafor's hands, on the museum trip.
pub fn leaders_phone() -> Event {
    changed(phone(wm_001(), DeviceKind::WorkMobile, "WM-001", LEADER), |person, _, trip, _| {
        (*person, *trip) = (Some(okafor()), Some(museum()));
    })
}

/// WM-002 in Mr Hale's hands, on no trip.
pub fn bases_phone() -> Event {
    changed(phone(wm_002(), DeviceKind::WorkMobile, "WM-002", BASE), |person, _, _, _| *person = Some(hale()))
}

/// BP-001 in Ben's hands, on the museum trip.
pub fn pupils_phone() -> Event {
    changed(phone(bp_001(), DeviceKind::BasicPhone, "BP-001", PUPIL), |_, pupil, trip, _| {
        (*pupil, *trip) = (Some(ben()), Some(museum()));
    })
}

pub fn line() -> Event {
    Event::LineNoted {
        line: landline(),
        kind: LineKind::Landline,
        number: Some(number(LANDLINE)),
        name: label("Office"),
    }
}

/// The museum trip, out since 08:30.
pub fn out() -> Event {
    Event::TripNoted {
        trip: museum(),
        title: label("Museum walk"),
        out_since: Some(at("2026-11-20T08:30:00Z")),
        duress: None,
        ended: false,
        places: vec![],
        host: None,
        drill: false,
    }
}

/// The same, with a place to go to.
pub fn out_to(place: &str) -> Event {
    let Event::TripNoted { trip, title, out_since, duress, ended, host, drill, .. } = out() else {
        panic!("not a trip")
    };
    let area = Area::new(Point::new(53.8008, -1.5491).unwrap(), 200.0).unwrap();
    let places = vec![Waypoint { name: label(place), area }];
    Event::TripNoted { trip, title, out_since, duress, ended, places, host, drill }
}

pub fn case_open() -> Event {
    Event::CaseNoted {
        case: case(),
        trip: Some(museum()),
        code: ReplyCode(417),
        headline: label("Missed check-in, due 09:00"),
        base_only: false,
        owned: false,
        taken: None,
        severity: Some(Severity::Urgent),
        open: true,
    }
}

/// A day on which the museum trip is out.
pub fn trip_out() -> Vec<Event> {
    vec![leaders_phone(), bases_phone(), pupils_phone(), line(), out()]
}

/// The same with an open case.
pub fn alarm() -> Vec<Event> {
    [trip_out(), vec![case_open()]].concat()
}

pub fn story(events: impl IntoIterator<Item = Event>) -> Story<Gateway> {
    given::<Gateway>(events).at(NOW)
}

pub fn text(from: &str, body: &str) -> Command {
    Command::TakeText {
        inbound: text_1(),
        provider_id: "SM1".into(),
        from: from.into(),
        body: Personal::known(Note::parse(body).unwrap()),
        duress: false,
        received_at: at(NOW),
    }
}

/// An attempt that is planned to be sent by the leader's phone.
pub fn planned(attempt: AttemptId, channel: Channel, message: Message) -> Event {
    Event::AttemptPlanned {
        attempt,
        to: Some(Recipient::Person(okafor())),
        via: Reach::Device(wm_001()),
        channel,
        message,
        in_answer_to: None,
        at: at(NOW),
        expires_at: at("2026-11-20T09:05:00Z"),
    }
}

pub fn alert() -> Message {
    Message::Alert { case: case(), about: None }
}

pub fn begun(attempt: AttemptId, tries: u16) -> Event {
    Event::AttemptBegun { attempt, tries, at: at(NOW), provider: None }
}

pub fn case_opened(reason: Reason) -> alerts::Event {
    alerts::Event::CaseOpened {
        case: case(),
        trip: Some(museum()),
        severity: Severity::Urgent,
        reason,
        code: ReplyCode(417),
        start: LadderStart::Bottom,
        at: at(NOW),
    }
}

pub fn missed() -> Reason {
    Reason::MissedCheckIn { group: group(), due_at: at(NOW) }
}

pub fn rung(notices: Vec<Notice>) -> alerts::Event {
    alerts::Event::RungReached {
        case: case(),
        trip: Some(museum()),
        rung: Rung::Leader,
        round: 1,
        notices,
        calls_at: None,
        next_at: at("2026-11-20T09:10:00Z"),
        at: at(NOW),
    }
}

pub fn notice(attempt: AttemptId, to: Recipient, channel: Channel) -> Notice {
    Notice { attempt, to, channel }
}

/// Nobody sends anything.
pub fn no_providers() -> Event {
    providers(&[], &[])
}

/// Who sends texts, and who places calls.
pub fn providers(text: &[&str], voice: &[&str]) -> Event {
    let names = |all: &[&str]| all.iter().map(|name| provider(name)).collect();
    Event::ProvidersNoted {
        text: names(text),
        voice: names(voice),
        email: Vec::new(),
        mailboxes: std::collections::BTreeSet::new(),
    }
}
