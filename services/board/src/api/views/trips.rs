//! Trips.

use axum::Json;
use axum::extract::{Path, State};
use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::contacts::Audience;
use proto::v1::trips::{Accounted, ReadinessItem, TripForm};
use proto::values::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trips::PhaseName;

use super::bodies::{CaseBody, Named, RouteBody, TripLine};
use super::listing::{Listed, Listing};
use crate::api::{ApiError, Asks};
use crate::app::AppState;
use crate::auth::ApiReader;
use crate::history::History;
use crate::view::{Entry, SchoolView, tell};

/// One trip.
#[derive(Serialize, JsonSchema)]
pub(super) struct TripBody {
    #[serde(flatten)]
    line: TripLine,
    form: TripForm,
    /// The form's hash: commands that act on the form name it.
    form_hash: Hash,
    readiness: Readiness,
    /// The newest authorisation, whether it stands or not.
    authorisation: Option<AuthorisationBody>,
    /// Every field that changed since, and those that void it.
    changed: Option<Changed>,
    /// What was changed on the way and waits for authorising.
    awaiting: Option<Vec<String>>,
    accounted: Option<Accounted>,
    /// Its open case.
    open_case: Option<CaseBody>,
    /// Whom base rings on this trip now.
    ring: RouteBody,
    /// What happened, the oldest first.
    timeline: Vec<Happened>,
    /// Why not all of it is told, if it isn't: the journals can't be read.
    timeline_part: Option<&'static str>,
}

/// What is checked at each gate, green and red.
#[derive(Serialize, JsonSchema)]
pub(super) struct Readiness {
    submit: Vec<ReadinessItem>,
    authorise: Vec<ReadinessItem>,
    depart: Vec<ReadinessItem>,
}

/// A senior's yes.
#[derive(Serialize, JsonSchema)]
pub(super) struct AuthorisationBody {
    by: Named,
    at: Timestamp,
    form_hash: Hash,
    covers: Vec<Window>,
    /// Whether it stands.
    stands: bool,
}

/// What changed since.
#[derive(Serialize, JsonSchema)]
pub(super) struct Changed {
    all: Vec<String>,
    that_matter: Vec<String>,
}

/// One thing that happened.
#[derive(Serialize, JsonSchema)]
pub(super) struct Happened {
    at: Timestamp,
    service: ServiceName,
    sequence: u64,
    text: String,
    by: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    phase: Option<String>,
}

/// Where a trip can stand.
const PHASES: [PhaseName; 7] = [
    PhaseName::Draft,
    PhaseName::Submitted,
    PhaseName::Authorised,
    PhaseName::Out,
    PhaseName::Returned,
    PhaseName::Closed,
    PhaseName::Cancelled,
];

pub(super) async fn all(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(wanted): Asks<Wanted>,
    listing: Listing,
) -> Result<Listed<Vec<TripLine>>, ApiError> {
    if let Some(phase) =
        wanted.phase.as_deref().filter(|phase| !PHASES.iter().any(|is| is.as_str() == *phase))
    {
        let text = format!("there is no phase {phase:?}");
        return Err(ApiError::malformed(Some("phase".to_owned()), text));
    }
    let view = state.view_of(&session);
    let is_wanted = |trip: &trips::Trip| {
        wanted.phase.as_deref().is_none_or(|phase| trip.phase_name().as_str() == phase)
            && listing.finds(&[trip.form.title.as_str(), &view.person_name(trip.form.leader)])
    };
    let mut found: Vec<_> = view.trips.trips().filter(|(_, trip)| is_wanted(trip)).collect();
    found.sort_by_key(|(id, trip)| (trip.form.window.from, *id));
    let found = listing.of(found)?;
    Ok(found.each(|(id, trip)| TripLine::of(&view, session.seen_by, id, trip)))
}

pub(super) async fn one(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Path(id): Path<String>,
) -> Result<Json<TripBody>, ApiError> {
    let bad = |_| ApiError::malformed(Some("trip".to_owned()), "a trip's id is a UUID");
    let id: TripId = id.parse().map_err(bad)?;
    let history = History::of_trip(&state, &session, id).await;
    let now = state.now();
    let view = state.view_of(&session);
    let trip = view.trips.trip(id).ok_or_else(|| ApiError::not_found("there is no such trip"))?;
    let authorisation = trip.last_authorisation().map(|authorisation| AuthorisationBody {
        by: Named::of(&view, authorisation.by),
        at: authorisation.at,
        form_hash: authorisation.form_hash,
        covers: authorisation.covers.clone(),
        stands: trip.standing_authorisation().is_some(),
    });
    let changed = trip
        .changed_since_authorised()
        .map(|changes| Changed { all: changes.all, that_matter: changes.that_matter });
    Ok(Json(TripBody {
        line: TripLine::of(&view, session.seen_by, id, trip),
        form: (*trip.form).clone(),
        form_hash: trip.form_hash,
        readiness: readiness(&view, id, now),
        authorisation,
        changed,
        awaiting: trip.outing().and_then(|outing| outing.awaiting.clone()),
        accounted: trip.returned().map(|returned| returned.accounted),
        open_case: view.case_of_trip(session.seen_by, id).map(|case| CaseBody::of(&view, &case)),
        ring: RouteBody::of(&view, Audience::Base, Some(id), now),
        timeline: history.entries.iter().filter_map(|entry| happened(&view, entry)).collect(),
        timeline_part: history.part,
    }))
}

fn readiness(view: &SchoolView, trip: TripId, now: Timestamp) -> Readiness {
    let (zone, policy) = (&view.school.zone, &view.school.policy);
    let at = |gate| trips::readiness(&view.trips, trip, gate, now, zone, policy);
    Readiness {
        submit: at(trips::Gate::Submit),
        authorise: at(trips::Gate::Authorise),
        depart: at(trips::Gate::Depart),
    }
}

fn happened(view: &SchoolView, entry: &Entry) -> Option<Happened> {
    Some(Happened {
        at: entry.at,
        service: entry.service,
        sequence: entry.sequence,
        text: tell(view, &entry.event)?,
        by: view.actor_name(&entry.actor),
    })
}
