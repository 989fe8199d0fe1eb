//! Alerts: open ones with their ladders, owning, notes, resolving; raised by hand; those that are over.

use ::alerts::Alerts;
use ::alerts::view::CaseView;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use proto::ids::{CaseId, TripId};
use proto::v1::alerts::{Command, Resolution, Severity};
use proto::v1::contacts::Audience;

use super::act::{ask, see};
use super::cards::CaseCard;
use super::html::page;
use super::paging::{Paging, Part, Wanted};
use super::rings::{Rings, rings};
use super::shell::{Looking, Place, Shell, missing};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};
use crate::view::{Pupils, Resolved};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/alerts", get(show).post(raise))
        .route("/alerts/{case}", get(show_one).post(act))
        .route("/alerts/{case}/own", post(own))
}

#[derive(Template)]
#[template(path = "alerts/list.html")]
struct AlertsPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    open: Part<CaseCard>,
    over: Part<Over>,
    paging: Paging,
    trips: Vec<Choice>,
}

struct Over {
    title: String,
    trip: Option<TripId>,
    word: &'static str,
    reasons: String,
    opened: String,
    at: String,
    how: String,
}

#[derive(Template)]
#[template(path = "alerts/one.html")]
struct AlertPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    case: CaseCard,
    mine: bool,
    notes: Vec<(String, String)>,
    /// Whom to ring about it: its trip's staff.
    rings: Rings,
}

/// Whether it is looked for: by what it is about, why, how grave, who has it, its code.
fn finds(look: &Looking<'_>, wanted: &Wanted, case: &CaseView) -> bool {
    let title = super::cards::title(look, case);
    let owner = case.owner.map(|owner| look.view.person_name(owner.person)).unwrap_or_default();
    let (reasons, code) =
        (look.view.reason_texts(case.trip, &case.reasons, Pupils::Named).join(" "), case.code.0.to_string());
    wanted.finds(&[&title, &reasons, words::severity(case.severity), &owner, &code])
}

fn over(look: &Looking<'_>, resolved: &Resolved) -> Over {
    let card = CaseCard::of(look, &resolved.case);
    let how = match &resolved.how {
        Resolution::ByItself {} => "by itself".to_owned(),
        Resolution::ByPerson { person, reason } => {
            format!("by {}: {}", look.view.person_name(*person), reason.shown())
        }
    };
    let (at, reasons) = (look.when().at(resolved.at), card.reasons.join(" "));
    Over { title: card.title, trip: card.trip, word: card.word, reasons, opened: card.opened, at, how }
}

fn show_list(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>, wanted: &Wanted) -> Response {
    let seen_by = look.session.seen_by;
    let all = !wanted.is_search();
    let mut paging = wanted.lists();
    let mut open = look.view.cases(seen_by);
    open.retain(|case| all || finds(look, wanted, case));
    let open = wanted.part("open", open, &mut paging).map(|case| CaseCard::of(look, &case));
    let done = look.view.resolved(seen_by).filter(|done| all || finds(look, wanted, &done.case)).collect();
    let over = wanted.part("over", done, &mut paging).map(|resolved| over(look, resolved));
    let trips =
        look.view.trips.out().iter().map(|trip| Choice::new(trip, look.view.trip_title(*trip))).collect();
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    page(status, &AlertsPage { shell: look.shell(Place::Alerts), trouble, form, open, over, paging, trips })
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let fresh = [("case", CaseId::new().to_string()), ("severity", "urgent".to_owned())];
    show_list(&Looking::new(&state, &view, &session), FormView::with(&fresh), None, &wanted)
}

async fn raise(State(state): State<AppState>, posted: Posted) -> Response {
    let (errors, trouble) = match read_alert(&state, &posted) {
        Ok(command) => match ask::<Alerts>(&state, &posted, "raise", command).await {
            Ok(()) => return see("/alerts"),
            Err(trouble) => (Vec::new(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    show_list(&look, FormView::new(posted.fields.clone(), errors), trouble, &Wanted::default())
}

fn read_alert(state: &AppState, posted: &Posted) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let case = reader.optional_id::<CaseId>("case");
    let trip = reader.optional_id::<TripId>("trip");
    let note = reader.text("note", "Say what is wrong.");
    let severity = match reader.typed("severity") {
        Some("emergency") => Some(Severity::Emergency),
        Some("urgent") => Some(Severity::Urgent),
        Some("warning") => Some(Severity::Warning),
        Some("notice") => Some(Severity::Notice),
        Some(_) | None => {
            reader.error("severity", "Choose how urgent it is.");
            None
        }
    };
    let command = || {
        let case = case?.unwrap_or_default();
        Some(Command::RaiseAlert { case, trip: trip?, severity: severity?, note: note? })
    };
    let command = command();
    reader.finish(command)
}

fn one(look: &Looking<'_>, case: CaseId, form: FormView, trouble: Option<Trouble>) -> Response {
    let Some(view) = look.view.case(look.session.seen_by, case) else {
        return match trouble {
            // It was resolved meanwhile: say so where alerts are listed.
            Some(trouble) => show_list(look, form, Some(trouble), &Wanted::default()),
            None => missing(look, Place::Alerts, "open alert"),
        };
    };
    let notes = look.view.alerts.case(case).map(|open| open.notes.as_slice()).unwrap_or_default();
    let notes = notes.iter().map(|(person, note)| (look.view.person_name(*person), note.shown())).collect();
    let mine = view.owner.is_some_and(|owner| owner.person == look.session.person);
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let case = CaseCard::of(look, &view);
    let out = case.trip.filter(|trip| look.view.trips.out().contains(trip));
    let rings = out.map(|trip| rings(look, Audience::Base, Some(trip))).unwrap_or_default();
    page(status, &AlertPage { shell: look.shell(Place::Alerts), trouble, form, case, mine, notes, rings })
}

async fn show_one(State(state): State<AppState>, session: Session, Path(case): Path<CaseId>) -> Response {
    let view = state.view_of(&session);
    one(&Looking::new(&state, &view, &session), case, FormView::default(), None)
}

async fn own(State(state): State<AppState>, Path(case): Path<CaseId>, posted: Posted) -> Response {
    let on_board = posted.fields.get("back") == Some("/");
    match ask::<Alerts>(&state, &posted, "own", Command::OwnCase { case }).await {
        Ok(()) if on_board => see("/"),
        Ok(()) => see(&format!("/alerts/{case}")),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            one(&Looking::new(&state, &view, &posted.session), case, FormView::default(), Some(trouble))
        }
    }
}

async fn act(State(state): State<AppState>, Path(case): Path<CaseId>, posted: Posted) -> Response {
    let what = posted.fields.get("do").unwrap_or_default().to_owned();
    let done = match read_act(&state, &posted, case, &what) {
        Ok(command) => ask::<Alerts>(&state, &posted, &what, command).await,
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    match done {
        Ok(()) if what == "resolve" => see("/alerts"),
        Ok(()) => see(&format!("/alerts/{case}")),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            let form = FormView::new(posted.fields.clone(), Vec::new());
            one(&Looking::new(&state, &view, &posted.session), case, form, Some(trouble))
        }
    }
}

fn read_act(state: &AppState, posted: &Posted, case: CaseId, what: &str) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let command = match what {
        "hand-back" => Some(Command::HandBackCase { case }),
        "resolve" => reader
            .text("resolve.reason", "Say why it is resolved.")
            .map(|reason| Command::ResolveCase { case, reason }),
        "note" => reader.text("note.note", "Write the note.").map(|note| Command::AddNote { case, note }),
        _ => {
            reader.error("do", "Choose what to do.");
            None
        }
    };
    reader.finish(command)
}
