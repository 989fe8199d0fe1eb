//! One incident. That somebody is about to read it is recorded before anything of it is shown. [INC-7]

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use proto::ids::{CommandId, IncidentId};
use proto::v1::people::Role;
use proto::v1::safeguarding::Command;
use safeguarding::{Incident, Safeguarding};

use super::incident_read::read;
use super::incident_words::{ItemRow, StepRow, danger, item, kind, parents, referral, steps};
use crate::app::AppState;
use crate::asking;
use crate::auth::{Fields, Posted, Session};
use crate::forms::{Choice, Choices, FormView, Offer, found};
use crate::pages::act::{ask, see};
use crate::pages::html::{Html, page};
use crate::pages::shell::{Looking, Place, Shell, missing};
use crate::pages::trouble::Trouble;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/incidents/{incident}", get(show).post(act))
}

#[derive(Template)]
#[template(path = "safeguarding/incident.html")]
struct IncidentPage {
    shell: Shell,
    trouble: Option<Trouble>,
    form: FormView,
    kind: &'static str,
    /// What is known of it: (label, words).
    facts: Vec<(&'static str, String)>,
    what: String,
    steps: Vec<StepRow>,
    closed: bool,
    told: bool,
    judged: Option<(bool, String, String)>,
    accounts: Vec<(String, String)>,
    /// Each outside body, and what it was told.
    bodies: Vec<(String, Option<String>)>,
    items: Vec<ItemRow>,
    parents: Option<String>,
    notes: Vec<(String, String)>,
    debrief: Option<(String, String)>,
    missing: Vec<&'static str>,
    readings: Vec<String>,
    readers: String,
    people: Choices,
    heads: Choices,
    dsls: Choices,
    phones: Vec<Choice>,
}

/// A list of one of several forms alike: its field's id has the device's number in it.
#[derive(Template)]
#[template(path = "safeguarding/pick.html")]
struct Pick<'a> {
    name: &'a str,
    label: &'a str,
    number: u16,
    choices: &'a [Choice],
}

impl IncidentPage {
    fn pick(&self, name: &str, label: &str, number: &u16, choices: &impl Offer) -> Html {
        match choices.find() {
            Some(find) => found(name, format!("{name}-{number}"), label, find),
            None => Html::of(&Pick { name, label, number: *number, choices: choices.items() }),
        }
    }
}

async fn show(State(state): State<AppState>, session: Session, Path(id): Path<IncidentId>) -> Response {
    one(&state, &session, id, None, None).await
}

async fn one(
    state: &AppState,
    session: &Session,
    id: IncidentId,
    typed: Option<Fields>,
    trouble: Option<Trouble>,
) -> Response {
    let command = Command::OpenIncident { incident: id };
    let opened = asking::ask::<Safeguarding>(state, session, CommandId::new(), command).await;
    let view = state.view_of(session);
    let look = Looking::new(state, &view, session);
    let known = view.safeguarding.incident_for(id, session.person);
    match (opened, known) {
        (Ok(_), Some(incident)) => incident_page(&look, incident, typed, trouble),
        // To whoever may not read it it doesn't exist.
        (Ok(_), None) | (Err(asking::Asked::Refused(_) | asking::Asked::Forbidden(_)), _) => {
            missing(&look, Place::Safeguarding, "incident that you may read")
        }
        (Err(why @ asking::Asked::Faulted(_)), _) => {
            let trouble = Trouble::of(&view, why);
            let shown = CantRecord { shell: look.shell(Place::Safeguarding), trouble: Some(trouble) };
            page(StatusCode::SERVICE_UNAVAILABLE, &shown)
        }
    }
}

/// A reading that can't be recorded is none.
#[derive(Template)]
#[template(path = "safeguarding/not_now.html")]
struct CantRecord {
    shell: Shell,
    trouble: Option<Trouble>,
}

fn incident_page(
    look: &Looking<'_>,
    incident: &Incident,
    typed: Option<Fields>,
    trouble: Option<Trouble>,
) -> Response {
    let name = |person| look.view.person_name(person);
    let when = |at| look.when().at(at);
    let by = |who, at| format!("{}, {}", name(who), when(at));
    let now = look.when().typed(look.now);
    let fresh = || FormView::with(&[("told.at", now.clone()), ("parents.at", now.clone())]);
    let readers = look.view.safeguarding.readers_of(incident);
    let mut phones: Vec<Choice> =
        look.view.devices.devices().map(|(id, device)| Choice::new(id, device.tag.to_string())).collect();
    phones.sort_by(|a, b| a.label.cmp(&b.label));
    let missing = if incident.closed.is_some() { Vec::new() } else { incident.missing() };
    let form = typed.map_or_else(fresh, |fields| FormView::new(fields, Vec::new()));
    let shown = IncidentPage {
        shell: look.shell(Place::Safeguarding),
        kind: kind(incident.kind),
        facts: facts(look, incident),
        what: incident.what.shown(),
        steps: steps(look, incident),
        closed: incident.closed.is_some(),
        told: incident.told.is_some(),
        judged: incident
            .assessed
            .as_ref()
            .map(|judged| (judged.what.0, judged.what.1.shown(), by(judged.by, judged.at))),
        accounts: incident.accounts.iter().map(|done| (done.what.0.shown(), by(done.by, done.at))).collect(),
        bodies: incident
            .bodies
            .iter()
            .map(|body| {
                let told = incident.referrals.get(body);
                let told = told.map(|done| format!("{} ({})", referral(&done.what), by(done.by, done.at)));
                (body.to_string(), told)
            })
            .collect(),
        items: incident.seized.iter().map(|one| item(look, one)).collect(),
        parents: incident
            .parents
            .as_ref()
            .map(|done| format!("{} ({})", parents(look, &done.what), by(done.by, done.at))),
        notes: incident.notes.iter().map(|done| (done.what.shown(), by(done.by, done.at))).collect(),
        debrief: incident.debrief.as_ref().map(|done| (done.what.0.shown(), done.what.1.shown())),
        missing: missing.into_iter().map(|one| one.text()).collect(),
        readings: incident.readings.iter().rev().map(|(who, at)| by(*who, *at)).collect(),
        readers: look.view.person_names(readers.dsl.iter().chain(&readers.head)),
        people: Choices::people(look, form.fields()),
        heads: Choices::people_with(look, &[Role::Head], form.fields()),
        dsls: Choices::people_with(look, &[Role::Dsl], form.fields()),
        form,
        phones,
        trouble,
    };
    page(shown.trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status), &shown)
}

fn facts(look: &Looking<'_>, incident: &Incident) -> Vec<(&'static str, String)> {
    let when = |at| look.when().at(at);
    let reported = format!("{}, {}", look.view.person_name(incident.reported_by), when(incident.reported_at));
    let mut facts = vec![
        ("Reported by", reported),
        ("Happened", when(incident.happened_at)),
        ("Danger", danger(incident.danger).to_owned()),
    ];
    facts.extend(incident.trip.map(|trip| ("Trip", look.view.trip_title(trip))));
    facts.extend(incident.about.map(|adult| ("About", look.view.person_name(adult))));
    if let Some(closed) = &incident.closed {
        facts.push(("Closed", format!("{}, {}", look.view.person_name(closed.by), when(closed.at))));
    }
    facts
}

async fn act(State(state): State<AppState>, Path(id): Path<IncidentId>, posted: Posted) -> Response {
    let what = posted.fields.get("do").unwrap_or_default().to_owned();
    let command = {
        let view = state.view_of(&posted.session);
        read(&posted, &view.school.zone, id, &what)
    };
    let done = match command {
        Ok(command) => ask::<Safeguarding>(&state, &posted, &what, command).await,
        Err(errors) => Err(Trouble::unreadable(errors)),
    };
    match done {
        Ok(()) => see(&format!("/incidents/{id}")),
        Err(trouble) => one(&state, &posted.session, id, Some(posted.fields.clone()), Some(trouble)).await,
    }
}
