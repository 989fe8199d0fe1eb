//! Words that come late, twice, or in the wrong order.

use end_to_end::{Outing, World};
use handsets::{Order, Post, Treatment};
use proto::ids::CommandId;
use proto::v1::checkins::Word;

/// CHECK-3: a button pressed in time without a signal counts at its own time when it arrives, and resolves the alert.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_queued_offline_counts_at_its_own_time() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    let pressed = outing.pressed(&world, "WM-001", Word::Ok, Some(24), world.instant("09:28"));
    world.at("09:40").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.texted("WM-001", "ALERT Missed check-in, due 09:30").await;
    world.at("09:40:30").await;
    world.as_("Ines").does(pressed).await;
    world.quiet().await;
    let words = world.told("checkins", "CheckedIn");
    assert_eq!(words[0]["punctuality"], "queued_in_time", "{words:?}");
    assert_eq!(world.told("checkins", "HeardAgain").len(), 1);
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.at("09:54").await;
    world.ends().await;
}

/// CHECK-3: a word after the grace is late: what was missed was missed, and is resolved. An older word that comes after a
/// newer one moves nothing back.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_word_is_late_and_an_old_one_moves_nothing_back() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:40:30").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.texted("WM-001", "ALERT Missed check-in, due 09:30").await;
    world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    world.quiet().await;
    let old = outing.pressed(&world, "WM-001", Word::Ok, Some(23), world.instant("09:05"));
    world.as_("Ines").does(old).await;
    world.quiet().await;
    let words = world.told("checkins", "CheckedIn");
    let how: Vec<_> = words.iter().map(|word| word["punctuality"].as_str().expect("a word")).collect();
    assert_eq!(how, ["late", "stale"]);
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1, "an old count alerts nobody anew");
    world.at("09:54").await;
    world.ends().await;
}

/// Texts, callbacks and commands that come twice, and callbacks in the wrong order, do everything once.
#[tokio::test(flavor = "multi_thread")]
async fn duplicates_and_unordered_messages_do_everything_once() {
    let mut world = World::start().await;
    world.handsets.treat(Post::StatusCallbacks, Treatment::Held);
    let outing = Outing::under_way(&mut world).await;
    world.handsets.treat(Post::InboundTexts, Treatment::Twice);
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    assert_eq!(world.told("gateway", "TextReceived").len(), 1);
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    world.handsets.release_held(Order::Reversed).await;
    world.handsets.treat(Post::StatusCallbacks, Treatment::Twice);
    world.quiet().await;
    world.at("09:27").await;
    let id = CommandId::new();
    let word = outing.word(&world, Word::Ok, Some(24));
    let ines = world.as_("Ines");
    let first = ines.asks_as(id, word.clone()).await;
    assert_eq!(ines.asks_as(id, word).await, first, "the first answer is given");
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 2);
    assert!(world.told("gateway", "AttemptFailed").is_empty());
    world.ends().await;
}
