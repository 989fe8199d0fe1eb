//! Second factors: which log-ins have an app that tells codes, and the codes on paper for the day on which it is lost.

use proto::Timestamp;
use proto::envelope::Hash;

use super::{Db, DbFault, LoginId, either};

/// A second factor, as it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoredFactor {
    /// The app's secret follows from it and from a key of the installation's.
    pub salt: [u8; 16],
    /// When a first code showed that the app has it. Before that it is offered to one session, and stored nowhere.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the newest code that was taken: none is taken twice.
    pub last_step: u64,
}

impl StoredFactor {
    /// What is offered to a session, by what is kept of its secret: the same as long as the session lasts.
    pub fn offered_to(session: Hash) -> Self {
        let (salt, _) = session.0.split_first_chunk().expect("a hash is longer");
        Self { salt: *salt, confirmed_at: None, last_step: 0 }
    }
}

type Row = (Vec<u8>, Option<i64>, i64);

impl Db {
    /// The second factor of a log-in.
    pub async fn second_factor(&self, login: LoginId) -> Result<Option<StoredFactor>, DbFault> {
        let text = "SELECT salt, confirmed_at, last_step FROM second_factor WHERE login = $1";
        let id = &login.0.as_bytes()[..];
        let row: Option<Row> =
            either!(self, pool => sqlx::query_as(text).bind(id).fetch_optional(pool).await)?;
        row.map(read).transpose()
    }

    /// From now on this one stands, its first code taken; false if another stands already.
    pub async fn confirm_second_factor(
        &self,
        login: LoginId,
        salt: [u8; 16],
        step: u64,
        now: Timestamp,
    ) -> Result<bool, DbFault> {
        // A release before this one stored what it offered: that stands for nothing.
        let text = "INSERT INTO second_factor (login, salt, last_step, confirmed_at) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (login) DO UPDATE SET salt = $2, last_step = $3, confirmed_at = $4 \
                    WHERE second_factor.confirmed_at IS NULL";
        let step = i64::try_from(step).map_err(|_| DbFault::Unreadable("a step".to_owned()))?;
        let changed = either!(self, pool => sqlx::query(text)
            .bind(&login.0.as_bytes()[..])
            .bind(&salt[..])
            .bind(step)
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(changed == 1)
    }

    /// Takes a code's step; false if that step, or a later one, was taken before.
    pub async fn take_step(&self, login: LoginId, step: u64) -> Result<bool, DbFault> {
        let text = "UPDATE second_factor SET last_step = $1 WHERE login = $2 AND last_step < $1";
        let step = i64::try_from(step).map_err(|_| DbFault::Unreadable("a step".to_owned()))?;
        let id = &login.0.as_bytes()[..];
        let changed = either!(self, pool => sqlx::query(text)
            .bind(step)
            .bind(id)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(changed == 1)
    }

    /// Takes the second factor of a log-in away, with its codes on paper. Its sessions are the caller's to end.
    pub async fn forget_second_factor(&self, login: LoginId) -> Result<bool, DbFault> {
        let id = &login.0.as_bytes()[..];
        let codes = "DELETE FROM recovery_code WHERE login = $1";
        either!(self, pool => sqlx::query(codes).bind(id).execute(pool).await.map(drop))?;
        let factor = "DELETE FROM second_factor WHERE login = $1";
        let gone = either!(self, pool => sqlx::query(factor)
            .bind(id)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(gone > 0)
    }

    /// New codes on paper, in place of all before.
    pub async fn set_recovery_codes(&self, login: LoginId, hashes: &[Hash]) -> Result<(), DbFault> {
        let id = &login.0.as_bytes()[..];
        let gone = "DELETE FROM recovery_code WHERE login = $1";
        either!(self, pool => sqlx::query(gone).bind(id).execute(pool).await.map(drop))?;
        let text = "INSERT INTO recovery_code (hash, login) VALUES ($1, $2)";
        for hash in hashes {
            let hash = &hash.0[..];
            either!(self, pool => sqlx::query(text).bind(hash).bind(id).execute(pool).await.map(drop))?;
        }
        Ok(())
    }

    /// Takes a code on paper; false if it is none of theirs, or was taken before.
    pub async fn take_recovery_code(&self, login: LoginId, hash: Hash) -> Result<bool, DbFault> {
        let text = "DELETE FROM recovery_code WHERE hash = $1 AND login = $2";
        let gone = either!(self, pool => sqlx::query(text)
            .bind(&hash.0[..])
            .bind(&login.0.as_bytes()[..])
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(gone == 1)
    }

    /// How many codes on paper are left.
    pub async fn recovery_codes_left(&self, login: LoginId) -> Result<u64, DbFault> {
        let text = "SELECT COUNT(*) FROM recovery_code WHERE login = $1";
        let id = &login.0.as_bytes()[..];
        let count: i64 = either!(self, pool => sqlx::query_scalar(text).bind(id).fetch_one(pool).await)?;
        Ok(count.unsigned_abs())
    }
}

fn read((salt, confirmed_at, last_step): Row) -> Result<StoredFactor, DbFault> {
    let bad = |what: &str| DbFault::Unreadable(format!("{what} of a second factor"));
    let confirmed_at = confirmed_at
        .map(|millis| Timestamp::from_millisecond(millis).map_err(|_| bad("the time")))
        .transpose()?;
    Ok(StoredFactor {
        salt: salt.try_into().map_err(|_| bad("the salt"))?,
        confirmed_at,
        last_step: last_step.unsigned_abs(),
    })
}
