//! The landline's health: tested by call on school days, told by failed calls, damped, and the emergency route held against it.

use end_to_end::{Extras, MORNING, Outing, Plan, World};
use handsets::CallBehaviour;
use proto::v1::contacts::{Command, LineHealth};
use proto::v1::people;
use serde_json::{Value, json};

use super::calls_in::{PARENT, takes};

const SCHEDULE: &str = "line_tests = \"0 10 9 * * MON-FRI\"";

async fn tested(now: &str) -> World {
    World::start_with(now, Plan::Within, Extras { policy: SCHEDULE, ..Extras::default() }).await
}

/// The health that the landline went through.
fn health(world: &World) -> Vec<String> {
    let changed = world.told("contacts", "LineHealthChanged");
    changed.iter().map(|change| change["health"].as_str().expect("a health").to_owned()).collect()
}

async fn a_parent_rings(world: &mut World) {
    world.handset_of(PARENT).rings_school().await;
    takes(&world.handset("WM-009"), "A caller from outside").await.hang_up().await;
    world.quiet().await;
}

/// CONT-1: on school days the landline is rung by schedule, and 1 says that it works; on a Saturday it is left alone.
#[tokio::test(flavor = "multi_thread")]
async fn the_landline_is_tested_by_call_on_school_days() {
    let mut world = tested(MORNING).await;
    world.at("09:09:59").await;
    world.nothing_more().await;
    world.at("09:10").await;
    let rung = world.landline().answers().await;
    rung.hears("A test call, to see whether this line is answered. Press 1.").await;
    rung.press("1").await;
    rung.hears("Thank you. The line works.").await;
    rung.ended().await;
    world.quiet().await;
    let tried = world.told("gateway", "LineTried");
    assert_eq!((tried.len(), &tried[0]["outcome"]), (1, &json!("taken")));
    assert!(health(&world).is_empty(), "it was up, and is");
    world.at("12:00").await;
    world.ends().await;
    let mut world = tested("2026-11-21T08:30:00Z").await;
    world.at("12:00").await;
    assert!(world.told("contacts", "LineTestCalled").is_empty());
    world.ends().await;
}

/// CONT-1, CONT-2, CHECK-2: an engaged line is no fault; calls that can't be put through are. Doubtful, tested, down: out of the routes
/// at once, the office alerted on the work mobile, shown on the board. A test that is taken brings it back, watched for a while;
/// another fall takes twice as long.
#[tokio::test(flavor = "multi_thread")]
async fn failed_calls_take_the_landline_down_and_test_calls_bring_it_back() {
    let mut world = World::start().await;
    let landline = world.landline();
    world.handsets.set_behaviour(landline.number(), CallBehaviour::Busy);
    a_parent_rings(&mut world).await;
    landline.expects_call().await;
    assert!(health(&world).is_empty(), "one engaged call is no fault");
    world.handsets.set_behaviour(landline.number(), CallBehaviour::Fails);
    a_parent_rings(&mut world).await;
    landline.expects_call().await;
    assert_eq!(health(&world), ["doubtful"]);
    world.at("08:32").await;
    landline.expects_call().await;
    assert_eq!(health(&world), ["doubtful", "down"], "the test call found no connection");
    world.texted("WM-005", "ALERT A school line is down since 08:32").await;
    let alert = world.handset("WM-009").answers().await;
    alert.press("1").await;
    alert.ended().await;
    let page = world.browser("Pat").await.opens("/").await;
    assert!(page.contains("The landline is down: what follows it takes over"), "{page}");
    a_parent_rings(&mut world).await;
    let of_landline = json!(world.cast.landline);
    let tried = world.told("gateway", "LineTried").into_iter().filter(|tried| tried["line"] == of_landline);
    let outcomes: Vec<_> = tried.map(|tried| tried["outcome"].clone()).collect();
    assert_eq!(outcomes, ["busy", "failed", "failed"], "the fourth time it wasn't rung");
    comes_back(&mut world, "08:42").await;
    // While it is watched, one fault is enough; then it is tried again after twice the time.
    world.handsets.set_behaviour(landline.number(), CallBehaviour::Fails);
    a_parent_rings(&mut world).await;
    landline.expects_call().await;
    assert_eq!(health(&world).last().expect("it changed"), "down");
    world.texted("WM-005", "ALERT A school line is down since 08:42").await;
    let alert = world.handset("WM-009").answers().await;
    alert.press("1").await;
    alert.ended().await;
    world.at("08:57").await;
    // A quarter of an hour after it was taken, and nothing done: it comes back to the office. [CHECK-2]
    world.texted("WM-005", "ALERT A school line is down since 08:42").await;
    let alert = world.handset("WM-009").answers().await;
    alert.press("1").await;
    alert.ended().await;
    world.at("09:01:59").await;
    world.nothing_more().await;
    comes_back(&mut world, "09:02").await;
    world.at("09:31:59").await;
    assert_eq!(health(&world).last().expect("it changed"), "back", "watched for twice as long");
    world.at("09:32").await;
    assert_eq!(health(&world).last().expect("it changed"), "up");
    world.ends().await;
}

/// A test call is taken; base is told, and the case is over.
async fn comes_back(world: &mut World, at: &str) {
    let landline = world.landline();
    world.handsets.set_behaviour(landline.number(), CallBehaviour::Rings);
    world.at(at).await;
    let rung = landline.answers().await;
    rung.press("1").await;
    rung.ended().await;
    world.quiet().await;
    assert_eq!(health(world).last().expect("it changed"), "back");
    for tag in ["WM-005", "WM-009"] {
        world.texted(tag, "School landline works again").await;
    }
    assert_eq!(world.told("alerts", "CaseResolved").len(), world.told("alerts", "CaseOpened").len());
}

/// FORM-8: while a trip is out, a gap of its emergency route alerts the office as it opens, by whatever phone is left, and is
/// over when it closes.
#[tokio::test(flavor = "multi_thread")]
async fn a_gap_of_the_emergency_route_opening_during_a_trip_alerts() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:10").await;
    let mark = |line, until: Option<proto::Timestamp>| Command::MarkLine {
        line,
        health: LineHealth::Down,
        reason: "No signal in the office".parse().expect("a note"),
        until,
    };
    let (back_up, landline) = (world.cast.back_up, world.cast.landline);
    // Nobody is on call: the two lines are all there is.
    world.as_("Ruth").does(people::Command::RemoveDuty { duty: world.cast.duty }).await;
    world.quiet().await;
    world.as_("Pat").does(mark(back_up, Some(world.instant("09:20")))).await;
    world.quiet().await;
    assert!(broken(&world).is_empty(), "the landline is left");
    world.as_("Pat").does(mark(landline, Some(world.instant("09:15")))).await;
    world.quiet().await;
    let found = broken(&world);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        (&found[0]["trip"], &found[0]["severity"]),
        (&json!(outing.trip), &json!("urgent")),
        "{found:#?}"
    );
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT No way to reach base since 09:10 (Year 6 to the City").await;
    }
    let page = world.browser("Pat").await.opens(&format!("/trips/{}", outing.trip)).await;
    assert!(page.contains("09:10"), "{page}");
    world.at("09:20").await;
    let resolved = world.told("alerts", "CaseResolved");
    assert!(resolved.iter().any(|case| case["trip"] == json!(outing.trip)), "{resolved:#?}");
    world.closes().await;
}

/// What was raised because the route does not hold.
fn broken(world: &World) -> Vec<Value> {
    let raised = ["CaseOpened", "ReasonAdded"].map(|told| world.told("alerts", told)).into_iter().flatten();
    raised.filter(|raised| raised["reason"].get("route_broken").is_some()).collect()
}
