//! For the school's own assessment: what is kept, why, on which ground, how long, who may read it, where it is, who else
//! handles it. Times and readers are those in force; grounds are suggestions.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use decider::policy::retention::{KEPT, Kept};
use proto::v1::alerts::Channel;

use super::hub::span;
use super::who::readers;
use crate::app::AppState;
use crate::auth::Session;
use crate::auth::roles::{Action, Seen};
use crate::pages::download::csv;
use crate::pages::html::page;
use crate::pages::shell::{Looking, Place, Shell};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/data-protection", get(show)).route("/data-protection.csv", get(kinds))
}

#[derive(Template)]
#[template(path = "records/data_protection.html")]
struct DataProtection {
    shell: Shell,
    made: String,
    kinds: Vec<Kind>,
    stored: &'static str,
    processors: Vec<Processor>,
    located: bool,
    may_look: bool,
    held: usize,
}

struct Kind {
    kept: &'static Kept,
    days: String,
    changed: bool,
    readers: String,
}

/// Somebody else who handles data for the school.
pub(crate) struct Processor {
    pub(crate) name: String,
    pub(crate) what: &'static str,
}

fn kind(look: &Looking<'_>, kept: &'static Kept) -> Kind {
    let days = kept.record.days(&look.view.school.policy);
    Kind { kept, days: span(days), changed: days != kept.days, readers: readers(kept.record) }
}

/// Those whom the configuration names: nobody, where nothing is sent.
fn processors(state: &AppState, look: &Looking<'_>) -> Vec<Processor> {
    let providers = &look.view.gateway.providers;
    let named = |channel: Channel, what: &'static str| {
        let ways = providers.of(channel).iter();
        ways.map(|way| Processor { name: way.provider.to_string(), what }).collect::<Vec<_>>()
    };
    let mut all =
        named(Channel::Text, "Carries texts to and from the school's number: their words, and both numbers");
    all.extend(named(
        Channel::Voice,
        "Carries calls: who calls whom and when, and what Homeward says in them",
    ));
    all.extend(named(
        Channel::Email,
        "Carries e-mail that there is an alert or an incident, and nothing of an incident",
    ));
    // One that Homeward has as a file leads nowhere else.
    if let Some(server) = state.map_tiles().and_then(|tiles| tiles.origin()) {
        let what =
            "Sends pictures of maps to browsers: it sees which part of a map was looked at, not who is there";
        all.push(Processor { name: server.to_owned(), what });
    }
    all
}

async fn show(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let shown = DataProtection {
        shell: look.shell(Place::Safeguarding),
        made: look.when().day(look.now),
        kinds: KEPT.iter().map(|kept| kind(&look, kept)).collect(),
        stored: if state.is_on_a_server() {
            "In a PostgreSQL database of the school's, or of whoever runs Homeward for it"
        } else {
            "In files on the machine that runs Homeward, which the school names"
        },
        processors: processors(&state, &look),
        located: view.school.policy.staff_phones_located,
        may_look: session.may(Action::See(Seen::Records)),
        held: view.safeguarding.holds().standing().count(),
    };
    page(StatusCode::OK, &shown)
}

/// The kinds of record as a table of their own: for the school's record of processing.
async fn kinds(State(state): State<AppState>, session: Session) -> Response {
    let view = state.view_of(&session);
    let look = Looking::new(&state, &view, &session);
    let row = |kept: &'static Kept| {
        let kind = kind(&look, kept);
        let days = kept.record.days(&view.school.policy).to_string();
        let texts = [kept.title, kept.what, kept.whom, kept.why, kept.basis].map(str::to_owned);
        let rest = [days, kept.since.to_owned(), kept.days.to_string(), kept.reason.to_owned(), kind.readers];
        texts.into_iter().chain(rest).collect::<Vec<_>>()
    };
    let rows: Vec<_> = KEPT.iter().map(row).collect();
    let heading = [
        "kind",
        "what",
        "about",
        "why",
        "lawful basis (suggested)",
        "kept for days",
        "after",
        "Homeward's own days",
        "why so long",
        "who may read it",
    ];
    csv("what-is-kept", &heading, &rows)
}
