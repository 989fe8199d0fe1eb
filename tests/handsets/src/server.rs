//! The door: routes, log-in, and how a refusal looks.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::{
    calls,
    contract::{self, Form, Operation},
    failures::{Failure, words},
    messages, page,
    world::Shared,
};

pub(crate) type App = State<Arc<Shared>>;
/// The values of a request that keeps the contract.
pub(crate) type Values = Map<String, Value>;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let rest = Router::new()
        .route("/Messages.json", get(messages::list).post(messages::create))
        .route("/Messages/{sid}", get(messages::fetch).post(messages::update))
        .route("/Calls.json", get(calls::list).post(calls::create))
        .route("/Calls/{sid}", get(calls::fetch).post(calls::update))
        .layer(middleware::from_fn_with_state(shared.clone(), log_in));
    Router::new()
        .nest(&format!("/2010-04-01/Accounts/{}", shared.config.account_sid), rest)
        .merge(page::router())
        .with_state(shared)
}

/// A refusal as Twilio words it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    code: u32,
}

impl Refused {
    pub(crate) fn code(code: u32) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code }
    }

    pub(crate) fn not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, code: 20404 }
    }

    fn answer(self, detail: &str) -> Response {
        let body = json!({
            "code": self.code,
            "message": if detail.is_empty() { words(self.code) } else { detail },
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        (self.status, Json(body)).into_response()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.answer("")
    }
}

async fn log_in(State(shared): App, request: Request, next: Next) -> Response {
    let expected = format!("{}:{}", shared.config.account_sid, shared.config.auth_token);
    let expected = format!("Basic {}", BASE64_STANDARD.encode(expected));
    let given = request.headers().get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    if !bool::from(given.ct_eq(expected.as_bytes())) {
        return Refused { status: StatusCode::UNAUTHORIZED, code: 20003 }.into_response();
    }
    let what =
        format!("{} {}", request.method(), request.uri().path().rsplit('/').next().unwrap_or_default());
    let answer = next.run(request).await;
    shared.log(false, format!("{what} → {}", answer.status().as_u16()));
    answer
}

/// A form or query as pairs, in the order given, keys repeated as they were.
pub(crate) struct Pairs(pub(crate) Form);

impl FromRequest<Arc<Shared>> for Pairs {
    type Rejection = Response;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Response> {
        let form = axum::Form::<Form>::from_request(request, shared).await;
        form.map(|axum::Form(pairs)| Self(pairs)).map_err(IntoResponse::into_response)
    }
}

/// Holds a request against the document; what breaks it is kept and refused.
#[expect(clippy::result_large_err, reason = "the answer is ready to be sent")]
pub(crate) fn keeps_contract(shared: &Shared, operation: Operation, form: &Form) -> Result<Values, Response> {
    contract::check_request(operation, form).map_err(|violations| {
        let bad_number = form.iter().any(|(key, value)| key == "To" && !is_e164(value));
        let creates = matches!(operation, Operation::CreateMessage | Operation::CreateCall);
        let code = if bad_number && creates { 21211 } else { 20001 };
        let detail = violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        shared.change(|world| world.violations.extend(violations));
        Refused::code(code).answer(if code == 21211 { "" } else { &detail })
    })
}

/// An answer of ours, held against the document too.
pub(crate) fn answer(shared: &Shared, operation: Operation, status: StatusCode, body: Value) -> Response {
    let violations = contract::check_answer(operation, &body);
    shared.change(|world| world.violations.extend(violations));
    (status, Json(body)).into_response()
}

/// Takes the next failure asked for: those that come before anything is done are answered here.
#[expect(clippy::result_large_err, reason = "the answer is ready to be sent")]
pub(crate) fn failing(shared: &Shared) -> Result<Option<Failure>, Response> {
    let failure = shared.change(|world| world.failures.pop_front());
    match failure {
        Some(Failure::TooManyRequests) => {
            Err(Refused { status: StatusCode::TOO_MANY_REQUESTS, code: 20429 }.into_response())
        }
        Some(Failure::ServerError) => {
            Err(Refused { status: StatusCode::INTERNAL_SERVER_ERROR, code: 20500 }.into_response())
        }
        Some(Failure::Refuse(code)) => Err(Refused::code(code).into_response()),
        Some(Failure::AcceptThenServerError | Failure::AcceptThenHang | Failure::AcceptThenCutOff) | None => {
            Ok(failure)
        }
    }
}

/// How an accepted request is answered, given the failure that was asked for.
pub(crate) async fn after_accepting(
    shared: &Shared,
    failure: Option<Failure>,
    accepted: Response,
) -> Response {
    match failure {
        None | Some(Failure::TooManyRequests | Failure::ServerError | Failure::Refuse(_)) => accepted,
        Some(Failure::AcceptThenServerError) => {
            Refused { status: StatusCode::SERVICE_UNAVAILABLE, code: 20500 }.into_response()
        }
        Some(Failure::AcceptThenHang) => {
            shared.stop.cancelled().await;
            accepted
        }
        Some(Failure::AcceptThenCutOff) => {
            let broken = futures::stream::iter([
                Ok(Bytes::from_static(b"{\"sid\":")),
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
            ]);
            (StatusCode::CREATED, Body::from_stream(broken)).into_response()
        }
    }
}

/// A page of a list, in the shape the document gives.
pub(crate) fn page_of(shared: &Shared, name: &str, values: &Values, all: Vec<Value>) -> Value {
    let number = |key: &str| values.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    let size = number("PageSize").unwrap_or(50).clamp(1, 1_000);
    let page = number("Page").unwrap_or(0);
    let start = page.saturating_mul(size);
    let at = |page: usize| {
        format!(
            "/2010-04-01/Accounts/{}/{}.json?PageSize={size}&Page={page}",
            shared.config.account_sid,
            if name == "messages" { "Messages" } else { "Calls" }
        )
    };
    let more = all.len() > start.saturating_add(size);
    let items: Vec<Value> = all.into_iter().skip(start).take(size).collect();
    json!({
        "end": start + items.len().saturating_sub(1),
        "first_page_uri": at(0),
        "next_page_uri": more.then(|| at(page + 1)),
        "page": page,
        "page_size": size,
        "previous_page_uri": (page > 0).then(|| at(page - 1)),
        "start": start,
        "uri": at(page),
        name: items,
    })
}

/// Whether an instant passes the filters on `field` (`DateSent`, `DateSent<`, `DateSent>`; a day, or an instant).
pub(crate) fn in_range(values: &Values, field: &str, at: Option<jiff::Timestamp>) -> bool {
    let text = |suffix: &str| values.get(&format!("{field}{suffix}")).and_then(Value::as_str);
    if text("").or(text("<")).or(text(">")).is_none() {
        return true;
    }
    let Some(at) = at else { return false };
    let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    // A bare day covers the whole of it; both bounds are inclusive, as Twilio documents them.
    let compare = |bound: &str| match bound.parse::<jiff::Timestamp>() {
        Ok(instant) => at.cmp(&instant),
        Err(_) => bound.parse::<jiff::civil::Date>().map_or(std::cmp::Ordering::Equal, |date| day.cmp(&date)),
    };
    text("").is_none_or(|bound| compare(bound).is_eq())
        && text("<").is_none_or(|bound| compare(bound).is_le())
        && text(">").is_none_or(|bound| compare(bound).is_ge())
}

/// Dates as Twilio writes them: `Thu, 24 Aug 2023 05:01:45 +0000`.
pub(crate) fn rfc2822(at: jiff::Timestamp) -> String {
    jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

pub(crate) fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

pub(crate) fn text_of(values: &Values, key: &str) -> Option<String> {
    values.get(key).and_then(Value::as_str).map(str::to_owned)
}

pub(crate) fn texts_of(values: &Values, key: &str) -> Vec<String> {
    let list = values.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
