//! Browsers that a log-in was used from before, each known by the hash of its secret.

use proto::Timestamp;
use proto::envelope::Hash;

use super::{Db, DbFault, LoginId, either};

/// The most browsers that are remembered for a log-in: the newest.
const MOST: i64 = 20;

impl Db {
    /// Whether that log-in was used from that browser before.
    pub async fn knows_browser(&self, hash: Hash, name: &str) -> Result<bool, DbFault> {
        let text = "SELECT COUNT(*) FROM known_browser b JOIN login l ON l.id = b.login WHERE b.hash = $1 AND l.name = $2";
        let count: i64 = either!(self, pool => sqlx::query_scalar(text)
            .bind(&hash.0[..])
            .bind(name)
            .fetch_one(pool)
            .await)?;
        Ok(count > 0)
    }

    /// Forgets the browsers of a log-in, but for one.
    pub async fn forget_browsers_but(&self, login: LoginId, this: Option<Hash>) -> Result<(), DbFault> {
        let text = "DELETE FROM known_browser WHERE login = $1 AND hash <> $2";
        let this = this.unwrap_or(Hash::ZERO);
        Ok(either!(self, pool => sqlx::query(text)
            .bind(&login.0.as_bytes()[..])
            .bind(&this.0[..])
            .execute(pool)
            .await
            .map(drop))?)
    }

    /// Remembers that browser for a log-in, and forgets those that weren't used for the longest time.
    pub async fn remember_browser(&self, hash: Hash, login: LoginId, now: Timestamp) -> Result<(), DbFault> {
        let id = &login.0.as_bytes()[..];
        let text = "INSERT INTO known_browser (hash, login, used_at) VALUES ($1, $2, $3) \
                    ON CONFLICT (hash, login) DO UPDATE SET used_at = $3";
        either!(self, pool => sqlx::query(text)
            .bind(&hash.0[..])
            .bind(id)
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?;
        let forget = "DELETE FROM known_browser WHERE login = $1 AND hash NOT IN \
                      (SELECT hash FROM known_browser WHERE login = $1 ORDER BY used_at DESC LIMIT $2)";
        Ok(either!(self, pool => sqlx::query(forget).bind(id).bind(MOST).execute(pool).await.map(drop))?)
    }
}
