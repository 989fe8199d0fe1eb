//! A form sent by a person who logged in, from one of our own pages.

use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::session::{NoSession, Session, plain};
use super::tokens;
use crate::app::AppState;

/// The most bytes of a form.
pub const MAX_FORM_BYTES: usize = 256 * 1024;

/// The fields of a form, in the order in which they were sent. A name may come several times.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// From pairs.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What was typed can be personal, or a password.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A form, with the person who sent it. Its token was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posted {
    /// Who.
    pub session: Session,
    /// What.
    pub fields: Fields,
}

impl FromRequest<AppState> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let session = Session::of_cookie(state, request.headers()).await.map_err(refusal)?;
        let form: Result<Form<Vec<(String, String)>>, _> = Form::from_request(request, state).await;
        let Form(pairs) = form.map_err(IntoResponse::into_response)?;
        let pairs = {
            let view = state.view_of(&session);
            pairs.into_iter().map(|pair| crate::pages::find::named(&view, pair)).collect()
        };
        let fields = Fields(pairs);
        let token = fields.get("form_token").unwrap_or_default();
        if !tokens::same(token, &session.form_token) {
            return Err(plain(
                StatusCode::FORBIDDEN,
                "This form is no longer good: you logged in again since it was opened. Nothing was changed. Go back, load the page again and send it again.",
            ));
        }
        Ok(Self { session, fields })
    }
}

/// Nothing typed is lost: the browser's Back shows the form as it was.
pub(super) fn refusal(why: NoSession) -> Response {
    match why {
        NoSession::LogIn => plain(
            StatusCode::UNAUTHORIZED,
            "Nothing was changed, and what you typed is not lost: log in, and it stands in its form again.",
        ),
        NoSession::Starting | NoSession::Fault => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "Homeward can't look up who you are just now. Nothing was changed. Go back and send the form again in a moment.",
        ),
    }
}
