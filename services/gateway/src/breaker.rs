//! Whether a provider serves a channel: a circuit breaker, moved by events alone.
//!
//! ```text
//!   Closed ── a few faults in a row ──► Open ── after a while it is asked ──► HalfOpen
//!     ▲  ▲                               │ ▲                                  │   │
//!     │  └──── it takes a message ───────┘ └── it still fails: a longer wait ─┘   │
//!     └───────────────────────── it answers: one more fault opens it again ───────┘
//! ```
//!
//! What it is asked is harmless (a list, a greeting): no message is risked on a provider that may be down. While no other
//! provider is left it is used all the same.

use jiff::SignedDuration;
use proto::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::{FAULTS_UNTIL_DOWN, PROBE_PATIENCE, PROBE_SECS};

/// How a provider is, for one channel.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// It serves, as far as is known.
    Closed {
        /// How often in a row it failed.
        faults: u8,
        /// How often it was asked since it last took a message.
        probes: u8,
    },
    /// It is down.
    Open {
        /// Since when.
        since: Timestamp,
        /// Why.
        why: String,
        /// When it is asked whether it is back.
        probe_at: Timestamp,
        /// How often it was asked.
        probes: u8,
    },
    /// It was down, and is being asked.
    HalfOpen {
        /// Since when it is down.
        since: Timestamp,
        /// Why.
        why: String,
        /// Since when it is being asked.
        asked_at: Timestamp,
        /// How often it was asked.
        probes: u8,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { faults: 0, probes: 0 }
    }
}

impl Breaker {
    /// Whether it is used before those that are down.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Whether one more fault is one too many.
    pub fn opens_with_next_fault(&self) -> bool {
        matches!(self, Self::Closed { faults, .. } if faults.saturating_add(1) >= FAULTS_UNTIL_DOWN)
    }

    /// Since when, and why, it is down.
    pub fn down(&self) -> Option<(Timestamp, &str)> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { since, why, .. } | Self::HalfOpen { since, why, .. } => Some((*since, why)),
        }
    }

    /// When it is to be asked whether it is back: again, if whoever asked it has not told.
    pub fn probe_at(&self) -> Option<Timestamp> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { probe_at, .. } => Some(*probe_at),
            Self::HalfOpen { asked_at, .. } => Some(later(*asked_at, PROBE_PATIENCE)),
        }
    }

    /// It failed once more, and is not yet down for that; or it was asked, and is not back.
    pub(crate) fn faulted(&mut self, at: Timestamp, new_why: &str) {
        match self {
            Self::Closed { faults, .. } => *faults = faults.saturating_add(1),
            Self::Open { .. } => {}
            Self::HalfOpen { since, probes, .. } => {
                let (since, probes) = (*since, *probes);
                *self = Self::Open { since, why: new_why.to_owned(), probe_at: wait(at, probes), probes };
            }
        }
    }

    pub(crate) fn opened(&mut self, since: Timestamp, why: &str) {
        let probes = match self {
            Self::Closed { probes, .. } | Self::Open { probes, .. } | Self::HalfOpen { probes, .. } => {
                *probes
            }
        };
        *self = Self::Open { since, why: why.to_owned(), probe_at: wait(since, probes), probes };
    }

    pub(crate) fn asked(&mut self, at: Timestamp) {
        match self {
            Self::Closed { .. } => {}
            Self::Open { since, why, probes, .. } | Self::HalfOpen { since, why, probes, .. } => {
                let probes = probes.saturating_add(1);
                *self = Self::HalfOpen { since: *since, why: std::mem::take(why), asked_at: at, probes };
            }
        }
    }

    /// It answered: it is on trial until it takes a message.
    pub(crate) fn back(&mut self) {
        match self {
            Self::Closed { .. } => {}
            Self::Open { probes, .. } | Self::HalfOpen { probes, .. } => {
                *self = Self::Closed { faults: FAULTS_UNTIL_DOWN.saturating_sub(1), probes: *probes };
            }
        }
    }

    /// It took a message.
    pub(crate) fn served(&mut self) {
        if self.is_closed() {
            *self = Self::default();
        }
    }
}

fn wait(at: Timestamp, probes: u8) -> Timestamp {
    let secs = PROBE_SECS.get(usize::from(probes)).or(PROBE_SECS.last()).copied().unwrap_or(60);
    later(at, SignedDuration::from_secs(secs))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
