//! Incidents and the usage log, to whoever may read them; that an incident is about to be read is recorded first. [INC-7, USE-1]

use ::safeguarding::incident::Stands;
use ::safeguarding::{Incident, Safeguarding, Week};
use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use proto::Timestamp;
use proto::ids::{CommandId, DeviceId, IncidentId, PersonId, TripId, UseId};
use proto::v1::safeguarding::{
    Command, Danger, Deadlines, IncidentKind, Parents, Readers, Referral, Seized, Step, UseKind, UseSource,
};
use proto::values::Label;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::listing::{Listed, Listing};
use crate::api::{ApiError, Asks};
use crate::app::AppState;
use crate::asking::{self, Asked};
use crate::auth::ApiReader;
use crate::auth::roles::{self, Action, Seen};
use crate::view::SchoolView;

/// An incident in the list: what whoever may open it knows before they do.
#[derive(Serialize, JsonSchema)]
pub(super) struct IncidentLine {
    incident: IncidentId,
    kind: IncidentKind,
    reported_at: Timestamp,
    closed: bool,
    /// What is due next, and when.
    next: Option<StepBody>,
}

/// A step with its time.
#[derive(Serialize, JsonSchema)]
pub(super) struct StepBody {
    step: Step,
    due_at: Timestamp,
    done: bool,
}

/// An incident.
#[derive(Serialize, JsonSchema)]
pub(super) struct IncidentBody {
    #[serde(flatten)]
    line: IncidentLine,
    danger: Danger,
    trip: Option<TripId>,
    happened_at: Timestamp,
    /// The adult whom it is about.
    about: Option<PersonId>,
    what: String,
    reported_by: PersonId,
    deadlines: Deadlines,
    steps: Vec<StepBody>,
    /// Until it is judged it counts as serious.
    serious: bool,
    /// Each account, with the reference in the school's own record system.
    accounts: Vec<AccountBody>,
    /// Each outside body, and what it was told.
    bodies: Vec<(Label, Option<Referral>)>,
    devices: Vec<SeizedBody>,
    parents: Option<Parents>,
    notes: Vec<String>,
    lessons: Option<String>,
    changes: Option<String>,
    /// Who may read it.
    readers: Readers,
    /// Who did, and when.
    readings: Vec<(PersonId, Timestamp)>,
}

/// An account of what happened.
#[derive(Serialize, JsonSchema)]
pub(super) struct AccountBody {
    account: String,
    reference: Label,
    by: PersonId,
    at: Timestamp,
}

/// A device that was taken away.
#[derive(Serialize, JsonSchema)]
pub(super) struct SeizedBody {
    number: u16,
    seized: Seized,
    evidence: bool,
    /// held, with_police or given_back.
    stands: &'static str,
}

/// A week of the usage log.
#[derive(Serialize, JsonSchema)]
pub(super) struct UsageBody {
    /// Its Monday.
    week: Date,
    ends_at: Timestamp,
    signed_off_by: Option<PersonId>,
    signed_off_at: Option<Timestamp>,
    /// Lines that came in since it was signed off.
    since: u32,
    lines: Vec<UseBody>,
    /// Lines that are in the journal alone.
    beyond: u32,
}

/// A line of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct UseBody {
    entry: UseId,
    at: Timestamp,
    device: DeviceId,
    phone: String,
    holder: Option<String>,
    trip: Option<TripId>,
    kind: UseKind,
    questioned: bool,
    source: Option<UseSource>,
}

/// Which week.
#[derive(Deserialize)]
pub(super) struct WhichWeek {
    week: Option<Date>,
}

fn line(incident: IncidentId, known: &Incident) -> IncidentLine {
    IncidentLine {
        incident,
        kind: known.kind,
        reported_at: known.reported_at,
        closed: known.closed.is_some(),
        next: known.next_step().map(|(step, due_at)| StepBody { step, due_at, done: false }),
    }
}

/// Those that whoever asks may read, the newest first; to others there are none.
pub(super) async fn incidents(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    listing: Listing,
) -> Result<Listed<Vec<IncidentLine>>, ApiError> {
    let view = state.view_of(&session);
    let readable = view.safeguarding.incidents_for(session.person);
    Ok(listing.of(readable.collect())?.each(|(id, known)| line(id, known)))
}

/// One of them: the reading is an event before anything of it is answered. To whoever may not read it it doesn't exist.
pub(super) async fn incident(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Path(id): Path<String>,
) -> Result<Json<IncidentBody>, ApiError> {
    let bad = |_| ApiError::malformed(Some("incident".to_owned()), "an incident's id is a UUID");
    let id: IncidentId = id.parse().map_err(bad)?;
    let none = || ApiError::not_found("there is no incident of this id that you may read");
    let command = Command::OpenIncident { incident: id };
    match asking::ask::<Safeguarding>(&state, &session, CommandId::new(), command).await {
        Ok(_) => {}
        Err(Asked::Refused(_) | Asked::Forbidden(_)) => return Err(none()),
        Err(Asked::Faulted(why)) => return Err(ApiError::unavailable(why)),
    }
    let view = state.view_of(&session);
    let known = view.safeguarding.incident_for(id, session.person).ok_or_else(none)?;
    Ok(Json(body(&view, id, known)))
}

fn body(view: &SchoolView, id: IncidentId, known: &Incident) -> IncidentBody {
    let step = |step| StepBody { step, due_at: known.deadlines.of(step), done: !known.waits_for(step) };
    let accounts = known.accounts.iter().map(|done| AccountBody {
        account: done.what.0.shown(),
        reference: done.what.1.clone(),
        by: done.by,
        at: done.at,
    });
    let told = |body: &Label| (body.clone(), known.referrals.get(body).map(|done| done.what.clone()));
    let debrief = known.debrief.as_ref().map(|done| (done.what.0.shown(), done.what.1.shown()));
    let (lessons, changes) = debrief.unzip();
    IncidentBody {
        line: line(id, known),
        danger: known.danger,
        trip: known.trip,
        happened_at: known.happened_at,
        about: known.about,
        what: known.what.shown(),
        reported_by: known.reported_by,
        deadlines: known.deadlines,
        steps: [Step::ToldInPerson, Step::WrittenUp, Step::BodiesTold].map(step).into(),
        serious: known.is_serious(),
        accounts: accounts.collect(),
        bodies: known.bodies.iter().map(told).collect(),
        devices: known.seized.iter().map(seized).collect(),
        parents: known.parents.as_ref().map(|done| done.what.clone()),
        notes: known.notes.iter().map(|done| done.what.shown()).collect(),
        lessons,
        changes,
        readers: view.safeguarding.readers_of(known),
        readings: known.readings.iter().copied().collect(),
    }
}

fn seized(item: &::safeguarding::incident::Item) -> SeizedBody {
    let stands = match item.stands {
        Stands::Held => "held",
        Stands::WithPolice { .. } => "with_police",
        Stands::GivenBack { .. } => "given_back",
    };
    SeizedBody { number: item.number, seized: item.seized.clone(), evidence: item.evidence, stands }
}

/// The newest week, or the one that is named by its Monday; to the DSL and the head.
pub(super) async fn usage(
    State(state): State<AppState>,
    ApiReader(session): ApiReader,
    Asks(which): Asks<WhichWeek>,
) -> Result<Json<UsageBody>, ApiError> {
    roles::may(&session.roles, Action::See(Seen::Usage))?;
    let view = state.view_of(&session);
    let log = view.safeguarding.usage();
    let found = match which.week {
        Some(monday) => log.week(monday).map(|week| (monday, week)),
        None => log.weeks().next_back(),
    };
    let (monday, week) = found.ok_or_else(|| ApiError::not_found("nothing was recorded in that week"))?;
    Ok(Json(usage_body(&view, monday, week)))
}

fn usage_body(view: &SchoolView, monday: Date, week: &Week) -> UsageBody {
    let lines = week.lines.iter().map(|(entry, used)| UseBody {
        entry: *entry,
        at: used.at,
        device: used.device,
        phone: view.device_tag(used.device),
        holder: used.holder.map(|holder| view.holder_name(holder)),
        trip: used.trip,
        kind: used.kind.clone(),
        questioned: used.questioned,
        source: used.source,
    });
    UsageBody {
        week: monday,
        ends_at: week.ends_at,
        signed_off_by: week.signed.as_ref().map(|signed| signed.by),
        signed_off_at: week.signed.as_ref().map(|signed| signed.at),
        since: week.since,
        lines: lines.collect(),
        beyond: week.beyond,
    }
}
