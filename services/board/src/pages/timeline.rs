//! What happened on a trip: what, when, who.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use proto::ids::TripId;

use super::html::page;
use super::shell::{Looking, Place, Shell, missing};
use crate::app::AppState;
use crate::auth::Session;
use crate::view::tell;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips/{trip}/log", get(show))
}

#[derive(Template)]
#[template(path = "trip/timeline.html")]
struct TimelinePage {
    shell: Shell,
    id: TripId,
    title: String,
    days: Vec<(String, Vec<Line>)>,
}

struct Line {
    at: String,
    text: String,
    who: Option<String>,
    source: String,
    base_only: bool,
}

async fn show(State(state): State<AppState>, session: Session, Path(trip): Path<TripId>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let Some(known) = view.trips.trip(trip) else { return missing(&look, Place::Trips, "trip") };
    let mut days: Vec<(String, Vec<Line>)> = Vec::new();
    for entry in view.timeline(session.seen_by, trip) {
        let Some(text) = tell(&view, &entry.event) else { continue };
        let line = Line {
            at: view.school.zone.local(entry.at).strftime("%H:%M:%S").to_string(),
            text,
            who: view.actor_name(&entry.actor),
            source: format!("{} {}", entry.service, entry.sequence),
            base_only: entry.base_only,
        };
        let day = look.when().day(entry.at);
        match days.last_mut().filter(|(of, _)| *of == day) {
            Some((_, lines)) => lines.push(line),
            None => days.push((day, vec![line])),
        }
    }
    let (shell, title) = (look.shell(Place::Trips), known.form.title.to_string());
    page(StatusCode::OK, &TimelinePage { shell, id: trip, title, days })
}
