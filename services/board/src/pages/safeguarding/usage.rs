//! The usage log, week by week: filtered, on paper, as CSV, and signed off. [USE-1]

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::civil::Date;
use proto::ids::DeviceId;
use proto::topics::ServiceName;
use proto::v1::safeguarding::{Command, Use};
use proto::values::Personal;
use safeguarding::{Safeguarding, Week};
use serde::Deserialize;

use super::usage_words::{Only, what, words_of};
use crate::app::AppState;
use crate::auth::roles::{Action, Seen};
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FormView, Reader};
use crate::pages::act::{ask, see};
use crate::pages::html::page;
use crate::pages::paging::Paging;
use crate::pages::shell::{Looking, Place, Shell, missing};
use crate::pages::timeline::cell;
use crate::pages::trouble::Trouble;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/safeguarding/use", get(show).post(sign_off))
        .route("/safeguarding/use.csv", get(csv))
}

/// What is looked for.
#[derive(Deserialize, Default, Clone)]
struct Wanted {
    week: Option<Date>,
    #[serde(default)]
    only: Only,
    /// A phone's id; empty: all.
    #[serde(default)]
    phone: String,
    page: Option<usize>,
}

/// So many lines stand on one page; the CSV has all.
const LINES: usize = 200;

impl Wanted {
    /// The newest week, unless another is named.
    fn week<'a>(&self, look: &Looking<'a>) -> Option<(Date, &'a Week)> {
        let log = look.view.safeguarding.usage();
        match self.week {
            Some(monday) => log.week(monday).map(|week| (monday, week)),
            None => log.weeks().next_back(),
        }
    }

    fn takes(&self, used: &Use) -> bool {
        let phone: Option<DeviceId> = self.phone.parse().ok();
        self.only.takes(used) && phone.is_none_or(|phone| phone == used.device)
    }
}

#[derive(Template)]
#[template(path = "safeguarding/usage.html")]
struct UsagePage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    weeks: Vec<(Date, String, bool, bool)>,
    shown: Option<Shown>,
    filters: Vec<(&'static str, &'static str, bool)>,
    only: &'static str,
    phone: String,
    phones: Vec<Choice>,
    may_sign: bool,
}

struct Shown {
    monday: Date,
    words: String,
    lines: Vec<Line>,
    paging: Paging,
    entries: u32,
    questions: u32,
    beyond: u32,
    over: bool,
    open: bool,
    /// Who signed it off, when, and what they say; how many lines came in since.
    signed: Option<(String, String, Option<String>, u32)>,
}

struct Line {
    at: String,
    phone: String,
    holder: String,
    trip: String,
    what: String,
    source: String,
    questioned: bool,
}

impl Line {
    fn of(look: &Looking<'_>, used: &Use, clock: &str) -> Self {
        let source = used.source.map(|source| format!("{} {}", source.service, source.sequence));
        Self {
            at: look.view.school.zone.local(used.at).strftime(clock).to_string(),
            phone: look.view.device_tag(used.device),
            holder: used.holder.map(|holder| look.view.holder_name(holder)).unwrap_or_default(),
            trip: used.trip.map(|trip| look.view.trip_title(trip)).unwrap_or_default(),
            what: what(look, &used.kind),
            source: source.unwrap_or_else(|| "by hand".to_owned()),
            questioned: used.questioned,
        }
    }
}

/// The lines that are looked for, by time.
fn used<'a>(week: &'a Week, wanted: &Wanted) -> Vec<&'a Use> {
    let mut used: Vec<&Use> = week.lines.iter().map(|(_, used)| used).collect();
    used.retain(|used| wanted.takes(used));
    used.sort_by_key(|used| used.at);
    used
}

fn usage_page(look: &Looking<'_>, wanted: &Wanted, form: FormView, trouble: Option<Trouble>) -> Response {
    if !look.session.may(Action::See(Seen::Usage)) {
        return missing(look, Place::Safeguarding, "page for you: the usage log is the DSL's");
    }
    let found = wanted.week(look);
    let log = look.view.safeguarding.usage();
    let now = look.now;
    let weeks = log.weeks().rev().map(|(monday, week)| {
        let here = found.is_some_and(|(shown, _)| shown == monday);
        (monday, words_of(monday), here, week.is_open() && week.ends_at <= now)
    });
    let phones = log.devices().map(|device| Choice::new(device, look.view.device_tag(device)));
    let mut phones: Vec<Choice> = phones.collect();
    phones.sort_by(|a, b| a.label.cmp(&b.label));
    let filters = Only::EACH.map(|(kind, value, label)| (value, label, kind == wanted.only)).to_vec();
    let only = filters.iter().find(|(_, _, is)| *is).map_or("all", |(value, _, _)| value);
    let shown = UsagePage {
        shell: look.shell(Place::Safeguarding),
        form,
        weeks: weeks.collect(),
        shown: found.map(|(monday, week)| shown(look, monday, week, wanted)),
        only,
        filters,
        phone: wanted.phone.clone(),
        phones,
        may_sign: look.may(ServiceName::Safeguarding, "SignOffWeek"),
        trouble,
    };
    page(shown.trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status), &shown)
}

fn shown(look: &Looking<'_>, monday: Date, week: &Week, wanted: &Wanted) -> Shown {
    let signed = week.signed.as_ref().map(|signed| {
        let remarks = signed.remarks.as_ref().map(Personal::shown);
        (look.view.person_name(signed.by), look.when().at(signed.at), remarks, week.since)
    });
    let (lines, mut paging) = Paging::of(used(week, wanted), wanted.page, LINES);
    let only = Only::EACH.iter().find(|(kind, ..)| *kind == wanted.only).map_or("all", |(_, value, _)| value);
    paging.also = format!("week={monday}&only={only}&phone={}&", wanted.phone);
    Shown {
        monday,
        words: words_of(monday),
        lines: lines.into_iter().map(|used| Line::of(look, used, "%a %H:%M")).collect(),
        paging,
        entries: week.entries(),
        questions: week.questioned(),
        beyond: week.beyond,
        over: week.ends_at <= look.now,
        open: week.is_open(),
        signed,
    }
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    usage_page(&look, &wanted, FormView::default(), None)
}

async fn csv(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let found = wanted.week(&look).filter(|_| session.may(Action::See(Seen::Usage)));
    let Some((monday, week)) = found else {
        return missing(&look, Place::Safeguarding, "such week of the log");
    };
    let mut text = "when,phone,in the hands of,trip,what,to ask about,source\r\n".to_owned();
    for line in used(week, &wanted).into_iter().map(|used| Line::of(&look, used, "%Y-%m-%d %H:%M:%S")) {
        let asked = if line.questioned { "yes" } else { "" };
        let cells = [&line.at, &line.phone, &line.holder, &line.trip, &line.what, asked, &line.source];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"usage-{monday}.csv\"")),
    ];
    (headers, text).into_response()
}

async fn sign_off(State(state): State<AppState>, posted: Posted) -> Response {
    let week = posted.fields.get("week").and_then(|text| text.parse::<Date>().ok());
    let wanted = Wanted { week, ..Wanted::default() };
    let read = {
        let view = state.view_of(&posted.session);
        let mut reader = Reader::new(&posted.fields, &view.school.zone);
        let week = reader.required("week", "Choose the week.", str::parse::<Date>);
        let remarks = reader.optional_text("remarks");
        let command = week
            .zip(remarks)
            .map(|(week, remarks)| Command::SignOffWeek { week, remarks: remarks.map(Personal::known) });
        reader.finish(command)
    };
    let done = match read {
        Ok(command) => ask::<Safeguarding>(&state, &posted, "sign-off", command).await,
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    match done {
        Ok(()) => see(&week
            .map_or_else(|| "/safeguarding/use".to_owned(), |week| format!("/safeguarding/use?week={week}"))),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            let look = Looking::new(&state, &view, &posted.session);
            usage_page(&look, &wanted, FormView::new(posted.fields.clone(), Vec::new()), Some(trouble))
        }
    }
}
