//! Alert cases: raised by themselves, climbing a ladder until a person owns them, resolved for a reason.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

use std::collections::BTreeSet;

use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{
    ArrangementId, AttemptId, CaseId, DeviceId, DutyId, GroupId, InboundId, IncidentId, LineId, PersonId,
    ProviderName, PupilId, TripId,
};
use crate::rules::Rule;
use crate::v1::contacts::{Audience, LineKind};
use crate::v1::devices::DeviceKind;
use crate::v1::people::{DutyRole, Role};
use crate::v1::safeguarding::{Readers, Step};
use crate::values::{Headcount, Label, Note, Personal, WeeklyHours, Window};

/// The most notes that one case takes.
pub const MAX_NOTES: usize = 200;

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
    /// Nobody confirmed that a pupil who travels directly has arrived at the provider. [FORM-6]
    MissedArrival {
        pupil: PupilId,
        provider: Label,
        due_at: Timestamp,
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
    /// A staff phone went off the area during a stay, where the form asks for it: of a phone, not of people. [CHECK-4]
    OffArea {
        device: DeviceId,
        destination: Label,
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
    /// The yearly review of the policy is due soon, or late. [REV-1]
    PolicyReviewDue {
        by: Timestamp,
        late: bool,
    },
    /// A drill is due soon, or late. [REV-1]
    DrillDue {
        by: Timestamp,
        weekend: bool,
    },
    /// A provider of the gateway's fails. Without a channel: for all that it sends.
    ProviderDown {
        since: Timestamp,
        #[serde(default)]
        provider: Option<ProviderName>,
        #[serde(default)]
        channel: Option<Channel>,
        /// Who sends instead; nobody if there is none.
        #[serde(default)]
        instead: Option<ProviderName>,
    },
    /// A person of the ladder can't be texted or called.
    Unreachable {
        person: PersonId,
    },
    /// Somebody rang the school's number, and nobody of the whole route took it.
    CallNotTaken {
        call: InboundId,
        audience: Audience,
        at: Timestamp,
    },
    /// Right now the emergency route of a trip that is out does not hold. [FORM-8]
    RouteBroken {
        since: Timestamp,
    },
    SupplyShort {
        day: civil::Date,
        kind: DeviceKind,
        trips: BTreeSet<TripId>,
    },
    /// A safeguarding incident was reported: until the DSL is told in person. Its readers alone are told of it. [INC-1, INC-7]
    Incident {
        incident: IncidentId,
        at: Timestamp,
        /// Somebody is in danger.
        danger: bool,
        readers: Readers,
    },
    /// A step of an incident was not done by its time. Its readers alone are told of it. [INC-1, INC-2]
    IncidentOverdue {
        incident: IncidentId,
        step: Step,
        due_at: Timestamp,
        readers: Readers,
    },
    /// Weeks of the usage log that nobody has reviewed. Its readers alone are told of it. [USE-1]
    UseUnreviewed {
        week: civil::Date,
        /// It was reminded before: now its readers are texted.
        late: bool,
        readers: Readers,
    },
    /// Pupils' own phones that nobody fetched at the end of the day. [PERS-1]
    PhonesUncollected {
        day: civil::Date,
        pouches: BTreeSet<u16>,
    },
    /// An arrangement ends soon, or is past its end. Its readers alone are told of it. [PERS-2]
    ArrangementEnds {
        arrangement: ArrangementId,
        until: civil::Date,
        /// It is past its end.
        over: bool,
        /// It is, or serves, a medical device: it stays all the same.
        medical: bool,
        readers: Readers,
    },
    /// Recordings that nobody had cleared by the evening. Its readers alone are told of it. [MEDIA-2]
    RecordingsOpen {
        day: civil::Date,
        phones: u16,
        readers: Readers,
    },
    /// A person raised it.
    Raised {
        severity: Severity,
        note: Personal<Note>,
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
    /// A copy to a mailbox of the school: it never stands for a text or a call.
    Email,
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

/// Where a ladder begins, or begins again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LadderStart {
    /// At its first rung.
    Bottom,
    /// At the office: nobody on the trip is asked first.
    Office,
    /// Office, DSL and senior at once: nobody on the trip.
    Base,
    /// Every rung at once. [CHECK-6]
    Everyone,
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
    ByPerson { person: PersonId, reason: Personal<Note> },
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

/// What alerts records. Each event of a case names the trip it is about, if it is about one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    /// A case is open. Its first rung follows at once, by an event of its own (not for a notice).
    CaseOpened {
        case: CaseId,
        trip: Option<TripId>,
        severity: Severity,
        reason: Reason,
        code: ReplyCode,
        start: LadderStart,
        at: Timestamp,
    },
    /// A further reason; the severity is the highest so far.
    ReasonAdded {
        case: CaseId,
        trip: Option<TripId>,
        reason: Reason,
        severity: Severity,
        /// The ladder begins again there, now; who owned the case no longer does. None: it goes on as it was.
        restart: Option<LadderStart>,
        /// The ladder goes on as it was, but those at base who were told in this round are told again, of this. [CHECK-5]
        #[serde(default)]
        tell_again: bool,
        at: Timestamp,
    },
    /// A part of a reason is gone (one of two devices is in, one of two groups was heard again): what is left of it.
    ReasonNarrowed {
        case: CaseId,
        trip: Option<TripId>,
        was: Reason,
        now: Reason,
        at: Timestamp,
    },
    /// A reason is gone (heard again, count fits); the case goes on while others stand.
    ReasonGone {
        case: CaseId,
        trip: Option<TripId>,
        reason: Reason,
        at: Timestamp,
    },
    /// A rung was reached: these people are told, now. The gateway hears it. `round` counts repeats of the whole ladder.
    RungReached {
        case: CaseId,
        trip: Option<TripId>,
        rung: Rung,
        round: u16,
        /// Empty when the same people were told at a lower rung in the same moment.
        notices: Vec<Notice>,
        /// When those who were only texted are called, unless somebody owns it by then.
        calls_at: Option<Timestamp>,
        /// When the next rung is reached.
        next_at: Timestamp,
        at: Timestamp,
    },
    /// Nobody took it on the text: the same people are called, now. The gateway hears it.
    RungCalled {
        case: CaseId,
        trip: Option<TripId>,
        rung: Rung,
        round: u16,
        notices: Vec<Notice>,
        at: Timestamp,
    },
    /// A further count differs: those of a rung at base who were told before are told again, now, of that. The ladder
    /// goes on as it was. The gateway hears it. [CHECK-5]
    RungToldAgain {
        case: CaseId,
        trip: Option<TripId>,
        rung: Rung,
        round: u16,
        /// What is new.
        reason: Reason,
        notices: Vec<Notice>,
        at: Timestamp,
    },
    /// A rung with nobody on it who can be reached: skipped at once, and reported.
    RungSkipped {
        case: CaseId,
        trip: Option<TripId>,
        rung: Rung,
        round: u16,
        at: Timestamp,
    },
    /// A whole round found nobody who can be reached: it begins again soon. The board must say so.
    NobodyReached {
        case: CaseId,
        trip: Option<TripId>,
        round: u16,
        next_at: Timestamp,
        at: Timestamp,
    },
    /// A channel failed: the next one is tried at once. The gateway hears it.
    ChannelChanged {
        case: CaseId,
        trip: Option<TripId>,
        notice: Notice,
        instead_of: AttemptId,
        at: Timestamp,
    },
    /// It failed, and there is no other channel. When nobody of the rung is left, the next rung is due at once.
    NoticeFailed {
        case: CaseId,
        trip: Option<TripId>,
        attempt: AttemptId,
        at: Timestamp,
    },
    /// A person owns it, until ownership lapses.
    CaseOwned {
        case: CaseId,
        trip: Option<TripId>,
        by: PersonId,
        via: OwnedVia,
        at: Timestamp,
        until: Timestamp,
        inbound: Option<InboundId>,
    },
    /// Nothing followed: it comes back.
    OwnershipLapsed {
        case: CaseId,
        trip: Option<TripId>,
        by: PersonId,
        at: Timestamp,
    },
    CaseHandedBack {
        case: CaseId,
        trip: Option<TripId>,
        by: PersonId,
        at: Timestamp,
    },
    CaseResolved {
        case: CaseId,
        trip: Option<TripId>,
        how: Resolution,
        at: Timestamp,
    },
    NoteAdded {
        case: CaseId,
        trip: Option<TripId>,
        note: Personal<Note>,
        by: PersonId,
        at: Timestamp,
    },
    /// A code that fits no open case: the sender is told.
    CodeNotTaken {
        inbound: InboundId,
        device: DeviceId,
        code: ReplyCode,
    },
    /// A code from a phone of a trip under duress: answered just as if it had been taken; it owns nothing. [CHECK-6]
    ReplySetAside {
        case: CaseId,
        trip: Option<TripId>,
        inbound: InboundId,
        device: DeviceId,
        code: ReplyCode,
    },
    /// A code by text for an emergency: a text's sender can be forged, so it owns nothing. The sender is told how to take it,
    /// and the ladder goes on. [CHECK-6]
    ReplyNotEnough {
        case: CaseId,
        trip: Option<TripId>,
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
    /// Heard of contacts: who holds base of a trip now.
    BaseNoted {
        trip: TripId,
        person: PersonId,
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
        duty: DutyId,
        person: PersonId,
        role: DutyRole,
        window: Window,
    },
    DutyEndedNoted {
        duty: DutyId,
    },
    /// Heard of devices: all the phones in a person's hands now.
    ReachNoted {
        person: PersonId,
        devices: BTreeSet<DeviceId>,
    },
    /// Heard of contacts: lines by which the office is rung, while they are staffed.
    LineNoted {
        line: LineId,
        kind: LineKind,
        hours: WeeklyHours,
        usable: bool,
    },
    /// Heard of contacts: the school's lines are not staffed in that window though their hours say so.
    ClosedNoted {
        window: Window,
    },
}

/// Why alerts says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such open case")]
    UnknownCase { case: CaseId },
    #[error("the case was resolved")]
    AlreadyResolved { case: CaseId, at: Timestamp },
    #[error("only a named person can do this")]
    NamedPersonNeeded {},
    #[error("this person has left the school")]
    PersonGone { person: PersonId },
    #[error("nobody owns the case")]
    NotOwned { case: CaseId },
    #[error("somebody else owns the case")]
    NotOwner { case: CaseId, owner: PersonId },
    #[error("another case has this id")]
    CaseExists { case: CaseId },
    #[error("a case takes at most {max} notes")]
    TooManyNotes { case: CaseId, max: usize },
}

crate::refusals!(Refusal {
    UnknownCase => Some(Rule::Check2), Some("case"), "It may have been resolved: look at the board.";
    AlreadyResolved => Some(Rule::Check2), Some("case"), "Nothing is left to do on it; raise a new alert if something is wrong.";
    NamedPersonNeeded => Some(Rule::Check2), None, "Log in as the person who does it: an alert is taken, and resolved, by name.";
    PersonGone => Some(Rule::Check2), None, "Somebody on the register takes it.";
    NotOwned => Some(Rule::Check2), Some("case"), "It goes up the ladder already: take it first, if you mean to give it back.";
    NotOwner => Some(Rule::Check2), Some("case"), "Its owner gives it back; or take it yourself.";
    CaseExists => None, Some("case"), "Use a new id.";
    TooManyNotes => None, Some("note"), "Write it up in the school's own record.";
});
