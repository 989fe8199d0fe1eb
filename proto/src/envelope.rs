//! CloudEvents 1.0 in structured mode: the one shape of everything on the bus.
//!
//! An event's extension attributes carry its number (`sequence`), the journal's `epoch`, the `entryhash` of the chain,
//! what caused it (`cause`), the first cause of all (`correlation`) and who acted (`actor`), so that a 3.1.1 broker
//! serves as well as any. The events of one commit travel as one CloudEvents batch: a JSON array.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::ids::{ClientId, CommandId, DeviceId, PersonId, SchoolId};
use crate::refusal::RefusalBody;
use crate::topics::ServiceName;

/// The largest message on the bus, in bytes; batches and replay pages are cut below it.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The largest command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 64 * 1024;

/// The most events in one batch or replay page.
pub const MAX_BATCH_EVENTS: usize = 500;

/// Who acted. Written `person:…`, `device:…`, `client:…` or `service:…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// A person, named by the board, who logged in or whose phone page it was.
    Person(PersonId),
    /// Whoever held that school phone: a text, a call, a position.
    Device(DeviceId),
    /// A client of the bus that acts as its own account.
    Client(ClientId),
    /// A service of Homeward: time passed, or news was heard.
    Service(ServiceName),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Device(id) => write!(f, "device:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

/// Text that names no actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an actor is person:ID, device:ID, client:NAME or service:NAME, not {0:?}")]
pub struct BadActor(pub String);

impl FromStr for Actor {
    type Err = BadActor;

    fn from_str(text: &str) -> Result<Self, BadActor> {
        let bad = || BadActor(text.chars().take(80).collect());
        let (kind, id) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "person" => id.parse().map(Self::Person).map_err(|_| bad()),
            "device" => id.parse().map(Self::Device).map_err(|_| bad()),
            "client" => id.parse().map(Self::Client).map_err(|_| bad()),
            "service" => id.parse().map(Self::Service).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Actor {
    type Error = BadActor;
    fn try_from(text: String) -> Result<Self, BadActor> {
        text.parse()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl JsonSchema for Actor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Actor".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^(person|device|client|service):.+$",
            "description": "Who acted: person:ID, device:ID, client:NAME or service:NAME"
        })
    }
}

/// `specversion`: always 1.0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub enum SpecVersion {
    /// CloudEvents 1.0.
    #[default]
    #[serde(rename = "1.0")]
    V1,
}

/// One journalled event, as it travels. `data` is the event as its service wrote it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EventEnvelope {
    /// Always 1.0.
    pub specversion: SpecVersion,
    /// The event's id: derived from epoch, source and number.
    pub id: Uuid,
    /// `/homeward/{school}/{service}`.
    pub source: Source,
    /// `homeward.{service}.v1.{Event}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was recorded.
    pub time: Timestamp,
    /// Its number in the journal of that service and school: from 1, without gaps.
    pub sequence: u64,
    /// The journal's epoch.
    pub epoch: Uuid,
    /// The hash of the chain up to and with this entry, in hex.
    pub entryhash: Hash,
    /// The id of the command or event that caused it.
    pub cause: Uuid,
    /// The id of the first cause of all.
    pub correlation: Uuid,
    /// Who acted.
    pub actor: Actor,
    /// W3C trace context: as the first cause of all brought it, or made of that cause's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The event.
    #[schemars(with = "Fields")]
    pub data: Box<RawValue>,
}

/// A command on its way to a service. Asked again with the same id, it gets the first answer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CommandEnvelope {
    /// Always 1.0.
    #[serde(default)]
    pub specversion: SpecVersion,
    /// The command's id, made by the client.
    pub id: CommandId,
    /// Who sends it: `/client/{name}`; informative, the topic decides.
    #[serde(default)]
    pub source: String,
    /// `homeward.{service}.v1.{Command}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The human who acts: only the board may name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// W3C trace context, if whoever asks has one. Without it the command's id is the trace id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The command.
    #[schemars(with = "Fields")]
    pub data: Box<RawValue>,
}

/// The fields of a variant, for the schema of an envelope: an object, whichever it is.
type Fields = std::collections::BTreeMap<String, serde_json::Value>;

/// Where an event comes from: `/homeward/{school}/{service}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Source {
    /// The school.
    pub school: SchoolId,
    /// The service.
    pub service: ServiceName,
}

impl TryFrom<String> for Source {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let parse = || {
            let (school, service) = text.strip_prefix("/homeward/")?.split_once('/')?;
            Some(Self { school: school.parse().ok()?, service: service.parse().ok()? })
        };
        parse().ok_or_else(|| format!("a source is /homeward/SCHOOL/SERVICE, not {text:?}"))
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        format!("/homeward/{}/{}", source.school, source.service)
    }
}

impl JsonSchema for Source {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Source".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^/homeward/[^/]+/[a-z]+$",
            "description": "Where an event comes from: /homeward/SCHOOL/SERVICE"
        })
    }
}

/// A BLAKE3 hash, in hex on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash before the first entry of a journal.
    pub const ZERO: Self = Self([0; 32]);

    /// Hashes bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &blake3::Hash::from_bytes(self.0).to_hex()[..12])
    }
}

impl FromStr for Hash {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        blake3::Hash::from_hex(text).map(|h| Self(*h.as_bytes())).map_err(|_| {
            format!("a hash is 64 hexadecimal digits, not {:?}", text.chars().take(80).collect::<String>())
        })
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Hash {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Hash".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "BLAKE3, in hex" })
    }
}

/// The newest number of a journal: retained, so that who comes late sees what it missed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Head {
    /// The journal's epoch: new when a journal is begun or restored.
    pub epoch: Uuid,
    /// The newest number; 0 while the journal is empty.
    pub sequence: u64,
    /// The hash of the chain there.
    pub hash: Hash,
    /// When it was announced.
    pub at: Timestamp,
    /// How often personal parts of the journal were blanked: whoever keeps what it heard forgets it, and hears it again.
    #[serde(default)]
    pub blankings: u64,
}

/// Asks a producer for the numbers from `from` on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReplayRequest {
    /// The first number wanted.
    pub from: u64,
}

/// What arrives on a client's reply topic.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum Reply {
    /// The answer to a command.
    #[serde(rename = "homeward.answer.v1")]
    Answer(Answer),
    /// A page of a replay.
    #[serde(rename = "homeward.replay.v1")]
    Replay(ReplayPage),
}

/// The answer to a command.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The command it answers.
    pub command: CommandId,
    /// The service that answers.
    pub service: ServiceName,
    /// How it went.
    pub outcome: Outcome,
}

/// How a command went.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// Committed; `sequence` is the number of the last event it led to (or the head, if it changed nothing).
    Accepted {
        /// The number in the service's journal.
        sequence: u64,
    },
    /// A rule stands against it; nothing was changed.
    Refused {
        /// Which rule, and what would satisfy it.
        refusal: Box<RefusalBody>,
    },
    /// It could not be decided just now; ask again.
    Faulted {
        /// What is wrong, for the person who asked.
        message: String,
    },
}

/// A page of a replay: numbers without gaps from the one that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReplayPage {
    /// The producer.
    pub source: Source,
    /// Its epoch.
    pub epoch: Uuid,
    /// The first number asked for.
    pub from: u64,
    /// The producer's head when it answered.
    pub head: u64,
    /// The events; empty when `from` lies beyond the head.
    pub events: Vec<EventEnvelope>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_survives_the_wire() {
        let envelope = EventEnvelope {
            specversion: SpecVersion::V1,
            id: Uuid::now_v7(),
            source: Source { school: "elmfield".parse().expect("slug"), service: ServiceName::Checkins },
            kind: "homeward.checkins.v1.CheckedIn".into(),
            time: "2026-11-20T09:30:00Z".parse().expect("time"),
            sequence: 7,
            epoch: Uuid::now_v7(),
            entryhash: Hash::of(b"x"),
            cause: Uuid::now_v7(),
            correlation: Uuid::now_v7(),
            actor: Actor::Service(ServiceName::Gateway),
            traceparent: None,
            data: RawValue::from_string("{\"type\":\"CheckedIn\"}".into()).expect("JSON"),
        };
        let text = serde_json::to_string(&envelope).expect("serialises");
        assert!(
            text.contains("\"specversion\":\"1.0\"")
                && text.contains("\"source\":\"/homeward/elmfield/checkins\"")
        );
        let back: EventEnvelope = serde_json::from_str(&text).expect("parses");
        assert_eq!(serde_json::to_string(&back).expect("serialises"), text);
    }
}
