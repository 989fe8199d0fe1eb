//! Staff and pupils of a party that is out ring the school's number.

use end_to_end::{Outing, World};
use handsets::LiveCall;
use serde_json::json;

use super::calls_in::takes;

const MENU: &str = "To check in, press 1. To speak to base, press 2, or wait. For help, press 9.";

async fn out() -> (World, Outing) {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.at("09:10").await;
    (world, outing)
}

async fn rings(world: &World, tag: &str) -> LiveCall {
    world.handset(tag).rings_school().await
}

/// CHECK-1, CHECK-5: by keys: 1, the count, hash. It counts as a text would; what was understood, and when the next is due, is
/// said in the call, and no text comes besides. A count that differs is told to the office at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_checks_in_by_keys_and_hears_what_was_understood() {
    let (mut world, _outing) = out().await;
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    let call = rings(&world, "WM-001").await;
    call.hears(MENU).await;
    call.press("1").await;
    call.hears("Key in how many pupils you counted, then press hash").await;
    call.press("24#").await;
    call.hears("You have checked in with 24. All are counted. The next check-in is at 10:00.").await;
    call.hang_up().await;
    world.quiet().await;
    let taken = world.told("checkins", "CheckedIn");
    assert_eq!((taken.len(), &taken[0]["headcount"]), (1, &json!(24)), "{taken:#?}");
    world.nobody_answers();
    world.at("09:56").await;
    world.texted("WM-001", "check-in due 10:00").await;
    let call = rings(&world, "WM-002").await;
    call.press("1").await;
    call.press("23#").await;
    call.hears("You have checked in with 23, but 24 are expected. Count again: the office knows.").await;
    call.press("1").await;
    call.press("24#").await;
    call.hears("You have checked in with 24. All are counted.").await;
    call.hang_up().await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "HeadcountDiffered").len(), 1);
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT Count 23, expected 24").await;
    }
    world.landline().expects_call().await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.ends().await;
}

/// CHECK-5: what can be no headcount is asked for again, and never guessed; without one the check-in stands without.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_never_guessed() {
    let (mut world, _outing) = out().await;
    let call = rings(&world, "WM-001").await;
    call.press("1").await;
    call.press("2*4#").await;
    call.hears("That was not understood. Key in how many").await;
    call.stays_silent().await;
    call.hears("You have checked in, without a count.").await;
    call.hang_up().await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn")[0]["headcount"], json!(null));
    world.ends().await;
}

/// CONT-6: 2, or no key at all, and staff off site speak to base: whoever holds it by name, first.
#[tokio::test(flavor = "multi_thread")]
async fn two_or_silence_puts_staff_through_to_whoever_holds_base() {
    let (mut world, _outing) = out().await;
    for silent in [false, true] {
        let call = rings(&world, "WM-002").await;
        call.hears(MENU).await;
        if silent {
            call.stays_silent().await;
        } else {
            call.press("2").await;
        }
        let base =
            takes(&world.handset("WM-005"), "A call from staff of the trip Year 6 to the City Museum.").await;
        call.hears("You are put through to base.").await;
        base.hang_up().await;
        call.ended().await;
        world.quiet().await;
    }
    assert_eq!(world.told("gateway", "CallBridged").len(), 2);
    assert!(world.told("checkins", "CheckedIn").is_empty(), "to ring is not to check in");
    world.ends().await;
}

/// CHECK-6: 9 alerts everyone on the ladder at once, and connects with base, who hears that it is a call for help.
#[tokio::test(flavor = "multi_thread")]
async fn nine_alerts_everyone_at_once_and_connects() {
    let (mut world, _outing) = out().await;
    for tag in ["WM-001", "WM-002", "WM-003", "WM-004", "WM-006"] {
        world.rings_out(world.cast.phone(tag).number);
    }
    world.rings_out(homeward::demo::LANDLINE);
    let call = rings(&world, "WM-001").await;
    call.press("9").await;
    call.hears(
        "Help is being called, and you are put through now. Stay on the line. If somebody is in danger",
    )
    .await;
    world.quiet().await;
    assert_eq!(world.told("alerts", "CaseOpened")[0]["severity"], "emergency");
    for tag in ["WM-002", "WM-003", "WM-004", "WM-006"] {
        world.texted_and_called(tag, "ALERT HELP called at 09:10").await;
    }
    world.texted("WM-005", "ALERT HELP called at 09:10").await;
    world.landline().expects_call().await;
    // Ruth's phone rings twice: with the alert, and with the call itself.
    let (first, second) = (world.handset("WM-005").answers().await, world.handset("WM-005").answers().await);
    let (connecting, alert) =
        if first.heard().contains("A call for help from staff") { (first, second) } else { (second, first) };
    connecting.hears("A call for help from staff of the trip Year 6 to the City Museum.").await;
    connecting.press("1").await;
    alert.hears("HELP called at 09:10").await;
    alert.press("1").await;
    alert.ended().await;
    world.quiet().await;
    assert_eq!(world.told("gateway", "CallBridged").len(), 1);
    assert_eq!(world.told("alerts", "CaseOwned").len(), 1);
    connecting.hang_up().await;
    call.ended().await;
    world.quiet().await;
    world.closes().await;
}

/// DEV-7, CONT-5: a pupil's basic phone is put through to base at once, without any menu; nobody of the trip is rung.
#[tokio::test(flavor = "multi_thread")]
async fn a_pupils_phone_is_put_straight_through_to_base() {
    let (mut world, _outing) = out().await;
    let call = rings(&world, "BP-001").await;
    let base = takes(&world.landline(), "A call from a pupil's phone of the trip").await;
    assert!(!call.heard().contains("press"), "{}", call.heard());
    base.hang_up().await;
    call.ended().await;
    world.quiet().await;
    world.nobody_answers();
    let call = rings(&world, "BP-001").await;
    call.hears("We are sorry, nobody could take your call.").await;
    call.hears("Keep this phone free: you will be rung back.").await;
    call.ended().await;
    world.quiet().await;
    for rung in [world.landline(), world.handset("WM-005"), world.handset("WM-009")] {
        rung.expects_call().await;
    }
    let opened = world.told("alerts", "CaseOpened");
    assert_eq!(opened[0]["trip"], world.cast.museum.to_string(), "in its trip's case");
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT A caller reached nobody").await;
    }
    world.landline().expects_call().await;
    world.ends().await;
}
