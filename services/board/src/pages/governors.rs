//! The governors' report: a term on one page, without names, and without a number so small that it tells who it was.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::civil::{Date, date};
use proto::v1::alerts::Severity;
use proto::v1::trips::TripKind;
use records::term::{SMALLEST, Stretch, Term, Told, report};
use serde::Deserialize;

use super::chart::{About, Bar, bars, share};
use super::download;
use super::html::{Html, page};
use super::safeguarding::KINDS;
use super::shell::{Looking, Place, Shell, not_for};
use crate::app::AppState;
use crate::auth::Session;
use crate::auth::roles::{Action, Seen};
use crate::forms::FormView;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/governors", get(show)).route("/governors.csv", get(csv))
}

const WHOM: &str = "The governors' report is made by the head, the DSL and administrators.";

/// The longest stretch of one report.
const MOST_DAYS: i32 = 400;

#[derive(Deserialize, Default)]
pub(crate) struct Wanted {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// The terms of the school year that a day is in, by the months of English schools: a name, the first and the last day.
fn terms(today: Date) -> [(String, Date, Date); 4] {
    let begins = if today.month() >= 9 { today.year() } else { today.year() - 1 };
    let next = begins + 1;
    [
        (format!("Autumn {begins}"), date(begins, 9, 1), date(begins, 12, 31)),
        (format!("Spring {next}"), date(next, 1, 1), date(next, 4, 15)),
        (format!("Summer {next}"), date(next, 4, 16), date(next, 8, 31)),
        (format!("School year {begins}/{:02}", next % 100), date(begins, 9, 1), date(next, 8, 31)),
    ]
}

impl Wanted {
    /// The days that are wanted: of the term that today is in, unless others are named. None: they are no stretch of time.
    fn days(&self, today: Date) -> Option<(Date, Date)> {
        let [autumn, spring, summer, _] = terms(today);
        let (_, first, last) =
            [autumn, spring, summer].into_iter().find(|(_, from, to)| *from <= today && today <= *to)?;
        let named = |text: &str, else_| if text.is_empty() { Some(else_) } else { text.parse().ok() };
        let (from, to): (Date, Date) = (named(&self.from, first)?, named(&self.to, last)?);
        let long = from.until(to).map(|span| span.get_days()).unwrap_or(i32::MAX);
        (0..=MOST_DAYS).contains(&long).then_some((from, to))
    }
}

/// Why there is no report.
pub(crate) enum NoReport {
    /// It is for others.
    NotFor,
    /// What was asked for is no stretch of time.
    Days(String),
    /// The journals are elsewhere, or can't be read.
    Fault(String),
}

/// Counts what was asked for, for whoever asks.
pub(crate) async fn counted(state: &AppState, session: &Session, wanted: &Wanted) -> Result<Term, NoReport> {
    if !session.may(Action::See(Seen::Report)) {
        return Err(NoReport::NotFor);
    }
    let school = Arc::clone(&state.view_of(session).school);
    let today = school.zone.local(state.now()).date();
    let bad = || NoReport::Days(format!("Give a first and a last day, at most {MOST_DAYS} days apart."));
    let (from, to) = wanted.days(today).ok_or_else(bad)?;
    let elsewhere = "The journals are not kept where this board runs: there is nothing to count.";
    let journal = state.journal().ok_or_else(|| NoReport::Fault(elsewhere.to_owned()))?;
    let stretch = Stretch { zone: school.zone.clone(), from, to, today, reader: Some(session.person) };
    report(journal, &school, stretch).await.map_err(|fault| {
        tracing::error!(%fault, "HW-R1 a report could not be made");
        NoReport::Fault("The journals can't be read just now: try again.".to_owned())
    })
}

#[derive(Template)]
#[template(path = "governors.html")]
struct Governors {
    shell: Shell,
    form: FormView,
    terms: Vec<(String, Date, Date, bool)>,
    trouble_text: Option<String>,
    shown: Option<Shown>,
}

/// A line of a table whose figure is drawn beside it: what, how many, how long in per cent.
struct Line {
    what: &'static str,
    figure: String,
    share: String,
}

struct Shown {
    from: Date,
    to: Date,
    words: String,
    as_of: String,
    trips: u32,
    pupils: u64,
    uncleared: u32,
    drills: u32,
    in_time_percent: Option<u32>,
    in_time: u32,
    missed: u32,
    heard_again: u32,
    median: Option<String>,
    alerts: u32,
    lost: u32,
    incidents: Vec<Line>,
    incidents_total: Told,
    arrangements: Vec<Line>,
    kinds: Vec<Line>,
    severities: Vec<Line>,
    owned: Vec<Line>,
    weeks: Vec<(String, u32, u32, u32)>,
    trips_chart: Html,
    checkins_chart: Html,
    smallest: u32,
}

fn kind(kind: TripKind) -> &'static str {
    match kind {
        TripKind::LocalVisit => "Local visits",
        TripKind::DayVisit => "Day visits",
        TripKind::Residential => "Residentials",
        TripKind::WorkPlacement => "Work placements",
        TripKind::HomeVisit => "Home visits",
        TripKind::Tour => "Tours",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "Notices on the board",
        Severity::Warning => "Warnings: the office acts",
        Severity::Urgent => "Urgent: a missed check-in",
        Severity::Emergency => "Emergencies: help, a lost child",
    }
}

/// Seconds as somebody says them.
fn span(secs: i64) -> String {
    match secs {
        1 => "1 second".to_owned(),
        ..=90 => format!("{secs} seconds"),
        _ => format!("{} minutes", (secs + 30) / 60),
    }
}

fn lines(all: &[(&'static str, u32)]) -> Vec<Line> {
    let most = all.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let line = |(what, count): &(&'static str, u32)| Line {
        what,
        figure: count.to_string(),
        share: share(*count, most),
    };
    all.iter().map(line).collect()
}

/// Numbers that aren't told exactly have no line: its length would tell.
fn told(all: &[(&'static str, Told)]) -> Vec<Line> {
    let line =
        |(what, told): &(&'static str, Told)| Line { what, figure: told.to_string(), share: "0%".to_owned() };
    all.iter().map(line).collect()
}

fn owned(term: &Term) -> [(&'static str, u32); 6] {
    let owned = &term.owned;
    [
        ("Within a minute", owned.minute),
        ("Within five minutes", owned.five),
        ("Within a quarter of an hour", owned.quarter),
        ("Later", owned.later),
        ("Over before anybody had to", owned.never),
        ("Open, and nobody has it", owned.open),
    ]
}

fn incidents(term: &Term) -> Vec<(&'static str, Told)> {
    let of = |kind| Told::of(term.incidents.get(&kind).copied().unwrap_or(0));
    let all = KINDS.iter().map(|(_, words, kind)| (*words, of(*kind)));
    all.filter(|(_, told)| *told != Told::Exactly(0)).collect()
}

fn arrangements(term: &Term) -> Vec<(&'static str, Told)> {
    let whose =
        ["Pupils' devices, by arrangement", "Post-16 students', by approach", "Staff's, by arrangement"];
    whose.into_iter().zip(term.arrangements.map(Told::of)).collect()
}

fn shown(term: &Term) -> Shown {
    let (in_time, missed) = term.checkins();
    let all = in_time + missed;
    let long = |day: Date| day.strftime("%-d %B %Y").to_string();
    let weeks: Vec<_> = term
        .weeks
        .iter()
        .map(|(monday, w)| (monday.strftime("%-d %b").to_string(), w.trips, w.in_time, w.missed))
        .collect();
    let bar = |label: &String, parts: Vec<u32>| Bar { label: label.clone(), parts };
    let trips: Vec<_> = weeks.iter().map(|(label, trips, ..)| bar(label, vec![*trips])).collect();
    let checkins: Vec<_> =
        weeks.iter().map(|(label, _, in_time, missed)| bar(label, vec![*in_time, *missed])).collect();
    let of_trips = About { id: "chart-trips", title: "Trips that left, week by week", parts: &["trips"] };
    let of_checkins =
        About { id: "chart-check-ins", title: "Check-ins, week by week", parts: &["in time", "missed"] };
    let kinds: Vec<_> = term.kinds.iter().map(|(of, count)| (kind(*of), *count)).collect();
    let severities: Vec<_> = term.alerts.iter().rev().map(|(of, count)| (severity(*of), *count)).collect();
    let incidents = incidents(term);
    Shown {
        from: term.from,
        to: term.to,
        words: format!("{} to {}", long(term.from), long(term.to)),
        as_of: long(term.as_of),
        trips: term.trips(),
        pupils: term.pupils,
        uncleared: term.uncleared,
        drills: term.drills,
        in_time_percent: (in_time * 100).checked_div(all),
        in_time,
        missed,
        heard_again: term.heard_again,
        median: term.median_secs.map(span),
        alerts: term.owned.all(),
        lost: term.lost,
        incidents_total: Told::sum(incidents.iter().map(|(_, told)| *told)),
        incidents: told(&incidents),
        arrangements: told(&arrangements(term)),
        kinds: lines(&kinds),
        severities: lines(&severities),
        owned: lines(&owned(term)),
        trips_chart: bars(&of_trips, &trips),
        checkins_chart: bars(&of_checkins, &checkins),
        weeks,
        smallest: SMALLEST,
    }
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let found = counted(&state, &session, &wanted).await;
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let (status, trouble_text, shown) = match found {
        Ok(term) => (StatusCode::OK, None, Some(shown(&term))),
        Err(NoReport::NotFor) => return not_for(&look, Place::Safeguarding, WHOM),
        Err(NoReport::Days(text)) => (StatusCode::UNPROCESSABLE_ENTITY, Some(text), None),
        Err(NoReport::Fault(text)) => (StatusCode::SERVICE_UNAVAILABLE, Some(text), None),
    };
    let today = view.school.zone.local(look.now).date();
    let days = wanted.days(today);
    let typed = |day: Option<Date>, else_: &str| day.map_or(else_.to_owned(), |day| day.to_string());
    let form = FormView::with(&[
        ("from", typed(days.map(|(from, _)| from), &wanted.from)),
        ("to", typed(days.map(|(_, to)| to), &wanted.to)),
    ]);
    let terms = terms(today).into_iter().map(|(name, from, to)| (name, from, to, days == Some((from, to))));
    let drawn = Governors {
        shell: look.shell(Place::Safeguarding),
        form,
        terms: terms.collect(),
        trouble_text,
        shown,
    };
    page(status, &drawn)
}

async fn csv(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    match counted(&state, &session, &wanted).await {
        Ok(term) => {
            let name = format!("governors-{}-{}", term.from, term.to);
            download::csv(&name, &["what", "which", "figure"], &rows(&term))
        }
        Err(NoReport::NotFor) => {
            let view = state.view_of(&session);
            not_for(&Looking::new(&state, &view, &session), Place::Safeguarding, WHOM)
        }
        Err(NoReport::Days(text)) => (StatusCode::UNPROCESSABLE_ENTITY, text).into_response(),
        Err(NoReport::Fault(text)) => (StatusCode::SERVICE_UNAVAILABLE, text).into_response(),
    }
}

/// The same figures as on the page: what, of which, how many.
fn rows(term: &Term) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = |what: &str, which: &str, figure: String| {
        rows.push(vec![what.to_owned(), which.to_owned(), figure]);
    };
    row("days", "first", term.from.to_string());
    row("days", "last", term.to.to_string());
    for (monday, week) in &term.weeks {
        let which = format!("week of {monday}");
        row("trips that left", &which, week.trips.to_string());
        row("check-ins in time", &which, week.in_time.to_string());
        row("check-ins missed", &which, week.missed.to_string());
    }
    term.kinds.iter().for_each(|(of, count)| row("trips that left", kind(*of), count.to_string()));
    row("trips that left", "without clearance", term.uncleared.to_string());
    row("pupils", "each trip counted", term.pupils.to_string());
    row("drills", "", term.drills.to_string());
    row("check-ins missed", "heard of again by their own word", term.heard_again.to_string());
    term.alerts.iter().for_each(|(of, count)| row("alerts", severity(*of), count.to_string()));
    owned(term).iter().for_each(|(soon, count)| row("alerts that somebody had", soon, count.to_string()));
    row("phones", "declared lost", term.lost.to_string());
    incidents(term).iter().for_each(|(kind, told)| row("incidents", kind, told.to_string()));
    let total = Told::sum(incidents(term).iter().map(|(_, told)| *told));
    row("incidents", "in all", total.to_string());
    arrangements(term).iter().for_each(|(whose, told)| row("exceptions in force", whose, told.to_string()));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page begins with the term that it is; a day that there isn't, or a stretch that is too long, is refused.
    #[test]
    fn the_days_are_those_of_this_term_unless_others_are_named() {
        let days = |today: (i16, i8, i8), from: &str, to: &str| {
            let wanted = Wanted { from: from.to_owned(), to: to.to_owned() };
            wanted.days(date(today.0, today.1, today.2)).map(|(from, to)| format!("{from} {to}"))
        };
        assert_eq!(days((2026, 11, 20), "", "").as_deref(), Some("2026-09-01 2026-12-31"));
        assert_eq!(days((2027, 1, 1), "", "").as_deref(), Some("2027-01-01 2027-04-15"));
        assert_eq!(days((2027, 8, 31), "", "").as_deref(), Some("2027-04-16 2027-08-31"));
        assert_eq!(
            days((2026, 11, 20), "2026-11-02", "2026-11-02").as_deref(),
            Some("2026-11-02 2026-11-02")
        );
        for (from, to) in
            [("2026-02-30", ""), ("2026-11-21", "2026-11-20"), ("2025-01-01", "2026-11-20"), ("x", "y")]
        {
            assert_eq!(days((2026, 11, 20), from, to), None, "{from} {to}");
        }
        assert_eq!(terms(date(2099, 10, 1))[3].0, "School year 2099/00");
    }
}
