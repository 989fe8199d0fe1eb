//! A check-in that doesn't come.

use end_to_end::{Outing, World};

const MISSED: &str = "ALERT Missed check-in, due 09:30";

fn rungs(world: &World) -> Vec<(u64, String)> {
    let reached = world.told("alerts", "RungReached").into_iter();
    let rung = |told: serde_json::Value| Some((told["round"].as_u64()?, told["rung"].as_str()?.to_owned()));
    reached.filter_map(rung).collect()
}

/// CHECK-2: reminder, due, grace, missed, the whole ladder, and round again; the leader's text resolves it, and nobody
/// hears more.
#[tokio::test(flavor = "multi_thread")]
async fn a_missed_check_in_goes_up_the_whole_ladder_and_is_resolved_by_text() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:39:59").await;
    world.texted("WM-001", "check-in due 09:30").await;
    assert!(world.told("checkins", "CheckInMissed").is_empty(), "the grace is not over");
    world.at("09:40").await;
    assert_eq!(world.told("checkins", "CheckInMissed").len(), 1);
    world.texted("WM-001", MISSED).await;
    world.nothing_more().await;
    world.at("09:57").await;
    let ladder = [(1, "leader"), (1, "deputy"), (1, "office"), (1, "dsl"), (1, "senior"), (2, "leader")];
    assert_eq!(rungs(&world), ladder.map(|(round, rung)| (round, rung.to_owned())));
    // Tom's phone, Ruth's and Pat's at base, Karin's, Marcus's; the leader's again.
    for tag in ["WM-002", "WM-004", "WM-005", "WM-003", "WM-006"] {
        world.texted_and_called(tag, MISSED).await;
    }
    world.landline().expects_call().await;
    world.called("WM-001").await;
    world.texted("WM-001", "check-in due 10:00").await;
    world.texted("WM-001", MISSED).await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted. Thank you. Next check-in 10:30").await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1, "once");
    world.at("10:24").await;
    world.ends().await;
}

/// CHECK-2: delivery is not acknowledgement; a reply code is, and the ladder stands still; what is owned and not resolved
/// comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_code_owns_it_and_ownership_lapses() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:44:30").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.texted_and_called("WM-001", MISSED).await;
    world.texted_and_called("WM-002", MISSED).await;
    world.texted("WM-005", MISSED).await;
    world.landline().expects_call().await;
    let alert = world.texted("WM-004", MISSED).await;
    let code = alert.split("Reply ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a code");
    world.sends("WM-004", code).await;
    world.texted("WM-004", "You have alert").await;
    let owned = world.told("alerts", "CaseOwned");
    assert_eq!(owned.len(), 1);
    assert_eq!(owned[0]["via"], "reply");
    world.at("09:54").await;
    world.nothing_more().await;
    world.at("09:59:30").await;
    assert_eq!(world.told("alerts", "OwnershipLapsed").len(), 1);
    world.texted("WM-001", "check-in due 10:00").await;
    world.landline().expects_call().await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, MISSED).await;
    }
    let case = owned[0]["case"].as_str().expect("an id").parse().expect("an id");
    let reason = "Rang the museum: all are well, the leader's phone was in a locker".parse().expect("a note");
    world.as_("Pat").does(proto::v1::alerts::Command::ResolveCase { case, reason }).await;
    world.quiet().await;
    world.sends("WM-001", "ok24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.ends().await;
}

/// CHECK-2: a person who answers the call and presses 1 has it.
#[tokio::test(flavor = "multi_thread")]
async fn who_answers_the_landline_and_presses_1_has_it() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    for tag in ["WM-001", "WM-002"] {
        world.rings_out(world.cast.phone(tag).number);
    }
    world.at("09:44").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.texted_and_called("WM-001", MISSED).await;
    world.texted_and_called("WM-002", MISSED).await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, MISSED).await;
    }
    let call = world.landline().answers().await;
    call.hears("Missed check-in").await;
    call.press("1").await;
    call.ended().await;
    world.quiet().await;
    let owned = world.told("alerts", "CaseOwned");
    assert_eq!(owned.len(), 1);
    assert_eq!(owned[0]["via"], "key");
    assert_eq!(owned[0]["by"], world.cast.person("Ruth").to_string(), "who holds base");
    world.at("09:50").await;
    world.ends().await;
}
