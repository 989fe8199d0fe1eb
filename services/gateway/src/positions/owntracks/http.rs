//! OwnTracks' HTTP mode. Any answer but success makes Android send the same message for ever, so what can't be read is
//! kept apart and answered like the rest; only our own fault is told (503).

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proto::ids::{DeviceId, SchoolId};
use proto::v1::gateway::LocationApp;

use super::parse::parse;
use super::waypoints;
use crate::door::{Door, Inner};
use crate::positions::account::{encryption_key, log_in};
use crate::positions::{Taken, take};

/// Larger bodies are refused before they are read.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(door: Door) -> axum::Router {
    axum::Router::new()
        .route("/owntracks", post(position))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(door)
}

async fn position(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let inner = &door.inner;
    let Some((school, device)) = whose(inner, &headers) else {
        let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"homeward\"")];
        return (StatusCode::UNAUTHORIZED, ask).into_response();
    };
    let parsed = parse(&body, &encryption_key(&inner.config.owntracks_key, &school, device));
    let told = match take(inner, &school, device, LocationApp::OwntracksHttp, parsed, &body).await {
        Taken::Position(id) => waypoints::to_tell(inner, &school, device, Some(&id)).await,
        Taken::Nothing => None,
        Taken::Again => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let answer = serde_json::Value::from_iter(told).to_string();
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

/// The login says whose position it is: `X-Limit-U` and the topic in the message could say anything.
fn whose(inner: &Inner, headers: &HeaderMap) -> Option<(SchoolId, DeviceId)> {
    let (user, password) = basic(headers)?;
    log_in(inner, &user, &password)
}

/// The name and the password of a login.
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let given = String::from_utf8(BASE64_STANDARD.decode(given.trim()).ok()?).ok()?;
    let (user, password) = given.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
