//! Log-ins: a name, a person, a password's hash.

use proto::Timestamp;
use proto::ids::{PersonId, SchoolId};
use uuid::Uuid;

use super::{Db, DbFault, either};

/// A log-in's id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LoginId(pub Uuid);

/// A log-in, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: LoginId,
    /// What is typed to log in: unique in the installation, in lower case.
    pub name: String,
    /// The school it opens.
    pub school: SchoolId,
    /// The person who acts by it.
    pub person: PersonId,
    /// The password's hash, as a PHC string; empty: it has none, and is opened by an account elsewhere alone.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("name", &self.name)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// Why a log-in was not stored.
#[derive(Debug, thiserror::Error)]
pub enum LoginFault {
    /// Somebody else's.
    #[error("somebody else logs in by this name")]
    NameTaken,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbFault),
}

pub(super) type Row = (Vec<u8>, String, String, Vec<u8>, String);

const COLUMNS: &str = "SELECT id, name, school, person, password FROM login";

impl Db {
    /// The log-in of that name.
    pub async fn login(&self, name: &str) -> Result<Option<Login>, DbFault> {
        let text = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE name = $1"));
        let row: Option<Row> =
            either!(self, pool => sqlx::query_as(text).bind(name).fetch_optional(pool).await)?;
        row.map(read).transpose()
    }

    /// Every log-in of a school, by name.
    pub async fn logins(&self, school: &SchoolId) -> Result<Vec<Login>, DbFault> {
        let text = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE school = $1 ORDER BY name"));
        let rows: Vec<Row> =
            either!(self, pool => sqlx::query_as(text).bind(school.as_str()).fetch_all(pool).await)?;
        rows.into_iter().map(read).collect()
    }

    /// Stores a log-in; one that the same person has by that name gets the new password, and its sessions end.
    pub async fn put_login(&self, login: &Login, now: Timestamp) -> Result<(), LoginFault> {
        match self.login(&login.name).await? {
            Some(known) if known.person != login.person || known.school != login.school => {
                Err(LoginFault::NameTaken)
            }
            Some(known) => {
                self.set_password(known.id, &login.password, now).await?;
                Ok(self.end_sessions_of(known.id).await?)
            }
            None => Ok(self.insert_login(login, now).await?),
        }
    }

    /// Takes a log-in away, with its sessions; tells whether there was one.
    pub async fn remove_login(&self, school: &SchoolId, name: &str) -> Result<bool, DbFault> {
        let Some(known) = self.login(name).await?.filter(|login| login.school == *school) else {
            return Ok(false);
        };
        self.end_sessions_of(known.id).await?;
        let id = &known.id.0.as_bytes()[..];
        either!(self, pool => sqlx::query("DELETE FROM login WHERE id = $1").bind(id).execute(pool).await.map(drop))?;
        Ok(true)
    }

    async fn insert_login(&self, login: &Login, now: Timestamp) -> Result<(), DbFault> {
        let text = "INSERT INTO login (id, name, school, person, password, changed_at) VALUES ($1, $2, $3, $4, $5, $6)";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(&login.id.0.as_bytes()[..])
            .bind(&login.name)
            .bind(login.school.as_str())
            .bind(&login.person.0.as_bytes()[..])
            .bind(&login.password)
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(drop))?)
    }

    async fn set_password(&self, login: LoginId, password: &str, now: Timestamp) -> Result<(), DbFault> {
        let text = "UPDATE login SET password = $1, changed_at = $2 WHERE id = $3";
        Ok(either!(self, pool => sqlx::query(text)
            .bind(password)
            .bind(now.as_millisecond())
            .bind(&login.0.as_bytes()[..])
            .execute(pool)
            .await
            .map(drop))?)
    }
}

pub(super) fn read((id, name, school, person, password): Row) -> Result<Login, DbFault> {
    let bad = |what: &str| DbFault::Unreadable(format!("{what} of log-in {name}"));
    Ok(Login {
        id: LoginId(Uuid::from_slice(&id).map_err(|_| bad("the id"))?),
        school: SchoolId::parse(&school).map_err(|_| bad("the school"))?,
        person: PersonId(Uuid::from_slice(&person).map_err(|_| bad("the person"))?),
        name: name.clone(),
        password,
    })
}
