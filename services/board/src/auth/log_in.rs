//! Logging in and out. A password opens a session, as does an account elsewhere ([`super::oidc`]); where a second factor is owed, only the door to its page.

use axum::http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use proto::Timestamp;
use proto::envelope::Hash;
use proto::v1::people::Role;
use secrecy::SecretString;

use super::cookie::{self, Jar};
use super::limits::Allowed;
use super::oidc::PasswordsFor;
use super::session::LONGEST;
use super::{Network, create, factor, tokens};
use crate::app::AppState;
use crate::db::{DbFault, Login, NewSession, SessionKind};

/// How long a bearer token is good for.
pub(crate) const BEARER: SignedDuration = SignedDuration::from_hours(12);

/// How long somebody may take from the password to the code.
pub(crate) const HALF_WAY: SignedDuration = SignedDuration::from_mins(10);

/// How long a browser is remembered after somebody last logged in from it.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What is typed to log in.
#[derive(Debug)]
pub struct Credentials {
    /// The name; case and white space around it don't count.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// A browser that logged in, or is half-way there.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The cookies to set, each as a value of `Set-Cookie`; the session's comes first.
    pub cookies: Vec<HeaderValue>,
    /// The second factor is still owed: the cookie opens its page alone.
    pub owes_code: bool,
}

/// A client that logged in.
#[derive(Clone)]
pub(crate) struct Token {
    /// The bearer token.
    pub(crate) secret: String,
    /// Until when at most it is good.
    pub(crate) ends_at: Timestamp,
}

/// Why somebody is not logged in. `Display` is for the page.
#[derive(Debug, thiserror::Error)]
pub enum LogInRefused {
    /// Name or password is wrong; which of them isn't told.
    #[error(
        "The name or the password is not right. Forgotten? Whoever keeps the school's log-ins can set a new password on your page under People."
    )]
    Wrong,
    /// The password was right, and passwords are not for them.
    #[error("Here passwords are for administrators alone. Log in with your work account.")]
    ByProvider,
    /// Too many tries.
    #[error("Too many tries. Wait for half a minute, then try again.")]
    TooOften,
    /// Too many codes of the second factor.
    #[error(
        "Too many codes were typed. Wait for ten minutes; or type one of your codes on paper, or log in from a browser that you used before."
    )]
    TooManyCodes,
    /// A client gave no code, where one is owed.
    #[error("A code of the second factor is needed: send it as `code`.")]
    CodeNeeded,
    /// A client owes a second factor, and there is none yet.
    #[error("This log-in needs a second factor. Log in by browser once: it is set up there.")]
    FactorNeeded,
    /// The code is wrong, or was used before.
    #[error("The code is not right. Each is good for one log-in: wait for the next one.")]
    WrongCode,
    /// The database failed.
    #[error("Homeward can't look up log-ins just now. Try again in a moment.")]
    Fault(#[from] DbFault),
}

/// Logs a browser in.
pub async fn log_in(
    state: &AppState,
    credentials: Credentials,
    headers: &HeaderMap,
    from: Network,
) -> Result<LoggedIn, LogInRefused> {
    let known = cookie::secret(Jar::KnownBrowser, headers, state.is_secure());
    let login = fits(state, credentials, known.as_deref().map(tokens::stored), from).await?;
    opens(state, &login, headers, false).await
}

/// A session for whoever showed who they are; where a second factor is owed and wasn't given, only the door to its page.
pub(super) async fn opens(
    state: &AppState,
    login: &Login,
    headers: &HeaderMap,
    second_factor: bool,
) -> Result<LoggedIn, LogInRefused> {
    if !second_factor && factor::is_owed(state, login).await? {
        let (secret, _) = begins(state, login, SessionKind::Half, false).await?;
        let cookie = cookie::set(Jar::Session, &secret, state.is_secure(), HALF_WAY.as_secs());
        return Ok(LoggedIn { cookies: vec![cookie], owes_code: true });
    }
    whole(state, login, headers, second_factor).await
}

/// Gets a client a token.
pub(crate) async fn log_in_client(
    state: &AppState,
    credentials: Credentials,
    code: Option<String>,
    from: Network,
) -> Result<Token, LogInRefused> {
    let login = fits(state, credentials, None, from).await?;
    let owed = factor::is_owed(state, &login).await?;
    if owed {
        factor::take_of_client(state, &login, code, from).await?;
    }
    let (secret, ends_at) = begins(state, &login, SessionKind::Bearer, owed).await?;
    Ok(Token { secret, ends_at })
}

/// A whole session of a browser, which is remembered.
pub(super) async fn whole(
    state: &AppState,
    login: &Login,
    headers: &HeaderMap,
    second_factor: bool,
) -> Result<LoggedIn, LogInRefused> {
    let secure = state.is_secure();
    let (secret, _) = begins(state, login, SessionKind::Cookie, second_factor).await?;
    let browser = cookie::secret(Jar::KnownBrowser, headers, secure).unwrap_or_else(tokens::new_secret);
    let now = state.login_clock().now();
    state.db().remember_browser(tokens::stored(&browser), login.id, now).await?;
    let cookies = vec![
        cookie::set(Jar::Session, &secret, secure, LONGEST.as_secs()),
        cookie::set(Jar::KnownBrowser, &browser, secure, KNOWN_FOR.as_secs()),
    ];
    Ok(LoggedIn { cookies, owes_code: false })
}

/// The log-in that these credentials open.
async fn fits(
    state: &AppState,
    credentials: Credentials,
    browser: Option<Hash>,
    from: Network,
) -> Result<Login, LogInRefused> {
    let name = create::normalised(&credentials.name);
    let allowed = match browser {
        Some(browser) if state.db().knows_browser(browser, &name).await? => {
            state.limits().allow_known(browser, &name).then_some(Allowed::Now)
        }
        Some(_) | None => state.limits().allow_stranger(from, &name),
    };
    let allowed = allowed.ok_or(LogInRefused::TooOften)?;
    let login = if create::could_be(&name) { state.db().login(&name).await? } else { None };
    // A log-in that has no password takes as long as any.
    let stored = login.as_ref().map(|login| login.password.clone()).filter(|password| !password.is_empty());
    let fits = state.passwords().verify(credentials.password, stored, allowed).await;
    let Some(login) = login.filter(|_| fits) else {
        metrics::counter!("homeward_log_ins_refused_total").increment(1);
        return Err(LogInRefused::Wrong);
    };
    if may_by_password(state, &login) { Ok(login) } else { Err(LogInRefused::ByProvider) }
}

/// Whether that log-in's password opens anything.
fn may_by_password(state: &AppState, login: &Login) -> bool {
    match state.log_in_by().passwords_for {
        PasswordsFor::Everyone => true,
        PasswordsFor::Administrators => {
            let view = state.view().school(&login.school);
            let member = view.as_ref().and_then(|view| view.people.member(login.person));
            member.is_some_and(|member| member.roles.contains(&Role::Admin))
        }
    }
}

/// Begins a session: its secret, and when it ends at the latest.
async fn begins(
    state: &AppState,
    login: &Login,
    kind: SessionKind,
    second_factor: bool,
) -> Result<(String, Timestamp), DbFault> {
    let now = state.login_clock().now();
    let lasts = match kind {
        SessionKind::Cookie => LONGEST,
        SessionKind::Bearer => BEARER,
        SessionKind::Half => HALF_WAY,
    };
    let ends_at = now.saturating_add(lasts).unwrap_or(Timestamp::MAX);
    let secret = tokens::new_secret();
    let idle_since = now.saturating_sub(super::IDLE).unwrap_or(Timestamp::MIN);
    state.db().forget_sessions(now, idle_since).await?;
    let hash = tokens::stored(&secret);
    state.db().begin_session(NewSession { hash, kind, login: login.id, second_factor, ends_at }, now).await?;
    Ok((secret, ends_at))
}

/// Ends the session of a request's cookie; gives the cookie that takes it away, as the value of `Set-Cookie`.
pub async fn log_out(state: &AppState, headers: &HeaderMap) -> Result<HeaderValue, DbFault> {
    if let Some(secret) = cookie::secret(Jar::Session, headers, state.is_secure()) {
        state.db().end_session(tokens::stored(&secret)).await?;
    }
    Ok(cookie::clear(state.is_secure()))
}

/// Ends the session of a bearer token.
pub(crate) async fn revoke(state: &AppState, token: &str) -> Result<(), DbFault> {
    state.db().end_session(tokens::stored(token)).await
}
