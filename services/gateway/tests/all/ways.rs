//! More than one way out: a second account, the school's own phone, the mail; one fails, another takes over, and back.

use gateway::channels::Mode;
use gateway::{Channels, ProviderConfig, TwilioConfig};
use handsets::{Config, Failure, Handsets};
use jiff::SignedDuration;
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Caller, Event, Message};
use serde_json::json;

use super::cast::*;
use super::desk::{World, new_clock};
use super::phone::{Mood, Phone, SIGNING_KEY};

fn reminder() -> Message {
    Message::Reminder { trip: museum(), due_at: at("2026-11-20T09:30:00Z") }
}

/// The school's phone alone.
async fn by_phone(mode: Mode, known: Vec<Event>) -> (World, Phone) {
    let clock = new_clock();
    let phone = Phone::start(clock.clone(), mode).await;
    let providers = vec![(provider("phone"), ProviderConfig::SmsGate(phone.config()))];
    let world = World::start_by(known, clock, |_, _| Channels { providers, ..Channels::default() }).await;
    phone.hooked().await;
    (world, phone)
}

/// Twilio first, the school's phone second.
async fn with_phone_second(known: Vec<Event>) -> (World, Phone) {
    let clock = new_clock();
    let phone = Phone::start(clock.clone(), Mode::Local).await;
    let second = (provider("phone"), ProviderConfig::SmsGate(phone.config()));
    let channels = |first: TwilioConfig, _| Channels {
        providers: vec![(twilio_name(), ProviderConfig::Twilio(first)), second],
        ..Channels::default()
    };
    let world = World::start_by(known, clock, channels).await;
    phone.hooked().await;
    (world, phone)
}

#[tokio::test]
async fn the_schools_own_phone_sends_and_tells_how_it_went_in_both_modes() {
    for mode in [Mode::Local, Mode::Cloud] {
        let (world, phone) = by_phone(mode, trip_out()).await;
        world.desk.plan(planned(first(), Channel::Text, reminder()));
        let asked = phone.expects("check-in due 09:30").await;
        assert_eq!(asked.to, LEADER);
        assert_eq!(asked.body["withDeliveryReport"], true);
        assert_eq!(asked.body["simNumber"], 1);
        assert_eq!(asked.body["ttl"], 300, "it is not worth sending for longer");
        world.desk.phase(first(), "Accepted").await;
        assert_eq!(phone.news("sms:delivered", &asked.id, json!({})).await, 204);
        world.desk.phase(first(), "Delivered").await;
        assert_eq!(
            phone.news("sms:sent", &asked.id, json!({})).await,
            204,
            "late: taken, and nothing changes"
        );
        world.desk.phase(first(), "Delivered").await;
        assert_eq!(phone.news("sms:sent", "written by hand", json!({})).await, 204, "none of ours");
        world.end().await;
    }
}

/// It has an id of ours: what is in doubt is asked for by it, and not sent twice.
#[tokio::test]
async fn what_the_phone_took_without_saying_so_is_found_by_our_own_id() {
    let (world, phone) = by_phone(Mode::Local, trip_out()).await;
    phone.is(Mood::SendsThenBreaks);
    world.desk.plan(planned(first(), Channel::Text, reminder()));
    world.desk.phase(first(), "Unknown").await;
    phone.is(Mood::Well);
    world.desk.clock.advance(SignedDuration::from_secs(2));
    world.desk.phase(first(), "Accepted").await;
    assert_eq!(phone.asked().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_text_that_the_phone_can_not_send_failed_and_says_why() {
    let (world, phone) = by_phone(Mode::Local, alarm()).await;
    world.desk.hears(rung(vec![notice(first(), Recipient::Person(okafor()), Channel::Text)]));
    let asked = phone.expects("ALERT").await;
    assert_eq!(asked.body["priority"], 100, "an urgent one goes before others");
    world.desk.phase(first(), "Accepted").await;
    assert_eq!(phone.news("sms:failed", &asked.id, json!({ "reason": "no service" })).await, 204);
    let why = |_: &_, events: &[Event]| {
        events
            .iter()
            .find_map(|e| if let Event::AttemptFailed { why, .. } = e { Some(why.clone()) } else { None })
    };
    assert!(world.desk.until("the failure", why).await.contains("no service"));
    world.end().await;
}

/// A text that comes in by the phone is one, however often it is posted; a long one comes joined.
#[tokio::test]
async fn a_text_to_the_schools_phone_is_journalled_once_and_only_if_the_phone_signed_it() {
    let (world, phone) = by_phone(Mode::Local, trip_out()).await;
    let long = format!("ok 24 {}", "and all is well here ".repeat(20));
    assert_eq!(phone.receives(LEADER, &long).await, 204);
    assert_eq!(phone.receives(LEADER, &long).await, 204);
    world.desk.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(phone.receives(LEADER, &long).await, 204, "the same words a second later are another text");
    let forged = json!({ "messageId": "x", "message": "ok", "sender": LEADER, "receivedAt": "2026" });
    assert_eq!(phone.posts("sms:received", forged, "another key").await, 403);
    assert_ne!(SIGNING_KEY, "another key");
    let events = world.desk.events();
    let texts: Vec<_> = events.iter().filter(|e| matches!(e, Event::TextReceived { .. })).collect();
    let [Event::TextReceived { from, body, provider_id, .. }, _] = texts[..] else { panic!("{events:#?}") };
    assert!(matches!(from, Caller::Device { device, .. } if *device == wm_001()));
    assert!(body.get().unwrap().as_str().len() > 300, "all of it");
    assert!(!provider_id.contains("7700900001"), "no number gets into an id");
    world.end().await;
}

/// The first fails three times: said once, the second sends at once; asked in its time the first is back, and sends again.
#[tokio::test]
async fn the_phone_takes_over_within_seconds_and_hands_back() {
    let (world, phone) = with_phone_second(trip_out()).await;
    world.handsets.fail_next(3, Failure::ServerError);
    for attempt in [first(), second(), third()] {
        world.desk.plan(planned(attempt, Channel::Text, Message::CodeUnknown { code: code(attempt) }));
        world.desk.phase(attempt, "Unknown").await;
        // It is looked for first; the provider does not have it, and so the other one sends it, at once.
        world.desk.clock.advance(SignedDuration::from_secs(2));
        world.desk.phase(attempt, "Accepted").await;
    }
    let down = |state: &gateway::State, events: &[Event]| {
        let told = events.iter().filter(|e| matches!(e, Event::ProviderDown { .. })).count();
        let in_force = state.providers.in_force(Channel::Text)?;
        (told == 1 && in_force.provider == provider("phone")).then_some(())
    };
    world.desk.until("the failover", down).await;
    assert_eq!(phone.asked().len(), 3);
    world.desk.plan(planned(fourth(), Channel::Text, reminder()));
    phone.expects("check-in due").await;
    world.desk.phase(fourth(), "Accepted").await;
    assert_eq!(phone.asked().len(), 4, "at once, and by the phone");
    world.desk.clock.advance(SignedDuration::from_secs(10));
    let back =
        |_: &_, events: &[Event]| events.iter().any(|e| matches!(e, Event::ProviderUp { .. })).then_some(());
    world.desk.until("it is back", back).await;
    let other = Message::CodeUnknown { code: proto::v1::alerts::ReplyCode(998) };
    world.desk.plan(planned(fifth(), Channel::Text, other));
    world.handsets.handset(LEADER).expects_text("the code 998").await;
    world.desk.phase(fifth(), "Delivered").await;
    assert_eq!(phone.asked().len(), 4);
    world.end().await;
}

/// Its log-in is refused: the text is not lost, the other one sends it.
#[tokio::test]
async fn a_phone_that_does_not_let_us_in_is_passed_over() {
    let clock = new_clock();
    let phone = Phone::start(clock.clone(), Mode::Local).await;
    let first_one = (provider("phone"), ProviderConfig::SmsGate(phone.config()));
    let channels = |second: TwilioConfig, _| Channels {
        providers: vec![first_one, (twilio_name(), ProviderConfig::Twilio(second))],
        ..Channels::default()
    };
    let world = World::start_by(trip_out(), clock, channels).await;
    phone.hooked().await;
    phone.locks_out();
    world.desk.plan(planned(first(), Channel::Text, reminder()));
    world.handsets.handset(LEADER).expects_text("check-in due").await;
    world.desk.phase(first(), "Delivered").await;
    assert!(phone.asked().is_empty());
    world.end().await;
}

/// Nobody can say whether an urgent alert was sent, and the provider can't be asked: the other one sends it too.
#[tokio::test]
async fn an_urgent_alert_in_doubt_goes_by_the_other_provider_too() {
    let (world, phone) = with_phone_second(alarm()).await;
    world.handsets.treat(handsets::Post::StatusCallbacks, handsets::Treatment::Held);
    world.handsets.fail_next(1, Failure::AcceptThenServerError);
    world.desk.hears(rung(vec![notice(first(), Recipient::Person(okafor()), Channel::Text)]));
    world.desk.phase(first(), "Unknown").await;
    world.handsets.handset(LEADER).expects_text("ALERT").await;
    // It has it, but it can't be asked: nothing is heard of it for six seconds.
    world.unreachable();
    world.desk.clock.advance(SignedDuration::from_secs(6));
    world.desk.time_passes();
    let asked = phone.expects("ALERT").await;
    world.desk.phase(first(), "Accepted").await;
    let twice = |state: &gateway::State, _: &[Event]| {
        let attempt = state.attempts.get(first())?;
        attempt
            .troubles
            .iter()
            .any(|trouble| trouble.what.contains("may come twice"))
            .then_some(attempt.may_come_twice)
    };
    assert!(world.desk.until("its log", twice).await);
    assert_eq!(asked.to, LEADER);
    world.stop().await;
}

/// A second account with Twilio's interface: its webhooks are signed with its own token.
#[tokio::test]
async fn a_second_account_of_the_same_kind_takes_over() {
    let clock = new_clock();
    let told = clock.clone();
    let config = Config {
        clock: std::sync::Arc::new(move || chassis::clock::Clock::now(&*told)),
        auth_token: "of the other account".into(),
        school_number: "+441632960001".into(),
        ..Config::default()
    };
    let other = Handsets::start(config.clone()).await.unwrap();
    let second_account = TwilioConfig {
        account_sid: config.account_sid,
        auth_tokens: vec![config.auth_token.into()],
        base_url: other.base_url(),
        from: number(&config.school_number),
    };
    let channels = |first: TwilioConfig, _| Channels {
        providers: vec![
            (
                twilio_name(),
                ProviderConfig::Twilio(TwilioConfig { base_url: "http://127.0.0.1:9".into(), ..first }),
            ),
            (provider("other"), ProviderConfig::Twilio(second_account)),
        ],
        ..Channels::default()
    };
    let world = World::start_by(alarm(), clock, channels).await;
    world.desk.hears(rung(vec![
        notice(first(), Recipient::Person(okafor()), Channel::Text),
        notice(second(), Recipient::Line(landline()), Channel::Voice),
    ]));
    other.handset(LEADER).expects_text("ALERT").await;
    let call = other.handset(LANDLINE).answers().await;
    call.hears("Missed check-in").await;
    call.press("1").await;
    call.ended().await;
    world.desk.phase(first(), "Delivered").await;
    world.desk.phase(second(), "Completed").await;
    other.expect_nothing_more().await;
    other.stop().await;
    world.end().await;
}

fn code(attempt: proto::ids::AttemptId) -> proto::v1::alerts::ReplyCode {
    proto::v1::alerts::ReplyCode(100 + u16::from(attempt.0.as_bytes()[0]) % 900)
}
