//! The provider of texts and calls fails: in the middle of a ladder, in each way it can, and where nobody can know.

use end_to_end::{Extras, MORNING, Outing, Plan, World};
use handsets::{CallBehaviour, Failure, Order, Post, TextBehaviour, Treatment};
use jiff::SignedDuration;
use proto::Timestamp;
use serde_json::{Value, json};

const MISSED: &str = "ALERT Missed check-in, due 09:30";

/// The museum trip is out; a second account stands by; nobody answers calls.
async fn with_a_second_account() -> (World, Outing) {
    let extras = Extras { second: true, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Within, extras).await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    let numbers: Vec<_> = world.cast.phones.iter().map(|phone| phone.number).collect();
    for number in numbers.into_iter().chain([homeward::demo::LANDLINE]) {
        let number = world.handset_of(number).number().to_owned();
        world.second().set_behaviour(&number, CallBehaviour::NoAnswer);
    }
    (world, outing)
}

/// A text with these words comes to that phone by the second account; tells when it was made.
async fn by_the_second(world: &World, tag: &str, words: &str) -> Timestamp {
    let number = world.handset(tag).number().to_owned();
    world.second().handset(&number).expects_text(words).await.created
}

async fn called_by_the_second(world: &World, number: &str) {
    world.second().handset(number).expects_call().await;
}

/// Which provider each attempt was begun with, in order.
fn begun(world: &World) -> Vec<Value> {
    world.told("gateway", "AttemptBegun").into_iter().map(|begun| begun["provider"].clone()).collect()
}

/// CHECK-2: nobody answers any more at the first provider in the middle of a ladder: the same text goes by the second within
/// the same second; after three faults the first is left alone, base is alerted, and the ladder goes on. When it answers
/// again it is in force again, and the alert is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_lost_in_the_middle_of_a_ladder_is_replaced_within_seconds_and_comes_back() {
    let (mut world, _outing) = with_a_second_account().await;
    world.at("09:40").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.texted("WM-001", MISSED).await;
    world.loses_the_provider().await;
    // The leader's call, then the deputy's text: each tried where nobody is, then by the second account.
    world.at("09:42").await;
    called_by_the_second(&world, world.handset("WM-001").number()).await;
    let due = world.instant("09:42");
    let late = by_the_second(&world, "WM-002", MISSED).await.duration_since(due);
    assert!(late <= SignedDuration::from_secs(3), "{late:?}");
    world.at("09:44").await;
    called_by_the_second(&world, world.handset("WM-002").number()).await;
    for tag in ["WM-004", "WM-005"] {
        by_the_second(&world, tag, MISSED).await;
    }
    let down = world.told("gateway", "ProviderDown");
    let channels: Vec<_> = down.iter().map(|down| (&down["provider"], &down["instead"])).collect();
    assert!(channels.contains(&(&json!("twilio"), &json!("second"))), "{down:#?}");
    let opened = world.told("alerts", "CaseOpened");
    assert!(opened.iter().any(|case| case["reason"].get("provider_down").is_some()), "{opened:#?}");
    by_the_second(&world, "WM-005", "ALERT ").await;
    let page = world.browser("Pat").await.opens("/messages").await;
    assert!(page.contains("in force") && page.contains("second") && page.contains("fails"), "{page}");
    world.finds_the_provider().await;
    world.at("09:47").await;
    let up = world.told("gateway", "ProviderUp");
    assert_eq!(up.len(), down.len(), "each channel is back: {up:#?}");
    let resolved = world.told("alerts", "CaseResolved");
    assert_eq!(resolved.len(), 1, "the provider's own case: {resolved:#?}");
    // The next rung is told by the first again.
    let before = begun(&world).len();
    world.at("09:52").await;
    let since = begun(&world).split_off(before);
    assert!(!since.is_empty() && since.iter().all(|provider| provider == "twilio"), "{since:?}");
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.closes().await;
}

/// CONT-1, CHECK-2: calls in and keys work by the second account, too: its own number is rung, and it shows its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_on_the_second_accounts_number_is_put_through_with_that_number_shown() {
    let extras = Extras { second: true, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Within, extras).await;
    let caller = world.second().handset("+441632960123").rings_school().await;
    let landline = world.second().handset(world.landline().number());
    let rung = landline.answers().await;
    rung.hears("A caller from outside").await;
    rung.press("1").await;
    rung.hang_up().await;
    caller.ended().await;
    world.quiet().await;
    assert_eq!(world.told("gateway", "CallBridged").len(), 1);
    // Another account's number would have broken the provider's contract.
    world.ends().await;
}

/// Too many requests, a server error, done though the answer is an error, done though it broke off or never came: in each case
/// the reminder comes once, and the books say what happened.
#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_a_request_ends_with_one_text() {
    let failures = [
        Failure::TooManyRequests,
        Failure::ServerError,
        Failure::AcceptThenServerError,
        Failure::AcceptThenCutOff,
        Failure::AcceptThenHang,
    ];
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    let mut hour = world.instant("09:00");
    for failure in failures {
        let due = hour + SignedDuration::from_mins(30);
        // No callback tells that it was done: it has to be looked up.
        world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
        world.handsets.fail_next(1, failure);
        world.to(due - SignedDuration::from_mins(4)).await;
        world.texted("WM-001", "check-in due").await;
        world.handsets.treat(Post::StatusCallbacks, Treatment::Normal);
        world.handsets.release_held(Order::AsSent).await;
        world.quiet().await;
        let texts = world.handset("WM-001").texts();
        let same = texts.iter().filter(|text| text.body == texts.last().expect("one came").body).count();
        assert_eq!(same, 1, "{failure:?}: {texts:#?}");
        world.sends("WM-001", "OK 24").await;
        world.texted("WM-001", "OK 24, all counted").await;
        hour = due;
    }
    assert!(world.told("alerts", "CaseOpened").is_empty(), "{:#?}", world.told("gateway", "ProviderFaulted"));
    world.ends().await;
}

/// CHECK-2: an alert's text that the carrier loses, refuses, or for which there is no receipt; a call that is engaged, rings out,
/// can't be connected, or reaches a machine: whatever it is, the next channel or rung follows, and none is told twice.
#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_a_phone_moves_the_ladder_on() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    let behaves = |world: &World, tag: &str, texts: TextBehaviour, calls: CallBehaviour| {
        let number = world.handset(tag).number().to_owned();
        world.handsets.set_behaviour(&number, texts);
        world.handsets.set_behaviour(&number, calls);
    };
    world.at("09:25").await;
    world.texted("WM-001", "check-in due 09:30").await;
    behaves(&world, "WM-001", TextBehaviour::Undelivered(30003), CallBehaviour::Busy);
    behaves(&world, "WM-002", TextBehaviour::Refused(21211), CallBehaviour::Fails);
    behaves(&world, "WM-004", TextBehaviour::Failed(30008), CallBehaviour::Voicemail);
    behaves(&world, "WM-005", TextBehaviour::NoReceipt, CallBehaviour::NoAnswer);
    world.rings_out(homeward::demo::LANDLINE);
    // A text that can't be delivered is followed by a call at once; nobody is left on the rung, so the next is told at once.
    world.at("09:40").await;
    world.handset("WM-001").expects_lost_text(MISSED).await;
    world.called("WM-001").await;
    world.called("WM-004").await;
    world.handset("WM-004").expects_lost_text(MISSED).await;
    world.texted("WM-005", MISSED).await;
    world.landline().expects_call().await;
    let failed = world.told("gateway", "AttemptFailed");
    let codes: Vec<_> = failed.iter().filter_map(|failed| failed["code"].as_u64()).collect();
    for code in [30003, 21211, 30008] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    let rungs = world.told("alerts", "RungReached");
    assert!(rungs.iter().any(|rung| rung["rung"] == "office"), "{rungs:#?}");
    world.sends("WM-002", "OK 24").await;
    world.closes().await;
}

/// CHECK-2: callbacks that come late, and in the wrong order, move nothing backwards: what was delivered stays delivered, and a
/// call that nobody took was not taken.
#[tokio::test(flavor = "multi_thread")]
async fn late_and_unordered_callbacks_move_no_attempt_backwards() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:39").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
    world.at("09:41:30").await;
    world.texted("WM-001", MISSED).await;
    world.called("WM-001").await;
    world.handsets.treat(Post::StatusCallbacks, Treatment::Twice);
    world.handsets.release_held(Order::Reversed).await;
    world.quiet().await;
    let attempts = &world.watch.states.gateway.attempts;
    let phases: Vec<_> = attempts.iter().map(|(_, attempt)| format!("{:?}", attempt.phase)).collect();
    assert!(
        phases.iter().all(|phase| !phase.starts_with("Accepted") && !phase.starts_with("Sent")),
        "{phases:?}"
    );
    let failed = world.told("gateway", "AttemptFailed");
    assert_eq!(failed.len(), 1, "the call, once: {failed:#?}");
    assert!(world.told("alerts", "CaseOwned").is_empty());
    world.closes().await;
}

/// CHECK-2: the provider takes an urgent alert, the answer is lost, and then the provider is: nobody can know. The second account
/// sends it too, after six seconds, and the page and the trip's timeline say that it may come twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_in_doubt_is_sent_by_the_other_and_it_is_said_that_it_may_come_twice() {
    let (mut world, outing) = with_a_second_account().await;
    world.at("09:39:59").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.handsets.fail_next(1, Failure::AcceptThenCutOff);
    world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
    world.at("09:40").await;
    world.loses_the_provider().await;
    world.at("09:40:05").await;
    let number = world.handset("WM-001").number().to_owned();
    assert!(world.second().handset(&number).texts().is_empty(), "it is looked up first");
    world.at("09:40:07").await;
    by_the_second(&world, "WM-001", MISSED).await;
    world.texted("WM-001", MISSED).await;
    let put_off = world.told("gateway", "AttemptPutOff");
    assert!(put_off.iter().any(|put_off| put_off["in_doubt"] == true), "{put_off:#?}");
    let pat = world.browser("Pat").await;
    assert!(pat.opens("/messages").await.contains("may come twice"));
    let log = pat.opens(&format!("/trips/{}/log", outing.trip)).await;
    assert!(log.contains("is sent again"), "{log}");
    world.closes().await;
}
