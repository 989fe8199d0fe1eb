//! SQLite: one file, one writing connection, a few that read.
//!
//! See `pages.rs` for how a long journal is read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

use super::rows::{self, COLUMN_COUNT, COLUMNS, CURSOR_COLUMNS, CURSOR_MOVES};
use super::{Append, JournalFault, store};
use crate::entry::Entry;
use proto::envelope::Hash;
use proto::ids::SchoolId;
use proto::topics::ServiceName;

/// How long a connection waits for another process's lock (a back-up being taken).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections that read; each holds a page cache, and an idle one is closed.
const READERS: u32 = 4;

/// What each of them keeps of pages, in KiB (SQLite writes that with a minus). They read the newest entries, or all in their order: what is not at
/// hand comes from the system's own cache. (SQLite's 2 MiB, for each, was all that a process grew by over months.)
const READERS_CACHE: &str = "-256";

/// Entries are inserted in chunks of these sizes, so that each statement is prepared once. The largest stays well
/// under SQLite's limit of 32,766 bound values.
const CHUNKS: [usize; 8] = [256, 64, 32, 16, 8, 4, 2, 1];

const _: () = assert!(CHUNKS[0] * COLUMN_COUNT < 32_766, "SQLite's limit of bound values");

static INSERTS: LazyLock<[std::sync::Arc<str>; 8]> =
    LazyLock::new(|| CHUNKS.map(|rows| insert_text(rows).into()));

store::store!(sqlx::Sqlite, "BEGIN IMMEDIATE");

impl Store {
    /// The connections that read.
    pub(super) fn readers(&self) -> &sqlx::SqlitePool {
        &self.readers
    }
}

/// The path of a `sqlite:` address.
pub(super) fn path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
}

pub(super) async fn open(path: &Path) -> Result<Store, JournalFault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    let one = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let writer = one.connect_with(options.clone()).await?;
    let texts = [
        include_str!("../../migrations/sqlite/0001_journal.sql"),
        include_str!("../../migrations/sqlite/0002_blanking.sql"),
    ];
    Migrator::with_migrations(rows::migrations(texts)).run(&writer).await?;
    let several = SqlitePoolOptions::new().max_connections(READERS).min_connections(0);
    let options = options.create_if_missing(false).pragma("cache_size", READERS_CACHE);
    let readers = several.idle_timeout(Duration::from_secs(60)).connect_lazy_with(options);
    Ok(Store { writer, readers })
}

/// All services share the file's tables.
fn table(_: ServiceName, name: &str) -> String {
    name.to_owned()
}

/// Whose tables hold the quarantine: any service's, since they share them.
const PLACES: &[ServiceName] = &[ServiceName::People];

/// A writing transaction has the file to itself, and no other file takes its place: no head is looked at.
async fn lock(
    _: &mut SqliteConnection,
    _: ServiceName,
    _: &[&Append],
) -> Result<BTreeMap<String, (u64, Hash)>, sqlx::Error> {
    Ok(BTreeMap::new())
}

/// As `lock`: no other file takes its place, and what was heard stays there.
async fn unfounded(
    _: &mut SqliteConnection,
    _: ServiceName,
    _: &[&Append],
) -> Result<BTreeMap<SchoolId, ServiceName>, sqlx::Error> {
    Ok(BTreeMap::new())
}

async fn move_cursors(
    connection: &mut SqliteConnection,
    listener: ServiceName,
    appends: &[&Append],
) -> Result<(), sqlx::Error> {
    let text =
        format!("INSERT INTO cursor AS old ({CURSOR_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) {CURSOR_MOVES}");
    for append in appends {
        for cursor in &append.cursors {
            sqlx::query(AssertSqlSafe(text.as_str()))
                .bind(listener.as_str())
                .bind(append.school.as_str())
                .bind(cursor.producer.as_str())
                .bind(i64::from(cursor.listener_version))
                .bind(&cursor.epoch.as_bytes()[..])
                .bind(cursor.seq.cast_signed())
                .bind(&cursor.hash.0[..])
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// Overwritten bytes still stand in the write-ahead log: empties it. Tells whether it could: who reads just now keeps it.
async fn forget(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(busy == 0)
}

async fn insert(
    connection: &mut SqliteConnection,
    _: ServiceName,
    mut entries: &[&Entry],
) -> Result<(), sqlx::Error> {
    for (count, text) in CHUNKS.iter().zip(INSERTS.iter()) {
        while entries.len() >= *count {
            let (chunk, rest) = entries.split_at(*count);
            let mut query = sqlx::query(AssertSqlSafe(text.clone()));
            for entry in chunk {
                query = query
                    .bind(entry.service.as_str())
                    .bind(entry.school.as_str())
                    .bind(entry.seq.cast_signed())
                    .bind(entry.kind.as_str())
                    .bind(entry.facts.as_str())
                    .bind(entry.personal.as_ref().map(rows::pack))
                    .bind(rows::seal(entry));
            }
            query.execute(&mut *connection).await?;
            entries = rest;
        }
    }
    Ok(())
}

fn insert_text(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMN_COUNT].join(","));
    format!("INSERT INTO entry (service, school, {COLUMNS}) VALUES {}", vec![row; rows].join(","))
}
