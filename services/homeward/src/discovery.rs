//! Home Assistant finds the office's alarm by itself: a binary sensor (on, off) and a sensor (how severe), each told of in a
//! retained message below `homeassistant/`, so that any lamp, siren or automation there can follow it. They read the
//! retained alarm topic itself; when nobody tells it any more they show as unavailable, never as a stale 'off'.
//!
//! Nothing personal, and nothing of a trip, is in it. Source: Home Assistant's public page on MQTT discovery.

use std::sync::Arc;

use bytes::Bytes;
use chassis::bus::{Bus, BusConfig, BusEvent, BusSender};
use chassis::host::instance_client;
use chassis::school::School;
use futures::future::BoxFuture;
use proto::topics::{ServiceName, Topic, filters};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Tells it at each connect, until `stop`: the broker may have forgotten it.
pub(crate) fn tell(
    bus: BusConfig,
    schools: &[Arc<School>],
    stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    let messages: Vec<_> = schools.iter().flat_map(|school| messages(school)).collect();
    let filter = filters::replies(&bus.client);
    let (sender, mut inbox) = Bus::start(bus, vec![filter], stop);
    let task = tokio::spawn(async move {
        while let Some(event) = inbox.recv().await {
            if let BusEvent::Connected = event {
                publish(&sender, &messages).await;
            }
        }
    });
    Box::pin(async move {
        // A panic in it is a bug that its own hook has told.
        let _ = task.await;
    })
}

async fn publish(sender: &BusSender, messages: &[(String, Value)]) {
    for (topic, message) in messages {
        // Not connected any more: it is told at the next connect.
        if let Err(error) = sender.publish(topic.as_str(), Bytes::from(message.to_string()), true).await {
            tracing::debug!(topic, %error, "Home Assistant was not told");
        }
    }
}

/// The retained messages of a school, with their topics.
fn messages(school: &School) -> [(String, Value); 2] {
    let id = &school.id;
    let alarm = Topic::Alarm { school: id.clone() }.to_string();
    let instance = instance_client(ServiceName::Alerts, 1);
    let health = Topic::Health { service: ServiceName::Alerts, instance }.to_string();
    let common = |name: &str, what: &str| {
        json!({
            "name": name,
            "unique_id": format!("homeward_{id}_{what}"),
            "state_topic": alarm,
            "json_attributes_topic": alarm,
            "availability": [{
                "topic": health,
                "value_template": "{{ 'online' if value_json.up else 'offline' }}",
            }],
            "device": { "identifiers": [format!("homeward_{id}")], "name": format!("Homeward {}", school.name) },
        })
    };
    let mut on = common("Alarm", "alarm");
    on["device_class"] = json!("safety");
    on["value_template"] = json!("{{ 'ON' if value_json.on else 'OFF' }}");
    let mut severity = common("Severity", "severity");
    severity["device_class"] = json!("enum");
    severity["options"] = json!(["none", "notice", "warning", "urgent", "emergency"]);
    severity["value_template"] = json!("{{ value_json.severity or 'none' }}");
    [
        (format!("homeassistant/binary_sensor/homeward-{id}/alarm/config"), on),
        (format!("homeassistant/sensor/homeward-{id}/severity/config"), severity),
    ]
}
