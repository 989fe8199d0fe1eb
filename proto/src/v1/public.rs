//! What any client of the broker may watch, retained: no names, no places, no headcounts.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::GroupId;
use crate::v1::alerts::Severity;

/// A trip that is out, on `status/trip/{trip}`. Cleared once its watch has ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum TripStatus {
    /// Out, and watched.
    Out {
        /// Each group's next check-in.
        groups: Vec<GroupStatus>,
    },
    /// Everyone is accounted for: only its devices are due.
    Returned {
        /// When.
        devices_due_at: Timestamp,
    },
}

/// A group's next check-in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GroupStatus {
    /// The group.
    pub group: GroupId,
    /// When it is due.
    pub due_at: Timestamp,
    /// When it will be missed.
    pub missed_at: Timestamp,
    /// One before it was missed, and no word has come since.
    pub missed: bool,
}

/// Whether a lamp or siren is on, on `alarm`: `{"on":true,"severity":"urgent","cases":1,"since":"…"}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Alarm {
    /// A case of a warning or more is open, and nobody owns it.
    pub on: bool,
    /// The gravest of those.
    pub severity: Option<Severity>,
    /// How many there are.
    pub cases: usize,
    /// Since when the oldest of them is open.
    pub since: Option<Timestamp>,
}

/// Life signs of an instance of a service, on `homeward/v1/health/{service}/{instance}`, with a last will.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// Whether it is connected.
    pub up: bool,
    /// The operator's codes of what is wrong with it, though it is up: `HW-D1`, it can't store. Each has a runbook.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub codes: BTreeSet<String>,
}
