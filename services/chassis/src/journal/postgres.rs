//! PostgreSQL: one schema for each service.

use std::collections::BTreeMap;
use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::rows::{self, COLUMNS};
use super::{Append, Cursor, JournalFault, store};
use crate::entry::{Chain, Entry};
use crate::lease::members::NOTICES_WHO_IS_GONE;
use proto::envelope::Hash;
use proto::topics::ServiceName;

/// Connections of one process.
const CONNECTIONS: u32 = 8;

/// A transaction in which the server hears nothing for so long is ended, with its locks, in milliseconds: a writer that hangs in the middle of a
/// commit doesn't hold up whoever took its schools over. Well below the time after which that happens
/// ([`HEARD_OF_WITHIN`](crate::lease::members::HEARD_OF_WITHIN)).
const HUNG_AFTER_MS: &str = "5000";

store::store!(sqlx::Postgres, "BEGIN");

pub(super) async fn open(url: &str) -> Result<Store, JournalFault> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("homeward")
        .options([("idle_in_transaction_session_timeout", HUNG_AFTER_MS)])
        .options(NOTICES_WHO_IS_GONE)
        .disable_statement_logging();
    let mut connection = PgConnection::connect_with(&options).await?;
    refuse_unsynced(&mut connection).await?;
    for service in ServiceName::ALL {
        migrate(&mut connection, service).await?;
    }
    connection.close().await?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_lazy_with(options);
    Ok(Store { writer: pool.clone(), readers: pool })
}

/// A commit that isn't synced is no commit.
async fn refuse_unsynced(connection: &mut PgConnection) -> Result<(), JournalFault> {
    let text =
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'";
    match sqlx::query_scalar::<_, String>(text).fetch_optional(connection).await? {
        Some(setting) => Err(JournalFault::Unsynced(setting)),
        None => Ok(()),
    }
}

/// What time it is there.
pub(super) async fn clock(store: &Store) -> Result<jiff::Timestamp, JournalFault> {
    let text = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let now_ms: i64 = sqlx::query_scalar(text).fetch_one(&store.readers).await?;
    Ok(rows::timestamp(now_ms).map_err(rows::strange)?)
}

/// The tables have no schema in their text: they fall into the first one of the search path.
async fn migrate(connection: &mut PgConnection, service: ServiceName) -> Result<(), JournalFault> {
    sqlx::query(AssertSqlSafe(format!("SET search_path TO {service}"))).execute(&mut *connection).await?;
    let mut migrator = Migrator::with_migrations(rows::migrations([
        include_str!("../../migrations/postgres/0001_journal.sql"),
        include_str!("../../migrations/postgres/0002_blanking.sql"),
    ]));
    migrator.create_schema(service.as_str());
    migrator.run_direct(None, connection, false).await?;
    Ok(())
}

fn table(service: ServiceName, name: &str) -> String {
    format!("{service}.{name}")
}

/// Whose tables hold the quarantine: each service its own.
const PLACES: &[ServiceName] = &ServiceName::ALL;

/// The hash of an entry: see `rows::seal`.
const HASH: &str = "split_part(sealed, ' ', 2)";

/// Locks the journals that are appended to, in one order, so that a check of their heads holds until the commit. Gives their heads: the
/// newest number of each, and the hash there.
async fn lock(
    connection: &mut PgConnection,
    service: ServiceName,
    appends: &[&Append],
) -> Result<BTreeMap<String, (u64, Hash)>, sqlx::Error> {
    let schools: Vec<&str> = appends.iter().map(|append| append.school.as_str()).collect();
    let (journal, entry) = (table(service, "journal"), table(service, "entry"));
    let text = format!(
        "SELECT j.school, newest.seq, newest.hash FROM {journal} AS j LEFT JOIN LATERAL
         (SELECT seq, {HASH} AS hash FROM {entry} AS e WHERE e.service = $1 AND e.school = j.school ORDER BY seq DESC LIMIT 1)
         AS newest ON TRUE WHERE j.service = $1 AND j.school = ANY($2) ORDER BY j.school FOR UPDATE OF j"
    );
    let heads: Vec<(String, Option<i64>, Option<String>)> = sqlx::query_as(AssertSqlSafe(text))
        .bind(service.as_str())
        .bind(schools)
        .fetch_all(connection)
        .await?;
    let head = |(school, seq, hash): (String, Option<i64>, Option<String>)| {
        let hash = hash.map_or(Ok(Hash::ZERO), |hash| rows::hash(&hash)).map_err(rows::strange)?;
        Ok((school, (seq.unwrap_or(0).cast_unsigned(), hash)))
    };
    heads.into_iter().map(head).collect()
}

/// A producer whose journal is in this database, and does not have the entry at which its cursor is to stand. (One that stands there already is
/// let be: its listener stops by itself.)
async fn unfounded(
    connection: &mut PgConnection,
    append: &Append,
) -> Result<Option<ServiceName>, sqlx::Error> {
    let (listener, stored) = (append.service, table(append.service, "cursor"));
    let missing = |(index, cursor): (usize, &Cursor)| {
        let (producer, first) = (cursor.producer, 2 + 3 * index);
        let (number, hash) = (first + 1, first + 2);
        let (journal, entry) = (table(producer, "journal"), table(producer, "entry"));
        let of = format!("service = '{producer}' AND school = $1");
        format!(
            "SELECT '{producer}' WHERE EXISTS (SELECT 1 FROM {journal} WHERE {of} AND epoch = ${first}) AND NOT EXISTS \
             (SELECT 1 FROM {entry} WHERE {of} AND seq = ${number} AND {HASH} = ${hash}) AND NOT EXISTS \
             (SELECT 1 FROM {stored} WHERE service = '{listener}' AND school = $1 AND producer = '{producer}' \
              AND epoch = ${first} AND seq = ${number} AND encode(hash, 'hex') = ${hash})"
        )
    };
    let all: Vec<String> = append.cursors.iter().enumerate().map(missing).collect();
    if all.is_empty() {
        return Ok(None);
    }
    let mut query = sqlx::query_scalar::<_, String>(AssertSqlSafe(all.join(" UNION ALL ") + " LIMIT 1"))
        .bind(append.school.as_str());
    for Cursor { epoch, seq, hash, .. } in &append.cursors {
        query = query.bind(&epoch.as_bytes()[..]).bind(seq.cast_signed()).bind(hash.to_string());
    }
    let producer = query.fetch_optional(connection).await?;
    producer.map(|name| name.parse().map_err(rows::strange)).transpose()
}

/// The schools of those journals, all of one service, that don't have that entry.
pub(super) async fn without(
    store: &Store,
    service: ServiceName,
    stored: &[Chain],
) -> Result<Vec<String>, sqlx::Error> {
    let (journal, entry) = (table(service, "journal"), table(service, "entry"));
    let text = format!(
        "SELECT stored.school FROM UNNEST($2::text[], $3::bytea[], $4::bigint[], $5::text[]) AS stored (school, epoch, seq, hash)
         WHERE NOT EXISTS (SELECT 1 FROM {journal} AS j WHERE j.service = $1 AND j.school = stored.school AND j.epoch = stored.epoch)
         OR stored.seq > 0 AND NOT EXISTS
         (SELECT 1 FROM {entry} AS e WHERE e.service = $1 AND e.school = stored.school AND e.seq = stored.seq AND {HASH} = stored.hash)"
    );
    sqlx::query_scalar(AssertSqlSafe(text))
        .bind(service.as_str())
        .bind(stored.iter().map(|chain| chain.school.as_str()).collect::<Vec<_>>())
        .bind(stored.iter().map(|chain| chain.epoch.as_bytes().to_vec()).collect::<Vec<_>>())
        .bind(stored.iter().map(|chain| chain.seq.cast_signed()).collect::<Vec<_>>())
        .bind(stored.iter().map(|chain| chain.hash.to_string()).collect::<Vec<_>>())
        .fetch_all(&store.readers)
        .await
}

/// The next vacuum frees what was overwritten.
async fn forget(_: &mut PgConnection) -> Result<bool, sqlx::Error> {
    Ok(true)
}

async fn insert(
    connection: &mut PgConnection,
    service: ServiceName,
    entries: &[&Entry],
) -> Result<(), sqlx::Error> {
    let text = format!(
        "INSERT INTO {} (service, school, {COLUMNS}) SELECT $1, * FROM UNNEST($2::text[], $3::bigint[], $4::text[], \
         $5::text[], $6::text[], $7::text[])",
        table(service, "entry")
    );
    macro_rules! column {
        ($entry:ident => $value:expr) => {
            entries.iter().map(|$entry| $value).collect::<Vec<_>>()
        };
    }
    sqlx::query(AssertSqlSafe(text))
        .bind(service.as_str())
        .bind(column!(entry => entry.school.as_str()))
        .bind(column!(entry => entry.seq.cast_signed()))
        .bind(column!(entry => entry.kind.as_str()))
        .bind(column!(entry => entry.facts.as_str()))
        .bind(column!(entry => entry.personal.as_ref().map(rows::pack)))
        .bind(column!(entry => rows::seal(entry)))
        .execute(connection)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proto::envelope::Actor;
    use proto::ids::SchoolId;
    use uuid::Uuid;

    use super::*;
    use crate::entry::Draft;
    use crate::journal::Journal;
    use crate::testing::postgres::Postgres;

    /// Tests never wait longer for anything.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A writer stops in the middle of a commit and is heard of no more, its transaction open and the journal's row locked. Whoever took its
    /// school over stores all the same, within seconds. [HW-D3]
    #[tokio::test]
    async fn a_writer_that_hangs_in_the_middle_of_a_commit_holds_nobody_up() {
        let server = Postgres::start();
        let url = server.database("hung");
        let (service, school) = (ServiceName::Checkins, SchoolId::parse("elmfield").expect("a slug"));
        let journal = Journal::open(&url).await.expect("opens");
        let mut chain = journal.begin(service, &school).await.expect("begun");
        let cause = Uuid::from_u128(1);
        let draft = Draft {
            recorded_at: Timestamp::UNIX_EPOCH,
            kind: "CheckedIn".into(),
            data: "{}".into(),
            cause,
            correlation: cause,
            actor: Actor::Service(service),
            trip: None,
            traceparent: None,
        };
        let entries = vec![chain.next(draft, [0; 16])];
        let one = Append { service, school, after: 0, entries: entries.into(), cursors: Vec::new() };

        let hung = open(&url).await.expect("opens");
        let mut transaction = hung.writer.begin().await.expect("begins");
        lock(&mut transaction, service, &[&one]).await.expect("locked");
        let stored =
            tokio::time::timeout(PATIENCE, journal.append(vec![one])).await.expect("nobody holds it up");
        stored.expect("stored");
        assert!(transaction.commit().await.is_err(), "the server gave up whoever hung");
    }
}
