//! Commands services in a person's name.
//!
//! First the table of roles is asked, then the service, until it answers; then the view is waited for, so that people see
//! what they just did. A command id asked again gets the first answer: a form carries its own in a hidden field, so that
//! a double click does nothing twice.

use chassis::client::Cause;
use decider::Service;
use proto::envelope::{Actor, Outcome};
use proto::ids::{CommandId, SchoolId, TripId};
use proto::refusal::RefusalBody;
use proto::topics::ServiceName;
use serde_json::value::RawValue;

use crate::app::AppState;
use crate::auth::Session;
use crate::auth::roles::{self, Action, Forbidden};
use crate::view::SchoolView;

/// It was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// The number in the service's journal that it led to.
    pub sequence: u64,
    /// Whether the view shows it already. If not, it will in a moment.
    pub shown: bool,
}

/// It was not done, or may not have been.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Asked {
    /// The person's roles don't allow it.
    #[error("{0}")]
    Forbidden(Forbidden),
    /// A rule stands against it; nothing was changed. It names rule, field, message and remedy.
    #[error("{}. {}", .0.message.trim_end_matches('.'), .0.remedy)]
    Refused(Box<RefusalBody>),
    /// It could not be decided just now: the sentence is for the person who asked.
    #[error("{0}")]
    Faulted(String),
}

/// Asks a service for a person who logged in.
pub async fn ask<S: Service>(
    state: &AppState,
    session: &Session,
    id: CommandId,
    command: S::Command,
) -> Result<Accepted, Asked> {
    let (variant, data) = proto::wire::split(&command);
    ask_raw(state, session, S::NAME, id, &variant, data).await
}

/// As [`ask`], with a command as JSON: the service says what is wrong with it.
pub async fn ask_raw(
    state: &AppState,
    session: &Session,
    service: ServiceName,
    cause: impl Into<Cause>,
    variant: &str,
    data: Box<RawValue>,
) -> Result<Accepted, Asked> {
    roles::may(&session.roles, Action::Command(service, variant)).map_err(Asked::Forbidden)?;
    route_is_known(state, session, service, variant, &data).await;
    let actor = Actor::Person(session.person);
    ask_as(state, &session.school, service, cause, variant, data, actor).await
}

/// Whether a form's emergency route holds is contacts' to work out, a moment after it was saved. What leans on it waits for that
/// moment, so that nobody is told to try again. [FORM-8]
async fn route_is_known(
    state: &AppState,
    session: &Session,
    service: ServiceName,
    variant: &str,
    data: &RawValue,
) {
    #[derive(serde::Deserialize)]
    struct About {
        trip: TripId,
    }
    if service != ServiceName::Trips || !["AuthoriseForm", "Depart"].contains(&variant) {
        return;
    }
    let Ok(About { trip }) = serde_json::from_str::<About>(data.get()) else { return };
    let known = |view: &SchoolView| {
        let of = view.trips.trip(trip);
        of.is_none_or(|of| of.coverage.as_ref().is_some_and(|found| found.form_hash == of.form_hash))
    };
    state.view().until(&session.school, known).await;
}

/// Asks in somebody's name whose right to it was looked at already: the phone page's.
pub(crate) async fn ask_as(
    state: &AppState,
    school: &SchoolId,
    service: ServiceName,
    cause: impl Into<Cause>,
    variant: &str,
    data: Box<RawValue>,
    actor: Actor,
) -> Result<Accepted, Asked> {
    let Some(client) = state.client() else {
        return Err(Asked::Faulted("this board is connected to no service".to_owned()));
    };
    let cause = cause.into();
    match client.ask_raw(school, service, cause, variant, data, Some(actor)).await {
        Outcome::Accepted { sequence } => {
            let shown = state.view().wait_for(school, service, sequence).await;
            Ok(Accepted { sequence, shown })
        }
        Outcome::Refused { refusal } => Err(Asked::Refused(refusal)),
        Outcome::Faulted { message } => Err(Asked::Faulted(with_reference(school, service, cause, message))),
    }
}

/// Who is told of a fault is told by what an operator finds it in the logs of all services.
fn with_reference(school: &SchoolId, service: ServiceName, cause: Cause, message: String) -> String {
    let Some(trace_id) = cause.trace() else { return message };
    tracing::warn!(target: "homeward::told", service = "board", %school, asked = %service, command = %cause.id, %trace_id, message, "not answered");
    format!("{message} (reference {trace_id})")
}
