//! The registers of safeguarding as CSV, each for whoever sees its page. Of incidents a line each, without the words that were
//! written: that each is read is recorded first. [INC-7]

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use proto::ids::{CommandId, IncidentId, PersonId};
use proto::topics::ServiceName;
use proto::v1::safeguarding::{Command, PutAway, Step};
use safeguarding::{Incident, Pouch, Safeguarding};

use super::arrangement_words::{
    agreed_with, kind as arrangement_kind, row as arrangement_row, sees_register, who,
};
use super::arrangements::NOT_FOR_YOU;
use super::incident_words::{danger, kind};
use super::pouches::year;
use super::recordings::{cleared, night};
use crate::app::AppState;
use crate::asking;
use crate::auth::Session;
use crate::pages::download::{csv, stamp};
use crate::pages::shell::{Looking, Place, missing, not_for};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/safeguarding/phones.csv", get(phones))
        .route("/safeguarding/arrangements.csv", get(arrangements))
        .route("/safeguarding/recordings.csv", get(recordings))
        .route("/safeguarding/incidents.csv", get(incidents))
}

fn clock(look: &Looking<'_>, at: Timestamp) -> String {
    stamp(&look.view.school.zone, at)
}

fn clocks(look: &Looking<'_>, at: Option<Timestamp>) -> String {
    at.map(|at| clock(look, at)).unwrap_or_default()
}

async fn phones(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !look.may(ServiceName::Safeguarding, "HandInPhone") {
        return missing(&look, Place::Safeguarding, "page for you: phones are taken by staff");
    }
    let known = view.safeguarding.pouches();
    let row = |pouch: u16, held: &Pouch, back: Option<(PersonId, Timestamp)>| {
        let away = match held.phone.put_away {
            PutAway::Off => "off",
            PutAway::FlightMode => "in flight mode",
        };
        vec![
            held.day.to_string(),
            pouch.to_string(),
            held.phone.pupil.shown(),
            year(held.phone.year),
            away.to_owned(),
            held.phone.place.to_string(),
            held.phone.trip.map(|trip| view.trip_title(trip)).unwrap_or_default(),
            clock(&look, held.at),
            view.person_name(held.by),
            clocks(&look, back.map(|(_, at)| at)),
            back.map(|(by, _)| view.person_name(by)).unwrap_or_default(),
        ]
    };
    let held = known.held().map(|(pouch, held)| row(pouch, held, None));
    let back = known.given_back().map(|(pouch, held, by, at)| row(*pouch, held, Some((*by, *at))));
    let rows: Vec<_> = held.chain(back).collect();
    let heading =
        ["day", "pouch", "pupil", "year", "put away", "place", "trip", "handed in", "to", "given back", "by"];
    csv("pupils-phones", &heading, &rows)
}

async fn arrangements(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !sees_register(&look) {
        return missing(&look, Place::Safeguarding, NOT_FOR_YOU);
    }
    let rows = view.safeguarding.arrangements().all().map(|(id, one)| {
        let shown = arrangement_row(&look, id, one);
        let terms = &one.terms;
        let trips: Vec<_> = one.trips.iter().map(|trip| view.trip_title(*trip)).collect();
        vec![
            who(&look, &terms.whose),
            arrangement_kind(&terms.whose).0.to_owned(),
            shown.device,
            if terms.medical { "yes" } else { "" }.to_owned(),
            terms.reason.shown(),
            terms.advice.shown(),
            view.person_name(terms.agreed_by),
            agreed_with(terms.agreed_with).to_owned(),
            terms.signature.as_ref().map(ToString::to_string).unwrap_or_default(),
            terms.from.to_string(),
            terms.until.to_string(),
            shown.conditions,
            shown.word.to_owned(),
            trips.join("; "),
        ]
    });
    let heading = [
        "whose",
        "kind",
        "device",
        "medical",
        "why",
        "advice",
        "agreed by",
        "and by",
        "signed approach",
        "from",
        "until",
        "conditions",
        "stands",
        "goes along on",
    ];
    csv("arrangements", &heading, &rows.collect::<Vec<_>>())
}

async fn recordings(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    if !look.may(ServiceName::Safeguarding, "ClearRecordings") {
        return not_for(
            &look,
            Place::Safeguarding,
            "Recordings of all phones are for the office, seniors, the head, the DSL and administrators.",
        );
    }
    let known = view.safeguarding.recordings();
    let open = known.open().map(|(_, one)| {
        let holder = one.holder.map(|holder| view.holder_name(holder)).unwrap_or_default();
        let trip = one.trip.map(|trip| view.trip_title(trip)).unwrap_or_default();
        let consent = one.consent.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![
            view.device_tag(one.device),
            trip,
            holder,
            consent,
            clock(&look, one.at),
            "open".to_owned(),
            String::new(),
        ]
    });
    let done = known.cleared().map(|one| {
        let line = cleared(&look, one);
        let holder = one.holder.map(|holder| view.holder_name(holder)).unwrap_or_default();
        let consent = one.consent.as_ref().map(ToString::to_string).unwrap_or_default();
        vec![line.phone, line.trip, holder, consent, clock(&look, one.at), "cleared".to_owned(), line.words]
    });
    let nights = known.nights().map(|one| {
        let line = night(&look, one);
        let by = view.person_name(one.by);
        vec![line.phone, line.trip, by, String::new(), clock(&look, one.at), "on tour".to_owned(), line.words]
    });
    let rows: Vec<_> = open.chain(done).chain(nights).collect();
    let heading = ["phone", "trip", "in the hands of", "consents", "when", "stands", "what became of them"];
    csv("recordings", &heading, &rows)
}

/// Those that whoever asks may read. Each is opened first, so that the reading stands in it.
async fn incidents(State(state): State<AppState>, session: Session) -> Response {
    let readable: Vec<IncidentId> =
        state.view_of(&session).safeguarding.incidents_for(session.person).map(|(id, _)| id).collect();
    let mut opened = Vec::new();
    for incident in readable {
        let command = Command::OpenIncident { incident };
        if asking::ask::<Safeguarding>(&state, &session, CommandId::new(), command).await.is_ok() {
            opened.push(incident);
        }
    }
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let rows: Vec<_> = opened
        .into_iter()
        .filter_map(|id| Some(incident_row(&look, view.safeguarding.incident_for(id, session.person)?)))
        .collect();
    let heading = [
        "reported",
        "happened",
        "kind",
        "danger",
        "trip",
        "told in person",
        "written up",
        "reference",
        "serious",
        "outside bodies told",
        "outside bodies due",
        "parents",
        "debriefed",
        "closed",
    ];
    csv("incidents", &heading, &rows)
}

fn incident_row(look: &Looking<'_>, one: &Incident) -> Vec<String> {
    let account = one.accounts.last();
    let bodies =
        one.referrals.values().map(|done| done.at).max().filter(|_| !one.waits_for(Step::BodiesTold));
    vec![
        clock(look, one.reported_at),
        clock(look, one.happened_at),
        kind(one.kind).to_owned(),
        danger(one.danger).to_owned(),
        one.trip.map(|trip| look.view.trip_title(trip)).unwrap_or_default(),
        clocks(look, one.told.as_ref().map(|done| done.at)),
        clocks(look, account.map(|done| done.at)),
        account.map(|done| done.what.1.to_string()).unwrap_or_default(),
        if one.is_serious() { "yes" } else { "no" }.to_owned(),
        clocks(look, bodies),
        clock(look, one.deadlines.bodies_told),
        one.parents.as_ref().map(|done| super::incident_words::parents(look, &done.what)).unwrap_or_default(),
        clocks(look, one.debrief.as_ref().map(|done| done.at)),
        clocks(look, one.closed.as_ref().map(|done| done.at)),
    ]
}
