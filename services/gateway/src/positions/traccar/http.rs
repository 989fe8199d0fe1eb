//! Traccar Client over HTTP. As with OwnTracks: an answer other than success makes it send the same message again.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use proto::v1::gateway::LocationApp;

use super::parse::{Message, parse};
use crate::door::Door;
use crate::positions::account::log_in;
use crate::positions::{Taken, take};

/// Larger bodies are refused before they are read.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What is kept of a message that can't be read: nothing of it, since the phone's password is in it.
const NOT_KEPT: &[u8] = b"(a message of Traccar Client: it holds the phone's password, and is not kept)";

pub(crate) fn router(door: Door) -> axum::Router {
    axum::Router::new()
        .route("/traccar", post(position).get(position))
        .route("/traccar/", post(position).get(position))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(door)
}

async fn position(State(door): State<Door>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let query = query.unwrap_or_default();
    let Some(Message { id, parsed }) = parse(&query, &body) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let named = id.rsplit_once('.').and_then(|(user, password)| log_in(&door.inner, user, password));
    let Some((school, device)) = named else { return StatusCode::UNAUTHORIZED.into_response() };
    match take(&door.inner, &school, device, LocationApp::Traccar, parsed, NOT_KEPT).await {
        Taken::Position(_) | Taken::Nothing => StatusCode::OK.into_response(),
        Taken::Again => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
