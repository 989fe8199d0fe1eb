//! What happened on a trip: what, when, who. Filtered by kind, as a page, on paper, or as CSV.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use proto::ids::TripId;
use proto::topics::ServiceName;
use serde::Deserialize;

use super::html::page;
use super::shell::{Looking, Place, Shell, missing};
use crate::app::AppState;
use crate::auth::Session;
use crate::view::{Entry, tell};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips/{trip}/log", get(show)).route("/trips/{trip}/log.csv", get(csv))
}

/// What is looked for: `?only=checkins`.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default, Debug)]
#[serde(rename_all = "lowercase")]
enum Only {
    #[default]
    All,
    CheckIns,
    Alerts,
    Messages,
    Phones,
    Form,
}

impl Only {
    const EACH: [(Self, &str, &str); 6] = [
        (Self::All, "all", "All"),
        (Self::CheckIns, "checkins", "Check-ins"),
        (Self::Alerts, "alerts", "Alerts"),
        (Self::Messages, "messages", "Texts and calls"),
        (Self::Phones, "phones", "Phones"),
        (Self::Form, "form", "Form and base"),
    ];

    /// Whether what a service recorded is of this kind.
    fn takes(self, service: ServiceName) -> bool {
        let of = match service {
            ServiceName::Checkins => Self::CheckIns,
            ServiceName::Alerts => Self::Alerts,
            ServiceName::Gateway => Self::Messages,
            ServiceName::Devices => Self::Phones,
            ServiceName::Trips
            | ServiceName::Contacts
            | ServiceName::People
            | ServiceName::Safeguarding
            | ServiceName::Board => Self::Form,
        };
        self == Self::All || self == of
    }
}

#[derive(Deserialize, Default)]
struct Wanted {
    #[serde(default)]
    only: Only,
}

#[derive(Template)]
#[template(path = "trip/timeline.html")]
struct TimelinePage {
    shell: Shell,
    id: TripId,
    title: String,
    days: Vec<(String, Vec<Line>)>,
    /// (value, label, whether it is the one shown).
    filters: Vec<(&'static str, &'static str, bool)>,
    only: &'static str,
    /// The trip's open case, which takes notes.
    case: Option<String>,
}

struct Line {
    at: String,
    text: String,
    who: Option<String>,
    source: String,
    base_only: bool,
}

impl Line {
    fn of(look: &Looking<'_>, entry: &Entry, clock: &str) -> Option<Self> {
        Some(Self {
            at: look.view.school.zone.local(entry.at).strftime(clock).to_string(),
            text: tell(look.view, &entry.event)?,
            who: look.view.actor_name(&entry.actor),
            source: format!("{} {}", entry.service, entry.sequence),
            base_only: entry.base_only,
        })
    }
}

async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(trip): Path<TripId>,
    Query(Wanted { only }): Query<Wanted>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let Some(known) = view.trips.trip(trip) else { return missing(&look, Place::Trips, "trip") };
    let mut days: Vec<(String, Vec<Line>)> = Vec::new();
    for entry in view.timeline(session.seen_by, trip).filter(|entry| only.takes(entry.service)) {
        let Some(line) = Line::of(&look, entry, "%H:%M:%S") else { continue };
        let day = look.when().day(entry.at);
        match days.last_mut().filter(|(of, _)| *of == day) {
            Some((_, lines)) => lines.push(line),
            None => days.push((day, vec![line])),
        }
    }
    let filters = Only::EACH.map(|(kind, value, label)| (value, label, kind == only)).to_vec();
    let shown = filters.iter().find(|(_, _, is)| *is).map_or("all", |(value, _, _)| value);
    let case = view.case_of_trip(session.seen_by, trip).map(|case| case.case.to_string());
    let (shell, title) = (look.shell(Place::Trips), known.form.title.to_string());
    page(StatusCode::OK, &TimelinePage { shell, id: trip, title, days, filters, only: shown, case })
}

async fn csv(
    State(state): State<AppState>,
    session: Session,
    Path(trip): Path<TripId>,
    Query(Wanted { only }): Query<Wanted>,
) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if view.trips.trip(trip).is_none() {
        return missing(&look, Place::Trips, "trip");
    }
    let entries = view.timeline(session.seen_by, trip).filter(|entry| only.takes(entry.service));
    let mut text = "when,what,who,source\r\n".to_owned();
    for line in entries.filter_map(|entry| Line::of(&look, entry, "%Y-%m-%d %H:%M:%S")) {
        let cells = [&line.at, &line.text, line.who.as_deref().unwrap_or_default(), &line.source];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"timeline-{trip}.csv\"")),
    ];
    (headers, text).into_response()
}

/// A cell of RFC 4180. What begins like a formula gets an apostrophe, since spreadsheets run formulas.
pub(super) fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_runs() {
        assert_eq!(cell("said \"all well\", 24"), "\"said \"\"all well\"\", 24\"");
        assert_eq!(cell("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }

    #[test]
    fn each_service_is_of_one_kind() {
        for service in ServiceName::ALL {
            let kinds = Only::EACH.iter().filter(|(kind, _, _)| *kind != Only::All && kind.takes(service));
            assert_eq!(kinds.count(), 1, "{service}");
            assert!(Only::All.takes(service));
        }
    }
}
