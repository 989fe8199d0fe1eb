//! Webhooks of calls in. Each post is put before the decider; what the caller hears next is rendered from where the call
//! stands after the commit. A post that comes twice, or late, finds the same words.
//!
//! When nothing can be journalled the caller is not left with an error: they are put through to the office's line, without
//! a record.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chassis::school::School;
use proto::envelope::Outcome;
use proto::ids::{CommandId, InboundId, SchoolId, derive_uuid};
use proto::v1::gateway::{Command, DialOutcome};
use proto::values::RingSecs;
use uuid::Uuid;

use super::twiml::{self, Dial};
use super::webhooks::{Signed, xml};
use crate::calls::{Call, Dialling, Spoken, Stage};
use crate::channels::ProviderConfig;
use crate::door::Door;
use crate::incoming::school_of;

/// So long a caller waits for what becomes of their word. (The provider gives up after 15 seconds.)
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// How long keys are waited for: one key, and each key of a count.
const KEY_SECS: u8 = 6;

pub(super) fn routes() -> axum::Router<Door> {
    axum::Router::new()
        .route("/twilio/voice", post(rings))
        .route("/twilio/voice/keys", post(keys))
        .route("/twilio/voice/next", post(next))
        .route("/twilio/voice/whisper", post(whisper))
        .route("/twilio/voice/whisper-answer", post(whisper_answer))
        .route("/twilio/voice/ended", post(ended))
}

/// One call of one school.
struct At {
    school: SchoolId,
    call: InboundId,
    /// What whoever is rung sees as the caller's number.
    shown: String,
}

impl At {
    fn of(door: &Door, post: &Signed) -> Option<Self> {
        let (school, call) = (post.about.school.clone()?, post.about.call?);
        Some(Self { school, call, shown: caller_id(door, post) })
    }

    fn id(&self, what: &str, number: u16) -> CommandId {
        CommandId(derive_uuid(self.call.0, what, u64::from(number)))
    }
}

/// A call is known by the provider's id of it, so that what is posted of it finds it without an address of ours.
fn call_of(sid: &str) -> InboundId {
    InboundId(derive_uuid(Uuid::nil(), sid, 0))
}

fn bad_request() -> Response {
    StatusCode::BAD_REQUEST.into_response()
}

async fn rings(State(door): State<Door>, post: Signed) -> Response {
    let (sid, from) = (post.value("CallSid"), post.value("From"));
    let Some(school) = school_of(&door, post.about.school.clone(), from) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    if sid.is_empty() {
        return bad_request();
    }
    let at = At { school, call: call_of(sid), shown: caller_id(&door, &post) };
    let received_at = door.inner.clock.now();
    let (provider_id, from) = (sid.to_owned(), from.to_owned());
    let command = Command::TakeCall { call: at.call, provider_id, from, received_at };
    let outcome = door.inner.ask(&at.school, at.id("rings", 0), &command).await;
    answer(&door, &at, &outcome)
}

async fn keys(State(door): State<Door>, post: Signed) -> Response {
    let Some((at, turn)) = At::of(&door, &post).zip(post.about.turn) else { return bad_request() };
    let (keys, received_at) = (post.value("Digits").to_owned(), door.inner.clock.now());
    let command = Command::TakeCallKeys { call: at.call, turn, keys, received_at };
    let outcome = door.inner.ask(&at.school, at.id("keys", turn), &command).await;
    // What checkins makes of a word comes a moment later.
    let is_told = |state: &crate::State| {
        !state.calls.get(at.call).is_some_and(|call| matches!(call.stage, Stage::Said { .. }))
    };
    door.inner.view.until(&at.school, ANSWER_WAIT, is_told).await;
    answer(&door, &at, &outcome)
}

async fn next(State(door): State<Door>, post: Signed) -> Response {
    let Some((at, step)) = At::of(&door, &post).zip(post.about.step) else { return bad_request() };
    let bridged = post.value("DialBridged") == "true";
    let caller_gone = matches!(post.value("CallStatus"), "completed" | "canceled");
    let outcome = match post.value("DialCallStatus") {
        "completed" | "answered" if bridged => DialOutcome::Taken,
        "completed" | "answered" => DialOutcome::NotTaken,
        "busy" => DialOutcome::Busy,
        _ if caller_gone => DialOutcome::CallerGone,
        "no-answer" | "canceled" => DialOutcome::NoAnswer,
        _ => DialOutcome::Failed,
    };
    let command = Command::RecordDial { call: at.call, step, outcome };
    let outcome = door.inner.ask(&at.school, at.id("dialled", step), &command).await;
    answer(&door, &at, &outcome)
}

/// What whoever is rung hears: only a key proves that a person answered.
async fn whisper(State(door): State<Door>, post: Signed) -> Response {
    let Some((at, step)) = At::of(&door, &post).zip(post.about.step) else { return bad_request() };
    let words = |school: &School, state: &crate::State| {
        let call = state.calls.get(at.call)?;
        let Stage::Ringing(dialling) = &call.stage else { return None };
        Some(spoken(school, state).whisper(call, dialling))
    };
    let words = door.inner.view.read(&at.school, words).flatten();
    xml(match words {
        Some(words) => {
            twiml::whisper(&words, &address(&door, "whisper-answer", &at, &format!("step={step}")))
        }
        None => twiml::say_and_hang_up("The caller has gone. Goodbye."),
    })
}

async fn whisper_answer(State(door): State<Door>, post: Signed) -> Response {
    let Some((at, step)) = At::of(&door, &post).zip(post.about.step) else { return bad_request() };
    if !post.value("Digits").starts_with('1') {
        return xml(twiml::hang_up());
    }
    let command = Command::AcceptCall { call: at.call, step };
    match door.inner.ask(&at.school, at.id("accepted", step), &command).await {
        // Somebody is on the phone: whatever the journal says, they are joined.
        Outcome::Accepted { .. } | Outcome::Faulted { .. } => xml(twiml::empty()),
        Outcome::Refused { .. } => xml(twiml::hang_up()),
    }
}

/// The number's own status callback, if one is set there: the caller has hung up.
async fn ended(State(door): State<Door>, post: Signed) -> Response {
    let (sid, from) = (post.value("CallSid"), post.value("From"));
    let over = matches!(post.value("CallStatus"), "completed" | "busy" | "failed" | "no-answer" | "canceled");
    let Some(school) = school_of(&door, post.about.school.clone(), from).filter(|_| over) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    let at = At { school, call: call_of(sid), shown: caller_id(&door, &post) };
    let command = Command::EndCall { call: at.call };
    match door.inner.ask(&at.school, at.id("ended", 0), &command).await {
        Outcome::Accepted { .. } | Outcome::Refused { .. } => StatusCode::NO_CONTENT.into_response(),
        Outcome::Faulted { .. } => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn answer(door: &Door, at: &At, outcome: &Outcome) -> Response {
    match outcome {
        Outcome::Accepted { .. } | Outcome::Refused { .. } => {
            let rendered = |school: &School, state: &crate::State| {
                state.calls.get(at.call).map(|call| render(door, at, school, state, call))
            };
            xml(door.inner.view.read(&at.school, rendered).flatten().unwrap_or_else(twiml::hang_up))
        }
        Outcome::Faulted { message } => {
            tracing::error!(message, "HW-D1 a call could not be journalled: it is put through to the office");
            xml(without_a_record(door, at))
        }
    }
}

fn spoken<'a>(school: &'a School, state: &'a crate::State) -> Spoken<'a> {
    Spoken { state, school: school.name.as_str(), zone: &school.zone }
}

fn address(door: &Door, what: &str, at: &At, more: &str) -> String {
    let base = &door.inner.config.public_base;
    format!("{base}/twilio/voice/{what}?school={}&call={}&{more}", at.school, at.call)
}

/// What the caller hears, as the call stands.
fn render(door: &Door, at: &At, school: &School, state: &crate::State, call: &Call) -> String {
    let words = spoken(school, state);
    let asked = || address(door, "keys", at, &format!("turn={}", call.turn));
    let said = |text: String| words.marked(call, &text);
    match &call.stage {
        Stage::Menu {} => twiml::one_key(&said(words.menu()), &asked(), KEY_SECS),
        Stage::Counting {} => {
            twiml::keys(&said(words.count(call.turn > 2 && call.words == 0)), &asked(), KEY_SECS)
        }
        Stage::Said { .. } => twiml::one_key(&said(words.written_down()), &asked(), KEY_SECS),
        Stage::Told { message } => twiml::one_key(&said(words.told(message)), &asked(), KEY_SECS),
        Stage::Ringing(dialling) => dial(door, at, &words, call, dialling),
        Stage::Exhausted(dialling) => twiml::say_and_hang_up(&said(words.exhausted(call, dialling))),
        Stage::Received {} | Stage::Through(_) | Stage::Ended { .. } => twiml::hang_up(),
    }
}

fn dial(door: &Door, at: &At, words: &Spoken<'_>, call: &Call, dialling: &Dialling) -> String {
    let Some(step) = dialling.current() else { return twiml::hang_up() };
    let Some(number) = words.state.number_of(step.via) else { return twiml::hang_up() };
    let about = format!("step={}", dialling.step);
    twiml::say_and_dial(
        &words.marked(call, &words.holding(call, dialling)),
        &Dial {
            action: Some(&address(door, "next", at, &about)),
            ring: step.ring_secs,
            caller_id: &at.shown,
            whisper: Some(&address(door, "whisper", at, &about)),
            number: number.e164(),
        },
    )
}

/// The school's own number with the account by which the call came: no account may show another one's. A caller who withholds
/// theirs shows no valid one, and nobody's number is shown to anybody.
fn caller_id(door: &Door, post: &Signed) -> String {
    let accounts = || {
        door.inner.config.channels.providers.iter().filter_map(|(_, config)| match config {
            ProviderConfig::Twilio(account) => Some(account),
            ProviderConfig::SmsGate(_) | ProviderConfig::Smtp(_) => None,
        })
    };
    let rung = accounts().find(|account| account.from.e164() == post.value("To"));
    let of_the_account = || accounts().find(|account| account.account_sid == post.value("AccountSid"));
    let found = rung.or_else(of_the_account).or_else(|| accounts().next());
    found.map(|account| account.from.e164().to_owned()).unwrap_or_default()
}

/// Homeward's own fault must not cost a caller their call.
fn without_a_record(door: &Door, at: &At) -> String {
    let office = door.inner.view.read(&at.school, |_, state| state.office_number().cloned()).flatten();
    let Some(office) = office else {
        return twiml::say_and_hang_up("We are sorry, you can't be put through now. In danger, dial 9 9 9.");
    };
    let dial = Dial {
        action: None,
        ring: RingSecs::MOBILE,
        caller_id: &at.shown,
        whisper: None,
        number: office.e164(),
    };
    twiml::say_and_dial("Please hold, you are put through.", &dial)
}
