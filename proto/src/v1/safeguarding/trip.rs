//! What safeguarding knows of a trip.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::Label;

/// Where a trip stands, as far as phones and recordings go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TripStands {
    /// Not out yet.
    Planned,
    /// Out.
    Out,
    /// Back, or called off.
    Over,
}

/// What safeguarding knows of a trip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KnownTrip {
    /// Whether it is a tour: recordings are cleared nightly, in the holder's hands. [MEDIA-2]
    pub tour: bool,
    /// Recording is planned on it.
    pub records: bool,
    /// The reference of the consent to it. [MEDIA-3]
    pub consent: Option<Label>,
    /// Where it stands.
    pub stands: TripStands,
    /// Until when phones that were handed in for it are fetched, once it is back.
    pub fetch_by: Option<Timestamp>,
    /// When the recordings of the day are to be cleared, while a tour is out.
    pub evening: Option<Timestamp>,
}
