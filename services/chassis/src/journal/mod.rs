//! The journal: append-only, numbered, hash-chained, one sequence for each service and school. It is the truth;
//! what is not in it did not happen.
//!
//! - SQLite: one file for all services of a process, so that a copy is one consistent cut. WAL, synced commits, one
//!   writing connection behind one task which commits whatever waits in one transaction (group commit).
//! - PostgreSQL: one schema for each service; the same tables, the same statements.
//!
//! Invariants:
//! - A batch's entries and the cursors of what was heard are stored in one transaction, or not at all.
//! - The primary key (service, school, seq) fences a writer that was replaced. An append without entries, which no
//!   key would stop, is stored only while the head is the one its writer knows.
//! - PostgreSQL: whatever took the database's place, an append is chained to the newest entry there, and no cursor
//!   stands at an entry that its producer's journal, in the same database, does not have.
//! - A cursor never moves backwards within an epoch.
//!
//! What it does not do: decide, publish, or make entries (see [`crate::entry`]).

mod beside;
mod fault;
mod group;
mod pages;
mod postgres;
mod rows;
mod sqlite;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;
use proto::envelope::Hash;
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use uuid::Uuid;

pub use fault::{AppendFault, JournalFault, VerifyFault};
pub use group::MAX_GROUP_APPENDS;

use crate::entry::{BrokenLink, Chain, Entry};

/// The most rows the quarantine keeps (in each service's schema, with PostgreSQL): the oldest are dropped.
pub const MAX_QUARANTINED: i64 = 1_000;

/// The most bytes of a quarantined payload that are kept.
pub const MAX_QUARANTINED_BYTES: usize = 16 * 1024;

/// The most characters of a quarantined message's source and reason that are kept.
pub const MAX_QUARANTINED_TEXT: usize = 500;

/// What one writer wants stored at once for one service and school.
#[derive(Clone, Debug)]
pub struct Append {
    /// The service.
    pub service: ServiceName,
    /// The school.
    pub school: SchoolId,
    /// The newest number before these entries, as the writer knows it: what an append of cursors alone is fenced by.
    pub after: u64,
    /// Entries, in order, from `after + 1` on; shared with whoever publishes them.
    pub entries: Arc<Vec<Entry>>,
    /// What was heard up to where.
    pub cursors: Vec<Cursor>,
}

/// Up to where a listener has heard a producer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// The producer.
    pub producer: ServiceName,
    /// The version of the listener: another version hears from the start.
    pub listener_version: u32,
    /// The producer's epoch.
    pub epoch: Uuid,
    /// The newest number heard.
    pub seq: u64,
    /// The producer's hash there.
    pub hash: Hash,
}

/// A journal that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How many of them were blanked.
    pub blanked: u64,
    /// Its head.
    pub head: Chain,
}

/// A state written down, in place of the entries that led to it. Disposable: without it they are read.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The newest number in it.
    pub seq: u64,
    /// The chain's hash there: it binds the snapshot to this history.
    pub hash: Hash,
    /// Which release wrote it: no other reads it.
    pub version: u32,
    /// What it is.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Snapshot {
    /// Its bytes may hold names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Snapshot({} at {:?} of release {}, {} bytes)",
            self.seq,
            self.hash,
            self.version,
            self.bytes.len()
        )
    }
}

/// A message that could not be handled, kept for an operator to see.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quarantined {
    /// When it came.
    pub at: Timestamp,
    /// The service that could not handle it.
    pub service: ServiceName,
    /// Where it came from: a topic, as a rule. Clipped to [`MAX_QUARANTINED_TEXT`].
    pub source: String,
    /// Why it could not be handled. Clipped to [`MAX_QUARANTINED_TEXT`].
    pub reason: String,
    /// What it was. Clipped to [`MAX_QUARANTINED_BYTES`].
    pub payload: Vec<u8>,
}

/// A handle to a journal; clones share it.
#[derive(Clone)]
pub struct Journal(Store);

#[derive(Clone)]
enum Store {
    Sqlite(sqlite::Store, group::Writer),
    Postgres(postgres::Store),
}

impl std::fmt::Debug for Journal {
    /// Its address may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Journal(…)")
    }
}

/// The same call on either store.
macro_rules! either {
    ($journal:expr, $store:ident => $call:expr) => {
        match &$journal.0 {
            Store::Sqlite($store, _) => $call,
            Store::Postgres($store) => $call,
        }
    };
}

impl Journal {
    /// Opens the journal at `sqlite:PATH` or `postgres://…`, makes it if there is none, and brings its tables up to date.
    /// Call it inside a tokio runtime, which has to live as long as the journal.
    pub async fn open(url: &str) -> Result<Self, JournalFault> {
        if let Some(path) = sqlite::path(url) {
            let store = sqlite::open(path).await?;
            let writer = group::Writer::start(store.clone());
            return Ok(Self(Store::Sqlite(store, writer)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self(Store::Postgres(postgres::open(url).await?)));
        }
        Err(JournalFault::Address)
    }

    /// Stores all of it in one transaction, synced, or nothing. Once begun it goes on even if the caller is cancelled
    /// (SQLite), so that a cancelled caller must treat the outcome as unknown.
    pub async fn append(&self, appends: Vec<Append>) -> Result<(), AppendFault> {
        debug_assert!(appends.iter().all(Append::is_in_order), "an append's entries follow its head");
        match &self.0 {
            Store::Sqlite(_, writer) => writer.append(appends).await,
            Store::Postgres(store) => store.append(&appends.iter().collect::<Vec<_>>()).await,
        }
    }

    /// The head of a journal; a journal that is not there yet is begun with a new epoch.
    pub async fn begin(&self, service: ServiceName, school: &SchoolId) -> Result<Chain, JournalFault> {
        either!(self, store => store.begin(service, school).await)
    }

    /// Gives the journal a new epoch, after a restore: every consumer then stops rather than take new numbers for old.
    pub async fn new_epoch(&self, service: ServiceName, school: &SchoolId) -> Result<Chain, JournalFault> {
        either!(self, store => store.new_epoch(service, school).await)
    }

    /// The schools whose journals, all of that service, don't have that entry any more, in that epoch: another database may stand in the place
    /// of theirs by now (a replica, promoted without the last entries). With SQLite nothing takes the place of a file that is open.
    pub async fn without(
        &self,
        service: ServiceName,
        stored: &[Chain],
    ) -> Result<BTreeSet<SchoolId>, JournalFault> {
        match &self.0 {
            Store::Sqlite(..) => Ok(BTreeSet::new()),
            Store::Postgres(store) => {
                let without = postgres::without(store, service, stored).await?;
                Ok(stored
                    .iter()
                    .map(|chain| &chain.school)
                    .filter(|of| without.contains(&of.to_string()))
                    .cloned()
                    .collect())
            }
        }
    }

    /// Up to `limit` entries from number `from` on.
    pub async fn read(
        &self,
        service: ServiceName,
        school: &SchoolId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, JournalFault> {
        let mut page = Vec::with_capacity(limit.min(1_024));
        if limit > 0 {
            let take = |entry| {
                page.push(entry);
                if page.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            self.scan_by(service, school, from, limit as u64, take).await?;
        }
        Ok(page)
    }

    /// Hands over every entry from number `from` on, in order, until there is no more or `each` breaks.
    pub async fn scan<F>(
        &self,
        service: ServiceName,
        school: &SchoolId,
        from: u64,
        each: F,
    ) -> Result<(), JournalFault>
    where
        F: FnMut(Entry) -> ControlFlow<()> + Send,
    {
        self.scan_by(service, school, from, pages::MAX_PAGE, each).await
    }

    async fn scan_by<F>(
        &self,
        service: ServiceName,
        school: &SchoolId,
        from: u64,
        page: u64,
        each: F,
    ) -> Result<(), JournalFault>
    where
        F: FnMut(Entry) -> ControlFlow<()> + Send,
    {
        match &self.0 {
            Store::Sqlite(store, _) => store.scan_pages(service, school, from, page, each).await,
            Store::Postgres(store) => store.scan(service, school, from, each).await,
        }
    }

    /// The schools for which the service has a journal.
    pub async fn schools(&self, service: ServiceName) -> Result<Vec<SchoolId>, JournalFault> {
        either!(self, store => store.schools(service).await)
    }

    /// Up to where the service has heard others, for that school: of every version of its listener.
    pub async fn cursors(
        &self,
        service: ServiceName,
        school: &SchoolId,
    ) -> Result<Vec<Cursor>, JournalFault> {
        either!(self, store => store.cursors(service, school).await)
    }

    /// Erases the personal parts of those entries, for good, and the snapshot that may hold them too. Says how many
    /// had one. The chain still verifies. With SQLite the old bytes are overwritten; PostgreSQL frees them at its next
    /// vacuum.
    pub async fn blank(
        &self,
        service: ServiceName,
        school: &SchoolId,
        seqs: &[u64],
    ) -> Result<u64, JournalFault> {
        either!(self, store => store.blank(service, school, seqs).await)
    }

    /// How often personal parts of the journal were blanked: who holds a state that was read before that holds what is to
    /// be forgotten.
    pub async fn blankings(&self, service: ServiceName, school: &SchoolId) -> Result<u64, JournalFault> {
        either!(self, store => store.blankings(service, school).await)
    }

    /// The same of each school of that service in whose journal any were.
    pub async fn all_blankings(&self, service: ServiceName) -> Result<BTreeMap<SchoolId, u64>, JournalFault> {
        either!(self, store => store.all_blankings(service).await)
    }

    /// Empties what the database keeps beside its tables (SQLite's write-ahead log), where overwritten bytes still stand.
    /// Tells whether it could: who reads just now keeps it, and it is asked again later.
    pub async fn forget(&self) -> Result<bool, JournalFault> {
        either!(self, store => store.forget().await)
    }

    /// Reads the whole journal and follows its chain.
    pub async fn verify(&self, service: ServiceName, school: &SchoolId) -> Result<Verified, VerifyFault> {
        let epoch = either!(self, store => store.epoch(service, school).await)?;
        let mut head = Chain::empty(service, school.clone(), epoch.unwrap_or(Uuid::nil()));
        let (mut blanked, mut broken) = (0, None::<BrokenLink>);
        self.scan(service, school, 0, |entry| {
            blanked += u64::from(entry.personal_hash.is_some() && entry.personal.is_none());
            match head.follow(&entry) {
                Ok(()) => ControlFlow::Continue(()),
                Err(link) => {
                    broken = Some(link);
                    ControlFlow::Break(())
                }
            }
        })
        .await?;
        match broken {
            Some(link) => Err(link.into()),
            None => Ok(Verified { entries: head.seq, blanked, head }),
        }
    }

    /// Keeps a snapshot in place of the one before. It is bound to the entry of its number and hash, and to how often the
    /// journal was blanked when its state was read ([`Journal::blankings`]): nothing is kept if either is otherwise.
    pub async fn snapshot_put(
        &self,
        service: ServiceName,
        school: &SchoolId,
        snapshot: &Snapshot,
        blankings: u64,
    ) -> Result<(), JournalFault> {
        either!(self, store => store.snapshot_put(service, school, snapshot, blankings).await)
    }

    /// The snapshot of that version, if there is one and it belongs to this history.
    pub async fn snapshot_get(
        &self,
        service: ServiceName,
        school: &SchoolId,
        version: u32,
    ) -> Result<Option<Snapshot>, JournalFault> {
        either!(self, store => store.snapshot_get(service, school, version).await)
    }

    /// Keeps a message that could not be handled, clipped, and drops the oldest beyond [`MAX_QUARANTINED`].
    pub async fn quarantine_put(&self, message: &Quarantined) -> Result<(), JournalFault> {
        either!(self, store => store.quarantine_put(message).await)
    }

    /// Drops messages that came before then. Says how many.
    pub async fn quarantine_forget(&self, before: Timestamp) -> Result<u64, JournalFault> {
        either!(self, store => store.quarantine_forget(before).await)
    }

    /// The newest messages that could not be handled, newest first.
    pub async fn quarantine_list(&self, limit: usize) -> Result<Vec<Quarantined>, JournalFault> {
        either!(self, store => store.quarantine_list(limit).await)
    }

    /// Notes that the service was alive.
    pub async fn mark_alive(&self, service: ServiceName, at: Timestamp) -> Result<(), JournalFault> {
        either!(self, store => store.mark_alive(service, at).await)
    }

    /// When the service was last alive, to the millisecond.
    pub async fn last_alive(&self, service: ServiceName) -> Result<Option<Timestamp>, JournalFault> {
        either!(self, store => store.last_alive(service).await)
    }

    /// What time it is by the database's own machine; none with SQLite, whose machine is ours.
    pub async fn clock(&self) -> Result<Option<Timestamp>, JournalFault> {
        match &self.0 {
            Store::Sqlite(..) => Ok(None),
            Store::Postgres(store) => Ok(Some(postgres::clock(store).await?)),
        }
    }

    /// Waits for what is under way and closes the database.
    pub async fn close(self) {
        either!(self, store => store.close().await);
    }
}

/// The path of a `sqlite:` address.
pub(crate) fn sqlite_path(url: &str) -> Option<&std::path::Path> {
    sqlite::path(url)
}

impl Append {
    /// Whether it follows that number and hash: its first entry is chained to them.
    fn follows(&self, (seq, hash): (u64, Hash)) -> bool {
        self.after == seq && self.entries.first().is_none_or(|first| first.link(hash) == first.hash)
    }

    fn is_in_order(&self) -> bool {
        self.entries.iter().zip(self.after + 1..).all(|(entry, seq)| {
            entry.seq == seq && entry.service == self.service && entry.school == self.school
        })
    }
}
