//! The pictures of the ground under maps, from the school's own file.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::AppState;
use crate::auth::Session;

/// Browsers keep a tile for a day: the ground doesn't move.
const KEPT: &str = "private, max-age=86400";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/tiles/{z}/{x}/{y}", get(show))
}

async fn show(
    State(state): State<AppState>,
    _session: Session,
    Path((z, x, y)): Path<(u8, u32, u32)>,
) -> Response {
    let Some(ground) = state.ground() else { return StatusCode::NOT_FOUND.into_response() };
    match ground.tile(z, x, y).await {
        Ok(Some((kind, picture))) => {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEPT)], picture).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(why) => {
            tracing::warn!(%why, "a tile of the map can't be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
