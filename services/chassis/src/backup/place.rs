//! A database to copy from or into: one connection, tables as rows of plain values.

use std::str::FromStr;

use futures::TryStreamExt;
use proto::topics::ServiceName;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection};

use crate::journal::{JournalFault, sqlite_path};

/// Rows that are written by one statement.
const ROWS: usize = 256;

/// What a column holds; any of them may be absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A number.
    Integer,
    /// Bytes.
    Bytes,
}

/// A column's name, and what it holds.
pub type Column = (&'static str, Kind);

/// A table that is copied.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What is copied of it.
    pub columns: &'static [Column],
    /// By which columns its rows are put in order.
    pub order: &'static str,
}

/// A value of a row.
enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

/// A connection to one of the two databases.
pub enum Place {
    /// A file.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Place(SQLite)",
            Self::Postgres(_) => "Place(PostgreSQL)",
        })
    }
}

/// The same on either connection.
macro_rules! either {
    ($place:expr, $connection:ident => $call:expr) => {
        match $place {
            Place::Sqlite($connection) => $call,
            Place::Postgres($connection) => $call,
        }
    };
}

/// Binds the values of rows and runs the statement.
macro_rules! run {
    ($database:ty, $connection:expr, $text:expr, $rows:expr) => {{
        let mut query = sqlx::query::<$database>(AssertSqlSafe($text));
        for value in $rows.drain(..).flatten() {
            query = match value {
                Value::Text(value) => query.bind(value),
                Value::Integer(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query.execute($connection).await.map(drop)
    }};
}

impl Place {
    /// Connects to `sqlite:PATH` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, JournalFault> {
        if let Some(path) = sqlite_path(url) {
            let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
            return Ok(Self::Sqlite(options.connect().await?));
        }
        let options = PgConnectOptions::from_str(url)?.application_name("homeward-backup");
        Ok(Self::Postgres(options.disable_statement_logging().connect().await?))
    }

    /// From now on this connection sees everything as it is at this instant.
    pub async fn begin_reading(&mut self) -> Result<(), sqlx::Error> {
        match self {
            // The first read fixes what is seen.
            Self::Sqlite(connection) => {
                sqlx::query("BEGIN").execute(&mut *connection).await?;
                sqlx::query("SELECT COUNT(*) FROM sqlite_schema").execute(connection).await.map(drop)
            }
            Self::Postgres(connection) => {
                let text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                sqlx::query(text).execute(connection).await.map(drop)
            }
        }
    }

    /// Begins to write.
    pub async fn begin(&mut self) -> Result<(), sqlx::Error> {
        either!(self, connection => sqlx::query("BEGIN").execute(connection).await.map(drop))
    }

    /// What was written is there.
    pub async fn commit(&mut self) -> Result<(), sqlx::Error> {
        either!(self, connection => sqlx::query("COMMIT").execute(connection).await.map(drop))
    }

    /// Closes it.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        either!(self, connection => connection.close().await)
    }

    /// The table's name here: with PostgreSQL it stands in the service's schema.
    fn named(&self, schema: Option<&str>, table: &str) -> String {
        match (self, schema) {
            (Self::Sqlite(_), _) | (Self::Postgres(_), None) => table.to_owned(),
            (Self::Postgres(_), Some(schema)) => format!("{schema}.{table}"),
        }
    }

    /// How many rows a table has.
    pub async fn count(&mut self, schema: &str, table: &str) -> Result<i64, sqlx::Error> {
        let text = format!("SELECT COUNT(*) FROM {}", self.named(Some(schema), table));
        either!(self, connection => sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(connection).await)
    }

    /// Copies the rows of a service (`service`), or of the board's own schema, into the same table elsewhere. Says how many.
    pub async fn copy_into(
        &mut self,
        to: &mut Self,
        table: &Table,
        service: Option<&str>,
    ) -> Result<u64, sqlx::Error> {
        let names: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
        let which = service.map_or(String::new(), |service| format!("WHERE service = '{service}' "));
        let schema = service.unwrap_or(BOARD);
        let text = format!(
            "SELECT {} FROM {} {which}ORDER BY {}",
            names.join(", "),
            self.named(Some(schema), table.name),
            table.order
        );
        let into =
            format!("INSERT INTO {} ({}) VALUES ", to.named(Some(schema), table.name), names.join(", "));
        let (mut rows, mut copied) = (Vec::with_capacity(ROWS), 0);
        either!(self, connection => {
            let mut stream = sqlx::query(AssertSqlSafe(text)).fetch(connection);
            while let Some(row) = stream.try_next().await? {
                let value = |(index, (_, kind)): (usize, &Column)| match kind {
                    Kind::Text => row.try_get(index).map(Value::Text),
                    Kind::Integer => row.try_get(index).map(Value::Integer),
                    Kind::Bytes => row.try_get(index).map(Value::Bytes),
                };
                rows.push(table.columns.iter().enumerate().map(value).collect::<Result<Vec<_>, _>>()?);
                copied += 1;
                if rows.len() == ROWS {
                    to.insert(&into, table.columns.len(), &mut rows).await?;
                }
            }
        });
        to.insert(&into, table.columns.len(), &mut rows).await?;
        Ok(copied)
    }

    async fn insert(
        &mut self,
        into: &str,
        columns: usize,
        rows: &mut Vec<Vec<Value>>,
    ) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let one = |row: usize| {
            let places: Vec<_> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
            format!("({})", places.join(","))
        };
        let text = format!("{into}{}", (0..rows.len()).map(one).collect::<Vec<_>>().join(","));
        match self {
            Self::Sqlite(connection) => run!(sqlx::Sqlite, connection, text, rows),
            Self::Postgres(connection) => run!(sqlx::Postgres, connection, text, rows),
        }
    }

    /// The epoch of each school's journal.
    pub(super) async fn epochs(
        &mut self,
        service: ServiceName,
    ) -> Result<Vec<(String, Vec<u8>)>, sqlx::Error> {
        let journal = self.named(Some(service.as_str()), "journal");
        let text = format!("SELECT school, epoch FROM {journal} WHERE service = '{service}'");
        either!(self, connection => sqlx::query_as(AssertSqlSafe(text)).fetch_all(connection).await)
    }

    /// Another epoch for a journal, and in every cursor that leads into it.
    pub(super) async fn set_epoch(
        &mut self,
        service: ServiceName,
        school: &str,
        old: &[u8],
        new: &[u8],
    ) -> Result<(), sqlx::Error> {
        let journal = self.named(Some(service.as_str()), "journal");
        let text =
            format!("UPDATE {journal} SET epoch = $1 WHERE service = $2 AND school = $3 AND epoch = $4");
        self.update(text, [new, old], [service.as_str(), school]).await?;
        for listener in ServiceName::ALL {
            let cursor = self.named(Some(listener.as_str()), "cursor");
            let of = format!("service = '{listener}' AND producer = $2 AND school = $3 AND epoch = $4");
            let text = format!("UPDATE {cursor} SET epoch = $1 WHERE {of}");
            self.update(text, [new, old], [service.as_str(), school]).await?;
        }
        Ok(())
    }

    async fn update(
        &mut self,
        text: String,
        [new, old]: [&[u8]; 2],
        [service, school]: [&str; 2],
    ) -> Result<(), sqlx::Error> {
        either!(self, connection => {
            let query = sqlx::query(AssertSqlSafe(text)).bind(new).bind(service).bind(school).bind(old);
            query.execute(connection).await.map(drop)
        })
    }
}

/// The schema of what is no service's: the board's log-ins.
const BOARD: &str = "board";
