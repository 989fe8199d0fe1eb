//! A whole trip that is a drill: through real channels, and nobody takes it for real. [REV-1]

use end_to_end::{Outing, World, take_in};
use proto::v1::trips::Command;

/// REV-1: reminder, missed check-in, call for help, answers and calls: each text begins with DRILL, each call says it first, and
/// what a phone with the drill is answered without a trip in it, too. The drill is over, the next one is due, and what was
/// learnt is kept; a real trip's words say nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn every_text_and_call_of_a_drill_says_so_first() {
    let mut world = World::start().await;
    let mut outing = Outing::museum(&world);
    outing.form.drill = true;
    outing.departed(&mut world).await;
    world.nobody_answers();
    let mut said = vec![world.texted("WM-001", "your trip page").await];
    world.sends("WM-001", "hello?").await;
    said.push(world.texted("WM-001", "Not understood").await);
    world.at("09:40").await;
    said.push(world.texted("WM-001", "check-in due 09:30").await);
    said.push(world.texted("WM-001", "ALERT Missed check-in").await);
    world.sends("WM-001", "OK 24").await;
    said.push(world.texted("WM-001", "OK 24, all counted").await);
    for text in &said {
        assert!(text.starts_with("DRILL. "), "{text}");
        assert!(text.contains("http") || text.len() <= 160, "one text: {text}");
    }
    outing.returned(&mut world).await;
    for tag in ["WM-001", "WM-002", "BP-001"] {
        world.as_("Pat").does(take_in(&world, tag)).await;
        world.quiet().await;
    }
    let done = world.told("trips", "DrillDone");
    assert_eq!((done.len(), &done[0]["weekend"]), (1, &serde_json::json!(false)));
    let learnt = "The landline was busy: a second one is ordered".parse().expect("a note");
    world.as_("Ruth").does(Command::ReviewDrill { trip: outing.trip, learnt }).await;
    world.quiet().await;
    assert_eq!(world.told("trips", "DrillReviewed").len(), 1);
    world.ends().await;
}

/// REV-1: an alert's call says so before anything else.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_drill_says_so_first() {
    let mut world = World::start().await;
    let mut outing = Outing::museum(&world);
    outing.form.drill = true;
    outing.departed(&mut world).await;
    for tag in ["WM-001", "WM-002"] {
        world.rings_out(world.cast.phone(tag).number);
    }
    world.at("09:44").await;
    let call = world.landline().answers().await;
    call.hears("DRILL. This is").await;
    call.press("1").await;
    call.ended().await;
    world.quiet().await;
    assert_eq!(world.told("alerts", "CaseOwned").len(), 1);
    world.closes().await;
}
