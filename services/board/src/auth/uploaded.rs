//! A file sent by a person who logged in, from one of our own pages.

use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::posted::{Fields, refusal};
use super::session::{Session, plain};
use super::tokens;
use crate::app::AppState;

/// A file, with the fields beside it and the person who sent it. Its token was checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Who.
    pub session: Session,
    /// The fields beside it.
    pub fields: Fields,
    /// What is in it; empty if none was chosen.
    pub file: Vec<u8>,
}

impl std::fmt::Debug for Uploaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uploaded({} bytes, {:?})", self.file.len(), self.fields)
    }
}

impl FromRequest<AppState> for Uploaded {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let session = Session::of_cookie(state, request.headers()).await.map_err(refusal)?;
        let parts = Multipart::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let (fields, file) = read(parts).await.map_err(IntoResponse::into_response)?;
        if !tokens::same(fields.get("form_token").unwrap_or_default(), &session.form_token) {
            return Err(plain(
                StatusCode::FORBIDDEN,
                "This form is no longer good: you logged in again since it was opened. Nothing was changed. Go back, load the page again and send it again.",
            ));
        }
        Ok(Self { session, fields, file })
    }
}

/// The fields, and what is in the file; empty if none was chosen.
pub(super) async fn read(mut parts: Multipart) -> Result<(Fields, Vec<u8>), MultipartError> {
    let (mut pairs, mut file) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            file = part.bytes().await?.to_vec();
        } else {
            pairs.push((name, part.text().await?));
        }
    }
    Ok((Fields::new(pairs), file))
}
