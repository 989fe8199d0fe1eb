//! Accounts that people have elsewhere, linked to log-ins.

use proto::Timestamp;

use super::logins::{self, Login, LoginId};
use super::{Db, DbFault, either};

/// An account that is linked to a log-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The provider, as it is named in the configuration.
    pub provider: String,
    /// The account's name there, as an administrator typed it.
    pub name: String,
    /// Whether somebody logged in by it: from then on it is theirs alone.
    pub used: bool,
}

const LOGIN: &str =
    "SELECT l.id, l.name, l.school, l.person, l.password FROM account a JOIN login l ON l.id = a.login";

impl Db {
    /// Links an account to a log-in; false if it is linked already.
    pub async fn link_account(
        &self,
        provider: &str,
        name: &str,
        login: LoginId,
        now: Timestamp,
    ) -> Result<bool, DbFault> {
        let text = "INSERT INTO account (provider, name, login, linked_at) VALUES ($1, $2, $3, $4) ON CONFLICT (provider, name) DO NOTHING";
        let made = either!(self, pool => sqlx::query(text)
            .bind(provider)
            .bind(name)
            .bind(&login.0.as_bytes()[..])
            .bind(now.as_millisecond())
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(made == 1)
    }

    /// Takes an account from a log-in.
    pub async fn unlink_account(&self, provider: &str, name: &str, login: LoginId) -> Result<(), DbFault> {
        let text = "DELETE FROM account WHERE provider = $1 AND name = $2 AND login = $3";
        let id = &login.0.as_bytes()[..];
        Ok(
            either!(self, pool => sqlx::query(text).bind(provider).bind(name).bind(id).execute(pool).await.map(drop))?,
        )
    }

    /// The accounts that are linked to a log-in.
    pub async fn accounts_of(&self, login: LoginId) -> Result<Vec<Account>, DbFault> {
        let text = "SELECT provider, name, subject FROM account WHERE login = $1 ORDER BY provider, name";
        let id = &login.0.as_bytes()[..];
        let rows: Vec<(String, String, Option<String>)> =
            either!(self, pool => sqlx::query_as(text).bind(id).fetch_all(pool).await)?;
        let one = |(provider, name, subject): (String, String, Option<String>)| Account {
            provider,
            name,
            used: subject.is_some(),
        };
        Ok(rows.into_iter().map(one).collect())
    }

    /// The log-in of whoever logged in by that subject before.
    pub async fn login_of_subject(&self, provider: &str, subject: &str) -> Result<Option<Login>, DbFault> {
        self.login_where("a.provider = $1 AND a.subject = $2", provider, subject).await
    }

    /// The log-in that an account is linked to.
    pub async fn login_of_account(&self, provider: &str, name: &str) -> Result<Option<Login>, DbFault> {
        self.login_where("a.provider = $1 AND a.name = $2", provider, name).await
    }

    /// Binds an account to the subject that logs in by it for the first time; false if it is another's.
    pub async fn bind_account(
        &self,
        provider: &str,
        name: &str,
        subject: &str,
        now: Timestamp,
    ) -> Result<bool, DbFault> {
        let text = "UPDATE account SET subject = $1, bound_at = $2 WHERE provider = $3 AND name = $4 AND subject IS NULL";
        let bound = either!(self, pool => sqlx::query(text)
            .bind(subject)
            .bind(now.as_millisecond())
            .bind(provider)
            .bind(name)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(bound == 1)
    }

    async fn login_where(&self, which: &str, provider: &str, value: &str) -> Result<Option<Login>, DbFault> {
        let text = sqlx::AssertSqlSafe(format!("{LOGIN} WHERE {which}"));
        let row: Option<logins::Row> = either!(self, pool => sqlx::query_as(text)
            .bind(provider)
            .bind(value)
            .fetch_optional(pool)
            .await)?;
        row.map(logins::read).transpose()
    }
}
