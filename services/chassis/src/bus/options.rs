//! The client library's settings, each set on purpose: its defaults don't fit.

use std::time::Duration;

use proto::envelope::MAX_MESSAGE_BYTES;
use proto::ids::ClientId;
use rumqttc::{AsyncClient, EventLoop, LastWill, MqttOptions, NetworkOptions, QoS};

use super::{Acks, BrokerAddress, BusConfig};

/// What a topic and the packet's frame may take beside the message.
pub const HEADROOM_BYTES: usize = 4 * 1024;

/// The largest packet that is read at all. It lies far above our own bound, so that a stray large message is dropped
/// alone; only what lies above costs the connection.
pub const MAX_INCOMING_BYTES: usize = 16 * MAX_MESSAGE_BYTES;

/// How many publishes may wait for their acknowledgement.
pub const MAX_IN_FLIGHT: u16 = 512;

/// How many publishes may wait to be written, beside those in flight.
const REQUESTS: usize = 128;

/// How long connecting or writing may take.
pub(super) const NETWORK_TIMEOUT: Duration = Duration::from_secs(5);

/// The shortest keep-alive the client library accepts.
const SHORTEST_KEEP_ALIVE: Duration = Duration::from_secs(1);

/// The MQTT client ids of a bus: the subscribing connection's, and the publishing one's. A colon can't stand in a
/// [`ClientId`], so no account's session ids collide with another's.
pub fn connection_ids(client: &ClientId) -> [String; 2] {
    [client.to_string(), format!("{client}:pub")]
}

/// A client for one connection that publishes: it carries the will.
pub(super) fn publisher(config: &BusConfig, node: &BrokerAddress) -> (AsyncClient, EventLoop) {
    let [_, id] = connection_ids(&config.client);
    let mut options = common(config, node, id);
    options.set_clean_session(true);
    if let Some(will) = &config.will {
        options.set_last_will(LastWill::new(
            &will.topic,
            will.payload.to_vec(),
            QoS::AtLeastOnce,
            will.retain,
        ));
    }
    build(options)
}

/// A client for one connection that subscribes; `fresh` throws away what the broker kept.
pub(super) fn subscriber(config: &BusConfig, node: &BrokerAddress, fresh: bool) -> (AsyncClient, EventLoop) {
    let [id, _] = connection_ids(&config.client);
    let mut options = common(config, node, id);
    options.set_clean_session(config.clean_session || fresh);
    options.set_manual_acks(config.acks == Acks::Manual);
    build(options)
}

fn common(config: &BusConfig, node: &BrokerAddress, id: String) -> MqttOptions {
    let mut options = MqttOptions::new(id, &node.host, node.port);
    options.set_credentials(&config.username, config.password.expose());
    options.set_keep_alive(config.keep_alive.max(SHORTEST_KEEP_ALIVE));
    options.set_max_packet_size(MAX_INCOMING_BYTES, MAX_MESSAGE_BYTES + HEADROOM_BYTES);
    options.set_inflight(MAX_IN_FLIGHT);
    options
}

fn build(options: MqttOptions) -> (AsyncClient, EventLoop) {
    let (client, mut event_loop) = AsyncClient::new(options, REQUESTS);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(NETWORK_TIMEOUT.as_secs());
    event_loop.set_network_options(network);
    (client, event_loop)
}
