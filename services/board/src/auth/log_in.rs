//! Logging in and out, and making log-ins.

use axum::http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{PersonId, SchoolId};
use secrecy::SecretString;
use uuid::Uuid;

use super::session::LONGEST;
use super::{BadPassword, Passwords, cookie, tokens};
use crate::app::AppState;
use crate::db::{Db, DbFault, Login, LoginFault, LoginId, SessionKind};

/// The most characters of a log-in's name.
const MAX_NAME: usize = 120;

/// How long a bearer token is good for.
pub(crate) const BEARER: SignedDuration = SignedDuration::from_hours(12);

/// What is typed to log in.
#[derive(Debug)]
pub struct Credentials {
    /// The name; case and white space around it don't count.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// Logged in.
#[derive(Clone)]
pub struct LoggedIn {
    /// The cookie to set, as the value of `Set-Cookie`.
    pub cookie: HeaderValue,
    /// The bearer token, to a client that asked for one.
    pub(crate) secret: String,
    /// Until when at most.
    pub ends_at: Timestamp,
}

/// Why somebody is not logged in. `Display` is for the page.
#[derive(Debug, thiserror::Error)]
pub enum LogInRefused {
    /// Name or password is wrong; which of them isn't told.
    #[error("The name or the password is not right.")]
    Wrong,
    /// Too many tries.
    #[error("Too many tries. Wait for half a minute, then try again.")]
    TooOften,
    /// The database failed.
    #[error("Homeward can't look up log-ins just now. Try again in a moment.")]
    Fault(#[from] DbFault),
}

/// Why a log-in can't be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateLoginFault {
    /// The name is empty or too long.
    #[error("a log-in's name has 1 to {MAX_NAME} characters, without spaces")]
    BadName,
    /// The password can't be set.
    #[error(transparent)]
    BadPassword(#[from] BadPassword),
    /// The name is taken, or the database failed.
    #[error(transparent)]
    Stored(#[from] LoginFault),
}

/// Logs a browser or a client in.
pub async fn log_in(
    state: &AppState,
    credentials: Credentials,
    kind: SessionKind,
) -> Result<LoggedIn, LogInRefused> {
    let name = normalised(&credentials.name);
    if !state.limits().allow(&name) {
        return Err(LogInRefused::TooOften);
    }
    let login = if name.chars().count() <= MAX_NAME { state.db().login(&name).await? } else { None };
    let stored = login.as_ref().map(|login| login.password.clone());
    let fits = state.passwords().verify(credentials.password, stored).await;
    let Some(login) = login.filter(|_| fits) else {
        metrics::counter!("homeward_log_ins_refused_total").increment(1);
        return Err(LogInRefused::Wrong);
    };
    let now = state.login_clock().now();
    let lasts = match kind {
        SessionKind::Cookie => LONGEST,
        SessionKind::Bearer => BEARER,
    };
    let ends_at = now.saturating_add(lasts).unwrap_or(Timestamp::MAX);
    let secret = tokens::new_secret();
    let idle_since = now.saturating_sub(super::IDLE).unwrap_or(Timestamp::MIN);
    state.db().forget_sessions(now, idle_since).await?;
    state.db().begin_session(tokens::stored(&secret), kind, login.id, now, ends_at).await?;
    let cookie = cookie::set(&secret, state.is_secure(), LONGEST.as_secs());
    Ok(LoggedIn { cookie, secret, ends_at })
}

/// Ends the session of a request's cookie; gives the cookie that takes it away, as the value of `Set-Cookie`.
pub async fn log_out(state: &AppState, headers: &HeaderMap) -> Result<HeaderValue, DbFault> {
    if let Some(secret) = cookie::secret(headers, state.is_secure()) {
        state.db().end_session(tokens::stored(&secret)).await?;
    }
    Ok(cookie::clear(state.is_secure()))
}

/// Makes a log-in for a person; one that the person has by that name gets the new password, and its sessions end.
/// Whether the caller may is the caller's to check: `homeward init`, or an administrator.
pub async fn create_login(
    db: &Db,
    passwords: &Passwords,
    school: &SchoolId,
    person: PersonId,
    name: &str,
    password: SecretString,
    now: Timestamp,
) -> Result<(), CreateLoginFault> {
    let name = normalised(name);
    if name.is_empty()
        || name.chars().count() > MAX_NAME
        || name.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(CreateLoginFault::BadName);
    }
    Passwords::check(&name, &password)?;
    let password = passwords.hash(password).await;
    let login = Login { id: LoginId(Uuid::now_v7()), name, school: school.clone(), person, password };
    Ok(db.put_login(&login, now).await?)
}

fn normalised(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Ends the session of a bearer token.
pub(crate) async fn revoke(state: &AppState, token: &str) -> Result<(), DbFault> {
    state.db().end_session(tokens::stored(token)).await
}
