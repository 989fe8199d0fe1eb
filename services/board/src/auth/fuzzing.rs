//! What fuzz targets reach of who is who. See tests/fuzz.

use axum::extract::{FromRequest, Multipart};
use axum::http::{HeaderMap, HeaderValue, Request};
use proto::Timestamp;
use proto::envelope::Hash;
use uuid::Uuid;

use super::cookie::{self, Jar};
use super::oidc::{Provider, fuzzing as by_provider};
use super::second_factor::{App, Typed};
use super::{Fields, OidcConfig};
use crate::db::{LoginId, StoredFactor};

/// The secret of each jar that a header of cookies has, and the header that sets it again.
pub fn cookies(header: HeaderValue, secure: bool) -> Vec<(String, HeaderValue)> {
    let headers = HeaderMap::from_iter([(axum::http::header::COOKIE, header)]);
    let jars = [Jar::Session, Jar::KnownBrowser, Jar::Phone, Jar::SetOut];
    let found = jars.into_iter().filter_map(|jar| {
        let secret = cookie::secret(jar, &headers, secure)?;
        let set = cookie::set(jar, &secret, secure, 60);
        Some((secret, set))
    });
    found.collect()
}

/// The fields and the file of a form that carries a file, sent with that boundary.
pub async fn uploaded(boundary: &str, body: Vec<u8>) -> Option<(Fields, Vec<u8>)> {
    let kind = format!("multipart/form-data; boundary={boundary}");
    let request = Request::post("/").header(axum::http::header::CONTENT_TYPE, kind).body(body.into());
    let parts = Multipart::from_request(request.ok()?, &()).await.ok()?;
    super::uploaded::read(parts).await.ok()
}

/// The token of an `Authorization` header.
pub fn bearer(header: HeaderValue) -> Option<String> {
    let request = Request::builder().header(axum::http::header::AUTHORIZATION, header).body(());
    let (parts, ()) = request.ok()?.into_parts();
    super::bearer_token(&parts).map(str::to_owned)
}

/// What a browser that set out to a provider kept: where it goes on to, what follows from it, and what it would keep again.
pub fn set_out(kept: &str, now: Timestamp) -> Option<(String, String, String)> {
    by_provider::set_out(kept, now)
}

/// Whom claims show to that provider: the subject, the account, whether they are ours, whether there was a second factor.
pub fn claims(by: &ByProvider, claims: &[u8]) -> Option<(String, Option<String>, bool, bool)> {
    by.0.shown_by(claims)
}

/// A provider that is asked nothing.
#[derive(Debug)]
pub struct ByProvider(Provider);

impl ByProvider {
    /// As it is configured.
    pub fn new(config: &OidcConfig) -> Self {
        Self(by_provider::provider(config))
    }
}

/// A code: the six digits of an app, or the hash of one on paper.
pub fn code(typed: &str) -> Result<String, Hash> {
    match Typed::read(typed) {
        Typed::OfTheApp(digits) => Ok(digits),
        Typed::OnPaper(hash) => Err(hash),
    }
}

/// The step of an app's code.
pub fn step_of(digits: &str, last_step: u64, now: Timestamp) -> Option<u64> {
    let stored = StoredFactor { salt: [1; 16], confirmed_at: None, last_step };
    App::new(&[9; 32], LoginId(Uuid::nil()), &stored.salt, "ruth", "Elmfield").step_of(digits, &stored, now)
}
