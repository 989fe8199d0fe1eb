//! The policy of the school: each setting with its rule, what differs from the preset it started from, who changed what and
//! why, which authorised forms no longer hold, and when it is reviewed. [REV-1]

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use decider::policy::retention::KEPT;
use decider::policy::{self, Kind, Policy, SETTINGS, Setting};
use people::{People, PolicyChange};
use proto::ids::{PersonId, TripId};
use proto::rules::Rule;
use proto::topics::ServiceName;
use proto::v1::people::{Command, Role};
use proto::v1::policy::{Preset, Settings};
use proto::values::Note;
use serde_json::{Value, json};
use trips::{Gate, PhaseName, readiness};

use super::act::{ask, onward};
use super::html::page;
use super::policy_fields::{read, typed};
use super::shell::{Looking, Place, Shell};
use super::trouble::{Check, Trouble};
use crate::app::AppState;
use crate::auth::{Posted, Session};
use crate::forms::{Choice, FieldError, FormView, Reader};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/policy", get(show).post(change))
        .route("/policy/preset", post(choose))
        .route("/policy/wording", post(reword))
        .route("/policy/review", post(review))
}

#[derive(Template)]
#[template(path = "policy/page.html")]
struct PolicyPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    may: bool,
    /// The preset it started from.
    start: Option<&'static str>,
    differing: usize,
    parts: Vec<Part>,
    presets: Vec<PresetCard>,
    /// Who can agree, where whoever looks is no head.
    heads: Option<Vec<Choice>>,
    changes: Vec<Change>,
    broken: Vec<Broken>,
    wording: Vec<(&'static str, String)>,
    rules: Vec<Choice>,
    review: ReviewWords,
    drills: DrillWords,
    /// What differs from the preset: the setting's input, its title, its value, the preset's.
    own: Vec<(String, &'static str, String, String)>,
}

struct Part {
    title: &'static str,
    /// How many of it differ from the preset.
    own: usize,
    rows: Vec<Row>,
}

struct Row {
    rule: Option<&'static str>,
    rule_text: String,
    always: bool,
    title: &'static str,
    hint: String,
    value: String,
    /// What the preset has instead.
    instead_of: Option<String>,
    why: Option<&'static str>,
    control: Control,
    field: String,
    choices: Vec<Choice>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Select,
    Number,
    Text,
    Area,
}

pub(super) struct PresetCard {
    pub(super) value: &'static str,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) chosen: bool,
}

struct Change {
    when: String,
    who: String,
    what: Vec<String>,
    reason: String,
}

/// An authorised form of which something no longer holds.
struct Broken {
    trip: TripId,
    title: String,
    when: String,
    checks: Vec<Check>,
}

/// The drills: when the next is due, and the last ones. [REV-1]
struct DrillWords {
    a_year: u16,
    due: Option<(String, &'static str)>,
    weekend: bool,
    done: Vec<DrillRow>,
}

struct DrillRow {
    trip: TripId,
    title: String,
    at: String,
    weekend: bool,
    learnt: Option<String>,
}

struct ReviewWords {
    last: Option<(String, String)>,
    next: Option<String>,
    class: &'static str,
}

/// Which rules stand together, by how their ids begin.
const PARTS: [(&str, &[&str]); 8] = [
    ("Trip form", &["FORM"]),
    ("School phones", &["DEV"]),
    ("Personal devices", &["PERS"]),
    ("Emergency contact", &["CONT"]),
    ("Check-ins and alerts", &["CHECK"]),
    ("Recordings and incidents", &["MEDIA", "INC"]),
    ("Review", &["REV"]),
    (KEPT_FOR, &[""]),
];

/// The settings that belong to no rule, save the wording: how long personal records are kept.
const KEPT_FOR: &str = "How long personal records are kept";

fn part(title: &'static str, begins: &[&str], policy: &Policy) -> Part {
    let differing: BTreeMap<&str, Value> =
        policy.own_settings().into_iter().map(|(setting, was)| (setting.key, was)).collect();
    let here = policy.settings().0;
    let belongs = |setting: &&Setting| {
        if setting.rule.is_none() {
            return title == KEPT_FOR && setting.kind != Kind::Wording;
        }
        let id = setting.rule.map_or("", Rule::id);
        begins.iter().any(|begin| id.split('-').next() == Some(begin))
    };
    let row = |setting: &Setting| {
        let value = here.get(setting.key).cloned().unwrap_or_default();
        let reasons = policy.preset.map(policy::reasons);
        let (control, choices) = control(setting.kind);
        Row {
            rule: setting.rule.map(Rule::id),
            rule_text: setting.rule.map(|rule| policy.words(rule).to_owned()).unwrap_or_default(),
            always: setting.rule.is_some_and(Rule::always_holds),
            title: setting.title,
            hint: kept(setting).unwrap_or_else(|| hint(setting.kind)),
            value: setting.words(&value),
            instead_of: differing.get(setting.key).map(|was| setting.words(was)),
            why: reasons.and_then(|reasons| reasons.get(setting.key)).map(|reason| reason.why.as_str()),
            control,
            field: field(setting),
            choices,
        }
    };
    let rows: Vec<Row> = SETTINGS.iter().filter(belongs).map(row).collect();
    Part { title, own: rows.iter().filter(|row| row.instead_of.is_some()).count(), rows }
}

fn field(setting: &Setting) -> String {
    format!("set.{}", setting.key)
}

fn control(kind: Kind) -> (Control, Vec<Choice>) {
    match kind {
        Kind::Switch => (Control::Select, vec![Choice::new("on", "On"), Choice::new("off", "Off")]),
        Kind::Choice(choices) => {
            (Control::Select, choices.iter().map(|(value, words)| Choice::new(value, *words)).collect())
        }
        Kind::Number { .. } | Kind::Minutes { .. } => (Control::Number, Vec::new()),
        Kind::List { .. } | Kind::Days => (Control::Area, Vec::new()),
        Kind::Time | Kind::Years | Kind::Roles | Kind::Schedule | Kind::Wording => {
            (Control::Text, Vec::new())
        }
    }
}

/// Of a setting that says how long records are kept: since when, and why so long.
fn kept(setting: &Setting) -> Option<String> {
    let kept = KEPT.iter().find(|kept| kept.key == setting.key)?;
    Some(format!(
        "{}, after {}. {} days, unless changed: {}",
        hint(setting.kind),
        kept.since,
        kept.days,
        kept.reason
    ))
}

fn hint(kind: Kind) -> String {
    match kind {
        Kind::Switch | Kind::Choice(_) | Kind::Wording => String::new(),
        Kind::Number { least, most, unit } => format!("{least} to {most} {unit}").trim_end().to_owned(),
        Kind::Minutes { least, most } => format!("{least} to {most} minutes"),
        Kind::List { .. } => "One on each line".to_owned(),
        Kind::Days => "One on each line, such as 2026-12-24".to_owned(),
        Kind::Time => "HH:MM".to_owned(),
        Kind::Years => "Numbers, with commas between; 0 is Reception".to_owned(),
        Kind::Roles => "leader, office, senior, head, dsl or admin, with commas between".to_owned(),
        Kind::Schedule => "second minute hour day month weekday, or off".to_owned(),
    }
}

/// The heads to name, where whoever looks is none and somebody is.
pub(super) fn heads_to_name(look: &Looking<'_>) -> Option<Vec<Choice>> {
    let heads = look.people_with(&[Role::Head]);
    let is_one = heads.iter().any(|(id, _)| *id == look.session.person);
    (!is_one && !heads.is_empty()).then(|| Choice::of(heads))
}

/// Of each form that is authorised and has not left: what no longer holds.
fn broken(look: &Looking<'_>) -> Vec<Broken> {
    let (trips, school) = (&look.view.trips, &look.view.school);
    let ahead = trips
        .trips()
        .filter(|(_, trip)| trip.phase_name() == PhaseName::Authorised && trip.form.window.to > look.now);
    let checked = ahead.filter_map(|(id, trip)| {
        let mut items = readiness(trips, id, Gate::Authorise, look.now, &school.zone, &school.policy);
        items.retain(|item| !item.ok);
        (!items.is_empty()).then(|| Broken {
            trip: id,
            title: trip.form.title.to_string(),
            when: look.when().window(trip.form.window),
            checks: Check::of_form(look.view, &trip.form, &items),
        })
    });
    checked.collect()
}

fn change_words(look: &Looking<'_>, change: &PolicyChange) -> Change {
    let name = |person: PersonId| look.view.person_name(person);
    let agreed = change.agreed_by.map(|head| format!(", agreed by {}", name(head))).unwrap_or_default();
    let what = change.set().0.iter().filter_map(|(key, value)| {
        let setting = Setting::find(key)?;
        Some(format!("{}: {}", setting.title, setting.words(value)))
    });
    let started = change.preset.map(|preset| format!("Started from the preset {}", policy::name(preset)));
    Change {
        when: look.when().at(change.at),
        who: format!("{}{agreed}", name(change.by)),
        what: started.into_iter().chain(what).collect(),
        reason: change.reason.to_string(),
    }
}

fn review_words(look: &Looking<'_>) -> ReviewWords {
    let record = look.view.people.policy();
    let last = record.reviewed().map(|reviewed| {
        let by = look.view.person_name(reviewed.agreed_by.unwrap_or(reviewed.by));
        (format!("{} by {by}", look.when().at(reviewed.at)), reviewed.outcome.to_string())
    });
    let class = match record.review() {
        Some(review) if review.by <= look.now => "bad",
        Some(review) if review.by.duration_since(look.now).as_hours() <= 24 * 28 => "soon",
        Some(_) | None => "good",
    };
    ReviewWords { last, next: record.review().map(|review| look.when().at(review.by)), class }
}

fn drill_words(look: &Looking<'_>) -> DrillWords {
    let drills = look.view.trips.drills();
    let row = |drill: &trips::Drill| DrillRow {
        trip: drill.trip,
        title: look.view.trip_title(drill.trip),
        at: look.when().at(drill.at),
        weekend: drill.weekend,
        learnt: drill.learnt.as_ref().map(|(words, _, _)| words.to_string()),
    };
    let class = |by: proto::Timestamp| match by.duration_since(look.now).as_hours() {
        ..=0 => "bad",
        1..=672 => "soon",
        _ => "good",
    };
    DrillWords {
        a_year: look.view.school.policy.drills_a_year,
        due: drills.due_by().map(|by| (look.when().at(by), class(by))),
        weekend: drills.weekend_is_due(look.now),
        done: drills.done().iter().rev().take(6).map(row).collect(),
    }
}

fn own(policy: &Policy) -> Vec<(String, &'static str, String, String)> {
    let here = policy.settings().0;
    let row = |(setting, was): (&'static Setting, Value)| {
        let now = here.get(setting.key).map(|value| setting.words(value)).unwrap_or_default();
        (crate::forms::input_id(&field(setting)), setting.title, now, setting.words(&was))
    };
    policy.own_settings().into_iter().map(row).collect()
}

fn fresh(policy: &Policy) -> FormView {
    let here = policy.settings().0;
    let value = |setting: &Setting| here.get(setting.key).map(|value| typed(setting.kind, value));
    let fields: Vec<(String, String)> = SETTINGS.iter().filter_map(|s| Some((field(s), value(s)?))).collect();
    FormView::with(&fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>())
}

/// The presets to start from.
pub(super) fn preset_cards(policy: &Policy) -> Vec<PresetCard> {
    let card = |preset: Preset| PresetCard {
        value: preset.as_str(),
        name: policy::name(preset),
        about: policy::about(preset),
        chosen: policy.preset == Some(preset),
    };
    Preset::ALL.map(card).into()
}

fn show_page(look: &Looking<'_>, form: FormView, trouble: Option<Trouble>) -> Response {
    let policy = &look.view.school.policy;
    let status = match &trouble {
        Some(trouble) => trouble.status,
        None if form.has_errors() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let changes = look.view.people.policy().changes();
    let rule = |rule: &Rule| Choice::new(rule.id(), format!("{} {}", rule.id(), rule.text()));
    let shown = PolicyPage {
        shell: look.shell(Place::Policy),
        trouble,
        form,
        may: look.may(ServiceName::People, "ChangePolicy"),
        start: policy.preset.map(policy::name),
        differing: policy.own_settings().len(),
        parts: PARTS.into_iter().map(|(title, begins)| part(title, begins, policy)).collect(),
        presets: preset_cards(policy),
        heads: heads_to_name(look),
        changes: changes.iter().rev().take(20).map(|change| change_words(look, change)).collect(),
        broken: broken(look),
        wording: policy.wording.iter().map(|(rule, words)| (rule.id(), words.to_string())).collect(),
        rules: Rule::ALL.iter().map(rule).collect(),
        review: review_words(look),
        drills: drill_words(look),
        own: own(policy),
    };
    page(status, &shown)
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    show_page(&look, fresh(&view.school.policy), None)
}

fn again(state: &AppState, posted: &Posted, errors: Vec<FieldError>, trouble: Option<Trouble>) -> Response {
    let view = state.view_of(&posted.session);
    let look = Looking::new(state, &view, &posted.session);
    // What another form of the page did not send stays as it is.
    let mut form = FormView::new(posted.fields.clone(), errors);
    let here = fresh(&view.school.policy);
    let missing: Vec<(String, String)> = here
        .fields()
        .iter()
        .filter(|(name, _)| posted.fields.get(name).is_none())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    form.put(&missing.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>());
    show_page(&look, form, trouble)
}

async fn done(
    state: &AppState,
    posted: &Posted,
    what: &str,
    read: Result<Command, Vec<FieldError>>,
) -> Response {
    match read {
        Ok(command) => match ask::<People>(state, posted, what, command).await {
            Ok(()) => onward(posted, "/policy"),
            Err(trouble) => again(state, posted, trouble.beside_field().into_iter().collect(), Some(trouble)),
        },
        Err(errors) => again(state, posted, errors, None),
    }
}

/// Reads a form of the page: why, who agreed, and what the form is about.
fn reading(
    state: &AppState,
    posted: &Posted,
    why: &str,
    command: impl FnOnce(&mut Reader<'_>, &Policy, Note, Option<PersonId>) -> Option<Command>,
) -> Result<Command, Vec<FieldError>> {
    let view = state.view_of(&posted.session);
    let mut reader = Reader::new(&posted.fields, &view.school.zone);
    let reason = reader.text(&format!("{why}.reason"), "Say why, in a sentence: it stays with the change.");
    let agreed_by = reader.optional_id::<PersonId>(&format!("{why}.agreed_by"));
    let read = reason.zip(agreed_by);
    let command = read.and_then(|(reason, by)| command(&mut reader, &view.school.policy, reason, by));
    reader.finish(command)
}

/// Only what was changed on the page is asked.
async fn change(State(state): State<AppState>, posted: Posted) -> Response {
    let read = reading(&state, &posted, "change", |reader, policy, reason, agreed_by| {
        let here = policy.settings().0;
        let mut set = Settings::default();
        for setting in SETTINGS {
            let field = field(setting);
            let Some(text) = posted.fields.get(&field) else { continue };
            let unchanged = here
                .get(setting.key)
                .is_some_and(|value| typed(setting.kind, value) == text.replace("\r\n", "\n").trim_end());
            if unchanged {
                continue;
            }
            let one = Settings([(setting.key.to_owned(), read(setting.kind, text))].into());
            match policy.with(&one) {
                Ok(_) => set.0.extend(one.0),
                Err(bad) => reader.error(&field, super::words::sentence(&bad.why)),
            }
        }
        if set.0.is_empty() {
            reader.error("change.reason", "Nothing was changed yet.");
        }
        Some(Command::ChangePolicy { set, reason, agreed_by })
    });
    done(&state, &posted, "change", read).await
}

async fn choose(State(state): State<AppState>, posted: Posted) -> Response {
    let read = reading(&state, &posted, "start", |reader, _, reason, agreed_by| {
        let preset = reader.typed("preset").and_then(Preset::parse);
        if preset.is_none() {
            reader.error("preset", "Choose the preset to start from.");
        }
        Some(Command::ChoosePreset { preset: preset?, reason, agreed_by })
    });
    done(&state, &posted, "choose", read).await
}

/// One rule in the school's own words; none typed: Homeward's again.
async fn reword(State(state): State<AppState>, posted: Posted) -> Response {
    let read = reading(&state, &posted, "words", |reader, policy, reason, agreed_by| {
        let chosen = reader.typed("words.rule");
        let rule = Rule::ALL.iter().copied().find(|rule| Some(rule.id()) == chosen);
        if rule.is_none() {
            reader.error("words.rule", "Choose the rule.");
        }
        let text = reader.optional("words.text", policy::RuleWords::parse)?;
        let mut wording = policy.wording.clone();
        match text {
            Some(text) => wording.insert(rule?, text),
            None => wording.remove(&rule?),
        };
        let set = Settings([("wording".to_owned(), json!(wording))].into());
        Some(Command::ChangePolicy { set, reason, agreed_by })
    });
    done(&state, &posted, "reword", read).await
}

async fn review(State(state): State<AppState>, posted: Posted) -> Response {
    let read = reading(&state, &posted, "review", |_, _, outcome, agreed_by| {
        Some(Command::ReviewPolicy { outcome, agreed_by })
    });
    done(&state, &posted, "review", read).await
}
