//! Records that are kept past their time: asked for by a court, the police, an insurer, an inquiry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{IncidentId, PersonId, TripId};

/// What is held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Held {
    /// All that Homeward keeps of the school.
    Everything {},
    /// Whatever is about a trip.
    Trip {
        /// Which.
        trip: TripId,
    },
    /// Whatever names a person of the register.
    Person {
        /// Who.
        person: PersonId,
    },
    /// Whatever is about an incident.
    Incident {
        /// Which.
        incident: IncidentId,
    },
}
