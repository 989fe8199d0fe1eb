//! Trip forms that were begun and not saved: kept on the server as they are typed, offered to whoever began them, on
//! whichever machine. A draft of the browser stands behind it for when there is no connection (`ui/src/keep.ts`).

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::act::see;
use super::words::When;
use crate::app::AppState;
use crate::auth::{Fields, Posted, Session};
use crate::db::DraftOf;

/// What is no part of what was typed.
const NOT_KEPT: [&str; 4] = ["form_token", "once", "do", "draft_of"];

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips/draft", post(keep)).route("/trips/draft/drop", post(drop_it))
}

/// A draft as it is offered.
pub(crate) struct Offered {
    /// When it was kept: `10:42`.
    pub(crate) at: String,
    /// The same, for scripts.
    pub(crate) kept_at: String,
    pub(crate) fields: Fields,
}

/// Which form a field `draft_of` means: `new`, or a trip's id.
fn subject(of: &str) -> Option<String> {
    let known = of == "new" || of.parse::<proto::ids::TripId>().is_ok();
    known.then(|| format!("trip/{of}"))
}

/// What they have begun of that form. A database that fails has none: the form works without.
pub(crate) async fn begun(state: &AppState, session: &Session, of: &str) -> Option<Offered> {
    let subject = subject(of)?;
    let of = DraftOf { school: &session.school, person: session.person, subject: &subject };
    let draft = state.db().draft(of).await.inspect_err(failed).ok()??;
    let pairs: Vec<(String, String)> = serde_json::from_str(&draft.body).ok()?;
    let zone = state.school(&session.school)?.zone.clone();
    let when = When { zone: &zone, now: state.login_clock().now() };
    Some(Offered {
        at: when.at(draft.kept_at),
        kept_at: draft.kept_at.to_string(),
        fields: Fields::new(pairs),
    })
}

/// It was saved: nothing is left to offer.
pub(crate) async fn saved(state: &AppState, session: &Session, of: &str) {
    let Some(subject) = subject(of) else { return };
    let of = DraftOf { school: &session.school, person: session.person, subject: &subject };
    if let Err(fault) = state.db().drop_draft(of).await {
        failed(&fault);
    }
}

fn failed(fault: &crate::DbFault) {
    tracing::error!(%fault, "HW-D2 the database of log-ins failed");
}

/// While somebody types: nothing to read comes back.
async fn keep(State(state): State<AppState>, posted: Posted) -> Response {
    let Some(subject) = posted.fields.get("draft_of").and_then(subject) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let typed: Vec<(&str, &str)> =
        posted.fields.iter().filter(|(name, _)| !NOT_KEPT.contains(name)).collect();
    let body = serde_json::to_string(&typed).expect("pairs of texts");
    let of = DraftOf { school: &posted.session.school, person: posted.session.person, subject: &subject };
    match state.db().keep_draft(of, &body, state.login_clock().now()).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(fault) => {
            failed(&fault);
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// It isn't wanted any more.
async fn drop_it(State(state): State<AppState>, posted: Posted) -> Response {
    let of = posted.fields.get("draft_of").unwrap_or_default();
    saved(&state, &posted.session, of).await;
    match of.parse::<proto::ids::TripId>() {
        Ok(trip) => see(&format!("/trips/{trip}/edit")),
        Err(_) => see("/trips/new"),
    }
}
