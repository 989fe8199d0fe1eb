//! The AsyncAPI 3.0 document: a channel for each topic, a message for each command and each event.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::service::{Contract, Variant, contracts, used};
use super::shared::SharedTypes;
use super::topics::{alarm, board, health, owntracks, reply, service_channels, status};
use super::{constant, deciders};
use crate::envelope::{Answer, Head, ReplayPage, ReplayRequest, Reply};
use crate::topics::ServiceName;
use crate::v1::public::{Alarm, Health, TripStatus};
use crate::wire;

/// Where the types of the contracts stand, before and after.
const FROM: &str = "#/definitions/";
const TO: &str = "#/components/schemas/";

/// The parts of the document, as they grow.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) channels: Map<String, Value>,
    pub(super) operations: Map<String, Value>,
    pub(super) messages: Map<String, Value>,
    pub(super) schemas: Map<String, Value>,
}

/// The whole document.
pub(super) fn document() -> Value {
    let contracts = contracts(&SchemaSettings::draft07());
    let types = SharedTypes::of(&contracts, FROM, TO);
    let mut parts = Parts::default();
    parts.schemas.extend(types.all(&contracts));
    common_types(&mut parts);
    for contract in &contracts {
        for variant in &contract.commands {
            parts.add_variant(contract, &types, variant, Kind::Command);
        }
        for variant in &contract.events {
            parts.add_variant(contract, &types, variant, Kind::Event);
        }
    }
    parts.add_batches(&contracts);
    for service in deciders() {
        service_channels(&mut parts, service);
    }
    for add in [board, reply, status, alarm, health, owntracks] {
        add(&mut parts);
    }
    parts.drop_unused_types();
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:homeward:v1",
        "info": info(),
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": parts.channels,
        "operations": parts.operations,
        "components": {
            "messages": parts.messages,
            "schemas": parts.schemas,
            "parameters": parameters(),
            "correlationIds": correlation_ids(),
            "securitySchemes": {
                "account": {
                    "type": "userPassword",
                    "description": "An account of the broker. Its name stands in the topics it may publish to: the broker holds it to them."
                }
            }
        }
    })
}

fn info() -> Value {
    json!({
        "title": "Homeward over MQTT",
        "version": "1.0.0",
        "description": concat!(
            "Trip and off-site safety for schools: every command, event and answer of Homeward's services.\n\n",
            "Plain MQTT 3.1.1, QoS 1, JSON in CloudEvents 1.0 structured mode. A command or event has its variant's name in ",
            "`type` and its fields in `data`. Whatever was committed has a number without gaps in its service's journal: who ",
            "misses some sees it by the retained head, and asks the replay topic. A command is asked again, with the same id, ",
            "until it is answered; a message has at most 256 KiB, a command 64 KiB.\n\n",
            "Made from the types of the proto crate by `make schemas`."
        ),
        "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        "contact": { "name": "Homeward", "url": "https://homeward.example" },
        "tags": deciders().map(|service| json!({ "name": service.as_str() })).collect::<Vec<_>>()
    })
}

fn servers() -> Value {
    let server = |host: &str, protocol: &str, description: &str| {
        json!({
            "host": host, "protocol": protocol, "protocolVersion": "3.1.1", "description": description,
            "security": [{ "$ref": "#/components/securitySchemes/account" }],
            "bindings": { "mqtt": { "cleanSession": true, "keepAlive": 15, "bindingVersion": "0.2.0" } }
        })
    };
    json!({
        "loopback": server("127.0.0.1:1883", "mqtt", "Services of one machine: Mosquitto, or the embedded broker on its own port."),
        "outside": server("mqtt.homeward.example:8883", "secure-mqtt", "Phones, lamps and other systems: TLS, one account each.")
    })
}

fn parameters() -> Value {
    json!({
        "school": { "description": "The school's short name: small letters, digits, hyphens." },
        "client": { "description": "The account that asks and is answered; the broker holds it to its own name." },
        "trip": { "description": "The trip's id." },
        "service": { "description": "A service.", "enum": ServiceName::ALL.map(ServiceName::as_str) },
        "instance": { "description": "The account of one instance: trips-1." },
        "tag": { "description": "The asset tag on the phone: WM-014." }
    })
}

fn correlation_ids() -> Value {
    json!({
        "command": { "description": "The command's own id: its answer names it.", "location": "$message.payload#/id" },
        "first-cause": {
            "description": "The id of the first cause of all: the command, or the event from outside, that everything followed from.",
            "location": "$message.payload#/correlation"
        },
        "answered": { "description": "The command it answers.", "location": "$message.payload#/data/command" }
    })
}

/// The types of messages that aren't a service's own.
fn common_types(parts: &mut Parts) {
    let mut generator = schemars::SchemaGenerator::new(SchemaSettings::draft07());
    generator.subschema_for::<Reply>();
    generator.subschema_for::<Answer>();
    generator.subschema_for::<ReplayPage>();
    generator.subschema_for::<ReplayRequest>();
    generator.subschema_for::<Head>();
    generator.subschema_for::<TripStatus>();
    generator.subschema_for::<Alarm>();
    generator.subschema_for::<Health>();
    for (name, schema) in generator.take_definitions(true) {
        let text = schema.to_string().replace(FROM, TO);
        let schema = serde_json::from_str(&text).expect("it was JSON");
        parts.schemas.entry(name).or_insert(schema);
    }
}

/// What a variant is of.
#[derive(Clone, Copy)]
enum Kind {
    Command,
    Event,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Event => "event",
        }
    }

    fn envelope(self) -> Value {
        match self {
            Self::Command => reference("schemas", "CommandEnvelope"),
            Self::Event => reference("schemas", "EventEnvelope"),
        }
    }

    fn correlation(self) -> Value {
        match self {
            Self::Command => reference("correlationIds", "command"),
            Self::Event => reference("correlationIds", "first-cause"),
        }
    }
}

/// A reference to a component.
pub(super) fn reference(what: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{what}/{name}") })
}

impl Parts {
    fn add_variant(&mut self, contract: &Contract, types: &SharedTypes, variant: &Variant, kind: Kind) {
        let service = contract.service;
        let name = format!("{service}.{}.{}", kind.word(), variant.name);
        let full = wire::kind(service, &variant.name);
        let data = types.renamed(service, &variant.fields);
        let narrowed = json!({ "type": "object", "properties": { "type": constant(&full), "data": data } });
        let payload = json!({ "allOf": [kind.envelope(), narrowed] });
        self.schemas.insert(name.clone(), payload);
        let mut message = json!({
            "name": full,
            "title": variant.name,
            "contentType": "application/cloudevents+json",
            "correlationId": kind.correlation(),
            "payload": reference("schemas", &name),
            "tags": [{ "name": service.as_str() }, { "name": kind.word() }],
        });
        if let Some(description) = &variant.description {
            message["description"] = json!(description);
        }
        self.messages.insert(name, message);
    }

    /// What travels on an event topic: the events of one commit, as an array.
    fn add_batches(&mut self, contracts: &[Contract]) {
        for contract in contracts {
            let service = contract.service;
            let one = |event: &Variant| reference("schemas", &format!("{service}.event.{}", event.name));
            let any: Vec<Value> = contract.events.iter().map(one).collect();
            let message = json!({
                "name": format!("homeward.{service}.v1.batch"),
                "title": "Batch",
                "description": "The events of one commit, in the order of their numbers: at most 500, and 256 KiB.",
                "contentType": "application/cloudevents-batch+json",
                "payload": { "type": "array", "minItems": 1, "maxItems": crate::envelope::MAX_BATCH_EVENTS, "items": { "oneOf": any } },
                "tags": [{ "name": service.as_str() }, { "name": "event" }],
            });
            self.messages.insert(format!("{service}.event.batch"), message);
        }
    }

    /// Only what messages refer to stays: refusals have types of their own.
    fn drop_unused_types(&mut self) {
        let messages = Value::Object(self.messages.clone());
        self.schemas = used(&messages, &self.schemas, TO);
    }

    /// Adds a channel with the messages that are known by these component names.
    pub(super) fn channel(&mut self, id: &str, address: &str, description: &str, messages: &[String]) {
        let parameters: Map<String, Value> = address
            .split('/')
            .filter_map(|level| level.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| (name.to_owned(), reference("parameters", name)))
            .collect();
        let named: Map<String, Value> =
            messages.iter().map(|name| (local(name), reference("messages", name))).collect();
        let channel = json!({
            "address": address, "title": id, "description": description, "messages": named, "parameters": parameters,
        });
        self.channels.insert(id.to_owned(), channel);
    }

    /// Adds what Homeward does on a channel.
    pub(super) fn operation(&mut self, id: &str, does: &Does<'_>) {
        let Does { action, channel, messages, retain, summary, reply } = does;
        let message = |channel: &str, name: &String| json!({ "$ref": format!("#/channels/{channel}/messages/{}", local(name)) });
        let own: Vec<Value> = messages.iter().map(|name| message(channel, name)).collect();
        let mut operation = json!({
            "action": action,
            "channel": { "$ref": format!("#/channels/{channel}") },
            "summary": summary,
            "messages": own,
            "security": [{ "$ref": "#/components/securitySchemes/account" }],
            "bindings": { "mqtt": { "qos": 1, "retain": retain, "bindingVersion": "0.2.0" } },
        });
        if let Some(answer) = reply {
            operation["reply"] = json!({
                "channel": { "$ref": "#/channels/reply" },
                "messages": [message("reply", &(*answer).to_owned())],
            });
        }
        self.operations.insert(id.to_owned(), operation);
    }

    /// Adds a message of no service in particular.
    pub(super) fn message(&mut self, name: &str, title: &str, description: &str, payload: &Value) {
        let message = json!({
            "name": name, "title": title, "description": description, "contentType": "application/json", "payload": payload,
        });
        self.messages.insert(name.to_owned(), message);
    }

    /// The component names of a service's messages: those that begin with `prefix`.
    pub(super) fn messages_of(&self, prefix: &str) -> Vec<String> {
        self.messages.keys().filter(|name| name.starts_with(prefix)).cloned().collect()
    }
}

/// What Homeward does on a channel: `send` or `receive`.
pub(super) struct Does<'a> {
    pub(super) action: &'a str,
    pub(super) channel: &'a str,
    pub(super) messages: &'a [String],
    pub(super) retain: bool,
    pub(super) summary: &'a str,
    pub(super) reply: Option<&'a str>,
}

/// A message's name within its channel.
fn local(component: &str) -> String {
    component.rsplit('.').next().unwrap_or(component).to_owned()
}
