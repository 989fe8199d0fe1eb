//! Bearer tokens.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::http::request::Parts;
use proto::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::app::AppState;
use crate::auth::{self, Credentials, LogInRefused, Network};

/// What is sent for a token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenRequest {
    /// The name that is typed to log in.
    login: String,
    /// The password.
    password: String,
    /// A code of the second factor, where the log-in has one.
    #[serde(default)]
    code: Option<String>,
}

/// A token.
#[derive(Serialize, JsonSchema)]
pub(super) struct Token {
    /// Sent as `Authorization: Bearer …`.
    token: String,
    /// Until when it is good.
    expires_at: Timestamp,
}

pub(super) async fn issue(
    State(state): State<AppState>,
    from: Network,
    request: Result<Json<TokenRequest>, JsonRejection>,
) -> Result<Json<Token>, ApiError> {
    let Json(request) = request.map_err(|bad| ApiError::malformed(None, bad.body_text()))?;
    let password = SecretString::from(request.password);
    let credentials = Credentials { name: request.login, password };
    match auth::log_in_client(&state, credentials, request.code, from).await {
        Ok(token) => Ok(Json(Token { token: token.secret, expires_at: token.ends_at })),
        Err(why) => Err(match why {
            LogInRefused::Wrong => ApiError::wrong_password(why.to_string()),
            LogInRefused::CodeNeeded | LogInRefused::WrongCode => ApiError::code_needed(why.to_string()),
            LogInRefused::FactorNeeded => ApiError::second_factor_needed(why.to_string()),
            LogInRefused::ByProvider => ApiError::password_not_taken(why.to_string()),
            LogInRefused::TooOften | LogInRefused::TooManyCodes => ApiError::too_often(why.to_string()),
            LogInRefused::Fault(_) => ApiError::unavailable(why.to_string()),
        }),
    }
}

pub(super) async fn revoke(State(state): State<AppState>, parts: Parts) -> Result<StatusCode, ApiError> {
    let token = auth::bearer_token(&parts).ok_or_else(ApiError::not_logged_in)?;
    match auth::revoke(&state, token).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(fault) => Err(ApiError::unavailable(fault.to_string())),
    }
}
