//! What is kept about people: how long, held, of one person, who opened it; the page that a school's own assessment starts
//! from.

mod data_protection;
mod hub;
pub(crate) mod person;
mod readings;
pub(crate) mod who;

use axum::Router;

use crate::app::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .merge(hub::router())
        .merge(person::router())
        .merge(readings::router())
        .merge(data_protection::router())
}
