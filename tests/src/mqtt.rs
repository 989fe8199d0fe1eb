//! Any MQTT client, with the account that Homeward gives out for this machine.

use std::time::Duration;

use chassis::bus::BusConfig;
use proto::ids::CommandId;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use serde_json::{Value, json};

use crate::home::{Home, READER};
use crate::locator::Locator;
use crate::tls;
use crate::watch::PATIENCE;
use crate::world::World;

/// A plain MQTT 3.1.1 client.
pub struct Mqtt {
    client: AsyncClient,
    events: EventLoop,
    account: String,
    school: String,
}

impl Mqtt {
    /// Connects, and listens to its answers.
    pub async fn connect(world: &World) -> Self {
        let BusConfig { username, password, .. } = world.mqtt();
        let mut mqtt = Self::with(world, &username, password.expose());
        mqtt.subscribe(&format!("homeward/v1/{}/reply/{}", mqtt.school, mqtt.account)).await;
        mqtt
    }

    /// The OwnTracks app of a phone, with the phone's own account: it listens for commands on its own topic.
    pub async fn phone(world: &World, phone: &Locator) -> Self {
        let mut mqtt = Self::with(world, &phone.account, phone.password());
        mqtt.subscribe(&format!("{}/cmd", phone.topic)).await;
        mqtt
    }

    /// Another system of the school at Mosquitto: `homeward broker-acl --reader` wrote its rules.
    pub fn reader(world: &mut World) -> Self {
        let port = world.outside().mosquitto().address().port();
        Self::at(world, READER, Home::password().expose(), ("127.0.0.1".to_owned(), port))
    }

    /// The app of a phone at the listener that Mosquitto has for phones, by TLS; it trusts the school's certificate alone. What it calls its session is
    /// its own to say.
    pub async fn phone_by_tls(world: &mut World, phone: &Locator, session: &str) -> Self {
        let listener = world.outside().phones.as_ref().expect("phones reach it by TLS");
        let certificate = std::fs::read(&listener.certificate).expect("a certificate");
        let port = tls::way_to(listener.port, &certificate).await;
        let mut options = MqttOptions::new(session, "127.0.0.1", port);
        options.set_credentials(&phone.account, Home::password().expose());
        Self::by(world, &phone.account, options)
    }

    fn with(world: &World, account: &str, password: &str) -> Self {
        let BusConfig { host, port, .. } = world.mqtt();
        Self::at(world, account, password, (host, port))
    }

    fn at(world: &World, account: &str, password: &str, (host, port): (String, u16)) -> Self {
        let mut options = MqttOptions::new(account, host, port);
        options.set_credentials(account, password);
        Self::by(world, account, options)
    }

    fn by(world: &World, account: &str, mut options: MqttOptions) -> Self {
        options.set_keep_alive(Duration::from_secs(15));
        options.set_max_packet_size(10 * 1024 * 1024, 10 * 1024 * 1024);
        let (client, events) = AsyncClient::new(options, 64);
        Self { client, events, account: account.to_owned(), school: world.school.to_string() }
    }

    /// Subscribes, and waits for the broker's word.
    pub async fn subscribe(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.expect("it is queued");
        self.until(|packet| matches!(packet, Packet::SubAck(_)).then_some(())).await;
    }

    /// The topic of commands to a service.
    pub fn commands(&self, service: &str) -> String {
        format!("homeward/v1/{}/{service}/command/{}", self.school, self.account)
    }

    /// Publishes, and waits until the broker has it.
    pub async fn publishes(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload.into()).await.expect("it is queued");
        self.until(|packet| matches!(packet, Packet::PubAck(_)).then_some(())).await;
    }

    /// Waits for a message on that topic; tells all that came until then, that one too: each topic and what was said.
    pub async fn hears_until(&mut self, topic: &str, words: &str) -> Vec<(String, String)> {
        let mut heard = Vec::new();
        self.until(|packet| {
            let Packet::Publish(publish) = packet else { return None };
            let said = String::from_utf8_lossy(&publish.payload).into_owned();
            let is_it = publish.topic == topic && said.contains(words);
            heard.push((publish.topic.clone(), said));
            is_it.then_some(())
        })
        .await;
        heard
    }

    /// Publishes a command as a CloudEvents object and waits for its answer.
    pub async fn asks(&mut self, id: CommandId, service: &str, command: &str, data: Value) -> Value {
        let kind = format!("homeward.{service}.v1.{command}");
        let envelope = json!({ "specversion": "1.0", "id": id, "type": kind, "data": data });
        self.asks_raw(id, service, envelope.to_string()).await
    }

    /// Publishes whatever to a service, and waits for the answer to that id.
    pub async fn asks_raw(&mut self, id: CommandId, service: &str, payload: String) -> Value {
        let topic = self.commands(service);
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("it is queued");
        self.until(|packet| {
            let Packet::Publish(publish) = packet else { return None };
            let replies: Vec<Value> = serde_json::from_slice(&publish.payload).ok()?;
            replies.into_iter().find(|reply| reply.to_string().contains(&id.to_string()))
        })
        .await
    }

    /// Waits for a message on a topic that ends so.
    pub async fn hears(&mut self, ending: &str) -> Value {
        self.until(|packet| {
            let Packet::Publish(publish) = packet else { return None };
            publish.topic.ends_with(ending).then(|| serde_json::from_slice(&publish.payload).expect("JSON"))
        })
        .await
    }

    async fn until<T>(&mut self, mut found: impl FnMut(&Packet) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.poll().await.expect("the broker holds the line");
                if let Event::Incoming(packet) = event
                    && let Some(found) = found(&packet)
                {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search).await.expect("the broker, or a service, answers")
    }
}
