//! The one body of SQL. What differs stands beside the macro's call: `table`, `PLACES`, `lock`, `unfounded`, `insert`, `move_cursors`,
//! `forget`.

/// Makes `Store` for a database whose writing transactions begin with the given statement.
macro_rules! store {
    ($database:ty, $begin:literal) => {
        /// The journal's tables in this database.
        #[derive(Clone)]
        pub(super) struct Store {
            writer: sqlx::Pool<$database>,
            readers: sqlx::Pool<$database>,
        }

        /// The writing transaction: appends.
        mod append {
            use std::collections::BTreeMap;

            use sqlx::{AssertSqlSafe, Connection, Row};

            use super::super::{Append, AppendFault};
            use super::{Store, insert, lock, move_cursors, table, unfounded};
            use crate::entry::Entry;
            use proto::ids::SchoolId;
            use proto::topics::ServiceName;

            type Connected = <$database as sqlx::Database>::Connection;

            /// Why a transaction is rolled back.
            enum Stop {
                Fenced,
                Unfounded(BTreeMap<SchoolId, ServiceName>),
                Failed(sqlx::Error),
            }

            impl From<sqlx::Error> for Stop {
                fn from(error: sqlx::Error) -> Self {
                    Self::Failed(error)
                }
            }

            impl Store {
                /// One transaction for all of it.
                pub(in super::super) async fn append(&self, appends: &[&Append]) -> Result<(), AppendFault> {
                    let unavailable = |error: sqlx::Error| AppendFault::Unavailable(error.to_string());
                    let mut connection = self.writer.acquire().await.map_err(unavailable)?;
                    let mut transaction = connection.begin_with($begin).await.map_err(unavailable)?;
                    let stop = match write(&mut transaction, appends).await {
                        Ok(()) => match transaction.commit().await {
                            Ok(()) => return Ok(()),
                            Err(error) => {
                                connection.close().await.ok();
                                return Err(AppendFault::Unknown(error.to_string()));
                            }
                        },
                        Err(stop) => stop,
                    };
                    if transaction.rollback().await.is_err() {
                        connection.close().await.ok();
                    } else {
                        drop(connection);
                    }
                    match stop {
                        Stop::Fenced => Err(AppendFault::Fenced(self.fenced(appends).await)),
                        Stop::Unfounded(of) => Err(AppendFault::Unfounded(of)),
                        Stop::Failed(error) => Err(unavailable(error)),
                    }
                }

                /// Which of the journals have another head than their writer thinks.
                async fn fenced(&self, appends: &[&Append]) -> Vec<(ServiceName, SchoolId)> {
                    let mut fenced = Vec::new();
                    if let Ok(mut connection) = self.readers.acquire().await {
                        for append in appends {
                            let head = head(&mut connection, append.service, &append.school).await;
                            let journal = (append.service, append.school.clone());
                            if head.is_ok_and(|head| head != append.after) && !fenced.contains(&journal) {
                                fenced.push(journal);
                            }
                        }
                    }
                    fenced
                }
            }

            async fn write(connection: &mut Connected, appends: &[&Append]) -> Result<(), Stop> {
                let mut services: BTreeMap<ServiceName, Vec<&Append>> = BTreeMap::new();
                for append in appends {
                    services.entry(append.service).or_default().push(append);
                }
                for (service, appends) in &services {
                    let heads = lock(connection, *service, appends).await?;
                    // A database in the place of ours may lack what was stored there, or hold other entries instead: what is written follows
                    // the newest one, and was decided by nothing that is gone.
                    let fits = |append: &Append| {
                        heads.get(append.school.as_str()).is_none_or(|head| append.follows(*head))
                    };
                    if !appends.iter().all(|append| fits(append)) {
                        return Err(Stop::Fenced);
                    }
                    // Where no lock told, the primary key sees to entries; nothing sees to an append without any.
                    let untold = |append: &&&Append| {
                        append.entries.is_empty() && !heads.contains_key(append.school.as_str())
                    };
                    for append in appends.iter().filter(untold) {
                        if head(connection, *service, &append.school).await? != append.after {
                            return Err(Stop::Fenced);
                        }
                    }
                    let unfounded = unfounded(connection, *service, appends).await?;
                    if !unfounded.is_empty() {
                        return Err(Stop::Unfounded(unfounded));
                    }
                }
                for (service, appends) in services {
                    let entries: Vec<&Entry> =
                        appends.iter().flat_map(|append| append.entries.iter()).collect();
                    if !entries.is_empty() {
                        insert(connection, service, &entries).await.map_err(fence)?;
                    }
                    move_cursors(connection, service, &appends).await?;
                }
                Ok(())
            }

            /// The primary key says that another writer was there.
            fn fence(error: sqlx::Error) -> Stop {
                match error.as_database_error() {
                    Some(database) if database.is_unique_violation() => Stop::Fenced,
                    Some(_) | None => Stop::Failed(error),
                }
            }

            async fn head(
                connection: &mut Connected,
                service: ServiceName,
                school: &SchoolId,
            ) -> Result<u64, sqlx::Error> {
                let entry = table(service, "entry");
                let text =
                    format!("SELECT COALESCE(MAX(seq), 0) FROM {entry} WHERE service = $1 AND school = $2");
                let row = sqlx::query::<$database>(AssertSqlSafe(text))
                    .bind(service.as_str())
                    .bind(school.as_str())
                    .fetch_one(connection)
                    .await?;
                row.try_get::<i64, _>(0).map(i64::cast_unsigned)
            }
        }

        /// Reading a journal, beginning one, blanking.
        mod read {
            use std::collections::BTreeMap;
            use std::ops::ControlFlow;

            use futures::TryStreamExt;
            use sqlx::{AssertSqlSafe, Row};

            use super::super::rows::{self, COLUMNS, Raw, strange};
            use super::super::{Cursor, JournalFault};
            use super::{Store, forget, table};
            use crate::entry::{Chain, Entry};
            use proto::ids::SchoolId;
            use proto::topics::ServiceName;
            use uuid::Uuid;

            type StoredRow = <$database as sqlx::Database>::Row;

            impl Store {
                pub(in super::super) async fn begin(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                ) -> Result<Chain, JournalFault> {
                    self.put_epoch(service, school, "ON CONFLICT (service, school) DO NOTHING").await?;
                    self.chain(service, school).await
                }

                pub(in super::super) async fn new_epoch(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                ) -> Result<Chain, JournalFault> {
                    let change = "ON CONFLICT (service, school) DO UPDATE SET epoch = excluded.epoch";
                    self.put_epoch(service, school, change).await?;
                    self.chain(service, school).await
                }

                async fn put_epoch(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    conflict: &'static str,
                ) -> Result<(), JournalFault> {
                    let journal = table(service, "journal");
                    let text = format!(
                        "INSERT INTO {journal} (service, school, epoch) VALUES ($1, $2, $3) {conflict}"
                    );
                    sqlx::query::<$database>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .bind(&Uuid::now_v7().as_bytes()[..])
                        .execute(&self.writer)
                        .await?;
                    Ok(())
                }

                pub(in super::super) async fn epoch(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                ) -> Result<Option<Uuid>, JournalFault> {
                    let journal = table(service, "journal");
                    let text = format!("SELECT epoch FROM {journal} WHERE service = $1 AND school = $2");
                    let row = sqlx::query::<$database>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .fetch_optional(&self.readers)
                        .await?;
                    let Some(row) = row else { return Ok(None) };
                    let epoch = rows::sized(row.try_get(0)?, "a journal's epoch").map_err(strange)?;
                    Ok(Some(Uuid::from_bytes(epoch)))
                }

                async fn chain(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                ) -> Result<Chain, JournalFault> {
                    let epoch =
                        self.epoch(service, school).await?.ok_or_else(|| strange("the journal is gone"))?;
                    let mut chain = Chain::empty(service, school.clone(), epoch);
                    if let Some(newest) = self.one(service, school, "ORDER BY seq DESC LIMIT 1", 0).await? {
                        chain.seq = newest.seq;
                        chain.hash = newest.hash;
                    }
                    Ok(chain)
                }

                /// The first of those entries from number `from` on.
                pub(super) async fn one(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    which: &'static str,
                    from: u64,
                ) -> Result<Option<Entry>, JournalFault> {
                    let entry = table(service, "entry");
                    let text = format!(
                        "SELECT {COLUMNS} FROM {entry} WHERE service = $1 AND school = $2 AND seq >= $3"
                    );
                    let row = sqlx::query::<$database>(AssertSqlSafe(format!("{text} {which}")))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .bind(from.cast_signed())
                        .fetch_optional(&self.readers)
                        .await?;
                    let Some(row) = row else { return Ok(None) };
                    Ok(Some(raw(&row)?.entry(service, school)?))
                }

                /// Row by row.
                pub(in super::super) async fn scan<F>(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    from: u64,
                    mut each: F,
                ) -> Result<(), JournalFault>
                where
                    F: FnMut(Entry) -> ControlFlow<()> + Send,
                {
                    let entry = table(service, "entry");
                    let which = "WHERE service = $1 AND school = $2 AND seq >= $3 ORDER BY seq";
                    let mut rows = sqlx::query::<$database>(AssertSqlSafe(format!(
                        "SELECT {COLUMNS} FROM {entry} {which}"
                    )))
                    .bind(service.as_str())
                    .bind(school.as_str())
                    .bind(from.cast_signed())
                    .fetch(&self.readers);
                    while let Some(row) = rows.try_next().await? {
                        if each(raw(&row)?.entry(service, school)?).is_break() {
                            break;
                        }
                    }
                    Ok(())
                }

                pub(in super::super) async fn schools(
                    &self,
                    service: ServiceName,
                ) -> Result<Vec<SchoolId>, JournalFault> {
                    let journal = table(service, "journal");
                    let text = format!("SELECT school FROM {journal} WHERE service = $1 ORDER BY school");
                    let schools = sqlx::query_scalar::<$database, String>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .fetch_all(&self.readers)
                        .await?;
                    let parsed = schools.iter().map(|school| SchoolId::parse(school).map_err(strange));
                    Ok(parsed.collect::<Result<_, _>>()?)
                }

                pub(in super::super) async fn cursors(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                ) -> Result<Vec<Cursor>, JournalFault> {
                    let cursor = table(service, "cursor");
                    let which = "WHERE service = $1 AND school = $2 ORDER BY producer, listener_version";
                    let text =
                        format!("SELECT producer, listener_version, epoch, seq, hash FROM {cursor} {which}");
                    let stored = sqlx::query_as::<$database, _>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .fetch_all(&self.readers)
                        .await?;
                    Ok(stored.into_iter().map(rows::cursor).collect::<Result<_, _>>()?)
                }

                pub(in super::super) async fn blank(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    seqs: &[u64],
                ) -> Result<u64, JournalFault> {
                    let which = "WHERE service = $1 AND school = $2";
                    let set = "SET personal = NULL";
                    let one = format!("{which} AND seq = $3 AND personal IS NOT NULL");
                    let one = format!("UPDATE {} {set} {one}", table(service, "entry"));
                    let snapshot = format!("DELETE FROM {} {which}", table(service, "snapshot"));
                    let mut transaction = self.writer.begin_with(super::BEGIN).await?;
                    super::beside::count_blanking(&mut transaction, service, school, 1).await?;
                    let mut blanked = 0;
                    for seq in seqs {
                        let updated = sqlx::query::<$database>(AssertSqlSafe(one.as_str()))
                            .bind(service.as_str())
                            .bind(school.as_str())
                            .bind(seq.cast_signed())
                            .execute(&mut *transaction)
                            .await?;
                        blanked += updated.rows_affected();
                    }
                    sqlx::query::<$database>(AssertSqlSafe(snapshot))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .execute(&mut *transaction)
                        .await?;
                    transaction.commit().await?;
                    forget(&mut *self.writer.acquire().await?).await?;
                    Ok(blanked)
                }

                pub(in super::super) async fn forget(&self) -> Result<bool, JournalFault> {
                    Ok(forget(&mut *self.writer.acquire().await?).await?)
                }

                pub(in super::super) async fn blankings(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                ) -> Result<u64, JournalFault> {
                    let which = "WHERE service = $1 AND school = $2";
                    let text = format!("SELECT times FROM {} {which}", table(service, "blanking"));
                    let times = sqlx::query_scalar::<$database, i64>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .fetch_optional(&self.readers)
                        .await?;
                    Ok(times.unwrap_or(0).cast_unsigned())
                }

                pub(in super::super) async fn all_blankings(
                    &self,
                    service: ServiceName,
                ) -> Result<BTreeMap<SchoolId, u64>, JournalFault> {
                    let blanking = table(service, "blanking");
                    let text = format!("SELECT school, times FROM {blanking} WHERE service = $1");
                    let all = sqlx::query_as::<$database, (String, i64)>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .fetch_all(&self.readers)
                        .await?;
                    let times = |(school, times): (String, i64)| {
                        Ok((SchoolId::parse(&school).map_err(strange)?, times.cast_unsigned()))
                    };
                    all.into_iter().map(times).collect()
                }
            }

            fn raw(row: &StoredRow) -> Result<Raw<'_>, sqlx::Error> {
                Ok(Raw {
                    seq: row.try_get::<i64, _>(0)?.cast_unsigned(),
                    kind: row.try_get(1)?,
                    facts: row.try_get(2)?,
                    personal: row.try_get(3)?,
                    sealed: row.try_get(4)?,
                })
            }
        }

        super::beside::beside!($database);

        const BEGIN: &str = $begin;
    };
}

pub(super) use store;
