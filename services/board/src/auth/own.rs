//! What somebody does with their own log-in.

use axum::http::{HeaderMap, StatusCode};
use secrecy::SecretString;

use super::cookie::{self, Jar};
use super::limits::Allowed;
use super::log_in::{LogInRefused, LoggedIn, whole};
use super::{CreateLoginFault, Session, create_login, tokens};
use crate::app::AppState;
use crate::db::{Db, DbFault, Login, SessionKind};

/// Why a password stays what it is. `Display` is for the page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordStays {
    /// The current one isn't right.
    #[error("the password now is not the one that you typed")]
    Wrong,
    /// Too many tries.
    #[error("too many tries: wait for half a minute, then try again")]
    TooOften,
    /// The new one can't be set.
    #[error(transparent)]
    NotTaken(#[from] CreateLoginFault),
    /// Logging in again failed: the new one is set.
    #[error("the password is changed, but you could not be logged in again: {0}")]
    NotIn(#[from] LogInRefused),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] DbFault),
}

impl PasswordStays {
    /// The status that goes with it.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::FORBIDDEN,
            Self::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Self::NotTaken(CreateLoginFault::BadName | CreateLoginFault::BadPassword(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::NotTaken(CreateLoginFault::Stored(_)) | Self::NotIn(_) | Self::Fault(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

/// The log-in of a session.
pub(crate) async fn login(state: &AppState, session: &Session) -> Result<Login, DbFault> {
    let login = state.db().login(&session.login).await?;
    login.ok_or_else(|| DbFault::Unreadable("a log-in that was taken away just now".to_owned()))
}

/// Sets a new password: every session of theirs ends, and this browser gets a new one.
pub(crate) async fn set_password(
    state: &AppState,
    session: &Session,
    current: SecretString,
    new: SecretString,
    headers: &HeaderMap,
) -> Result<LoggedIn, PasswordStays> {
    let login = login(state, session).await?;
    let secret = cookie::secret(Jar::Session, headers, state.is_secure()).unwrap_or_default();
    if !state.limits().allow_known(tokens::stored(&secret), &login.name) {
        return Err(PasswordStays::TooOften);
    }
    if !state.passwords().verify(current, Some(login.password.clone()), Allowed::Now).await {
        return Err(PasswordStays::Wrong);
    }
    let second_factor = this_session(state, headers).await?;
    let now = state.login_clock().now();
    let (db, passwords) = (state.db(), state.passwords());
    create_login(db, passwords, &session.school, session.person, &login.name, new, now).await?;
    Ok(whole(state, &login, headers, second_factor).await?)
}

/// Whether a code was given for the session of this request.
async fn this_session(state: &AppState, headers: &HeaderMap) -> Result<bool, DbFault> {
    let Some(secret) = cookie::secret(Jar::Session, headers, state.is_secure()) else { return Ok(false) };
    let found = state.db().session(tokens::stored(&secret), SessionKind::Cookie).await?;
    Ok(found.is_some_and(|found| found.second_factor))
}

/// Takes the second factor of a log-in away: its app was lost. Its sessions end. Whether the caller may is the caller's to
/// check: an administrator, or whoever has the machine. Tells whether there was one.
pub async fn forget_second_factor(db: &Db, login: &Login) -> Result<bool, DbFault> {
    let was_there = db.forget_second_factor(login.id).await?;
    db.end_sessions_of(login.id).await?;
    Ok(was_there)
}

/// Ends every session of theirs but this one.
pub(crate) async fn end_others(
    state: &AppState,
    session: &Session,
    headers: &HeaderMap,
) -> Result<(), DbFault> {
    let login = login(state, session).await?;
    let this = cookie::secret(Jar::Session, headers, state.is_secure()).map(|secret| tokens::stored(&secret));
    state.db().end_sessions_but(login.id, this).await
}
