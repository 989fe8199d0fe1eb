//! Lines by which the school is reached, their health, who rings whom.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use contacts::{Contacts, Health};
use proto::ids::LineId;
use proto::topics::ServiceName;
use proto::v1::contacts::{Audience, Command, LineHealth, LineKind};
use proto::values::{ClockTime, DailyHours, PhoneNumber, RingSecs, Weekday, WeeklyHours};

use super::act::{ask, onward};
use super::html::page;
use super::rings::{Rings, rings};
use super::shell::{Looking, Place, Shell};
use super::trouble::Trouble;
use super::words;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/lines", get(show).post(add))
        .route("/lines/close-early", post(close_early))
        .route("/lines/{line}", post(act))
}

#[derive(Template)]
#[template(path = "lines/list.html")]
struct LinesPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    may_keep: bool,
    may_mark: bool,
    rows: Vec<Row>,
    closings: Vec<String>,
    kinds: Vec<Choice>,
    routes: Vec<(&'static str, Rings)>,
    /// Which way callers from outside take now.
    way: super::way::Way,
}

struct Row {
    id: LineId,
    name: String,
    kind: &'static str,
    number: String,
    hours: Vec<String>,
    ring: String,
    /// The next test call, or the one under way.
    test: Option<String>,
    word: &'static str,
    class: &'static str,
    why: String,
}

pub(super) const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

/// `Mon to Fri 08:00 to 17:00`: days in a row with the same hours stand together.
fn hours(hours: &WeeklyHours) -> Vec<String> {
    let of = |day: Weekday| {
        let mut of: Vec<String> =
            hours.0.iter().filter(|h| h.day == day).map(|h| format!("{} to {}", h.from, h.to)).collect();
        of.sort();
        of.join(", ")
    };
    let mut lines: Vec<(&str, &str, String)> = Vec::new();
    for (day, name) in WEEK {
        let text = of(day);
        match lines.last_mut() {
            Some((_, last, before)) if *before == text => *last = name,
            Some(_) | None => lines.push((name, name, text)),
        }
    }
    let line = |(first, last, text): (&str, &str, String)| {
        let days = if first == last { first.to_owned() } else { format!("{first} to {last}") };
        format!("{days} {}", if text == "00:00 to 00:00" { "round the clock".to_owned() } else { text })
    };
    lines.into_iter().filter(|(_, _, text)| !text.is_empty()).map(line).collect()
}

/// When a line is tested.
fn test_words(look: &Looking<'_>, line: &contacts::Line) -> Option<String> {
    match (line.watch.test(), line.watch.test_at()) {
        (Some((_, since)), _) => Some(format!("A test call is under way since {}.", look.when().at(since))),
        (None, Some(at)) => Some(format!("The next test call: {}.", look.when().at(at))),
        (None, None) => None,
    }
}

fn show_list(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    let row = |(id, line): (LineId, &contacts::Line)| {
        let (word, class) = words::health(line.health.kind());
        let why = match &line.health {
            Health::Up => String::new(),
            Health::Doubtful { since, reason, until, .. }
            | Health::Down { since, reason, until, .. }
            | Health::Back { since, reason, until } => {
                let until = until.map(|at| format!(", until {}", look.when().at(at))).unwrap_or_default();
                format!("since {}{until}: {reason}", look.when().at(*since))
            }
        };
        let (name, number) = (line.name.to_string(), line.number.national());
        Row {
            id,
            name,
            kind: words::line_kind(line.kind),
            number,
            hours: hours(&line.hours),
            ring: line.ring.to_string(),
            test: test_words(look, line),
            word,
            class,
            why,
        }
    };
    let audiences = [
        ("Parents and carers", Audience::Parent),
        ("Pupils", Audience::Pupil),
        ("Staff off site", Audience::StaffOffSite),
        ("Host organisations", Audience::HostOrganisation),
        ("Families of staff", Audience::StaffFamily),
    ];
    let kinds = [
        ("landline", LineKind::Landline),
        ("office", LineKind::Office),
        ("back_up_mobile", LineKind::BackUpMobile),
    ];
    let ahead = look.view.contacts.closings().filter(|closing| closing.window.to > look.now);
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let shown = LinesPage {
        shell: look.shell(Place::Lines),
        trouble,
        form,
        may_keep: look.may(ServiceName::Contacts, "AddLine"),
        may_mark: look.may(ServiceName::Contacts, "MarkLine"),
        rows: look.view.contacts.lines().map(row).collect(),
        closings: ahead.map(|closing| look.when().window(closing.window)).collect(),
        kinds: kinds.map(|(value, kind)| Choice::new(value, words::line_kind(kind))).to_vec(),
        way: super::way::way(look),
        routes: audiences.map(|(name, audience)| (name, rings(look, audience, None))).into_iter().collect(),
    };
    page(status, &shown)
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let fresh = [
        ("line", LineId::new().to_string()),
        ("from", "08:00".to_owned()),
        ("to", "17:00".to_owned()),
        ("ring_secs", RingSecs::LINE.to_string()),
        ("window.from", look.when().typed(look.now)),
        ("window.to", look.when().typed(look.when().ahead(16))),
    ];
    let mut form = FormView::with(&fresh);
    form.put(&["monday", "tuesday", "wednesday", "thursday", "friday"].map(|day| ("days", day)));
    show_list(&look, form, None)
}

fn again(state: &AppState, posted: &Posted, errors: Vec<FieldError>, trouble: Option<Trouble>) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(state, &view, &posted.session);
    show_list(&look, FormView::new(posted.fields.clone(), errors), trouble)
}

/// Asks, and goes back to the list.
async fn done(
    state: &AppState,
    posted: &Posted,
    what: &str,
    read: Result<Command, Vec<FieldError>>,
) -> Response {
    match read {
        Ok(command) => match ask::<Contacts>(state, posted, what, command).await {
            Ok(()) => onward(posted, "/lines"),
            Err(trouble) => again(state, posted, trouble.beside_field().into_iter().collect(), Some(trouble)),
        },
        Err(errors) => again(state, posted, errors, None),
    }
}

async fn add(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let line = reader.optional_id::<LineId>("line");
        let name = reader.text("name", "Write what the line is called.");
        let number = reader.required("number", "Write its number.", PhoneNumber::parse);
        let kind = match reader.typed("kind") {
            Some("office") => LineKind::Office,
            Some("back_up_mobile") => LineKind::BackUpMobile,
            Some(_) | None => LineKind::Landline,
        };
        let ring_secs = reader.required("ring_secs", "Say how long it rings.", str::parse::<RingSecs>);
        let hours = read_hours(&mut reader, posted.fields.all("days").collect());
        let command = || {
            let line = line?.unwrap_or_default();
            let (name, number, hours, ring_secs) = (name?, number?, hours?, ring_secs?);
            Some(Command::AddLine { line, name, kind, number, hours, ring_secs })
        };
        let command = command();
        reader.finish(command)
    };
    done(&state, &posted, "add", read).await
}

/// The same hours on each day that was ticked.
fn read_hours(reader: &mut Reader<'_>, days: Vec<&str>) -> Option<WeeklyHours> {
    let from = reader.required("from", "Say from when it is staffed.", |text| text.parse::<ClockTime>());
    let to = reader.required("to", "Say until when it is staffed.", |text| text.parse::<ClockTime>());
    let (from, to) = (from?, to?);
    let name = |day: Weekday| format!("{day:?}").to_lowercase();
    let ticked = WEEK.into_iter().filter(|(day, _)| days.contains(&name(*day).as_str()));
    Some(WeeklyHours(ticked.map(|(day, _)| DailyHours { day, from, to }).collect()))
}

async fn close_early(State(state): State<AppState>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let window = reader.window("window");
        let reason = reader.text("close.reason", "Say why.");
        reader.finish(window.zip(reason).map(|(window, reason)| Command::CloseEarly { window, reason }))
    };
    done(&state, &posted, "close-early", read).await
}

async fn act(State(state): State<AppState>, Path(line): Path<LineId>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let health = match posted.fields.get("do") {
            Some("up") => Some(LineHealth::Up),
            Some("doubtful") => Some(LineHealth::Doubtful),
            Some("down") => Some(LineHealth::Down),
            Some(_) | None => None,
        };
        let command = match health {
            None if posted.fields.get("do") == Some("test") => Some(Command::TestLine { line }),
            Some(health) => {
                let reason = reader.text("mark.reason", "Say what was noticed.");
                let until = reader.optional_moment("mark.until");
                reason.zip(until).map(|(reason, until)| Command::MarkLine { line, health, reason, until })
            }
            None => Some(Command::RemoveLine { line }),
        };
        reader.finish(command)
    };
    done(&state, &posted, "line", read).await
}
