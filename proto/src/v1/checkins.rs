//! What is due, what came, what was missed; headcounts, releases, groups; help; positions and areas.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

mod refusals;

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, GroupId, InboundId, PersonId, PupilId, TripId};
use crate::v1::alerts::ReplyCode;
use crate::v1::trips::ArrivalDue;
use crate::values::{DuressHash, Headcount, Label, Name, Note, Personal, Position, Window, personal_or_fact};

pub use refusals::Refusal;

/// The word that came: what the party says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// All well.
    Ok,
    /// Running late by so many minutes: the next check-in and the return move.
    Late {
        /// 1 to 600.
        minutes: u16,
    },
    /// On board. Needs a count. [CHECK-5]
    Boarded,
    /// Arrived. Needs a count. [CHECK-5]
    Arrived,
    /// Handed over to somebody. Needs a count. [CHECK-5]
    HandedOver,
    /// About to leave. Needs a count. [CHECK-5]
    Leaving,
    /// Back at school. Needs a count. [CHECK-5]
    Back,
}

impl Word {
    /// The longest lateness that one word can announce, in minutes.
    pub const MAX_LATE_MINUTES: u16 = 600;

    /// Whether it is only taken with a count. [CHECK-5]
    pub fn needs_count(self) -> bool {
        match self {
            Self::Boarded | Self::Arrived | Self::HandedOver | Self::Leaving | Self::Back => true,
            Self::Ok | Self::Late { .. } => false,
        }
    }
}

/// By which way a word came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The phone page.
    PhonePage,
    /// A text from an issued phone.
    Text,
    /// A call with keys.
    Call,
    /// Written down by base: a call to the landline.
    WrittenDown,
    /// The API or MQTT.
    Api,
}

/// How a word stood to what was due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Punctuality {
    /// Counted for what was due.
    InTime,
    /// After the grace: the miss stands, and is resolved by it.
    Late,
    /// Pressed in time, arrived later (no signal): counted at its own time.
    QueuedInTime,
    /// Older than news that was there already: recorded, nothing moved back.
    Stale,
    /// Nothing was due just then.
    Unasked,
}

/// What a due check-in is for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DueFor {
    /// The plan's interval or time.
    Routine {},
    /// Arrival at a destination.
    Arrival { destination: Label },
    /// Leaving a destination.
    Leaving { destination: Label },
    /// The expected return.
    Return {},
    /// The end of a quiet window: a miss after it starts at the office. [CHECK-1]
    AfterQuiet {},
    /// The new time a party that runs late gave.
    RunningLate {},
}

impl DueFor {
    /// Whether it is a named point of the day: only a word with a count satisfies it. [CHECK-5]
    pub fn needs_count(&self) -> bool {
        match self {
            Self::Arrival { .. } | Self::Leaving { .. } | Self::Return {} => true,
            Self::Routine {} | Self::AfterQuiet {} | Self::RunningLate {} => false,
        }
    }
}

/// The next check-in of a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NextDue {
    pub at: Timestamp,
    pub what: DueFor,
    /// When the reminder goes out; none where nobody may be prompted (driving, water).
    pub remind_at: Option<Timestamp>,
    /// When it is missed.
    pub missed_at: Timestamp,
}

/// What is odd about a position. It is kept all the same, and shown with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FixLabel {
    /// It arrived long after it was taken: queued on the phone where there was no signal.
    Late,
    /// Older than one that was there already: it moves nothing.
    OutOfOrder,
    /// The phone's clock is ahead: it counts from its receipt.
    ClockAhead,
    /// The phone's clock was never set: it counts from its receipt.
    ClockUnset,
    /// Further from the last one than anybody travels: it moves nothing until the next one agrees with it.
    Jump,
    /// Known to a kilometre or worse: a cell tower, a guess from the network.
    Coarse,
}

/// What is said of a pupil who travels directly to a provider. [FORM-6]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalWord {
    /// The provider says that the pupil is there.
    Arrived,
    /// The pupil is known not to travel: ill at home, told that the trip is off.
    NotComing,
    /// What was recorded was wrong: the arrival is due again.
    NotThere,
}

/// What checkins is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// A check-in by phone page, API or MQTT. `group` may be left out when the device or person leads one group.
    CheckIn {
        trip: TripId,
        group: Option<GroupId>,
        /// The issued device it comes from; a pupil's phone never checks a group in.
        device: Option<DeviceId>,
        word: Word,
        headcount: Option<Headcount>,
        /// When the button was pressed; receipt caps it.
        pressed_at: Timestamp,
        note: Option<Personal<Note>>,
        /// Of a word typed along, if one was.
        duress: Option<DuressHash>,
        via: Via,
    },
    /// Base writes down a call from any phone: the words, not the number. [CHECK-1, CONT-4]
    WriteDownCall {
        trip: TripId,
        group: GroupId,
        word: Word,
        headcount: Option<Headcount>,
        called_at: Timestamp,
        words: Personal<Note>,
        /// Whose word it was.
        from: PersonId,
        /// Of the trip's duress word, if it was among the words: it is taken out of them before. [CHECK-6]
        #[serde(default)]
        duress: Option<DuressHash>,
    },
    /// Pupils are released on the way, agreed by base: the number expected goes down. [CHECK-5]
    RecordRelease {
        trip: TripId,
        group: GroupId,
        pupils: Headcount,
        to_whom: Personal<Note>,
        checked_how: Label,
        agreed_by: PersonId,
    },
    /// Pupils move from one group to another. [CHECK-5]
    MovePupils { trip: TripId, from: GroupId, to: GroupId, pupils: Headcount },
    /// A group splits: the new one has its own adult, phone and watch. [CHECK-5]
    SplitGroup {
        trip: TripId,
        group: GroupId,
        new_group: GroupId,
        name: Label,
        adult: PersonId,
        pupils: Headcount,
    },
    /// Two groups join: `group` ends, its pupils are expected in `into`.
    JoinGroups { trip: TripId, group: GroupId, into: GroupId },
    /// A call for help: never refused for a party that is known to be out. [CHECK-6]
    CallForHelp {
        trip: TripId,
        group: Option<GroupId>,
        device: Option<DeviceId>,
        pressed_at: Timestamp,
        note: Option<Personal<Note>>,
    },
    /// A child is lost. [CHECK-8]
    ReportLostChild {
        trip: TripId,
        group: Option<GroupId>,
        device: Option<DeviceId>,
        pressed_at: Timestamp,
        last_seen: Option<Personal<Note>>,
    },
    /// An adult of the trip has the child. [CHECK-8]
    ReportChildFound { trip: TripId, with: PersonId },
    /// Base writes down what was said of a pupil who travels directly to a provider. [FORM-6]
    RecordArrival {
        trip: TripId,
        pupil: PupilId,
        word: ArrivalWord,
        /// Who said so: the provider's contact, where nothing else is given.
        #[serde(default)]
        said_by: Option<Personal<Name>>,
        /// When the pupil arrived, or when it was said.
        at: Timestamp,
        #[serde(default)]
        note: Option<Personal<Note>>,
    },
}

/// What checkins records.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    /// A party is out and watched; each group has a first check-in due.
    WatchStarted {
        trip: TripId,
        at: Timestamp,
        party: Box<crate::v1::trips::Party>,
        due: Vec<(GroupId, NextDue)>,
        /// The school's setting then: a device that was located and says nothing for so long counts as silent.
        silent_after_secs: u32,
    },
    /// The form changed on the way. `due` names every group that is watched from now on.
    WatchChanged {
        trip: TripId,
        at: Timestamp,
        party: Box<crate::v1::trips::Party>,
        due: Vec<(GroupId, NextDue)>,
    },
    /// A reminder: the gateway texts the group's adult.
    Reminded {
        trip: TripId,
        group: GroupId,
        due_at: Timestamp,
        adult: PersonId,
        device: Option<DeviceId>,
    },
    /// A word came from a group.
    CheckedIn {
        trip: TripId,
        group: GroupId,
        word: Word,
        headcount: Option<Headcount>,
        /// The number expected of the group then.
        expected: Headcount,
        /// When it was said, by the device's clock, capped at its receipt.
        said_at: Timestamp,
        received_at: Timestamp,
        /// When it counts as said, where the clock was set back since its group was reminded, or last heard; else none.
        #[serde(default)]
        counts_at: Option<Timestamp>,
        punctuality: Punctuality,
        via: Via,
        device: Option<DeviceId>,
        person: Option<PersonId>,
        note: Option<Personal<Note>>,
        /// The text or call it was.
        inbound: Option<InboundId>,
        /// What is due next; none when the watch is down to devices alone, or the word was stale.
        next: Option<NextDue>,
    },
    /// A count that differs, each time. [CHECK-5]
    HeadcountDiffered {
        trip: TripId,
        group: GroupId,
        expected: Headcount,
        reported: Headcount,
        at: Timestamp,
    },
    /// A count that fits again after one that differed.
    HeadcountAgreed {
        trip: TripId,
        group: GroupId,
        at: Timestamp,
    },
    /// A check-in that counts, said by text or call while the phone's own app is somewhere else: a sender can be forged. It is
    /// shown, with what to do; it alerts nobody. [CHECK-4]
    WordUnusual {
        trip: TripId,
        group: GroupId,
        device: DeviceId,
        said_at: Timestamp,
        why: Unusual,
    },
    /// A text that could not be taken as a word: the sender gets one short helpful answer, the office sees it.
    WordNotTaken {
        trip: TripId,
        device: DeviceId,
        inbound: InboundId,
        why: NotTaken,
    },
    /// Nothing came in time. Once for each due time. [CHECK-2]
    CheckInMissed {
        trip: TripId,
        group: GroupId,
        due_at: Timestamp,
        missed_at: Timestamp,
        /// A miss after a quiet window starts at the office.
        start_at_office: bool,
        /// What is due next, all the same.
        next: NextDue,
    },
    /// After an outage: what fell due meanwhile, one for each trip. Its misses are in it (no `CheckInMissed` besides). [CHECK-3]
    OutageTold {
        trip: TripId,
        outage: Window,
        missed: Vec<(GroupId, Timestamp)>,
        next: Vec<(GroupId, NextDue)>,
    },
    /// After an outage in which nothing was missed: reminders that have passed aren't sent, and the silence of devices
    /// counts from its end, since nobody could have been heard. No alert follows from it. [CHECK-3]
    OutageNoted {
        trip: TripId,
        outage: Window,
    },
    /// A group that had missed is heard of again: its alert is resolved by it. One for each due time that is resolved.
    HeardAgain {
        trip: TripId,
        group: GroupId,
        missed_due_at: Timestamp,
        at: Timestamp,
    },
    ReleaseRecorded {
        trip: TripId,
        group: GroupId,
        pupils: Headcount,
        to_whom: Personal<Note>,
        checked_how: Label,
        agreed_by: PersonId,
        expected: Headcount,
    },
    PupilsMoved {
        trip: TripId,
        from: GroupId,
        to: GroupId,
        pupils: Headcount,
    },
    GroupSplit {
        trip: TripId,
        group: GroupId,
        new_group: GroupId,
        name: Label,
        adult: PersonId,
        device: DeviceId,
        pupils: Headcount,
        at: Timestamp,
        next: NextDue,
    },
    GroupsJoined {
        trip: TripId,
        group: GroupId,
        into: GroupId,
    },
    /// A call for help. [CHECK-6]
    HelpCalled {
        trip: TripId,
        group: Option<GroupId>,
        device: Option<DeviceId>,
        at: Timestamp,
        via: Via,
        note: Option<Personal<Note>>,
        inbound: Option<InboundId>,
    },
    /// The duress word came: base alone is told; nothing goes to, or shows on, the trip's phones. [CHECK-6]
    DuressSignalled {
        trip: TripId,
        group: GroupId,
        device: Option<DeviceId>,
        at: Timestamp,
    },
    /// A child is lost: a clock runs to `police_at`. [CHECK-8]
    ChildLost {
        trip: TripId,
        group: Option<GroupId>,
        device: Option<DeviceId>,
        at: Timestamp,
        police_at: Timestamp,
        last_seen: Option<Personal<Note>>,
        inbound: Option<InboundId>,
    },
    /// The minute of the form has come and the child is not found.
    PoliceDue {
        trip: TripId,
        at: Timestamp,
    },
    ChildFound {
        trip: TripId,
        with: PersonId,
        at: Timestamp,
    },
    /// A position of a staff device of the trip: evidence of a device, not of people. [CHECK-4]
    PositionNoted {
        trip: TripId,
        device: DeviceId,
        /// Blanked soon after the trip.
        #[serde(deserialize_with = "personal_or_fact")]
        position: Personal<Position>,
        /// When it was taken, by the phone's clock; by its receipt where that clock is wrong.
        fix_at: Timestamp,
        received_at: Timestamp,
        /// It moves nothing: out of order, or a jump that nothing has borne out yet.
        stale: bool,
        /// What is odd about it.
        #[serde(default)]
        labels: BTreeSet<FixLabel>,
        #[serde(default)]
        battery_percent: Option<u8>,
        #[serde(default)]
        charging: Option<bool>,
    },
    AreaEntered {
        trip: TripId,
        device: DeviceId,
        destination: Label,
        at: Timestamp,
    },
    AreaLeft {
        trip: TripId,
        device: DeviceId,
        destination: Label,
        at: Timestamp,
    },
    /// A device is off an area during a stay there, and the form asks to be told: an alert. Of a phone, not of people.
    /// [CHECK-4]
    OffArea {
        trip: TripId,
        device: DeviceId,
        destination: Label,
        at: Timestamp,
    },
    /// It is there again, or its group says that it is leaving.
    OffAreaEnded {
        trip: TripId,
        device: DeviceId,
        destination: Label,
        at: Timestamp,
    },
    /// A device's battery is low: a notice, once until it was charged.
    BatteryLow {
        trip: TripId,
        device: DeviceId,
        percent: u8,
        at: Timestamp,
    },
    /// One device has gone quiet: a notice.
    DeviceSilent {
        trip: TripId,
        device: DeviceId,
        since: Timestamp,
    },
    /// All of the trip's devices that had been heard are quiet: a warning.
    AllDevicesSilent {
        trip: TripId,
        since: Timestamp,
    },
    /// Heard from one again.
    DeviceHeard {
        trip: TripId,
        device: DeviceId,
        at: Timestamp,
    },
    /// Everyone is accounted for: only the devices' return is due, to the office. [CHECK-1]
    DownToDevices {
        trip: TripId,
        due_at: Timestamp,
    },
    /// The last device is in: the watch ends.
    WatchEnded {
        trip: TripId,
        at: Timestamp,
    },
    /// Pupils travel directly to a provider: these arrivals are due of the trip from now on, and no others. They hang on the
    /// authorised form, not on the party's departure. [FORM-6]
    ArrivalsExpected {
        trip: TripId,
        at: Timestamp,
        arrivals: Vec<ArrivalDue>,
    },
    /// Nobody has confirmed that a pupil arrived at the provider: once for each time that it was due. [FORM-6]
    ArrivalMissed {
        trip: TripId,
        pupil: PupilId,
        provider: Label,
        due_at: Timestamp,
        missed_at: Timestamp,
    },
    /// What was said of a pupil who travels directly. It ends the alert of an arrival that was missed. [FORM-6]
    ArrivalRecorded {
        trip: TripId,
        pupil: PupilId,
        due_at: Timestamp,
        word: ArrivalWord,
        said_by: Option<Personal<Name>>,
        at: Timestamp,
        recorded_at: Timestamp,
        by: PersonId,
        note: Option<Personal<Note>>,
    },
    /// Heard of devices: a trip's device changed hands, came, went, or was lost.
    TripDeviceNoted {
        trip: TripId,
        device: DeviceId,
        person: Option<PersonId>,
        pupil: bool,
        with_trip: bool,
    },
}

/// What is unusual about a check-in that counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unusual {
    /// By the form, or by its own word, the party is at that place; the phone's app is so far from it.
    FarFromPlace { destination: Label, km: u32, fix_at: Timestamp },
    /// The other phones of the group are together, and this one is so far from all of them.
    FarFromOthers { km: u32, fix_at: Timestamp },
}

/// Why a text was not taken as a word.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    /// Not understood.
    Unclear {},
    /// A pupil's phone never checks a group in.
    PupilPhone {},
    /// The trip is not out.
    NotOut {},
    /// Which group is meant can't be told.
    WhichGroup { groups: BTreeSet<GroupId> },
    /// A count is needed with that word.
    CountNeeded {},
    /// "ok 417", and there is an alert 417: a check-in, or whoever takes the alert?
    WhichMeant { code: ReplyCode },
}
