//! What the phone posts to us: texts that came in, and how ours fare. Checked against the signature first, answered with
//! success only after the commit: the app posts again for two days.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use proto::ids::{CommandId, SchoolId, derive_uuid};
use proto::v1::gateway::{Command, Progress};
use serde::Deserialize;

use super::signature::is_signed;
use crate::channels::{MessageId, ProviderConfig};
use crate::door::Door;
use crate::incoming::{self, Incoming};

/// The largest post that is read, in bytes.
const MAX_POST_BYTES: usize = 64 * 1024;

pub(crate) fn router(door: Door) -> axum::Router {
    axum::Router::new()
        .route("/smsgate", post(news))
        .layer(axum::extract::DefaultBodyLimit::max(MAX_POST_BYTES))
        .with_state(door)
}

#[derive(Deserialize)]
struct Posted {
    event: String,
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    #[serde(default)]
    message_id: String,
    message: Option<String>,
    /// Of later versions of the app; before, `phoneNumber` says it.
    sender: Option<String>,
    phone_number: Option<String>,
    received_at: Option<String>,
    reason: Option<String>,
}

async fn news(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_from_a_phone_of_ours(&door, &headers, &body) {
        metrics::counter!("homeward_gateway_unsigned_posts_total").increment(1);
        tracing::warn!(path = "/smsgate", "a post without the phone's signature was refused");
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(Posted { event, payload }) = serde_json::from_slice::<Posted>(&body) else {
        // It would be posted for two days: what can't be read is not asked for again.
        tracing::warn!("a post of the phone could not be read");
        return StatusCode::NO_CONTENT.into_response();
    };
    match event.as_str() {
        "sms:received" => received(&door, payload).await,
        "sms:sent" => progressed(&door, &payload, &event, Progress::Sent {}).await,
        "sms:delivered" => progressed(&door, &payload, &event, Progress::Delivered {}).await,
        "sms:failed" => {
            let failed = super::failed(payload.reason.as_deref());
            progressed(&door, &payload, &event, failed).await
        }
        _ => StatusCode::NO_CONTENT.into_response(),
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

/// The app joins the parts of a long text, and its `messageId` comes from the text's content: with the sender and the time
/// of receipt it names the text, however often, and by whichever of its webhooks, it is posted.
async fn received(door: &Door, payload: Payload) -> Response {
    let from = payload.sender.or(payload.phone_number).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    for part in [&from, &payload.message_id, payload.received_at.as_ref().unwrap_or(&String::new())] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    let provider_id = format!("smsgate-{}", &hasher.finalize().to_hex()[..32]);
    let text = Incoming { school: None, provider_id, from, body: payload.message.unwrap_or_default() };
    match incoming::take(door, text).await {
        Ok(outcome) => incoming::after(&outcome, || StatusCode::NO_CONTENT.into_response()),
        Err(status) => status.into_response(),
    }
}

async fn progressed(door: &Door, payload: &Payload, event: &str, progress: Progress) -> Response {
    // Another app's texts, or ones written on the phone by hand, are none of ours.
    let Some(id) = MessageId::parse(&payload.message_id) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    let Some(school) = school_with(door, id) else { return StatusCode::NO_CONTENT.into_response() };
    let command = Command::RecordProgress {
        attempt: id.attempt,
        tries: Some(id.tries),
        provider_id: Some(payload.message_id.clone()),
        progress,
        fault: false,
    };
    let command_id = CommandId(derive_uuid(id.attempt.0, &format!("{event}/{}", id.tries), 0));
    let outcome = door.inner.ask(&school, command_id, &command).await;
    incoming::after(&outcome, || StatusCode::NO_CONTENT.into_response())
}

fn school_with(door: &Door, id: MessageId) -> Option<SchoolId> {
    let has = door
        .inner
        .view
        .each(|school, state| state.attempts.get(id.attempt).is_some().then(|| school.id.clone()));
    has.into_iter().flatten().next()
}
