//! Log-in and log-out.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use secrecy::SecretString;
use serde::Deserialize;

use super::html::page;
use crate::app::AppState;
use crate::auth::oidc::Provider;
use crate::auth::session::{escaped, plain};
use crate::auth::{
    Credentials, LogInRefused, LoggedIn, Network, PasswordsFor, Posted, Session, log_in, log_out,
};
use crate::db::DbFault;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/login", get(show).post(try_it)).route("/logout", post(leave))
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    next: String,
    name: String,
    refused: Option<String>,
    /// Accounts elsewhere by which one may log in.
    accounts: Vec<ByAccount>,
    /// Whether everybody's password opens something.
    passwords: bool,
}

/// A provider of accounts.
struct ByAccount {
    label: String,
    href: String,
    away: bool,
}

/// The page on which one logs in.
pub(super) fn asked(
    state: &AppState,
    status: StatusCode,
    next: &str,
    name: String,
    refused: Option<String>,
) -> Response {
    let now = state.login_clock().now();
    let next = ours(next);
    let one = |provider: &std::sync::Arc<Provider>| ByAccount {
        label: provider.config().label.clone(),
        href: format!("/login/with/{}?next={}", provider.config().name, escaped(next)),
        away: !provider.is_reachable(now),
    };
    let accounts = state.providers().iter().map(one).collect();
    let passwords = state.log_in_by().passwords_for == PasswordsFor::Everyone;
    page(status, &LogInPage { next: next.to_owned(), name, refused, accounts, passwords })
}

#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

async fn show(
    State(state): State<AppState>,
    session: Option<Session>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if session.is_some() {
        return Redirect::to(ours(&wanted.next)).into_response();
    }
    asked(&state, StatusCode::OK, &wanted.next, String::new(), None)
}

async fn try_it(
    State(state): State<AppState>,
    headers: HeaderMap,
    from: Network,
    Form(typed): Form<Typed>,
) -> Response {
    let Typed { login, password, next } = typed;
    let credentials = Credentials { name: login.clone(), password };
    match log_in(&state, credentials, &headers, from).await {
        Ok(half) if half.owes_code => {
            let to = format!("/login/code?next={}", escaped(ours(&next)));
            (AppendHeaders(cookies(half)), Redirect::to(&to)).into_response()
        }
        Ok(whole) => (AppendHeaders(cookies(whole)), Redirect::to(ours(&next))).into_response(),
        Err(why) => asked(&state, refused_as(&why), &next, login, Some(why.to_string())),
    }
}

/// The headers that set them.
pub(super) fn cookies(logged_in: LoggedIn) -> Vec<(HeaderName, HeaderValue)> {
    logged_in.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)).collect()
}

/// The status that goes with a refusal.
pub(super) fn refused_as(why: &LogInRefused) -> StatusCode {
    match why {
        LogInRefused::Wrong
        | LogInRefused::ByProvider
        | LogInRefused::CodeNeeded
        | LogInRefused::FactorNeeded
        | LogInRefused::WrongCode => StatusCode::UNAUTHORIZED,
        LogInRefused::TooOften | LogInRefused::TooManyCodes => StatusCode::TOO_MANY_REQUESTS,
        LogInRefused::Fault(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The database of log-ins is away.
pub(super) fn failed(fault: &DbFault) -> Response {
    tracing::error!(%fault, "HW-D2 the database of log-ins failed");
    plain(StatusCode::SERVICE_UNAVAILABLE, "Homeward can't look up log-ins just now. Try again in a moment.")
}

async fn leave(State(state): State<AppState>, headers: HeaderMap, _posted: Posted) -> Response {
    match log_out(&state, &headers).await {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "HW-D2 the database of log-ins failed");
            (StatusCode::SERVICE_UNAVAILABLE, "You could not be logged out just now. Try again in a moment.")
                .into_response()
        }
    }
}

/// Where to go afterwards: a path of ours, never another site.
pub(super) fn ours(next: &str) -> &str {
    // Browsers pass over a tab or a line's end wherever it stands: `/<tab>/evil.test` is another site.
    let is_plain = !next.contains(|c: char| c == '\\' || c.is_control());
    let is_path = next.starts_with('/') && !next.starts_with("//") && is_plain;
    if is_path && !next.starts_with("/login") { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn after_log_in_nobody_is_sent_to_another_site() {
        assert_eq!(ours("/trips/new?x=1"), "/trips/new?x=1");
        for elsewhere in [
            "",
            "//evil.test",
            "https://evil.test",
            "/\\evil.test",
            "/\t/evil.test",
            "/\r\n/evil.test",
            "javascript:x",
            "/login?next=/login",
        ] {
            assert_eq!(ours(elsewhere), "/", "{elsewhere}");
        }
    }
}
