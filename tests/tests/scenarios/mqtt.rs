//! Any MQTT client may check in and watch.

use end_to_end::{Fix, Locator, MORNING, Mqtt, Outing, Plan, World};
use proto::ids::CommandId;
use proto::v1::safeguarding;
use proto::values::Personal;
use serde_json::json;

use super::HOMEWARD;

/// CHECK-1: a check-in over MQTT with the local client's account: answered, done once however often it comes, shown in the
/// trip's retained status; the alarm topic follows an alert.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_over_mqtt_is_answered_and_done_once() {
    let mut world = World::start().await;
    let outing = Outing::under_way(&mut world).await;
    world.nobody_answers();
    let mut mqtt = Mqtt::connect(&world).await;
    world.at("09:26").await;
    world.texted("WM-001", "check-in due 09:30").await;
    let (_, data) = proto::wire::split(&outing.word(&world, proto::v1::checkins::Word::Ok, Some(24)));
    let data: serde_json::Value = serde_json::from_str(data.get()).expect("JSON");
    let id = CommandId::new();
    let first = mqtt.asks(id, "checkins", "CheckIn", data.clone()).await;
    assert_eq!(first["data"]["outcome"]["outcome"], "accepted", "{first}");
    let again = mqtt.asks(id, "checkins", "CheckIn", data.clone()).await;
    assert_eq!(again, first);
    world.quiet().await;
    assert_eq!(world.told("checkins", "CheckedIn").len(), 1);
    mqtt.subscribe(&format!("homeward/v1/elmfield/status/trip/{}", outing.trip)).await;
    let status = mqtt.hears(&outing.trip.to_string()).await;
    assert!(
        !status.to_string().contains("Asha") && !status.to_string().contains("Ines"),
        "no personal data: {status}"
    );
    world.at("10:10").await;
    world.texted("WM-001", "check-in due 10:00").await;
    world.texted("WM-001", "ALERT Missed check-in, due 10:00").await;
    mqtt.subscribe("homeward/v1/elmfield/alarm").await;
    let alarm = mqtt.hears("/alarm").await;
    assert_eq!((&alarm["on"], &alarm["severity"]), (&json!(true), &json!("urgent")), "{alarm}");
    let actor = json!({ "person": world.cast.person("Ruth") });
    let envelope = json!({ "specversion": "1.0", "id": CommandId::new(), "type": "homeward.checkins.v1.CheckIn", "actor": actor, "data": data });
    let id: CommandId = envelope["id"].as_str().expect("an id").parse().expect("an id");
    let no = mqtt.asks_raw(id, "checkins", envelope.to_string()).await;
    assert_eq!(no["data"]["outcome"]["outcome"], "refused", "only the board names a human: {no}");
    world.sends("WM-001", "OK 24").await;
    world.texted("WM-001", "OK 24, all counted").await;
    world.ends().await;
}

/// The office's alarm, as Home Assistant finds it: told of in retained messages, and the alarm itself is there from the
/// start, off, though nothing has happened yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_lamp_finds_the_alarm_by_itself() {
    let world = World::start().await;
    let mut mqtt = Mqtt::connect(&world).await;
    mqtt.subscribe("homeassistant/+/+/+/config").await;
    let sensor = mqtt.hears("binary_sensor/homeward-elmfield/alarm/config").await;
    assert_eq!(sensor["device_class"], "safety");
    let topic = sensor["state_topic"].as_str().expect("a topic").to_owned();
    assert_eq!(sensor["json_attributes_topic"], topic, "its severity is an attribute");
    mqtt.subscribe(&topic).await;
    let alarm = mqtt.hears("/alarm").await;
    assert_eq!((&alarm["on"], &alarm["severity"]), (&json!(false), &json!(null)), "{alarm}");
    let alive = sensor["availability"][0]["topic"].as_str().expect("a topic").to_owned();
    mqtt.subscribe(&alive).await;
    assert_eq!(mqtt.hears(&alive).await["up"], true);
    world.ends().await;
}

/// INC-7: an account that `homeward broker-acl --reader` wrote the rules of, at Mosquitto: it hears what trips tell of its school, and
/// nothing that safeguarding tells, whatever it subscribes to; and what it says in another's name comes through to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_at_mosquitto_hears_its_schools_events_and_no_incident() {
    let mut world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    let outing = Outing::museum(&world);
    let mut reader = Mqtt::reader(&mut world);
    // Mosquitto says yes to every filter, and delivers what the rules allow.
    for filter in ["homeward/v1/+/+/event", "homeward/v1/+/+/head", "homeward/v1/+/+/command/+", "#"] {
        reader.subscribe(filter).await;
    }
    let report = safeguarding::Command::ReportIncident {
        incident: proto::ids::IncidentId::new(),
        kind: safeguarding::IncidentKind::Contact,
        danger: safeguarding::Danger::Over {},
        trip: None,
        happened_at: world.now(),
        about: None,
        what: Personal::known("Somebody waited at the observatory".parse().expect("a note")),
    };
    world.as_("Pat").does(report).await;
    world.quiet().await;
    assert_eq!(world.told("safeguarding", "IncidentReported").len(), 1, "it was told to whoever may hear it");
    // What it isn't to say goes nowhere: an event in a service's name, a command in the board's.
    for forged in ["homeward/v1/elmfield/trips/event", "homeward/v1/elmfield/trips/command/board-1"] {
        reader.publishes(forged, "forged").await;
    }
    outing.drafted(&mut world).await;
    let heard = reader.hears_until("homeward/v1/elmfield/trips/event", "DraftSaved").await;
    for (topic, said) in &heard {
        assert!(!topic.contains("/safeguarding/") && !said.contains("observatory"), "{topic}: {said}");
        assert!(
            !topic.contains("/command/") && !topic.contains("/reply/") && said != "forged",
            "{topic}: {said}"
        );
    }
    world.closes_the_books().await;
}

/// DEV-7: at Mosquitto as it is shipped, with the accounts that `homeward broker-acl --phone` wrote the rules of: a work mobile's app connects by TLS and says where
/// it is. It hears what is for itself, whatever it subscribes to, and nobody takes its session, or a service's, by its name.
#[tokio::test(flavor = "multi_thread")]
async fn a_phone_at_mosquitto_speaks_tls_hears_its_own_and_keeps_its_session() {
    let mut world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    let _outing = Outing::under_way(&mut world).await;
    let (phone, other) = (Locator::of(&world, "WM-001"), Locator::of(&world, "WM-002"));
    world.at("09:10").await;
    let mut app = Mqtt::phone_by_tls(&mut world, &phone, "owntracks").await;
    for filter in ["#", "homeward/v1/+/+/event", "homeward/v1/+/+/command/+", "owntracks/#"] {
        app.subscribe(filter).await;
    }
    for session in [phone.account.as_str(), "owntracks", "trips-1", "gateway-positions"] {
        let mut thief = Mqtt::phone_by_tls(&mut world, &other, session).await;
        thief.subscribe("#").await;
    }
    world.sends("WM-001", "OK 24").await;
    world.quiet().await;
    let fix = Fix { place: (51.46793, -2.61357), accuracy_m: 12.0, at: world.now(), battery: 80 };
    app.publishes(&phone.topic, phone.message(fix)).await;
    let own = format!("{}/cmd", phone.topic);
    for (topic, said) in app.hears_until(&own, "waypoints").await {
        assert_eq!(topic, own, "{said}");
    }
    world.quiet().await;
    assert_eq!(world.told("gateway", "PositionReceived").len(), 1);
    world.texted("WM-001", "OK 24, all counted").await;
    world.goes_down().await;
}
