//! The first page of safeguarding. It begins with danger and 999; below it anybody reports an incident, or writes down how a
//! work mobile was used; whoever may read incidents or the log finds them beside. [INC-6, INC-1, USE-1]

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use proto::ids::{IncidentId, PersonId, UseId};
use proto::topics::ServiceName;
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, Danger, IncidentKind, Purpose, UseWay};
use proto::values::Personal;
use safeguarding::Safeguarding;
use trips::PhaseName;

use super::incident_words::{KINDS, Row, rows};
use super::usage_words::WeekRow;
use crate::app::AppState;
use crate::auth::roles::{Action, Seen};
use crate::auth::{Posted, Session};
use crate::forms::{Choice, Choices, FieldError, FormView, Reader};
use crate::pages::act::{ask, see};
use crate::pages::html::page;
use crate::pages::shell::{Looking, Place, Shell, missing};
use crate::pages::trouble::Trouble;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/safeguarding", get(show))
        .route("/safeguarding/report", post(report))
        .route("/safeguarding/reported/{incident}", get(reported))
        .route("/safeguarding/log", post(log))
}

#[derive(Template)]
#[template(path = "safeguarding/hub.html")]
struct Hub {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    dangers: Vec<Choice>,
    kinds: Vec<Choice>,
    trips: Vec<Choice>,
    people: Choices,
    yes_no: Vec<Choice>,
    phones: Vec<Choice>,
    ways: Vec<Choice>,
    purposes: Vec<Choice>,
    /// Incidents that whoever looks may read.
    incidents: Vec<Row>,
    may_handle: bool,
    /// Weeks of the log to be reviewed; none: they don't see the log.
    weeks: Option<Vec<WeekRow>>,
    logged: bool,
    may_take: bool,
    in_pouches: usize,
    keeps_arrangements: bool,
    may_clear: bool,
    open_recordings: usize,
    sees_records: bool,
}

fn hub(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    let choices =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(value, label)| Choice::new(value, *label)).collect();
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let sees_log = look.session.may(Action::See(Seen::Usage));
    let weeks = || look.view.safeguarding.usage().unreviewed(look.now).map(WeekRow::of);
    let handles = [Role::Dsl, Role::Head].iter().any(|role| look.session.roles.contains(role));
    let incidents = rows(look);
    let people = Choices::people(look, form.fields());
    let shown = Hub {
        shell: look.shell(Place::Safeguarding),
        trouble,
        dangers: choices(&[
            ("over", "No, nobody is in danger now"),
            ("dialled", "Yes, and 999 was dialled"),
            ("now", "Yes, and nobody has dialled 999 yet"),
        ]),
        kinds: KINDS.map(|(value, label, _)| Choice::new(value, label)).to_vec(),
        trips: trips(look),
        people,
        yes_no: choices(&[("no", "No"), ("yes", "Yes")]),
        phones: phones(look),
        ways: choices(&[
            ("call", "a call"),
            ("text", "a text"),
            ("recording", "a photograph, film or sound"),
            ("other", "something else"),
        ]),
        purposes: choices(&[
            ("work", "the school's work"),
            ("agreed", "personal, as agreed beforehand"),
            ("emergency", "personal, an emergency"),
            ("other", "personal, nobody had agreed"),
        ]),
        may_handle: handles || !incidents.is_empty(),
        incidents,
        weeks: sees_log.then(|| weeks().collect()),
        logged: form.value("logged") == "yes",
        may_take: look.may(ServiceName::Safeguarding, "HandInPhone"),
        in_pouches: look.view.safeguarding.pouches().held().count(),
        keeps_arrangements: look.session.may(Action::See(Seen::Arrangements)),
        may_clear: look.may(ServiceName::Safeguarding, "ClearRecordings"),
        open_recordings: look.view.safeguarding.recordings().open().count(),
        sees_records: look.session.may(Action::See(Seen::Records)),
        form,
    };
    page(status, &shown)
}

/// Trips that are out or came back, the ones that left last in front.
fn trips(look: &Looking<'_>) -> Vec<Choice> {
    let mut trips: Vec<_> =
        look.view.trips.trips().filter(|(_, trip)| is_recent(trip.phase_name())).collect();
    trips.sort_by_key(|(id, trip)| std::cmp::Reverse((trip.form.window.from, *id)));
    trips.into_iter().take(50).map(|(id, trip)| Choice::new(id, trip.shown_title())).collect()
}

fn is_recent(phase: PhaseName) -> bool {
    match phase {
        PhaseName::Out | PhaseName::Returned | PhaseName::Closed => true,
        PhaseName::Draft | PhaseName::Submitted | PhaseName::Authorised | PhaseName::Cancelled => false,
    }
}

/// Phones that were ever handed out, by their tag.
fn phones(look: &Looking<'_>) -> Vec<Choice> {
    let known = look.view.safeguarding.usage().devices();
    let mut phones: Vec<_> = known.map(|device| (look.view.device_tag(device), device)).collect();
    phones.sort();
    phones.into_iter().map(|(tag, device)| Choice::new(device, tag)).collect()
}

fn fresh(look: &Looking<'_>, logged: bool) -> FormView {
    let now = look.when().typed(look.now);
    let mut pairs = vec![
        ("incident", IncidentId::new().to_string()),
        ("happened_at", now.clone()),
        ("entry", UseId::new().to_string()),
        ("use.at", now),
    ];
    if logged {
        pairs.push(("logged", "yes".to_owned()));
    }
    FormView::with(&pairs)
}

#[derive(serde::Deserialize)]
struct Wanted {
    logged: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    session: Session,
    axum::extract::Query(wanted): axum::extract::Query<Wanted>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    hub(&look, fresh(&look, wanted.logged.is_some()), None)
}

fn again(state: &AppState, posted: &Posted, errors: Vec<FieldError>, trouble: Option<Trouble>) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(state, &view, &posted.session);
    let mut form = FormView::new(posted.fields.clone(), errors);
    // What was typed into one form stays; the other one is fresh.
    for (name, value) in fresh(&look, false).fields().iter() {
        if form.value(name).is_empty() {
            form.put(&[(name, value)]);
        }
    }
    hub(&look, form, trouble)
}

async fn report(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        read_report(Reader::new(&posted.fields, &view.school.zone))
    };
    let (incident, command) = match read {
        Ok(read) => read,
        Err(errors) => return again(&state, &posted, errors, None),
    };
    match ask::<Safeguarding>(&state, &posted, "report", command).await {
        Ok(()) => see(&format!("/safeguarding/reported/{incident}")),
        Err(trouble) => again(&state, &posted, trouble.beside_field().into_iter().collect(), Some(trouble)),
    }
}

fn read_report(mut reader: Reader<'_>) -> Result<(IncidentId, Command), Vec<FieldError>> {
    let incident = reader.optional_id::<IncidentId>("incident");
    let danger = match reader.typed("danger") {
        Some("over") => Some(Danger::Over {}),
        Some("dialled") => Some(Danger::Now { dialled_999: true }),
        Some("now") => Some(Danger::Now { dialled_999: false }),
        Some(_) | None => {
            reader.error("danger", "Say whether somebody is in danger now.");
            None
        }
    };
    let kind = kind(&mut reader);
    let trip = reader.optional_id("trip");
    let about = about(&mut reader);
    let happened_at = reader.moment("happened_at", "Say when it happened, roughly.");
    let what = reader.text("what", "Write what happened, in a few words.");
    let command = || {
        let incident = incident?.unwrap_or_default();
        let (kind, danger, trip, happened_at) = (kind?, danger?, trip?, happened_at?);
        let (about, what) = (about?, Personal::known(what?));
        Some((incident, Command::ReportIncident { incident, kind, danger, trip, happened_at, about, what }))
    };
    let command = command();
    reader.finish(command)
}

/// Whom it is about decides who may read it: nothing is taken for granted. [INC-7]
fn about(reader: &mut Reader<'_>) -> Option<Option<PersonId>> {
    let about = reader.optional_id("about");
    match (reader.typed("adult"), about) {
        (Some("no"), Some(None)) => Some(None),
        (Some("yes"), Some(Some(person))) => Some(Some(person)),
        (Some("yes"), Some(None)) => {
            reader.error("about", "Say about whom it is, so that they don't read it. [INC-7]");
            None
        }
        (Some("no"), Some(Some(_))) => {
            reader.error("adult", "Somebody is named below: is it about them? [INC-7]");
            None
        }
        (_, None) => None,
        (Some(_) | None, Some(_)) => {
            reader.error("adult", "Say whether it is about an adult who works here. [INC-7]");
            None
        }
    }
}

fn kind(reader: &mut Reader<'_>) -> Option<IncidentKind> {
    let typed = reader.typed("kind");
    let kind = KINDS.into_iter().find(|(value, _, _)| typed == Some(*value)).map(|(_, _, kind)| kind);
    if kind.is_none() {
        reader.error("kind", "Choose what it is about.");
    }
    kind
}

#[derive(Template)]
#[template(path = "safeguarding/reported.html")]
struct Reported {
    shell: Shell,
    in_danger: bool,
    dialled: bool,
    dsl: Vec<String>,
    head: Vec<String>,
    by: String,
}

/// What whoever reported it does next: tell them in person. [INC-1]
async fn reported(
    State(state): State<AppState>,
    session: Session,
    Path(incident): Path<IncidentId>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let Some((danger, readers, by)) = view.safeguarding.to_tell(incident, session.person) else {
        return missing(&look, Place::Safeguarding, "report of yours");
    };
    let names =
        |people: &std::collections::BTreeSet<_>| people.iter().map(|p| view.person_name(*p)).collect();
    let shown = Reported {
        shell: look.shell(Place::Safeguarding),
        in_danger: matches!(danger, Danger::Now { .. }),
        dialled: danger == Danger::Now { dialled_999: true },
        dsl: names(&readers.dsl),
        head: names(&readers.head),
        by: look.when().at(by),
    };
    page(StatusCode::OK, &shown)
}

async fn log(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        read_use(Reader::new(&posted.fields, &view.school.zone))
    };
    let command = match read {
        Ok(command) => command,
        Err(errors) => return again(&state, &posted, errors, None),
    };
    match ask::<Safeguarding>(&state, &posted, "log", command).await {
        Ok(()) => see("/safeguarding?logged=yes"),
        Err(trouble) => again(&state, &posted, Vec::new(), Some(trouble)),
    }
}

fn read_use(mut reader: Reader<'_>) -> Result<Command, Vec<FieldError>> {
    let entry = reader.optional_id::<UseId>("entry");
    let device = reader.id("use.device", "Choose the phone.");
    let at = reader.moment("use.at", "Say when.");
    let way = match reader.typed("use.way") {
        Some("text") => UseWay::Text,
        Some("recording") => UseWay::Recording,
        Some("other") => UseWay::Other,
        Some(_) | None => UseWay::Call,
    };
    let purpose = match reader.typed("use.purpose") {
        Some("agreed") => {
            reader.id("use.agreed_by", "Say who agreed to it.").map(|by| Purpose::PersonalAgreed { by })
        }
        Some("emergency") => Some(Purpose::PersonalEmergency {}),
        Some("other") => Some(Purpose::PersonalOther {}),
        Some(_) | None => Some(Purpose::Work {}),
    };
    let reason = reader.text("use.reason", "Say what it was for.");
    let command = || {
        let (entry, device, at, purpose) = (entry?.unwrap_or_default(), device?, at?, purpose?);
        Some(Command::LogUse { entry, device, at, way, purpose, reason: Personal::known(reason?) })
    };
    let command = command();
    reader.finish(command)
}
