//! All trips, by where they stand.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use proto::ids::TripId;
use proto::topics::ServiceName;
use trips::PhaseName;

use super::html::page;
use super::shell::{Looking, Place, Shell};
use super::words;
use crate::app::AppState;
use crate::auth::Session;

/// The most trips of each part that are listed: the newest.
const MAX_LISTED: usize = 200;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips", get(show))
}

#[derive(Template)]
#[template(path = "trip/list.html")]
struct TripsPage {
    shell: Shell,
    may_write: bool,
    parts: Vec<(&'static str, Vec<Row>)>,
}

struct Row {
    id: TripId,
    title: String,
    when: String,
    leader: String,
    word: &'static str,
    class: &'static str,
}

const PARTS: [(&str, &[PhaseName]); 4] = [
    ("Out and coming home", &[PhaseName::Out, PhaseName::Returned]),
    ("To be authorised", &[PhaseName::Submitted]),
    ("Planned", &[PhaseName::Draft, PhaseName::Authorised]),
    ("Over", &[PhaseName::Closed, PhaseName::Cancelled]),
];

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let part = |phases: &[PhaseName]| {
        let mut trips: Vec<_> =
            view.trips.trips().filter(|(_, trip)| phases.contains(&trip.phase_name())).collect();
        trips.sort_by_key(|(id, trip)| (std::cmp::Reverse(trip.form.window.from), *id));
        let row = |(id, trip): (TripId, &trips::Trip)| {
            let (word, class) = words::phase(trip.phase_name());
            let (title, when) = (trip.form.title.to_string(), look.when().window(trip.form.window));
            Row { id, title, when, leader: view.person_name(trip.form.leader), word, class }
        };
        trips.into_iter().take(MAX_LISTED).map(row).collect::<Vec<_>>()
    };
    let shown = TripsPage {
        shell: look.shell(Place::Trips),
        may_write: look.may(ServiceName::Trips, "SaveDraft"),
        parts: PARTS.map(|(title, phases)| (title, part(phases))).into_iter().collect(),
    };
    page(StatusCode::OK, &shown)
}
