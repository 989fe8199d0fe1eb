//! What the API answers when something is not done: one shape for all.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use proto::refusal::RefusalBody;

use crate::asking::Asked;
use crate::auth::roles::Forbidden;

/// What stands after the question mark; where it can't be read, an error of the API's own shape.
pub(super) struct Asks<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asks<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let asked = Query::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|bad| ApiError::malformed(None, bad.body_text()))
    }
}

/// A status, and the body of a refusal: code, rule and field where there are some, message, remedy.
#[derive(Clone, PartialEq, Debug)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// What is wrong, and what helps.
    pub body: Box<RefusalBody>,
}

impl ApiError {
    fn new(status: StatusCode, code: &str, message: impl Into<String>, remedy: &str) -> Self {
        let body = RefusalBody {
            code: code.to_owned(),
            rule: None,
            field: None,
            message: message.into(),
            remedy: remedy.to_owned(),
            details: serde_json::Value::Null,
        };
        Self { status, body: Box::new(body) }
    }

    /// 400: what was sent can't be read; the field at fault, where one is.
    pub fn malformed(field: Option<String>, message: impl Into<String>) -> Self {
        let remedy = "Send what /api/v1/openapi.json describes.";
        let mut error = Self::new(StatusCode::BAD_REQUEST, "Malformed", message, remedy);
        error.body.field = field;
        error
    }

    /// 400 or 413: the body did not come, or not whole.
    pub fn unread_body(rejected: BytesRejection) -> Self {
        let remedy = "Send the body whole; a command has at most 64 KiB.";
        Self::new(rejected.status(), "Malformed", rejected.body_text(), remedy)
    }

    /// 401.
    pub fn not_logged_in() -> Self {
        let remedy = "Get a token by POST /api/v1/token and send it as Authorization: Bearer.";
        Self::new(StatusCode::UNAUTHORIZED, "NotLoggedIn", "a token that is good is needed", remedy)
    }

    /// 401: name or password is wrong.
    pub fn wrong_password(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "WrongPassword", message, "Check both, then try again.")
    }

    /// 401: the password is right, and a code is owed.
    pub fn code_needed(message: impl Into<String>) -> Self {
        let remedy = "Send the code that the app shows now, or one on paper, as `code`.";
        Self::new(StatusCode::UNAUTHORIZED, "CodeNeeded", message, remedy)
    }

    /// 401: a code is owed, and there is no second factor yet.
    pub fn second_factor_needed(message: impl Into<String>) -> Self {
        let remedy = "Log in by browser once, and set it up there.";
        Self::new(StatusCode::UNAUTHORIZED, "SecondFactorNeeded", message, remedy)
    }

    /// 401: the password is right, and here passwords are for administrators alone.
    pub fn password_not_taken(message: impl Into<String>) -> Self {
        let remedy = "A client logs in by password: [log_in] passwords_for = \"everyone\".";
        Self::new(StatusCode::UNAUTHORIZED, "PasswordNotTaken", message, remedy)
    }

    /// 403.
    pub fn forbidden(forbidden: Forbidden) -> Self {
        let remedy = "Ask somebody who has one of these roles.";
        Self::new(StatusCode::FORBIDDEN, "RoleNeeded", forbidden.to_string(), remedy)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, "Check the address.")
    }

    /// 429.
    pub fn too_often(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooOften", message, "Wait, then try again.")
    }

    /// 422: a rule stands against it.
    pub fn refused(body: Box<RefusalBody>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body }
    }

    /// 503: ask again.
    pub fn unavailable(message: String) -> Self {
        let remedy = "Ask again with the same Idempotency-Key.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Unavailable", message, remedy)
    }
}

impl From<Forbidden> for ApiError {
    fn from(forbidden: Forbidden) -> Self {
        Self::forbidden(forbidden)
    }
}

impl From<Asked> for ApiError {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Forbidden(forbidden) => Self::forbidden(forbidden),
            Asked::Refused(body) => Self::refused(body),
            Asked::Faulted(message) => Self::unavailable(message),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
