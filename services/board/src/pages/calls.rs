//! Callers whom nobody took: who they were, and who rang them back. A number of somebody outside shows here alone, to those at
//! base, until it was rung back; from school phones only. [CONT-8]

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use gateway::Gateway;
use gateway::calls::Call;
use proto::ids::InboundId;
use proto::topics::ServiceName;
use proto::v1::gateway::{Caller, Command};
use proto::values::PhoneNumber;

use super::act::{ask, see};
use super::html::page;
use super::paging::{Paging, Part, Wanted};
use super::shell::{Looking, Place, Shell, not_for};
use super::trouble::Trouble;
use super::way::{Way, way};
use super::words;
use crate::app::AppState;
use crate::auth::roles::{Action, Seen};
use crate::auth::{Posted, Session};

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/calls", get(show)).route("/calls/{call}", post(rung_back))
}

#[derive(Template)]
#[template(path = "calls/list.html")]
struct CallsPage {
    shell: Shell,
    trouble: Option<Trouble>,
    /// Which way callers from outside take now.
    way: Way,
    may: bool,
    waiting: Part<Waiting>,
    done: Part<Done>,
    paging: Paging,
}

/// Somebody who waits to be rung back.
struct Waiting {
    id: InboundId,
    at: String,
    who: Who,
    how: &'static str,
    /// They rang again since, and somebody took it.
    taken_since: Option<String>,
}

/// Somebody who was rung back.
struct Done {
    at: String,
    who: String,
    by: String,
    rung_at: String,
}

/// Who rang, as far as those at base need it to ring back.
struct Who {
    words: String,
    /// How it is shown, and how it is dialled.
    number: Option<(String, String)>,
}

/// So many callers wait to be rung back.
pub(super) fn waiting(view: &crate::view::SchoolView) -> usize {
    view.gateway.calls.not_taken().filter(|(_, call)| call.rung_back.is_none()).count()
}

fn show_list(look: &Looking<'_>, trouble: Option<Trouble>, wanted: &Wanted) -> Response {
    if !look.session.may(Action::See(Seen::Messages)) {
        return not_for(
            look,
            Place::Calls,
            "Callers are shown to base: the office, seniors, the head and the DSL.",
        );
    }
    let mut paging = wanted.lists();
    let finds = |call: &Call| !wanted.is_search() || wanted.finds(&[&who(look, call, false).words]);
    let not_taken = look.view.gateway.calls.not_taken().filter(|(_, call)| finds(call));
    let (done, waiting): (Vec<_>, Vec<_>) = not_taken.partition(|(_, call)| call.rung_back.is_some());
    let waiting = wanted.part("waiting", waiting, &mut paging).map(|(id, call)| waits(look, id, call));
    let rung: Vec<_> = done.into_iter().filter_map(|(_, call)| Some((call, call.rung_back?))).collect();
    let done = wanted.part("done", rung, &mut paging).map(|(call, rung)| Done {
        at: look.when().at(call.received_at),
        who: who(look, call, false).words,
        by: look.view.person_name(rung.by),
        rung_at: look.when().at(rung.at),
    });
    let status = trouble.as_ref().map_or(StatusCode::OK, |trouble| trouble.status);
    let may = look.may(ServiceName::Gateway, "RecordRungBack");
    let (shell, way) = (look.shell(Place::Calls), way(look));
    page(status, &CallsPage { shell, trouble, way, may, waiting, done, paging })
}

fn waits(look: &Looking<'_>, id: InboundId, call: &Call) -> Waiting {
    let how = if call.help {
        "called for help, and nobody took it"
    } else if call.exhausted {
        "nobody of the whole route took it"
    } else {
        "hung up while it rang"
    };
    let later = look.view.gateway.calls.newest().take_while(|(other, _)| *other != id);
    let mut taken =
        later.filter(|(_, other)| is_the_same(&call.from, &other.from) && other.was_taken()).map(|(_, c)| c);
    Waiting {
        id,
        at: look.when().at(call.received_at),
        who: who(look, call, true),
        how,
        taken_since: taken.next().map(|other| look.when().at(other.received_at)),
    }
}

/// Withheld numbers are nobody's: one can't be told from another.
fn is_the_same(one: &Caller, other: &Caller) -> bool {
    !matches!(one, Caller::Stranger { number: None }) && one == other
}

fn who(look: &Looking<'_>, call: &Call, with_number: bool) -> Who {
    let about = call.trip.map(|trip| format!(" of {}", look.view.trip_title(trip))).unwrap_or_default();
    match &call.from {
        Caller::Device { device, person, pupil, .. } => {
            let tag = look.view.device_tag(*device);
            let words = match (person, pupil) {
                (Some(person), _) => format!("{}{about}, phone {tag}", look.view.person_name(*person)),
                (None, Some(_)) => format!("a pupil{about}, phone {tag}"),
                (None, None) => format!("phone {tag}"),
            };
            let number = look.view.gateway.devices.get(device).map(|device| device.number.clone());
            Who { words, number: number.map(|number| shown(&number)) }
        }
        Caller::Stranger { number } => {
            let number = number.as_ref().and_then(|number| number.get());
            let host = if call.trip.is_some() { format!("the host{about}, ") } else { String::new() };
            match (number, with_number) {
                (None, _) => Who { words: format!("{host}number withheld"), number: None },
                (Some(number), true) => {
                    let known = PhoneNumber::parse(number);
                    let number = known.map_or_else(|_| (number.clone(), number.clone()), |n| shown(&n));
                    Who { words: format!("{host}somebody outside"), number: Some(number) }
                }
                (Some(number), false) => {
                    Who { words: format!("{host}{}", words::stranger(Some(number))), number: None }
                }
            }
        }
    }
}

fn shown(number: &PhoneNumber) -> (String, String) {
    (number.national(), number.e164().to_owned())
}

async fn show(State(state): State<AppState>, session: Session, Query(wanted): Query<Wanted>) -> Response {
    let view = state.view_of(&session);
    show_list(&Looking::new(&state, &view, &session), None, &wanted)
}

async fn rung_back(State(state): State<AppState>, Path(call): Path<InboundId>, posted: Posted) -> Response {
    match ask::<Gateway>(&state, &posted, "rung-back", Command::RecordRungBack { call }).await {
        Ok(()) => see("/calls"),
        Err(trouble) => {
            let view = state.view_of(&posted.session);
            show_list(&Looking::new(&state, &view, &posted.session), Some(trouble), &Wanted::default())
        }
    }
}
