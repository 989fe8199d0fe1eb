//! The SQL of what stands beside the entries. It is a part of `store.rs`, for either database.

/// Makes the module `beside` of a store.
macro_rules! beside {
    ($database:ty) => {
        /// What stands beside the entries: snapshots, the quarantine, signs of life.
        mod beside {
            use jiff::Timestamp;
            use sqlx::AssertSqlSafe;

            use super::super::rows::{clipped, strange, timestamp};
            use super::super::{
                JournalFault, MAX_QUARANTINED, MAX_QUARANTINED_BYTES, MAX_QUARANTINED_TEXT, Quarantined, Snapshot,
            };
            use super::{PLACES, Store, table};
            use crate::entry::Entry;
            use proto::ids::SchoolId;
            use proto::topics::ServiceName;

            impl Store {
                pub(in super::super) async fn snapshot_put(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    kept: &Snapshot,
                    blankings: u64,
                ) -> Result<(), JournalFault> {
                    let entry = self.numbered(service, school, kept.seq).await?;
                    if entry.is_none_or(|entry| entry.hash != kept.hash) {
                        return Ok(());
                    }
                    let mut transaction = self.writer.begin_with(super::BEGIN).await?;
                    let now = count_blanking(&mut transaction, service, school, 0).await?;
                    if now.cast_unsigned() != blankings {
                        return Ok(());
                    }
                    let snapshot = table(service, "snapshot");
                    let text = format!(
                        "INSERT INTO {snapshot} (service, school, seq, hash, version, bytes)
                         VALUES ($1, $2, $3, $4, $5, $6)
                         ON CONFLICT (service, school) DO UPDATE
                         SET seq = excluded.seq, hash = excluded.hash, version = excluded.version, bytes = excluded.bytes"
                    );
                    sqlx::query::<$database>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .bind(kept.seq.cast_signed())
                        .bind(&kept.hash.0[..])
                        .bind(i64::from(kept.version))
                        .bind(kept.bytes.as_slice())
                        .execute(&mut *transaction)
                        .await?;
                    Ok(transaction.commit().await?)
                }

                pub(in super::super) async fn snapshot_get(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    version: u32,
                ) -> Result<Option<Snapshot>, JournalFault> {
                    let snapshot = table(service, "snapshot");
                    let which = "WHERE service = $1 AND school = $2 AND version = $3";
                    let text = format!("SELECT seq, hash, bytes FROM {snapshot} {which}");
                    let found: Option<(i64, Vec<u8>, Vec<u8>)> = sqlx::query_as::<$database, _>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .bind(school.as_str())
                        .bind(i64::from(version))
                        .fetch_optional(&self.readers)
                        .await?;
                    let Some((seq, hash, bytes)) = found else { return Ok(None) };
                    let seq = seq.cast_unsigned();
                    let entry = self.numbered(service, school, seq).await?;
                    let ours = entry.map(|entry| entry.hash).filter(|ours| hash == ours.0);
                    Ok(ours.map(|hash| Snapshot { seq, hash, version, bytes }))
                }

                /// The entry of that number.
                async fn numbered(
                    &self,
                    service: ServiceName,
                    school: &SchoolId,
                    seq: u64,
                ) -> Result<Option<Entry>, JournalFault> {
                    let found = self.one(service, school, "ORDER BY seq LIMIT 1", seq).await?;
                    Ok(found.filter(|entry| entry.seq == seq))
                }

                pub(in super::super) async fn quarantine_put(
                    &self,
                    message: &Quarantined,
                ) -> Result<(), JournalFault> {
                    let quarantine = table(message.service, "quarantine");
                    let put = "(at_ms, service, source, reason, payload) VALUES ($1, $2, $3, $4, $5)";
                    sqlx::query::<$database>(AssertSqlSafe(format!("INSERT INTO {quarantine} {put}")))
                        .bind(message.at.as_millisecond())
                        .bind(message.service.as_str())
                        .bind(storable(&message.source))
                        .bind(storable(&message.reason))
                        .bind(&message.payload[..message.payload.len().min(MAX_QUARANTINED_BYTES)])
                        .execute(&self.writer)
                        .await?;
                    let oldest = format!("id <= (SELECT MAX(id) FROM {quarantine}) - $1");
                    sqlx::query::<$database>(AssertSqlSafe(format!("DELETE FROM {quarantine} WHERE {oldest}")))
                        .bind(MAX_QUARANTINED)
                        .execute(&self.writer)
                        .await?;
                    Ok(())
                }

                pub(in super::super) async fn quarantine_forget(
                    &self,
                    before: Timestamp,
                ) -> Result<u64, JournalFault> {
                    let mut forgotten = 0;
                    for place in PLACES {
                        let text = format!("DELETE FROM {} WHERE at_ms < $1", table(*place, "quarantine"));
                        let deleted = sqlx::query::<$database>(AssertSqlSafe(text))
                            .bind(before.as_millisecond())
                            .execute(&self.writer)
                            .await?;
                        forgotten += deleted.rows_affected();
                    }
                    Ok(forgotten)
                }

                pub(in super::super) async fn quarantine_list(
                    &self,
                    limit: usize,
                ) -> Result<Vec<Quarantined>, JournalFault> {
                    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                    let mut messages = Vec::new();
                    for place in PLACES {
                        let quarantine = table(*place, "quarantine");
                        let which = "ORDER BY id DESC LIMIT $1";
                        let text = format!("SELECT at_ms, service, source, reason, payload FROM {quarantine} {which}");
                        let rows: Vec<(i64, String, String, String, Vec<u8>)> =
                            sqlx::query_as::<$database, _>(AssertSqlSafe(text))
                                .bind(limit)
                                .fetch_all(&self.readers)
                                .await?;
                        for (at_ms, service, source, reason, payload) in rows {
                            let at = timestamp(at_ms).map_err(strange)?;
                            let service = service.parse().map_err(strange)?;
                            messages.push(Quarantined { at, service, source, reason, payload });
                        }
                    }
                    messages.sort_by_key(|message| std::cmp::Reverse(message.at));
                    messages.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                    Ok(messages)
                }

                pub(in super::super) async fn mark_alive(
                    &self,
                    service: ServiceName,
                    at: Timestamp,
                ) -> Result<(), JournalFault> {
                    let alive = table(service, "alive");
                    let put = "VALUES ($1, $2) ON CONFLICT (service) DO UPDATE SET at_ms = excluded.at_ms";
                    sqlx::query::<$database>(AssertSqlSafe(format!("INSERT INTO {alive} (service, at_ms) {put}")))
                        .bind(service.as_str())
                        .bind(at.as_millisecond())
                        .execute(&self.writer)
                        .await?;
                    Ok(())
                }

                pub(in super::super) async fn last_alive(
                    &self,
                    service: ServiceName,
                ) -> Result<Option<Timestamp>, JournalFault> {
                    let alive = table(service, "alive");
                    let text = format!("SELECT at_ms FROM {alive} WHERE service = $1");
                    let at_ms = sqlx::query_scalar::<$database, i64>(AssertSqlSafe(text))
                        .bind(service.as_str())
                        .fetch_optional(&self.readers)
                        .await?;
                    Ok(at_ms.map(timestamp).transpose().map_err(strange)?)
                }

                pub(in super::super) async fn close(&self) {
                    self.readers.close().await;
                    self.writer.close().await;
                }
            }

            /// How often the journal was blanked, after `more` are counted. Until the transaction ends nobody else counts.
            pub(super) async fn count_blanking(
                connection: &mut <$database as sqlx::Database>::Connection,
                service: ServiceName,
                school: &SchoolId,
                more: i64,
            ) -> Result<i64, sqlx::Error> {
                let put = "(service, school, times) VALUES ($1, $2, $3) ON CONFLICT (service, school)
                    DO UPDATE SET times = old.times + excluded.times RETURNING times";
                let text = format!("INSERT INTO {} AS old {put}", table(service, "blanking"));
                sqlx::query_scalar::<$database, i64>(AssertSqlSafe(text))
                    .bind(service.as_str())
                    .bind(school.as_str())
                    .bind(more)
                    .fetch_one(connection)
                    .await
            }

            /// Clipped, and without NUL, which PostgreSQL keeps in no text.
            fn storable(text: &str) -> String {
                clipped(text, MAX_QUARANTINED_TEXT).replace('\0', "\u{fffd}")
            }
        }
    };
}

pub(super) use beside;
