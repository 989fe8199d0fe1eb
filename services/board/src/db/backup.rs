//! Log-ins, their second factors, and drafts in a back-up. Sessions stay out of it: one that was ended must not come back with a restored file, and
//! everybody logs in again.

use chassis::backup::{BackupFault, Kind, Place, Table};
use chassis::journal::JournalFault;

use super::{Db, DbFault};

/// What is copied of the board's own tables.
const TABLES: [Table; 8] = [
    Table {
        name: "login",
        columns: &[
            ("id", Kind::Bytes),
            ("name", Kind::Text),
            ("school", Kind::Text),
            ("person", Kind::Bytes),
            ("password", Kind::Text),
            ("changed_at", Kind::Integer),
        ],
        order: "id",
    },
    Table {
        name: "draft",
        columns: &[
            ("school", Kind::Text),
            ("person", Kind::Bytes),
            ("subject", Kind::Text),
            ("body", Kind::Text),
            ("kept_at", Kind::Integer),
        ],
        order: "school, person, subject",
    },
    // The apps that tell codes go on working where `secret.key` comes along.
    Table {
        name: "second_factor",
        columns: &[
            ("login", Kind::Bytes),
            ("salt", Kind::Bytes),
            ("confirmed_at", Kind::Integer),
            ("last_step", Kind::Integer),
        ],
        order: "login",
    },
    // Numbers that the database gives are given anew.
    Table {
        name: "reading",
        columns: &[
            ("at_ms", Kind::Integer),
            ("school", Kind::Text),
            ("person", Kind::Bytes),
            ("what", Kind::Text),
            ("subject", Kind::Text),
        ],
        order: "id",
    },
    // Who restores in the middle of a trip must not ask its leader for a code.
    Table {
        name: "phone_browser",
        columns: &[
            ("school", Kind::Text),
            ("trip", Kind::Bytes),
            ("device", Kind::Bytes),
            ("hash", Kind::Bytes),
            ("proven", Kind::Integer),
            ("bound_at", Kind::Integer),
        ],
        order: "school, trip, device, hash",
    },
    Table {
        name: "phone_closed",
        columns: &[
            ("school", Kind::Text),
            ("trip", Kind::Bytes),
            ("device", Kind::Bytes),
            ("at_ms", Kind::Integer),
        ],
        order: "school, trip, device",
    },
    Table {
        name: "account",
        columns: &[
            ("provider", Kind::Text),
            ("name", Kind::Text),
            ("login", Kind::Bytes),
            ("subject", Kind::Text),
            ("linked_at", Kind::Integer),
            ("bound_at", Kind::Integer),
        ],
        order: "provider, name",
    },
    Table { name: "recovery_code", columns: &[("hash", Kind::Bytes), ("login", Kind::Bytes)], order: "hash" },
];

/// The schema with PostgreSQL.
const SCHEMA: &str = super::SCHEMA;

impl Db {
    /// Copies log-ins and drafts of the database at `url` into the portable file at `into`. Says how many log-ins there are.
    pub async fn back_up(url: &str, into: &str) -> Result<u64, DbFault> {
        let mut place = Place::open(url).await.map_err(fault)?;
        let steps = place.count(SCHEMA, super::MIGRATIONS).await?;
        place.close().await?;
        if usize::try_from(steps).is_ok_and(|steps| steps < super::STEPS.len()) {
            return Err(DbFault::Older);
        }
        // Makes the tables. Those of who is at work are left as they are.
        Self::open(into).await?.close().await;
        copy(url, into).await
    }

    /// Copies those of the portable file into the database at `url`. Says how many log-ins there are.
    pub async fn restore(file: &str, url: &str) -> Result<u64, DbFault> {
        for url in [file, url] {
            // Makes the tables, or brings them up to date.
            Self::open(url).await?.close().await;
        }
        copy(file, url).await
    }

    /// Whether the database at `url` has any log-in.
    pub async fn has_log_ins(url: &str) -> Result<bool, DbFault> {
        Self::open(url).await?.close().await;
        let mut place = Place::open(url).await.map_err(fault)?;
        let count = place.count(SCHEMA, "login").await?;
        place.close().await?;
        Ok(count > 0)
    }
}

async fn copy(from: &str, to: &str) -> Result<u64, DbFault> {
    let (mut from, mut to) = (Place::open(from).await.map_err(fault)?, Place::open(to).await.map_err(fault)?);
    from.begin_reading().await?;
    to.begin().await?;
    let mut log_ins = 0;
    for table in &TABLES {
        let copied = from.copy_into(&mut to, table, None).await?;
        log_ins += if table.name == "login" { copied } else { 0 };
    }
    to.commit().await?;
    to.close().await?;
    from.close().await?;
    Ok(log_ins)
}

fn fault(fault: JournalFault) -> DbFault {
    match fault {
        JournalFault::Database(error) => DbFault::Database(error),
        other @ (JournalFault::Address
        | JournalFault::Unsynced(_)
        | JournalFault::Migration(_)
        | JournalFault::Unreadable(_)) => DbFault::Unreadable(BackupFault::from(other).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection};

    use super::*;

    /// What no back-up holds, on purpose.
    const LEFT_OUT: [&str; 3] = ["session", "known_browser", super::super::MIGRATIONS];

    /// Given data that an older release left, when this one is asked for a back-up before it has opened them, then it says what to do, and
    /// the data stay as they are.
    #[tokio::test]
    async fn data_of_an_older_release_are_not_half_backed_up() {
        let dir = tempfile::tempdir().expect("a folder");
        let url = |name: &str| format!("sqlite:{}", dir.path().join(name).display());
        Db::open(&url("board.sqlite")).await.expect("opens").close().await;
        let mut connection = sqlx::SqliteConnection::connect(&url("board.sqlite")).await.expect("connects");
        for older in ["DROP TABLE phone_closed", "DELETE FROM _board_migrations WHERE version = 5"] {
            sqlx::query(older).execute(&mut connection).await.expect("as the older release left it");
        }
        let refused = Db::back_up(&url("board.sqlite"), &url("copy.sqlite")).await;
        let why = refused.expect_err("it is refused").to_string();
        assert!(why.contains("older release") && why.contains("start this one first"), "{why}");
        assert!(!dir.path().join("copy.sqlite").exists());
    }

    /// A table or column that somebody adds is in a back-up, or is left out by name.
    #[tokio::test]
    async fn every_table_and_column_is_copied_or_left_out_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", dir.path().join("board.sqlite").display());
        Db::open(&url).await.expect("opens").close().await;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
        let text = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let names: Vec<String> = sqlx::query_scalar(text).fetch_all(&mut connection).await.expect("lists");
        for name in names.iter().filter(|name| !LEFT_OUT.contains(&name.as_str())) {
            let table = TABLES.iter().find(|table| table.name == *name);
            let table = table.unwrap_or_else(|| panic!("no back-up holds the table {name}"));
            let text = format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid");
            let columns: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut connection).await.expect("lists");
            // A number that the database gives is given anew.
            let columns: Vec<_> =
                columns.iter().filter(|column| *column != "id" || *name != "reading").collect();
            assert_eq!(table.columns.iter().map(|(name, _)| name).collect::<Vec<_>>(), columns, "{name}");
        }
    }
}
