//! A person who logged in.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use proto::ids::{PersonId, SchoolId};
use proto::v1::people::Role;

use super::cookie::{self, Jar};
use super::revoked::{Judged, judged};
use super::{factor, roles, tokens};
use crate::app::AppState;
use crate::db::{SessionKind, StoredSession};
use crate::view::SeenBy;

/// A session that isn't used for so long ends. A board that is left open uses it all the time.
pub const IDLE: SignedDuration = SignedDuration::from_hours(12);

/// No session lasts longer.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Use is noted once in so long.
const TOUCH: SignedDuration = SignedDuration::from_secs(60);

/// A person who logged in, with the roles that they have now.
///
/// As an extractor: without one a browser is sent to the log-in page, and comes back afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The school.
    pub school: SchoolId,
    /// The person who acts.
    pub person: PersonId,
    /// What they may do, as the register has it now.
    pub roles: BTreeSet<Role>,
    /// The name they logged in by.
    pub login: String,
    /// What each form of theirs carries in its hidden field `form_token`.
    pub form_token: String,
    /// What a page shows of duress: see [`SeenBy`].
    pub seen_by: SeenBy,
}

/// Why there is no session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoSession {
    /// None was sent, or it ended.
    LogIn,
    /// Whose it is can't be told yet: nothing was heard so far.
    Starting,
    /// The database failed.
    Fault,
}

impl Session {
    /// Whether the table of roles lets them ask that of a service; see [`roles`].
    pub fn may(&self, action: roles::Action<'_>) -> bool {
        roles::may(&self.roles, action).is_ok()
    }

    /// Whether they have any of these roles.
    pub fn has_any(&self, any: &[Role]) -> bool {
        any.iter().any(|role| self.roles.contains(role))
    }

    /// The session of a request's cookie.
    pub(crate) async fn of_cookie(state: &AppState, headers: &HeaderMap) -> Result<Self, NoSession> {
        let secret = cookie::secret(Jar::Session, headers, state.is_secure()).ok_or(NoSession::LogIn)?;
        Self::of_secret(state, &secret, SessionKind::Cookie).await
    }

    /// The session of a secret.
    pub(crate) async fn of_secret(
        state: &AppState,
        secret: &str,
        kind: SessionKind,
    ) -> Result<Self, NoSession> {
        let hash = tokens::stored(secret);
        let found = state.db().session(hash, kind).await.map_err(|fault| {
            tracing::error!(%fault, "HW-D2 the database of log-ins failed");
            NoSession::Fault
        })?;
        let mut found = found.ok_or(NoSession::LogIn)?;
        let now = state.login_clock().now();
        let idle = now.duration_since(found.used_at);
        if now >= found.ends_at || idle >= IDLE {
            // It counts as gone whether this works or not.
            let _ = state.db().end_session(hash).await;
            return Err(NoSession::LogIn);
        }
        let by_now = state.view().school(&found.school).map(|view| judged(&view, &found));
        match by_now.unwrap_or(Judged::GoesOn) {
            Judged::GoesOn => {}
            Judged::WithMore(roles) => {
                if let Err(fault) = state.db().note_roles(hash, &roles).await {
                    tracing::warn!(%fault, "could not note which roles a session is used with");
                }
                found.roles = Some(roles);
            }
            Judged::Ends => {
                // It counts as gone whether this works or not.
                let _ = state.db().end_session(hash).await;
                return Err(NoSession::LogIn);
            }
        }
        if idle >= TOUCH
            && let Err(fault) = state.db().touch_session(hash, now).await
        {
            tracing::warn!(%fault, "could not note that a session was used");
        }
        Self::of_person(state, found, secret)
    }

    fn of_person(state: &AppState, found: StoredSession, secret: &str) -> Result<Self, NoSession> {
        let view = state.view().school(&found.school).ok_or(NoSession::LogIn)?;
        let Some(member) = view.people.member(found.person) else {
            return Err(if view.freshness.begun { NoSession::LogIn } else { NoSession::Starting });
        };
        // While the database was asked they may have lost a role: no session is given with roles that it wasn't judged by.
        if judged(&view, &found) == Judged::Ends {
            return Err(NoSession::LogIn);
        }
        // A role that came since, and needs a second factor: they log in again, with one.
        if !found.second_factor && factor::needs(state, member.roles.iter()) {
            return Err(NoSession::LogIn);
        }
        Ok(Self {
            roles: member.roles.clone(),
            person: found.person,
            login: found.login_name,
            form_token: tokens::form_token(secret),
            seen_by: SeenBy::Person(found.person),
            school: found.school,
        })
    }
}

impl FromRequestParts<AppState> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        Self::of_cookie(state, &parts.headers).await.map_err(|why| why.page(parts))
    }
}

impl OptionalFromRequestParts<AppState> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(Self::of_cookie(state, &parts.headers).await.ok())
    }
}

impl NoSession {
    /// What a browser gets.
    fn page(self, parts: &Parts) -> Response {
        // A stream is no page: its listener has nowhere to be sent to.
        let streams = parts.headers.get(ACCEPT).is_some_and(|kind| kind == "text/event-stream");
        match self {
            Self::LogIn if streams => plain(StatusCode::UNAUTHORIZED, "Log in to see what happens."),
            Self::LogIn => {
                let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
                let wanted = if parts.method == axum::http::Method::GET { wanted } else { "/" };
                Redirect::to(&format!("/login?next={}", escaped(wanted))).into_response()
            }
            Self::Starting => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "Homeward has just started and is still reading what happened. Load this page again in a moment.",
            ),
            Self::Fault => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "Homeward can't reach its database, so nobody can be let in just now (HW-D2). If anybody is out, ring them: the base pack and the printed form have the numbers. Load this page again in a moment, and tell whoever looks after Homeward.",
            ),
        }
    }
}

/// A short answer where there is no page to show it on: what happened, and what to do.
#[derive(askama::Template)]
#[template(path = "said.html")]
struct Said {
    title: &'static str,
    text: &'static str,
    log_in: bool,
}

/// A short answer, as a page of its own.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    let title = match status {
        StatusCode::UNAUTHORIZED => "You are no longer logged in",
        StatusCode::FORBIDDEN => "Nothing was changed",
        _ => "Just a moment",
    };
    let log_in = status == StatusCode::UNAUTHORIZED;
    crate::pages::html::page(status, &Said { title, text, log_in })
}

/// Percent-encodes a path for a query's value.
pub(crate) fn escaped(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    path.bytes().map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}
