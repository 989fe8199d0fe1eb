//! Devices that are lost, or not back in time.

use end_to_end::{Fix, Locator, Outing, World};
use proto::v1::devices::Command;

/// DEV-8, DEV-9: a device declared lost on the trip: the office is told, IT bars the SIM, it can't be issued, a text from
/// it checks nobody in; the trip closes without it.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_lost_on_the_trip_is_told_and_the_trip_closes_without_it() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:15").await;
    let device = world.cast.phone("WM-002").id;
    let note = proto::values::Personal::known("Left on the bus".parse().expect("a note"));
    world.as_("Ines").does(Command::DeclareLost { device, note }).await;
    world.quiet().await;
    assert_eq!(world.told("devices", "DeviceLost").len(), 1);
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT A phone is lost").await;
    }
    world.landline().expects_call().await;
    let opened = world.told("alerts", "CaseOpened");
    let case = opened[0]["case"].as_str().expect("an id").parse().expect("an id");
    world.as_("Pat").does(Command::RecordSimBarred { device }).await;
    let reason = "IT barred the SIM".parse().expect("a note");
    world.as_("Pat").does(proto::v1::alerts::Command::ResolveCase { case, reason }).await;
    world.sends("WM-002", "OK 24").await;
    assert!(world.told("checkins", "CheckedIn").is_empty(), "the phone is with nobody of the trip");
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.at("09:20").await;
    outing.returned(&mut world).await;
    for tag in ["WM-001", "BP-001"] {
        outing.takes_in(&mut world, tag).await;
    }
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    world.ends().await;
}

/// DEV-9, CHECK-1: when all are accounted for only the devices' return is due; it is overdue after two hours, to the
/// office; the trip can't be closed before the last one is in.
#[tokio::test(flavor = "multi_thread")]
async fn an_overdue_return_alerts_the_office_until_the_last_device_is_in() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    world.at("09:20").await;
    outing.returned(&mut world).await;
    let close = proto::v1::trips::Command::CloseTrip { trip: outing.trip };
    let no = world.as_("Pat").is_refused(close).await;
    assert_eq!((no.code.as_str(), no.rule.map(|r| r.to_string()).as_deref()), ("DevicesOut", Some("DEV-9")));
    outing.takes_in(&mut world, "WM-001").await;
    world.at("11:19").await;
    world.nothing_more().await;
    world.at("11:20").await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT 2 phones not back in time").await;
    }
    world.landline().expects_call().await;
    for tag in ["WM-002", "BP-001"] {
        outing.takes_in(&mut world, tag).await;
    }
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    assert_eq!(world.told("trips", "TripClosed").len(), 1);
    world.at("11:40").await;
    world.ends().await;
}

/// DEV-8: the leader's own phone is declared lost: its page is closed, in the browser where it was open too, and where it says it is is not taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_mobiles_page_is_closed_and_its_positions_are_not_taken() {
    let mut world = World::start().await;
    let outing = Outing::museum(&world);
    outing.ready(&mut world).await;
    let link = world.handset("WM-001").expects_text("/go/").await.body;
    let token = link.rsplit("/go/").next().expect("a link").to_owned();
    world.at("09:00").await;
    world.as_("Ines").does(outing.depart()).await;
    world.quiet().await;
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let (http, page) = (http.build().expect("a client"), format!("{}/go/{token}", world.web()));
    let opened = http.post(format!("{page}/open")).send().await.expect("an answer");
    let cookie = opened.headers()["set-cookie"].to_str().expect("text").split(';').next().expect("a pair");
    let opens = async || {
        let asked = http.get(&page).header("cookie", cookie).send().await.expect("an answer");
        asked.status().as_u16()
    };
    let phone = Locator::of(&world, "WM-001");
    let fix =
        |world: &World| Fix { place: (51.46793, -2.61357), accuracy_m: 12.0, at: world.now(), battery: 80 };
    assert_eq!(opens().await, 200);
    phone.is_at(fix(&world)).await;
    world.quiet().await;
    assert_eq!(world.told("gateway", "PositionReceived").len(), 1);
    world.nobody_answers();
    let device = world.cast.phone("WM-001").id;
    let note = proto::values::Personal::known("Left on the bus".parse().expect("a note"));
    world.as_("Pat").does(Command::DeclareLost { device, note }).await;
    world.quiet().await;
    assert_eq!(opens().await, 410, "where it was open");
    let anew = http.post(format!("{page}/open")).send().await.expect("an answer");
    assert_eq!(anew.status(), 410, "in another browser");
    world.at("09:05").await;
    phone.posts(phone.message(fix(&world))).await;
    phone.is_at_by_traccar(fix(&world)).await;
    world.quiet().await;
    assert_eq!(world.told("gateway", "PositionReceived").len(), 1, "no more than before");
    world.goes_down().await;
}
