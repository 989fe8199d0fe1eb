//! What the phone posts to us. Checked against the signature first, answered with success only after the commit: the app posts
//! again for two days.

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use proto::ids::{CommandId, SchoolId, derive_uuid};
use proto::v1::gateway::{Command, Progress};

use super::news::{News, read};
use super::signature::is_signed;
use crate::channels::{MessageId, ProviderConfig};
use crate::door::{Door, MeantFor};
use crate::incoming::{self, Incoming};

/// The largest post that is read, in bytes.
const MAX_POST_BYTES: usize = 64 * 1024;

pub(crate) fn router(door: Door) -> axum::Router {
    axum::Router::new()
        .route("/smsgate", post(news))
        .layer(axum::extract::DefaultBodyLimit::max(MAX_POST_BYTES))
        .with_state(door)
}

async fn news(
    State(door): State<Door>,
    meant: Option<Extension<MeantFor>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_from_a_phone_of_ours(&door, &headers, &body) {
        metrics::counter!("homeward_gateway_unsigned_posts_total").increment(1);
        tracing::warn!(path = "/smsgate", "a post without the phone's signature was refused");
        return StatusCode::FORBIDDEN.into_response();
    }
    let school = meant.map(|Extension(MeantFor(school))| school);
    match read(&body) {
        Some(News::Text { provider_id, from, body }) => {
            received(&door, Incoming { school, provider_id, from, body }).await
        }
        Some(News::Progress { id, event, progress }) => {
            progressed(&door, school.or_else(|| school_with(&door, id)), id, event, progress).await
        }
        Some(News::NotOurs) => StatusCode::NO_CONTENT.into_response(),
        None => {
            // It would be posted for two days: what can't be read is not asked for again.
            tracing::warn!("a post of the phone could not be read");
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

fn is_from_a_phone_of_ours(door: &Door, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (given, stamp) = (header("X-Signature"), header("X-Timestamp"));
    let now = door.inner.clock.now();
    door.inner.config.channels.providers.iter().any(|(_, provider)| match provider {
        ProviderConfig::SmsGate(phone) => is_signed(&phone.signing_key, body, stamp, given, now),
        ProviderConfig::Twilio(_) | ProviderConfig::Smtp(_) => false,
    })
}

async fn received(door: &Door, text: Incoming) -> Response {
    match incoming::take(door, text).await {
        Ok(outcome) => incoming::after(&outcome, || StatusCode::NO_CONTENT.into_response()),
        Err(status) => status.into_response(),
    }
}

async fn progressed(
    door: &Door,
    school: Option<SchoolId>,
    id: MessageId,
    event: &str,
    progress: Progress,
) -> Response {
    let Some(school) = school else { return StatusCode::NO_CONTENT.into_response() };
    // The same news posted again is the same command.
    let what = format!("{event}/{}", id.tries);
    let command = Command::RecordProgress {
        attempt: id.attempt,
        tries: Some(id.tries),
        provider_id: Some(id.to_string()),
        progress,
        fault: false,
    };
    let outcome = door.inner.ask(&school, CommandId(derive_uuid(id.attempt.0, &what, 0)), &command).await;
    incoming::after(&outcome, || StatusCode::NO_CONTENT.into_response())
}

pub(crate) fn school_with(door: &Door, id: MessageId) -> Option<SchoolId> {
    let has = door
        .inner
        .view
        .each(|school, state| state.attempts.get(id.attempt).is_some().then(|| school.id.clone()));
    has.into_iter().flatten().next()
}
