//! Styles, scripts and pictures, embedded in the binary.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use crate::app::AppState;

#[derive(RustEmbed)]
#[folder = "ui/dist"]
struct Dist;

/// The phone page's worker stands outside /assets/, so that its reach may be /go/.
const WORKER: &str = "phone-worker.js";

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route(
            "/assets/{name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { file(&name, &headers) }),
        )
        .route("/phone-worker.js", get(|headers: HeaderMap| async move { file(WORKER, &headers) }))
        .route("/favicon.ico", get(|headers: HeaderMap| async move { file("icon.svg", &headers) }))
}

/// Kept by browsers, but asked about each time: a new release shows at once.
fn file(name: &str, headers: &HeaderMap) -> Response {
    let Some(file) = Dist::get(name) else {
        return (StatusCode::NOT_FOUND, "There is no such file.").into_response();
    };
    let tag: String = file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == tag.as_bytes());
    let kind = file.metadata.mimetype().to_owned();
    let about = [(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, [(header::CONTENT_TYPE, kind)], file.data).into_response()
}
