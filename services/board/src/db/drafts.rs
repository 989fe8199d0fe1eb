//! What somebody has begun and not saved: the fields of a form, a sheet that is about to be taken in. Each is that person's
//! alone, replaced by the newer one, dropped when it was saved, and forgotten after [`KEPT_FOR`].

use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{PersonId, SchoolId};

use super::{Db, DbFault, either};

/// What nobody came back to for so long is forgotten: there may be names in it.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Whose it is, and what it is about.
#[derive(Clone, Copy, Debug)]
pub struct DraftOf<'a> {
    /// The school.
    pub school: &'a SchoolId,
    /// Who began it.
    pub person: PersonId,
    /// What it is about: `trip/new`.
    pub subject: &'a str,
}

/// A draft. `Debug` doesn't show what stands in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// What stands in it.
    pub body: String,
    /// When it was kept.
    pub kept_at: Timestamp,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({} bytes, {})", self.body.len(), self.kept_at)
    }
}

impl Db {
    /// Keeps a draft in place of the one before, and forgets those that nobody came back to.
    pub async fn keep_draft(&self, of: DraftOf<'_>, body: &str, now: Timestamp) -> Result<(), DbFault> {
        let text = "INSERT INTO draft (school, person, subject, body, kept_at) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (school, person, subject) DO UPDATE SET body = $4, kept_at = $5";
        let forget = "DELETE FROM draft WHERE kept_at < $1";
        let old = now.saturating_sub(KEPT_FOR).unwrap_or(now);
        either!(self, pool => sqlx::query(text)
            .bind(of.school.as_str())
            .bind(&of.person.0.as_bytes()[..])
            .bind(of.subject)
            .bind(body)
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?;
        Ok(either!(self, pool => sqlx::query(forget)
            .bind(old.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?)
    }

    /// What somebody has begun, if there is anything.
    pub async fn draft(&self, of: DraftOf<'_>) -> Result<Option<Draft>, DbFault> {
        let text = "SELECT body, kept_at FROM draft WHERE school = $1 AND person = $2 AND subject = $3";
        let row: Option<(String, i64)> = either!(self, pool => sqlx::query_as(text)
            .bind(of.school.as_str())
            .bind(&of.person.0.as_bytes()[..])
            .bind(of.subject)
            .fetch_optional(pool)
            .await)?;
        row.map(|(body, at)| {
            let kept_at = Timestamp::from_millisecond(at)
                .map_err(|_| DbFault::Unreadable("the time of a draft".to_owned()))?;
            Ok(Draft { body, kept_at })
        })
        .transpose()
    }

    /// Drops it: it was saved, or isn't wanted any more.
    pub async fn drop_draft(&self, of: DraftOf<'_>) -> Result<(), DbFault> {
        let text = "DELETE FROM draft WHERE school = $1 AND person = $2 AND subject = $3";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(of.school.as_str())
            .bind(&of.person.0.as_bytes()[..])
            .bind(of.subject)
            .execute(pool)
            .await
            .map(drop))?)
    }
}
