//! Back-ups: all journals of an installation, as they stood at one instant, in one portable file.
//!
//! - The file is a SQLite database with the tables of the all-in-one journal (the board adds its own beside them): whatever
//!   the installation's database is, it can be restored into the other one, and `homeward verify` reads it as it is.
//! - On line: one read transaction (SQLite's in WAL mode; PostgreSQL's at REPEATABLE READ) sees every table as it stood when
//!   it began, while services go on. So a cursor in it never leads beyond the journal that it points into.
//! - Restored journals get new epochs, and the cursors in the file follow them: what was restored fits itself, and whoever
//!   heard more than it holds (a board that went on, another system, a service of another database) is told so by the epoch.
//!
//! What it does not do: hold the installation's secret (see `secret.key`), snapshots (they are disposable), or sessions.

mod check;
mod place;

use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;

pub use check::{Depth, Held, Loose, look_through};
pub use place::{Column, Kind, Place, Table};

use crate::journal::{Journal, JournalFault};
use proto::topics::ServiceName;

/// The journal's tables, in an order in which a copy without a transaction would show: cursors last.
pub const TABLES: [Table; 5] = [
    Table {
        name: "journal",
        columns: &[("service", Kind::Text), ("school", Kind::Text), ("epoch", Kind::Bytes)],
        order: "service, school",
    },
    Table {
        name: "entry",
        columns: &[
            ("service", Kind::Text),
            ("school", Kind::Text),
            ("seq", Kind::Integer),
            ("kind", Kind::Text),
            ("facts", Kind::Text),
            ("personal", Kind::Text),
            ("sealed", Kind::Text),
        ],
        order: "service, school, seq",
    },
    Table {
        name: "quarantine",
        columns: &[
            ("at_ms", Kind::Integer),
            ("service", Kind::Text),
            ("source", Kind::Text),
            ("reason", Kind::Text),
            ("payload", Kind::Bytes),
        ],
        order: "id",
    },
    Table { name: "alive", columns: &[("service", Kind::Text), ("at_ms", Kind::Integer)], order: "service" },
    Table {
        name: "cursor",
        columns: &[
            ("service", Kind::Text),
            ("school", Kind::Text),
            ("producer", Kind::Text),
            ("listener_version", Kind::Integer),
            ("epoch", Kind::Bytes),
            ("seq", Kind::Integer),
            ("hash", Kind::Bytes),
        ],
        order: "service, school, producer, listener_version",
    },
];

/// Why there is no back-up, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// One of the databases.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// Something is there already.
    #[error("{0}")]
    NotEmpty(String),
}

impl From<sqlx::Error> for BackupFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Journal(error.into())
    }
}

/// Copies every journal of the database at `url`, as they stand at one instant, into the portable file at `into`, which is
/// made. Says how many entries there are.
pub async fn back_up(url: &str, into: &str) -> Result<u64, BackupFault> {
    // Makes the tables, of this release. Those of who is at work are left as they are.
    Journal::open(into).await?.close().await;
    let (mut from, mut to) = (Place::open(url).await?, Place::open(into).await?);
    from.begin_reading().await?;
    to.begin().await?;
    let entries = copy_all(&mut from, &mut to).await?;
    to.commit().await?;
    to.close().await?;
    from.close().await?;
    Ok(entries)
}

/// Copies every journal of the portable file into the database at `url`, which must hold none, and gives each a new epoch.
/// Says how many entries there are. Nobody may be at work there: the caller holds its lease.
pub async fn restore(file: &str, url: &str) -> Result<u64, BackupFault> {
    let target = Journal::open(url).await?;
    for service in ServiceName::ALL {
        if let Some(school) = target.schools(service).await?.first() {
            let there = format!("the database has a journal already, that of {service} of {school}");
            return Err(BackupFault::NotEmpty(there));
        }
    }
    target.close().await;
    let (mut from, mut to) = (Place::open(file).await?, Place::open(url).await?);
    from.begin_reading().await?;
    to.begin().await?;
    let entries = copy_all(&mut from, &mut to).await?;
    new_epochs(&mut to).await?;
    to.commit().await?;
    to.close().await?;
    from.close().await?;
    Ok(entries)
}

/// Table by table; a service's rows stand in its own schema with PostgreSQL, all in one table with SQLite. Says how many
/// entries it were.
async fn copy_all(from: &mut Place, to: &mut Place) -> Result<u64, sqlx::Error> {
    let mut entries = 0;
    for table in &TABLES {
        for service in ServiceName::ALL {
            let copied = from.copy_into(to, table, Some(service.as_str())).await?;
            entries += if table.name == "entry" { copied } else { 0 };
        }
    }
    Ok(entries)
}

/// A new epoch for every journal; the cursors that lead into the old one lead into the new one.
async fn new_epochs(place: &mut Place) -> Result<(), sqlx::Error> {
    for service in ServiceName::ALL {
        for (school, old) in place.epochs(service).await? {
            let new = Uuid::now_v7();
            place.set_epoch(service, &school, &old, new.as_bytes()).await?;
        }
    }
    Ok(())
}

/// Empties the write-ahead log of a file that is done, so that the file alone is all of it.
pub async fn seal(file: &str) -> Result<(), sqlx::Error> {
    let mut connection = sqlx::SqliteConnection::connect(file).await?;
    sqlx::query(AssertSqlSafe("PRAGMA journal_mode = DELETE")).execute(&mut connection).await?;
    connection.close().await
}
