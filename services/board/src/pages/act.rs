//! From a posted form to a command, and on.

use axum::response::{IntoResponse, Redirect, Response};
use decider::Service;
use proto::ids::{CommandId, derive_uuid};
use uuid::Uuid;

use super::trouble::Trouble;
use crate::app::AppState;
use crate::asking::{self, Asked};
use crate::auth::Posted;

/// The id of the command that a form leads to: of this showing of the form, what it does, and what was typed. The same
/// form sent twice by a double click is the same command; one that was changed since is another.
pub(crate) fn command_id(posted: &Posted, what: &str) -> CommandId {
    let Some(once) = posted.fields.get("once").and_then(|text| Uuid::parse_str(text).ok()) else {
        return CommandId::new();
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(posted.session.person.0.as_bytes());
    for (name, value) in posted.fields.iter() {
        for part in [name, value] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
    }
    let mut number = [0_u8; 8];
    number.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    CommandId(derive_uuid(once, what, u64::from_be_bytes(number)))
}

/// Asks a service what a form says.
pub(crate) async fn ask<S: Service>(
    state: &AppState,
    posted: &Posted,
    what: &str,
    command: S::Command,
) -> Result<(), Trouble> {
    let asked = asking::ask::<S>(state, &posted.session, command_id(posted, what), command).await;
    asked.map(drop).map_err(|why| trouble(state, posted, why))
}

pub(crate) fn trouble(state: &AppState, posted: &Posted, why: Asked) -> Trouble {
    Trouble::of(&state.view_of(&posted.session), why)
}

/// On to the first steps, if the form stands there too; else to another page, which shows what was done.
pub(crate) fn onward(posted: &Posted, usual: &str) -> Response {
    see(if posted.fields.get("back") == Some("/start") { "/start" } else { usual })
}

/// On to another page, which shows what was done.
pub(crate) fn see(url: &str) -> Response {
    Redirect::to(url).into_response()
}
