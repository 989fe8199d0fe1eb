//! Lines, opening hours, line health, who holds base, and whether the emergency route covers a trip.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Hash;
use crate::ids::{DeviceId, DutyId, LineId, PersonId, TripId};
use crate::v1::people::DutyRole;
use crate::v1::trips::{EmergencyPlan, TripKind};
use crate::values::{Label, Note, PhoneNumber, WeeklyHours, Window};

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The school's landline: connected at all times, staffed in its hours. [CONT-1]
    Landline,
    /// The office's own number, if it is another.
    Office,
    /// Base's back-up work mobile. [CONT-2]
    BackUpMobile,
}

/// How well a line is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LineHealth {
    Up,
    Doubtful,
    Down,
}

/// Who asks for a route.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// A parent or carer.
    Parent,
    Pupil,
    /// Staff on the trip, who want base.
    StaffOffSite,
    /// Base, who wants the trip.
    Base,
    HostOrganisation,
    /// The family of a member of staff.
    StaffFamily,
}

/// A gap of the emergency route. [FORM-8]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoverageGap {
    /// No line is open and staffed in that window.
    NoLine { window: Window },
    /// Nobody of that step of the ladder can be reached in that window.
    EmptyStep { step: LadderStep, window: Window },
    /// The ladder beyond the trip's own staff names too few people.
    TooFewPeople { named: u8, needed: u8 },
    /// A person of the ladder is on the trip.
    OnTheTrip { person: PersonId },
}

/// A step of the ladder beyond the trip's own staff.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LadderStep {
    Office,
    Dsl,
    Senior,
}

/// What contacts is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    AddLine {
        line: LineId,
        name: Label,
        kind: LineKind,
        number: PhoneNumber,
        hours: WeeklyHours,
    },
    ChangeLine {
        line: LineId,
        name: Label,
        number: PhoneNumber,
        hours: WeeklyHours,
    },
    RemoveLine {
        line: LineId,
    },
    /// Marks a line by hand, with a reason; `until` says when the mark ends by itself. [CONT-1]
    MarkLine {
        line: LineId,
        health: LineHealth,
        reason: Note,
        until: Option<Timestamp>,
    },
    /// The school closes early (snow): alerts until someone holds base for each trip that is out. [CONT-1]
    CloseEarly {
        window: Window,
        reason: Note,
    },
    /// A named person takes base of a trip. [CONT-6]
    HoldBase {
        trip: TripId,
        person: PersonId,
    },
    /// Base is handed over by name. [CONT-6]
    HandOverBase {
        trip: TripId,
        from: PersonId,
        to: PersonId,
    },
}

/// What contacts records.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    LineAdded {
        line: LineId,
        name: Label,
        kind: LineKind,
        number: PhoneNumber,
        hours: WeeklyHours,
    },
    LineChanged {
        line: LineId,
        name: Label,
        number: PhoneNumber,
        hours: WeeklyHours,
    },
    LineRemoved {
        line: LineId,
    },
    /// A line's health changed: routes change at once, and back.
    LineHealthChanged {
        line: LineId,
        health: LineHealth,
        since: Timestamp,
        reason: Note,
        until: Option<Timestamp>,
    },
    ClosedEarly {
        window: Window,
        reason: Note,
    },
    /// A named person holds base of a trip; `from` handed it over.
    BaseHeld {
        trip: TripId,
        person: PersonId,
        from: Option<PersonId>,
        at: Timestamp,
    },
    /// Nobody holds base of a trip that is out (the school closed early). Alerts until somebody does. [CONT-1]
    BaseUnheld {
        trip: TripId,
        since: Timestamp,
    },
    /// Whether the emergency route covers a trip: gaps, or none. Told anew whenever it changes. [FORM-8]
    CoverageAssessed {
        trip: TripId,
        form_hash: Hash,
        gaps: Vec<CoverageGap>,
        at: Timestamp,
    },
    /// Heard of people.
    DutyNoted {
        duty: DutyId,
        person: PersonId,
        role: DutyRole,
        window: Window,
        confirmed: bool,
    },
    DutyEndedNoted {
        duty: DutyId,
    },
    PersonNoted {
        person: PersonId,
        here: bool,
    },
    /// Heard of devices: which work mobile a person holds, if any.
    WorkMobileNoted {
        device: DeviceId,
        number: PhoneNumber,
        person: Option<PersonId>,
        in_service: bool,
    },
    /// Heard of trips: what a route and its coverage need.
    TripNoted {
        trip: TripId,
        form_hash: Hash,
        kind: TripKind,
        window: Window,
        leader: PersonId,
        deputy: Option<PersonId>,
        staff: Vec<PersonId>,
        emergency: Box<EmergencyPlan>,
    },
    /// Heard of trips.
    TripPhaseNoted {
        trip: TripId,
        phase: TripPhase,
    },
}

/// Where a trip stands, as far as routes go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TripPhase {
    Planned,
    Out,
    Returned,
    Ended,
}

/// Why contacts says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such line")]
    UnknownLine { line: LineId },
}

crate::refusals!(Refusal {
    UnknownLine => None, Some("line"), "Add the line first.";
});
