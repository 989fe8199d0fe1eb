//! Registers in and out as sheets. In: a file is read, shown against the register (each cell that can't be taken, with what
//! would do), and taken only when somebody says so; a part at a time, so that the page shows how far it came. The sheet waits
//! among that person's drafts meanwhile.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use proto::ids::{CommandId, derive_uuid};
use proto::topics::ServiceName;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::html::page;
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::asking;
use crate::auth::{Posted, Session, Uploaded};
use crate::db::DraftOf;
use crate::sheets::table::{self, Table};
use crate::sheets::{JudgedRow, Outcome, devices, people};
use crate::view::SchoolView;

/// So many rows are taken before the page says how far it came.
const PART: usize = 100;

/// The most rows of each kind that are listed.
const LISTED: usize = 200;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/people/sheet/take", post(|state, posted| take(state, posted, Register::People)))
        .route("/devices/sheet/take", post(|state, posted| take(state, posted, Register::Devices)))
        .route("/people/people.csv", get(|state, session| export(state, session, Register::People, false)))
        .route("/people/people.xlsx", get(|state, session| export(state, session, Register::People, true)))
        .route("/devices/phones.csv", get(|state, session| export(state, session, Register::Devices, false)))
        .route("/devices/phones.xlsx", get(|state, session| export(state, session, Register::Devices, true)))
}

/// The routes that take a file: they have a limit of their own.
pub(super) fn uploads() -> Router<AppState> {
    Router::new()
        .route(
            "/people/sheet",
            get(|state, session| show(state, session, Register::People))
                .post(|state, uploaded| upload(state, uploaded, Register::People)),
        )
        .route(
            "/devices/sheet",
            get(|state, session| show(state, session, Register::Devices))
                .post(|state, uploaded| upload(state, uploaded, Register::Devices)),
        )
}

/// Which register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Register {
    People,
    Devices,
}

impl Register {
    fn path(self) -> &'static str {
        match self {
            Self::People => "/people",
            Self::Devices => "/devices",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Devices => "phones",
        }
    }

    fn place(self) -> Place {
        match self {
            Self::People => Place::People,
            Self::Devices => Place::Devices,
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::People => "sheet/people",
            Self::Devices => "sheet/devices",
        }
    }

    fn may(self, look: &Looking<'_>) -> bool {
        match self {
            Self::People => look.may(ServiceName::People, "AddPerson"),
            Self::Devices => look.may(ServiceName::Devices, "RegisterDevice"),
        }
    }
}

/// A command of either register.
enum Ask {
    People(proto::v1::people::Command),
    Devices(proto::v1::devices::Command),
}

/// A sheet on its way: what of it was taken, and what was refused.
#[derive(Serialize, Deserialize)]
struct Pending {
    once: Uuid,
    heading: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
    /// So many of its rows were gone through.
    at: usize,
    taken: usize,
    failed: Vec<(usize, String, String)>,
}

impl Pending {
    fn table(&self) -> Table {
        Table { heading: self.heading.clone(), rows: self.rows.clone() }
    }
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    shell: Shell,
    trouble: Option<Trouble>,
    /// `/people`
    path: &'static str,
    file: &'static str,
    is_people: bool,
    columns: &'static [&'static str],
    shown: Option<Preview>,
    progress: Option<Progress>,
}

/// A sheet against the register.
struct Preview {
    new: usize,
    changed: usize,
    same: usize,
    bad_rows: usize,
    /// (row, name, column, what is wrong and what would do).
    bad: Vec<(usize, String, String, String)>,
    /// (row, name, what of it).
    good: Vec<(usize, String, String)>,
    more: usize,
}

/// How far it came.
struct Progress {
    at: usize,
    of: usize,
    taken: usize,
    failed: Vec<(usize, String, String)>,
    done: bool,
}

fn judge(
    register: Register,
    view: &SchoolView,
    pending: &Pending,
) -> Result<Vec<(JudgedRow, Vec<Ask>)>, String> {
    let table = pending.table();
    Ok(match register {
        Register::People => people::judge(view, &table, pending.once)?
            .into_iter()
            .map(|(row, asks)| (row, asks.into_iter().map(Ask::People).collect()))
            .collect(),
        Register::Devices => devices::judge(view, &table, pending.once)?
            .into_iter()
            .map(|(row, asks)| (row, asks.into_iter().map(Ask::Devices).collect()))
            .collect(),
    })
}

impl Preview {
    fn of(judged: &[(JudgedRow, Vec<Ask>)]) -> Self {
        let mut preview =
            Self { new: 0, changed: 0, same: 0, bad_rows: 0, bad: Vec::new(), good: Vec::new(), more: 0 };
        for (row, _) in judged {
            let good = match &row.outcome {
                Outcome::New => {
                    preview.new += 1;
                    "new".to_owned()
                }
                Outcome::Changed(columns) => {
                    preview.changed += 1;
                    format!("changed: {}", columns.join(", "))
                }
                Outcome::Same => {
                    preview.same += 1;
                    continue;
                }
                Outcome::Bad(errors) => {
                    preview.bad_rows += 1;
                    let line = |error: &crate::forms::FieldError| {
                        (row.number, row.name.clone(), error.field.clone(), error.message.clone())
                    };
                    preview
                        .bad
                        .extend(errors.iter().map(line).take(LISTED.saturating_sub(preview.bad.len())));
                    continue;
                }
            };
            if preview.good.len() < LISTED {
                preview.good.push((row.number, row.name.clone(), good));
            } else {
                preview.more += 1;
            }
        }
        preview
    }
}

fn draw(
    look: &Looking<'_>,
    register: Register,
    trouble: Option<Trouble>,
    shown: Option<Preview>,
    progress: Option<Progress>,
) -> Response {
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let columns: &[&str] = match register {
        Register::People => &people::HEADING,
        Register::Devices => &devices::HEADING,
    };
    let shell = look.shell(register.place());
    let (path, file, is_people) = (register.path(), register.file(), register == Register::People);
    page(status, &SheetPage { shell, trouble, path, file, is_people, columns, shown, progress })
}

fn forbidden(look: &Looking<'_>, register: Register) -> Response {
    let words =
        "Registers go in and out as sheets by people with one of these roles: office, senior, head, admin.";
    let trouble = Trouble::plain("You can't do this", words.to_owned(), StatusCode::FORBIDDEN);
    draw(look, register, Some(trouble), None, None)
}

async fn show(State(state): State<AppState>, session: Session, register: Register) -> Response {
    let pending = pending(&state, &session, register).await;
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !register.may(&look) {
        return forbidden(&look, register);
    }
    // What was sent and not taken yet waits here.
    let shown = pending.filter(|p| p.at == 0).and_then(|p| judge(register, &view, &p).ok());
    draw(&look, register, None, shown.as_deref().map(Preview::of), None)
}

async fn upload(State(state): State<AppState>, uploaded: Uploaded, register: Register) -> Response {
    let Uploaded { session, fields, file } = uploaded;
    let once = fields.get("once").and_then(|once| Uuid::parse_str(once).ok()).unwrap_or_else(Uuid::now_v7);
    let read = tokio::task::spawn_blocking(move || table::read(&file)).await;
    let read = read.unwrap_or_else(|_| Err("This file can't be read.".to_owned()));
    let judged = {
        let view = state.view_of(&session);
        let look = Looking::new(&state, &view, &session);
        if !register.may(&look) {
            return forbidden(&look, register);
        }
        read.and_then(|Table { heading, rows }| {
            let pending = Pending { once, heading, rows, at: 0, taken: 0, failed: Vec::new() };
            let preview = Preview::of(&judge(register, &view, &pending)?);
            Ok((pending, preview))
        })
    };
    let (trouble, shown) = match judged {
        Ok((pending, preview)) => match keep(&state, &session, register, &pending).await {
            Ok(()) => (None, Some(preview)),
            Err(trouble) => (Some(trouble), None),
        },
        Err(why) => {
            (Some(Trouble::plain("This file can't be taken", why, StatusCode::UNPROCESSABLE_ENTITY)), None)
        }
    };
    let view = state.view_of(&session);
    draw(&Looking::new(&state, &view, &session), register, trouble, shown, None)
}

/// The next part of the sheet: each of its rows that can be taken is asked for.
async fn take(State(state): State<AppState>, posted: Posted, register: Register) -> Response {
    let session = &posted.session;
    let Some(mut pending) = pending(&state, session, register).await else {
        let view = state.view_of(session);
        let words = "This sheet was taken already, or it is gone: send it again.".to_owned();
        let trouble = Trouble::plain("Nothing to take", words, StatusCode::CONFLICT);
        return draw(&Looking::new(&state, &view, session), register, Some(trouble), None, None);
    };
    let part: Vec<(JudgedRow, Vec<Ask>)> = {
        let view = state.view_of(session);
        let look = Looking::new(&state, &view, session);
        if !register.may(&look) {
            return forbidden(&look, register);
        }
        let judged = judge(register, &view, &pending).unwrap_or_default();
        judged.into_iter().skip(pending.at).take(PART).collect()
    };
    for (row, asks) in part {
        pending.at += 1;
        if let Outcome::Bad(errors) = &row.outcome {
            let what = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect::<Vec<_>>();
            pending.failed.push((row.number, row.name, what.join(" ")));
        } else if !asks.is_empty() {
            match ask(&state, session, pending.once, row.number, asks).await {
                Ok(()) => pending.taken += 1,
                Err(why) => pending.failed.push((row.number, row.name, why)),
            }
        }
    }
    let done = pending.at >= pending.rows.len();
    let kept = if done {
        drop_it(&state, session, register).await;
        Ok(())
    } else {
        keep(&state, session, register, &pending).await
    };
    let Pending { at, rows, taken, failed, .. } = pending;
    let progress = Progress { at, of: rows.len(), taken, failed, done };
    let view = state.view_of(session);
    draw(&Looking::new(&state, &view, session), register, kept.err(), None, Some(progress))
}

/// The commands of a row, one after another; their ids follow from the sheet and the row.
async fn ask(
    state: &AppState,
    session: &Session,
    once: Uuid,
    row: usize,
    asks: Vec<Ask>,
) -> Result<(), String> {
    for (number, command) in asks.into_iter().enumerate() {
        let id = CommandId(derive_uuid(once, "sheet", (row * 8 + number) as u64));
        let asked = match command {
            Ask::People(command) => asking::ask::<::people::People>(state, session, id, command).await,
            Ask::Devices(command) => asking::ask::<::devices::Devices>(state, session, id, command).await,
        };
        asked.map_err(|why| why.to_string())?;
    }
    Ok(())
}

async fn pending(state: &AppState, session: &Session, register: Register) -> Option<Pending> {
    let of = DraftOf { school: &session.school, person: session.person, subject: register.subject() };
    let draft = state.db().draft(of).await.inspect_err(failed).ok()??;
    serde_json::from_str(&draft.body).ok()
}

async fn keep(
    state: &AppState,
    session: &Session,
    register: Register,
    pending: &Pending,
) -> Result<(), Trouble> {
    let of = DraftOf { school: &session.school, person: session.person, subject: register.subject() };
    let body = serde_json::to_string(pending).expect("texts and numbers");
    state.db().keep_draft(of, &body, state.login_clock().now()).await.map_err(|fault| {
        failed(&fault);
        let words = "Homeward can't keep the sheet just now. Nothing was changed. Try again in a moment.";
        Trouble::plain("It could not be done just now", words.to_owned(), StatusCode::SERVICE_UNAVAILABLE)
    })
}

async fn drop_it(state: &AppState, session: &Session, register: Register) {
    let of = DraftOf { school: &session.school, person: session.person, subject: register.subject() };
    if let Err(fault) = state.db().drop_draft(of).await {
        failed(&fault);
    }
}

fn failed(fault: &crate::DbFault) {
    tracing::error!(%fault, "HW-D2 the database of log-ins failed");
}

async fn export(State(state): State<AppState>, session: Session, register: Register, xlsx: bool) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !register.may(&look) {
        return forbidden(&look, register);
    }
    let (heading, rows): (&[&str], _) = match register {
        Register::People => (&people::HEADING, people::rows(&view)),
        Register::Devices => {
            let stands = |device: &::devices::Device| super::device::stands(&device.custody).0.to_owned();
            (&devices::HEADING, devices::rows(&view, stands))
        }
    };
    let name = |ending: &str| format!("attachment; filename=\"{}.{ending}\"", register.file());
    if !xlsx {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, name("csv")),
        ];
        return (headers, table::to_csv(heading, &rows)).into_response();
    }
    match table::to_xlsx(heading, &rows) {
        Ok(bytes) => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned();
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name("xlsx"))], bytes)
                .into_response()
        }
        Err(why) => {
            let trouble = Trouble::plain("The sheet was not made", why, StatusCode::INTERNAL_SERVER_ERROR);
            draw(&look, register, Some(trouble), None, None)
        }
    }
}
