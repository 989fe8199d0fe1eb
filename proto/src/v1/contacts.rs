//! Lines, opening hours, line health, who holds base, and whether the emergency route covers a trip.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Hash;
use crate::ids::{AttemptId, DeviceId, DutyId, LineId, PersonId, TripId};
use crate::rules::Rule;
use crate::v1::people::{DutyRole, Role};
use crate::v1::trips::{EmergencyPlan, TripKind};
use crate::values::{Label, Note, PhoneNumber, RingSecs, WeeklyHours, Window};

/// The most stretches of opening hours a line has (three a day).
pub const MAX_HOURS: usize = 21;

/// The most gaps that are told of one trip: the first ones.
pub const MAX_GAPS: usize = 100;

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
    /// It was down and works again: it is in the routes, and watched for a while.
    Back,
}

/// What a line's health was judged by.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JudgedBy {
    /// A person's mark: it holds against signals until it ends.
    #[default]
    Hand,
    /// Calls that were answered, or weren't.
    Signals,
}

/// What a call to a line tells of it. [CONT-1]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineSignal {
    /// A caller was put through, and a person took it.
    ForwardTaken,
    /// A caller was put through, and nobody took it: no answer, engaged, or a machine.
    ForwardNotTaken,
    /// A caller could not be put through: the carrier has no connection.
    ForwardFailed,
    /// Somebody pressed 1 in a test call.
    TestTaken,
    /// Nobody did.
    TestNotTaken,
    /// The carrier had no connection for a test call.
    TestFailed,
    /// The test call could not be made at all: that says nothing of the line.
    TestNotMade,
}

/// What is missing of the emergency route at this moment. [FORM-8]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingNow {
    /// No line is open and staffed.
    Line {},
    /// Nobody of that step of the ladder can be reached.
    Step { step: LadderStep },
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
        /// How long it rings before the next one is tried.
        #[serde(default)]
        ring_secs: RingSecs,
    },
    ChangeLine {
        line: LineId,
        name: Label,
        number: PhoneNumber,
        hours: WeeklyHours,
        /// How long it rings before the next one is tried.
        #[serde(default)]
        ring_secs: RingSecs,
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
    /// A test call to a line, now: whoever answers presses 1. [CONT-1]
    TestLine {
        line: LineId,
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
        /// How long it rings before the next one is tried.
        #[serde(default)]
        ring_secs: RingSecs,
    },
    LineChanged {
        line: LineId,
        name: Label,
        number: PhoneNumber,
        hours: WeeklyHours,
        /// How long it rings before the next one is tried.
        #[serde(default)]
        ring_secs: RingSecs,
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
        /// By a person's mark, or by what calls told.
        #[serde(default)]
        by: JudgedBy,
    },
    /// What a call told of a line. Its health follows by an event of its own.
    LineSignalled {
        line: LineId,
        signal: LineSignal,
        at: Timestamp,
    },
    /// A test call to a line is wanted, under that id. The gateway hears it. [CONT-1]
    LineTestCalled {
        line: LineId,
        attempt: AttemptId,
        at: Timestamp,
    },
    /// When a line is next tested by itself: soon where its health is open, else by the school's schedule. None: it isn't.
    LineTestScheduled {
        line: LineId,
        at: Option<Timestamp>,
    },
    ClosedEarly {
        window: Window,
        reason: Note,
        /// When it was said: whoever took base by name before does so again.
        at: Timestamp,
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
    /// What is missing of the emergency route of a trip that is out, now; nothing: it holds. Told whenever that changes,
    /// by news or by time alone. [FORM-8]
    RouteChecked {
        trip: TripId,
        missing: BTreeSet<MissingNow>,
        /// When time alone next changes it, if it does within a day.
        next_at: Option<Timestamp>,
        at: Timestamp,
    },
    /// Heard of people.
    DutyNoted {
        duty: DutyId,
        person: PersonId,
        role: DutyRole,
        window: Window,
        nights: Vec<NightNoted>,
    },
    DutyEndedNoted {
        duty: DutyId,
    },
    PersonNoted {
        person: PersonId,
        here: bool,
        roles: BTreeSet<Role>,
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

/// What contacts knows of one night of a duty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NightNoted {
    pub night: Window,
    pub answer_by: Timestamp,
    pub answer: NightAnswer,
}

/// Whether an evening's test was answered. [FORM-8]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NightAnswer {
    /// Not asked yet, or there is still time to answer.
    Awaited,
    Confirmed,
    Unanswered,
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
    #[error("another line is, or was, registered under this id")]
    LineExists { line: LineId },
    #[error("the number is another line's")]
    NumberTaken { by: LineId },
    #[error("a landline has a landline number; this is a mobile")]
    LandlineNeeded {},
    #[error(
        "a mobile on which the school is reached is a registered work mobile in service; this number is none"
    )]
    NotAWorkMobile {},
    #[error("a line has at most {max} stretches of opening hours, not {found}")]
    TooManyHours { max: usize, found: usize },
    #[error("this is the only landline, and one is connected at all times")]
    LastLandline { line: LineId },
    #[error("the end must lie ahead")]
    UntilInThePast { until: Timestamp },
    #[error("there is no such trip, or it has ended")]
    UnknownTrip { trip: TripId },
    #[error("base is held for a trip that is out; this one is not")]
    TripNotOut { trip: TripId, phase: TripPhase },
    #[error("there is no such person on the register")]
    UnknownPerson { person: PersonId },
    #[error("whoever holds base is not on the trip")]
    HolderOnTrip { person: PersonId },
    #[error("somebody else holds base of this trip")]
    BaseIsHeld { by: PersonId },
    #[error("this person does not hold base of the trip")]
    NotTheHolder { from: PersonId, held_by: Option<PersonId> },
    #[error("only a named person can do this")]
    NamedPersonNeeded {},
    #[error("this needs one of these roles: {}", .roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", "))]
    RoleNeeded { roles: BTreeSet<Role> },
}

crate::refusals!(Refusal {
    UnknownLine => None, Some("line"), "Add the line first.";
    LineExists => None, Some("line"), "Use a new id, or change the line that is there.";
    NumberTaken => None, Some("number"), "Check the number, or change the line that has it.";
    LandlineNeeded => Some(Rule::Cont1), Some("number"), "Give the number of the school's landline; a mobile is registered as the back-up.";
    NotAWorkMobile => Some(Rule::Cont4), Some("number"), "Pick a work mobile from the register; personal numbers are not used.";
    TooManyHours { max } => None, Some("hours"), format!("Join stretches, so that there are at most {max}.");
    LastLandline => Some(Rule::Cont1), Some("line"), "Add the landline that replaces it first, or change its number.";
    UntilInThePast => None, Some("until"), "Give a time that lies ahead.";
    UnknownTrip => Some(Rule::Cont6), Some("trip"), "Check the trip.";
    TripNotOut => Some(Rule::Cont6), Some("trip"), "Base is taken once the trip has left; until then the form names who will hold it.";
    UnknownPerson => Some(Rule::Cont6), Some("person"), "Add the person to the register first.";
    HolderOnTrip => Some(Rule::Cont6), Some("person"), "Name somebody who is not on the trip.";
    BaseIsHeld => Some(Rule::Cont6), Some("person"), "Have base handed over by name from whoever holds it.";
    NotTheHolder => Some(Rule::Cont6), Some("from"), "Hand it over from whoever holds it; if nobody does, take it.";
    NamedPersonNeeded => Some(Rule::Cont6), None, "Log in as the person who does it.";
    RoleNeeded => None, None, "Ask somebody who has one of these roles.";
});
