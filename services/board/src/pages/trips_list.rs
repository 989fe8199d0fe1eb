//! All trips, by where they stand: the first of each part, a part with all of its pages, or what is looked for.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use proto::ids::TripId;
use proto::topics::ServiceName;
use serde::Deserialize;
use trips::PhaseName;

use super::html::page;
use super::paging::{Paging, Wanted};
use super::shell::{Looking, Place, Shell};
use super::words;
use crate::app::AppState;
use crate::auth::Session;

/// So many of each part stand on the overview.
const FIRST: usize = 20;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips", get(show))
}

#[derive(Template)]
#[template(path = "trip/list.html")]
struct TripsPage {
    shell: Shell,
    may_write: bool,
    parts: Vec<Part>,
    paging: Paging,
}

struct Part {
    title: &'static str,
    rows: Vec<Row>,
    /// More than stand here: how many in all, and where they are.
    all: Option<(usize, &'static str)>,
}

/// `?part=over`
#[derive(Deserialize, Default)]
struct OfPart {
    #[serde(default)]
    part: String,
}

struct Row {
    id: TripId,
    title: String,
    when: String,
    leader: String,
    word: &'static str,
    class: &'static str,
}

const PARTS: [(&str, &str, &[PhaseName]); 4] = [
    ("Out and coming home", "out", &[PhaseName::Out, PhaseName::Returned]),
    ("To be authorised", "waiting", &[PhaseName::Submitted]),
    ("Planned", "planned", &[PhaseName::Draft, PhaseName::Authorised]),
    ("Over", "over", &[PhaseName::Closed, PhaseName::Cancelled]),
];

async fn show(
    State(state): State<AppState>,
    session: Session,
    Query(wanted): Query<Wanted>,
    Query(of): Query<OfPart>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let one = PARTS.iter().find(|(_, name, _)| *name == of.part);
    let (parts, paging) = match one {
        Some((title, name, phases)) => {
            let (rows, mut paging) = wanted.page(found(&look, phases, &wanted));
            paging.also = format!("part={name}&");
            (vec![Part { title, rows: rows_of(&look, rows), all: None }], paging)
        }
        None if wanted.is_search() => {
            let everything = PARTS.iter().flat_map(|(_, _, phases)| found(&look, phases, &wanted)).collect();
            let (rows, paging) = wanted.page(everything);
            (vec![Part { title: "Found", rows: rows_of(&look, rows), all: None }], paging)
        }
        None => {
            let part = |(title, name, phases): &(&'static str, &'static str, &[PhaseName])| {
                let mut trips = found(&look, phases, &wanted);
                let all = (trips.len() > FIRST).then_some((trips.len(), *name));
                trips.truncate(FIRST);
                Part { title, rows: rows_of(&look, trips), all }
            };
            (PARTS.iter().map(part).collect(), wanted.page(Vec::<()>::new()).1)
        }
    };
    let may_write = look.may(ServiceName::Trips, "SaveDraft");
    page(StatusCode::OK, &TripsPage { shell: look.shell(Place::Trips), may_write, parts, paging })
}

/// The trips of those phases that are looked for, the latest first.
fn found<'a>(look: &Looking<'a>, phases: &[PhaseName], wanted: &Wanted) -> Vec<(TripId, &'a trips::Trip)> {
    let looked_for = |trip: &trips::Trip| {
        let (leader, when) = (look.view.person_name(trip.form.leader), look.when().window(trip.form.window));
        wanted.finds(&[trip.form.title.as_str(), &leader, &when])
    };
    let trips = look.view.trips.trips();
    let mut trips: Vec<_> =
        trips.filter(|(_, trip)| phases.contains(&trip.phase_name()) && looked_for(trip)).collect();
    trips.sort_by_key(|(id, trip)| (std::cmp::Reverse(trip.form.window.from), *id));
    trips
}

fn rows_of(look: &Looking<'_>, trips: Vec<(TripId, &trips::Trip)>) -> Vec<Row> {
    let row = |(id, trip): (TripId, &trips::Trip)| {
        let (word, class) = words::phase(trip.phase_name());
        let (title, when) = (trip.shown_title(), look.when().window(trip.form.window));
        Row { id, title, when, leader: look.view.person_name(trip.form.leader), word, class }
    };
    trips.into_iter().map(row).collect()
}
