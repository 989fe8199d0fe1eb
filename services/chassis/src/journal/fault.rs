//! What can go wrong with a journal, told apart by what the caller has to do.

use std::collections::BTreeMap;

use proto::ids::SchoolId;
use proto::topics::ServiceName;

use crate::entry::BrokenLink;

/// The journal could not be opened, read or written; nothing is known to have been changed.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// The address is neither `sqlite:PATH` nor `postgres://…`.
    #[error("a journal is at sqlite:PATH or postgres://…; this address is neither")]
    Address,
    /// The database was told not to sync what it says is committed.
    #[error("the database does not sync commits ({0}): turn fsync and synchronous_commit on")]
    Unsynced(String),
    /// The tables could not be brought up to date.
    #[error("the journal's tables could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored entry can't be read as one.
    #[error(transparent)]
    Unreadable(#[from] BrokenLink),
    /// The database failed or is out of reach; try again.
    #[error("the journal's database failed")]
    Database(#[from] sqlx::Error),
}

/// Why an append was not confirmed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AppendFault {
    /// Another writer was there, or what the writer had stored is there no more (a replica was promoted without it). Nothing of this append was
    /// stored. Named are the journals it happened in.
    #[error("another writer has taken over, or entries that were stored are gone: {0:?}")]
    Fenced(Vec<(ServiceName, SchoolId)>),
    /// What was heard of these producers, each of a school, and maybe led to entries of this append, is not in their journals any more (a replica
    /// was promoted without it). Nothing of this append was stored.
    #[error("what was heard is not in its producer's journal any more: {0:?}")]
    Unfounded(BTreeMap<SchoolId, ServiceName>),
    /// Certainly not stored: the database is out of reach, full or failing.
    #[error("nothing was stored: {0}")]
    Unavailable(String),
    /// It may or may not be stored: rebuild from the journal.
    #[error("whether it was stored is not known: {0}")]
    Unknown(String),
}

/// Why a journal could not be said to hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFault {
    /// The chain is broken.
    #[error(transparent)]
    Broken(#[from] BrokenLink),
    /// It could not be read to the end.
    #[error(transparent)]
    Journal(JournalFault),
}

impl From<JournalFault> for VerifyFault {
    fn from(fault: JournalFault) -> Self {
        match fault {
            JournalFault::Unreadable(broken) => Self::Broken(broken),
            other @ (JournalFault::Address
            | JournalFault::Unsynced(_)
            | JournalFault::Migration(_)
            | JournalFault::Database(_)) => Self::Journal(other),
        }
    }
}
