//! Typed ids: `issue(DeviceId, TripId)` can't be called the wrong way round.
//!
//! Ids are UUIDs. Clients make them (version 7, so that they sort by time); deciders, which must be pure, derive
//! them from the id of what caused them (see [`derive_uuid`]).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Derives a UUID (version 8) from the id of a cause, a label and a number: the same inputs, the same id.
pub fn derive_uuid(cause: Uuid, label: &str, number: u64) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(cause.as_bytes());
    hasher.update(label.as_bytes());
    hasher.update(&number.to_be_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident = $label:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, made by a client (version 7, sorted by time). Never called by a decider.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that follows from a cause: pure, so that deciders may use it.
            pub fn derived(cause: Uuid, number: u64) -> Self {
                Self(derive_uuid(cause, $label, number))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", $label, self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )*};
}

typed_id! {
    /// A person who works with the school: staff, supply staff, a volunteer, a senior of the trust.
    PersonId = "person";
    /// A school-owned (or lent) phone: a work mobile or a basic phone.
    DeviceId = "device";
    /// An outing, from the draft of its form to its closing.
    TripId = "trip";
    /// A group of a trip: an adult, a phone, a number of pupils.
    GroupId = "group";
    /// A pupil who is named on a trip: one who holds a basic phone. Others are only counted.
    PupilId = "pupil";
    /// A line by which the school can be reached.
    LineId = "line";
    /// A stretch of duty on the rota.
    DutyId = "duty";
    /// An alert case: one open case for each trip gathers all reasons.
    CaseId = "case";
    /// One try to reach one person by one channel.
    AttemptId = "attempt";
    /// A command; asked again with the same id, it is answered with the first answer.
    CommandId = "command";
    /// A line of the usage log.
    UseId = "use";
    /// A safeguarding incident.
    IncidentId = "incident";
    /// An arrangement by which somebody keeps a device of their own.
    ArrangementId = "arrangement";
    /// The recordings with which a phone came back.
    RecordingId = "recording";
    /// A hold on records: while it stands nothing of them is erased.
    HoldId = "hold";
    /// A text or call that came in, as the gateway journalled it.
    InboundId = "inbound";
}

/// A school: a short slug that stands in topics (`[a-z0-9-]`, 1 to 40 characters).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct SchoolId(String);

/// A client of the bus: the account it logs in with (`[A-Za-z0-9_.-]`, 1 to 64 characters).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(String);

/// A provider of texts, calls or e-mail, as the configuration names it (`[a-z0-9-]`, 1 to 40 characters).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderName(String);

/// A name that can't stand in a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be 1 to {max} characters of {allowed}, not {found:?}")]
pub struct BadSlug {
    what: &'static str,
    max: usize,
    allowed: &'static str,
    found: String,
}

macro_rules! slug {
    ($name:ident, $what:literal, $max:literal, $allowed:literal, $test:expr) => {
        impl $name {
            /// Parses it, or says what is allowed.
            pub fn parse(text: &str) -> Result<Self, BadSlug> {
                let fits = !text.is_empty() && text.len() <= $max && text.bytes().all($test);
                if fits {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(BadSlug {
                        what: $what,
                        max: $max,
                        allowed: $allowed,
                        found: text.chars().take(80).collect(),
                    })
                }
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadSlug;
            fn try_from(text: String) -> Result<Self, BadSlug> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadSlug;
            fn from_str(text: &str) -> Result<Self, BadSlug> {
                Self::parse(text)
            }
        }
    };
}

slug!(SchoolId, "a school's id", 40, "a-z, 0-9 and -", |b| b.is_ascii_lowercase()
    || b.is_ascii_digit()
    || b == b'-');
slug!(ProviderName, "a provider's name", 40, "a-z, 0-9 and -", |b| b.is_ascii_lowercase()
    || b.is_ascii_digit()
    || b == b'-');
slug!(ClientId, "a client's id", 64, "A-Z, a-z, 0-9, _, . and -", |b| b.is_ascii_alphanumeric()
    || matches!(b, b'_' | b'.' | b'-'));
