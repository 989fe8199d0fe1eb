//! Bounds that carriers set, and bundles: nothing is dropped without a word.

use jiff::SignedDuration;
use proto::ids::AttemptId;
use proto::v1::alerts::{Channel, Recipient, Severity};
use proto::v1::devices::Handset;
use proto::v1::gateway::{Command, Event, Message, Progress, Reach};
use uuid::Uuid;

use super::cast::*;

fn nth(number: u64) -> AttemptId {
    AttemptId::derived(Uuid::nil(), 100 + number)
}

fn accepted(attempt: AttemptId, at_second: i64) -> Event {
    let progress = Progress::Accepted { provider_id: format!("{attempt}") };
    let at = at(NOW) + SignedDuration::from_secs(at_second);
    Event::AttemptProgressed { attempt, tries: 1, provider_id: None, progress, at }
}

/// So many of a kind went to the leader's phone, one a second.
fn taken(count: u64, channel: Channel) -> Vec<Event> {
    let each = |n: u64| {
        let message = Message::CodeUnknown { code: proto::v1::alerts::ReplyCode(500) };
        [planned(nth(n), channel, message), begun(nth(n), 1), accepted(nth(n), n as i64)]
    };
    (0..count).flat_map(each).collect()
}

fn with_severity(event: Event, of: Severity) -> Event {
    match event {
        Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, open, .. } => {
            let severity = Some(of);
            Event::CaseNoted { case, trip, code, headline, base_only, owned, taken, severity, open }
        }
        other => other,
    }
}

/// A carrier blocked somebody after sixteen calls in an hour: the thirteenth is not made; alerts is told at once, and goes
/// on to somebody else.
#[test]
fn the_thirteenth_call_in_an_hour_is_not_made_and_alerts_is_told_at_once() {
    let after = |count: u64, channel, severity| {
        let alarm: Vec<_> = alarm().into_iter().map(|event| with_severity(event, severity)).collect();
        let known = [alarm, taken(count, channel), vec![planned(first(), channel, alert())]].concat();
        let now = at(NOW) + SignedDuration::from_secs(120);
        story(known).at_instant(now).when(Command::BeginAttempt { attempt: first() })
    };
    let begins = |count, channel, severity| {
        after(count, channel, severity).then_events(|events| {
            assert!(matches!(events, [Event::AttemptBegun { .. }]), "{events:#?}");
        });
    };
    let fails = |count, channel, severity| {
        after(count, channel, severity).then_events(|events| {
            let [Event::AttemptFailed { why, permanent: false, .. }] = events else { panic!("{events:#?}") };
            assert!(why.contains("within the hour"), "{why}");
        });
    };
    begins(11, Channel::Voice, Severity::Urgent);
    fails(12, Channel::Voice, Severity::Urgent);
    begins(14, Channel::Voice, Severity::Emergency);
    fails(15, Channel::Voice, Severity::Emergency);
    begins(39, Channel::Text, Severity::Urgent);
    fails(40, Channel::Text, Severity::Urgent);
    begins(59, Channel::Text, Severity::Emergency);
}

/// What is still worth sending then waits until the first of them is an hour ago.
#[test]
fn what_can_wait_is_held_back_and_said_to_be() {
    let link = Event::AttemptPlanned {
        attempt: first(),
        to: Some(Recipient::Person(okafor())),
        via: Reach::Device(wm_001()),
        channel: Channel::Text,
        message: Message::PageLink { trip: museum() },
        in_answer_to: None,
        at: at("2026-11-20T09:50:00Z"),
        expires_at: at("2026-11-20T10:50:00Z"),
    };
    let known = [alarm(), taken(40, Channel::Text), vec![link]].concat();
    let begin = || Command::BeginAttempt { attempt: first() };
    let until = at("2026-11-20T10:00:01Z");
    let tale = story(known).at("2026-11-20T09:50:00Z").when(begin()).then_events(|events| {
        let [Event::AttemptHeldBack { until: held, why, .. }] = events else { panic!("{events:#?}") };
        assert_eq!(*held, until);
        assert!(why.starts_with("40 texts"), "{why}");
    });
    let tale = tale.when(begin()).refused_with(|_| ());
    assert!(!tale.state.attempts.get(first()).unwrap().troubles.is_empty(), "it shows");
    tale.at_instant(until).when(begin()).then_events(|events| {
        assert!(matches!(events, [Event::AttemptBegun { .. }]), "{events:#?}");
    });
}

/// One bundle for each trip: what waited while the same went out to the same phone is said once.
#[test]
fn the_same_alert_planned_twice_for_a_phone_goes_out_once_and_fails_for_both() {
    let twice = [planned(first(), Channel::Text, alert()), planned(second(), Channel::Text, alert())];
    let begin = |attempt| Command::BeginAttempt { attempt };
    let tale = story([alarm(), twice.to_vec()].concat()).when(begin(first())).then([begun(first(), 1)]);
    let bundled = Event::AttemptBundled { attempt: second(), into: first(), at: at(NOW) };
    let tale = tale.when(begin(second())).then([bundled]).when(begin(second())).refused_with(|_| ());
    let undelivered = Progress::Failed { code: Some(21614), why: "no mobile".into(), permanent: true };
    let record = Command::RecordProgress {
        attempt: first(),
        tries: Some(1),
        provider_id: None,
        progress: undelivered,
        fault: false,
    };
    tale.when(record).then_events(|events| {
        let failed =
            |id| events.iter().any(|e| matches!(e, Event::AttemptFailed { attempt, .. } if *attempt == id));
        assert!(failed(first()) && failed(second()), "{events:#?}");
    });
}

#[test]
fn another_phone_channel_or_message_and_what_was_planned_later_is_no_bundle() {
    let begin = |attempt| Command::BeginAttempt { attempt };
    let reminder = Message::Reminder { trip: museum(), due_at: at("2026-11-20T09:30:00Z") };
    let first_one = || [alarm(), vec![planned(first(), Channel::Text, alert()), begun(first(), 1)]].concat();
    let stands_alone = |other: Event| {
        story([first_one(), vec![other]].concat())
            .at("2026-11-20T09:01:00Z")
            .when(begin(second()))
            .then_events(|events| assert!(matches!(events, [Event::AttemptBegun { .. }]), "{events:#?}"));
    };
    stands_alone(planned(second(), Channel::Voice, alert()));
    stands_alone(planned(second(), Channel::Text, reminder));
    let later = match planned(second(), Channel::Text, alert()) {
        Event::AttemptPlanned { attempt, to, via, channel, message, in_answer_to, expires_at, .. } => {
            let at = at("2026-11-20T09:00:30Z");
            Event::AttemptPlanned { attempt, to, via, channel, message, in_answer_to, at, expires_at }
        }
        other => other,
    };
    stands_alone(later);
}

/// STOP from a staff phone: nothing that must be said is lost, it is said on the phone.
#[test]
fn whoever_opted_out_is_called_about_a_check_in_and_a_duty() {
    let out_of = Event::OptedOut { device: wm_001(), person: Some(okafor()) };
    let reminded = proto::v1::checkins::Event::Reminded {
        trip: museum(),
        group: group(),
        due_at: at("2026-11-20T09:30:00Z"),
        adult: okafor(),
        device: Some(wm_001()),
    };
    story([trip_out(), vec![out_of]].concat()).hears(reminded).then_events(|events| {
        let [Event::AttemptPlanned { channel: Channel::Voice, message: Message::Reminder { .. }, .. }] =
            events
        else {
            panic!("{events:#?}")
        };
    });
    assert!(matches!(leaders_phone(), Event::DeviceNoted { handset: Handset::Smart, .. }));
}

/// A quarrel with a phone that sends what nobody understands ends; each text is in the journal all the same.
#[test]
fn the_fifth_text_in_an_hour_that_is_not_understood_is_not_answered_and_that_is_said() {
    let mut tale = story(trip_out());
    for n in 0..6_u64 {
        let inbound = proto::ids::InboundId::derived(Uuid::nil(), 50 + n);
        let text = Command::TakeText {
            inbound,
            provider_id: format!("SM{n}"),
            from: LEADER.into(),
            body: proto::values::Personal::known(proto::values::Note::parse("what").unwrap()),
            duress: false,
            received_at: at(NOW),
        };
        tale = tale.when(text).allowed();
        let not_taken = proto::v1::checkins::Event::WordNotTaken {
            trip: museum(),
            device: wm_001(),
            inbound,
            why: proto::v1::checkins::NotTaken::Unclear {},
        };
        tale = tale.hears(not_taken).then_events(|events| match (n, events) {
            (0..4, [Event::AttemptPlanned { message: Message::NotUnderstood {}, .. }]) => {}
            (4.., [Event::AttemptImpossible { why, .. }]) => assert!(why.contains("often enough"), "{why}"),
            _ => panic!("{n}: {events:#?}"),
        });
    }
}

/// Each of them stands apart: delivered is not owned, and whoever takes the case owns what went to them.
#[test]
fn queued_accepted_sent_delivered_and_owned_have_their_own_times() {
    let step = |progress, second: &str| (progress, at(&format!("2026-11-20T09:00:{second}Z")));
    let steps = [
        step(Progress::Accepted { provider_id: "SM1".into() }, "01"),
        step(Progress::Sent {}, "02"),
        step(Progress::Delivered {}, "04"),
    ];
    let sent = [planned(first(), Channel::Text, alert()), begun(first(), 1)];
    let mut tale = story([alarm(), sent.to_vec()].concat());
    for (progress, at) in steps {
        let record = Command::RecordProgress {
            attempt: first(),
            tries: Some(1),
            provider_id: None,
            progress,
            fault: false,
        };
        tale = tale.at_instant(at).when(record).allowed();
    }
    let times = tale.state.attempts.get(first()).unwrap().times;
    let second = |n: &str| Some(at(&format!("2026-11-20T09:00:{n}Z")));
    assert_eq!((times.begun, times.accepted), (second("00"), second("01")));
    assert_eq!((times.sent, times.delivered), (second("02"), second("04")));
    assert_eq!((times.failed, times.owned), (None, None));
    let owned = proto::v1::alerts::Event::CaseOwned {
        case: case(),
        trip: Some(museum()),
        by: okafor(),
        via: proto::v1::alerts::OwnedVia::Reply,
        at: at("2026-11-20T09:00:09Z"),
        until: at("2026-11-20T09:15:00Z"),
        inbound: None,
    };
    let tale = tale.hears(owned).allowed();
    assert_eq!(tale.state.attempts.get(first()).unwrap().times.owned, second("09"));
}
