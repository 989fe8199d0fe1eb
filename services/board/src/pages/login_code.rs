//! From the password to the code: the second factor at log-in, and its set-up where there is none yet.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde::Deserialize;

use super::html::{Html, page};
use super::login::{cookies, failed, ours, refused_as};
use super::qr::qr_code;
use crate::app::AppState;
use crate::auth::session::escaped;
use crate::auth::{HalfWay, LogInRefused, Network};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/login/code", get(show).post(give))
}

#[derive(Template)]
#[template(path = "login_code.html")]
struct CodePage {
    next: String,
    refused: Option<String>,
    sets_up: Option<SetUp>,
}

/// The app that is set up now.
pub(super) struct SetUp {
    pub(super) qr: Option<Html>,
    /// The secret, where no camera is.
    pub(super) typed: String,
}

impl SetUp {
    pub(super) fn of(app: &crate::auth::second_factor::App) -> Self {
        Self {
            qr: qr_code(&app.address(), "The set-up of the app, to be scanned with it"),
            typed: app.typed(),
        }
    }
}

/// The codes on paper: shown this once.
#[derive(Template)]
#[template(path = "login_paper.html")]
struct PaperPage {
    next: String,
    codes: Vec<String>,
}

/// Shows the codes on paper, and then goes on.
pub(super) fn paper(codes: Vec<String>, next: &str) -> Response {
    page(StatusCode::OK, &PaperPage { next: next.to_owned(), codes })
}

#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

fn asked(half: &HalfWay, next: String, why: Option<&LogInRefused>) -> Response {
    let status = why.map_or(StatusCode::OK, refused_as);
    let sets_up = half.sets_up().map(SetUp::of);
    page(status, &CodePage { next, refused: why.map(ToString::to_string), sets_up })
}

/// Who isn't half-way begins again.
fn again(next: &str) -> Response {
    Redirect::to(&format!("/login?next={}", escaped(ours(next)))).into_response()
}

async fn show(State(state): State<AppState>, headers: HeaderMap, Query(wanted): Query<Wanted>) -> Response {
    match HalfWay::of_cookie(&state, &headers).await {
        Ok(Some(half)) => asked(&half, wanted.next, None),
        Ok(None) => again(&wanted.next),
        Err(fault) => failed(&fault),
    }
}

async fn give(
    State(state): State<AppState>,
    headers: HeaderMap,
    from: Network,
    Form(typed): Form<Typed>,
) -> Response {
    let half = match HalfWay::of_cookie(&state, &headers).await {
        Ok(Some(half)) => half,
        Ok(None) => return again(&typed.next),
        Err(fault) => return failed(&fault),
    };
    match half.gives(&state, &headers, from, &typed.code).await {
        Ok(taken) => {
            let next = ours(&typed.next);
            let shown = match taken.on_paper {
                Some(codes) => paper(codes, next),
                None => Redirect::to(next).into_response(),
            };
            (AppendHeaders(cookies(taken.logged_in)), shown).into_response()
        }
        // It may have been taken away meanwhile: whoever is still half-way is asked again.
        Err(why) => match HalfWay::of_cookie(&state, &headers).await {
            Ok(Some(half)) => asked(&half, typed.next, Some(&why)),
            Ok(None) => again(&typed.next),
            Err(fault) => failed(&fault),
        },
    }
}
