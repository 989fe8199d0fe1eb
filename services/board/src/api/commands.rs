//! Every command of every service: `POST /api/v1/{service}/{Command}`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use chassis::client::Cause;
use proto::ids::{CommandId, TripId};
use proto::topics::ServiceName;
use proto::trace::TraceId;
use proto::v1;
use proto::v1::checkins::Via;
use proto::values::{DuressHash, Note, Personal};
use proto::wire::join_with_path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ApiError;
use crate::app::AppState;
use crate::asking;
use crate::auth::roles::{self, Action};
use crate::auth::{Bearer, Session};
use crate::duress;

/// The header with the command's id.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The header of W3C trace context.
pub(super) const TRACEPARENT: &str = "traceparent";

/// Commands that take a duress word, as a word: its hash, which no client can make, goes on in its place.
pub(super) const WITH_DURESS: [(ServiceName, &str); 3] = [
    (ServiceName::Trips, "Depart"),
    (ServiceName::Checkins, "CheckIn"),
    (ServiceName::Checkins, "WriteDownCall"),
];

/// Commands with words of the party, and the field they stand in: a duress word among them is taken out.
const WITH_WORDS: [(ServiceName, &str, &str); 4] = [
    (ServiceName::Checkins, "CheckIn", "note"),
    (ServiceName::Checkins, "WriteDownCall", "words"),
    (ServiceName::Checkins, "CallForHelp", "note"),
    (ServiceName::Checkins, "ReportLostChild", "last_seen"),
];

/// The field of such a word.
pub(super) const DURESS_WORD: &str = "duress_word";

/// A check-in by the API says so itself: a client can't pass for a phone page, or for base.
pub(super) const BY_THE_API: (ServiceName, &str) = (ServiceName::Checkins, "CheckIn");

/// The field that says it.
pub(super) const VIA: &str = "via";

/// It was done.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Done {
    /// The number in the service's journal that it led to.
    sequence: u64,
    /// The command's id: sent again with it, the command is done once.
    command: CommandId,
}

/// A path for each service: some have views beside their commands.
pub(super) fn router() -> Router<AppState> {
    ServiceName::ALL.into_iter().fold(Router::new(), |router, service| {
        let ask = async move |State(state): State<AppState>,
                              Bearer(session): Bearer,
                              Path(variant): Path<String>,
                              request: Request| {
            ask(&state, &session, service, &variant, request).await
        };
        router.route(&format!("/{service}/{{id}}"), post(ask))
    })
}

async fn ask(
    state: &AppState,
    session: &Session,
    service: ServiceName,
    variant: &str,
    request: Request,
) -> Result<Json<Done>, ApiError> {
    if super::openapi::roles_of(service, variant).is_none() {
        return Err(ApiError::not_found(format!("{service} has no command {variant:?}")));
    }
    // Whoever may not ask is told so, whatever they sent: nothing of it is looked at.
    roles::may(&session.roles, Action::Command(service, variant))?;
    let command = command_id(request.headers())?;
    let cause = Cause { id: command, trace: trace_of(request.headers()) };
    let body = Bytes::from_request(request, state).await.map_err(ApiError::unread_body)?;
    let data = read(state, session, service, variant, &body)?;
    check(service, variant, &data)?;
    let accepted = asking::ask_raw(state, session, service, cause, variant, data).await?;
    Ok(Json(Done { sequence: accepted.sequence, command }))
}

/// The trace that the client brings; whatever else stands there is as none.
fn trace_of(headers: &HeaderMap) -> Option<TraceId> {
    TraceId::of_traceparent(headers.get(TRACEPARENT)?.to_str().ok()?)
}

fn command_id(headers: &HeaderMap) -> Result<CommandId, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(CommandId::new()) };
    let id = key.to_str().ok().and_then(|text| text.parse::<Uuid>().ok());
    id.map(CommandId).ok_or_else(|| {
        ApiError::malformed(
            Some("Idempotency-Key".to_owned()),
            "an Idempotency-Key is a UUID of the client's making",
        )
    })
}

/// The body as it goes on to the service.
fn read(
    state: &AppState,
    session: &Session,
    service: ServiceName,
    variant: &str,
    body: &[u8],
) -> Result<Box<RawValue>, ApiError> {
    let not_json = |error: serde_json::Error| {
        ApiError::malformed(None, format!("the body is the command's fields as a JSON object: {error}"))
    };
    let mut fields: Map<String, Value> = serde_json::from_slice(body).map_err(not_json)?;
    if WITH_DURESS.contains(&(service, variant)) {
        hash_duress_word(state, &mut fields)?;
    }
    for (_, _, field) in WITH_WORDS.iter().filter(|(of, name, _)| (*of, *name) == (service, variant)) {
        take_duress_word_out(state, session, field, WITH_DURESS.contains(&(service, variant)), &mut fields);
    }
    if BY_THE_API == (service, variant) {
        fields.insert(VIA.to_owned(), serde_json::to_value(Via::Api).map_err(not_json)?);
    }
    serde_json::value::to_raw_value(&fields).map_err(not_json)
}

fn hash_duress_word(state: &AppState, fields: &mut Map<String, Value>) -> Result<(), ApiError> {
    let bad = |field: &str, message: &str| ApiError::malformed(Some(field.to_owned()), message);
    let Some(word) = fields.remove(DURESS_WORD) else { return Ok(()) };
    let word = word.as_str().ok_or_else(|| bad(DURESS_WORD, "a duress word is a text"))?;
    let trip = fields.get("trip").and_then(Value::as_str).and_then(|id| id.parse::<TripId>().ok());
    let trip = trip.ok_or_else(|| bad("trip", "a trip's id is a UUID"))?;
    let hash = DuressHash::of(&state.keys().duress, trip, word);
    let hash = hash.ok_or_else(|| bad(DURESS_WORD, "a duress word has 3 to 20 letters"))?;
    fields.insert("duress".to_owned(), serde_json::to_value(hash).expect("a hash is a string"));
    Ok(())
}

/// A duress word among the words of the party goes on as its hash alone, where the command takes one. [CHECK-6]
fn take_duress_word_out(
    state: &AppState,
    session: &Session,
    field: &str,
    takes_hash: bool,
    fields: &mut Map<String, Value>,
) {
    let trip = fields.get("trip").and_then(Value::as_str).and_then(|id| id.parse::<TripId>().ok());
    let Some(words) = fields.get_mut(field).and_then(words_of) else { return };
    let (Some(trip), Some(said)) = (trip, words.as_str().and_then(|words| Note::parse(words).ok())) else {
        return;
    };
    let (left, duress) = duress::out_of_words(state, &state.view_of(session), trip, Some(said));
    let (Some(left), Some(hash)) = (left, duress) else { return };
    *words = Value::from(left.as_str());
    if takes_hash {
        fields.insert("duress".to_owned(), serde_json::to_value(hash).expect("a hash is a string"));
    }
}

/// A field's words: plain, or marked as a personal part.
fn words_of(field: &mut Value) -> Option<&mut Value> {
    match field {
        Value::Object(parts) => parts.get_mut(Personal::<Note>::KEY),
        plain => Some(plain),
    }
}

/// Whether it reads as that command; else the field at fault.
fn check(service: ServiceName, variant: &str, data: &RawValue) -> Result<(), ApiError> {
    let read = match service {
        ServiceName::People => join_with_path::<v1::people::Command>(variant, data).map(drop),
        ServiceName::Devices => join_with_path::<v1::devices::Command>(variant, data).map(drop),
        ServiceName::Trips => join_with_path::<v1::trips::Command>(variant, data).map(drop),
        ServiceName::Checkins => join_with_path::<v1::checkins::Command>(variant, data).map(drop),
        ServiceName::Contacts => join_with_path::<v1::contacts::Command>(variant, data).map(drop),
        ServiceName::Alerts => join_with_path::<v1::alerts::Command>(variant, data).map(drop),
        ServiceName::Safeguarding => join_with_path::<v1::safeguarding::Command>(variant, data).map(drop),
        ServiceName::Gateway => join_with_path::<v1::gateway::Command>(variant, data).map(drop),
        ServiceName::Board => Err((None, "the board takes no commands".to_owned())),
    };
    read.map_err(|(field, message)| ApiError::malformed(field, message))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_trace_that_a_client_brings_is_kept_and_anything_else_is_as_none() {
        let of = |text: &'static str| {
            trace_of(&HeaderMap::from_iter([(
                HeaderName::from_static(TRACEPARENT),
                HeaderValue::from_static(text),
            )]))
        };
        let trace = of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(trace.map(|trace| trace.to_string()).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(of("00-4bf92f35"), None);
        assert_eq!(trace_of(&HeaderMap::new()), None);
    }
}
