//! What happened on a trip: what, when, who. Filtered by kind, as a page, on paper, or as CSV.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::trips::Command;
use serde::Deserialize;

use super::act::{ask, see};
use super::html::page;
use super::shell::{Looking, Place, Shell, missing};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{FormView, Reader};
use crate::history::History;
use crate::view::{Entry, tell};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/trips/{trip}/log", get(show).post(add_note))
        .route("/trips/{trip}/log.csv", get(csv))
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
    part: Option<&'static str>,
    /// (value, label, whether it is the one shown).
    filters: Vec<(&'static str, &'static str, bool)>,
    only: &'static str,
    trouble: Option<Trouble>,
    form: FormView,
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
    Query(wanted): Query<Wanted>,
) -> Response {
    let history = History::of_trip(&state, &session, trip).await;
    let view = state.view_of(&session);
    shown(&Looking::new(&state, &view, &session), trip, wanted, &history, FormView::default(), None)
}

fn shown(
    look: &Looking<'_>,
    trip: TripId,
    Wanted { only }: Wanted,
    history: &History,
    form: FormView,
    trouble: Option<Trouble>,
) -> Response {
    let Some(known) = look.view.trips.trip(trip) else { return missing(look, Place::Trips, "trip") };
    let mut days: Vec<(String, Vec<Line>)> = Vec::new();
    for entry in history.entries.iter().filter(|entry| only.takes(entry.service)) {
        let Some(line) = Line::of(look, entry, "%H:%M:%S") else { continue };
        let day = look.when().day(entry.at);
        match days.last_mut().filter(|(of, _)| *of == day) {
            Some((_, lines)) => lines.push(line),
            None => days.push((day, vec![line])),
        }
    }
    let filters = Only::EACH.map(|(kind, value, label)| (value, label, kind == only)).to_vec();
    let only = filters.iter().find(|(_, _, is)| *is).map_or("all", |(value, _, _)| value);
    let (shell, title) = (look.shell(Place::Trips), known.shown_title());
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    page(
        status,
        &TimelinePage { shell, id: trip, title, days, part: history.part, filters, only, trouble, form },
    )
}

/// Something is written down beside what happened: to the trip's open alert, so that whoever has it reads it there, else to
/// the trip.
async fn add_note(State(state): State<AppState>, Path(trip): Path<TripId>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let note = reader.text("note", "Write the note.");
        let case = view.case_of_trip(posted.session.seen_by, trip).map(|case| case.case);
        reader.finish(note.map(|note| (note, case)))
    };
    let (errors, trouble) = match read {
        Ok((note, case)) => {
            let done = match case {
                Some(case) => {
                    let command = proto::v1::alerts::Command::AddNote { case, note };
                    ask::<alerts::Alerts>(&state, &posted, "note", command).await
                }
                None => ask::<trips::Trips>(&state, &posted, "note", Command::AddNote { trip, note }).await,
            };
            match done {
                Ok(()) => return see(&format!("/trips/{trip}/log")),
                Err(trouble) => (Vec::new(), Some(trouble)),
            }
        }
        Err(errors) => (errors, None),
    };
    let history = History::of_trip(&state, &posted.session, trip).await;
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    let form = FormView::new(posted.fields.clone(), errors);
    shown(&look, trip, Wanted::default(), &history, form, trouble)
}

async fn csv(
    State(state): State<AppState>,
    session: Session,
    Path(trip): Path<TripId>,
    Query(Wanted { only }): Query<Wanted>,
) -> Response {
    let History { entries, part } = History::of_trip(&state, &session, trip).await;
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if view.trips.trip(trip).is_none() {
        return missing(&look, Place::Trips, "trip");
    }
    let entries = entries.iter().filter(|entry| only.takes(entry.service));
    let mut text = "when,what,who,source\r\n".to_owned();
    for line in entries.filter_map(|entry| Line::of(&look, entry, "%Y-%m-%d %H:%M:%S")) {
        let cells = [&line.at, &line.text, line.who.as_deref().unwrap_or_default(), &line.source];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    if let Some(part) = part {
        text.push_str(&format!("{}\r\n", ["", part, "", ""].map(cell).join(",")));
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
