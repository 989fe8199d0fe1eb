//! A text came in, by whichever provider: whose school it is for, its duress word taken out, put before the decider.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use proto::envelope::Outcome;
use proto::ids::{CommandId, InboundId, SchoolId, derive_uuid};
use proto::v1::gateway::Command;
use proto::values::{Note, Personal, PhoneNumber};
use uuid::Uuid;

use crate::door::Door;
use crate::duress;

/// What stands for a text without words: a picture alone, or a duress word alone.
const NO_WORDS: &str = "(no words)";

/// A text, as a provider posted it.
pub(crate) struct Incoming {
    /// The school that its address names, or as whose phone its sender was found before.
    pub(crate) school: Option<SchoolId>,
    /// Its id there: the same text posted again has the same.
    pub(crate) provider_id: String,
    /// Who sent it.
    pub(crate) from: String,
    /// Its words.
    pub(crate) body: String,
}

/// Puts it before the decider. An error where there is no school, or it can't be a text.
pub(crate) async fn take(door: &Door, text: Incoming) -> Result<Outcome, StatusCode> {
    let Incoming { school, provider_id, from, body } = text;
    let school = school_of(door, school, &from).ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    if provider_id.is_empty() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let (body, duress) = without_duress(door, &school, &from, &body);
    let body = Note::clipped(&body).or_else(|| Note::parse(NO_WORDS).ok()).ok_or(StatusCode::BAD_REQUEST)?;
    let command = Command::TakeText {
        inbound: InboundId(derive_uuid(Uuid::nil(), &provider_id, 0)),
        provider_id,
        from,
        body: Personal::known(body),
        duress,
        received_at: door.inner.clock.now(),
    };
    // The receipt's time is in it, so the decider tells a repeat by the provider's id, not by the command's.
    Ok(door.inner.ask(&school, CommandId::new(), &command).await)
}

/// Success only after the commit. What is refused would be refused again: it is dealt with.
pub(crate) fn after(outcome: &Outcome, answer: impl FnOnce() -> Response) -> Response {
    match outcome {
        Outcome::Accepted { .. } => answer(),
        Outcome::Refused { refusal } => {
            tracing::info!(code = refusal.code, "a post led to nothing");
            answer()
        }
        Outcome::Faulted { message } => {
            tracing::error!(message, "HW-D1 a post could not be journalled");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// The school a text is for: named in the address, or the only one, or the one whose phone it came from.
pub(crate) fn school_of(door: &Door, named: Option<SchoolId>, from: &str) -> Option<SchoolId> {
    let number = PhoneNumber::parse(from).ok();
    let all = door.inner.view.each(|school, state| {
        let knows = number.as_ref().is_some_and(|number| state.device_of_number(number).is_some());
        (school.id.clone(), knows)
    });
    match named {
        Some(named) => all.into_iter().map(|(id, _)| id).find(|id| *id == named),
        None => {
            let first = all.first().map(|(id, _)| id.clone());
            all.into_iter().find(|(_, knows)| *knows).map(|(id, _)| id).or(first)
        }
    }
}

fn without_duress(door: &Door, school: &SchoolId, from: &str, body: &str) -> (String, bool) {
    let number = PhoneNumber::parse(from).ok();
    let expected = door.inner.view.read(school, |_, state| {
        let (_, device) = state.device_of_number(number.as_ref()?)?;
        let trip = device.trip?;
        Some((trip, state.trips.get(&trip)?.duress?))
    });
    match expected.flatten() {
        Some((trip, hash)) => duress::taken_out(&door.inner.config.duress_key, trip, hash, body),
        None => (body.to_owned(), false),
    }
}
