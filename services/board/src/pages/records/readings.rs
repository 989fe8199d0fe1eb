//! Who opened which record, and when.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use proto::ids::PersonId;
use serde::Deserialize;

use super::hub::WHOM;
use crate::app::AppState;
use crate::auth::Session;
use crate::auth::roles::{Action, Seen};
use crate::db::{Reading, Which};
use crate::forms::{Choice, FormView};
use crate::pages::html::page;
use crate::pages::paging::Paging;
use crate::pages::shell::{Looking, Place, Shell, not_for};
use crate::pages::timeline::cell;
use crate::readings::{ERASED, RECORDS};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/records/readings", get(show)).route("/records/readings.csv", get(csv))
}

/// The newest so many are looked through; all of them are in the CSV up to as many again as that takes.
const MOST: i64 = 20_000;

/// So many lines stand on a page.
const LINES: usize = 100;

#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    by: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    of: String,
    page: Option<usize>,
}

impl Wanted {
    fn which(&self) -> Which {
        let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Which { by: self.by.parse().ok(), what: set(&self.what), subject: set(&self.of) }
    }
}

#[derive(Template)]
#[template(path = "records/readings.html")]
struct ReadingsPage {
    shell: Shell,
    form: FormView,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    paging: Paging,
    query: String,
}

struct Line {
    at: String,
    who: String,
    what: String,
    which: String,
}

impl Line {
    fn of(look: &Looking<'_>, reading: &Reading, clock: &str) -> Self {
        Self {
            at: look.view.school.zone.local(reading.at).strftime(clock).to_string(),
            who: look.view.person_name(reading.person),
            what: reading.what.clone(),
            which: which(look, reading),
        }
    }
}

/// Which record it was, by name where it has one that whoever looks may know: of an incident, nothing.
fn which(look: &Looking<'_>, reading: &Reading) -> String {
    let id = || reading.subject.parse::<uuid::Uuid>().ok();
    match (reading.what.as_str(), id()) {
        ("person", Some(id)) => look.view.person_name(PersonId(id)),
        ("trip" | "trip log", Some(id)) => look.view.trip_title(proto::ids::TripId(id)),
        ("custody", Some(id)) => look.view.device_tag(proto::ids::DeviceId(id)),
        (_, Some(_)) => String::new(),
        (_, None) => reading.subject.replace('&', ", ").replace('=', ": ").replace('+', " "),
    }
}

async fn find(state: &AppState, session: &Session, wanted: &Wanted) -> Result<Vec<Reading>, Response> {
    let found = state.db().readings(&session.school, &wanted.which(), MOST).await;
    found.map_err(|fault| {
        tracing::error!(%fault, "HW-D2 the database of log-ins failed");
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    })
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let found = match find(&state, &session, &wanted).await {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !session.may(Action::See(Seen::Records)) {
        return not_for(&look, Place::Safeguarding, WHOM);
    }
    let query = format!("by={}&what={}&of={}", wanted.by, wanted.what.replace(' ', "+"), wanted.of);
    let (shown, mut paging) = Paging::of(found, wanted.page, LINES);
    paging.also = format!("{query}&");
    let mut kinds: Vec<&str> = RECORDS.iter().map(|(_, what)| *what).chain([ERASED]).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let form = FormView::with(&[("by", wanted.by.clone()), ("what", wanted.what.clone())]);
    let drawn = ReadingsPage {
        shell: look.shell(Place::Safeguarding),
        form,
        people: Choice::of(look.people_with(&[])),
        kinds: kinds.into_iter().map(|what| Choice::new(what, what)).collect(),
        lines: shown.iter().map(|reading| Line::of(&look, reading, "%a %-d %b %Y, %H:%M")).collect(),
        paging,
        query,
    };
    page(StatusCode::OK, &drawn)
}

async fn csv(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let found = match find(&state, &session, &wanted).await {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !session.may(Action::See(Seen::Records)) {
        return not_for(&look, Place::Safeguarding, WHOM);
    }
    let mut text = "when,who,what,which\r\n".to_owned();
    for line in found.iter().map(|reading| Line::of(&look, reading, "%Y-%m-%d %H:%M:%S")) {
        text.push_str(&[&line.at, &line.who, &line.what, &line.which].map(|text| cell(text)).join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"readings.csv\""),
    ];
    (headers, text).into_response()
}
