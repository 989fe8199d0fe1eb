//! Arrangements by which somebody keeps a device of their own. [PERS-2, PERS-3, PERS-5]

use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::values::{Label, Note, Personal};

/// Who keeps a device of their own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// A pupil's. [PERS-2]
    Pupil {
        /// Their reference, initials or first name.
        name: Personal<Label>,
    },
    /// A group of post-16 students, under an approach that the regional director signed. [PERS-3]
    Post16 {
        /// Which group.
        group: Label,
    },
    /// A member of staff's. [PERS-5]
    Staff {
        /// Who.
        person: PersonId,
    },
}

/// Who agreed on the side of whoever keeps it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgreedWith {
    /// The pupil or student.
    Pupil,
    /// A parent or carer.
    Parent,
    /// The member of staff.
    Staff,
}

/// An arrangement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Whose it is.
    pub whose: Whose,
    /// Which device.
    pub device: Personal<Label>,
    /// It is, or serves, a medical device: its expiry takes nothing away. [PERS-2]
    pub medical: bool,
    /// Why.
    pub reason: Personal<Note>,
    /// Whose advice was sought, and what it was.
    pub advice: Personal<Note>,
    /// The headteacher; for staff the headteacher or the line manager.
    pub agreed_by: PersonId,
    /// The reference of the regional director's signature. [PERS-3]
    pub signature: Option<Label>,
    /// Who agreed on the other side.
    pub agreed_with: AgreedWith,
    /// From which day.
    pub from: civil::Date,
    /// Until which day, that day included.
    pub until: civil::Date,
    /// On which conditions.
    pub conditions: Personal<Note>,
}
