//! The only door to the outside: texts and calls out, texts in, key presses, positions.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AttemptId, CaseId, DeviceId, InboundId, LineId, PersonId, ProviderName, PupilId, TripId};
use crate::rules::Rule;
use crate::v1::alerts::{Channel, Recipient, ReplyCode, Severity};
use crate::v1::checkins::Word;
use crate::v1::contacts::{self, Audience, LineKind};
use crate::v1::devices::{DeviceKind, Handset};
use crate::values::{
    Area, AssetTag, DuressHash, Headcount, Label, Note, Personal, PhoneNumber, Position, RingSecs,
};

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

/// What an outgoing message says. The words are chosen when it is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// An alert of a case; of one reason in particular, where that is what is new.
    Alert {
        case: CaseId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<Label>,
    },
    /// A check-in falls due.
    Reminder { trip: TripId, due_at: Timestamp },
    /// The answer to a word: what was understood, when the next is due.
    Understood {
        trip: TripId,
        word: Word,
        headcount: Option<Headcount>,
        expected: Headcount,
        next_due_at: Option<Timestamp>,
    },
    /// The answer to a call for help: dial 999 first.
    HelpHeard { trip: TripId },
    /// The answer to LOST: the card.
    LostHeard { trip: TripId, police_at: Timestamp },
    /// The answer to a word that was not understood.
    NotUnderstood {},
    /// The answer to a word that needs a count.
    CountNeeded {},
    /// The answer to a pupil's phone, which checks nobody in.
    PupilPhone {},
    /// The answer to a word from a phone whose trip is not out.
    NotOut {},
    /// The answer to a text from a school phone that is with no trip.
    NoTrip { called_for_help: bool },
    /// The answer to a word of an adult with several groups.
    WhichGroup {},
    /// The answer to a code that was taken.
    Owned { code: ReplyCode },
    /// The answer to a code that fits nothing open.
    CodeUnknown { code: ReplyCode },
    /// The answer to "ok 417" while there is an alert 417: which is meant?
    WhichMeant { code: ReplyCode },
    /// The answer to a stranger: helps, and gives nothing away.
    Stranger {},
    /// The evening's test of a duty.
    DutyTest { answer_by: Timestamp },
    /// The answer to it.
    DutyConfirmed {},
    /// The link to the phone page of a trip. The link itself never enters an event: it is made when it is sent.
    PageLink { trip: TripId },
    /// A test call to a line: whoever answers presses 1. [CONT-1]
    LineTest { line: LineId },
    /// The office is told that a line is in the routes again. [CONT-2]
    LineBack { line: LineId },
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

/// What gateway records.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    /// A text came in. A duress word is taken out of its body.
    TextReceived {
        inbound: InboundId,
        provider_id: String,
        from: Caller,
        body: Personal<Note>,
        meaning: Meaning,
        duress: bool,
        received_at: Timestamp,
    },
    /// A key was pressed in an alert call: 1 owns the case.
    KeyPressed { attempt: AttemptId, case: Option<CaseId>, by: Recipient, key: char, received_at: Timestamp },
    /// Somebody rings the school's number.
    CallReceived { call: InboundId, provider_id: String, from: Caller, at: Timestamp },
    /// The caller checks in: the headcount is asked for.
    CallCounts { call: InboundId, at: Timestamp },
    /// What a caller said with keys. It is heard as a text is.
    CallSaid {
        call: InboundId,
        /// The word's own id: a call may have several.
        inbound: InboundId,
        from: Caller,
        meaning: Meaning,
        received_at: Timestamp,
    },
    /// What a caller is told of what they said.
    CallTold { call: InboundId, message: Message, at: Timestamp },
    /// The caller is put through: the steps are those of the route as it was then, in order. [CONT-3, CONT-6]
    CallRouted {
        call: InboundId,
        audience: Audience,
        trip: Option<TripId>,
        steps: Vec<CallStep>,
        at: Timestamp,
    },
    /// A step was rung, and this came of it.
    CallStepTried { call: InboundId, step: u16, via: Reach, outcome: DialOutcome, at: Timestamp },
    /// A person pressed 1 and talks with the caller.
    CallBridged { call: InboundId, step: u16, via: Reach, at: Timestamp },
    /// Nobody of the whole route took it: the office is alerted as urgent.
    CallExhausted { call: InboundId, audience: Audience, trip: Option<TripId>, at: Timestamp },
    /// It is over.
    CallEnded { call: InboundId, at: Timestamp },
    /// What a call to a line tells of it: contacts hears it. [CONT-1]
    LineTried {
        line: LineId,
        trial: LineTrial,
        /// None: the call could not be made at all.
        outcome: Option<DialOutcome>,
        at: Timestamp,
    },
    /// To be sent; resolved to a device or line, whose number is looked up when it is sent.
    AttemptPlanned {
        attempt: AttemptId,
        /// None for a stranger, or a pupil's phone: then `via` alone says to whom.
        to: Option<Recipient>,
        via: Reach,
        channel: Channel,
        message: Message,
        in_answer_to: Option<InboundId>,
        at: Timestamp,
        expires_at: Timestamp,
    },
    /// Nobody could be resolved: no phone in hand, a landline that would have to be texted, an opt-out.
    AttemptImpossible {
        attempt: AttemptId,
        to: Option<Recipient>,
        channel: Channel,
        case: Option<CaseId>,
        why: String,
        at: Timestamp,
    },
    /// About to be sent: journalled before it is.
    AttemptBegun {
        attempt: AttemptId,
        tries: u16,
        at: Timestamp,
        /// By whom it is sent.
        #[serde(default)]
        provider: Option<ProviderName>,
    },
    AttemptProgressed {
        attempt: AttemptId,
        tries: u16,
        provider_id: Option<String>,
        progress: Progress,
        at: Timestamp,
    },
    /// It failed and may be tried again: not before then.
    AttemptPutOff {
        attempt: AttemptId,
        until: Timestamp,
        why: String,
        at: Timestamp,
        /// Whether the try before may have sent it: then it may come twice. Urgent ones alone are sent again so.
        #[serde(default)]
        in_doubt: bool,
    },
    /// As many were sent to that phone within the hour as carriers bear: it waits.
    AttemptHeldBack { attempt: AttemptId, until: Timestamp, why: String, at: Timestamp },
    /// Another attempt that waits says the same to the same phone: one is sent for both, and fares for both.
    AttemptBundled { attempt: AttemptId, into: AttemptId, at: Timestamp },
    /// Nobody needs it any more: somebody owns the case, or it is resolved. A queued or ringing call is taken back.
    AttemptWithdrawn { attempt: AttemptId, case: Option<CaseId>, at: Timestamp },
    /// It failed for good, expired, or nobody pressed a key, or nobody can say whether it was sent: alerts goes on to the
    /// next channel at once. Told once for each attempt. What is in doubt is looked up all the same.
    AttemptFailed {
        attempt: AttemptId,
        to: Option<Recipient>,
        channel: Channel,
        case: Option<CaseId>,
        permanent: bool,
        code: Option<u32>,
        why: String,
        at: Timestamp,
    },
    /// A position of a device that is with a trip under way. Others are answered and thrown away. [CHECK-7]
    PositionReceived {
        device: DeviceId,
        trip: TripId,
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
    /// The trip's places, as they stood then, went out to a device. Heard or not, it is told them once.
    WaypointsSent {
        device: DeviceId,
        trip: TripId,
        /// The message of the phone in whose answer they were: sent again, it is answered the same.
        in_answer_to: Option<String>,
        at: Timestamp,
    },
    /// A device's set-up was shown: the event's actor saw its password.
    SetUpShown { device: DeviceId, app: LocationApp, at: Timestamp },
    /// A device's SIM opted out: it can't be texted; it is called instead.
    OptedOut { device: DeviceId, person: Option<PersonId> },
    /// It opted in again.
    OptedIn { device: DeviceId, person: Option<PersonId> },
    /// Which providers serve which channel, the one to be used first in front, and which mailboxes there are: as the
    /// configuration says. A channel without a provider can't be used at all.
    ProvidersNoted {
        text: Vec<ProviderName>,
        voice: Vec<ProviderName>,
        email: Vec<ProviderName>,
        mailboxes: BTreeSet<Mailbox>,
    },
    /// A provider failed once: a few in a row, and it is down.
    ProviderFaulted { provider: ProviderName, channel: Channel, why: String, at: Timestamp },
    /// A provider that is down is asked whether it is back.
    ProviderProbed { provider: ProviderName, channel: Channel, at: Timestamp },
    /// A provider no longer serves a channel. (Of early journals: for all channels, without a name.)
    ProviderDown {
        since: Timestamp,
        /// False where no provider was set up at all. (Early journals; now `ProvidersNoted` says so.)
        configured: bool,
        why: String,
        #[serde(default)]
        provider: Option<ProviderName>,
        #[serde(default)]
        channel: Option<Channel>,
        /// Who sends instead; nobody if there is none.
        #[serde(default)]
        instead: Option<ProviderName>,
    },
    /// It serves that channel again.
    ProviderUp {
        at: Timestamp,
        #[serde(default)]
        provider: Option<ProviderName>,
        #[serde(default)]
        channel: Option<Channel>,
    },
    /// Heard of devices.
    DeviceNoted {
        device: DeviceId,
        kind: DeviceKind,
        handset: Handset,
        tag: AssetTag,
        number: PhoneNumber,
        person: Option<PersonId>,
        pupil: Option<PupilId>,
        trip: Option<TripId>,
        in_service: bool,
    },
    /// Heard of contacts.
    LineNoted {
        line: LineId,
        kind: LineKind,
        /// None once it was removed.
        number: Option<PhoneNumber>,
        name: Label,
    },
    /// Heard of contacts: all that a route needs, so that a call follows the route that contacts would give.
    ContactsNoted {
        /// Its number there.
        sequence: u64,
        event: Box<contacts::Event>,
    },
    /// Heard of trips.
    TripNoted {
        trip: TripId,
        title: Label,
        /// Since when it is out, if it is: positions count from then. [CHECK-7]
        out_since: Option<Timestamp>,
        duress: Option<DuressHash>,
        /// Nothing follows.
        ended: bool,
        /// Where it goes.
        #[serde(default)]
        places: Vec<Waypoint>,
    },
    /// Heard of alerts: what an alert's words need.
    CaseNoted {
        case: CaseId,
        trip: Option<TripId>,
        code: ReplyCode,
        headline: Label,
        /// Base alone may know: nothing of it is sent to a phone of the trip. [CHECK-6]
        base_only: bool,
        /// A person has it.
        owned: bool,
        /// Who took it, and when.
        #[serde(default)]
        taken: Option<Taken>,
        /// How urgent it is.
        #[serde(default)]
        severity: Option<Severity>,
        open: bool,
    },
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

/// Why gateway says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such attempt")]
    UnknownAttempt { attempt: AttemptId },
    #[error("there is no such device on the register")]
    UnknownDevice { device: DeviceId },
    #[error("the attempt is not to be sent now: it is under way, over, or put off")]
    NotToBeSent { attempt: AttemptId },
    #[error("the device is not in the hands of staff on that trip")]
    NotOnTrip { device: DeviceId, trip: TripId },
    #[error("a button phone can't show the phone page")]
    ButtonPhone { device: DeviceId },
    #[error("this phone opted out of texts")]
    HasOptedOut { device: DeviceId },
    #[error("there is no such call, or it is long over")]
    UnknownCall { call: InboundId },
    #[error("no provider for texts and calls is set up")]
    NoProvider {},
    #[error("the device is with a trip under way: new settings would wipe what it has queued")]
    OutWithTrip { device: DeviceId, trip: TripId },
    #[error("only work mobiles in service are located: pupils' phones never are")]
    NotLocated { device: DeviceId },
    #[error("the provider is not to be asked now: it is up, it is being asked, or it is none of ours")]
    NotToBeProbed { provider: ProviderName },
    #[error("a text's sender can't be longer than {max} characters, nor its id")]
    TooLong { max: usize },
}

crate::refusals!(Refusal {
    UnknownAttempt => None, Some("attempt"), "Check the id; what was finished long ago is forgotten.";
    UnknownDevice => None, Some("device"), "Register the device first.";
    NotToBeSent => None, Some("attempt"), "Nothing is to be done: it is planned anew if it has to be.";
    NotOnTrip => Some(Rule::Dev5), Some("device"), "Issue the device to a member of staff for that trip first.";
    ButtonPhone => None, Some("device"), "Its holder checks in by text or call: the card says how.";
    HasOptedOut => None, Some("device"), "Text START from the phone to the school's number.";
    UnknownCall => None, Some("call"), "Check the id; what was over long ago is forgotten.";
    NoProvider => None, None, "Set the provider's account up in the configuration.";
    OutWithTrip => Some(Rule::Check7), Some("device"), "Wait until the trip is back; set another phone up if it can't wait.";
    NotLocated => Some(Rule::Check7), Some("device"), "Pick a work mobile that is in service and in no pupil's hands.";
    NotToBeProbed => None, Some("provider"), "Nothing is to be done: it is asked again in its time.";
    TooLong => None, None, "Check what sent it: no provider's sender or id is that long.";
});
