//! Pupils' own phones, handed in for a day. [PERS-1, PERS-4]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, TripId};
use crate::values::{Label, Personal};

/// The highest number that a pouch may have.
pub const MAX_POUCH: u16 = 999;

/// The highest year group; 0 is Reception.
pub const MAX_YEAR: u8 = 14;

/// How a phone was silenced before it went into its pouch. [PERS-1]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PutAway {
    /// It is switched off.
    Off,
    /// It is in flight mode.
    FlightMode,
}

/// A pupil's own phone as it is handed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandIn {
    /// For which trip; none: for the day.
    pub trip: Option<TripId>,
    /// The pupil's reference, initials or first name: enough for the desk.
    pub pupil: Personal<Label>,
    /// Their year group; 0 is Reception.
    pub year: u8,
    /// Seen to be off, or in flight mode.
    pub put_away: PutAway,
    /// The locked place of the pouches.
    pub place: Label,
    /// The senior who allowed one that the year may not bring. [PERS-4]
    pub allowed_by: Option<PersonId>,
}
