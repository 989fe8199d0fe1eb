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
use proto::values::AssetTag;
use subtle::ConstantTimeEq as _;

use super::{Taken, device_password, quarantine, take};
use crate::door::{Door, Inner};

/// Larger bodies are refused before they are read.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(door: Door) -> axum::Router {
    axum::Router::new()
        .route("/owntracks", post(position))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(door)
}

async fn position(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let Some((school, device)) = log_in(&door.inner, &headers) else {
        let ask = [(header::WWW_AUTHENTICATE, "Basic realm=\"homeward\"")];
        return (StatusCode::UNAUTHORIZED, ask).into_response();
    };
    match take(&door.inner, &school, device, &body).await {
        Taken::Done => {}
        Taken::Unreadable(why) => quarantine(&school, device, &why, &body),
        Taken::Again => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
    ([(header::CONTENT_TYPE, "application/json")], "[]").into_response()
}

/// The login says whose position it is: `X-Limit-U` and the topic in the message could say anything. The user is the
/// asset tag or the device's id, `school/tag` where there are several schools.
fn log_in(inner: &Inner, headers: &HeaderMap) -> Option<(SchoolId, DeviceId)> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let given = String::from_utf8(BASE64_STANDARD.decode(given.trim()).ok()?).ok()?;
    let (user, password) = given.split_once(':')?;
    let (school, name) = match user.split_once('/') {
        Some((school, name)) => (Some(SchoolId::parse(school).ok()?), name),
        None => (None, user),
    };
    let (tag, id) = (AssetTag::parse(name).ok(), name.parse::<DeviceId>().ok());
    let candidates = inner.view.each(|known, state| {
        let by_tag = || tag.as_ref().and_then(|tag| state.device_of_tag(tag)).map(|(id, _)| id);
        let device = id.filter(|id| state.devices.contains_key(id)).or_else(by_tag)?;
        school.as_ref().is_none_or(|named| *named == known.id).then(|| (known.id.clone(), device))
    });
    let key = &inner.config.owntracks_key;
    let right = |(school, device): &(SchoolId, DeviceId)| -> bool {
        device_password(key, school, *device).as_bytes().ct_eq(password.as_bytes()).into()
    };
    candidates.into_iter().flatten().find(right)
}
