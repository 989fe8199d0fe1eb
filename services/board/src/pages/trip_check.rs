//! The running checklist beside the trip form: what is still to be typed, each rule red or green, the check-ins in words
//! with their times. It saves nothing; the browser asks for it anew while somebody types.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use proto::v1::checkins::DueFor;
use proto::v1::trips::TripForm;
use proto::values::CronSchedule;

use super::html::{Html, page};
use super::shell::Looking;
use super::trouble::Check;
use super::words;
use crate::app::AppState;
use crate::auth::{Fields, Posted};
use crate::forms::trip::{self, LISTS, input_of};
use crate::forms::{FieldError, compacted, input_id};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/trips/check", post(check))
}

/// The most times that are listed.
const MAX_TIMES: usize = 40;

/// The checklist, as it stands for what is typed.
#[derive(Template)]
#[template(path = "trip/running.html")]
pub(crate) struct Running {
    /// What can't be read yet: (input's id, what to do).
    missing: Vec<(String, String)>,
    checks: Vec<Check>,
    red: usize,
    /// What stands against a field that was filled: (input's id, what is wrong).
    beside: Vec<(String, String)>,
    plan: String,
    days: Vec<(String, Vec<Time>)>,
    more: bool,
}

/// One check-in of the plan.
struct Time {
    clock: String,
    what: Option<String>,
}

async fn check(State(state): State<AppState>, posted: Posted) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(&state, &view, &posted.session);
    page(StatusCode::OK, &Running::of(&look, &posted.fields))
}

impl Running {
    pub(crate) fn html(look: &Looking<'_>, fields: &Fields) -> Html {
        Html::of(&Self::of(look, fields))
    }

    fn of(look: &Looking<'_>, typed: &Fields) -> Self {
        let fields = compacted(typed, LISTS);
        let (form, errors) = match trip::read(&fields, look.view) {
            Ok(form) => (Some(form), Vec::new()),
            Err(errors) => (trip::read(&filled_up(&fields, &errors), look.view).ok(), errors),
        };
        let mut running = Self {
            missing: errors.iter().map(|error| (input_id(&error.field), error.message.clone())).collect(),
            checks: Vec::new(),
            red: errors.len(),
            beside: wrong(&fields, &errors),
            plan: String::new(),
            days: Vec::new(),
            more: false,
        };
        if let Some(form) = form {
            running.plan = plan_in_words(&form);
            running.times(look, &form);
            running.judge(look, &fields, form);
        }
        running
    }

    fn judge(&mut self, look: &Looking<'_>, fields: &Fields, form: TripForm) {
        let trip = fields.get("trip").and_then(|id| id.parse().ok()).unwrap_or_default();
        let school = &look.view.school;
        let trips = &look.view.trips;
        let items = trips::readiness_of_form(trips, trip, form, look.now, &school.zone, &school.policy);
        let red = items.iter().filter(|item| !item.ok);
        self.beside.extend(red.filter_map(|item| {
            let input = input_of(item.field.as_deref()?);
            let filled = fields.get(&input).is_some_and(|value| !value.trim().is_empty());
            filled.then(|| (input_id(&input), format!("{}: {} {}", item.rule, item.text, item.remedy)))
        }));
        self.checks = Check::list(look.view, &items);
        self.red += self.checks.iter().filter(|check| !check.ok).count();
    }

    fn times(&mut self, look: &Looking<'_>, form: &TripForm) {
        let dues = checkins::planned(form, &look.view.school.zone, MAX_TIMES + 1);
        self.more = dues.len() > MAX_TIMES;
        for (at, what) in dues.into_iter().take(MAX_TIMES) {
            let clock = look.view.school.zone.local(at).strftime("%H:%M").to_string();
            let what = match &what {
                DueFor::Routine {} => None,
                what => Some(crate::view::due_text(what)),
            };
            let day = look.when().day(at);
            match self.days.last_mut().filter(|(of, _)| *of == day) {
                Some((_, times)) => times.push(Time { clock, what }),
                None => self.days.push((day, vec![Time { clock, what }])),
            }
        }
    }
}

/// What can't be read though something was typed.
fn wrong(fields: &Fields, errors: &[FieldError]) -> Vec<(String, String)> {
    let typed = errors.iter().filter(|e| fields.get(&e.field).is_some_and(|value| !value.trim().is_empty()));
    typed.map(|error| (input_id(&error.field), error.message.clone())).collect()
}

/// The form with something harmless where it can't be read yet, so that the rest of it can be judged.
fn filled_up(fields: &Fields, errors: &[FieldError]) -> Fields {
    const INSTEAD: [(&str, &str); 9] = [
        ("title", "(no title yet)"),
        ("pupils", "0"),
        ("emergency.base_contact", "00000000-0000-0000-0000-000000000000"),
        ("emergency.parents_rung_by", "(not said yet)"),
        ("emergency.records_kept_at", "(not said yet)"),
        ("emergency.lost_child_police_minutes", "15"),
        ("delay_tolerance_minutes", "0"),
        ("plan.remind_before_minutes", "0"),
        ("plan.grace_minutes", "10"),
    ];
    let bad = |name: &str| {
        let row = |field: &str| field.rsplit_once("].").map(|(row, _)| format!("{row}]."));
        errors.iter().any(|e| e.field == name || row(&e.field).is_some_and(|row| name.starts_with(&row)))
    };
    let good = fields.iter().filter(|(name, _)| !bad(name));
    let good = good.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let instead = INSTEAD.iter().filter(|(name, _)| bad(name));
    let instead = instead.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    compacted(&Fields::new(good.chain(instead).collect()), LISTS)
}

/// `Every 30 minutes from departure, on arrival, back at school; a reminder 5 minutes before, 10 minutes of grace.`
fn plan_in_words(form: &TripForm) -> String {
    let plan = &form.plan;
    let minutes = |minutes: u32| words::count(u64::from(minutes), "minute", "minutes");
    let mut parts: Vec<String> = Vec::new();
    parts.extend(plan.every_minutes.map(|n| format!("every {} from departure", minutes(u32::from(n)))));
    parts.extend(plan.at.as_ref().map(CronSchedule::in_words));
    parts.extend(plan.points.iter().map(|point| words::point(*point).to_owned()));
    if parts.is_empty() {
        return "No check-in is planned yet.".to_owned();
    }
    let reminder = match plan.remind_before_secs / 60 {
        0 => "no reminder".to_owned(),
        before => format!("a reminder {} before", minutes(before)),
    };
    words::sentence(&format!("{}; {reminder}, {} of grace", parts.join(", "), minutes(plan.grace_secs / 60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_cant_be_read_is_replaced_and_a_row_in_the_making_left_out() {
        let typed = fields(&[
            ("title", ""),
            ("groups[0].name", "Year 4"),
            ("groups[1].name", "Shop"),
            ("kind", "tour"),
        ]);
        let errors = [
            FieldError::new("title", "Give it a title."),
            FieldError::new("groups[0].adult", "Choose the group's adult."),
        ];
        let filled = filled_up(&typed, &errors);
        assert_eq!(filled.get("title"), Some("(no title yet)"));
        assert_eq!(filled.get("groups[0].name"), Some("Shop"), "the one that can be read moves up");
        assert_eq!(filled.get("groups[1].name"), None);
        assert_eq!(filled.get("kind"), Some("tour"));
        assert_eq!(wrong(&typed, &errors), [], "nothing was typed into what is wrong");
    }
}
