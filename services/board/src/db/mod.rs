//! Log-ins, sessions, tokens and drafts, in SQLite or PostgreSQL. Nothing of it ever enters an event.
//!
//! One body of SQL serves both. Secrets are kept as hashes: passwords as Argon2id, session and bearer tokens (random,
//! 256 bits) as BLAKE3. The tables may share a database with the journal: they have a migrations table of their own.

mod accounts;
mod backup;
mod drafts;
mod known_browsers;
mod logins;
mod phone_browsers;
mod readings;
mod second_factors;
mod sessions;

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, PgConnection, SqlSafeStr};

pub use accounts::Account;
pub use drafts::{Draft, DraftOf, KEPT_FOR};
pub use logins::{Login, LoginFault, LoginId};
pub use phone_browsers::{Opened, PageOf};
pub use readings::{ONE_READING_MS, Reading, Which};
pub use second_factors::StoredFactor;
pub use sessions::{NewSession, SessionKind, StoredSession};

/// Connections of one process.
const CONNECTIONS: u32 = 4;

/// What each keeps of pages with SQLite, in KiB (which is written with a minus).
const CACHE: &str = "-512";

/// How long a connection waits for another writer of the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The schema with PostgreSQL.
const SCHEMA: &str = "board";

/// The database failed, or its address is wrong.
#[derive(Debug, thiserror::Error)]
pub enum DbFault {
    /// Neither `sqlite:` nor `postgres://`.
    #[error("a database is sqlite:PATH or postgres://…")]
    Address,
    /// The database said no.
    #[error("the database of log-ins failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Its tables can't be brought up to date.
    #[error("the tables of log-ins can't be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// It is as an older release left it.
    #[error(
        "an older release wrote these tables, and this one has not opened them yet: back up with the release that wrote them, or start this one first"
    )]
    Older,
    /// A row that this version can't read.
    #[error("a stored log-in can't be read: {0}")]
    Unreadable(String),
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Pool);

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The same call on either pool.
macro_rules! either {
    ($db:expr, $pool:ident => $call:expr) => {
        match &$db.0 {
            $crate::db::Pool::Sqlite($pool) => $call,
            $crate::db::Pool::Postgres($pool) => $call,
        }
    };
}
use either;

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`, and brings the tables up to date.
    pub async fn open(url: &str) -> Result<Self, DbFault> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return open_sqlite(path.strip_prefix("//").unwrap_or(path)).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return open_postgres(url).await;
        }
        Err(DbFault::Address)
    }

    /// Waits for what is under way and closes it.
    pub async fn close(self) {
        either!(self, pool => pool.close().await);
    }
}

async fn open_sqlite(path: &str) -> Result<Db, DbFault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .pragma("cache_size", CACHE)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?;
    let texts = [
        include_str!("../../migrations/sqlite/0001_logins.sql"),
        include_str!("../../migrations/sqlite/0002_drafts.sql"),
        include_str!("../../migrations/sqlite/0003_second_factor.sql"),
        include_str!("../../migrations/sqlite/0004_readings.sql"),
        include_str!("../../migrations/sqlite/0005_phone_browsers.sql"),
        include_str!("../../migrations/sqlite/0006_accounts.sql"),
        include_str!("../../migrations/sqlite/0007_session_roles.sql"),
    ];
    migrator(texts).run(&pool).await?;
    Ok(Db(Pool::Sqlite(pool)))
}

async fn open_postgres(url: &str) -> Result<Db, DbFault> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("homeward-board")
        .options([("search_path", SCHEMA)]);
    let mut connection = PgConnection::connect_with(&options).await?;
    let mut migrator = migrator([
        include_str!("../../migrations/postgres/0001_logins.sql"),
        include_str!("../../migrations/postgres/0002_drafts.sql"),
        include_str!("../../migrations/postgres/0003_second_factor.sql"),
        include_str!("../../migrations/postgres/0004_readings.sql"),
        include_str!("../../migrations/postgres/0005_phone_browsers.sql"),
        include_str!("../../migrations/postgres/0006_accounts.sql"),
        include_str!("../../migrations/postgres/0007_session_roles.sql"),
    ]);
    migrator.create_schema(SCHEMA);
    migrator.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_lazy_with(options);
    Ok(Db(Pool::Postgres(pool)))
}

/// What each step is called, in the order in which they came.
const STEPS: [&str; 7] =
    ["logins", "drafts", "second factor", "readings", "phone browsers", "accounts", "session roles"];

/// Where it is noted how far the tables are brought up to date.
const MIGRATIONS: &str = "_board_migrations";

fn migrator(texts: [&'static str; STEPS.len()]) -> Migrator {
    let steps = (1..).zip(STEPS).zip(texts).map(|((number, name), text)| {
        Migration::new(number, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name(MIGRATIONS);
    migrator
}
