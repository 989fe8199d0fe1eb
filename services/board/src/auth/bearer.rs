//! Clients of the API.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::session::{NoSession, Session};
use crate::api::ApiError;
use crate::app::AppState;
use crate::db::SessionKind;

/// A client with a token, that acts for the person who got it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bearer(pub Session);

/// Whoever may read by the API: a client with a token, or a page of ours by its cookie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiReader(pub Session);

impl FromRequestParts<AppState> for Bearer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match token(parts) {
            Some(token) => of_token(state, token).await.map(Self).map_err(refused),
            None => Err(refused(NoSession::LogIn)),
        }
    }
}

impl FromRequestParts<AppState> for ApiReader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let session = match token(parts) {
            Some(token) => of_token(state, token).await,
            None => Session::of_cookie(state, &parts.headers).await,
        };
        session.map(Self).map_err(refused)
    }
}

async fn of_token(state: &AppState, token: &str) -> Result<Session, NoSession> {
    Session::of_secret(state, token, SessionKind::Bearer).await
}

/// The token of a request's `Authorization: Bearer …`.
pub(crate) fn token(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refused(why: NoSession) -> Response {
    match why {
        NoSession::LogIn => ApiError::not_logged_in(),
        NoSession::Starting => {
            ApiError::unavailable("Homeward has just started: ask again in a moment".to_owned())
        }
        NoSession::Fault => {
            ApiError::unavailable("log-ins can't be looked up just now: ask again".to_owned())
        }
    }
    .into_response()
}
