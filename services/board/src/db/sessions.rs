//! Sessions and bearer tokens, each known by the hash of its secret alone.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{PersonId, SchoolId};
use proto::v1::people::Role;
use uuid::Uuid;

use super::{Db, DbFault, LoginId, either};

/// What a session is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionKind {
    /// A browser's cookie.
    Cookie,
    /// A client's bearer token.
    Bearer,
    /// A browser's cookie from the password to the code of the second factor. It opens nothing else.
    Half,
}

impl SessionKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Bearer => "bearer",
            Self::Half => "half",
        }
    }
}

/// A session that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewSession {
    /// The hash of its secret.
    pub hash: Hash,
    /// What it is for.
    pub kind: SessionKind,
    /// Whose it is.
    pub login: LoginId,
    /// Whether a code of their second factor was given for it.
    pub second_factor: bool,
    /// When it ends, used or not.
    pub ends_at: Timestamp,
}

/// A session, with the log-in behind it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSession {
    /// The hash of its secret.
    pub hash: Hash,
    /// The log-in.
    pub login: LoginId,
    /// The log-in's name.
    pub login_name: String,
    /// The school it opens.
    pub school: SchoolId,
    /// The person who acts.
    pub person: PersonId,
    /// Whether a code of their second factor was given for it.
    pub second_factor: bool,
    /// The roles that it was used with so far: none before it was used.
    pub roles: Option<BTreeSet<Role>>,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// When it ends, used or not.
    pub ends_at: Timestamp,
}

type Row = (Vec<u8>, String, String, Vec<u8>, i64, i64, i64, Option<String>);

impl Db {
    /// Stores a session.
    pub async fn begin_session(&self, new: NewSession, now: Timestamp) -> Result<(), DbFault> {
        let text = "INSERT INTO session (hash, kind, login, used_at, ends_at, second_factor) VALUES ($1, $2, $3, $4, $5, $6)";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(&new.hash.0[..])
            .bind(new.kind.as_str())
            .bind(&new.login.0.as_bytes()[..])
            .bind(now.as_millisecond())
            .bind(new.ends_at.as_millisecond())
            .bind(i64::from(new.second_factor))
            .execute(pool)
            .await
            .map(drop))?)
    }

    /// The session of that hash, whether it still holds or not.
    pub async fn session(&self, hash: Hash, kind: SessionKind) -> Result<Option<StoredSession>, DbFault> {
        let text = "SELECT l.id, l.name, l.school, l.person, s.used_at, s.ends_at, s.second_factor, s.roles FROM session s \
                    JOIN login l ON l.id = s.login WHERE s.hash = $1 AND s.kind = $2";
        let row: Option<Row> = either!(self, pool => sqlx::query_as(text)
            .bind(&hash.0[..])
            .bind(kind.as_str())
            .fetch_optional(pool)
            .await)?;
        row.map(|row| read(hash, row)).transpose()
    }

    /// Notes that a session was used.
    pub async fn touch_session(&self, hash: Hash, now: Timestamp) -> Result<(), DbFault> {
        let text = "UPDATE session SET used_at = $1 WHERE hash = $2";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(now.as_millisecond())
            .bind(&hash.0[..])
            .execute(pool)
            .await
            .map(drop))?)
    }

    /// Notes the roles that a session is used with.
    pub async fn note_roles(&self, hash: Hash, roles: &BTreeSet<Role>) -> Result<(), DbFault> {
        let text = "UPDATE session SET roles = $1 WHERE hash = $2";
        let roles = serde_json::to_string(roles).expect("roles are names");
        Ok(either!(self, pool => sqlx::query(text)
            .bind(&roles)
            .bind(&hash.0[..])
            .execute(pool)
            .await
            .map(drop))?)
    }

    /// Ends every session of a person, whatever the log-in.
    pub async fn end_sessions_of_person(&self, school: &SchoolId, person: PersonId) -> Result<(), DbFault> {
        let text =
            "DELETE FROM session WHERE login IN (SELECT id FROM login WHERE school = $1 AND person = $2)";
        let person = &person.0.as_bytes()[..];
        Ok(either!(self, pool => sqlx::query(text)
            .bind(school.as_str())
            .bind(person)
            .execute(pool)
            .await
            .map(drop))?)
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: Hash) -> Result<(), DbFault> {
        let text = "DELETE FROM session WHERE hash = $1";
        Ok(either!(self, pool => sqlx::query(text).bind(&hash.0[..]).execute(pool).await.map(drop))?)
    }

    /// Ends every session of a log-in.
    pub async fn end_sessions_of(&self, login: LoginId) -> Result<(), DbFault> {
        let text = "DELETE FROM session WHERE login = $1";
        let id = &login.0.as_bytes()[..];
        Ok(either!(self, pool => sqlx::query(text).bind(id).execute(pool).await.map(drop))?)
    }

    /// Ends every session of a log-in but one.
    pub async fn end_sessions_but(&self, login: LoginId, this: Option<Hash>) -> Result<(), DbFault> {
        let Some(this) = this else { return self.end_sessions_of(login).await };
        let text = "DELETE FROM session WHERE login = $1 AND hash <> $2";
        let id = &login.0.as_bytes()[..];
        let this = &this.0[..];
        Ok(either!(self, pool => sqlx::query(text).bind(id).bind(this).execute(pool).await.map(drop))?)
    }

    /// Forgets sessions that ended, or were last used before `unused_since`.
    pub async fn forget_sessions(&self, now: Timestamp, unused_since: Timestamp) -> Result<(), DbFault> {
        let text = "DELETE FROM session WHERE ends_at <= $1 OR used_at <= $2";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(now.as_millisecond())
            .bind(unused_since.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?)
    }
}

fn read(hash: Hash, row: Row) -> Result<StoredSession, DbFault> {
    let (id, name, school, person, used_at, ends_at, second_factor, roles) = row;
    let bad = |what: &str| DbFault::Unreadable(format!("{what} of a session of {name}"));
    let roles = roles.map(|roles| serde_json::from_str(&roles)).transpose();
    let time = |millis| Timestamp::from_millisecond(millis).map_err(|_| bad("a time"));
    Ok(StoredSession {
        hash,
        login: LoginId(Uuid::from_slice(&id).map_err(|_| bad("the id"))?),
        school: SchoolId::parse(&school).map_err(|_| bad("the school"))?,
        person: PersonId(Uuid::from_slice(&person).map_err(|_| bad("the person"))?),
        second_factor: second_factor != 0,
        roles: roles.map_err(|_| bad("the roles"))?,
        used_at: time(used_at)?,
        ends_at: time(ends_at)?,
        login_name: name.clone(),
    })
}
