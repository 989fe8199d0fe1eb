//! One try to reach somebody by one channel: where it stands, and what may follow.
//!
//! ```text
//!   Planned ──► Begun ──► Accepted ──► Sent ──────────► Delivered        (texts)
//!      ▲  │       │  ▲        │  └────► Ringing ► Answered ► Completed   (calls)
//!      │  │       ▼  │        ▼
//!      │  │    Unknown ───────┴──► Failed      Withdrawn: nobody needs it any more
//!      └──┴───────┴─ put off (bounded tries)
//! ```
//!
//! News only moves it forwards: what comes late or twice changes nothing. A callback may arrive before the answer to the
//! request does, or instead of it.

use proto::Timestamp;
use proto::ids::CaseId;
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Message, Progress, Reach};
use serde::{Deserialize, Serialize};

use crate::limits::{BEGUN_STUCK, CALL_STUCK, DOUBT_PATIENCE};

/// An attempt.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// Who is to be reached; none for a stranger or a pupil's phone.
    pub to: Option<Recipient>,
    /// By which phone.
    pub via: Reach,
    /// Text or call.
    pub channel: Channel,
    /// What it says.
    pub message: Message,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When it is no longer worth sending.
    pub expires_at: Timestamp,
    /// How often it was begun.
    pub tries: u16,
    /// Its id at the provider, once known.
    pub provider_id: Option<String>,
    /// Whether somebody pressed 1 in the call.
    pub owned_by_key: bool,
    /// Whether alerts was told that it failed.
    pub told_failed: bool,
    /// Where it stands.
    pub phase: Phase,
}

/// Where an attempt stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// To be sent, not before that instant.
    Planned {
        /// None: at once.
        not_before: Option<Timestamp>,
    },
    /// Being sent.
    Begun {
        /// Since when.
        since: Timestamp,
    },
    /// Whether it was sent is not known.
    Unknown {
        /// Since when.
        since: Timestamp,
    },
    /// The provider has it.
    Accepted {
        /// Since when.
        since: Timestamp,
    },
    /// The carrier has it; this can be the last word.
    Sent {},
    /// The call rings.
    Ringing {
        /// Since when.
        since: Timestamp,
    },
    /// The call was answered, by a person or a machine.
    Answered {
        /// Since when.
        since: Timestamp,
    },
    /// The text arrived.
    Delivered {},
    /// The call is over.
    Completed {},
    /// It failed.
    Failed {},
    /// Nobody needs it any more.
    Withdrawn {},
}

impl Phase {
    /// How far it has come: news of less, or as much, is stale.
    fn rank(self) -> u8 {
        match self {
            Self::Planned { .. } => 0,
            Self::Begun { .. } | Self::Unknown { .. } => 1,
            Self::Accepted { .. } => 2,
            Self::Sent {} | Self::Ringing { .. } => 3,
            Self::Answered { .. } => 4,
            Self::Delivered {} | Self::Completed {} | Self::Failed {} | Self::Withdrawn {} => 5,
        }
    }

    /// Nothing follows.
    pub fn is_over(self) -> bool {
        self.rank() == 5
    }
}

impl Attempt {
    /// The case it is about, if it is an alert.
    pub fn case(&self) -> Option<CaseId> {
        match &self.message {
            Message::Alert { case, .. } => Some(*case),
            Message::Reminder { .. }
            | Message::Understood { .. }
            | Message::HelpHeard { .. }
            | Message::LostHeard { .. }
            | Message::NotUnderstood {}
            | Message::CountNeeded {}
            | Message::PupilPhone {}
            | Message::NotOut {}
            | Message::NoTrip { .. }
            | Message::WhichGroup {}
            | Message::Owned { .. }
            | Message::CodeUnknown { .. }
            | Message::Stranger {}
            | Message::DutyTest { .. }
            | Message::DutyConfirmed {}
            | Message::PageLink { .. }
            | Message::LineTest { .. }
            | Message::LineBack { .. } => None,
        }
    }

    /// Whether news moves it forwards. `tries` is the try the news is about; none: the one under way.
    pub fn moves_with(&self, progress: &Progress, tries: Option<u16>) -> bool {
        let about_this_try = tries.is_none_or(|n| n == self.tries);
        let rank = match progress {
            // It reached the phone, by whichever try.
            Progress::Delivered {} => return !self.phase.is_over(),
            Progress::Unknown { .. } => {
                return about_this_try && matches!(self.phase, Phase::Begun { .. });
            }
            Progress::Accepted { .. } => 2,
            Progress::Sent {} | Progress::Ringing {} => 3,
            Progress::Answered {} => 4,
            Progress::Completed {} | Progress::Failed { .. } => 5,
        };
        about_this_try && rank > self.phase.rank()
    }

    /// Takes what was recorded.
    pub(crate) fn advance(&mut self, progress: &Progress, at: Timestamp) {
        self.phase = match progress {
            Progress::Accepted { .. } => Phase::Accepted { since: at },
            Progress::Sent {} => Phase::Sent {},
            Progress::Delivered {} => Phase::Delivered {},
            Progress::Ringing {} => Phase::Ringing { since: at },
            Progress::Answered {} => Phase::Answered { since: at },
            Progress::Completed {} => Phase::Completed {},
            Progress::Failed { .. } => Phase::Failed {},
            Progress::Unknown { .. } => Phase::Unknown { since: at },
        };
    }

    /// Whether the provider answered that it took it, or the carrier did: a failure after that is one of delivery.
    pub fn was_accepted(&self) -> bool {
        self.phase.rank() >= 2
    }

    /// When time alone changes something about it.
    pub fn deadline(&self) -> Option<Timestamp> {
        let later = |since: Timestamp, by| since.saturating_add(by).unwrap_or(Timestamp::MAX);
        match self.phase {
            Phase::Planned { .. } => Some(self.expires_at),
            Phase::Begun { since } => Some(later(since, BEGUN_STUCK)),
            Phase::Unknown { since } if self.case().is_some() && !self.told_failed => {
                Some(self.expires_at.min(later(since, DOUBT_PATIENCE)))
            }
            Phase::Unknown { .. } => Some(self.expires_at),
            Phase::Accepted { .. } => Some(self.expires_at),
            Phase::Ringing { since } | Phase::Answered { since } => Some(later(since, CALL_STUCK)),
            Phase::Sent {}
            | Phase::Delivered {}
            | Phase::Completed {}
            | Phase::Failed {}
            | Phase::Withdrawn {} => None,
        }
    }
}
