//! Log-in by an account elsewhere: out to the provider, and back.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::html::page;
use super::login::{asked, cookies, ours};
use crate::app::AppState;
use crate::auth::Network;
use crate::auth::oidc::{self, Came, NotIn};
use crate::auth::session::escaped;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/login/with/{provider}", get(set_out))
        .route("/login/with/{provider}/back", get(back))
}

/// On to where somebody wanted to go. A redirect would still count as coming from the provider, and the session's cookie,
/// which is for this site alone, would stay behind: it is this page that leads on.
#[derive(Template)]
#[template(path = "login_done.html")]
struct DonePage {
    next: String,
}

#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer {
    code: String,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

fn unknown(state: &AppState) -> Response {
    let why = "There is no log-in by that account here.".to_owned();
    asked(state, StatusCode::NOT_FOUND, "/", String::new(), Some(why))
}

fn refused(state: &AppState, why: &NotIn, next: &str) -> Response {
    asked(state, why.status(), next, String::new(), Some(why.to_string()))
}

async fn set_out(
    State(state): State<AppState>,
    Path(provider): Path<String>,
    from: Network,
    Query(wanted): Query<Wanted>,
) -> Response {
    let Some(provider) = state.providers().get(&provider).map(Arc::clone) else { return unknown(&state) };
    match oidc::set_out(&state, &provider, ours(&wanted.next), from).await {
        Ok((to, cookie)) => ([(SET_COOKIE, cookie)], Redirect::to(&to)).into_response(),
        Err(why) => refused(&state, &why, &wanted.next),
    }
}

async fn back(
    State(state): State<AppState>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    from: Network,
    Query(answer): Query<Answer>,
) -> Response {
    let Some(provider) = state.providers().get(&provider).map(Arc::clone) else { return unknown(&state) };
    let Answer { code, state: given, iss, error } = answer;
    let came = Came { code, state: given, issuer: iss, error };
    // Once, whatever comes of it.
    let forgotten = [(SET_COOKIE, oidc::forgotten(&state))];
    let shown = match oidc::come_back(&state, &provider, &headers, from, came).await {
        Ok((logged_in, next)) => {
            let next = ours(&next).to_owned();
            let next =
                if logged_in.owes_code { format!("/login/code?next={}", escaped(&next)) } else { next };
            (AppendHeaders(cookies(logged_in)), page(StatusCode::OK, &DonePage { next })).into_response()
        }
        Err(why) => refused(&state, &why, "/"),
    };
    (AppendHeaders(forgotten), shown).into_response()
}
