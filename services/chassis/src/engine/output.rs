//! What an engine gives out.

use std::collections::BTreeSet;

use decider::{Retained, Service, Summary};
use jiff::Timestamp;
use proto::envelope::{Answer, Hash, Outcome};
use proto::ids::ClientId;
use proto::topics::ServiceName;
use proto::trace::TraceId;

use super::listener::Divergence;
use crate::entry::{Chain, Entry};
use crate::journal::Cursor;

/// What waits to be committed: decided together, stored together, given out together.
#[derive(Debug)]
pub struct Batch<S: Service> {
    /// The newest number before it.
    pub after: u64,
    /// The chain's hash there.
    pub hash: Hash,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// The events of the entries.
    pub events: Vec<Recorded<S::Event>>,
    /// The cursors of what was heard, if one moved.
    pub cursors: Vec<Cursor>,
    /// What is given out once it is committed.
    pub outputs: Vec<Output>,
    /// The public summaries that its events change: each is written when it is closed.
    pub(super) changed: BTreeSet<Summary>,
}

impl<S: Service> Batch<S> {
    pub(super) fn after(chain: &Chain) -> Self {
        Self {
            after: chain.seq,
            hash: chain.hash,
            entries: Vec::new(),
            events: Vec::new(),
            cursors: Vec::new(),
            outputs: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Whether somebody is told no.
    pub(crate) fn refuses(&self) -> bool {
        let refuses = |output: &Output| match output {
            Output::Answer { answer, .. } => matches!(answer.outcome, Outcome::Refused { .. }),
            Output::AskReplay { .. } | Output::Retain(_) | Output::Trouble(_) => false,
        };
        self.outputs.iter().any(refuses)
    }
}

/// An event with its number.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded<E> {
    /// Its number in the journal.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The trace it belongs to.
    pub trace: Option<TraceId>,
    /// The event.
    pub event: E,
}

/// What the shell is to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Answer a client on its reply topic.
    Answer {
        /// The client.
        to: ClientId,
        /// The answer.
        answer: Box<Answer>,
        /// The trace of what was asked.
        trace: Option<TraceId>,
    },
    /// Ask a producer for what is missing from this number on.
    AskReplay {
        /// The producer.
        of: ServiceName,
        /// The first number wanted.
        from: u64,
    },
    /// Publish a retained public summary.
    Retain(Retained),
    /// Tell the operator.
    Trouble(Trouble),
}

/// What an operator must act on: each has a page in infra/runbooks/.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// HW-J1: a producer's journal is not the one that was heard.
    #[error("HW-J1 {0}")]
    Divergence(Divergence),
    /// HW-J2: an event can't be read.
    #[error("HW-J2 number {sequence} of {of} can't be read: {why}")]
    Unreadable {
        /// Whose event.
        of: ServiceName,
        /// Its number.
        sequence: u64,
        /// What is wrong with it.
        why: String,
    },
    /// HW-B1: a deadline is due and yields nothing: a bug.
    #[error("HW-B1 a deadline of {service} is due and yields nothing")]
    StuckDeadline {
        /// The service.
        service: ServiceName,
    },
}
