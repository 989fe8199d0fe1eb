//! The office's alarm outside Homeward: any MQTT lamp, Home Assistant, and the watchdog that notices when nobody is there.

use end_to_end::{Extras, MORNING, Mqtt, Outing, Plan, Watchdog, World};
use serde_json::json;

use super::HOMEWARD;

/// The alarm is a retained message, on and off, with how severe it is; Home Assistant finds it by itself, and where to read it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lamp_follows_the_alarm_and_home_assistant_finds_it_by_itself() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    let mut lamp = Mqtt::connect(&world).await;
    let alarm_topic = format!("homeward/v1/{}/alarm", world.school);
    lamp.subscribe(&alarm_topic).await;
    let alarm = lamp.hears("/alarm").await;
    assert_eq!((&alarm["on"], &alarm["severity"]), (&json!(false), &json!(null)), "{alarm}");
    world.at("09:40").await;
    let alarm = lamp.hears("/alarm").await;
    assert_eq!((&alarm["on"], &alarm["severity"]), (&json!(true), &json!("urgent")), "{alarm}");
    // Who comes later finds it as it is, and what Home Assistant was told of it. (One account, one client at a time.)
    drop(lamp);
    let mut lamp = Mqtt::connect(&world).await;
    lamp.subscribe("homeassistant/#").await;
    let on = lamp.hears("/alarm/config").await;
    assert_eq!((&on["state_topic"], &on["device_class"]), (&json!(alarm_topic), &json!("safety")), "{on}");
    assert!(on["value_template"].as_str().expect("a template").contains("value_json.on"), "{on}");
    let words = format!("{on}");
    assert!(!words.contains("Museum") && !words.contains("Ines"), "nothing of a trip: {words}");
    lamp.subscribe(&alarm_topic).await;
    assert_eq!(lamp.hears("/alarm").await["on"], true);
    world.sends("WM-001", "OK 24").await;
    let alarm = lamp.hears("/alarm").await;
    assert_eq!(alarm["on"], false, "{alarm}");
    world.closes().await;
}

/// CHECK-3: the watchdog outside is pinged each minute while all is well, and hears nothing while Homeward is down: then it tells
/// base by itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_watchdog_outside_is_pinged_while_all_is_well_and_not_while_it_is_down() {
    let watchdog = Watchdog::start().await;
    let tables = watchdog.table();
    let mut world = World::start_with(MORNING, Plan::Within, Extras { tables, ..Extras::default() }).await;
    // At the start not every service is ready: the first one may be withheld.
    for minute in 1..=3 {
        world.at(&format!("08:3{minute}")).await;
        watchdog.until(minute).await;
    }
    let before = watchdog.pings();
    assert!((3..=4).contains(&before), "one a minute: {before}");
    world.goes_down().await;
    let now = world.instant("08:45");
    world.clock.set(now);
    world.comes_back().await;
    world.at("08:46").await;
    watchdog.until(before + 1).await;
    assert!(watchdog.pings() <= before + 2, "none while it was down");
    world.closes().await;
}

/// HW-W1: the watchdog outside can't be reached. The operator is told, without its address: whoever knows that can keep the watchdog quiet.
#[tokio::test(flavor = "multi_thread")]
async fn a_watchdog_outside_that_is_away_is_told_to_the_operator_without_its_address() {
    let tables = "[watchdog]\nurl = \"http://127.0.0.1:1/known-to-us-alone\"\n".to_owned();
    let extras = Extras { tables, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Alone(HOMEWARD), extras).await;
    let pat = world.browser("Pat").await;
    world.at("08:35").await;
    pat.until("/metrics", "homeward_watchdog_unreached_total 0", false).await;
    world.goes_down().await;
    let logged = world.logged().join("\n");
    assert!(logged.contains("HW-W1"), "{logged}");
    assert!(!logged.contains("known-to-us-alone"), "{logged}");
}
