//! The usage log: all use of a work mobile is recorded, and monitored by the DSL. [USE-1, CONT-7]

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, PersonId, TripId};
use crate::topics::ServiceName;
use crate::v1::devices::Holder;
use crate::values::{Note, Personal};

/// How a phone was used, as somebody writes it down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UseWay {
    /// A call, made or taken.
    Call,
    /// A text, sent or received.
    Text,
    /// A photograph, a film, a sound.
    Recording,
    /// Anything else.
    Other,
}

/// What it was for. [CONT-7]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The school's work.
    Work {},
    /// Personal, as somebody agreed beforehand.
    PersonalAgreed {
        /// Who agreed.
        by: PersonId,
    },
    /// Personal, in an emergency.
    PersonalEmergency {},
    /// Personal, and nobody had agreed: the DSL is shown it as a question.
    PersonalOther {},
}

/// What happened with a phone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UseKind {
    /// It was handed out.
    Issued {},
    /// Its holder has it in hand for a trip.
    InHand {},
    /// It went from one to another.
    HandedOver {
        /// Who had it.
        from: Holder,
    },
    /// It came back.
    Returned {},
    /// It was declared lost.
    Lost {},
    /// The police took it.
    WithPolice {},
    /// A text from it came in.
    TextedIn {},
    /// It rang the school's number.
    RangIn {},
    /// Somebody's call to the school was put through to it, and taken.
    TookCall {},
    /// An alert's call to it was answered with a key.
    AnsweredAlert {},
    /// Where it is was told, from here on, for its trip. Once for each trip.
    Located {},
    /// A person was shown its set-up, its password in it.
    SetUpShown {},
    /// Written down by hand.
    Noted {
        /// How it was used.
        way: UseWay,
        /// What for.
        purpose: Purpose,
        /// Why, in words.
        reason: Personal<Note>,
        /// Who wrote it down.
        by: PersonId,
    },
}

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Use {
    /// When it happened.
    pub at: Timestamp,
    /// With which phone.
    pub device: DeviceId,
    /// In whose hands, as far as it is known.
    pub holder: Option<Holder>,
    /// On which trip.
    pub trip: Option<TripId>,
    /// What.
    pub kind: UseKind,
    /// Whether the DSL has something to ask about it: a personal use that nobody had agreed to. [CONT-7]
    pub questioned: bool,
    /// Which entry of which service's journal says so; none for what was written down by hand.
    pub source: Option<UseSource>,
}

/// The entry of a journal that a line was taken from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UseSource {
    /// Whose journal.
    pub service: ServiceName,
    /// The entry's number in it.
    pub sequence: u64,
}
