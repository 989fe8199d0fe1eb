//! PostgreSQL: one schema for each service.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::rows::{self, COLUMNS, CURSOR_COLUMNS, CURSOR_MOVES};
use super::{Append, JournalFault, store};
use crate::entry::{Chain, Entry};
use crate::lease::members::NOTICES_WHO_IS_GONE;
use proto::envelope::Hash;
use proto::ids::SchoolId;
use proto::topics::ServiceName;

/// Connections of one process.
const CONNECTIONS: u32 = 8;

/// A transaction in which the server hears nothing for so long is ended, with its locks, in milliseconds: a writer that hangs in the middle of a
/// commit doesn't hold up whoever took its schools over. Well below the time after which that happens
/// ([`HEARD_OF_WITHIN`](crate::lease::members::HEARD_OF_WITHIN)).
const HUNG_AFTER_MS: &str = "5000";

/// Each of our statements finds few rows by their keys. One that moves the cursors of many schools looks costly to PostgreSQL all the same, and
/// it would spend some 0.2 s compiling what runs for milliseconds.
const NEVER_COMPILED: &str = "off";

store::store!(sqlx::Postgres, "BEGIN");

pub(super) async fn open(url: &str) -> Result<Store, JournalFault> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("homeward")
        .options([("idle_in_transaction_session_timeout", HUNG_AFTER_MS), ("jit", NEVER_COMPILED)])
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

/// The cursors that are to move, as columns: of which school, producer and version each is, and where it is to stand.
struct Moved<'a> {
    schools: Vec<&'a str>,
    producers: Vec<&'static str>,
    versions: Vec<i64>,
    epochs: Vec<&'a [u8]>,
    numbers: Vec<i64>,
    hashes: Vec<&'a [u8]>,
}

impl<'a> Moved<'a> {
    /// What stands behind the listener's name in a statement.
    const ROWS: &'static str =
        "UNNEST($2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::bigint[], $7::bytea[])";

    fn of(appends: &[&'a Append]) -> Self {
        let all =
            || appends.iter().flat_map(|append| append.cursors.iter().map(|cursor| (&append.school, cursor)));
        Self {
            schools: all().map(|(school, _)| school.as_str()).collect(),
            producers: all().map(|(_, cursor)| cursor.producer.as_str()).collect(),
            versions: all().map(|(_, cursor)| i64::from(cursor.listener_version)).collect(),
            epochs: all().map(|(_, cursor)| &cursor.epoch.as_bytes()[..]).collect(),
            numbers: all().map(|(_, cursor)| cursor.seq.cast_signed()).collect(),
            hashes: all().map(|(_, cursor)| &cursor.hash.0[..]).collect(),
        }
    }
}

/// Binds the listener, then the columns.
macro_rules! bound {
    ($query:expr, $listener:expr, $moved:expr) => {
        $query
            .bind($listener.as_str())
            .bind(&$moved.schools)
            .bind(&$moved.producers)
            .bind(&$moved.versions)
            .bind(&$moved.epochs)
            .bind(&$moved.numbers)
            .bind(&$moved.hashes)
    };
}

/// Which cursors are to stand at an entry that their producer, whose journal is in this database, does not have. (One that stands there already
/// is let be: its listener stops by itself.) Each row is looked up by its key: a plan that read a whole table would be chosen for a table that was
/// never analysed.
static UNFOUNDED: LazyLock<BTreeMap<ServiceName, String>> = LazyLock::new(|| {
    let of = |listener: ServiceName| {
        let stored = table(listener, "cursor");
        let missing = |producer: ServiceName| {
            let (journal, entry) = (table(producer, "journal"), table(producer, "entry"));
            format!(
                "SELECT school, producer FROM moved WHERE producer = '{producer}' \
                 AND epoch = (SELECT epoch FROM {journal} WHERE service = '{producer}' AND school = moved.school) \
                 AND encode(moved.hash, 'hex') IS DISTINCT FROM \
                 (SELECT {HASH} FROM {entry} WHERE service = '{producer}' AND school = moved.school AND seq = moved.seq) \
                 AND (SELECT (old.epoch, old.seq, old.hash) = (moved.epoch, moved.seq, moved.hash) FROM {stored} AS old \
                 WHERE service = $1 AND school = moved.school AND producer = moved.producer \
                 AND listener_version = moved.listener_version) IS NOT TRUE"
            )
        };
        let arms = ServiceName::ALL.map(missing).join(" UNION ALL ");
        let rows = Moved::ROWS;
        format!(
            "WITH moved (school, producer, listener_version, epoch, seq, hash) AS MATERIALIZED (SELECT * FROM {rows}) {arms}"
        )
    };
    ServiceName::ALL.map(|listener| (listener, of(listener))).into()
});

/// Of each school at most one producer that does not have the entry at which a cursor is to stand.
async fn unfounded(
    connection: &mut PgConnection,
    listener: ServiceName,
    appends: &[&Append],
) -> Result<BTreeMap<SchoolId, ServiceName>, sqlx::Error> {
    let moved = Moved::of(appends);
    if moved.schools.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = UNFOUNDED[&listener].as_str();
    let query = bound!(sqlx::query_as::<_, (String, String)>(text), listener, moved);
    let read = |(school, producer): (String, String)| {
        Ok((SchoolId::parse(&school).map_err(rows::strange)?, producer.parse().map_err(rows::strange)?))
    };
    query.fetch_all(connection).await?.into_iter().map(read).collect()
}

/// All of them by one statement: a commit of many schools asks no more often than one of one.
async fn move_cursors(
    connection: &mut PgConnection,
    listener: ServiceName,
    appends: &[&Append],
) -> Result<(), sqlx::Error> {
    let moved = Moved::of(appends);
    if moved.schools.is_empty() {
        return Ok(());
    }
    let rows = Moved::ROWS;
    let text = format!(
        "INSERT INTO {} AS old ({CURSOR_COLUMNS}) SELECT $1, * FROM {rows} {CURSOR_MOVES}",
        table(listener, "cursor")
    );
    bound!(sqlx::query(AssertSqlSafe(text)), listener, moved).execute(connection).await.map(drop)
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
