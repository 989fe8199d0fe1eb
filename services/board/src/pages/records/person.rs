//! What is kept about one person: counted by kind, given out as a file, erased where the law lets.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use proto::ids::{CommandId, IncidentId, PersonId};
use proto::v1::safeguarding::Command;
use records::RecordsFault;
use records::erase::{Erasure, erase, erasure};
use records::export::Export;
use records::standing::Standing;
use records::subject::{Finds, Found, How, SHORTEST, Subject, find};
use safeguarding::Safeguarding;
use serde::Deserialize;

use super::hub::WHOM;
use crate::app::AppState;
use crate::asking;
use crate::auth::roles::{Action, Seen};
use crate::auth::{Posted, Session};
use crate::pages::html::page;
use crate::pages::paging::Paging;
use crate::pages::shell::{Looking, Place, Shell, not_for};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/records/person", get(show))
        .route("/records/person.zip", get(export))
        .route("/records/person/erase", post(erase_now))
}

/// So many lines stand on a page.
const LINES: usize = 50;

/// Whom is looked for.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct Wanted {
    #[serde(default)]
    pub(crate) person: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) page: Option<usize>,
}

/// Why nobody was looked for.
pub(crate) enum NotFound {
    /// These pages are for others.
    NotFor,
    /// Nobody was named, or too shortly.
    Nobody(&'static str),
    /// The journals are elsewhere, or can't be read.
    Fault(String),
}

/// What was found, of whom.
pub(crate) struct Looked {
    pub(crate) whom: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) finds: Finds,
}

impl Wanted {
    fn subject(&self, state: &AppState, session: &Session) -> Result<(String, Subject), NotFound> {
        let person: Option<PersonId> = self.person.parse().ok();
        let typed = self.name.split(',').map(|text| text.trim().to_owned());
        let mut texts: Vec<String> = typed.filter(|text| !text.is_empty()).collect();
        if texts.iter().any(|text| text.chars().count() < SHORTEST) {
            return Err(NotFound::Nobody("Type at least three letters of each name."));
        }
        let mut whom = texts.join(", ");
        if let Some(person) = person {
            let view = state.view_of(session);
            let name =
                view.people.member(person).and_then(|member| member.name.get().map(ToString::to_string));
            whom = view.person_name(person);
            texts.extend(name);
        }
        if person.is_none() && texts.is_empty() {
            return Err(NotFound::Nobody("Choose somebody, or type a name."));
        }
        Ok((whom, Subject { person, texts }))
    }

    /// Looks through the journals for whom is wanted, as far as whoever asks may read. [INC-7]
    pub(crate) async fn look(&self, state: &AppState, session: &Session) -> Result<Looked, NotFound> {
        if !session.may(Action::See(Seen::Records)) {
            return Err(NotFound::NotFor);
        }
        let (whom, subject) = self.subject(state, session)?;
        let readable: BTreeSet<IncidentId> =
            state.view_of(session).safeguarding.incidents_for(session.person).map(|(id, _)| id).collect();
        let journal = state.journal().ok_or_else(elsewhere)?;
        let school = std::sync::Arc::clone(&state.view_of(session).school);
        let may_read = |incident: IncidentId| readable.contains(&incident);
        let found = find(journal, &school, &subject, &may_read, state.now()).await;
        let finds = found.map_err(|fault| NotFound::Fault(told(&fault)))?;
        Ok(Looked { whom, person: subject.person, finds })
    }

    fn query(&self) -> String {
        let pairs = [("person", &self.person), ("name", &self.name)];
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }
}

fn elsewhere() -> NotFound {
    NotFound::Fault(
        "The journals are not kept where this board runs: whoever runs Homeward uses homeward export-person and erase-person there.".to_owned(),
    )
}

fn told(fault: &RecordsFault) -> String {
    tracing::error!(%fault, "HW-R1 what is kept about a person could not be read or erased");
    "The journals can't be read just now. Try again; if it stays so, tell whoever runs Homeward.".to_owned()
}

#[derive(Template)]
#[template(path = "records/person.html")]
struct PersonPage {
    shell: Shell,
    whom: String,
    trouble_text: Option<String>,
    erased: Option<String>,
    wanted: Wanted,
    query: String,
    total: usize,
    withheld: u64,
    kinds: Vec<(String, usize)>,
    lines: Vec<Line>,
    paging: Paging,
    goes: Vec<(&'static str, u64)>,
    goes_total: u64,
    stays: Vec<Stay>,
}

struct Line {
    at: String,
    kind: &'static str,
    what: String,
    how: &'static str,
    until: String,
}

struct Stay {
    title: &'static str,
    entries: u64,
    why: String,
    until: Option<String>,
}

fn line(look: &Looking<'_>, found: &Found) -> Line {
    let until = match found.standing {
        Some(Standing::Until(at)) => look.when().day(at),
        Some(Standing::Due(_)) => "tonight".to_owned(),
        Some(Standing::Held(by)) => by.to_string(),
        None if found.record.is_some() => "erased".to_owned(),
        None => String::new(),
    };
    Line {
        at: look.when().at(found.at),
        kind: found.record.map_or("Numbers and times", |record| record.kept().title),
        what: spaced(&found.event),
        how: match found.how {
            How::About => "about them",
            How::By => "done by them",
            How::Named => "names them",
        },
        until,
    }
}

/// `CheckedIn` as words.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

fn stays(look: &Looking<'_>, plan: &Erasure) -> Vec<Stay> {
    let one = |stays: &records::erase::Stays| Stay {
        title: stays.record.kept().title,
        entries: stays.entries,
        why: stays.why.clone(),
        until: stays.until.map(|at| look.view.school.zone.local(at).strftime("%-d %B %Y").to_string()),
    };
    plan.stays.iter().map(one).collect()
}

fn drawn(look: &Looking<'_>, wanted: &Wanted, looked: &Looked, erased: Option<String>) -> Response {
    let finds = &looked.finds;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for found in &finds.found {
        let title =
            found.record.map_or("Numbers and times, without names or words", |record| record.kept().title);
        *kinds.entry(title).or_default() += 1;
    }
    let plan = erasure(finds);
    let newest: Vec<&Found> = finds.found.iter().rev().collect();
    let (shown, mut paging) = Paging::of(newest, wanted.page, LINES);
    paging.also = format!("{}&", wanted.query());
    let page_of = PersonPage {
        shell: look.shell(Place::Safeguarding),
        whom: looked.whom.clone(),
        trouble_text: None,
        erased,
        wanted: wanted.clone(),
        query: wanted.query(),
        total: finds.found.len(),
        withheld: finds.withheld,
        kinds: kinds.into_iter().map(|(title, count)| (title.to_owned(), count)).collect(),
        lines: shown.into_iter().map(|found| line(look, found)).collect(),
        paging,
        goes: plan.counts.iter().map(|(record, count)| (record.kept().title, *count)).collect(),
        goes_total: plan.entries(),
        stays: stays(look, &plan),
    };
    page(StatusCode::OK, &page_of)
}

fn not_found(state: &AppState, session: &Session, wanted: &Wanted, why: NotFound) -> Response {
    let view = state.view_of(session);
    let look = Looking::new(state, &view, session);
    let (status, text) = match why {
        NotFound::NotFor => return not_for(&look, Place::Safeguarding, WHOM),
        NotFound::Nobody(text) => (StatusCode::UNPROCESSABLE_ENTITY, text.to_owned()),
        NotFound::Fault(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
    };
    let (_, paging) = Paging::of(Vec::<()>::new(), None, LINES);
    let empty = PersonPage {
        shell: look.shell(Place::Safeguarding),
        whom: "nobody yet".to_owned(),
        trouble_text: Some(text),
        erased: None,
        wanted: wanted.clone(),
        query: String::new(),
        total: 0,
        withheld: 0,
        kinds: Vec::new(),
        lines: Vec::new(),
        paging,
        goes: Vec::new(),
        goes_total: 0,
        stays: Vec::new(),
    };
    page(status, &empty)
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    match wanted.look(&state, &session).await {
        Ok(looked) => {
            let view = state.view_of(&session);
            drawn(&Looking::new(&state, &view, &session), &wanted, &looked, None)
        }
        Err(why) => not_found(&state, &session, &wanted, why),
    }
}

/// The incidents that stand in what is given out: that each was opened is recorded first. [INC-7]
async fn open_incidents(state: &AppState, session: &Session, finds: &mut Finds) {
    let of = |found: &Found| found.data.get("incident")?.as_str()?.parse::<IncidentId>().ok();
    let incidents: BTreeSet<IncidentId> = finds.found.iter().filter_map(of).collect();
    for incident in incidents {
        let command = Command::OpenIncident { incident };
        let opened = asking::ask::<Safeguarding>(state, session, CommandId::new(), command).await;
        if opened.is_err() {
            let before = finds.found.len();
            finds.found.retain(|found| of(found) != Some(incident));
            finds.withheld += (before - finds.found.len()) as u64;
        }
    }
}

/// All that is kept about whom is wanted, to be given out.
pub(crate) async fn exported(
    state: &AppState,
    session: &Session,
    wanted: &Wanted,
) -> Result<Export, NotFound> {
    let mut looked = wanted.look(state, session).await?;
    open_incidents(state, session, &mut looked.finds).await;
    let beside = match looked.person {
        Some(person) => state.db().kept_of(&session.school, person).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let (school, zone) = {
        let view = state.view_of(session);
        (view.school.name.to_string(), view.school.zone.tz().clone())
    };
    let (whom, finds) = (looked.whom, looked.finds);
    Ok(Export { school, whom, made_at: state.now(), zone, finds, beside })
}

async fn export(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let export = match exported(&state, &session, &wanted).await {
        Ok(export) => export,
        Err(why) => return not_found(&state, &session, &wanted, why),
    };
    match export.zip() {
        Ok(zip) => {
            let headers = [
                (header::CONTENT_TYPE, "application/zip"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"what-is-kept.zip\""),
            ];
            (headers, zip).into_response()
        }
        Err(fault) => not_found(&state, &session, &wanted, NotFound::Fault(told(&fault))),
    }
}

/// Erases what may go of whom is wanted, and notes who did. How many entries it was.
pub(crate) async fn erased(state: &AppState, session: &Session, wanted: &Wanted) -> Result<u64, NotFound> {
    let looked = wanted.look(state, session).await?;
    let plan = erasure(&looked.finds);
    let school = std::sync::Arc::clone(&state.view_of(session).school);
    let journal = state.journal().ok_or_else(elsewhere)?;
    let blanked = erase(journal, &school, &plan).await.map_err(|fault| NotFound::Fault(told(&fault)))?;
    tracing::info!(by = %session.person, blanked, "records about a person were erased on request");
    let reading = crate::db::Reading {
        at: state.now(),
        person: session.person,
        what: crate::readings::ERASED.to_owned(),
        subject: looked.person.map(|person| person.to_string()).unwrap_or_default(),
    };
    if let Err(fault) = state.db().note_reading(&session.school, &reading).await {
        tracing::error!(%fault, "HW-D2 that records were erased could not be noted");
    }
    Ok(blanked)
}

async fn erase_now(State(state): State<AppState>, posted: Posted) -> Response {
    let field = |name: &str| posted.fields.get(name).unwrap_or_default().to_owned();
    let wanted = Wanted { person: field("person"), name: field("name"), page: None };
    let session = &posted.session;
    if posted.fields.get("sure") != Some("yes") {
        let why = NotFound::Nobody("Nothing was erased: tick that you looked at what goes and what stays.");
        return not_found(&state, session, &wanted, why);
    }
    let blanked = match erased(&state, session, &wanted).await {
        Ok(blanked) => blanked,
        Err(why) => return not_found(&state, session, &wanted, why),
    };
    let done = format!("{blanked} entries were erased. Pages show it within half a minute.");
    match wanted.look(&state, session).await {
        Ok(after) => {
            let view = state.view_of(session);
            drawn(&Looking::new(&state, &view, session), &wanted, &after, Some(done))
        }
        Err(why) => not_found(&state, session, &wanted, why),
    }
}
