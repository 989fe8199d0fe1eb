//! HTML pages. One file for each page: what it shows is gathered into a plain value, which a template prints.
//!
//! - `shell`: what every page has around it; `html`, `assets`, `words`.
//! - `trouble`: refusals on screen, with the rule's id, what is wrong, what would satisfy it.
//! - `cards`: what several pages show of trips and cases.
//!
//! What they do not do: they decide nothing. A POST becomes a command; what comes back is shown.

mod act;
mod alerts;
mod arrivals;
mod assets;
mod board;
mod calls;
mod cards;
mod chart;
mod device;
mod devices;
mod done_at;
mod download;
mod drafts;
mod drills;
pub(crate) mod find;
mod first_steps;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub(crate) mod governors;
mod groups;
pub(crate) mod html;
mod issue;
pub(crate) mod leader;
mod line;
mod lines;
mod log_ins;
mod login;
mod login_code;
mod login_with;
mod map;
mod me;
mod messages;
mod paging;
mod people;
mod person;
mod policy;
mod policy_fields;
mod printed_cards;
mod prospect;
mod qr;
pub(crate) mod records;
mod rings;
pub(crate) mod safeguarding;
mod set_up;
mod sheets;
pub(crate) mod shell;
mod start;
mod take_in;
mod tiles;
mod timeline;
mod trip;
mod trip_check;
mod trip_form;
mod trip_page;
mod trip_words;
mod trips_list;
mod trouble;
mod unwell;
mod way;
mod whereabouts;
pub(crate) mod words;

use axum::Router;

use crate::app::AppState;

pub(crate) use board::board_html;
pub(crate) use device::storage_of;
pub(crate) use paging::matches;

/// The routes of all pages.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .merge(assets::router())
        .merge(login::router())
        .merge(login_code::router())
        .merge(login_with::router())
        .merge(me::router())
        .merge(board::router())
        .merge(leader::router())
        .merge(trips_list::router())
        .merge(start::router())
        .merge(drafts::router())
        .merge(find::router())
        .merge(trip_form::router())
        .merge(trip_check::router())
        .merge(trip::router())
        .merge(groups::router())
        .merge(tiles::router())
        .merge(arrivals::router())
        .merge(timeline::router())
        .merge(printed_cards::router())
        .merge(devices::router())
        .merge(issue::router())
        .merge(device::router())
        .merge(line::router())
        .merge(set_up::router())
        .merge(log_ins::router())
        .merge(alerts::router())
        .merge(people::router())
        .merge(sheets::router())
        .merge(person::router())
        .merge(lines::router())
        .merge(policy::router())
        .merge(messages::router())
        .merge(calls::router())
        .merge(safeguarding::router())
        .merge(records::router())
        .merge(governors::router())
        .merge(drills::router())
}

/// The routes that take files: larger than forms.
pub(crate) fn uploads() -> Router<AppState> {
    sheets::uploads()
}
