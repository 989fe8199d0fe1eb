//! Lists as CSV, to be kept: one way for all of them.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use proto::Timestamp;
use proto::values::SchoolZone;

use crate::sheets::table::to_csv;

/// A list as a file of that name. What begins like a formula gets an apostrophe, since spreadsheets run formulas.
pub(crate) fn csv(name: &str, heading: &[&str], rows: &[Vec<String>]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        // What it holds is for whoever asked, not for a shared cache.
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, to_csv(heading, rows)).into_response()
}

/// An instant as it stands in lists, on the school's clocks: `2026-11-20 09:30`.
pub(crate) fn stamp(zone: &SchoolZone, at: Timestamp) -> String {
    zone.local(at).strftime("%Y-%m-%d %H:%M").to_string()
}
