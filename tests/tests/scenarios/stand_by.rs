//! Two instances of a service: one at work, one that stands by.

use std::time::Instant;

use end_to_end::{Outing, Reserve, World, campaign};
use proto::topics::ServiceName::{Alerts, Checkins};
use proto::v1::checkins::Word;

use super::out_apart;

/// A party is out, and a second instance of checkins stands by.
async fn one_stands_by() -> (World, Outing, Reserve) {
    let (mut world, outing) = out_apart(String::new()).await;
    let reserve = world.has_in_reserve(Checkins).await;
    world.at("09:28").await;
    (world, outing, reserve)
}

/// CHECK-1, CHECK-3: the instance at work is killed while a party is out. The one that stands by takes its schools over within seconds;
/// what was asked meanwhile is answered, once, and the watch goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_stands_by_takes_over_within_seconds() {
    let (mut world, outing, reserve) = one_stands_by().await;
    world.kills(Checkins).await;
    let died = Instant::now();
    let ines = world.as_("Ines");
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    campaign::say(&format!(
        "killed, handed over, and a check-in answered after {} ms",
        died.elapsed().as_millis()
    ));
    world.is_relieved_by(reserve).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    world.nobody_answers();
    world.at("10:11").await;
    assert_eq!(world.told("checkins", "CheckInMissed").len(), 1, "the watch goes on");
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1);
    let counts = world.closes_the_books().await;
    assert_eq!(counts.missed.len(), 1, "{counts:?}");
}

/// CHECK-3: the instance at work hangs, and its lease is lost with its connection. Another one is at work when it goes on, with commands
/// in its inbox and a state of long ago: whatever it would store is fenced off, nothing is done twice, and it ends. [HW-D3]
#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_was_replaced_and_wakes_is_fenced_off() {
    let (mut world, outing, reserve) = one_stands_by().await;
    world.freezes(Checkins).await;
    // As the database itself does when a machine no longer answers.
    world.connections_end("application_name = 'homeward lease checkins'").await;
    let ines = world.as_("Ines");
    ines.insists(outing.word(&world, Word::Ok, Some(24))).await;
    let mut replaced = world.is_relieved_by(reserve).await;
    replaced.thaws().await;
    ines.insists(outing.word(&world, Word::Late { minutes: 10 }, None)).await;
    let end = replaced.ends_by_itself().await;
    assert!(end.contains("HW-D3"), "{end}");
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 2, "each word once");
    world.kills(Alerts).await;
    world.comes_back().await;
    world.at("10:00").await;
    assert!(world.told("checkins", "CheckInMissed").is_empty());
    world.closes_the_books().await;
}
