//! Safeguarding: an incident reported in a minute, incidents and what is due of them, the usage log; pupils' own phones,
//! arrangements, recordings.

pub(crate) mod arrangement_words;
mod arrangements;
mod hub;
mod incident;
mod incident_read;
mod incident_words;
mod lists;
mod pouches;
mod recordings;
mod usage;
mod usage_words;

use axum::Router;

use crate::app::AppState;

pub(crate) use incident_words::KINDS;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .merge(hub::router())
        .merge(usage::router())
        .merge(incident::router())
        .merge(pouches::router())
        .merge(arrangements::router())
        .merge(recordings::router())
        .merge(lists::router())
}
