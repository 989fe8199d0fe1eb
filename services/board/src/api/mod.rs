//! The JSON API below `/api/v1`: a token, every command, every view, and the document that describes them.
//!
//! - `POST /token` with log-in and password gives a bearer token.
//! - `POST /{service}/{Command}` with the command's fields as JSON; `Idempotency-Key` is the command's id, so that a
//!   command sent again is done once.
//! - `GET …` the views. Pages of ours may read them by their cookie.
//!
//! Whatever goes wrong is told in one shape: [`ApiError`].

mod commands;
mod error;
pub mod openapi;
mod token;
mod views;

use axum::Router;
use axum::routing::{get, post};

pub use error::ApiError;
use error::Asks;

use crate::app::AppState;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/openapi.json", get(openapi::document))
        .route("/token", post(token::issue).delete(token::revoke))
        .merge(commands::router())
        .merge(views::router())
        .fallback(async || ApiError::not_found("there is nothing at this address: see /api/v1/openapi.json"))
}
