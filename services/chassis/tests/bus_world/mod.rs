//! A broker with the accounts that these tests need, and peers on it. Nothing sleeps: all waits are for events.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use bytes::Bytes;
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{Ack, Bus, BusConfig, BusEvent, BusSender, Delivery, Password, Tls};
use chassis::testing::certificate;
use chassis::testing::mosquitto::Mosquitto;
use chassis::testing::nats::NatsCluster;
use proto::topics::ServiceName;
use proto::values::AssetTag;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Long: the machine may be busy. Reaching it is a failure.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    accounts: Accounts,
    broker: Engine,
    address: SocketAddr,
    tls: Option<Tls>,
}

enum Engine {
    Embedded(Embedded),
    Mosquitto(Mosquitto),
    Nats(NatsCluster),
}

fn cast() -> Accounts {
    let school = || "elmfield".parse().expect("a school");
    let phone =
        |tag: &str| AccountKind::Device { school: school(), tag: AssetTag::parse(tag).expect("a tag") };
    let mut accounts = Accounts::new();
    for (name, kind) in [
        ("trips-1", AccountKind::Service(ServiceName::Trips)),
        ("checkins-1", AccountKind::Service(ServiceName::Checkins)),
        ("gateway-1", AccountKind::Service(ServiceName::Gateway)),
        ("board-1", AccountKind::Board),
        ("lamp", AccountKind::Client { school: Some(school()), reads_events: false }),
        ("elmfield-WM-014", phone("WM-014")),
        ("elmfield-WM-015", phone("WM-015")),
    ] {
        accounts.add(Account { name: name.parse().expect("a name"), kind });
    }
    accounts
}

impl World {
    pub(crate) async fn embedded() -> Self {
        let accounts = cast();
        let mut broker = Embedded::new(accounts.clone(), 0);
        let address = broker.start().await.expect("the broker starts");
        Self { accounts, broker: Engine::Embedded(broker), address, tls: None }
    }

    pub(crate) async fn mosquitto() -> Self {
        let accounts = cast();
        let broker = Mosquitto::start(&accounts).await;
        let address = broker.address();
        Self { accounts, broker: Engine::Mosquitto(broker), address, tls: None }
    }

    /// Mosquitto with a certificate; whoever joins trusts that one alone.
    pub(crate) async fn mosquitto_under_tls() -> Self {
        let (accounts, folder) = (cast(), tempfile::tempdir().expect("a folder"));
        certificate(folder.path(), "server", "critical,CA:FALSE").await;
        let (key, shown) = (folder.path().join("server.key"), folder.path().join("server.crt"));
        let broker = Mosquitto::start_under_tls(&accounts, &key, &shown).await;
        let address = broker.address();
        let tls = Tls::trusting(&std::fs::read(&shown).expect("a certificate")).expect("it can be read");
        Self { accounts, broker: Engine::Mosquitto(broker), address, tls: Some(tls) }
    }

    /// A node alone: what three of them do together is another test's affair.
    pub(crate) async fn nats() -> Self {
        Self::nats_nodes(1).await
    }

    pub(crate) async fn nats_nodes(nodes: usize) -> Self {
        let accounts = cast();
        let broker = NatsCluster::start(nodes, &accounts).await;
        let address = broker.address(0);
        Self { accounts, broker: Engine::Nats(broker), address, tls: None }
    }

    /// The nodes of a cluster.
    pub(crate) fn nodes(&mut self) -> &mut NatsCluster {
        match &mut self.broker {
            Engine::Nats(broker) => broker,
            Engine::Embedded(_) | Engine::Mosquitto(_) => panic!("this broker has no nodes"),
        }
    }

    /// An account's bus that knows all nodes, and begins with that one.
    pub(crate) fn config_from(&mut self, name: &str, first: usize) -> BusConfig {
        let all = self.nodes().addresses_from(first);
        let mut config = self.config(name).with_others(all[1..].to_vec()).with_delivery(Delivery::AtMostOnce);
        config.port = all[0].port;
        config
    }

    /// Where no broker listens.
    pub(crate) async fn nowhere() -> BusConfig {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        drop(listener);
        BusConfig::new("127.0.0.1", port, "nobody".parse().expect("a name"), Password::random())
    }

    pub(crate) fn config(&self, name: &str) -> BusConfig {
        let client = name.parse().expect("a name");
        let password = self.accounts.password(&client).expect("one of the cast").clone();
        let config = BusConfig::new(self.address.ip().to_string(), self.address.port(), client, password);
        config.with_tls(self.tls.clone())
    }

    /// Mosquitto answers forbidden subscriptions with success.
    pub(crate) fn reports_refusals(&self) -> bool {
        matches!(self.broker, Engine::Embedded(_) | Engine::Nats(_))
    }

    pub(crate) async fn kill(&mut self) {
        match &mut self.broker {
            // It lives in this process: stopping it is as sudden for its clients, and it forgets everything.
            Engine::Embedded(broker) => broker.stop().await,
            Engine::Mosquitto(broker) => broker.kill().await,
            Engine::Nats(broker) => broker.kill(0).await,
        }
    }

    pub(crate) async fn restart(&mut self) {
        match &mut self.broker {
            Engine::Embedded(broker) => {
                assert_eq!(broker.start().await.expect("the broker starts again"), self.address);
            }
            Engine::Mosquitto(broker) => broker.restart().await,
            Engine::Nats(broker) => broker.restart(0).await,
        }
    }

    pub(crate) async fn in_time<T>(&self, what: impl Future<Output = T>) -> T {
        in_time("this", what).await
    }

    pub(crate) async fn join(&self, name: &str, filters: &[&str]) -> Peer {
        self.join_as(self.config(name), filters).await
    }

    pub(crate) async fn join_as(&self, config: BusConfig, filters: &[&str]) -> Peer {
        let name = config.client.to_string();
        let mut peer = Peer::start(config, filters.iter().map(|f| (*f).to_owned()).collect(), &name);
        peer.connects().await;
        peer
    }

    /// A peer on a runtime of its own, so that it can die without a goodbye.
    pub(crate) async fn join_apart(&self, config: BusConfig) -> Mortal {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("one");
        let mut peer = {
            let _guard = runtime.enter();
            Peer::start(config, vec![], "a mortal")
        };
        peer.connects().await;
        Mortal { runtime, _peer: peer }
    }

    /// Publishes by a client that knows no bounds; ends when the broker answered or hung up.
    pub(crate) async fn publish_raw(&self, name: &str, topic: &str, payload: Vec<u8>) {
        let config = self.config(name);
        let mut options = MqttOptions::new(format!("{name}-raw"), &config.host, config.port);
        options.set_credentials(config.username, config.password.expose());
        options.set_max_packet_size(usize::MAX, usize::MAX);
        let (client, mut event_loop) = AsyncClient::new(options, 4);
        client.try_publish(topic, QoS::AtLeastOnce, false, payload).expect("room for one");
        let answered = async {
            loop {
                match event_loop.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_))) | Err(_) => return,
                    Ok(_) => {}
                }
            }
        };
        in_time("an answer to a raw publish", answered).await;
    }

    pub(crate) async fn admits_anonymous(&self) -> bool {
        let mut options = MqttOptions::new("anonymous", self.address.ip().to_string(), self.address.port());
        options.set_max_packet_size(1024, 1024);
        let (_client, mut event_loop) = AsyncClient::new(options, 4);
        in_time("an answer to an anonymous log-in", event_loop.poll()).await.is_ok()
    }
}

/// One client of the bus, with what it was told.
pub(crate) struct Peer {
    pub(crate) sender: BusSender,
    pub(crate) events: mpsc::Receiver<BusEvent>,
    stop: CancellationToken,
    name: String,
}

impl Peer {
    pub(crate) fn start(config: BusConfig, filters: Vec<String>, name: &str) -> Self {
        let stop = CancellationToken::new();
        let (sender, events) = Bus::start(config, filters, stop.clone());
        Self { sender, events, stop, name: name.to_owned() }
    }

    pub(crate) async fn next(&mut self) -> BusEvent {
        let what = format!("{}'s next event", self.name);
        in_time(&what, self.events.recv()).await.expect("the bus runs")
    }

    pub(crate) async fn connects(&mut self) {
        match self.next().await {
            BusEvent::Connected => {}
            other => panic!("{} should connect first: {other:?}", self.name),
        }
    }

    /// After a loss: any number of failed tries, then a connection.
    pub(crate) async fn reconnects(&mut self) {
        loop {
            match self.next().await {
                BusEvent::Connected => return,
                BusEvent::Disconnected { .. } => {}
                BusEvent::Message { topic, .. } => {
                    panic!("{} got a message at {topic} before it connected", self.name)
                }
            }
        }
    }

    pub(crate) async fn publish(&self, topic: &str, payload: &str) {
        self.send(topic, payload, false).await;
    }

    pub(crate) async fn retain(&self, topic: &str, payload: &str) {
        self.send(topic, payload, true).await;
    }

    async fn send(&self, topic: &str, payload: &str, retain: bool) {
        let payload = Bytes::copy_from_slice(payload.as_bytes());
        let sent = in_time("publishing", self.sender.publish(topic, payload, retain)).await;
        sent.unwrap_or_else(|error| panic!("{} publishes to {topic}: {error}", self.name));
    }

    /// The next event is this message, and no other.
    pub(crate) async fn expects(&mut self, topic: &str, payload: &str) {
        let (seen_topic, seen, _) = self.message().await;
        let short = |text: &str| text.chars().take(80).collect::<String>();
        assert_eq!((seen_topic.as_str(), short(&seen)), (topic, short(payload)), "{}", self.name);
        assert_eq!(seen.len(), payload.len());
    }

    /// The same, with a message that wants to be confirmed.
    pub(crate) async fn takes(&mut self, topic: &str, payload: &str) -> Ack {
        let (seen, ack) = self.takes_any(topic).await;
        assert_eq!(seen, payload, "{}", self.name);
        ack
    }

    pub(crate) async fn takes_any(&mut self, topic: &str) -> (String, Ack) {
        let (seen_topic, seen, ack) = self.message().await;
        assert_eq!(seen_topic, topic, "{}", self.name);
        (seen, ack.expect("it wants to be confirmed"))
    }

    async fn message(&mut self) -> (String, String, Option<Ack>) {
        match self.next().await {
            BusEvent::Message { topic, payload, ack, .. } => {
                (topic, String::from_utf8(payload.to_vec()).expect("text"), ack)
            }
            other => panic!("{} expected a message, not {other:?}", self.name),
        }
    }

    /// Says goodbye; returns once its tasks have ended.
    pub(crate) async fn leave(mut self) {
        self.stop.cancel();
        in_time("leaving", async { while self.events.recv().await.is_some() {} }).await;
    }
}

/// A peer that can die.
pub(crate) struct Mortal {
    runtime: tokio::runtime::Runtime,
    _peer: Peer,
}

impl Mortal {
    /// Its sockets close without a word, as when its process is killed.
    pub(crate) fn dies(self) {
        self.runtime.shutdown_background();
    }
}

async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {DEADLINE:?}"),
    }
}
