//! Every command of every service: `POST /api/v1/{service}/{Command}`.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use proto::ids::{CommandId, TripId};
use proto::topics::ServiceName;
use proto::v1;
use proto::v1::checkins::Via;
use proto::values::DuressHash;
use proto::wire::join_with_path;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ApiError;
use crate::app::AppState;
use crate::asking;
use crate::auth::{Bearer, Session};

/// The header with the command's id.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Commands that take a duress word, as a word: its hash, which no client can make, goes on in its place.
pub(super) const WITH_DURESS: [(ServiceName, &str); 2] =
    [(ServiceName::Trips, "Depart"), (ServiceName::Checkins, "CheckIn")];

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
                              headers: HeaderMap,
                              body: Bytes| {
            ask(&state, &session, service, &variant, &headers, &body).await
        };
        router.route(&format!("/{service}/{{id}}"), post(ask))
    })
}

async fn ask(
    state: &AppState,
    session: &Session,
    service: ServiceName,
    variant: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Json<Done>, ApiError> {
    if super::openapi::roles_of(service, variant).is_none() {
        return Err(ApiError::not_found(format!("{service} has no command {variant:?}")));
    }
    let command = command_id(headers)?;
    let data = read(state, service, variant, body)?;
    check(service, variant, &data)?;
    let accepted = asking::ask_raw(state, session, service, command, variant, data).await?;
    Ok(Json(Done { sequence: accepted.sequence, command }))
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

/// Whether it reads as that command; else the field at fault.
fn check(service: ServiceName, variant: &str, data: &RawValue) -> Result<(), ApiError> {
    let read = match service {
        ServiceName::People => join_with_path::<v1::people::Command>(variant, data).map(drop),
        ServiceName::Devices => join_with_path::<v1::devices::Command>(variant, data).map(drop),
        ServiceName::Trips => join_with_path::<v1::trips::Command>(variant, data).map(drop),
        ServiceName::Checkins => join_with_path::<v1::checkins::Command>(variant, data).map(drop),
        ServiceName::Contacts => join_with_path::<v1::contacts::Command>(variant, data).map(drop),
        ServiceName::Alerts => join_with_path::<v1::alerts::Command>(variant, data).map(drop),
        ServiceName::Gateway => join_with_path::<v1::gateway::Command>(variant, data).map(drop),
        ServiceName::Board => Err((None, "the board takes no commands".to_owned())),
    };
    read.map_err(|(field, message)| ApiError::malformed(field, message))
}
