//! Where phones are: both apps, both ways, on both brokers. CHECK-7.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{BusConfig, Password};
use chassis::journal::Journal;
use chassis::testing::mosquitto::Mosquitto;
use gateway::positions::owntracks::sealed::seal;
use proto::ids::{ClientId, SchoolId};
use proto::topics::ServiceName;
use proto::v1::gateway::{Event, LocationApp};
use proto::values::AssetTag;
use rumqttc::{AsyncClient, Event as Mqtt, EventLoop, MqttOptions, Packet, QoS};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::cast::*;
use super::desk::{TRACKS_KEY, World};

const PATIENCE: Duration = Duration::from_secs(20);

fn school() -> SchoolId {
    SchoolId::parse("elmfield").unwrap()
}

fn password() -> String {
    gateway::device_password(&TRACKS_KEY, &school(), wm_001())
}

fn location(id: &str, minute: u32) -> String {
    let tst = at(&format!("2026-11-20T08:{minute:02}:00Z")).as_second();
    json!({ "_type": "location", "lat": 51.5, "lon": -0.12, "acc": 9, "tst": tst, "_id": id, "batt": 80, "bs": 1 })
        .to_string()
}

/// The ids of the messages that were taken, in order.
fn taken(events: &[Event]) -> Vec<String> {
    let id = |event: &Event| match event {
        Event::PositionReceived { message_id, .. } => message_id.clone(),
        _ => None,
    };
    events.iter().filter_map(id).collect()
}

fn known() -> Vec<Event> {
    [trip_out(), vec![out_to("Museum")]].concat()
}

async fn post(world: &World, body: String) -> (u16, Value) {
    let post = reqwest::Client::new().post(format!("{}/owntracks", world.base));
    let answer = post.basic_auth("elmfield/WM-001", Some(password())).body(body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
}

/// The first answer after departure sets the trip's places as waypoints; a message that is sent again (its answer was lost)
/// gets the same answer, every other one an empty list.
#[tokio::test]
async fn the_places_of_the_trip_are_told_in_an_answer() {
    let world = World::start(known()).await;
    let (status, answer) = post(&world, location("a1", 40)).await;
    assert_eq!((status, &answer[0]["action"]), (200, &json!("setWaypoints")));
    let waypoint = &answer[0]["waypoints"]["waypoints"][0];
    assert_eq!((&waypoint["desc"], &waypoint["rad"]), (&json!("Museum"), &json!(200.0)));
    assert_eq!(post(&world, location("a1", 40)).await, (200, answer), "sent again");
    assert_eq!(post(&world, location("a2", 41)).await, (200, json!([])));
    let events = world.desk.events();
    assert_eq!(taken(&events), ["a1", "a2"]);
    assert_eq!(events.iter().filter(|e| matches!(e, Event::WaypointsSent { .. })).count(), 1);
    world.end().await;
}

/// An encrypted message is read with the phone's own key; one that can't be is kept apart, with what is in it, since the
/// phone is on a trip; of a phone that isn't, only its size is kept.
#[tokio::test]
async fn encrypted_messages_are_read_and_unreadable_ones_kept_apart() {
    let world = World::start(trip_out()).await;
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(&format!("sqlite:{}", dir.path().join("j.sqlite").display())).await.unwrap();
    world.door.keep_unreadable_in(journal.clone());
    let key = gateway::encryption_key(&TRACKS_KEY, &school(), wm_001());
    let sealed = seal(location("e1", 40).as_bytes(), &key, [5; 24]);
    assert_eq!(post(&world, sealed).await, (200, json!([])));
    assert_eq!(taken(&world.desk.events()), ["e1"]);
    let foreign = seal(location("e2", 41).as_bytes(), "another phone's", [6; 24]);
    assert_eq!(post(&world, foreign.clone()).await, (200, json!([])), "kept apart, and not sent for ever");
    let kept = journal.quarantine_list(10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].reason.as_str(), &kept[0].payload),
        ("it is encrypted with another key", &foreign.into_bytes())
    );
    let home = changed(leaders_phone(), |_, _, trip, _| *trip = None);
    world.desk.plan(home);
    assert_eq!(post(&world, "a place?".into()).await.0, 200);
    let kept = journal.quarantine_list(1).await.unwrap();
    assert!(!String::from_utf8_lossy(&kept[0].payload).contains("a place?"), "it may hold a place");
    assert_eq!(taken(&world.desk.events()), ["e1"]);
    journal.close().await;
    world.end().await;
}

/// Traccar Client: the identifier is name and password; in the address, as a form, as JSON; a phone at home is answered
/// and thrown away, our own fault is told.
#[tokio::test]
async fn traccar_client_tells_where_it_is() {
    let world = World::start(trip_out()).await;
    let (web, url) = (reqwest::Client::new(), format!("{}/traccar", world.base));
    let id = format!("elmfield/WM-001.{}", password());
    let fields = |minute: u32, id: &str| {
        let clock = at(&format!("2026-11-20T08:{minute}:00Z")).as_second().to_string();
        [
            ("id", id.to_owned()),
            ("lat", "51.5".into()),
            ("lon", "-0.12".into()),
            ("timestamp", clock),
            ("batt", "15".into()),
        ]
    };
    let status = |answer: reqwest::Response| answer.status().as_u16();
    assert_eq!(status(web.post(&url).query(&fields(40, &id)).send().await.unwrap()), 200);
    assert_eq!(status(web.get(&url).query(&fields(41, &id)).send().await.unwrap()), 200);
    assert_eq!(status(web.post(&url).form(&fields(42, &id)).send().await.unwrap()), 200);
    assert_eq!(
        status(web.post(&url).form(&fields(42, &id)).send().await.unwrap()),
        200,
        "again: nothing more"
    );
    let json = json!({ "device_id": id, "location": { "timestamp": "2026-11-20T08:43:00.000Z",
        "coords": { "latitude": 51.5, "longitude": -0.12, "accuracy": 5 }, "battery": { "level": 0.5, "is_charging": true } } });
    assert_eq!(status(web.post(&url).json(&json).send().await.unwrap()), 200);
    assert_eq!(
        status(web.post(&url).query(&[("id", id.as_str()), ("lat", "x")]).send().await.unwrap()),
        200,
        "unreadable"
    );
    for wrong in ["elmfield/WM-001.x", "elmfield/WM-002.x", "WM-001", ""] {
        assert_eq!(status(web.post(&url).query(&fields(44, wrong)).send().await.unwrap()), 401, "{wrong}");
    }
    let events = world.desk.events();
    let of = |event: &Event| match event {
        Event::PositionReceived { device, via, battery_percent, charging, .. } => {
            Some((*device, *via, *battery_percent, *charging))
        }
        _ => None,
    };
    let received: Vec<_> = events.iter().filter_map(of).collect();
    let by_traccar = (wm_001(), Some(LocationApp::Traccar));
    assert_eq!(received.len(), 4, "{events:#?}");
    assert_eq!(received[0], (by_traccar.0, by_traccar.1, Some(15), None));
    assert_eq!(received[3], (by_traccar.0, by_traccar.1, Some(50), Some(true)));
    world.desk.broken.store(true, Ordering::SeqCst);
    assert_eq!(status(web.post(&url).query(&fields(50, &id)).send().await.unwrap()), 503);
    world.end().await;
}

/// A phone's OwnTracks app, as MQTT sees it: a session of its own that the broker keeps.
struct App {
    client: AsyncClient,
    events: EventLoop,
}

impl App {
    async fn connect(host: &str, port: u16) -> Self {
        let mut options = MqttOptions::new("elmfield-wm-001", host, port);
        options.set_credentials("elmfield-wm-001", password());
        options.set_clean_session(false);
        let (client, events) = AsyncClient::new(options, 16);
        let mut app = Self { client, events };
        app.client.subscribe("owntracks/elmfield/WM-001/cmd", QoS::AtLeastOnce).await.unwrap();
        app.until(|packet| matches!(packet, Packet::SubAck(_)).then_some(())).await;
        app
    }

    async fn publishes(&mut self, message: String) {
        self.client.publish("owntracks/elmfield/WM-001", QoS::AtLeastOnce, false, message).await.unwrap();
        self.until(|packet| matches!(packet, Packet::PubAck(_)).then_some(())).await;
    }

    async fn command(&mut self) -> Value {
        self.until(|packet| match packet {
            Packet::Publish(publish) => Some(serde_json::from_slice(&publish.payload).unwrap()),
            _ => None,
        })
        .await
    }

    async fn until<T>(&mut self, found: impl Fn(&Packet) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Mqtt::Incoming(packet) = self.events.poll().await.unwrap()
                    && let Some(found) = found(&packet)
                {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search).await.unwrap()
    }
}

/// The gateway's end of a broker: it comes and goes.
struct Taking {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Taking {
    fn start(world: &World, host: &str, port: u16, password: &Password) -> Self {
        let client = ClientId::parse("gateway-positions").unwrap();
        let (bus, stop) = (BusConfig::new(host, port, client, password.clone()), CancellationToken::new());
        let task = gateway::positions::owntracks::mqtt::start(&world.door, bus, stop.clone());
        Self { stop, task }
    }

    async fn ends(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}

async fn until_taken(world: &World, ids: &[&str]) {
    world.desk.until(&format!("{ids:?}"), |_, events| (taken(events) == ids).then_some(())).await;
}

async fn faults(world: &World, more_than: usize) {
    let faults = |_: &_, _: &[Event]| (world.desk.faults.load(Ordering::SeqCst) > more_than).then_some(());
    world.desk.until("a fault", faults).await;
}

/// A phone tells by MQTT where it is, with its own account: taken after the commit alone, tried again while it can't be
/// stored, kept by the broker while the gateway is away, told the places of its trip on its own topic. Each once.
async fn by_mqtt(world: World, host: &str, port: u16, account: Password) {
    let by_mqtt = LocationApp::OwntracksMqtt;
    world.desk.plan(Event::SetUpShown { device: wm_001(), app: by_mqtt, at: at(NOW) });
    let mut app = App::connect(host, port).await;
    let mut taking = Taking::start(&world, host, port, &account);
    // Once it is connected: it was set up for this, and its trip is under way.
    let command = app.command().await;
    assert_eq!(command["waypoints"]["waypoints"][0]["desc"], "Museum", "{command}");
    app.publishes(location("m1", 40)).await;
    until_taken(&world, &["m1"]).await;
    world.desk.broken.store(true, Ordering::SeqCst);
    app.publishes(location("m2", 41)).await;
    faults(&world, 0).await;
    world.desk.broken.store(false, Ordering::SeqCst);
    until_taken(&world, &["m1", "m2"]).await;
    taking.ends().await;
    app.publishes(location("m3", 42)).await;
    let key = gateway::encryption_key(&TRACKS_KEY, &school(), wm_001());
    app.publishes(seal(location("m4", 43).as_bytes(), &key, [1; 24])).await;
    taking = Taking::start(&world, host, port, &account);
    until_taken(&world, &["m1", "m2", "m3", "m4"]).await;
    let before = world.desk.faults.load(Ordering::SeqCst);
    world.desk.broken.store(true, Ordering::SeqCst);
    app.publishes(location("m5", 44)).await;
    faults(&world, before).await;
    taking.ends().await;
    world.desk.broken.store(false, Ordering::SeqCst);
    let taking = Taking::start(&world, host, port, &account);
    until_taken(&world, &["m1", "m2", "m3", "m4", "m5"]).await;
    // The places change on the way: told without a position, since the phone is known to listen.
    world.desk.plan(out_to("Park"));
    let changed = app.command().await;
    assert_eq!(changed["waypoints"]["waypoints"][0]["desc"], "Park", "{changed}");
    taking.ends().await;
    let events = world.desk.events();
    let via = |event: &Event| match event {
        Event::PositionReceived { via, .. } => *via,
        _ => None,
    };
    assert!(events.iter().filter_map(via).all(|via| via == by_mqtt), "{events:#?}");
    world.end().await;
}

fn positions_account() -> Account {
    let name = ClientId::parse("gateway-positions").unwrap();
    Account { name, kind: AccountKind::Service(ServiceName::Gateway) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_speaks_mqtt_to_the_embedded_broker() {
    let world = World::start(known()).await;
    let mut accounts = Accounts::new().with_phones(Arc::new(world.door.clone()));
    let account = accounts.add(positions_account());
    let mut broker = Embedded::new(accounts, 0);
    let address = broker.start().await.unwrap();
    by_mqtt(world, &address.ip().to_string(), address.port(), account).await;
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_speaks_mqtt_to_mosquitto() {
    let world = World::start(known()).await;
    let mut accounts = Accounts::new();
    let account = accounts.add(positions_account());
    let kind = AccountKind::Device { school: school(), tag: AssetTag::parse("WM-001").unwrap() };
    let phone = Account { name: ClientId::parse("elmfield-wm-001").unwrap(), kind };
    accounts.add_with(phone, Password::new(password()));
    let mut broker = Mosquitto::start(&accounts).await;
    let address = broker.address();
    by_mqtt(world, &address.ip().to_string(), address.port(), account).await;
    broker.stop().await;
}
