//! What an engine knows, written down: the state and the memory of commands at one number of the journal, so that a start
//! needs only the entries after it. Disposable: what can't be read is not used, and every entry is read instead.
//!
//! A checksum stands before MessagePack, fields by name: it carries numbers exactly, and keys that aren't texts. Which
//! release wrote it, and to which history it belongs, stands beside it (see [`crate::journal::Snapshot`]).

use decider::Service;
use jiff::Timestamp;
use proto::envelope::{Hash, Head};
use proto::v1::policy::PolicyNoted;
use serde::{Deserialize, Serialize};

use super::accepted::Accepted;
use super::{Batch, Engine};
use crate::entry::Chain;

/// Why a snapshot can't be used, or made.
#[derive(Debug, thiserror::Error)]
pub enum BadSnapshot {
    /// It is cut short, or was changed.
    #[error("its checksum does not match")]
    Damaged,
    /// It is not what this release writes.
    #[error("it is not what this release writes: {0}")]
    Unreadable(String),
    /// A batch is open: the state is ahead of the journal.
    #[error("a batch is open")]
    Speculative,
}

/// How many bytes the checksum takes.
const CHECKSUM: usize = 32;

#[derive(Serialize)]
struct Frozen<'a, State> {
    state: &'a State,
    accepted: &'a Accepted,
    /// As JSON: its numbers and texts are read back as they stood in the journal.
    policy: Option<String>,
}

#[derive(Deserialize)]
struct Thawed<State> {
    state: State,
    accepted: Accepted,
    policy: Option<String>,
}

impl<S: Service> Engine<S> {
    /// The head as it is announced.
    pub fn head(&self, now: Timestamp) -> Head {
        Head {
            epoch: self.chain.epoch,
            sequence: self.chain.seq,
            hash: self.chain.hash,
            at: now,
            blankings: 0,
        }
    }

    /// The head that was stored, as far as is known: without what is being decided, or was not confirmed.
    pub fn stored(&self) -> Chain {
        let (seq, hash) = self.stored;
        Chain { seq, hash, ..self.chain.clone() }
    }

    /// What was read of the journal ends here.
    pub(super) fn stands_at_its_chain(&mut self) {
        self.pending = Batch::after(&self.chain);
        self.stored = (self.chain.seq, self.chain.hash);
    }

    /// All it knows at [`Engine::chain`].
    pub fn freeze(&self) -> Result<Vec<u8>, BadSnapshot> {
        if self.has_batch() || self.in_flight || self.poisoned {
            return Err(BadSnapshot::Speculative);
        }
        let mut bytes = vec![0; CHECKSUM];
        let policy = self.noted.as_ref().map(serde_json::to_string).transpose();
        let policy = policy.map_err(|error| BadSnapshot::Unreadable(error.to_string()))?;
        Frozen { state: &self.state, accepted: &self.accepted, policy }
            .serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map())
            .map_err(|error| BadSnapshot::Unreadable(error.to_string()))?;
        let checksum = blake3::hash(&bytes[CHECKSUM..]);
        bytes[..CHECKSUM].copy_from_slice(checksum.as_bytes());
        Ok(bytes)
    }

    /// Takes the place of every entry up to that number. An engine that can't use it stays as it was.
    pub fn thaw(&mut self, seq: u64, hash: Hash, bytes: &[u8]) -> Result<(), BadSnapshot> {
        let (checksum, body) = bytes.split_at_checked(CHECKSUM).ok_or(BadSnapshot::Damaged)?;
        if blake3::hash(body).as_bytes() != checksum {
            return Err(BadSnapshot::Damaged);
        }
        let thawed: Thawed<S::State> =
            rmp_serde::from_slice(body).map_err(|error| BadSnapshot::Unreadable(error.to_string()))?;
        let policy: Option<PolicyNoted> = thawed
            .policy
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| BadSnapshot::Unreadable(error.to_string()))?;
        if let Some(noted) = policy {
            self.take_policy(noted);
        }
        (self.state, self.accepted) = (thawed.state, thawed.accepted);
        (self.chain.seq, self.chain.hash) = (seq, hash);
        self.stands_at_its_chain();
        Ok(())
    }
}
