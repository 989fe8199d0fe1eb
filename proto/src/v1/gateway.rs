//! The only door to the outside: texts and calls out, texts in, key presses, positions.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

mod events;
mod messages;
mod refusals;

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AttemptId, DeviceId, InboundId, LineId, PersonId, ProviderName, PupilId, TripId};
use crate::v1::alerts::{Channel, ReplyCode};
use crate::v1::checkins::Word;
use crate::values::{Area, Headcount, Label, Note, Personal, Position, RingSecs};

pub use events::{AttemptStep, Event};
pub use messages::{Message, MessageClass, News, Prompt, WordOutcome};
pub use refusals::Refusal;

/// Who texted or rang.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// A registered device, in whose hands, on which trip, as known then.
    Device { device: DeviceId, person: Option<PersonId>, pupil: Option<PupilId>, trip: Option<TripId> },
    /// Anybody else; withheld numbers have none.
    Stranger { number: Option<Personal<String>> },
}

/// What a text says, as the grammar reads it. Headcounts are never guessed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// A word of a check-in.
    Says { word: Word, headcount: Option<Headcount> },
    /// A word of a check-in, with a number that can be no headcount: the count is asked for.
    Miscounted { word: Word },
    /// SOS, HELP.
    Help {},
    /// LOST.
    Lost {},
    /// A reply code alone: "417", "own 417".
    Owns { code: ReplyCode },
    /// Both could be meant: "ok 417".
    Either { word: Word, code: ReplyCode },
    /// STOP and its like: the carrier has blocked us for this number.
    OptOut {},
    /// START and its like: the carrier lets us text this number again.
    OptIn {},
    /// Not understood.
    Unclear {},
}

/// What came of ringing one step of a caller's route.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DialOutcome {
    /// A person took it: they pressed 1, and were joined with the caller.
    Taken,
    NoAnswer,
    Busy,
    /// The carrier could not connect it.
    Failed,
    /// It was answered, but nobody pressed 1: a machine, or nobody who wants it.
    NotTaken,
    /// The caller gave up meanwhile: that says nothing of the step.
    CallerGone,
}

/// One step of a caller's route.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct CallStep {
    /// Which phone: its number is looked up when it is rung.
    pub via: Reach,
    pub ring_secs: RingSecs,
}

/// What a line was rung for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineTrial {
    /// A caller was to be put through.
    Forward {},
    /// A test call of contacts.
    Test { attempt: AttemptId },
}

/// Where an attempt stands. Delivery is not acknowledgement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The provider took it; its id there.
    Accepted {
        provider_id: String,
    },
    Sent {},
    Delivered {},
    /// A call is ringing.
    Ringing {},
    /// A call was answered, by a person or a machine: only a key is proof.
    Answered {},
    /// A call is over.
    Completed {},
    /// It failed. A permanent failure is not tried again.
    Failed {
        code: Option<u32>,
        why: String,
        permanent: bool,
    },
    /// Whether the provider took it is not known: it is looked up before it is sent again.
    Unknown {
        why: String,
    },
}

/// By which app, and which way, a phone tells where it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocationApp {
    /// OwnTracks, posting.
    OwntracksHttp,
    /// OwnTracks, publishing.
    OwntracksMqtt,
    /// Traccar Client, posting.
    Traccar,
}

/// Whether a phone's clock says a time from before any phone was set up with Homeward: it lost its time, and never got it back.
pub fn clock_was_never_set(clock: Timestamp) -> bool {
    // 1 January 2024.
    const EARLIEST_SECS: i64 = 1_704_067_200;
    clock.as_second() < EARLIEST_SECS
}

/// A place of a trip that its phones are told, so that they say by themselves when they cross its edge.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Waypoint {
    pub name: Label,
    pub area: Area,
}

/// What gateway is asked. Most come from its own webhooks and workers, in process: see `Service::open_to_bus`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// A text came in (webhook). `provider_id` deduplicates.
    TakeText {
        inbound: InboundId,
        provider_id: String,
        from: String,
        /// Its words, a duress word taken out: the webhook does that, so that the word never gets in here.
        body: Personal<Note>,
        /// Whether the duress word of the sender's trip was in it.
        duress: bool,
        received_at: Timestamp,
    },
    /// A key was pressed in an alert call (webhook).
    TakeKey { attempt: AttemptId, key: char, received_at: Timestamp },
    /// Somebody rings the school's number (webhook). `provider_id` deduplicates.
    TakeCall { call: InboundId, provider_id: String, from: String, received_at: Timestamp },
    /// Keys that a caller pressed, or none in the time given (webhook). `turn` is the question they answer: an answer to
    /// an earlier one changes nothing.
    TakeCallKeys { call: InboundId, turn: u16, keys: String, received_at: Timestamp },
    /// Whoever was rung pressed 1 and is joined with the caller (webhook).
    AcceptCall { call: InboundId, step: u16 },
    /// What came of ringing a step (webhook).
    RecordDial { call: InboundId, step: u16, outcome: DialOutcome },
    /// The caller has hung up (webhook).
    EndCall { call: InboundId },
    /// A person rang back a caller whom nobody had taken.
    RecordRungBack { call: InboundId },
    /// A status callback, or what a worker found. `tries` says which try it is about (none: whichever is under way);
    /// `provider_id` binds the attempt to it, even if the answer to our request was lost.
    RecordProgress {
        attempt: AttemptId,
        tries: Option<u16>,
        provider_id: Option<String>,
        progress: Progress,
        /// Whether the provider itself failed (it could not be reached, it failed, it refuses us): nothing was wrong with
        /// the message.
        #[serde(default)]
        fault: bool,
    },
    /// A worker is about to try an attempt: journalled before it is sent.
    BeginAttempt { attempt: AttemptId },
    /// A position came in from a device's own account. `fix_at` is what the phone's clock says, right or wrong.
    TakePosition {
        device: DeviceId,
        message_id: Option<String>,
        position: Position,
        fix_at: Timestamp,
        sent_at: Option<Timestamp>,
        received_at: Timestamp,
        battery_percent: Option<u8>,
        #[serde(default)]
        charging: Option<bool>,
        #[serde(default)]
        via: Option<LocationApp>,
    },
    /// The trip's places went out to a device: in the answer to that message of its own, or on its own topic.
    RecordWaypointsSent { device: DeviceId, trip: TripId, in_answer_to: Option<String> },
    /// A person is about to be shown a device's set-up, its password in it: recorded first. Never while it is with a trip
    /// under way: new settings wipe what the phone has queued. [CHECK-7]
    ShowSetUp { device: DeviceId, app: LocationApp },
    /// The office asks that the link to the phone page is sent again to a device of the trip.
    SendPageLink { trip: TripId, device: DeviceId },
    /// Whoever opened a link to the phone page in a browser that it wasn't opened in before: the word is texted to that phone.
    SendPageWord { trip: TripId, device: DeviceId },
    /// The office tries whether texts reach a school phone.
    SendTestText { device: DeviceId },
    /// What the configuration says at the start: which providers serve which channel, the one to be used first in front,
    /// and which mailboxes the school has.
    SetUp {
        text: Vec<ProviderName>,
        voice: Vec<ProviderName>,
        email: Vec<ProviderName>,
        mailboxes: BTreeSet<Mailbox>,
    },
    /// A worker is about to ask a provider that was down whether it is back.
    BeginProbe { provider: ProviderName, channel: Channel },
    /// A provider was asked something that was no attempt (whether it is back; what it knows of an attempt in doubt): how
    /// it failed, or that it answered.
    RecordContact { provider: ProviderName, channel: Channel, fault: Option<String> },
}

/// Who took a case, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    pub by: PersonId,
    pub at: Timestamp,
}

/// A mailbox of the school, by what it is for. Its addresses stand in the configuration, and in no event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mailbox {
    Office,
    Dsl,
    /// The head and the senior leaders.
    Head,
    /// Whoever the setting names for safeguarding, a group's director say. [INC-1]
    Safeguarding,
}

/// By which phone somebody is reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Device(DeviceId),
    Line(LineId),
    /// Whoever sent that text: a stranger's number is looked up in it, and kept nowhere else.
    Inbound(InboundId),
    /// A mailbox: its addresses are looked up in the configuration.
    Mailbox(Mailbox),
}
