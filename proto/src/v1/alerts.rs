//! Alert cases: raised by themselves, climbing a ladder until a person owns them, resolved for a reason.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AttemptId, CaseId, DeviceId, GroupId, InboundId, LineId, PersonId, TripId};
use crate::v1::people::{DutyRole, Role};
use crate::values::{Headcount, Label, Note, Window};

/// How urgent a case is: sets the ladder's waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// To be seen on the board; nobody is rung.
    Notice,
    /// The office should act.
    Warning,
    /// A missed check-in: the whole ladder.
    Urgent,
    /// Help, a lost child, duress: everyone at once.
    Emergency,
}

/// Why a case is open. One open case for each trip gathers further reasons.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    MissedCheckIn {
        group: GroupId,
        due_at: Timestamp,
    },
    /// What fell due while Homeward could not judge. [CHECK-3]
    MissedInOutage {
        outage: Window,
        missed: Vec<(GroupId, Timestamp)>,
    },
    HeadcountDiffers {
        group: GroupId,
        expected: Headcount,
        reported: Headcount,
        at: Timestamp,
    },
    Help {
        at: Timestamp,
        device: Option<DeviceId>,
    },
    /// Shown to base alone.
    Duress {
        at: Timestamp,
    },
    LostChild {
        at: Timestamp,
        police_at: Timestamp,
    },
    PoliceDue {
        at: Timestamp,
    },
    LeftWithoutClearance {
        at: Timestamp,
    },
    /// A change during the trip waits for remote re-authorising. [FORM-4]
    Unauthorised {
        since: Timestamp,
    },
    ReadinessLost {
        at: Timestamp,
    },
    DeviceLost {
        device: DeviceId,
    },
    ReturnOverdue {
        devices: BTreeSet<DeviceId>,
        due_at: Timestamp,
    },
    AllDevicesSilent {
        since: Timestamp,
    },
    RouteGap {
        since: Timestamp,
    },
    BaseUnheld {
        since: Timestamp,
    },
    LineDown {
        line: LineId,
        since: Timestamp,
    },
    DutyTestUnanswered {
        person: PersonId,
    },
    ProviderDown {
        since: Timestamp,
    },
    /// A person of the ladder can't be texted or called.
    Unreachable {
        person: PersonId,
    },
    SupplyShort {
        trips: BTreeSet<TripId>,
    },
    /// A person raised it.
    Raised {
        note: Note,
    },
}

/// Who is to be told. The gateway resolves numbers when it sends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The work mobile in that person's hands.
    Person(PersonId),
    /// A line of the school: called, never texted.
    Line(LineId),
}

/// By which way somebody is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Text,
    Voice,
}

/// The steps of the ladder, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    Leader,
    Deputy,
    OtherStaff,
    /// Board with sound, the landline by voice, the office's people.
    Office,
    Dsl,
    Senior,
}

/// One person to tell by one channel.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    pub attempt: AttemptId,
    pub to: Recipient,
    pub channel: Channel,
}

/// A reply code: three digits, 100 to 999; not used again for a while.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReplyCode(pub u16);

/// How a person took a case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OwnedVia {
    Click,
    Reply,
    Key,
}

/// How a case ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The party was heard of again, or the count fitted, or the device came back: all reasons are gone.
    ByItself {},
    /// A person says why.
    ByPerson { person: PersonId, reason: Note },
}

/// What alerts is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// A named person takes the case: "I have it." [CHECK-2]
    OwnCase { case: CaseId },
    /// The owner gives it back: the ladder goes on.
    HandBackCase { case: CaseId },
    /// A named person resolves it, with a reason.
    ResolveCase { case: CaseId, reason: Note },
    /// A person raises one by hand.
    RaiseAlert { case: CaseId, trip: Option<TripId>, severity: Severity, note: Note },
    /// A note on a case.
    AddNote { case: CaseId, note: Note },
}

/// What alerts records.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    CaseOpened {
        case: CaseId,
        trip: Option<TripId>,
        severity: Severity,
        reason: Reason,
        code: ReplyCode,
        at: Timestamp,
    },
    /// A further reason; the severity is the highest so far.
    ReasonAdded {
        case: CaseId,
        reason: Reason,
        severity: Severity,
        at: Timestamp,
    },
    /// A reason is gone (heard again, count fits); the case goes on while others stand.
    ReasonGone {
        case: CaseId,
        reason: Reason,
        at: Timestamp,
    },
    /// A rung was reached: these people are told, now. The gateway hears it. `round` counts repeats of the whole ladder.
    RungReached {
        case: CaseId,
        rung: Rung,
        round: u16,
        notices: Vec<Notice>,
        next_at: Timestamp,
        at: Timestamp,
    },
    /// A rung with nobody on it: skipped at once, and reported.
    RungSkipped {
        case: CaseId,
        rung: Rung,
        at: Timestamp,
    },
    /// A channel failed: the next one is tried at once.
    ChannelChanged {
        case: CaseId,
        notice: Notice,
        instead_of: AttemptId,
        at: Timestamp,
    },
    /// A person owns it, until ownership lapses.
    CaseOwned {
        case: CaseId,
        by: PersonId,
        via: OwnedVia,
        at: Timestamp,
        until: Timestamp,
        inbound: Option<InboundId>,
    },
    /// Nothing followed: it comes back.
    OwnershipLapsed {
        case: CaseId,
        by: PersonId,
        at: Timestamp,
    },
    CaseHandedBack {
        case: CaseId,
        by: PersonId,
        at: Timestamp,
    },
    CaseResolved {
        case: CaseId,
        how: Resolution,
        at: Timestamp,
    },
    NoteAdded {
        case: CaseId,
        note: Note,
        by: PersonId,
    },
    /// A code that fits no open case: the sender is told.
    CodeNotTaken {
        inbound: InboundId,
        device: DeviceId,
        code: ReplyCode,
    },
    /// Heard of trips: who is on the ladder.
    LadderNoted {
        trip: TripId,
        title: Label,
        leader: PersonId,
        deputy: Option<PersonId>,
        staff: Vec<PersonId>,
        office: Vec<PersonId>,
        dsl: Vec<PersonId>,
        senior: Vec<PersonId>,
        base: PersonId,
    },
    LadderEndedNoted {
        trip: TripId,
    },
    /// Heard of people.
    PersonNoted {
        person: PersonId,
        here: bool,
        roles: BTreeSet<Role>,
    },
    DutyNoted {
        person: PersonId,
        role: DutyRole,
        window: Window,
    },
    /// Heard of devices: whether a person has a work mobile in hand.
    ReachNoted {
        person: PersonId,
        device: Option<DeviceId>,
    },
    /// Heard of contacts: lines by which the office is rung.
    LineNoted {
        line: LineId,
        usable: bool,
    },
}

/// Why alerts says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such open case")]
    UnknownCase { case: CaseId },
}

crate::refusals!(Refusal {
    UnknownCase => Some(crate::rules::Rule::Check2), Some("case"), "It may have been resolved: look at the board.";
});
