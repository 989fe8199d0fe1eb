//! The bus against the brokers it must live with: the embedded one, Mosquitto, and NATS.

mod bus_world;

use std::collections::BTreeSet;

use bus_world::{Peer, World};
use bytes::Bytes;
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{BrokerAddress, Bus, BusConfig, BusEvent, Lost, PublishError, Will};
use proto::envelope::MAX_MESSAGE_BYTES;
use tokio_util::sync::CancellationToken;

const EVENT: &str = "homeward/v1/elmfield/trips/event";
const HEAD: &str = "homeward/v1/elmfield/trips/head";
const COMMAND: &str = "homeward/v1/elmfield/trips/command/board-1";
const ALARM: &str = "homeward/v1/elmfield/alarm";
const HEALTH: &str = "homeward/v1/health/trips/trips-1";
const PHONE: &str = "owntracks/elmfield/WM-014";

macro_rules! on_every_broker {
    ($($name:ident)*) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::World::embedded().await).await })*
        }
        mod mosquitto {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::World::mosquitto().await).await })*
        }
        mod nats {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(super::World::nats().await).await })*
        }
    };
}

on_every_broker! {
    what_is_published_is_received
    a_killed_broker_comes_back_and_so_do_the_subscriptions
    a_refused_subscription_lets_nothing_through
    a_forbidden_publish_lets_nothing_through
    a_command_in_another_name_is_refused
    a_phone_is_confined_to_its_own_topic
    a_phone_hears_nothing_whatever_it_subscribes_to
    an_oversized_message_does_not_stop_the_bus
    a_foreign_oversized_message_does_not_stop_the_bus
    a_retained_head_comes_with_the_subscription_and_after_connected
    a_will_is_published_when_a_client_dies
    no_will_is_published_when_a_client_says_goodbye
    a_flood_with_a_slow_consumer_ends
    what_was_not_confirmed_comes_again
    a_stranger_is_refused
    a_dropped_receiver_ends_the_bus
}

async fn what_is_published_is_received(world: World) {
    let mut board = world.join("board-1", &["homeward/v1/+/trips/event"]).await;
    let trips = world.join("trips-1", &[]).await;
    trips.publish(EVENT, "one").await;
    trips.publish(EVENT, "two").await;
    board.expects(EVENT, "one").await;
    board.expects(EVENT, "two").await;
}

async fn a_killed_broker_comes_back_and_so_do_the_subscriptions(mut world: World) {
    let mut board = world.join("board-1", &["homeward/v1/+/trips/event"]).await;
    let mut trips = world.join("trips-1", &["homeward/v1/+/trips/command/+"]).await;
    world.kill().await;
    assert!(matches!(board.next().await, BusEvent::Disconnected { .. }));
    assert!(matches!(trips.next().await, BusEvent::Disconnected { .. }));
    let unsent = trips.sender.publish(EVENT, Bytes::from_static(b"lost"), false).await;
    assert_eq!(unsent, Err(PublishError::NotConnected));
    world.restart().await;
    board.reconnects().await;
    trips.reconnects().await;
    trips.publish(EVENT, "news").await;
    board.expects(EVENT, "news").await;
    board.publish(COMMAND, "do").await;
    trips.expects(COMMAND, "do").await;
}

async fn a_refused_subscription_lets_nothing_through(world: World) {
    let forbidden = "homeward/v1/+/reply/+";
    let filters = vec![forbidden.to_owned(), "homeward/v1/+/alarm".to_owned()];
    let mut board = Peer::start(world.config("board-1"), filters, "board-1");
    if world.reports_refusals() {
        // Reported, and reported again: it keeps trying, since an operator may set it right.
        for _ in 0..2 {
            match board.next().await {
                BusEvent::Disconnected { why: Lost::FilterRefused { filters } } => {
                    assert_eq!(filters, [forbidden])
                }
                other => panic!("expected a refusal, not {other:?}"),
            }
        }
        assert!(!board.sender.is_connected());
    } else {
        // Mosquitto answers with success and delivers nothing.
        board.connects().await;
        let trips = world.join("trips-1", &[]).await;
        trips.publish("homeward/v1/elmfield/reply/lamp", "not for you").await;
        trips.publish(ALARM, "after").await;
        board.expects(ALARM, "after").await;
    }
}

async fn a_forbidden_publish_lets_nothing_through(world: World) {
    let mut checkins = world.join("checkins-1", &["homeward/v1/+/+/event"]).await;
    let trips = world.join("trips-1", &[]).await;
    trips.publish("homeward/v1/elmfield/devices/event", "forged").await;
    trips.publish(EVENT, "own").await;
    checkins.expects(EVENT, "own").await;
}

async fn a_command_in_another_name_is_refused(world: World) {
    let mut trips = world.join("trips-1", &["homeward/v1/+/trips/command/+"]).await;
    let lamp = world.join("lamp", &[]).await;
    lamp.publish(COMMAND, "as the board").await;
    lamp.publish("homeward/v1/ashdown/trips/command/lamp", "in another school").await;
    lamp.publish("homeward/v1/elmfield/trips/command/lamp", "as itself").await;
    trips.expects("homeward/v1/elmfield/trips/command/lamp", "as itself").await;
}

async fn a_phone_is_confined_to_its_own_topic(world: World) {
    let mut gateway = world.join("gateway-1", &["owntracks/#"]).await;
    let mut trips = world.join("trips-1", &["homeward/v1/+/trips/command/+"]).await;
    let mut phone = world.join("elmfield-WM-014", &["owntracks/elmfield/WM-014/cmd"]).await;
    phone.publish("homeward/v1/elmfield/trips/command/elmfield-WM-014", "close the trip").await;
    phone.publish("owntracks/elmfield/WM-015", "somewhere else").await;
    phone.publish(PHONE, "here").await;
    gateway.expects(PHONE, "here").await;
    let board = world.join("board-1", &[]).await;
    board.publish(COMMAND, "from the board").await;
    trips.expects(COMMAND, "from the board").await;
    gateway.publish("owntracks/elmfield/WM-014/cmd", "report").await;
    phone.expects("owntracks/elmfield/WM-014/cmd", "report").await;
}

async fn a_phone_hears_nothing_whatever_it_subscribes_to(world: World) {
    let own = "owntracks/elmfield/WM-014/cmd";
    let others = [
        "#",
        "homeward/v1/+/+/event",
        "homeward/v1/+/+/head",
        "homeward/v1/+/+/command/+",
        "homeward/v1/+/alarm",
        "owntracks/elmfield/WM-015",
        "owntracks/elmfield/WM-015/cmd",
    ];
    let trips = world.join("trips-1", &[]).await;
    trips.retain(HEAD, "kept for whoever comes").await;
    let filters = others.iter().map(|filter| (*filter).to_owned()).collect();
    let mut phone = Peer::start(world.config("elmfield-WM-014"), filters, "the phone");
    if world.reports_refusals() {
        match phone.next().await {
            BusEvent::Disconnected { why: Lost::FilterRefused { filters } } => assert_eq!(filters, others),
            other => panic!("expected a refusal, not {other:?}"),
        }
        return;
    }
    // Mosquitto answers with success and delivers what the rules allow.
    phone.connects().await;
    let mut gateway = world.join("gateway-1", &["owntracks/#"]).await;
    let mut board = world.join("board-1", &["homeward/v1/+/trips/event"]).await;
    let other = world.join("elmfield-WM-015", &[]).await;
    trips.publish(EVENT, "an event").await;
    board.expects(EVENT, "an event").await;
    other.publish("owntracks/elmfield/WM-015", "another phone's place").await;
    gateway.expects("owntracks/elmfield/WM-015", "another phone's place").await;
    board.publish(COMMAND, "a command").await;
    gateway.publish("owntracks/elmfield/WM-015/cmd", "for another phone").await;
    gateway.publish(own, "report").await;
    phone.expects(own, "report").await;
}

async fn an_oversized_message_does_not_stop_the_bus(world: World) {
    let mut board = world.join("board-1", &["homeward/v1/+/trips/event"]).await;
    let trips = world.join("trips-1", &[]).await;
    let large = Bytes::from(vec![b'x'; MAX_MESSAGE_BYTES + 1]);
    let refused = trips.sender.publish(EVENT, large, false).await;
    assert_eq!(
        refused,
        Err(PublishError::TooLarge { topic: EVENT.to_owned(), bytes: MAX_MESSAGE_BYTES + 1 })
    );
    let largest = "y".repeat(MAX_MESSAGE_BYTES);
    trips.publish(EVENT, &largest).await;
    trips.publish(EVENT, "after").await;
    board.expects(EVENT, &largest).await;
    board.expects(EVENT, "after").await;
}

async fn a_foreign_oversized_message_does_not_stop_the_bus(world: World) {
    let mut gateway = world.join_as(world.config("gateway-1").persistent(), &["owntracks/#"]).await;
    world.publish_raw("elmfield-WM-014", PHONE, vec![b'x'; 2 * MAX_MESSAGE_BYTES]).await;
    let phone = world.join("elmfield-WM-014", &[]).await;
    phone.publish(PHONE, "after").await;
    gateway.expects(PHONE, "after").await;
}

async fn a_retained_head_comes_with_the_subscription_and_after_connected(world: World) {
    let trips = world.join("trips-1", &[]).await;
    let mut witness = world.join("checkins-1", &["homeward/v1/+/trips/head"]).await;
    trips.retain(HEAD, "7").await;
    witness.expects(HEAD, "7").await;
    // Joining asserts that Connected is the first of all events.
    let mut board = world.join("board-1", &["homeward/v1/+/+/head", "homeward/v1/+/+/event"]).await;
    match board.next().await {
        BusEvent::Message { topic, payload, retain, ack } => {
            assert_eq!((topic.as_str(), payload.as_ref(), retain), (HEAD, b"7".as_ref(), true));
            assert!(ack.is_none());
        }
        other => panic!("expected the head, not {other:?}"),
    }
}

fn will() -> Will {
    Will { topic: HEALTH.to_owned(), payload: Bytes::from_static(b"dead"), retain: true }
}

async fn a_will_is_published_when_a_client_dies(world: World) {
    let mut board = world.join("board-1", &["homeward/v1/health/+/+"]).await;
    let dying = world.join_apart(world.config("trips-1").with_will(will())).await;
    dying.dies();
    board.expects(HEALTH, "dead").await;
}

async fn no_will_is_published_when_a_client_says_goodbye(world: World) {
    let mut board = world.join("board-1", &["homeward/v1/health/+/+", "homeward/v1/+/trips/event"]).await;
    let trips = world.join_as(world.config("trips-1").with_will(will()), &[]).await;
    trips.publish(EVENT, "last words").await;
    trips.leave().await;
    board.expects(EVENT, "last words").await;
    let trips = world.join("trips-1", &[]).await;
    trips.publish(HEALTH, "up again").await;
    board.expects(HEALTH, "up again").await;
}

async fn a_flood_with_a_slow_consumer_ends(world: World) {
    const FLOOD: usize = 20_000;
    let mut config = world.config("board-1");
    config.inbox = 8;
    let mut board = world.join_as(config, &["homeward/v1/+/trips/event", "homeward/v1/+/alarm"]).await;
    let trips = world.join("trips-1", &[]).await;
    let flood = tokio::spawn(async move {
        for number in 0..FLOOD {
            trips.publish(EVENT, &number.to_string()).await;
        }
        trips
    });
    // The consumer takes nothing until all was published: the broker drops what it can't keep, and nobody waits for ever.
    let trips = world.in_time(flood).await.expect("the flood ends");
    let drained = async {
        let mut seen = 0_usize;
        loop {
            match board.next().await {
                BusEvent::Message { topic, .. } if topic == ALARM => return seen,
                BusEvent::Message { .. } => seen += 1,
                other => panic!("the bus must hold: {other:?}"),
            }
        }
    };
    // Announced until it gets through: the queue may be full when it is first published.
    let announced = async {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
        loop {
            ticks.tick().await;
            trips.publish(ALARM, "end").await;
        }
    };
    let seen = tokio::select! {
        seen = world.in_time(drained) => seen,
        () = announced => unreachable!("it announces for ever"),
    };
    assert!((8..=FLOOD).contains(&seen), "{seen} of {FLOOD} came");
}

async fn what_was_not_confirmed_comes_again(world: World) {
    let config = world.config("gateway-1").persistent();
    let mut gateway = world.join_as(config.clone(), &["owntracks/#"]).await;
    let phone = world.join("elmfield-WM-014", &[]).await;
    phone.publish(PHONE, "first").await;
    phone.publish(PHONE, "second").await;
    gateway.takes(PHONE, "first").await.confirm();
    drop(gateway.takes(PHONE, "second").await);
    gateway.leave().await;
    phone.publish(PHONE, "while away").await;
    let mut gateway = world.join_as(config, &["owntracks/#"]).await;
    let mut again = BTreeSet::new();
    for _ in 0..2 {
        let (payload, ack) = gateway.takes_any(PHONE).await;
        again.insert(payload);
        ack.confirm();
    }
    assert_eq!(again, BTreeSet::from(["second".to_owned(), "while away".to_owned()]));
}

async fn a_stranger_is_refused(world: World) {
    let mut config = world.config("board-1");
    config.password = chassis::bus::Password::new("guessed");
    let mut stranger = Peer::start(config, vec![], "a stranger");
    match stranger.next().await {
        BusEvent::Disconnected { why: Lost::LoginRefused(_) } => {}
        other => panic!("expected a refused log-in, not {other:?}"),
    }
    assert!(!world.admits_anonymous().await);
}

/// With Mosquitto this is a matter of its listeners: see infra/mosquitto.
#[tokio::test]
async fn another_accounts_session_cannot_be_taken() {
    let world = World::embedded().await;
    let mut trips = world.join("trips-1", &["homeward/v1/+/trips/command/+"]).await;
    let mut config = world.config("lamp");
    config.client = "trips-1".parse().expect("a name");
    let mut lamp = Peer::start(config, vec![], "the lamp");
    assert!(matches!(lamp.next().await, BusEvent::Disconnected { why: Lost::LoginRefused(_) }));
    let board = world.join("board-1", &[]).await;
    board.publish(COMMAND, "still there").await;
    trips.expects(COMMAND, "still there").await;
}

async fn a_dropped_receiver_ends_the_bus(world: World) {
    let Peer { sender, events, .. } = world.join("trips-1", &["homeward/v1/+/trips/command/+"]).await;
    drop(events);
    let gone = async { while sender.publish(EVENT, Bytes::new(), false).await.is_ok() {} };
    world.in_time(gone).await;
    // And it stays so: nothing connects again for a consumer that is gone.
    assert_eq!(sender.publish(EVENT, Bytes::new(), false).await, Err(PublishError::NotConnected));
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_reported_and_tried_again() {
    let mut peer = Peer::start(World::nowhere().await, vec![], "nobody");
    for _ in 0..3 {
        assert!(matches!(peer.next().await, BusEvent::Disconnected { why: Lost::Unreachable(_) }));
    }
    peer.leave().await;
}

#[tokio::test]
async fn nothing_is_published_to_a_wildcard() {
    let (sender, _events) = Bus::start(World::nowhere().await, vec![], CancellationToken::new());
    for topic in ["", "homeward/#", "homeward/+/x"] {
        assert_eq!(
            sender.publish(topic, Bytes::new(), false).await,
            Err(PublishError::BadTopic(topic.to_owned()))
        );
    }
}

/// Of three nodes one dies, and comes back. Whoever was connected to it goes on with the next node, and hears those who are
/// connected elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_a_node_goes_on_with_the_next() {
    let mut world = World::nats_nodes(3).await;
    let config = world.config_from("board-1", 0);
    let mut board = world.join_as(config, &["homeward/v1/+/trips/event"]).await;
    let config = world.config_from("trips-1", 1);
    let mut trips = world.join_as(config, &["homeward/v1/+/trips/command/+"]).await;
    trips.publish(EVENT, "before").await;
    board.expects(EVENT, "before").await;

    world.nodes().kill(0).await;
    assert!(matches!(board.next().await, BusEvent::Disconnected { .. }));
    board.reconnects().await;
    trips.publish(EVENT, "without the first").await;
    board.expects(EVENT, "without the first").await;
    board.publish(COMMAND, "do").await;
    trips.expects(COMMAND, "do").await;

    world.nodes().restart(0).await;
    trips.publish(EVENT, "three again").await;
    board.expects(EVENT, "three again").await;
}

/// A node that isn't there costs a try, and no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_tried_in_turn() {
    let address = |config: BusConfig| BrokerAddress { host: config.host, port: config.port };
    let world = World::embedded().await;
    let third = address(world.config("board-1"));
    let (first, second) = (World::nowhere().await, address(World::nowhere().await));
    let mut config = world.config("board-1").with_others(vec![second, third]);
    config.port = first.port;
    let mut board = Peer::start(config, vec![], "board-1");
    for _ in 0..2 {
        assert!(matches!(board.next().await, BusEvent::Disconnected { why: Lost::Unreachable(_) }));
    }
    board.connects().await;
}

/// Under TLS a bus is what it is in the clear.
mod under_tls {
    use super::World;

    macro_rules! as_in_the_clear {
        ($($name:ident)*) => {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(World::mosquitto_under_tls().await).await })*
        };
    }

    as_in_the_clear! {
        what_is_published_is_received
        a_will_is_published_when_a_client_dies
        no_will_is_published_when_a_client_says_goodbye
        a_flood_with_a_slow_consumer_ends
        a_dropped_receiver_ends_the_bus
    }
}

/// Given a broker for which somebody else vouches, or which speaks in the clear, when we expect TLS of our own authority, then nobody is told
/// our password, and the reason is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_does_not_show_who_it_is_is_told_no_password() {
    let (ours, other) = tokio::join!(World::mosquitto_under_tls(), World::mosquitto_under_tls());
    let clear = World::mosquitto().await;
    let trusted = ours.config("board-1").tls;
    for (world, expected) in [(&other, "certificate"), (&clear, "TLS with")] {
        let mut bus =
            Peer::start(world.config("board-1").with_tls(trusted.clone()), vec![], "who is careful");
        match bus.next().await {
            BusEvent::Disconnected { why: Lost::Broken(why) } => assert!(why.contains(expected), "{why}"),
            other => panic!("expected that it breaks off, not {other:?}"),
        }
    }
    let named_otherwise = BusConfig { host: "localhost".into(), ..ours.config("board-1") };
    let mut bus = Peer::start(named_otherwise, vec![], "who asked for another name");
    match bus.next().await {
        BusEvent::Disconnected { why: Lost::Broken(why) } => {
            assert!(why.contains("not valid for name"), "{why}")
        }
        other => panic!("expected that it breaks off, not {other:?}"),
    }
}

/// The embedded broker is nobody's but this machine's: the system has it listening on loopback alone, and each account has a password that
/// nobody chose.
#[tokio::test]
async fn the_embedded_broker_listens_on_loopback_alone_with_passwords_by_chance() {
    let mut accounts = Accounts::new();
    let passwords = ["board-1", "board-2"].map(|name| {
        let name = proto::ids::ClientId::parse(name).expect("a slug");
        accounts.add(Account { name, kind: AccountKind::Board }).expose().to_owned()
    });
    assert!(passwords[0] != passwords[1] && passwords.iter().all(|password| password.len() == 64));
    let mut broker = Embedded::new(accounts, 0);
    let port = broker.start().await.expect("it starts").port();
    let listening = |table: &str| -> Vec<String> {
        let lines = std::fs::read_to_string(table).unwrap_or_default();
        let mut found = Vec::new();
        for line in lines.lines().skip(1) {
            let mut fields = line.split_whitespace().skip(1);
            let (local, state) = (fields.next().unwrap_or_default(), fields.nth(1).unwrap_or_default());
            let (address, at) = local.split_once(':').expect("an address and a port");
            if state == "0A" && u16::from_str_radix(at, 16) == Ok(port) {
                found.push(address.to_owned());
            }
        }
        found
    };
    assert_eq!(listening("/proc/net/tcp"), ["0100007F"], "127.0.0.1, as the system writes it");
    assert_eq!(listening("/proc/net/tcp6"), [""; 0]);
    broker.stop().await;
}
