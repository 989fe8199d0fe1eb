//! Cases of the school, of no trip: lines, the rota, the provider, opt-outs, supply.

use decider::Service;
use proto::ids::ProviderName;
use proto::v1::alerts::*;
use proto::v1::contacts::{self, LineHealth};
use proto::v1::devices::{self, DeviceKind};
use proto::v1::gateway;
use proto::v1::people::{self, DutyRole};
use proto::values::RingSecs;

use crate::cast::*;

pub(crate) fn line_health(line: proto::ids::LineId, health: LineHealth, since: &str) -> contacts::Event {
    contacts::Event::LineHealthChanged {
        line,
        health,
        since: at(since),
        reason: note("Test call"),
        until: None,
        by: contacts::JudgedBy::Hand,
    }
}

/// CONT-1: a line that is down alerts, once, until it is up; while it is down it isn't rung.
#[test]
fn a_line_that_is_down_alerts_until_it_is_up() {
    let story = school().at_time("10:00").hears(line_health(landline(), LineHealth::Down, "10:00")).allowed();
    let story = story.hears(line_health(landline(), LineHealth::Down, "10:05")).nothing_happens();
    let (story, events) = story.events_now();
    assert_eq!(told(&events), [texted(tan())], "the office by role; its landline is down");
    let story = story.hears(line_health(landline(), LineHealth::Doubtful, "10:06")).allowed();
    assert_eq!(story.state.open_cases().count(), 1, "not known to be well");
    let story = story.hears(line_health(landline(), LineHealth::Up, "10:07")).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let down = line_health(landline(), LineHealth::Down, "10:08");
    let removed = contacts::Event::LineRemoved { line: landline() };
    let story = story.hears(down).allowed().hears(removed).allowed();
    assert_eq!(story.state.open_cases().count(), 0, "a line that is gone is not down");
}

/// A line's hours may change: it is rung in those.
#[test]
fn a_lines_new_hours_are_noted() {
    let contacts::Event::LineAdded { line, name, number, hours, .. } =
        line(landline(), contacts::LineKind::Landline)
    else {
        panic!("a line");
    };
    let same = contacts::Event::LineChanged {
        line,
        name: name.clone(),
        number: number.clone(),
        hours,
        ring_secs: RingSecs::LINE,
    };
    let story = school().hears(same).nothing_happens();
    let never = contacts::Event::LineChanged {
        line,
        name,
        number,
        hours: Default::default(),
        ring_secs: RingSecs::LINE,
    };
    story.hears(never).then([Event::LineNoted {
        line,
        kind: contacts::LineKind::Landline,
        hours: Default::default(),
        usable: true,
    }]);
}

/// FORM-8: an evening's test that nobody answers alerts; a late answer ends it. A test nobody was asked is no alert.
#[test]
fn an_unanswered_test_alerts_until_it_is_answered() {
    let night = window("20:00", "2026-11-21T08:00:00Z");
    let unanswered =
        |asked| people::Event::DutyTestUnanswered { duty: night_duty(), person: ito(), night, asked };
    let planned = duty(DutyRole::Dsl, ito());
    let story = school().hears(planned.clone()).allowed().hears(planned).nothing_happens();
    let story = story.hears(unanswered(false)).nothing_happens();
    let story = story.hears(unanswered(true)).allowed().hears(unanswered(true)).nothing_happens();
    assert_eq!(story.state.open_cases().count(), 1);
    let confirmed =
        people::Event::DutyConfirmed { duty: night_duty(), at: at("20:30"), inbound: None, night };
    let story = story.hears(confirmed).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let story = story.hears(unanswered(true)).allowed();
    let removed = people::Event::DutyRemoved { duty: night_duty() };
    let (story, events) = story.hears(removed.clone()).events_of();
    assert!(events.contains(&Event::DutyEndedNoted { duty: night_duty() }));
    assert_eq!(story.state.open_cases().count(), 0);
    story.hears(removed).nothing_happens();
}

/// Who is on call is told in the window of the duty, and not after it.
#[test]
fn who_is_on_call_is_told_in_the_window_alone() {
    let climb = |time: &str, until: &str| {
        let story = school().hears(duty(DutyRole::Dsl, ito())).allowed().at_time(time);
        let (_, events) = story.hears(provider_down()).allowed().passes_to(until);
        told(&events).contains(&texted(ito()))
    };
    assert!(climb("10:00", "10:15"));
    assert!(!climb("2026-11-21T09:00:00Z", "2026-11-21T09:15:00Z"));
}

fn down(channel: Option<Channel>, instead: Option<&str>) -> gateway::Event {
    let name = |name: &str| ProviderName::parse(name).expect("a slug");
    gateway::Event::ProviderDown {
        since: at("10:00"),
        configured: true,
        why: "no answer".into(),
        provider: channel.map(|_| name("twilio")),
        channel,
        instead: instead.map(name),
    }
}

fn up(channel: Option<Channel>) -> gateway::Event {
    let provider = channel.map(|_| ProviderName::parse("twilio").expect("a slug"));
    gateway::Event::ProviderUp { at: at("10:05"), provider, channel }
}

fn provider_down() -> gateway::Event {
    down(None, None)
}

/// A provider that is down alerts, once, until it is up. Without one set up, the board says so; there is nobody to ring.
#[test]
fn a_provider_that_is_down_alerts_until_it_is_up() {
    let story = school().hears(provider_down()).allowed().hears(provider_down()).nothing_happens();
    assert_eq!(story.state.open_cases().count(), 1);
    let story = story.hears(up(None)).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let none = gateway::Event::ProviderDown {
        since: at("10:00"),
        configured: false,
        why: "not set up".into(),
        provider: None,
        channel: None,
        instead: None,
    };
    story.hears(none).nothing_happens();
}

/// Each channel of a provider is a reason of its own: that another one sends instead is said, and alerts all the same.
#[test]
fn each_channel_that_is_down_alerts_until_that_channel_is_up() {
    let texts = || down(Some(Channel::Text), Some("phone"));
    let story = school().hears(texts()).allowed().hears(texts()).nothing_happens();
    let story = story.hears(down(Some(Channel::Voice), None)).allowed();
    assert_eq!(story.state.open_cases().count(), 1, "one case for all of it");
    assert_eq!(story.state.open_cases().next().expect("a case").reasons.len(), 2);
    let story = story.hears(up(Some(Channel::Text))).allowed();
    let open = story.state.open_cases().next().expect("calls still fail");
    let calls =
        |reason: &Reason| matches!(reason, Reason::ProviderDown { channel: Some(Channel::Voice), .. });
    assert!(open.reasons.iter().all(|(reason, _)| calls(reason)), "{:?}", open.reasons);
    let story = story.hears(up(Some(Channel::Text))).nothing_happens();
    let story = story.hears(up(Some(Channel::Voice))).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// A phone that opted out of texts warns the office; opted in again, it is over.
#[test]
fn an_opt_out_warns_the_office() {
    let out_of = |person| gateway::Event::OptedOut { device: phone_of(person), person: Some(person) };
    let story = out().hears(out_of(okafor())).allowed();
    assert!(story.case().has(&Reason::Unreachable { person: okafor() }));
    let story = story.hears(out_of(ito())).allowed();
    assert_eq!(story.state.open_cases().count(), 2, "Mr Ito is on no trip");
    let back_in = |person| gateway::Event::OptedIn { device: phone_of(person), person: Some(person) };
    let story = story.hears(back_in(okafor())).allowed().hears(back_in(ito())).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let nobody = gateway::Event::OptedOut { device: spare(), person: None };
    story.hears(nobody).nothing_happens();
}

/// DEV-6: a day that is short of phones is a notice; told anew it is one still, and it ends when there are enough.
#[test]
fn a_day_short_of_phones_is_a_notice() {
    let day = proto::values::SchoolZone::london().local(at("09:00")).date();
    let kind = DeviceKind::WorkMobile;
    let short = |trips: &[_]| devices::Event::SupplyShort {
        day,
        kind,
        needed: 5,
        available: 3,
        trips: trips.iter().copied().collect(),
    };
    let story = school().hears(short(&[museum()])).allowed().hears(short(&[museum()])).nothing_happens();
    let story = story.hears(short(&[])).allowed();
    let case = story.state.open_cases().next().expect("one case");
    assert_eq!((story.state.open_cases().count(), case.reasons.len()), (1, 1));
    let story = story.hears(devices::Event::SupplyMet { day, kind }).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// The lamp is on while a case of a warning or more is unowned, and says how grave. Nothing personal is in it.
#[test]
fn the_alarm_follows_unowned_cases() {
    let alarm = |story: &decider::kit::Story<alerts::Alerts>| {
        let resolved = Event::ReasonGone {
            case: new_case(1),
            trip: None,
            reason: Reason::Duress { at: at("10:00") },
            at: at("10:00"),
        };
        let changed = alerts::Alerts::changes(&resolved).expect("it may change it");
        match alerts::Alerts::summary(&story.state, changed) {
            Some(decider::Retained::Alarm(json)) => json,
            other => panic!("{other:?}"),
        }
    };
    let story = out();
    assert_eq!(alarm(&story), r#"{"on":false,"severity":null,"cases":0,"since":null}"#);
    let story = story.hears(lost(spare())).allowed().at_time("10:15").hears(missed()).allowed();
    let story = story.hears(provider_down()).allowed();
    assert_eq!(alarm(&story), r#"{"on":true,"severity":"urgent","cases":2,"since":"2026-11-20T10:10:00Z"}"#);
    let case = story.case().case;
    let story = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
    assert_eq!(alarm(&story), r#"{"on":true,"severity":"warning","cases":1,"since":"2026-11-20T10:15:00Z"}"#);
    let json = serde_json::to_string(&alerts::alarm(&story.state)).expect("it is JSON");
    assert_eq!(json, alarm(&story), "written by hand, the same as by its type");
    let noted = Event::LadderEndedNoted { trip: museum() };
    assert_eq!(alerts::Alerts::changes(&noted), None, "most events don't change it");
}

/// Every event of a case is filed under its trip; the end of the ladder ends it.
#[test]
fn events_are_filed_under_their_trip() {
    let (_, events) = missed_and_told().hears(closed()).events_of();
    assert!(events.iter().all(|e| alerts::Alerts::trip_of(e) == Some(museum())));
    assert_eq!(events.iter().filter(|e| alerts::Alerts::ends_trip(e)).count(), 1);
}
