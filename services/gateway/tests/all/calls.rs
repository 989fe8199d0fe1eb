//! Calls in, decided: who is put through to whom, what keys say, what nobody's answer leads to.

use decider::kit::Story;
use gateway::Gateway;
use gateway::calls::{Path, Stage, way_in};
use proto::ids::InboundId;
use proto::v1::alerts::Channel;
use proto::v1::checkins::{self, Punctuality, Via, Word};
use proto::v1::contacts::{Audience, Event as Contacts, JudgedBy, LineHealth};
use proto::v1::gateway::{
    CallStep, Caller, Command, DialOutcome, Event, LineTrial, Meaning, Message, Progress, Reach, Refusal,
};
use proto::values::{Headcount, Note, Personal, SchoolZone};
use uuid::Uuid;

use super::cast::*;
use super::roads::*;

fn call() -> InboundId {
    InboundId::derived(Uuid::nil(), 90)
}

fn word(number: u64) -> InboundId {
    InboundId::derived(call().0, number)
}

fn rings(from: &str) -> Command {
    Command::TakeCall { call: call(), provider_id: "CA1".into(), from: from.into(), received_at: at(NOW) }
}

fn keys(turn: u16, keys: &str) -> Command {
    Command::TakeCallKeys { call: call(), turn, keys: keys.into(), received_at: at(NOW) }
}

fn dialled(step: u16, outcome: DialOutcome) -> Command {
    Command::RecordDial { call: call(), step, outcome }
}

fn received(from: Caller) -> Event {
    Event::CallReceived { call: call(), provider_id: "CA1".into(), from, at: at(NOW) }
}

fn leader() -> Caller {
    Caller::Device { device: wm_001(), person: Some(okafor()), pupil: None, trip: Some(museum()) }
}

fn routed(audience: Audience, steps: Vec<CallStep>) -> Event {
    let trip = match audience {
        Audience::StaffOffSite | Audience::Pupil => Some(museum()),
        Audience::Parent | Audience::Base | Audience::HostOrganisation | Audience::StaffFamily => None,
    };
    Event::CallRouted { call: call(), audience, trip, steps, at: at(NOW) }
}

fn for_parents() -> Vec<CallStep> {
    vec![by_line(landline(), 20), by_line(back_up(), 30), by_phone(wm_002())]
}

fn for_staff() -> Vec<CallStep> {
    vec![by_phone(wm_002()), by_line(landline(), 20), by_line(back_up(), 30)]
}

fn tried(step: u16, via: Reach, outcome: DialOutcome) -> Event {
    Event::CallStepTried { call: call(), step, via, outcome, at: at(NOW) }
}

fn line_tried(line: proto::ids::LineId, outcome: DialOutcome) -> Event {
    Event::LineTried { line, trial: LineTrial::Forward {}, outcome: Some(outcome), at: at(NOW) }
}

fn ended() -> Event {
    Event::CallEnded { call: call(), at: at(NOW) }
}

fn said(number: u64, meaning: Meaning) -> Event {
    Event::CallSaid { call: call(), inbound: word(number), from: leader(), meaning, received_at: at(NOW) }
}

fn says_ok(count: Option<u32>) -> Meaning {
    Meaning::Says { word: Word::Ok, headcount: count.map(|n| Headcount::new(n).unwrap()) }
}

fn in_menu() -> Story<Gateway> {
    story(roads()).when(rings(LEADER)).then([received(leader())])
}

/// CONT-3: unknown and withheld callers are the public: the landline first, then the back-up, then who is on call.
#[test]
fn the_public_is_put_through_by_the_route_of_parents() {
    for (from, number) in [
        (STRANGER, Some(STRANGER)),
        ("anonymous", None),
        ("+266696687", None),
        ("", None),
        ("+15005550006", Some("+15005550006")),
    ] {
        let stranger = Caller::Stranger { number: number.map(|n| Personal::known(n.to_owned())) };
        story(roads())
            .when(rings(from))
            .then([received(stranger), routed(Audience::Parent, for_parents())])
            .when(rings(from))
            .nothing_happens();
    }
}

/// CONT-3, CONT-4: a phone that is lost speaks for nobody: whoever has it is the public.
#[test]
fn a_lost_phone_is_put_through_as_the_public() {
    let lost = changed(leaders_phone(), |_, _, _, in_service| *in_service = false);
    let told = story(roads().into_iter().chain([lost])).when(rings(LEADER));
    told.then_events(|events| {
        assert!(
            matches!(&events[0], Event::CallReceived { from: Caller::Stranger { .. }, .. }),
            "{events:?}"
        );
        assert_eq!(events[1], routed(Audience::Parent, for_parents()));
    });
}

/// CONT-1, CONT-2: whatever keeps a line from being taken, the next one rings; after the last one the office is alerted.
#[test]
fn whoever_does_not_take_it_the_next_one_rings_until_nobody_is_left() {
    let phone = Reach::Device(wm_002());
    story(roads())
        .when(rings(STRANGER))
        .allowed()
        .when(dialled(0, DialOutcome::Busy))
        .then([
            tried(0, Reach::Line(landline()), DialOutcome::Busy),
            line_tried(landline(), DialOutcome::Busy),
        ])
        .when(dialled(0, DialOutcome::Busy))
        .nothing_happens()
        .when(dialled(1, DialOutcome::NotTaken))
        .then([
            tried(1, Reach::Line(back_up()), DialOutcome::NotTaken),
            line_tried(back_up(), DialOutcome::NotTaken),
        ])
        .when(dialled(2, DialOutcome::NoAnswer))
        .then([
            tried(2, phone, DialOutcome::NoAnswer),
            Event::CallExhausted { call: call(), audience: Audience::Parent, trip: None, at: at(NOW) },
        ])
        .when(Command::EndCall { call: call() })
        .then([ended()]);
}

/// CONT-1: only a key is proof that a person answered; with it the call is theirs, however the provider words its end.
#[test]
fn who_presses_1_has_the_call() {
    let accept = |step| Command::AcceptCall { call: call(), step };
    let bridged = Event::CallBridged { call: call(), step: 0, via: Reach::Line(landline()), at: at(NOW) };
    let taken = || {
        [
            tried(0, Reach::Line(landline()), DialOutcome::Taken),
            line_tried(landline(), DialOutcome::Taken),
            ended(),
        ]
    };
    let through = story(roads())
        .when(rings(STRANGER))
        .allowed()
        .when(accept(1))
        .nothing_happens()
        .when(accept(0))
        .then([bridged.clone()])
        .when(accept(0))
        .nothing_happens();
    through.when(dialled(0, DialOutcome::NotTaken)).then(taken()).when(accept(0)).nothing_happens();
    // The provider says so before the key's own post came.
    let told = story(roads()).when(rings(STRANGER)).allowed().when(dialled(0, DialOutcome::Taken));
    told.then(std::iter::once(bridged).chain(taken()));
}

/// CONT-1: a caller who gives up says nothing of the line.
#[test]
fn a_caller_who_gives_up_is_not_held_against_the_line() {
    let gone = tried(0, Reach::Line(landline()), DialOutcome::CallerGone);
    let ringing = || story(roads()).when(rings(STRANGER)).allowed();
    ringing().when(dialled(0, DialOutcome::CallerGone)).then([gone.clone(), ended()]);
    ringing().when(Command::EndCall { call: call() }).then([gone, ended()]);
}

/// CONT-2: out of hours, with the landline down, and while the school is closed the call begins where the route does.
#[test]
fn the_route_is_that_of_the_moment() {
    let without_landline = vec![by_line(back_up(), 30), by_phone(wm_002())];
    let first = |events: &[Event]| match &events[1] {
        Event::CallRouted { steps, .. } => steps.clone(),
        other => panic!("{other:?}"),
    };
    let evening = story(roads()).at("2026-11-20T18:00:00Z").when(rings(STRANGER));
    evening.then_events(|events| assert_eq!(first(events), without_landline));
    let down = story(roads().into_iter().chain([says(down())])).when(rings(STRANGER));
    down.then_events(|events| assert_eq!(first(events), without_landline));
}

fn down() -> Contacts {
    Contacts::LineHealthChanged {
        line: landline(),
        health: LineHealth::Down,
        since: at(NOW),
        reason: Note::parse("No dialling tone").unwrap(),
        until: None,
        by: JudgedBy::Hand,
    }
}

/// CONT-6: a step whose phone has no number any more is passed over; where no step is left, that is told at once.
#[test]
fn a_route_without_anybody_ends_at_once() {
    let gone = |line| Event::LineNoted {
        line,
        kind: proto::v1::contacts::LineKind::Landline,
        number: None,
        name: label("Gone"),
    };
    let lost = changed(bases_phone(), |_, _, _, in_service| *in_service = false);
    let told =
        story(roads().into_iter().chain([gone(landline()), gone(back_up()), lost])).when(rings(STRANGER));
    told.then_events(|events| {
        assert_eq!(events.len(), 6, "{events:#?}");
        assert!(matches!(events[5], Event::CallExhausted { .. }), "{events:#?}");
        assert!(!events.iter().any(|e| matches!(e, Event::LineTried { .. })), "no line was rung");
    });
}

/// CHECK-1: staff of a trip are asked what they want; 2, any other key and silence lead to base. [CONT-6]
#[test]
fn staff_who_press_2_or_nothing_speak_to_base() {
    for pressed in ["2", "3", "", "*"] {
        in_menu().when(keys(1, pressed)).then([routed(Audience::StaffOffSite, for_staff())]);
    }
}

/// CONT-6: nobody is put through to the phone they ring with.
#[test]
fn base_that_rings_is_not_put_through_to_itself() {
    let told = story(roads()).when(rings(BASE));
    told.then_events(|events| {
        let Event::CallRouted { audience, trip, steps, .. } = &events[1] else { panic!("{events:?}") };
        assert_eq!((*audience, *trip), (Audience::StaffOffSite, None));
        assert_eq!(*steps, vec![by_line(landline(), 20), by_line(back_up(), 30)]);
    });
}

/// DEV-7, CONT-5: a pupil's basic phone is put through to base at once: no menu, and no staff of the trip.
#[test]
fn a_pupils_phone_is_put_through_to_base_at_once() {
    let pupil = Caller::Device { device: bp_001(), person: None, pupil: Some(ben()), trip: Some(museum()) };
    story(roads()).when(rings(PUPIL)).then([received(pupil), routed(Audience::Pupil, for_parents())]);
}

/// CHECK-1, CHECK-5: 1 checks in; the count is what was keyed, and no other.
#[test]
fn a_check_in_by_keys_has_the_count_that_was_keyed() {
    let counts = Event::CallCounts { call: call(), at: at(NOW) };
    let counting =
        || in_menu().when(keys(1, "1")).then([counts.clone()]).when(keys(1, "2")).nothing_happens();
    for (pressed, count) in
        [("24", Some(24)), ("024", Some(24)), ("24#", Some(24)), ("0", Some(0)), ("", None)]
    {
        counting().when(keys(2, pressed)).then([said(1, says_ok(count))]);
    }
    for unreadable in ["2*4", "99999", "*", "2001"] {
        let asked = counting().when(keys(2, unreadable)).then([counts.clone()]);
        let asked = asked.when(keys(3, unreadable)).then([counts.clone()]);
        // Asked thrice, the word stands without a count: it is never guessed.
        asked.when(keys(4, unreadable)).then([said(1, says_ok(None))]);
    }
}

fn checked_in(inbound: InboundId, count: u32) -> checkins::Event {
    let heads = |n| Headcount::new(n).unwrap();
    checkins::Event::CheckedIn {
        trip: museum(),
        group: group(),
        word: Word::Ok,
        headcount: Some(heads(count)),
        expected: heads(24),
        said_at: at(NOW),
        received_at: at(NOW),
        counts_at: None,
        punctuality: Punctuality::InTime,
        via: Via::Call,
        device: Some(wm_001()),
        person: Some(okafor()),
        note: None,
        inbound: Some(inbound),
        next: None,
    }
}

/// CHECK-1: what was understood is read back in the call; no text comes besides.
#[test]
fn what_was_understood_is_told_in_the_call() {
    let told =
        in_menu().when(keys(1, "1")).allowed().when(keys(2, "24")).allowed().hears(checked_in(word(1), 24));
    let message = Message::Understood {
        trip: museum(),
        word: Word::Ok,
        headcount: Some(Headcount::new(24).unwrap()),
        expected: Headcount::new(24).unwrap(),
        next_due_at: None,
    };
    let told = told.then([Event::CallTold { call: call(), message, at: at(NOW) }]);
    // A count that was wrong is counted again, as a word of its own.
    told.clone()
        .when(keys(3, "1"))
        .allowed()
        .when(keys(4, "23"))
        .then([said(2, says_ok(Some(23)))])
        .hears(checked_in(word(2), 23))
        .allowed();
    told.clone().when(keys(3, "2")).then([routed(Audience::StaffOffSite, for_staff())]);
    told.when(keys(3, "")).then([ended()]).hears(checked_in(word(1), 24)).nothing_happens();
}

/// CHECK-6: 9 calls for help at once, from the menu and after it, and connects.
#[test]
fn nine_calls_for_help_and_connects() {
    let help = |number| [said(number, Meaning::Help {}), routed(Audience::StaffOffSite, for_staff())];
    let called = in_menu().when(keys(1, "9")).then(help(1));
    assert!(called.state.calls.get(call()).unwrap().help);
    let told = in_menu().when(keys(1, "1")).allowed().when(keys(2, "")).allowed();
    told.clone().when(keys(3, "9")).then(help(2));
    told.when(keys(3, "")).then([ended()]);
}

/// CHECK-1: who pressed 1 and hung up before the count has checked in, without one.
#[test]
fn a_caller_who_hangs_up_while_counting_has_checked_in() {
    let counting = || in_menu().when(keys(1, "1")).allowed();
    counting().when(Command::EndCall { call: call() }).then([said(1, says_ok(None)), ended()]);
    let late = "2026-11-20T09:02:00Z";
    counting().at(late).time_passes().then_events(|events| {
        assert!(matches!(events, [Event::CallSaid { .. }, Event::CallEnded { .. }]), "{events:?}");
    });
    in_menu().at("2026-11-20T09:01:59Z").time_passes().nothing_happens();
    in_menu().at(late).time_passes().then([Event::CallEnded { call: call(), at: at(late) }]);
}

#[test]
fn posts_of_no_call_are_refused() {
    let (unknown, long) = (Refusal::UnknownCall { call: call() }, "9".repeat(101));
    let none = || story(roads());
    none().when(keys(1, "1")).refused(unknown.clone());
    none().when(dialled(0, DialOutcome::Busy)).refused(unknown.clone());
    none().when(Command::AcceptCall { call: call(), step: 0 }).refused(unknown.clone());
    none().when(Command::EndCall { call: call() }).refused(unknown);
    none().when(rings(&long)).refused(Refusal::TooLong { max: 100 });
}

/// Everything is bounded: the oldest calls are forgotten, with their deadlines.
#[test]
fn only_so_many_calls_are_remembered() {
    let many = (0..u64::try_from(gateway::calls::MAX_CALLS).unwrap() + 5).map(|n| Event::CallReceived {
        call: InboundId::derived(Uuid::nil(), 1_000 + n),
        provider_id: format!("CA{n}"),
        from: Caller::Stranger { number: Some(Personal::blanked()) },
        at: at(NOW),
    });
    let told = story(many);
    assert_eq!(told.state.calls.newest().count(), gateway::calls::MAX_CALLS);
    assert_eq!(told.state.calls.get(InboundId::derived(Uuid::nil(), 1_004)), None);
    let told = told.at("2026-11-20T10:00:00Z").time_passes().allowed();
    assert!(told.state.calls.newest().all(|(_, call)| matches!(call.stage, Stage::Ended { .. })));
    assert_eq!(told.state.calls.next_deadline(), None);
}

/// CONT-1, CONT-2: the board says which way callers take now, by the same facts.
#[test]
fn the_way_in_follows_hours_health_and_the_provider() {
    let (zone, policy) = (SchoolZone::london(), decider::Policy::default());
    let path = |events: Vec<Event>, now: &str| {
        let setting = contacts::Setting { now: at(now), zone: &zone, policy: &policy };
        way_in(&story(roads().into_iter().chain(events)).state, &setting).path
    };
    let provider = |configured| Event::ProviderDown {
        since: at(NOW),
        configured,
        why: "no answer".into(),
        provider: None,
        channel: None,
        instead: None,
    };
    let closed = Contacts::ClosedEarly {
        window: proto::values::Window::new(at(NOW), at("2026-11-20T16:30:00Z")).unwrap(),
        reason: Note::parse("Snow").unwrap(),
        at: at(NOW),
    };
    let evening = "2026-11-20T18:00:00Z";
    assert_eq!(path(vec![], NOW), Path::InHours);
    assert_eq!(path(vec![], evening), Path::OutOfHours);
    assert_eq!(path(vec![says(down())], NOW), Path::LandlineDown);
    assert_eq!(path(vec![says(closed)], NOW), Path::ClosedEarly);
    assert_eq!(path(vec![provider(true)], NOW), Path::ProviderDown);
    assert_eq!(path(vec![provider(false)], evening), Path::ProviderDown);
    let bare = story([]).state;
    let setting = contacts::Setting { now: at(NOW), zone: &zone, policy: &policy };
    assert_eq!(way_in(&bare, &setting).path, Path::Nobody);
}

fn test_called() -> Contacts {
    Contacts::LineTestCalled { line: landline(), attempt: first(), at: at(NOW) }
}

fn line_told(outcome: Option<DialOutcome>) -> Event {
    let trial = LineTrial::Test { attempt: first() };
    Event::LineTried { line: landline(), trial, outcome, at: at(NOW) }
}

fn goes_on(progress: Progress) -> Command {
    Command::RecordProgress { attempt: first(), tries: None, provider_id: None, progress, fault: false }
}

/// CONT-1: a test call is made when contacts asks for one; 1 says that the line works, anything else is held against it.
#[test]
fn a_test_call_tells_what_came_of_it() {
    let accepted = || Progress::Accepted { provider_id: "CA9".into() };
    let failed = || Progress::Failed { code: None, why: "nobody answered".into(), permanent: false };
    let tested = || {
        let told = story(roads()).hears(test_called()).then_events(|events| {
            let [Event::AttemptPlanned { attempt, via, channel, message, .. }] = events else {
                panic!("{events:#?}")
            };
            assert_eq!((*attempt, *via, *channel), (first(), Reach::Line(landline()), Channel::Voice));
            assert_eq!(*message, Message::LineTest { line: landline() });
        });
        told.when(Command::BeginAttempt { attempt: first() }).allowed().when(goes_on(accepted())).allowed()
    };
    let last = |story: decider::kit::Told<Gateway>, expected: Option<DialOutcome>| {
        story.then_events(|events| assert_eq!(events.last(), Some(&line_told(expected)), "{events:#?}"))
    };
    last(tested().when(goes_on(failed())), Some(DialOutcome::Failed));
    let ringing = || tested().when(goes_on(Progress::Ringing {})).allowed();
    last(ringing().when(goes_on(failed())), Some(DialOutcome::NoAnswer));
    let answered = || ringing().when(goes_on(Progress::Answered {})).allowed();
    last(answered().when(goes_on(Progress::Completed {})), Some(DialOutcome::NotTaken));
    let pressed = Command::TakeKey { attempt: first(), key: '1', received_at: at(NOW) };
    let taken = last(answered().when(pressed.clone()), Some(DialOutcome::Taken));
    taken.when(pressed).nothing_happens().when(goes_on(Progress::Completed {})).then_events(|events| {
        assert!(!events.iter().any(|e| matches!(e, Event::LineTried { .. })), "told once: {events:#?}");
    });
}

/// CONT-1: without a provider no line can be tested, and that is not held against the line.
#[test]
fn a_test_that_cannot_be_made_says_nothing_of_the_line() {
    let missing = Event::ProviderDown {
        since: at(NOW),
        configured: false,
        why: "none".into(),
        provider: None,
        channel: None,
        instead: None,
    };
    let told = story(roads().into_iter().chain([missing])).hears(test_called());
    let told = told.then_events(|events| assert_eq!(events.last(), Some(&line_told(None)), "{events:#?}"));
    told.hears(test_called()).nothing_happens();
    // One that waits too long was not made either.
    let told = story(roads()).hears(test_called()).allowed().at("2026-11-20T09:03:00Z").time_passes();
    told.then_events(|events| {
        assert!(matches!(events.last(), Some(Event::LineTried { outcome: None, .. })), "{events:#?}");
    });
    story(roads()).hears_history(test_called()).nothing_happens();
}

/// CONT-2: that a line is back is texted to the phones of base, once.
#[test]
fn that_a_line_is_back_is_texted_to_base() {
    let back = |health| Contacts::LineHealthChanged {
        line: landline(),
        health,
        since: at(NOW),
        reason: Note::parse("a test call was taken").unwrap(),
        until: None,
        by: JudgedBy::Signals,
    };
    let texts = |events: &[Event]| -> Vec<Reach> {
        let text = |event: &Event| match event {
            Event::AttemptPlanned { via, message: Message::LineBack { .. }, .. } => Some(*via),
            _ => None,
        };
        events.iter().filter_map(text).collect()
    };
    let was_down = story(roads().into_iter().chain([says(down())]));
    was_down.hears(back(LineHealth::Back)).then_events(|events| {
        assert_eq!(texts(events), [Reach::Device(wm_002())], "{events:#?}");
    });
    // It was not down: nobody was told that it was.
    story(roads()).hears(back(LineHealth::Up)).then_events(|events| assert_eq!(texts(events), []));
}
