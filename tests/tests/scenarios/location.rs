//! Where staff phones are: by each app and each way, on a trip under way alone.

use end_to_end::{Extras, Fix, Locator, MORNING, Mqtt, Outing, Plan, World};
use proto::v1::gateway::{Command, LocationApp};
use proto::v1::trips::{QuietReason, QuietWindow};
use proto::values::Window;
use serde_json::{Value, json};

/// The museum of the form.
const MUSEUM: (f64, f64) = (51.4545, -2.6033);

/// Some metres north of it.
fn north(metres: f64) -> (f64, f64) {
    (MUSEUM.0 + metres / 111_195.08, MUSEUM.1)
}

fn fix(world: &World, place: (f64, f64)) -> Fix {
    Fix { place, accuracy_m: 12.0, at: world.now(), battery: 80 }
}

fn of<'a>(events: &'a [Value], field: &str) -> Vec<&'a Value> {
    events.iter().map(|event| &event[field]).collect()
}

/// CHECK-4, CHECK-7: OwnTracks over the web (plain and encrypted), over MQTT with the phone's own account, and Traccar
/// Client: each position is noted, checks nobody in, and the trip's places are told once by the way that can.
#[tokio::test(flavor = "multi_thread")]
async fn a_phone_says_where_it_is_by_either_app_and_each_way() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    let phone = Locator::of(&world, "WM-001");
    world.at("09:05").await;
    let answer = phone.is_at(fix(&world, north(900.0))).await;
    assert_eq!(answer[0]["waypoints"]["waypoints"][0]["desc"], "City Museum", "{answer}");
    world.at("09:06").await;
    assert_eq!(phone.posts(phone.encrypted(fix(&world, north(800.0)))).await, (200, json!([])));
    world.at("09:07").await;
    assert_eq!(phone.is_at_by_traccar(fix(&world, north(700.0))).await, 200);
    world.at("09:08").await;
    let mut app = Mqtt::phone(&world, &phone).await;
    let message = phone.encrypted(fix(&world, north(600.0)));
    app.publishes(&phone.topic, message.clone()).await;
    app.publishes(&phone.topic, message).await;
    let noted = |event: &proto::v1::AnyEvent| match event {
        proto::v1::AnyEvent::Checkins(proto::v1::checkins::Event::PositionNoted { received_at, .. }) => {
            Some(*received_at)
        }
        _ => None,
    };
    let last = world.now();
    while world.watch.expects("a position", noted).await != last {}
    world.quiet().await;
    let received = world.told("gateway", "PositionReceived");
    assert_eq!(of(&received, "via"), ["owntracks_http", "owntracks_http", "traccar", "owntracks_mqtt"]);
    let positions = world.told("checkins", "PositionNoted");
    assert_eq!(of(&positions, "labels"), [&json!([]); 4], "nothing is odd: {positions:#?}");
    assert_eq!(world.told("gateway", "WaypointsSent").len(), 1);
    assert!(world.told("checkins", "CheckedIn").is_empty(), "a position checks nobody in");
    world.ends().await;
}

/// CHECK-7: a phone at school, a pupil's phone, one whose trip is back: each is answered well and thrown away. What can't
/// be read is answered the same, and kept apart.
#[tokio::test(flavor = "multi_thread")]
async fn positions_count_on_a_trip_under_way_alone() {
    let mut world = World::start().await;
    let outing = Outing::museum(&world);
    outing.ready(&mut world).await;
    let (staff, pupil, base) =
        (Locator::of(&world, "WM-001"), Locator::of(&world, "BP-001"), Locator::of(&world, "WM-003"));
    assert_eq!(staff.is_at(fix(&world, MUSEUM)).await, json!([]), "it hasn't left");
    let before = fix(&world, MUSEUM);
    world.at("09:00").await;
    world.as_("Ines").does(outing.depart()).await;
    world.quiet().await;
    outing.takes_links(&world).await;
    world.at("09:05").await;
    assert_eq!(staff.posts(staff.message(before)).await.0, 200, "queued from before: nobody is located then");
    assert_eq!(pupil.is_at(fix(&world, MUSEUM)).await, json!([]));
    assert_eq!(base.is_at(fix(&world, MUSEUM)).await, json!([]));
    for unreadable in ["where am I?", "{\"_type\":\"location\",\"lat\":951}", "{}"] {
        assert_eq!(staff.posts(unreadable.to_owned()).await, (200, json!([])), "{unreadable}");
    }
    outing.returned(&mut world).await;
    assert_eq!(staff.is_at(fix(&world, MUSEUM)).await, json!([]), "everyone is back");
    world.quiet().await;
    assert!(world.told("gateway", "PositionReceived").is_empty());
    let journal = chassis::journal::Journal::open(world.journal_url()).await.expect("opens");
    let kept = journal.quarantine_list(10).await.expect("lists");
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert_eq!(kept[2].payload, b"where am I?", "of a phone on a trip it is kept whole");
    journal.close().await;
    world.ends().await;
}

/// A burst from a phone that had no signal, in the wrong order and twice, with a clock that was never set and a jump:
/// all is kept with its label, last-seen never moves back.
#[tokio::test(flavor = "multi_thread")]
async fn odd_positions_are_kept_with_a_label() {
    let mut world = World::start().await;
    let _outing = Outing::under_way(&mut world).await;
    let phone = Locator::of(&world, "WM-001");
    let mut queued = Vec::new();
    for (time, metres) in [("09:02", 900.0), ("09:06", 600.0), ("09:04", 750.0)] {
        queued.push(phone.message(Fix { at: world.instant(time), ..fix(&world, north(metres)) }));
    }
    world.at("09:20").await;
    for message in queued.iter().chain(&queued) {
        assert_eq!(phone.posts(message.clone()).await.0, 200);
    }
    let unset = Fix { at: "1980-01-06T00:05:00Z".parse().expect("an instant"), ..fix(&world, north(300.0)) };
    phone.is_at(unset).await;
    world.at("09:21").await;
    phone.is_at(fix(&world, north(60_000.0))).await;
    world.at("09:22").await;
    phone.is_at(Fix { accuracy_m: 2_500.0, ..fix(&world, north(280.0)) }).await;
    world.quiet().await;
    let positions = world.told("checkins", "PositionNoted");
    let expected = [
        json!(["late"]),
        json!(["late"]),
        json!(["late", "out_of_order"]),
        json!(["clock_unset"]),
        json!(["jump"]),
        json!(["coarse"]),
    ];
    assert_eq!(of(&positions, "labels"), expected.iter().collect::<Vec<_>>());
    let (_, body) = world.as_("Pat").gets(&format!("trips/{}", _outing.trip)).await;
    let timeline = body["timeline"].to_string();
    assert!(!timeline.contains("PositionNoted") && !timeline.contains("51.4"), "not every fix: {timeline}");
    world.ends().await;
}

/// CHECK-4: the form asks to be told if a phone goes off the area during the stay: the office is alerted, and the alert ends
/// by itself when the phone is back. Arriving and leaving stand on the trip's timeline.
#[tokio::test(flavor = "multi_thread")]
async fn a_phone_off_its_area_during_the_stay_alerts_the_office() {
    let mut world = World::start().await;
    let mut outing = Outing::museum(&world);
    outing.form.destinations[0].alert_off_area = true;
    outing.form.plan.every_minutes = Some(240);
    outing.departed(&mut world).await;
    outing.takes_links(&world).await;
    world.nobody_answers();
    let phone = Locator::of(&world, "WM-001");
    for (time, metres) in [("09:20", 30.0), ("09:24", 20.0), ("09:40", 800.0), ("09:42", 810.0)] {
        world.at(time).await;
        phone.is_at(fix(&world, north(metres))).await;
    }
    world.nothing_more().await;
    world.at("09:44").await;
    phone.is_at(fix(&world, north(820.0))).await;
    world.quiet().await;
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT A phone left its area at 09:44").await;
    }
    world.landline().expects_call().await;
    for (time, metres) in [("09:45", 100.0), ("09:46", 60.0), ("09:47", 10.0)] {
        world.at(time).await;
        phone.is_at(fix(&world, north(metres))).await;
        world.quiet().await;
    }
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    let (_, body) = world.as_("Pat").gets(&format!("trips/{}", outing.trip)).await;
    let timeline = body["timeline"].to_string();
    for told in [
        "Phone WM-001 is at City Museum",
        "Phone WM-001 left City Museum",
        "is off City Museum during the stay",
    ] {
        assert!(timeline.contains(told), "{told}: {timeline}");
    }
    world.ends().await;
}

/// CHECK-1: a phone that is silent, or low, is a notice; all of a trip's phones silent is a warning to the office, but not
/// while an authorised quiet window covers it.
#[tokio::test(flavor = "multi_thread")]
async fn silent_phones_warn_the_office_outside_quiet_windows() {
    let mut world = World::start().await;
    let mut outing = Outing::museum(&world);
    outing.form.plan.every_minutes = Some(240);
    outing.form.quiet = vec![QuietWindow {
        window: Window::new(world.instant("09:20"), world.instant("10:20")).expect("an hour"),
        reason: QuietReason::NoSignal,
        fallback: "The farm's landline".parse().expect("a label"),
    }];
    outing.departed(&mut world).await;
    outing.takes_links(&world).await;
    world.nobody_answers();
    let phone = Locator::of(&world, "WM-001");
    world.at("09:10").await;
    phone.is_at(Fix { battery: 12, ..fix(&world, MUSEUM) }).await;
    world.quiet().await;
    assert_eq!(world.told("checkins", "BatteryLow").len(), 1);
    world.at("10:15").await;
    world.nothing_more().await;
    assert!(world.told("checkins", "DeviceSilent").is_empty(), "nobody is expected to be heard");
    world.sends("WM-002", "OK 24").await;
    world.texted("WM-002", "OK 24, all counted").await;
    world.at("10:39").await;
    world.nothing_more().await;
    world.at("10:40").await;
    assert_eq!(world.told("checkins", "DeviceSilent").len(), 1);
    for tag in ["WM-004", "WM-005"] {
        world.texted(tag, "ALERT All phones silent since 09:10").await;
    }
    world.landline().expects_call().await;
    world.at("10:41").await;
    phone.is_at(fix(&world, MUSEUM)).await;
    world.quiet().await;
    assert_eq!(world.told("alerts", "CaseResolved").len(), 1);
    world.ends().await;
}

/// CHECK-7: the device desk sees a phone's QR code, link and file, made for that phone; what stands in them logs it in; the
/// page keeps to the policy that allows nothing inline. While the phone is out there is no set-up to be had.
#[tokio::test(flavor = "multi_thread")]
async fn the_device_desk_sets_a_phone_up() {
    let mut world = World::start().await;
    let outing = Outing::museum(&world);
    outing.ready(&mut world).await;
    let (desk, path) =
        (world.browser("Pat").await, format!("/devices/{}/set-up", world.cast.phone("WM-001").id));
    let (status, headers, page) = desk.sends(&path, &[("app", "owntracks_http"), ("do", "show")]).await;
    assert_eq!(status, 200, "{page}");
    assert!(headers.contains("no-store") && headers.contains("default-src 'self'"), "{headers}");
    assert!(page.contains("<svg class=\"qr\"") && page.contains("owntracks:///config?inline="), "{page}");
    assert!(!page.contains(" style=") && !page.contains("<script>"), "nothing inline");
    let phone = Locator::of(&world, "WM-001");
    assert!(page.contains(phone.password()), "by hand it can be typed");
    let (_, headers, file) = desk.sends(&path, &[("app", "owntracks_http"), ("do", "file")]).await;
    assert!(headers.contains("WM-001.otrc"), "{headers}");
    let file: Value = serde_json::from_str(&file).expect("the app's file");
    assert_eq!((&file["username"], &file["password"]), (&json!("elmfield/WM-001"), &json!(phone.password())));
    let (_, _, page) = desk.sends(&path, &[("app", "traccar"), ("do", "show")]).await;
    assert!(page.contains("/traccar?id=elmfield%2FWM-001."), "{page}");
    let (status, _, page) = desk.sends(&path, &[("app", "owntracks_mqtt"), ("do", "show")]).await;
    assert!(status == 422 || status == 400, "phones reach no broker here: {status} {page}");
    world.quiet().await;
    assert_eq!(world.told("gateway", "SetUpShown").len(), 3, "each showing is recorded");
    world.at("09:00").await;
    world.as_("Ines").does(outing.depart()).await;
    world.quiet().await;
    outing.takes_links(&world).await;
    let page = desk.opens(&path).await;
    assert!(page.contains("would wipe what it has queued") && !page.contains("name=\"app\""), "{page}");
    phone.is_at(fix(&world, MUSEUM)).await;
    world.quiet().await;
    let page = desk.opens(&format!("/trips/{}", outing.trip)).await;
    assert!(page.contains("Where the phones were last") && page.contains("give or take 12 m"), "{page}");
    world.ends().await;
}

/// CHECK-7: a set-up is shown to the device desk, recorded each time with who saw it, and never while the phone is out.
#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_is_recorded_and_never_shown_on_a_trip() {
    let mut world = World::start().await;
    let show = |world: &World, tag: &str| Command::ShowSetUp {
        device: world.cast.phone(tag).id,
        app: LocationApp::OwntracksHttp,
    };
    world.as_("Pat").does(show(&world, "WM-001")).await;
    world.as_("Pat").does(show(&world, "WM-001")).await;
    let _outing = Outing::under_way(&mut world).await;
    let no = world.as_("Pat").is_refused(show(&world, "WM-001")).await;
    assert_eq!(no.code, "OutWithTrip");
    let no = world.as_("Pat").is_refused(show(&world, "BP-001")).await;
    assert_eq!(no.code, "NotLocated");
    world.quiet().await;
    let shown =
        world.watch.events.iter().filter(|told| told.envelope.kind == "homeward.gateway.v1.SetUpShown");
    let by: Vec<String> = shown.map(|told| told.envelope.actor.to_string()).collect();
    assert_eq!(by, vec![format!("person:{}", world.cast.person("Pat").0); 2]);
    let journal = format!("{:?}", world.told("gateway", "SetUpShown"));
    assert!(
        !journal.contains(Locator::of(&world, "WM-001").password()),
        "the password never enters an event"
    );
    world.ends().await;
}

/// CHECK-7: the log-ins of all field devices on one sheet, for whoever sets phones up and whoever keeps the broker: each recorded
/// with who saw it; button phones and pupils' phones have none, and a phone that is out is left out.
#[tokio::test(flavor = "multi_thread")]
async fn the_device_desk_prints_the_log_ins_of_all_field_devices() {
    let tables = "[broker]\nphones = \"mqtt.elmfield.example:8883\"\n".to_owned();
    let mut world = World::start_with(MORNING, Plan::Within, Extras { tables, ..Extras::default() }).await;
    let (pat, app) = (world.browser("Pat").await, [("app", "owntracks_mqtt")]);
    let page = pat.opens("/devices/log-ins").await;
    assert!(!page.contains(Locator::of(&world, "WM-001").password()), "not before it is asked for: {page}");
    let (status, headers, page) = pat.sends("/devices/log-ins", &app).await;
    assert_eq!(status, 200, "{page}");
    assert!(headers.contains("no-store"), "{headers}");
    let phone = Locator::of(&world, "WM-001");
    let line =
        format!("mosquitto_passwd -b /etc/mosquitto/homeward/passwords elmfield-wm-001 {}", phone.password());
    for told in [line.as_str(), " --phone elmfield/WM-001", "owntracks/elmfield/WM-001", "Pat Winterbourne"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("WM-002") && !page.contains("BP-001"), "{page}");
    world.quiet().await;
    let shown = world.told("gateway", "SetUpShown").len();
    assert_eq!(shown, 8, "every smart work mobile");
    let _outing = Outing::under_way(&mut world).await;
    let (_, _, page) = pat.sends("/devices/log-ins", &app).await;
    assert!(page.contains("WM-001 is not on the sheet") && !page.contains(phone.password()), "{page}");
    let leader = world.browser("Ines").await.opens("/devices/log-ins").await;
    assert!(leader.contains("shown to the device desk") && !leader.contains("Show all of them"), "{leader}");
    world.ends().await;
}
