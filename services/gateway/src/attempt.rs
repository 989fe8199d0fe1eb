//! One try to reach somebody by one channel: where it stands, and what may follow.
//!
//! ```text
//!   Planned ──► Begun ──► Accepted ──► Sent ──────────► Delivered        (texts)
//!      ▲  │       │  ▲        │  └────► Ringing ► Answered ► Completed   (calls)
//!      │  │       ▼  │        ▼
//!      │  │    Unknown ───────┴──► Failed      Withdrawn: nobody needs it any more
//!      └──┴───────┴─ put off (bounded tries)   Bundled: another one says it, and fares for both
//! ```
//!
//! News only moves it forwards: what comes late or twice changes nothing. A callback may arrive before the answer to the
//! request does, or instead of it.

use proto::Timestamp;
use proto::ids::{AttemptId, CaseId, ProviderName};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Message, Progress, Reach};
use serde::{Deserialize, Serialize};

use crate::limits::{BEGUN_STUCK, CALL_STUCK, DOUBT_PATIENCE, MAX_TROUBLES};

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
    /// Who sends it, or sent it last.
    pub provider: Option<ProviderName>,
    /// Those that failed it.
    pub failed_with: Vec<ProviderName>,
    /// Whether an earlier try may have sent it too: it may come twice.
    pub may_come_twice: bool,
    /// When another provider sends it too, if nobody can say by then whether it was sent.
    pub other_way_at: Option<Timestamp>,
    /// When it came how far.
    pub times: Times,
    /// What went wrong on its way, the oldest first.
    pub troubles: Vec<Trouble>,
    /// Where it stands.
    pub phase: Phase,
}

/// When an attempt came how far: each apart, since none stands for another. Delivery owns nothing. [CHECK-2]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// It was first handed to a provider.
    pub begun: Option<Timestamp>,
    /// A provider took it.
    pub accepted: Option<Timestamp>,
    /// The carrier took it; a call rang.
    pub sent: Option<Timestamp>,
    /// It reached the phone; a call was answered.
    pub delivered: Option<Timestamp>,
    /// It failed, or was taken back.
    pub failed: Option<Timestamp>,
    /// Whoever it went to took the case.
    pub owned: Option<Timestamp>,
}

/// Something that went wrong on an attempt's way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: String,
    /// With whom.
    pub provider: Option<ProviderName>,
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
    /// Another attempt said the same to the same phone.
    Bundled {
        /// That one.
        into: AttemptId,
    },
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
            Self::Delivered {}
            | Self::Completed {}
            | Self::Failed {}
            | Self::Withdrawn {}
            | Self::Bundled { .. } => 5,
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
        self.message.case()
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
        self.note_time(progress, at);
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

    fn note_time(&mut self, progress: &Progress, at: Timestamp) {
        let times = &mut self.times;
        match progress {
            Progress::Accepted { .. } => times.accepted = Some(at),
            Progress::Sent {} | Progress::Ringing {} => times.sent = times.sent.or(Some(at)),
            Progress::Delivered {} | Progress::Answered {} => times.delivered = times.delivered.or(Some(at)),
            Progress::Completed {} => {}
            Progress::Failed { why, .. } => {
                times.failed = Some(at);
                self.trouble(at, why);
            }
            Progress::Unknown { why } => self.trouble(at, why),
        }
    }

    pub(crate) fn trouble(&mut self, at: Timestamp, what: &str) {
        if self.troubles.last().is_some_and(|last| last.what == what && last.at == at) {
            return;
        }
        if self.troubles.len() >= MAX_TROUBLES {
            self.troubles.remove(0);
        }
        self.troubles.push(Trouble { at, what: what.to_owned(), provider: self.provider.clone() });
    }

    /// It is tried again, by somebody else if there is somebody.
    pub(crate) fn put_off(&mut self, until: Timestamp, why: &str, in_doubt: bool, at: Timestamp) {
        self.trouble(at, why);
        self.failed_with.extend(self.provider.clone());
        self.may_come_twice |= in_doubt;
        self.provider_id = None;
        self.other_way_at = None;
        self.times.failed = None;
        self.phase = Phase::Planned { not_before: Some(until) };
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
                let told_at = self.expires_at.min(later(since, DOUBT_PATIENCE));
                Some(self.other_way_at.map_or(told_at, |other| other.min(told_at)))
            }
            Phase::Unknown { .. } => Some(self.expires_at),
            Phase::Accepted { .. } => Some(self.expires_at),
            Phase::Ringing { since } | Phase::Answered { since } => Some(later(since, CALL_STUCK)),
            Phase::Sent {}
            | Phase::Delivered {}
            | Phase::Completed {}
            | Phase::Failed {}
            | Phase::Withdrawn {}
            | Phase::Bundled { .. } => None,
        }
    }
}
