//! What the office and the DSL keep: callers to be rung back, pupils' own phones, arrangements, recordings. Each as its page shows
//! it, to whoever sees that page. [CONT-8, PERS-1, PERS-2, MEDIA-1]

use ::safeguarding::{Pouch, Recording};
use axum::Json;
use axum::extract::State;
use proto::Timestamp;
use proto::ids::{ArrangementId, DeviceId, InboundId, PersonId, RecordingId, TripId};
use proto::topics::ServiceName;
use proto::v1::devices::Clearing;
use proto::v1::gateway::Caller;
use proto::v1::safeguarding::{HandIn, Terms};
use proto::values::Label;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::ApiError;
use crate::app::AppState;
use crate::auth::ApiReader;
use crate::auth::roles::{self, Action, Seen};
use crate::view::SchoolView;

/// A caller who rang and reached nobody.
#[derive(Serialize, JsonSchema)]
pub(super) struct CallBody {
    call: InboundId,
    received_at: Timestamp,
    /// The trip for which it was put through.
    trip: Option<TripId>,
    /// The phone of the register that rang.
    device: Option<DeviceId>,
    person: Option<PersonId>,
    /// The number of somebody outside, until they are rung back. Never kept longer.
    number: Option<String>,
    /// Help was called for in it.
    help: bool,
    /// Nobody of the whole route took it; else they gave up while it rang.
    exhausted: bool,
    rung_back: Option<DoneBody>,
}

/// Who did something, and when.
#[derive(Serialize, JsonSchema)]
pub(super) struct DoneBody {
    by: PersonId,
    at: Timestamp,
}

/// A pupil's own phone in a pouch.
#[derive(Serialize, JsonSchema)]
pub(super) struct PouchBody {
    pouch: u16,
    phone: HandIn,
    handed_in: DoneBody,
    fetch_by: Timestamp,
    /// It was told that nobody had fetched it.
    overdue: bool,
    /// Given back, and by whom: those of the newest days.
    given_back: Option<DoneBody>,
}

/// An arrangement for a device.
#[derive(Serialize, JsonSchema)]
pub(super) struct ArrangementBody {
    arrangement: ArrangementId,
    terms: Terms,
    ends_at: Timestamp,
    recorded: DoneBody,
    /// The trips it goes along on.
    trips: Vec<TripId>,
    ended: Option<DoneBody>,
}

/// Recordings on a phone that came back.
#[derive(Serialize, JsonSchema)]
pub(super) struct RecordingBody {
    /// Of those that are open: commands name it.
    recording: Option<RecordingId>,
    device: DeviceId,
    trip: Option<TripId>,
    in_the_hands_of: Option<String>,
    /// The consents that the form names.
    consent: Option<Label>,
    came_back_at: Timestamp,
    /// When they are told as open.
    evening: Timestamp,
    cleared: Option<ClearedBody>,
}

/// What became of them.
#[derive(Serialize, JsonSchema)]
pub(super) struct ClearedBody {
    at: Timestamp,
    by: Option<PersonId>,
    /// Left out where the phone was let go of with them.
    what: Option<Clearing>,
}

pub(super) async fn calls(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
) -> Result<Json<Vec<CallBody>>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Messages))?;
    let view = state.view_of(&session);
    let one = |(id, call): (InboundId, &gateway::calls::Call)| {
        let (device, person, number) = match &call.from {
            Caller::Device { device, person, .. } => (Some(*device), *person, None),
            Caller::Stranger { number } => (None, None, number.as_ref().and_then(|number| number.get())),
        };
        CallBody {
            call: id,
            received_at: call.received_at,
            trip: call.trip,
            device,
            person,
            number: number.filter(|_| call.rung_back.is_none()).cloned(),
            help: call.help,
            exhausted: call.exhausted,
            rung_back: call.rung_back.map(|rung| DoneBody { by: rung.by, at: rung.at }),
        }
    };
    Ok(Json(view.gateway.calls.not_taken().map(one).collect()))
}

pub(super) async fn pouches(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
) -> Result<Json<Vec<PouchBody>>, ApiError> {
    roles::may(&session.roles, Action::Command(ServiceName::Safeguarding, "HandInPhone"))?;
    let view = state.view_of(&session);
    let known = view.safeguarding.pouches();
    let one = |pouch: u16, held: &Pouch, given_back: Option<DoneBody>| PouchBody {
        pouch,
        phone: held.phone.clone(),
        handed_in: DoneBody { by: held.by, at: held.at },
        fetch_by: held.fetch_by,
        overdue: held.told && given_back.is_none(),
        given_back,
    };
    let held = known.held().map(|(pouch, held)| one(pouch, held, None));
    let back = known.given_back();
    let back = back.map(|(pouch, held, by, at)| one(*pouch, held, Some(DoneBody { by: *by, at: *at })));
    Ok(Json(held.chain(back).collect()))
}

pub(super) async fn arrangements(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
) -> Result<Json<Vec<ArrangementBody>>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Arrangements))?;
    let view = state.view_of(&session);
    let one = |(arrangement, known): (ArrangementId, &::safeguarding::Arrangement)| ArrangementBody {
        arrangement,
        terms: known.terms.clone(),
        ends_at: known.ends_at,
        recorded: DoneBody { by: known.recorded.0, at: known.recorded.1 },
        trips: known.trips.iter().copied().collect(),
        ended: known.ended.as_ref().map(|(by, at, _)| DoneBody { by: *by, at: *at }),
    };
    Ok(Json(view.safeguarding.arrangements().all().map(one).collect()))
}

pub(super) async fn recordings(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
) -> Result<Json<Vec<RecordingBody>>, ApiError> {
    roles::may(&session.roles, Action::Command(ServiceName::Safeguarding, "ClearRecordings"))?;
    let view = state.view_of(&session);
    let known = view.safeguarding.recordings();
    let open = known.open().map(|(id, one)| recording(&view, Some(id), one));
    let cleared = known.cleared().map(|one| recording(&view, None, one));
    Ok(Json(open.chain(cleared).collect()))
}

fn recording(view: &SchoolView, id: Option<RecordingId>, one: &Recording) -> RecordingBody {
    let cleared = |(what, at, by): &(Option<Clearing>, Timestamp, Option<PersonId>)| ClearedBody {
        at: *at,
        by: *by,
        what: what.clone(),
    };
    RecordingBody {
        recording: id,
        device: one.device,
        trip: one.trip,
        in_the_hands_of: one.holder.map(|holder| view.holder_name(holder)),
        consent: one.consent.clone(),
        came_back_at: one.at,
        evening: one.evening,
        cleared: one.cleared.as_ref().map(cleared),
    }
}
