//! Long lists, a page at a time: `?q=museum&limit=100&page=2`. How many there are in all stands in `X-Total-Count`, and where
//! the next page is in `Link`, as RFC 8288 has it.

use axum::Json;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::{Parameter, parameter};
use crate::api::{ApiError, Asks};
use crate::pages::matches;

/// So many at once, where it isn't said how many.
const USUAL: usize = 200;

/// And no more.
const MOST: usize = 1_000;

/// How many there are in all.
const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

pub(super) const Q: Parameter = parameter(
    "q",
    "Only those that have each of these words in their names or numbers.",
    r#"{"type":"string","maxLength":200}"#,
);
pub(super) const LIMIT: Parameter = parameter(
    "limit",
    "At most so many; 200 if it is left out. The answer's Link header has the next page.",
    r#"{"type":"integer","minimum":1,"maximum":1000}"#,
);
pub(super) const PAGE: Parameter =
    parameter("page", "Which page; the first if it is left out.", r#"{"type":"integer","minimum":1}"#);

/// What of a list is asked for.
#[derive(Deserialize, Clone, Debug, Default)]
struct Asked {
    #[serde(default)]
    q: String,
    limit: Option<usize>,
    page: Option<usize>,
}

/// The same, with the address that it was asked at: the next page is named by it.
#[derive(Debug)]
pub(super) struct Listing {
    asked: Asked,
    at: Uri,
}

impl<S: Send + Sync> FromRequestParts<S> for Listing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Asks(asked) = Asks::from_request_parts(parts, state).await?;
        let Ok(OriginalUri(at)) = OriginalUri::from_request_parts(parts, state).await;
        Ok(Self { asked, at })
    }
}

/// A page of a list, with what stands beside it in the headers.
#[derive(Debug)]
pub(super) struct Listed<T> {
    rows: T,
    total: usize,
    next: Option<String>,
}

impl Listing {
    /// Whether one of these texts has every word that is looked for.
    pub(super) fn finds(&self, texts: &[&str]) -> bool {
        matches(&self.asked.q, texts)
    }

    /// The page that is asked for. None of it is drawn yet.
    ///
    /// # Errors
    /// `limit` or `page` out of bounds, which it names.
    pub(super) fn of<T>(&self, items: Vec<T>) -> Result<Listed<Vec<T>>, ApiError> {
        let bad = |field: &str, text: String| ApiError::malformed(Some(field.to_owned()), text);
        let limit = self.asked.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(bad("limit", format!("a page has 1 to {MOST}")));
        }
        let page = self.asked.page.unwrap_or(1);
        let Some(before) = page.checked_sub(1).map(|before| before.saturating_mul(limit)) else {
            return Err(bad("page", "pages are counted from 1".to_owned()));
        };
        let total = items.len();
        let rows = items.into_iter().skip(before).take(limit).collect();
        let next = (before.saturating_add(limit) < total).then(|| address_of(&self.at, page + 1));
        Ok(Listed { rows, total, next })
    }
}

/// The same address with another page.
fn address_of(at: &Uri, page: usize) -> String {
    let asked = at.query().unwrap_or_default().split('&');
    let kept = asked.filter(|part| !part.is_empty() && part.split('=').next() != Some("page"));
    let query: Vec<String> = kept.map(str::to_owned).chain([format!("page={page}")]).collect();
    format!("{}?{}", at.path(), query.join("&"))
}

impl<T> Listed<T> {
    /// The same, its rows drawn.
    pub(super) fn map<U>(self, draw: impl FnOnce(T) -> U) -> Listed<U> {
        Listed { rows: draw(self.rows), total: self.total, next: self.next }
    }
}

impl<T> Listed<Vec<T>> {
    /// The same, each row drawn.
    pub(super) fn each<U>(self, draw: impl FnMut(T) -> U) -> Listed<Vec<U>> {
        self.map(|rows| rows.into_iter().map(draw).collect())
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let link = self.next.and_then(|next| HeaderValue::try_from(format!("<{next}>; rel=\"next\"")).ok());
        let link = link.map(|link| (header::LINK, link));
        let headers = [(TOTAL, HeaderValue::from(self.total))].into_iter().chain(link);
        (AppendHeaders(headers.collect::<Vec<_>>()), Json(self.rows)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: Option<usize>, page: Option<usize>) -> Result<Listed<Vec<u32>>, ApiError> {
        let at = "/api/v1/trips?phase=out&page=7&limit=2".parse().expect("an address");
        Listing { asked: Asked { q: String::new(), limit, page }, at }.of((1..=5).collect())
    }

    #[test]
    fn a_list_comes_in_pages_each_of_which_names_the_next() {
        let first = page(Some(2), None).expect("a page");
        assert_eq!((first.rows, first.total), (vec![1, 2], 5));
        assert_eq!(first.next.as_deref(), Some("/api/v1/trips?phase=out&limit=2&page=2"));
        let last = page(Some(2), Some(3)).expect("a page");
        assert_eq!((last.rows, last.next), (vec![5], None));
        let beyond = page(Some(2), Some(usize::MAX)).expect("a page");
        assert_eq!((beyond.rows, beyond.total, beyond.next), (vec![], 5, None));
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        let field = |bad: Result<Listed<Vec<u32>>, ApiError>| bad.err().and_then(|error| error.body.field);
        assert_eq!(field(page(Some(0), None)).as_deref(), Some("limit"));
        assert_eq!(field(page(Some(1_001), None)).as_deref(), Some("limit"));
        assert_eq!(field(page(None, Some(0))).as_deref(), Some("page"));
    }
}
