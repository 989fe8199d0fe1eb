//! Outages, and the two days on which clocks change.

use end_to_end::{Outing, World};
use jiff::{SignedDuration, Timestamp};
use proto::v1::trips::CheckInPlan;
use proto::values::{CronSchedule, Window};

/// CHECK-3: a day without Homeward is told in one digest for the trip, stating the outage; nothing is told twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_days_outage_is_told_in_one_digest() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:10").await;
    world.goes_down().await;
    world.clock.advance(SignedDuration::from_hours(24));
    world.comes_back().await;
    let digests = world.told("checkins", "OutageTold");
    assert_eq!(digests.len(), 1);
    assert!(digests[0]["missed"].as_array().expect("a list").len() > 5, "{digests:?}");
    assert!(world.told("checkins", "CheckInMissed").is_empty(), "they are in the digest");
    assert_eq!(world.told("alerts", "CaseOpened").len(), 1);
    world.texted("WM-001", "check-ins missed in an outage").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.ends().await;
}

/// CHECK-3: ten minutes away, in which nothing fell due, alert nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_outage_alerts_nobody() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    world.at("09:10").await;
    world.goes_down().await;
    world.clock.advance(SignedDuration::from_mins(10));
    world.comes_back().await;
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    assert!(world.told("alerts", "CaseOpened").is_empty());
    world.ends().await;
}

/// CHECK-3: a check-in at half past one each night is due once on either clock-change night, at an instant that exists.
#[tokio::test(flavor = "multi_thread")]
async fn a_nightly_check_in_is_due_once_on_either_clock_change_night() {
    // In October 01:30 comes twice: the first counts. In March it doesn't come: it is due an hour later on the clocks.
    let nights = [
        ("2026-10-24T20:00:00Z", "2026-10-25T00:30:00Z", "check-in due 01:30"),
        ("2027-03-27T21:00:00Z", "2027-03-28T01:30:00Z", "check-in due 02:30"),
    ];
    for (evening, due, text) in nights {
        one_night(evening, due, text).await;
    }
}

async fn one_night(evening: &str, due: &str, text: &str) {
    let mut world = World::start_at(evening).await;
    let (evening, due) = (world.now(), due.parse::<Timestamp>().expect("an instant"));
    world.texted("WM-005", "You are on call tonight").await;
    world.sends("WM-005", "OK").await;
    world.texted("WM-005", "You are down as on call tonight").await;
    let mut outing = Outing::museum(&world);
    outing.form.window = Window::new(evening, evening + SignedDuration::from_hours(10)).expect("a night");
    outing.form.plan = CheckInPlan {
        every_minutes: None,
        at: Some(CronSchedule::parse("0 30 1 * * *").expect("a schedule")),
        points: Default::default(),
        remind_before_secs: 300,
        grace_secs: 600,
    };
    outing.ready(&mut world).await;
    world.as_("Ines").does(outing.depart()).await;
    world.quiet().await;
    outing.takes_links(&world).await;
    let started = world.told("checkins", "WatchStarted");
    let first =
        started[0]["due"][0][1]["at"].as_str().expect("an instant").parse::<Timestamp>().expect("one");
    assert_eq!(first, due);
    world.to(due - SignedDuration::from_mins(5)).await;
    world.texted("WM-001", text).await;
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.to(due + SignedDuration::from_hours(2)).await;
    assert!(world.told("checkins", "CheckInMissed").is_empty());
    assert_eq!(world.told("checkins", "Reminded").len(), 1, "once");
    world.ends().await;
}
