//! When something that Homeward stands on is gone: what still works, what is refused to the face of whoever asks, what the board says,
//! and that the watchdog outside is left without a ping until it is mended. (What else becomes of a provider's faults: see `providers.rs`.)

use std::time::Duration;

use end_to_end::{Extras, Fault, MORNING, MailServer, Mqtt, Outing, Plan, To, Watchdog, World};
use proto::ids::CommandId;
use proto::topics::ServiceName::{self, Alerts, Checkins};
use proto::v1::checkins::Word;
use reqwest::StatusCode;
use serde_json::json;

use super::HOMEWARD;

/// A second account is there, and sends nothing.
const ONE_ACCOUNT: &str = "[channels]\ntext = [\"twilio\"]\nvoice = [\"twilio\"]\n";

/// Every service has a process, behind links, and a party is out.
async fn apart() -> (World, Outing, Watchdog) {
    let watchdog = Watchdog::start().await;
    let extras = Extras { tables: watchdog.table(), ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Linked(HOMEWARD), extras).await;
    let outing = Outing::under_way(&mut world).await;
    world.is_watched_by(&watchdog).await;
    (world, outing, watchdog)
}

/// Ines checks in, and is told to her face what becomes of it.
async fn checks_in(world: &World, outing: &Outing) -> StatusCode {
    let (kind, data) = proto::wire::split(&outing.word(world, Word::Ok, Some(24)));
    let word = data.get().to_owned();
    world.as_("Ines").posts(CommandId::new(), Checkins.as_str(), &kind, word).await.0
}

/// CHECK-3: one service is dead: the board says which, and what can't be relied on. It comes back, and all is well.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_service_is_on_the_board_with_what_it_means() {
    let (mut world, outing, watchdog) = apart().await;
    let pat = world.browser("Pat").await;
    pat.until("/", "Homeward is not well", false).await;
    world.kills(Alerts).await;
    let page = pat.until("/", "alerts is not running", true).await;
    assert!(page.contains("Watch trips by telephone") && page.contains("HW-B4"), "{page}");
    world.is_missed_by(&watchdog, "no alerts is at work").await;
    world.until_codes(Alerts, None).await;
    assert_eq!(checks_in(&world, &outing).await, StatusCode::OK, "check-ins are taken all the same");
    world.kills(Checkins).await;
    pat.until("/", "checkins is not running", true).await;
    assert_eq!(checks_in(&world, &outing).await, StatusCode::SERVICE_UNAVAILABLE, "refused to her face");
    world.comes_back().await;
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Homeward is not well", false).await;
    world.closes_the_books().await;
}

/// CHECK-1, CHECK-3: the broker is down. A text is taken and stored, and checks in at its own time once there is a broker; a press on the
/// phone page is refused to the leader's face; the board knows that it is stale. Nothing is called missed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_texts_are_taken_presses_are_refused_and_the_board_is_stale() {
    let (mut world, outing, watchdog) = apart().await;
    world.at("09:28").await;
    world.outside().mosquitto().kill().await;
    world.until_health("without its broker", |service| service["bus"] != true).await;
    let sent = world.handset("WM-001").sends("OK 24").await;
    assert!(sent.answers.iter().all(|answer| matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
    assert_eq!(checks_in(&world, &outing).await, StatusCode::SERVICE_UNAVAILABLE);
    let (_, health) = world.as_("Pat").gets("health").await;
    assert_eq!(health["live"], false, "{health}");
    let doctor = world.runs_errand(&["doctor"]).await;
    assert!(!doctor.done && doctor.said.contains("HW-B3"), "{}", doctor.said);
    world.is_missed_by(&watchdog, "the board of elmfield shows what is old").await;
    world.outside().mosquitto().restart().await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1, "the text counts");
    world.at("09:45").await;
    assert!(world.told("checkins", "CheckInMissed").is_empty(), "it came in time");
    world.is_watched_by(&watchdog).await;
    let (_, health) = world.as_("Pat").gets("health").await;
    assert_eq!(health["live"], true, "{health}");
    world.closes_the_books().await;
}

/// CHECK-3: the database is down: a text is not taken, so that the provider posts it again; a press is refused; `doctor` says why; a service
/// that is told to end does so all the same. Back again, all go on by themselves, and what was posted again is heard once.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_nothing_is_swallowed() {
    let (mut world, outing, watchdog) = apart().await;
    world.at("09:28").await;
    let pat = world.browser("Pat").await;
    world.outside().postgres.kill();
    let page = pat.until("/", "reach its database", true).await;
    assert!(page.contains("HW-D2") && page.contains("ring them"), "{page}");
    let handset = world.handset("WM-001");
    let sent = handset.sends("OK 24").await;
    assert!(sent.answers.iter().all(|answer| !matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
    assert_ne!(checks_in(&world, &outing).await, StatusCode::OK);
    let doctor = world.runs_errand(&["doctor"]).await;
    assert!(
        !doctor.done && doctor.said.contains("HW-D1") && doctor.said.contains("HW-D2"),
        "{}",
        doctor.said
    );
    world.is_missed_by(&watchdog, "tells HW-D1").await;
    world.ends_in_order(Checkins).await;
    world.outside().postgres.restart();
    world.comes_back().await;
    let again = handset.sends_again(&sent.sid).await;
    assert!(again.answers.iter().any(|answer| matches!(answer, Ok(200..=299))), "{:?}", again.answers);
    world.quiet().await;
    assert_eq!(world.told("gateway", "TextReceived").len(), 1);
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Homeward is not well", false).await;
    world.closes_the_books().await;
}

/// CHECK-3: the way of one service to its database is slow: it says so of itself, and the board shows it; whoever asks is answered late,
/// or not, and never wrongly.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_database_is_on_the_board() {
    let (mut world, outing, watchdog) = apart().await;
    let pat = world.browser("Pat").await;
    let slow = Fault::Lag(Checkins, To::Database, Duration::from_secs(4));
    world.strikes(slow).await;
    let (ines, word) = (world.as_("Ines"), outing.word(&world, Word::Ok, Some(24)));
    let asking = tokio::spawn(async move { ines.insists(word).await });
    let page = pat.until("/", "checkins can&#39;t store", true).await;
    assert!(page.contains("HW-D1"), "{page}");
    world.heals(slow).await;
    asking.await.expect("it is answered in the end");
    pat.until("/", "Homeward is not well", false).await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 0, "nothing was looked at yet");
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    world.is_watched_by(&watchdog).await;
    world.closes_the_books().await;
}

/// CHECK-3: one service is slow: it hung while a reminder fell due, and comes to it a minute late. It says so of itself, the board shows it
/// for some minutes, and the reminder goes out once.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_keep_up_is_on_the_board() {
    let (mut world, _outing, watchdog) = apart().await;
    let pat = world.browser("Pat").await;
    world.at("09:24").await;
    world.freezes(Checkins).await;
    let late = world.instant("09:26");
    world.clock.set(late);
    world.thaws(Checkins).await;
    let page = pat.until("/", "checkins is slow", true).await;
    assert!(page.contains("HW-B5") && page.contains("Watch trips by telephone"), "{page}");
    world.is_missed_by(&watchdog, "checkins tells HW-B5").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.sends("WM-001", "OK 24").await;
    world.at("09:33").await;
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Homeward is not well", false).await;
    assert_eq!(world.told("checkins", "Reminded").len(), 1);
    assert!(world.told("checkins", "CheckInMissed").is_empty());
    world.closes_the_books().await;
}

/// CHECK-3: somebody moves the clock, and the board says so for an hour. Then Homeward is started on a machine whose clock is two hours behind:
/// its journal tells it, and the board says that what is due is judged by a wrong time, until the clock is right.
#[tokio::test(flavor = "multi_thread")]
async fn a_moved_clock_and_a_wrong_one_are_on_the_board() {
    let (mut world, outing, watchdog) = apart().await;
    let pat = world.browser("Pat").await;
    world.strikes(Fault::Step(90)).await;
    let page = pat.until("/", "its clock was moved", true).await;
    assert!(page.contains("HW-C1"), "{page}");
    world.is_missed_by(&watchdog, "HW-C1").await;
    for due in ["09:29", "09:59"] {
        world.at(due).await;
        world.as_("Ines").does(outing.word(&world, Word::Ok, Some(24))).await;
    }
    world.at("10:05").await;
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Homeward is not well", false).await;

    let right = world.now();
    world.goes_down().await;
    let wrong = world.instant("08:15");
    world.clock.set(wrong);
    world.comes_back().await;
    let page = pat.until("/", "its clock is wrong", true).await;
    assert!(page.contains("HW-C2") && page.contains("watch trips by telephone"), "{page}");
    world.is_missed_by(&watchdog, "HW-C2").await;
    world.goes_down().await;
    world.clock.set(right);
    world.comes_back().await;
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Homeward is not well", false).await;
    world.closes_the_books().await;
}

/// A party is reminded; then the one account is down, and its check-in is missed.
async fn is_missed_without_a_provider(world: &mut World, watchdog: &Watchdog) {
    world.nobody_answers();
    world.at("09:39").await;
    world.texted("WM-001", "check-in due 09:30").await;
    world.is_watched_by(watchdog).await;
    world.loses_the_provider().await;
    world.at("09:43").await;
}

/// CHECK-2, CHECK-3: the one account for texts and calls is down when a check-in is missed. The board says so; the lamp goes on, the office's
/// mailbox is written to, and the watchdog outside is left without a ping. When the account answers again, texts go out.
#[tokio::test(flavor = "multi_thread")]
async fn with_no_provider_left_the_board_the_lamp_the_mail_and_the_watchdog_tell() {
    let (watchdog, mail) = (Watchdog::start().await, MailServer::start().await);
    let tables = format!("{}{}{ONE_ACCOUNT}", watchdog.table(), mail.tables());
    let extras = Extras { second: true, tables, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Within, extras).await;
    let _outing = Outing::under_way(&mut world).await;
    let pat = world.browser("Pat").await;
    is_missed_without_a_provider(&mut world, &watchdog).await;
    let page = pat.until("/", "Texts fail since", true).await;
    assert!(page.contains("role=\"alert\""), "{page}");
    let mut lamp = Mqtt::connect(&world).await;
    lamp.subscribe(&format!("homeward/v1/{}/alarm", world.school)).await;
    let alarm = lamp.hears("/alarm").await;
    assert_eq!(alarm["on"], json!(true), "{alarm}");
    mail.gets("Missed check-in, due 09:30").await;
    world.is_missed_by(&watchdog, "can be texted").await;
    world.finds_the_provider().await;
    world.sends("WM-001", "OK 24").await;
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Texts fail since", false).await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.closes().await;
}

/// CHECK-3: the same by the binary itself, which says why it does not ping the watchdog outside.
#[tokio::test(flavor = "multi_thread")]
async fn with_no_provider_left_the_watchdog_is_missed_since_nobody_can_be_texted() {
    let watchdog = Watchdog::start().await;
    let tables = format!("{}{ONE_ACCOUNT}", watchdog.table());
    let extras = Extras { second: true, tables, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Alone(HOMEWARD), extras).await;
    let _outing = Outing::under_way(&mut world).await;
    is_missed_without_a_provider(&mut world, &watchdog).await;
    world.is_missed_by(&watchdog, "can be texted").await;
    world.finds_the_provider().await;
    world.sends("WM-001", "OK 24").await;
    world.is_watched_by(&watchdog).await;
    world.closes().await;
}

/// CHECK-3: the disk is full: a press and a text are refused to whoever sends them, and the board, which only reads, says so. With room
/// again all go on by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_swallowed_and_the_board_says_so() {
    let watchdog = Watchdog::start().await;
    let extras = Extras { frail_disk: true, tables: watchdog.table(), ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Alone(HOMEWARD), extras).await;
    let outing = Outing::under_way(&mut world).await;
    let pat = world.browser("Pat").await;
    world.at("09:28").await;
    world.strikes(Fault::FillDisk).await;
    assert_eq!(checks_in(&world, &outing).await, StatusCode::SERVICE_UNAVAILABLE);
    let handset = world.handset("WM-001");
    let sent = handset.sends("OK 24").await;
    assert!(sent.answers.iter().all(|answer| !matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
    for service in ["checkins", "gateway"] {
        pat.until("/", &format!("{service} can&#39;t store"), true).await;
    }
    world.is_missed_by(&watchdog, "HW-D1").await;
    world.heals(Fault::FillDisk).await;
    let again = handset.sends_again(&sent.sid).await;
    assert!(again.answers.iter().any(|answer| matches!(answer, Ok(200..=299))), "{:?}", again.answers);
    world.quiet().await;
    world.at("09:32").await;
    world.is_watched_by(&watchdog).await;
    pat.until("/", "Homeward is not well", false).await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1, "the text, once");
    let all: Vec<_> = ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board).collect();
    for service in all {
        world.until_codes(service, Some(&[])).await;
    }
    world.closes_the_books().await;
}

/// CHECK-3: the database's disk is full, then it syncs nothing: a text is not taken, a press is not confirmed, and the text counts once when
/// it is sent again. Nothing that was stored before is missing at the end.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_database_whose_disk_fails_nothing_is_swallowed() {
    let extras = Extras { frail_disk: true, ..Extras::default() };
    let mut world = World::start_with(MORNING, Plan::Linked(HOMEWARD), extras).await;
    let outing = Outing::under_way(&mut world).await;
    let handset = world.handset("WM-001");
    for (times, (at, fault)) in (1..).zip([("09:28", Fault::FillDisk), ("09:57", Fault::FailSyncs)]) {
        world.at(at).await;
        world.strikes(fault).await;
        let sent = handset.sends("OK 24").await;
        assert!(sent.answers.iter().all(|answer| !matches!(answer, Ok(200..=299))), "{:?}", sent.answers);
        assert_ne!(checks_in(&world, &outing).await, StatusCode::OK);
        world.heals(fault).await;
        world.comes_back().await;
        let again = handset.sends_again(&sent.sid).await;
        assert!(again.answers.iter().any(|answer| matches!(answer, Ok(200..=299))), "{:?}", again.answers);
        world.quiet().await;
        let heard = world.told("checkins", "CheckedIn");
        let by_text = heard.iter().filter(|one| one["via"] == "text").count();
        assert_eq!(by_text, times, "the text, once, after {fault}: {:#?}", world.watch.tail());
        // Nobody was told that the press was stored; it may have been, once.
        assert!(heard.len() - by_text <= times, "no press twice: {heard:#?}");
    }
    world.at("10:11").await;
    assert!(world.told("checkins", "CheckInMissed").is_empty(), "both came in time");
    world.closes_the_books().await;
}
