//! What the shell knows of a school before any event: its name, its clocks, its settings.

use decider::Policy;
use proto::ids::SchoolId;
use proto::values::{Label, SchoolZone};

/// A school that this installation serves.
#[derive(Clone, Debug, PartialEq)]
pub struct School {
    /// Its id in topics and journals.
    pub id: SchoolId,
    /// Its name in texts and on pages.
    pub name: Label,
    /// Its clocks.
    pub zone: SchoolZone,
    /// Its settings.
    pub policy: Policy,
}
