//! What gateway records.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CallStep, Caller, DialOutcome, LineTrial, LocationApp, Mailbox, Meaning, Message, Progress, Reach, Taken,
    Waypoint,
};
use crate::ids::{AttemptId, CaseId, DeviceId, InboundId, LineId, PersonId, ProviderName, PupilId, TripId};
use crate::v1::alerts::{Channel, Recipient, ReplyCode, Severity};
use crate::v1::contacts::{self, Audience, LineKind};
use crate::v1::devices::{DeviceKind, Handset};
use crate::values::{AssetTag, DuressHash, Label, Note, Personal, PhoneNumber, Position, personal_or_fact};

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
    /// A person rang the caller back, whom nobody had taken.
    CallRungBack { call: InboundId, trip: Option<TripId>, by: PersonId, at: Timestamp },
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
        /// Blanked soon after the trip.
        #[serde(deserialize_with = "personal_or_fact")]
        position: Personal<Position>,
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
        /// The host organisation's own number, if the form has one: who rings from it while the trip is out is the host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<PhoneNumber>,
        /// It is a drill: whatever goes out of it says so first. [REV-1]
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        drill: bool,
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

/// What an event says of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttemptStep {
    Planned,
    Impossible,
    Begun,
    Progressed,
    PutOff,
    HeldBack,
    Bundled,
    Withdrawn,
    Failed,
    /// Whoever was called pressed that key.
    Key(char),
}

impl Event {
    /// The attempt that it is about, and what it says of it.
    pub fn attempt(&self) -> Option<(AttemptId, AttemptStep)> {
        match self {
            Self::AttemptPlanned { attempt, .. } => Some((*attempt, AttemptStep::Planned)),
            Self::AttemptImpossible { attempt, .. } => Some((*attempt, AttemptStep::Impossible)),
            Self::AttemptBegun { attempt, .. } => Some((*attempt, AttemptStep::Begun)),
            Self::AttemptProgressed { attempt, .. } => Some((*attempt, AttemptStep::Progressed)),
            Self::AttemptPutOff { attempt, .. } => Some((*attempt, AttemptStep::PutOff)),
            Self::AttemptHeldBack { attempt, .. } => Some((*attempt, AttemptStep::HeldBack)),
            Self::AttemptBundled { attempt, .. } => Some((*attempt, AttemptStep::Bundled)),
            Self::AttemptWithdrawn { attempt, .. } => Some((*attempt, AttemptStep::Withdrawn)),
            Self::AttemptFailed { attempt, .. } => Some((*attempt, AttemptStep::Failed)),
            Self::KeyPressed { attempt, key, .. } => Some((*attempt, AttemptStep::Key(*key))),
            Self::TextReceived { .. }
            | Self::CallReceived { .. }
            | Self::CallCounts { .. }
            | Self::CallSaid { .. }
            | Self::CallTold { .. }
            | Self::CallRouted { .. }
            | Self::CallStepTried { .. }
            | Self::CallBridged { .. }
            | Self::CallExhausted { .. }
            | Self::CallEnded { .. }
            | Self::CallRungBack { .. }
            | Self::LineTried { .. }
            | Self::PositionReceived { .. }
            | Self::WaypointsSent { .. }
            | Self::SetUpShown { .. }
            | Self::OptedOut { .. }
            | Self::OptedIn { .. }
            | Self::ProvidersNoted { .. }
            | Self::ProviderFaulted { .. }
            | Self::ProviderProbed { .. }
            | Self::ProviderDown { .. }
            | Self::ProviderUp { .. }
            | Self::DeviceNoted { .. }
            | Self::LineNoted { .. }
            | Self::ContactsNoted { .. }
            | Self::TripNoted { .. }
            | Self::CaseNoted { .. } => None,
        }
    }
}
