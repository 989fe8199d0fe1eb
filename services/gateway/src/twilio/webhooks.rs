//! What the provider posts to us. Every post is checked against its signature before anything else, and answered with
//! success only after the commit: what was not committed is posted again, or shows in the provider's log.

use axum::extract::{FromRequest, OriginalUri, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use proto::ids::{AttemptId, CommandId, InboundId, SchoolId, derive_uuid};
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Command, Message};
use serde::Deserialize;

use super::signature::{Form, is_signed};
use super::{status, twiml};
use crate::door::{Door, MeantFor};
use crate::incoming::{self, Incoming, after};
use crate::message_kind;
use crate::messages::Words;

/// The largest post that is read, in bytes. (A text has at most 1,600 characters.)
const MAX_POST_BYTES: usize = 64 * 1024;

pub(crate) fn router(door: Door) -> axum::Router {
    axum::Router::new()
        .route("/twilio/text", post(text))
        .route("/twilio/status", post(progress))
        .route("/twilio/voice/alert", post(alert))
        .route("/twilio/voice/key", post(key))
        .merge(super::voice_in::routes())
        .layer(axum::extract::DefaultBodyLimit::max(MAX_POST_BYTES))
        .with_state(door)
}

/// A post that the provider signed.
pub(super) struct Signed {
    form: Form,
    pub(super) about: About,
}

/// What our own addresses carry.
#[derive(Deserialize)]
pub(super) struct About {
    pub(super) school: Option<SchoolId>,
    attempt: Option<AttemptId>,
    #[serde(rename = "try")]
    tries: Option<u16>,
    /// A call in.
    pub(super) call: Option<InboundId>,
    /// Which step of its route.
    pub(super) step: Option<u16>,
    /// Which question of it.
    pub(super) turn: Option<u16>,
}

impl Signed {
    pub(super) fn value(&self, key: &str) -> &str {
        self.form.iter().find(|(k, _)| k == key).map_or("", |(_, value)| value.as_str())
    }

    fn attempt(&self) -> Option<(SchoolId, AttemptId)> {
        Some((self.about.school.clone()?, self.about.attempt?))
    }
}

impl FromRequest<Door> for Signed {
    type Rejection = Response;

    async fn from_request(request: Request, door: &Door) -> Result<Self, Response> {
        let tokens = door.inner.config.twilio_tokens();
        if tokens.is_empty() {
            return Err(StatusCode::NOT_FOUND.into_response());
        }
        let uri =
            request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().clone(), |o| o.0.clone());
        let path = uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str);
        let url = format!("{}{path}", door.inner.config.public_base);
        let given = request.headers().get("X-Twilio-Signature").and_then(|value| value.to_str().ok());
        let given = given.unwrap_or_default().to_owned();
        let mut about = Query::<About>::try_from_uri(&uri).map_err(IntoResponse::into_response)?.0;
        about.school = about.school.or_else(|| Some(request.extensions().get::<MeantFor>()?.0.clone()));
        let axum::Form(form) =
            axum::Form::<Form>::from_request(request, door).await.map_err(IntoResponse::into_response)?;
        if is_signed(&tokens, &url, &form, &given) {
            return Ok(Self { form, about });
        }
        metrics::counter!("homeward_gateway_unsigned_posts_total").increment(1);
        tracing::warn!(path = uri.path(), "a post without the provider's signature was refused");
        Err(StatusCode::FORBIDDEN.into_response())
    }
}

pub(super) fn xml(document: String) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], document).into_response()
}

async fn text(State(door): State<Door>, post: Signed) -> Response {
    let text = Incoming {
        school: post.about.school.clone(),
        provider_id: post.value("MessageSid").to_owned(),
        from: post.value("From").to_owned(),
        body: post.value("Body").to_owned(),
    };
    match incoming::take(&door, text).await {
        Ok(outcome) => after(&outcome, || xml(twiml::empty())),
        Err(status) => status.into_response(),
    }
}

async fn progress(State(door): State<Door>, post: Signed) -> Response {
    let Some((school, attempt)) = post.attempt() else { return StatusCode::BAD_REQUEST.into_response() };
    let code = Some(post.value("ErrorCode")).filter(|c| !c.is_empty()).and_then(|c| c.parse().ok());
    let is_call = !post.value("CallSid").is_empty();
    let (sid, word) = if is_call {
        (post.value("CallSid"), post.value("CallStatus"))
    } else {
        (post.value("MessageSid"), post.value("MessageStatus"))
    };
    let told = if is_call { status::of_call(word, sid, code) } else { status::of_text(word, sid, code) };
    let Some(progress) = told else { return StatusCode::NO_CONTENT.into_response() };
    let tries = post.about.tries;
    let id = CommandId(derive_uuid(attempt.0, &format!("{sid}/{word}/{}", tries.unwrap_or(0)), 0));
    let provider_id = Some(sid.to_owned()).filter(|sid| !sid.is_empty());
    let command = Command::RecordProgress { attempt, tries, provider_id, progress, fault: false };
    let outcome = door.inner.ask(&school, id, &command).await;
    after(&outcome, || StatusCode::NO_CONTENT.into_response())
}

/// What an alert call says, as things stand when it is answered.
async fn alert(State(door): State<Door>, post: Signed) -> Response {
    let Some((school, attempt)) = post.attempt() else { return StatusCode::BAD_REQUEST.into_response() };
    xml(menu(&door, &school, attempt, post.about.tries.unwrap_or(1)))
}

/// How a case stands, for somebody on the phone.
enum Standing {
    Open(String),
    /// Somebody has it: what is said.
    Owned(String),
    Over,
    /// It is no alert but a test of the line.
    Test(String),
    /// It is no alert: it is said, and that is all.
    Word(String),
}

fn standing(door: &Door, school: &SchoolId, attempt: AttemptId) -> Standing {
    let look = |school: &chassis::school::School, state: &crate::State| {
        let planned = state.attempts.get(attempt).filter(|a| a.channel == Channel::Voice)?;
        let words = Words { state, school: school.name.as_str(), zone: &school.zone };
        if let Message::LineTest { .. } = planned.message {
            return Some(Standing::Test(words.spoken_test()));
        }
        let Some(case) = planned.case() else {
            let said = words.spoken_word(&planned.message);
            return said.map(|said| Standing::Word(state.marked(planned, said)));
        };
        let owned = state.cases.get(&case)?.owned;
        let spoken = state.marked(planned, words.spoken_alert(&planned.message)?);
        tracing::debug!(kind = message_kind(&planned.message), "a call asks what to say");
        let has = || state.marked(planned, "Somebody has this alert already. Thank you. Goodbye.".to_owned());
        Some(if owned { Standing::Owned(has()) } else { Standing::Open(spoken) })
    };
    door.inner.view.read(school, look).flatten().unwrap_or(Standing::Over)
}

fn menu(door: &Door, school: &SchoolId, attempt: AttemptId, tries: u16) -> String {
    match standing(door, school, attempt) {
        Standing::Open(spoken) | Standing::Test(spoken) => {
            twiml::alert_menu(&spoken, &door.inner.callback("voice/key", school, attempt, tries))
        }
        Standing::Owned(spoken) => twiml::say_and_hang_up(&spoken),
        Standing::Over => twiml::say_and_hang_up("This alert is over. Thank you. Goodbye."),
        Standing::Word(spoken) => twiml::say_and_hang_up(&spoken),
    }
}

/// CHECK-2: a digit is the only proof of a person.
async fn key(State(door): State<Door>, post: Signed) -> Response {
    let Some((school, attempt)) = post.attempt() else { return StatusCode::BAD_REQUEST.into_response() };
    let Some(key) = post.value("Digits").chars().next() else {
        return xml(menu(&door, &school, attempt, post.about.tries.unwrap_or(1)));
    };
    // How things stand before the key counts: alerts is asked by it a moment later.
    let before = standing(&door, &school, attempt);
    let id = CommandId(derive_uuid(attempt.0, &format!("{}/key/{key}", post.value("CallSid")), 0));
    let command = Command::TakeKey { attempt, key, received_at: door.inner.clock.now() };
    let outcome = door.inner.ask(&school, id, &command).await;
    after(&outcome, || {
        xml(match (key, before) {
            ('1', Standing::Open(_)) => {
                twiml::say_and_hang_up("Thank you. The alert is yours. Act now. Goodbye.")
            }
            ('1', Standing::Test(_)) => twiml::say_and_hang_up("Thank you. The line works. Goodbye."),
            _ => menu(&door, &school, attempt, post.about.tries.unwrap_or(1)),
        })
    })
}
