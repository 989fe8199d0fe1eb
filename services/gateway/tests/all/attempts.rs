//! How an attempt goes: forwards only, tried again in bounds, told when it fails.

use decider::Service as _;
use gateway::Gateway;
use proto::ids::AttemptId;
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Command, Event, Message, Progress, Reach, Refusal};

use super::cast::*;

fn record(attempt: AttemptId, tries: u16, progress: Progress) -> Command {
    Command::RecordProgress { attempt, tries: Some(tries), provider_id: None, progress, fault: false }
}

fn progressed(attempt: AttemptId, tries: u16, progress: Progress, at_time: &str) -> Event {
    Event::AttemptProgressed { attempt, tries, provider_id: None, progress, at: at(at_time) }
}

fn failure(code: Option<u32>, permanent: bool) -> Progress {
    Progress::Failed { code, why: "why".into(), permanent }
}

fn told(
    attempt: AttemptId,
    channel: Channel,
    code: Option<u32>,
    permanent: bool,
    why: &str,
    at_time: &str,
) -> Event {
    Event::AttemptFailed {
        attempt,
        to: Some(Recipient::Person(okafor())),
        channel,
        case: Some(case()),
        permanent,
        code,
        why: why.into(),
        at: at(at_time),
    }
}

fn note() -> Message {
    Message::NotUnderstood {}
}

fn sending(message: Message, channel: Channel) -> Vec<Event> {
    [alarm(), vec![planned(first(), channel, message), begun(first(), 1)]].concat()
}

fn accepted() -> Progress {
    Progress::Accepted { provider_id: "SM1".into() }
}

#[test]
fn an_attempt_is_begun_once_and_before_it_expires() {
    let known = [alarm(), vec![planned(first(), Channel::Text, alert())]].concat();
    let begin = || Command::BeginAttempt { attempt: first() };
    let no = Refusal::NotToBeSent { attempt: first() };
    story(known.clone()).when(begin()).then([begun(first(), 1)]).when(begin()).refused(no.clone());
    story(known).at("2026-11-20T09:05:00Z").when(begin()).refused(no);
    story([]).when(begin()).refused(Refusal::UnknownAttempt { attempt: first() });
}

#[test]
fn stale_news_never_moves_it_back() {
    let steps = [accepted(), Progress::Sent {}, Progress::Delivered {}];
    for (at_step, _) in steps.iter().enumerate() {
        let mut tale = story(sending(note(), Channel::Text));
        for step in &steps[..=at_step] {
            tale = tale.when(record(first(), 1, step.clone())).allowed();
        }
        for stale in &steps[..=at_step] {
            tale = tale.when(record(first(), 1, stale.clone())).nothing_happens();
        }
        tale.when(record(first(), 1, Progress::Unknown { why: "late".into() })).nothing_happens();
    }
}

#[test]
fn news_of_an_earlier_try_counts_only_if_the_text_arrived() {
    let known = [sending(note(), Channel::Text), vec![begun(first(), 2)]].concat();
    let tale = story(known).when(record(first(), 1, Progress::Sent {})).nothing_happens();
    let tale = tale.when(record(first(), 1, failure(None, true))).nothing_happens();
    tale.when(record(first(), 1, Progress::Delivered {})).then([progressed(
        first(),
        1,
        Progress::Delivered {},
        NOW,
    )]);
}

#[test]
fn what_was_not_taken_is_tried_again_four_times_at_most() {
    let waits = [2, 5, 15];
    let mut tale = story(sending(note(), Channel::Text));
    for (index, wait) in waits.into_iter().enumerate() {
        let tries = index as u16 + 1;
        let until = at(NOW) + jiff::SignedDuration::from_secs(wait);
        let (why, in_doubt) = ("why".to_owned(), false);
        let put_off = Event::AttemptPutOff { attempt: first(), until, why, at: at(NOW), in_doubt };
        tale = tale
            .when(record(first(), tries, failure(Some(20429), false)))
            .then([progressed(first(), tries, failure(Some(20429), false), NOW), put_off])
            .when(Command::BeginAttempt { attempt: first() })
            .refused(Refusal::NotToBeSent { attempt: first() })
            .at_instant(until)
            .when(Command::BeginAttempt { attempt: first() })
            .allowed()
            .at(NOW);
    }
    tale.when(record(first(), 4, failure(Some(20429), false))).then_events(|events| {
        assert!(matches!(events[1], Event::AttemptFailed { code: Some(20429), .. }), "{events:?}");
    });
}

#[test]
fn a_failure_for_good_is_told_at_once() {
    story(sending(alert(), Channel::Text)).when(record(first(), 1, failure(Some(21614), true))).then([
        progressed(first(), 1, failure(Some(21614), true), NOW),
        told(first(), Channel::Text, Some(21614), true, "why", NOW),
    ]);
}

/// CHECK-2: an alert that can't be delivered moves to the next channel at once; it isn't tried again.
#[test]
fn an_alert_that_was_not_delivered_is_told_at_once() {
    let tale = story(sending(alert(), Channel::Text)).when(record(first(), 1, accepted())).allowed();
    tale.when(record(first(), 1, failure(Some(30003), false))).then([
        progressed(first(), 1, failure(Some(30003), false), NOW),
        told(first(), Channel::Text, Some(30003), false, "why", NOW),
    ]);
}

/// CHECK-2: the provider's callback can overtake its answer to us: a failure that comes under its own id is one of delivery, and
/// the next channel is as fast.
#[test]
fn a_failure_that_overtakes_the_providers_answer_is_told_at_once() {
    let overtaking = Command::RecordProgress {
        attempt: first(),
        tries: Some(1),
        provider_id: Some("SM1".to_owned()),
        progress: failure(Some(30008), false),
        fault: false,
    };
    story(sending(alert(), Channel::Text)).when(overtaking).then_events(|events| {
        assert!(matches!(events, [_, Event::AttemptFailed { code: Some(30008), .. }]), "{events:?}");
    });
}

/// CHECK-2: nothing but a key is proof of a person.
#[test]
fn a_call_that_ends_without_a_key_failed_and_one_with_it_did_not() {
    let answered =
        || story(sending(alert(), Channel::Voice)).when(record(first(), 1, Progress::Answered {})).allowed();
    let done = progressed(first(), 1, Progress::Completed {}, NOW);
    answered().when(record(first(), 1, Progress::Completed {})).then([
        done.clone(),
        told(first(), Channel::Voice, None, false, "nobody pressed 1 in the call", NOW),
    ]);
    let key = Command::TakeKey { attempt: first(), key: '1', received_at: at(NOW) };
    let pressed = Event::KeyPressed {
        attempt: first(),
        case: Some(case()),
        by: Recipient::Person(okafor()),
        key: '1',
        received_at: at(NOW),
    };
    let tale = answered().when(key.clone()).then([pressed]).when(key).nothing_happens();
    tale.when(record(first(), 1, Progress::Completed {})).then([done]);
}

#[test]
fn what_could_not_be_sent_in_time_failed() {
    let known = [alarm(), vec![planned(first(), Channel::Text, alert())]].concat();
    assert_eq!(Gateway::next_due(&story(known.clone()).state), Some(at("2026-11-20T09:05:00Z")));
    let tale = story(known).at("2026-11-20T09:04:59Z").time_passes().nothing_happens();
    let failed =
        told(first(), Channel::Text, None, false, "it could not be sent in time", "2026-11-20T09:05:00Z");
    tale.at("2026-11-20T09:05:00Z").time_passes().then([failed]).time_passes().nothing_happens();
}

/// CHECK-2: alerts doesn't wait for what is in doubt; it is looked up all the same.
#[test]
fn an_alert_in_doubt_is_told_after_a_while_and_may_still_turn_out_sent() {
    let unknown = Progress::Unknown { why: "nobody told how the request ended".into() };
    let doubt = progressed(first(), 1, unknown, "2026-11-20T09:00:45Z");
    let failed =
        told(first(), Channel::Text, None, false, "whether it was sent is not known", "2026-11-20T09:01:05Z");
    let tale = story(sending(alert(), Channel::Text)).at("2026-11-20T09:00:45Z").time_passes().then([doubt]);
    let tale = tale.at("2026-11-20T09:01:05Z").time_passes().then([failed]);
    tale.clone()
        .when(record(first(), 1, accepted()))
        .allowed()
        .when(record(first(), 1, Progress::Delivered {}))
        .allowed();
    // Not found: alerts has gone on, so it is not sent again, and not told twice.
    let not_found = record(first(), 1, failure(None, false));
    tale.clone().when(not_found).then_events(|events| assert_eq!(events.len(), 1, "{events:?}"));
    tale.at("2026-11-20T09:05:00Z").time_passes().then([Event::AttemptWithdrawn {
        attempt: first(),
        case: Some(case()),
        at: at("2026-11-20T09:05:00Z"),
    }]);
}

#[test]
fn a_carriers_opt_out_is_noted_once() {
    story(sending(note(), Channel::Text)).when(record(first(), 1, failure(Some(21610), true))).then_events(
        |events| {
            assert_eq!(events[1], Event::OptedOut { device: wm_001(), person: Some(okafor()) });
            assert_eq!(events.len(), 3);
        },
    );
}

#[test]
fn the_office_has_a_link_sent_again_and_is_told_why_not() {
    let send = |device| Command::SendPageLink { trip: museum(), device };
    story(trip_out())
        .when(send(wm_001()))
        .then_events(|events| {
            assert!(matches!(events, [Event::AttemptPlanned { message: Message::PageLink { .. }, .. }]));
        })
        .when(send(wm_001()))
        .nothing_happens();
    let refused = |known: Vec<Event>, device, refusal| drop(story(known).when(send(device)).refused(refusal));
    refused(trip_out(), wm_002(), Refusal::NotOnTrip { device: wm_002(), trip: museum() });
    refused(trip_out(), bp_001(), Refusal::NotOnTrip { device: bp_001(), trip: museum() });
    refused(vec![], wm_001(), Refusal::UnknownDevice { device: wm_001() });
    let with = |event| [trip_out(), vec![event]].concat();
    refused(
        with(Event::OptedOut { device: wm_001(), person: None }),
        wm_001(),
        Refusal::HasOptedOut { device: wm_001() },
    );
    let missing = no_providers();
    refused(with(missing), wm_001(), Refusal::NoProvider {});
    let button = changed(pupils_phone(), |person, pupil, _, _| (*person, *pupil) = (Some(hale()), None));
    refused(with(button), bp_001(), Refusal::ButtonPhone { device: bp_001() });
}

/// The code for a further browser is texted to the link's own phone, and not so often that whoever has a copied link could keep
/// alerts from it.
#[test]
fn the_code_for_a_further_browser_is_texted_seldom_and_to_a_phone_of_the_trip_alone() {
    let send = |device| Command::SendPageWord { trip: museum(), device };
    let tale = story(trip_out()).when(send(wm_001())).then_events(|events| {
        let [Event::AttemptPlanned { via, message, .. }] = events else { panic!("{events:?}") };
        assert_eq!((*via, message), (Reach::Device(wm_001()), &Message::PageWord { trip: museum() }));
    });
    let mut known = tale.state.attempts.iter();
    let attempt = known.next().expect("it is planned").0;
    let sent = Event::AttemptProgressed {
        attempt,
        tries: 1,
        provider_id: None,
        progress: Progress::Delivered {},
        at: at(NOW),
    };
    let mut told = trip_out();
    story(trip_out()).when(send(wm_001())).then_events(|events| told.extend(events.iter().cloned()));
    told.extend([begun(attempt, 1), sent]);
    let just_before = at(NOW) + jiff::SignedDuration::from_secs(599);
    let tale = story(told).at_instant(just_before).when(send(wm_001())).nothing_happens();
    let tale = tale.at_instant(just_before + jiff::SignedDuration::from_secs(1)).when(send(wm_001()));
    tale.then_events(|events| assert_eq!(events.len(), 1, "{events:?}"));
    let refused = |known: Vec<Event>, device, refusal| drop(story(known).when(send(device)).refused(refusal));
    refused(trip_out(), wm_002(), Refusal::NotOnTrip { device: wm_002(), trip: museum() });
    refused(trip_out(), bp_001(), Refusal::NotOnTrip { device: bp_001(), trip: museum() });
    refused(vec![], wm_001(), Refusal::UnknownDevice { device: wm_001() });
    assert!(Gateway::open_to_bus(&send(wm_001())));
}

/// CONT-6: before a phone is relied on, the office tries whether texts reach it.
#[test]
fn the_office_tries_whether_texts_reach_a_phone_and_is_told_why_not() {
    let send = |device| Command::SendTestText { device };
    story(vec![leaders_phone()])
        .when(send(wm_001()))
        .then_events(|events| {
            assert!(matches!(events, [Event::AttemptPlanned { message: Message::TestText {}, .. }]));
        })
        .when(send(wm_001()))
        .nothing_happens();
    let refused = |known: Vec<Event>, refusal| drop(story(known).when(send(wm_001())).refused(refusal));
    refused(vec![], Refusal::UnknownDevice { device: wm_001() });
    let lost = changed(leaders_phone(), |_, _, _, in_service| *in_service = false);
    refused(vec![lost], Refusal::NotInService { device: wm_001() });
    let opted_out = Event::OptedOut { device: wm_001(), person: None };
    refused(vec![leaders_phone(), opted_out], Refusal::HasOptedOut { device: wm_001() });
    refused(vec![leaders_phone(), no_providers()], Refusal::NoProvider {});
}

#[test]
fn only_what_the_office_asks_for_may_be_asked_over_the_bus() {
    assert!(Gateway::open_to_bus(&Command::SendPageLink { trip: museum(), device: wm_001() }));
    assert!(Gateway::open_to_bus(&Command::SendTestText { device: wm_001() }));
    for own in [
        Command::BeginAttempt { attempt: first() },
        text(LEADER, "OK"),
        record(first(), 1, Progress::Sent {}),
    ] {
        assert!(!Gateway::open_to_bus(&own));
    }
}
