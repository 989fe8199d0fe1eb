//! What is kept about people: a person is looked for, records are held and let go of, and each kind has its time.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use decider::policy::retention::KEPT;
use proto::ids::HoldId;
use proto::v1::safeguarding::{Command, Held};
use proto::values::Personal;
use safeguarding::{Hold, Safeguarding};

use crate::app::AppState;
use crate::auth::roles::{Action, Seen};
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};
use crate::pages::act::{ask, see};
use crate::pages::download::csv;
use crate::pages::html::page;
use crate::pages::shell::{Looking, Place, Shell, not_for};
use crate::pages::trouble::Trouble;

/// Whom these pages are for, as whoever may not see them reads it.
pub(super) const WHOM: &str = "What is kept about people is for the DSL, the head and administrators.";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/records", get(show).post(hold)).route("/records/holds.csv", get(holds))
}

#[derive(Template)]
#[template(path = "records/hub.html")]
struct Hub {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    people: Vec<Choice>,
    holds: Vec<HoldRow>,
    over: Vec<HoldRow>,
    trips: Vec<Choice>,
    kinds: Vec<KindRow>,
}

struct HoldRow {
    id: String,
    of: String,
    reason: String,
    placed: String,
    lifted: Option<String>,
}

struct KindRow {
    title: &'static str,
    days: String,
    since: &'static str,
}

/// So many days in words: years where they are years.
pub(super) fn span(days: u16) -> String {
    let years = f64::from(days) / 365.25;
    if days >= 730 { format!("{years:.0} years") } else { format!("{days} days") }
}

fn row(look: &Looking<'_>, id: HoldId, hold: &Hold) -> HoldRow {
    let said = |(by, at, _): &(_, _, _)| format!("{}, {}", look.view.person_name(*by), look.when().at(*at));
    HoldRow {
        id: id.to_string(),
        of: held(look, hold.of),
        reason: hold.reason.shown(),
        placed: format!("{}, {}", look.view.person_name(hold.placed.0), look.when().at(hold.placed.1)),
        lifted: hold.lifted.as_ref().map(said),
    }
}

fn held(look: &Looking<'_>, of: Held) -> String {
    match of {
        Held::Everything {} => "Everything".to_owned(),
        Held::Trip { trip } => format!("Trip: {}", look.view.trip_title(trip)),
        Held::Person { person } => format!("Person: {}", look.view.person_name(person)),
        Held::Incident { .. } => "An incident".to_owned(),
    }
}

fn hub(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    if !look.session.may(Action::See(Seen::Records)) {
        return not_for(look, Place::Safeguarding, WHOM);
    }
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let all = look.view.safeguarding.holds();
    let (standing, over): (Vec<_>, Vec<_>) = all.all().partition(|(_, hold)| hold.lifted.is_none());
    let rows =
        |holds: Vec<(HoldId, &Hold)>| holds.into_iter().map(|(id, hold)| row(look, id, hold)).collect();
    let policy = &look.view.school.policy;
    let kind = |kept: &decider::policy::retention::Kept| KindRow {
        title: kept.title,
        days: span(kept.record.days(policy)),
        since: kept.since,
    };
    let shown = Hub {
        shell: look.shell(Place::Safeguarding),
        trouble,
        form,
        people: Choice::of(look.people_with(&[])),
        holds: rows(standing),
        over: rows(over),
        trips: trips(look),
        kinds: KEPT.iter().map(kind).collect(),
    };
    page(status, &shown)
}

/// The trips that left last.
fn trips(look: &Looking<'_>) -> Vec<Choice> {
    let mut trips: Vec<_> = look.view.trips.trips().collect();
    trips.sort_by_key(|(id, trip)| std::cmp::Reverse((trip.form.window.from, *id)));
    let named =
        |trip: &trips::Trip| format!("{}, {}", trip.form.title, look.when().day(trip.form.window.from));
    trips.into_iter().take(300).map(|(id, trip)| Choice::new(id, named(trip))).collect()
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    hub(&Looking::new(&state, &view, &session), FormView::default(), None)
}

async fn holds(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !session.may(Action::See(Seen::Records)) {
        return not_for(&look, Place::Safeguarding, WHOM);
    }
    let line = |(id, hold): (HoldId, &Hold)| {
        let row = row(&look, id, hold);
        vec![row.of, row.reason, row.placed, row.lifted.unwrap_or_default()]
    };
    let rows: Vec<_> = view.safeguarding.holds().all().map(line).collect();
    csv("holds", &["what is held", "why", "placed by", "lifted by"], &rows)
}

fn again(state: &AppState, posted: &Posted, errors: Vec<FieldError>, trouble: Option<Trouble>) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(state, &view, &posted.session);
    hub(&look, FormView::new(posted.fields.clone(), errors), trouble)
}

async fn hold(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        read(Reader::new(&posted.fields, &view.school.zone))
    };
    let command = match read {
        Ok(command) => command,
        Err(errors) => return again(&state, &posted, errors, None),
    };
    match ask::<Safeguarding>(&state, &posted, "hold", command).await {
        Ok(()) => see("/records"),
        Err(trouble) => again(&state, &posted, Vec::new(), Some(trouble)),
    }
}

fn read(mut reader: Reader<'_>) -> Result<Command, Vec<FieldError>> {
    if reader.typed("do") == Some("lift") {
        let hold = reader.id("hold", "Choose the hold.");
        let reason = reader.text("lift.reason", "Say why it is over.");
        let command = hold.zip(reason);
        return reader.finish(
            command.map(|(hold, reason)| Command::LiftHold { hold, reason: Personal::known(reason) }),
        );
    }
    let of = match reader.typed("hold.of") {
        Some("everything") => Some(Held::Everything {}),
        Some("trip") => reader.id("hold.trip", "Choose the trip.").map(|trip| Held::Trip { trip }),
        Some("person") => {
            reader.id("hold.person", "Choose the person.").map(|person| Held::Person { person })
        }
        Some("incident") => {
            reader.id("hold.incident", "Give the incident's id.").map(|incident| Held::Incident { incident })
        }
        Some(_) | None => {
            reader.error("hold.of", "Choose what is held.");
            None
        }
    };
    let reason = reader.text("hold.reason", "Say who asked for it, and why.");
    let command = of.zip(reason).map(|(of, reason)| Command::HoldRecords {
        hold: HoldId::new(),
        of,
        reason: Personal::known(reason),
    });
    reader.finish(command)
}
