//! Whose account is whose: an administrator says so.

use proto::Timestamp;
use proto::ids::{PersonId, SchoolId};
use uuid::Uuid;

use super::super::create;
use super::config::OidcConfig;
use crate::db::{Db, DbFault, Login, LoginFault, LoginId};

/// Why an account isn't linked. `Display` is for the page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkFault {
    /// No name that an account could have.
    #[error("an account has 1 to 120 characters, without spaces; an e-mail address has an @ in it")]
    BadName,
    /// Somebody's already.
    #[error("that account is linked to somebody already: take that link away first")]
    Taken,
    /// A log-in can't be made for it.
    #[error(transparent)]
    Stored(#[from] LoginFault),
}

impl From<DbFault> for LinkFault {
    fn from(fault: DbFault) -> Self {
        Self::Stored(fault.into())
    }
}

/// Links an account to a person: to their log-in, or to one that is made for it and has no password. Whether the caller may
/// is the caller's to check.
pub(crate) async fn link(
    db: &Db,
    provider: &OidcConfig,
    school: &SchoolId,
    person: PersonId,
    account: &str,
    now: Timestamp,
) -> Result<(), LinkFault> {
    let account = provider.account_by.normalised(account);
    let is_address = provider.account_by != super::AccountBy::Email || account.contains('@');
    if !create::could_be(&account)
        || account.chars().any(|c| c.is_whitespace() || c.is_control())
        || !is_address
    {
        return Err(LinkFault::BadName);
    }
    if db.login_of_account(provider.name.as_str(), &account).await?.is_some() {
        return Err(LinkFault::Taken);
    }
    let login = match db.logins(school).await?.into_iter().find(|login| login.person == person) {
        Some(login) => login,
        None => {
            let name = create::normalised(&account);
            let id = LoginId(Uuid::now_v7());
            let login = Login { id, name, school: school.clone(), person, password: String::new() };
            db.put_login(&login, now).await?;
            login
        }
    };
    db.link_account(provider.name.as_str(), &account, login.id, now)
        .await?
        .then_some(())
        .ok_or(LinkFault::Taken)
}

/// Takes an account from a log-in: its sessions end.
pub(crate) async fn unlink(db: &Db, login: &Login, provider: &str, account: &str) -> Result<(), DbFault> {
    db.unlink_account(provider, account, login.id).await?;
    db.end_sessions_of(login.id).await
}
