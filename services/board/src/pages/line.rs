//! One line: its name, number, hours of each day, and how long it rings. [CONT-1]

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use contacts::{Contacts, Line};
use proto::ids::LineId;
use proto::v1::contacts::Command;
use proto::values::{ClockTime, DailyHours, PhoneNumber, RingSecs, Weekday, WeeklyHours};

use super::act::{ask, see};
use super::html::page;
use super::lines::WEEK;
use super::shell::{Looking, Place, Shell, missing};
use super::trouble::Trouble;
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/lines/{line}/change", get(show).post(change))
}

#[derive(Template)]
#[template(path = "lines/change.html")]
struct LinePage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    id: LineId,
    name: String,
    /// The field of each day, with its name.
    days: Vec<(String, &'static str)>,
}

fn field(day: Weekday) -> String {
    format!("hours.{}", format!("{day:?}").to_lowercase())
}

/// The hours of a day as they are typed: `08:00 to 12:00, 13:00 to 16:30`.
pub(super) fn typed(hours: &WeeklyHours, day: Weekday) -> String {
    let of = hours.0.iter().filter(|h| h.day == day);
    of.map(|h| format!("{} to {}", h.from, h.to)).collect::<Vec<_>>().join(", ")
}

/// The same, read.
pub(super) fn read_day(day: Weekday, text: &str) -> Result<Vec<DailyHours>, String> {
    let time = |text: &str| text.trim().parse::<ClockTime>();
    let stretch = |text: &str| {
        let (from, to) = text.split_once("to").or_else(|| text.split_once('-'))?;
        Some(DailyHours { day, from: time(from).ok()?, to: time(to).ok()? })
    };
    let all: Option<Vec<DailyHours>> = text.split(',').map(stretch).collect();
    all.ok_or_else(|| format!("hours are written like 08:00 to 12:00, 13:00 to 16:30, not {text:?}"))
}

fn shown(look: &Looking<'_>, id: LineId, form: FormView, trouble: Option<Trouble>) -> Response {
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let name = look.view.line_name(id);
    let days = WEEK.map(|(day, name)| (field(day), name)).to_vec();
    page(status, &LinePage { shell: look.shell(Place::Lines), trouble, form, id, name, days })
}

fn as_it_is(line: &Line) -> FormView {
    let mut pairs = vec![
        ("name".to_owned(), line.name.to_string()),
        ("number".to_owned(), line.number.national()),
        ("ring_secs".to_owned(), line.ring.to_string()),
    ];
    pairs.extend(WEEK.map(|(day, _)| (field(day), typed(&line.hours, day))));
    let pairs: Vec<(&str, String)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    FormView::with(&pairs)
}

async fn show(State(state): State<AppState>, session: Session, Path(line): Path<LineId>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    match view.contacts.line(line) {
        Some(found) => shown(&look, line, as_it_is(found), None),
        None => missing(&look, Place::Lines, "line"),
    }
}

async fn change(State(state): State<AppState>, Path(line): Path<LineId>, posted: Posted) -> Response {
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let name = reader.text("name", "Write what the line is called.");
        let number = reader.required("number", "Write its number.", PhoneNumber::parse);
        let ring_secs = reader.required("ring_secs", "Say how long it rings.", str::parse::<RingSecs>);
        let days = WEEK.map(|(day, _)| reader.optional(&field(day), |text| read_day(day, text)));
        let hours = days.into_iter().map(Option::unwrap_or_default);
        let hours = WeeklyHours(hours.flatten().flatten().collect());
        let command =
            || Some(Command::ChangeLine { line, name: name?, number: number?, hours, ring_secs: ring_secs? });
        let command = command();
        reader.finish(command)
    };
    let (errors, trouble): (Vec<FieldError>, _) = match read {
        Ok(command) => match ask::<Contacts>(&state, &posted, "change", command).await {
            Ok(()) => return see("/lines"),
            Err(trouble) => (trouble.beside_field().into_iter().collect(), Some(trouble)),
        },
        Err(errors) => (errors, None),
    };
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    shown(&look, line, FormView::new(posted.fields.clone(), errors), trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CONT-1: the hours of a day are read as they are shown.
    #[test]
    fn hours_of_a_day_are_read_as_they_are_shown() {
        for (text, shown) in [
            ("08:00 to 16:30", "08:00 to 16:30"),
            ("08:00-12:00, 13:00 to 16:30", "08:00 to 12:00, 13:00 to 16:30"),
        ] {
            let read = read_day(Weekday::Friday, text).expect("hours");
            assert_eq!(typed(&WeeklyHours(read), Weekday::Friday), shown);
        }
        for wrong in ["08:00", "eight to four", "08:00 to 25:00", "08:00 to 12:00,"] {
            assert!(read_day(Weekday::Friday, wrong).is_err(), "{wrong}");
        }
    }
}
