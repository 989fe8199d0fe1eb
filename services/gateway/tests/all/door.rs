//! Whole ways through the door, with the simulated handsets in their hands.

use std::sync::atomic::Ordering;

use handsets::{Failure, Order, Post, TextBehaviour, Treatment};
use jiff::SignedDuration;
use proto::ids::{DeviceId, SchoolId};
use proto::link::{PageLink, PageWord};
use proto::v1::alerts::{self, Channel, OwnedVia, Recipient};
use proto::v1::checkins::Word;
use proto::v1::gateway::{Caller, Event, Meaning, Message};
use proto::values::{DuressHash, Headcount};

use super::cast::*;
use super::desk::{DURESS_KEY, LINK_KEY, TRACKS_KEY, World};

fn reminder() -> Message {
    Message::Reminder { trip: museum(), due_at: at("2026-11-20T09:30:00Z") }
}

fn received(events: &[Event]) -> Vec<&Event> {
    events.iter().filter(|event| matches!(event, Event::TextReceived { .. })).collect()
}

#[tokio::test]
async fn a_planned_text_arrives_and_its_receipt_is_journalled() {
    let world = World::start(trip_out()).await;
    world.desk.plan(planned(first(), Channel::Text, reminder()));
    let text = world.handsets.handset(LEADER).expects_text("check-in due 09:30").await;
    assert!(text.body.starts_with("Elmfield School: Museum walk"), "{}", text.body);
    world.desk.phase(first(), "Delivered").await;
    let events = world.desk.events();
    let begun = events.iter().position(|e| matches!(e, Event::AttemptBegun { .. })).unwrap();
    let accepted = events.iter().position(|e| matches!(e, Event::AttemptProgressed { .. })).unwrap();
    assert!(begun < accepted, "journalled before it is sent");
    world.end().await;
}

/// CHECK-2: whoever answers and presses 1 owns it; the call says what happened.
#[tokio::test]
async fn an_alert_call_is_answered_and_owned_by_a_key() {
    let world = World::start(alarm()).await;
    world.desk.hears(rung(vec![notice(first(), Recipient::Line(landline()), Channel::Voice)]));
    let call = world.handsets.handset(LANDLINE).answers().await;
    call.hears("Missed check-in").await;
    call.press("1").await;
    call.hears("The alert is yours").await;
    call.ended().await;
    world.desk.phase(first(), "Completed").await;
    let events = world.desk.events();
    assert!(events.iter().any(|e| matches!(e, Event::KeyPressed { key: '1', by: Recipient::Line(_), .. })));
    assert!(!events.iter().any(|e| matches!(e, Event::AttemptFailed { .. })), "{events:#?}");
    world.end().await;
}

/// CHECK-2: an answered call without a key is not an owned one.
#[tokio::test]
async fn a_call_that_nobody_presses_a_key_in_failed() {
    let world = World::start(alarm()).await;
    world.desk.hears(rung(vec![notice(first(), Recipient::Line(landline()), Channel::Voice)]));
    let call = world.handsets.handset(LANDLINE).answers().await;
    for _ in 0..3 {
        call.stays_silent().await;
    }
    call.hears("No key was pressed").await;
    let why = |_: &_, events: &[Event]| {
        events
            .iter()
            .find_map(|e| if let Event::AttemptFailed { why, .. } = e { Some(why.clone()) } else { None })
    };
    assert_eq!(world.desk.until("a failure", why).await, "nobody pressed 1 in the call");
    world.end().await;
}

#[tokio::test]
async fn a_ringing_call_is_taken_back_when_somebody_owns_the_case() {
    let world = World::start(alarm()).await;
    world.desk.hears(rung(vec![notice(first(), Recipient::Line(landline()), Channel::Voice)]));
    let call = world.handsets.handset(LANDLINE).ringing_call().await;
    world.desk.phase(first(), "Ringing").await;
    world.desk.hears(alerts::Event::CaseOwned {
        case: case(),
        trip: Some(museum()),
        by: hale(),
        via: OwnedVia::Click,
        at: at(NOW),
        until: at("2026-11-20T09:15:00Z"),
        inbound: None,
    });
    assert_eq!(call.ended().await, handsets::CallStatus::Canceled);
    world.end().await;
}

/// The answer was lost, the text was not: it is looked up, and not sent twice.
#[tokio::test]
async fn what_the_provider_took_without_saying_so_is_found_and_not_sent_again() {
    for failure in [Failure::AcceptThenServerError, Failure::AcceptThenCutOff] {
        let world = World::start(trip_out()).await;
        world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
        world.handsets.fail_next(1, failure);
        world.desk.plan(planned(first(), Channel::Text, reminder()));
        world.desk.phase(first(), "Unknown").await;
        world.desk.clock.advance(SignedDuration::from_secs(2));
        world.desk.phase(first(), "Delivered").await;
        world.handsets.handset(LEADER).expects_text("check-in due").await;
        world.end().await;
    }
}

/// A callback binds the provider's id, even if the answer to the request was lost.
#[tokio::test]
async fn a_callback_settles_what_was_in_doubt_without_a_look_up() {
    let world = World::start(trip_out()).await;
    world.handsets.fail_next(1, Failure::AcceptThenServerError);
    world.desk.plan(planned(first(), Channel::Text, reminder()));
    world.desk.phase(first(), "Delivered").await;
    let sid = world.handsets.handset(LEADER).expects_text("check-in due").await.sid;
    world.desk.until("the id", |state, _| state.attempts.is_bound(&sid).then_some(())).await;
    world.end().await;
}

#[tokio::test]
async fn what_was_not_sent_is_sent_again_after_a_while() {
    for failure in [Failure::ServerError, Failure::TooManyRequests] {
        let world = World::start(trip_out()).await;
        world.handsets.fail_next(1, failure);
        world.desk.plan(planned(first(), Channel::Text, reminder()));
        let stuck = |state: &gateway::State, _: &[Event]| {
            let phase = state.attempts.get(first())?.phase;
            let waits = matches!(
                phase,
                gateway::Phase::Unknown { .. } | gateway::Phase::Planned { not_before: Some(_) }
            );
            waits.then_some(phase)
        };
        if let gateway::Phase::Unknown { .. } = world.desk.until("trouble", stuck).await {
            world.desk.clock.advance(SignedDuration::from_secs(2));
            world.desk.phase(first(), "Planned").await;
        }
        world.desk.clock.advance(SignedDuration::from_secs(3));
        world.handsets.handset(LEADER).expects_text("check-in due").await;
        world.desk.phase(first(), "Delivered").await;
        world.end().await;
    }
}

/// A worker that died after it had begun: its attempt is looked up before it is sent again.
#[tokio::test]
async fn after_a_crash_what_was_begun_is_looked_up_first() {
    let known = [trip_out(), vec![planned(first(), Channel::Text, reminder()), begun(first(), 1)]].concat();
    let world = World::start(known).await;
    world.desk.phase(first(), "Unknown").await;
    world.desk.clock.advance(SignedDuration::from_secs(2));
    world.desk.phase(first(), "Planned").await;
    world.desk.clock.advance(SignedDuration::from_secs(2));
    world.handsets.handset(LEADER).expects_text("check-in due").await;
    world.desk.phase(first(), "Delivered").await;
    world.end().await;
}

#[tokio::test]
async fn a_phone_that_opted_out_is_told_to_the_office_and_not_tried_again() {
    let world = World::start(alarm()).await;
    world.handsets.set_behaviour(LEADER, TextBehaviour::Refused(21610));
    world.desk.hears(rung(vec![notice(first(), Recipient::Person(okafor()), Channel::Text)]));
    let failed = |_: &_, events: &[Event]| {
        let end = events
            .iter()
            .find(|e| matches!(e, Event::AttemptFailed { permanent: true, code: Some(21610), .. }));
        end.map(|_| events.iter().any(|e| matches!(e, Event::OptedOut { .. })))
    };
    assert!(world.desk.until("the end", failed).await);
    world.end().await;
}

#[tokio::test]
async fn a_text_from_an_issued_phone_is_journalled_once_however_often_it_is_posted() {
    let world = World::start(trip_out()).await;
    world.handsets.treat(Post::InboundTexts, Treatment::Twice);
    let sent = world.handsets.handset(LEADER).sends("ok 31 \u{1F44D}").await;
    assert_eq!(sent.answers, [Ok(200), Ok(200)]);
    let events = world.desk.events();
    let [Event::TextReceived { from, meaning, provider_id, .. }] = received(&events)[..] else {
        panic!("{events:#?}")
    };
    assert_eq!(*provider_id, sent.sid);
    assert!(matches!(from, Caller::Device { device, person: Some(_), .. } if *device == wm_001()));
    assert_eq!(*meaning, Meaning::Says { word: Word::Ok, headcount: Headcount::new(31).ok() });
    world.end().await;
}

/// CHECK-6: the word itself is nowhere in the journal; the text counts as the OK it looks like.
#[tokio::test]
async fn a_duress_word_is_told_and_never_kept() {
    let hash = DuressHash::of(&DURESS_KEY, museum(), "bluebird");
    let mut known = trip_out();
    known.push(Event::TripNoted {
        trip: museum(),
        title: label("Museum walk"),
        out_since: Some(at("2026-11-20T08:30:00Z")),
        duress: hash,
        ended: false,
        places: vec![],
        host: None,
        drill: false,
    });
    let world = World::start(known).await;
    world.handsets.handset(LEADER).sends("Bluebird ok 31").await;
    world.handsets.handset(LEADER).sends("bluebird").await;
    let events = world.desk.events();
    for event in received(&events) {
        assert!(matches!(
            event,
            Event::TextReceived { duress: true, meaning: Meaning::Says { word: Word::Ok, .. }, .. }
        ));
    }
    assert_eq!(received(&events).len(), 2);
    let journal = serde_json::to_string(&events).unwrap().to_lowercase();
    assert!(!journal.contains("bluebird"), "{journal}");
    world.end().await;
}

#[tokio::test]
async fn a_stranger_is_answered_and_told_nothing() {
    let world = World::start(trip_out()).await;
    world.handsets.handset(STRANGER).sends("Where is my child?").await;
    let answer = world.handsets.handset(STRANGER).expects_text("dial 999").await.body;
    assert!(answer.contains("01632 960010") && !answer.contains("Museum"), "{answer}");
    world.end().await;
}

#[tokio::test]
async fn callbacks_out_of_order_and_twice_change_nothing() {
    let world = World::start(trip_out()).await;
    world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
    world.desk.plan(planned(first(), Channel::Text, reminder()));
    world.handsets.handset(LEADER).expects_text("check-in due").await;
    world.desk.phase(first(), "Accepted").await;
    world.handsets.release_held(Order::Reversed).await;
    world.desk.phase(first(), "Delivered").await;
    let sent = |e: &Event| {
        matches!(e, Event::AttemptProgressed { progress: proto::v1::gateway::Progress::Sent {}, .. })
    };
    assert!(!world.desk.events().iter().any(sent), "'sent' came after 'delivered'");
    world.end().await;
}

#[tokio::test]
async fn a_post_without_the_signature_is_refused_and_one_that_can_not_be_stored_is_not_accepted() {
    let world = World::start(trip_out()).await;
    let http = reqwest::Client::new();
    let form = [("MessageSid", "SM9"), ("From", LEADER), ("Body", "OK")];
    let post = http.post(format!("{}/twilio/text", world.base)).form(&form);
    assert_eq!(post.send().await.unwrap().status(), 403);
    world.desk.broken.store(true, Ordering::SeqCst);
    let sent = world.handsets.handset(LEADER).sends("ok").await;
    assert_eq!(sent.answers, [Ok(503)]);
    assert!(received(&world.desk.events()).is_empty());
    world.end().await;
}

#[tokio::test]
async fn without_a_provider_the_board_is_told_and_nothing_is_tried() {
    let world = World::start_with(alarm(), false).await;
    let told = |_: &_, events: &[Event]| events.contains(&no_providers()).then_some(());
    world.desk.until("the news", told).await;
    world.desk.hears(rung(vec![notice(first(), Recipient::Person(okafor()), Channel::Text)]));
    let last = world.desk.events().pop().unwrap();
    assert!(matches!(last, Event::AttemptImpossible { why, .. } if why == "no provider is configured"));
    world.end().await;
}

#[tokio::test]
async fn a_link_in_a_text_opens_the_trip_for_that_phone_alone() {
    let world = World::start(trip_out()).await;
    world.desk.plan(planned(first(), Channel::Text, Message::PageLink { trip: museum() }));
    let body = world.handsets.handset(LEADER).expects_text("/go/").await.body;
    let token = body.rsplit("/go/").next().unwrap();
    let link = PageLink::verify(&LINK_KEY, token, at(NOW)).unwrap();
    assert_eq!((link.trip, link.device), (museum(), wm_001()));
    world.desk.phase(first(), "Delivered").await;
    let journal = serde_json::to_string(&world.desk.events()).unwrap();
    assert!(!journal.contains(token), "a link never enters an event");
    world.end().await;
}

/// The code for a further browser opens that phone's page, and stands in no event.
#[tokio::test]
async fn a_code_in_a_text_opens_a_further_browser_and_never_enters_an_event() {
    let world = World::start(trip_out()).await;
    world.desk.plan(planned(first(), Channel::Text, Message::PageWord { trip: museum() }));
    let body = world.handsets.handset(LEADER).expects_text("is the code").await.body;
    let word = body.split(' ').find(|word| word.contains('-')).unwrap().to_owned();
    let school = SchoolId::parse("elmfield").unwrap();
    assert!(PageWord::opens(&LINK_KEY, (&school, museum(), wm_001()), &word, at(NOW)), "{body}");
    world.desk.phase(first(), "Delivered").await;
    let journal = serde_json::to_string(&world.desk.events()).unwrap();
    assert!(!journal.contains(&word) && !journal.contains(&word.replace('-', "")), "{journal}");
    world.end().await;
}

async fn post_position(world: &World, user: &str, device: DeviceId, body: &str) -> (u16, String) {
    let school = SchoolId::parse("elmfield").unwrap();
    let password = gateway::device_password(&TRACKS_KEY, &school, device);
    let post =
        reqwest::Client::new().post(format!("{}/owntracks", world.base)).basic_auth(user, Some(password));
    let answer = post.header("X-Limit-U", "somebody-else").body(body.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// CHECK-7: the login says whose position it is; what can't be read is answered like the rest.
#[tokio::test]
async fn a_phone_posts_its_position_with_its_own_login() {
    let world = World::start(trip_out()).await;
    let tst = at("2026-11-20T08:59:00Z").as_second();
    let fix = format!(r#"{{"_type":"location","lat":51.5,"lon":-0.12,"acc":9,"tst":{tst},"_id":"a1"}}"#);
    let well = (200, "[]".to_owned());
    assert_eq!(post_position(&world, "WM-001", wm_001(), &fix).await, well);
    assert_eq!(post_position(&world, "wm-001", wm_001(), &fix).await, well, "again: nothing more");
    assert_eq!(post_position(&world, "WM-001", wm_001(), "not json").await, well, "kept apart");
    assert_eq!(post_position(&world, "WM-001", wm_001(), "").await, well);
    assert_eq!(post_position(&world, &bp_001().to_string(), bp_001(), &fix).await, well, "thrown away");
    assert_eq!(post_position(&world, "WM-001", wm_002(), &fix).await.0, 401, "another phone's password");
    assert_eq!(post_position(&world, "WM-009", wm_001(), &fix).await.0, 401, "nobody's");
    let events = world.desk.events();
    let [Event::PositionReceived { device, trip, .. }] = &events[..] else { panic!("{events:#?}") };
    assert_eq!((*device, *trip), (wm_001(), museum()));
    world.desk.broken.store(true, Ordering::SeqCst);
    assert_eq!(post_position(&world, "WM-001", wm_001(), &fix).await.0, 503, "our own fault");
    world.end().await;
}
