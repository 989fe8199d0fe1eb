//! What is heard of others: noted once, raised once, and history alerts nobody.

use proto::envelope::Hash;
use proto::v1::alerts::*;
use proto::v1::checkins;
use proto::v1::contacts::{self, CoverageGap};
use proto::v1::devices::{self, Holder};
use proto::v1::people;
use proto::v1::trips::{self, TripForm};

use crate::cast::*;

pub(crate) fn any_form() -> TripForm {
    let party = party();
    TripForm {
        title: party.title,
        kind: party.kind,
        purpose: None,
        window: party.window,
        delay_tolerance_secs: 0,
        destinations: Vec::new(),
        transport: None,
        leader: party.leader,
        deputy: party.deputy,
        staff: Vec::new(),
        reserves: Vec::new(),
        spare_devices: Vec::new(),
        volunteers: Vec::new(),
        pupils: pupils(30),
        pupil_phones: Vec::new(),
        groups: Vec::new(),
        plan: party.plan,
        quiet: Vec::new(),
        emergency: party.emergency,
        risk_assessment: None,
        consent: None,
        host: None,
        recording: None,
        placement: None,
        direct: Vec::new(),
        drill: false,
    }
}

fn amended(changed: &[&str]) -> trips::Event {
    let mut party = party();
    party.deputy = Some(abara());
    trips::Event::TripAmended {
        trip: museum(),
        form: any_form().into(),
        form_hash: Hash([2; 32]),
        party: party.into(),
        reason: note("Mr Lind is ill"),
        changed: changed.iter().map(|c| (*c).to_owned()).collect(),
    }
}

fn authorised() -> trips::Event {
    trips::Event::FormAuthorised {
        trip: museum(),
        form_hash: Hash([2; 32]),
        by: pryce(),
        at: at("11:00"),
        covers: Vec::new(),
        arrivals: Vec::new(),
    }
}

/// What departs is on the ladder; hearing it again changes nothing, nor does what checkins says of the same party.
#[test]
fn a_party_that_left_is_noted_once() {
    let (story, events) = school().hears(departed()).events_of();
    let [Event::LadderNoted { leader, deputy, staff, office, dsl, senior, base, .. }] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!((*leader, *deputy, staff.len(), *base), (okafor(), Some(lind()), 3, tan()));
    assert_eq!((office.len(), dsl[0], senior[0]), (1, rahman(), pryce()));
    let story = story.hears(departed()).nothing_happens();
    let watched = checkins::Event::WatchStarted {
        trip: museum(),
        at: at("09:00"),
        party: party().into(),
        due: Vec::new(),
        silent_after_secs: 1800,
    };
    story.hears(watched).nothing_happens();
}

/// A miss may be heard before the departure is: checkins tells of the party, too.
#[test]
fn a_party_is_known_from_its_watch() {
    let watched = checkins::Event::WatchStarted {
        trip: museum(),
        at: at("09:00"),
        party: party().into(),
        due: Vec::new(),
        silent_after_secs: 1800,
    };
    let story = school().at_time("10:10").hears(watched).allowed().hears(missed()).allowed();
    story.time_passes().then_events(|events| assert_eq!(rungs(events), [(Rung::Leader, 1, 10)]));
}

/// A miss of a trip of which nothing was heard yet alerts base: on call, or by role.
#[test]
fn a_miss_of_an_unknown_trip_alerts_base() {
    let story = school().at_time("10:10").hears(missed()).allowed();
    story.time_passes().then_events(|events| {
        assert_eq!(rungs(events), [(Rung::Office, 1, 10)]);
        assert_eq!(told(events), [rung_up(landline()), texted(tan())]);
    });
}

/// FORM-4: a change on the way alerts the office until it is authorised; a second change adds nothing.
#[test]
fn an_unauthorised_change_stands_until_it_is_authorised() {
    let story = out().hears(amended(&["deputy"])).allowed();
    assert_eq!(story.state.ladder_of(museum()).and_then(|l| l.deputy), Some(abara()));
    assert!(story.case().has(&Reason::Unauthorised { since: at("10:10") }));
    let story = story.at_time("10:20").hears(amended(&["deputy"])).nothing_happens();
    let voided = trips::Event::AuthorisationVoided { trip: museum(), changed: vec!["deputy".into()] };
    let story = story.hears(voided.clone()).nothing_happens();
    let (story, events) = story.hears(authorised()).events_of();
    assert!(matches!(events.as_slice(), [Event::ReasonGone { .. }, Event::CaseResolved { .. }]));
    story.hears(authorised()).nothing_happens();
    school().hears(voided).nothing_happens();
}

/// FORM-4: a change that doesn't matter to the authorisation is no alert.
#[test]
fn a_change_that_does_not_matter_is_no_alert() {
    let (story, events) = out().hears(amended(&[])).events_of();
    assert!(matches!(events.as_slice(), [Event::LadderNoted { .. }]));
    let story = story.hears(amended(&["times"])).allowed().hears(amended(&[])).allowed();
    assert_eq!(story.state.open_cases().count(), 0, "changed back: it is as it was authorised");
}

/// Contrary news after departure alerts the office.
#[test]
fn readiness_that_is_lost_alerts_the_office() {
    let lost = trips::Event::ReadinessLost { trip: museum(), items: Vec::new() };
    let (_, events) = out().hears(lost).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10)]);
}

/// A trip that is cancelled, or closed, of which nothing is known is nobody's business.
#[test]
fn the_end_of_an_unknown_trip_is_nothing() {
    let cancelled = trips::Event::TripCancelled { trip: museum(), reason: note("Snow") };
    school().hears(cancelled).nothing_happens().hears(closed()).nothing_happens();
}

/// What alerts has no use for is not noted.
#[test]
fn other_news_is_not_noted() {
    let story = out();
    let story = story.hears(trips::Event::DevicesSettledNoted { trip: museum() }).nothing_happens();
    let reminded = checkins::Event::Reminded {
        trip: museum(),
        group: red(),
        due_at: at("10:00"),
        adult: okafor(),
        device: None,
    };
    let story = story.hears(reminded).nothing_happens();
    let story = story.hears(devices::Event::SimBarred { device: spare() }).nothing_happens();
    let accepted = people::Event::AgreementAccepted { person: okafor(), version: 1, at: at("08:00") };
    let story = story.hears(accepted).nothing_happens();
    let story = story.hears(contacts::Event::DutyEndedNoted { duty: night_duty() }).nothing_happens();
    let own = Event::LadderEndedNoted { trip: museum() };
    story.hears(own).nothing_happens();
}

/// DEV-8: a phone is in one pair of hands; who has two keeps one when the other goes.
#[test]
fn phones_in_hand_are_noted() {
    let reach =
        |person, devices: &[_]| Event::ReachNoted { person, devices: devices.iter().copied().collect() };
    let own = phone_of(okafor());
    let story = out().hears(issued(own, okafor())).nothing_happens();
    let story = story.hears(issued(spare(), okafor())).then([reach(okafor(), &[own, spare()])]);
    let handed = devices::Event::DeviceHandedOver {
        device: spare(),
        from: Holder::Person(okafor()),
        to: Holder::Person(abara()),
        trip: Some(museum()),
    };
    let story =
        story.hears(handed).then([reach(okafor(), &[own]), reach(abara(), &[phone_of(abara()), spare()])]);
    let story = story.hears(returned(spare(), abara())).then([reach(abara(), &[phone_of(abara())])]);
    let in_hand = devices::Event::InHandConfirmed { device: own, person: okafor(), trip: museum() };
    let story = story.hears(in_hand).nothing_happens();
    let quarantined =
        devices::Event::DeviceQuarantined { device: own, reason: proto::values::Personal::blanked() };
    story.hears(quarantined).then([reach(okafor(), &[])]);
}

/// DEV-7: a pupil's phone tells nobody of an alert.
#[test]
fn a_pupils_phone_is_nobodys_reach() {
    let pupil = Holder::Pupil("00000000-0000-4000-8000-000000006001".parse().expect("an id"));
    let issued = devices::Event::DeviceIssued {
        device: spare(),
        holder: pupil,
        trip: Some(museum()),
        reason: None,
        at: at("08:00"),
    };
    out().hears(issued).nothing_happens();
}

/// DEV-8: a lost phone alerts the office; found again, it is over; lost again, it alerts again.
#[test]
fn a_lost_phone_alerts_until_it_is_found() {
    let found = || devices::Event::DeviceFound { device: spare(), storage: label("Office safe") };
    let story = out().hears(lost(spare())).allowed().hears(lost(spare())).nothing_happens();
    assert!(story.case().has(&Reason::DeviceLost { device: spare() }));
    let story = story.hears(found()).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
    let story = story.hears(lost(spare())).allowed();
    assert!(story.case().has(&Reason::DeviceLost { device: spare() }));
    let mut no_trip = lost(phone_of(ito()));
    if let devices::Event::DeviceLost { trip, .. } = &mut no_trip {
        *trip = None;
    }
    let story = story.hears(no_trip).allowed();
    assert_eq!(story.state.open_cases().count(), 2, "one of no trip has a case of its own");
}

/// DEV-9: overdue phones alert; each that comes in narrows it, the last one ends it.
#[test]
fn overdue_phones_alert_until_the_last_is_settled() {
    let (own, due_at) = (phone_of(okafor()), at("17:00"));
    let overdue =
        devices::Event::ReturnOverdue { trip: Some(museum()), devices: [own, spare()].into(), due_at };
    let story = out().at_time("17:00").hears(overdue.clone()).allowed().hears(overdue).nothing_happens();
    let case = story.case().case;
    let narrowed = Event::ReasonNarrowed {
        case,
        trip: Some(museum()),
        was: Reason::ReturnOverdue { devices: [own, spare()].into(), due_at },
        now: Reason::ReturnOverdue { devices: [own].into(), due_at },
        at: due_at,
    };
    let kept = devices::Event::OvernightAgreed {
        device: spare(),
        trip: museum(),
        until: at("2026-11-21T09:00:00Z"),
        by: pryce(),
    };
    let story = story.hears(kept).then([narrowed]);
    let (_, events) = story.clone().hears(returned(own, okafor())).events_of();
    assert!(matches!(events.last(), Some(Event::CaseResolved { .. })));
    let (_, events) = story.clone().hears(lost(own)).events_of();
    assert!(!events.iter().any(|e| matches!(e, Event::CaseResolved { .. })), "lost now, no longer overdue");
    let settled = devices::Event::TripDevicesSettled { trip: museum(), settled: Vec::new() };
    let (_, events) = story.hears(settled).events_of();
    assert!(matches!(events.last(), Some(Event::CaseResolved { .. })));
}

/// DEV-9: a phone kept overnight after its trip had closed has a case of no trip.
#[test]
fn an_overdue_phone_of_a_closed_trip_alerts() {
    let due_at = at("2026-11-21T09:00:00Z");
    let overdue = devices::Event::ReturnOverdue { trip: None, devices: [spare()].into(), due_at };
    let story = out().hears(overdue).allowed();
    assert_eq!(story.state.open_cases().count(), 1);
    let story = story.hears(returned(spare(), okafor())).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// All of a trip's devices dark: a warning, until one is heard. [CHECK-4]
#[test]
fn all_devices_silent_is_a_warning_until_one_is_heard() {
    let silent = checkins::Event::AllDevicesSilent { trip: museum(), since: at("09:40") };
    let story = out().hears(silent).allowed();
    assert_eq!(story.case().severity, Severity::Warning);
    let heard = checkins::Event::DeviceHeard { trip: museum(), device: spare(), at: at("10:20") };
    let story = story.hears(heard).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// CHECK-4: a phone off its area during a stay is a warning to the office, until it is back; another one is another reason.
#[test]
fn a_phone_off_its_area_is_a_warning_until_it_is_back() {
    let place = || proto::values::Label::parse("Museum").unwrap();
    let off = |device, clock| checkins::Event::OffArea {
        trip: museum(),
        device,
        destination: place(),
        at: at(clock),
    };
    let back = |device| checkins::Event::OffAreaEnded {
        trip: museum(),
        device,
        destination: place(),
        at: at("10:30"),
    };
    let story = out().hears(off(spare(), "10:10")).allowed();
    assert_eq!(story.case().severity, Severity::Warning);
    let story = story.hears(off(phone_of(okafor()), "10:15")).allowed();
    let story = story.hears(back(spare())).allowed();
    let reason = Reason::OffArea { device: phone_of(okafor()), destination: place(), since: at("10:15") };
    assert!(story.case().has(&reason));
    let story = story.hears(back(phone_of(okafor()))).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// FORM-8: a gap of the route while the party is out is a warning, until it is covered; before, it is trips' business.
#[test]
fn a_gap_of_the_route_alerts_while_the_party_is_out() {
    let assessed = |gaps| contacts::Event::CoverageAssessed {
        trip: museum(),
        form_hash: Hash([1; 32]),
        gaps,
        at: at("10:10"),
    };
    let gap = || vec![CoverageGap::NoLine { window: window("14:00", "15:00") }];
    school().hears(assessed(gap())).nothing_happens();
    let story = out().hears(assessed(gap())).allowed().hears(assessed(gap())).nothing_happens();
    assert!(story.case().has(&Reason::RouteGap { since: at("10:10") }));
    let story = story.hears(assessed(Vec::new())).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// CONT-1: nobody holds base of a trip that is out: it alerts base until somebody does. [CONT-6]
#[test]
fn base_that_nobody_holds_alerts_until_somebody_does() {
    let unheld = contacts::Event::BaseUnheld { trip: museum(), since: at("10:10") };
    let (story, events) = out().hears(unheld).allowed().events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10)]);
    let held = contacts::Event::BaseHeld { trip: museum(), person: ito(), from: None, at: at("10:12") };
    let (story, events) = story.hears(held.clone()).events_of();
    assert!(events.contains(&Event::BaseNoted { trip: museum(), person: ito() }));
    assert!(matches!(events.last(), Some(Event::CaseResolved { .. })));
    assert_eq!(story.state.base_of(museum()), Some(ito()));
    story.hears(held).nothing_happens();
}

/// CHECK-3: history that is read again is noted, and alerts nobody.
#[test]
fn history_is_noted_and_alerts_nobody() {
    let story = school().hears_history(departed());
    let story = story.then_events(|e| assert!(matches!(e, [Event::LadderNoted { .. }])));
    let story = story.hears_history(missed()).nothing_happens().hears_history(help()).nothing_happens();
    let story = story.hears_history(lost(phone_of(okafor())));
    let story = story.then_events(|e| assert!(matches!(e, [Event::ReachNoted { .. }])));
    let story = story.hears(help()).allowed();
    let code = story.case().code;
    let owns = proto::v1::gateway::Meaning::Owns { code };
    let story = story.hears_history(text(tan(), 1, owns)).nothing_happens();
    let found = checkins::Event::ChildFound { trip: museum(), with: abara(), at: at("08:00") };
    story.hears_history(found).nothing_happens();
}

/// Personal parts of news may have been blanked: it is heard all the same.
#[test]
fn blanked_news_is_heard() {
    let changed = people::Event::PersonChanged {
        person: ito(),
        name: proto::values::Personal::blanked(),
        standing: people::Standing::Trust,
        roles: [people::Role::Dsl].into(),
    };
    let noted = Event::PersonNoted { person: ito(), here: true, roles: [people::Role::Dsl].into() };
    school().hears(changed.clone()).then([noted]).hears(changed).nothing_happens();
}

/// Blanked notes and reasons of our own are taken into the state.
#[test]
fn blanked_events_of_our_own_are_taken() {
    let case = new_case(1);
    let reason = Reason::Raised { severity: Severity::Urgent, note: proto::values::Personal::blanked() };
    let opened = Event::CaseOpened {
        case,
        trip: None,
        severity: Severity::Urgent,
        reason,
        code: ReplyCode(417),
        start: LadderStart::Bottom,
        at: at("10:10"),
    };
    let noted = Event::NoteAdded {
        case,
        trip: None,
        note: proto::values::Personal::blanked(),
        by: tan(),
        at: at("10:11"),
    };
    let story = decider::kit::given::<alerts::Alerts>([opened, noted]);
    assert_eq!(story.state.open_cases().count(), 1);
    let how = Resolution::ByPerson { person: tan(), reason: proto::values::Personal::blanked() };
    let resolved = Event::CaseResolved { case, trip: None, how, at: at("10:12") };
    let story = decider::kit::given::<alerts::Alerts>([resolved]);
    assert_eq!(story.state.open_cases().count(), 0);
}

/// REV-1: a drill that is due is a notice until one was held; nobody is rung.
#[test]
fn a_drill_that_is_due_is_a_notice_until_it_is_held() {
    let reminded = trips::Event::DrillReminded {
        at: at("10:00"),
        due_by: at("12:00"),
        weekend: true,
        remind_at: at("12:00"),
    };
    let story = school().hears(reminded.clone()).allowed();
    let case = story.state.case_about(&alerts::CaseTopic::Drill).expect("it is open");
    assert!(
        case.severity == Severity::Notice && case.has(&Reason::DrillDue { by: at("12:00"), weekend: true })
    );
    let story = story.hears(reminded).nothing_happens();
    let held =
        trips::Event::DrillDone { trip: museum(), at: at("11:00"), weekend: true, next_by: at("12:00") };
    let story = story.hears(held).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}
