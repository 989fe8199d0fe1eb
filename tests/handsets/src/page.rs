//! The page: every phone as a card, live, with buttons for what a person can do. For the demo.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_stream::wrappers::WatchStream;

use crate::{
    config::{Kind, Phone},
    failures::{CallBehaviour, TextBehaviour},
    line::{self, Signal},
    messages,
    server::{App, is_e164},
    world::{Call, PhoneState, Shared, World},
};

/// Texts and calls that a card shows, and lines of the wire.
const TEXTS_SHOWN: usize = 40;
const CALLS_SHOWN: usize = 4;
const LINES_SHOWN: usize = 60;
/// The page takes longer silence for a lost server.
const BEAT: Duration = Duration::from_secs(3);
const MAX_TEXT: usize = 1_600;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(|| file("text/html; charset=utf-8", include_str!("../page/index.html"))))
        .route("/page/handsets.css", get(|| file("text/css", include_str!("../page/handsets.css"))))
        .route("/page/handsets.js", get(|| file("text/javascript", include_str!("../page/handsets.js"))))
        .route("/page/card.js", get(|| file("text/javascript", include_str!("../page/card.js"))))
        .route("/page/icon.svg", get(|| file("image/svg+xml", include_str!("../page/icon.svg"))))
        .route("/page/events", get(events))
        .route("/page/phones/{number}/texts", post(send))
        .route("/page/phones/{number}/ring", post(ring))
        .route("/page/rings", post(rings))
        .route("/page/phones/{number}/behaviour", post(behave))
        .route("/page/calls/{sid}", post(act))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    (headers, text)
}

/// The whole picture after each change, and a beat in between.
async fn events(State(shared): App) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stop = shared.stop.clone().cancelled_owned();
    let pictures = WatchStream::new(shared.changes())
        .map(move |_| Ok(Event::default().event("picture").data(picture(&shared).to_string())))
        .take_until(stop);
    Sse::new(pictures)
        .keep_alive(KeepAlive::new().interval(BEAT).event(Event::default().event("beat").data("still here")))
}

fn picture(shared: &Shared) -> Value {
    shared.see(|world| {
        let phones: Vec<Value> = world.phones.iter().map(|phone| phone_picture(world, phone)).collect();
        let skipped = world.log.len().saturating_sub(LINES_SHOWN);
        json!({
            "school": shared.config.school_number,
            "phones": phones,
            "wire": world.log.iter().skip(skipped).collect::<Vec<_>>(),
            "violations": world.violations,
        })
    })
}

fn phone_picture(world: &World, state: &PhoneState) -> Value {
    let number = &state.phone.number;
    let mut texts: Vec<_> =
        world.texts.iter().rev().filter(|t| t.handset() == number).take(TEXTS_SHOWN).collect();
    let mut calls: Vec<_> =
        world.calls.iter().rev().filter(|c| c.handset() == number).take(CALLS_SHOWN).collect();
    texts.reverse();
    calls.reverse();
    json!({
        "number": number,
        "label": state.phone.label,
        "kind": state.phone.kind,
        "outside": state.phone.outside,
        "opted_out": state.opted_out,
        "call_behaviour": state.calls,
        "text_behaviour": state.texts,
        "texts": texts,
        "calls": calls.into_iter().map(call_picture).collect::<Vec<_>>(),
    })
}

fn call_picture(call: &Call) -> Value {
    json!({
        "sid": call.sid,
        "direction": call.direction,
        "from": call.from,
        "to": call.to,
        "withheld": call.withheld,
        "status": call.status,
        "listening": call.listening,
        "created": call.created,
        "started": call.started,
        "ended": call.ended,
        "transcript": call.transcript,
    })
}

#[derive(Deserialize)]
struct Words {
    body: String,
}

async fn send(State(shared): App, Path(number): Path<String>, Json(words): Json<Words>) -> StatusCode {
    let known =
        shared.see(|world| world.phones.iter().find(|p| p.phone.number == number).map(|p| p.phone.kind));
    match known {
        None => StatusCode::NOT_FOUND,
        Some(Kind::Landline) => StatusCode::CONFLICT,
        Some(Kind::Smartphone | Kind::Button) if words.body.chars().count() > MAX_TEXT => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Some(Kind::Smartphone | Kind::Button) => {
            let world = shared.clone();
            shared.spawn(async move {
                messages::send_from(&world, &number, &words.body).await;
            });
            StatusCode::ACCEPTED
        }
    }
}

/// How a phone rings the school.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Manner {
    withheld: bool,
}

async fn ring(State(shared): App, Path(number): Path<String>, Json(manner): Json<Manner>) -> StatusCode {
    if shared.see(|world| world.phones.iter().all(|p| p.phone.number != number)) {
        return StatusCode::NOT_FOUND;
    }
    line::ring_school(&shared, &number, manner.withheld);
    StatusCode::ACCEPTED
}

/// Anybody at all rings the school.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    from: String,
    #[serde(default)]
    withheld: bool,
}

/// Answers with the call's id; a phone that isn't on the shelf is put there.
async fn rings(State(shared): App, Json(ring): Json<Ring>) -> Response {
    if !is_e164(&ring.from) {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    shared.change(|world| {
        if world.phones.iter().all(|state| state.phone.number != ring.from) {
            let (label, kind) = ("Somebody".to_owned(), Kind::of_number(&ring.from));
            world.add_phone(Phone { label, number: ring.from.clone(), kind, outside: true });
        }
    });
    let call = line::ring_school(&shared, &ring.from, ring.withheld);
    (StatusCode::ACCEPTED, Json(json!({ "sid": call.sid }))).into_response()
}

#[derive(Deserialize)]
struct Behaviours {
    calls: CallBehaviour,
    texts: TextBehaviour,
}

async fn behave(State(shared): App, Path(number): Path<String>, Json(to): Json<Behaviours>) -> StatusCode {
    shared.change(|world| {
        let Some(phone) = world.phones.iter_mut().find(|p| p.phone.number == number) else {
            return StatusCode::NOT_FOUND;
        };
        (phone.calls, phone.texts) = (to.calls, to.texts);
        StatusCode::NO_CONTENT
    })
}

/// What a person does with a call.
#[derive(Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
enum Deed {
    Answer,
    Decline,
    HangUp,
    Press { key: char },
}

async fn act(State(shared): App, Path(sid): Path<String>, Json(deed): Json<Deed>) -> StatusCode {
    let signal = match deed {
        Deed::Answer => Signal::Answer,
        Deed::Decline => Signal::Decline,
        Deed::HangUp => Signal::HangUp,
        Deed::Press { key } if key.is_ascii_digit() || key == '*' || key == '#' => Signal::Key(key),
        Deed::Press { .. } => return StatusCode::UNPROCESSABLE_ENTITY,
    };
    if line::signal(&shared, &sid, signal) { StatusCode::NO_CONTENT } else { StatusCode::CONFLICT }
}
