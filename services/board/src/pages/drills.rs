//! The drills that are over, as CSV, with what was learnt from each. [REV-1]

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::download::{csv, stamp};
use crate::app::AppState;
use crate::auth::Session;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/policy/drills.csv", get(drills))
}

async fn drills(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let day = |at| stamp(&view.school.zone, at);
    let row = |drill: &trips::Drill| {
        let learnt = drill.learnt.as_ref();
        vec![
            view.trip_title(drill.trip),
            day(drill.at),
            if drill.weekend { "yes" } else { "" }.to_owned(),
            learnt.map(|(words, _, _)| words.to_string()).unwrap_or_default(),
            learnt.map(|(_, by, _)| view.person_name(*by)).unwrap_or_default(),
            learnt.map(|(_, _, at)| day(*at)).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = view.trips.drills().done().iter().map(row).collect();
    csv("drills", &["drill", "over", "weekend", "what was learnt", "written by", "when"], &rows)
}
