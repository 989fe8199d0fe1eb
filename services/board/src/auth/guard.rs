//! Turns away what other sites make a browser send.
//!
//! The session's cookie is SameSite=Strict already; this is the second lock, and a form's token the third. A request that
//! changes something must say that it comes from a page of ours: by `Sec-Fetch-Site`, or by `Origin` in older browsers.
//! Clients with a bearer token are no browsers: a token is never sent by itself.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::session::plain;
use crate::app::AppState;

/// The middleware.
pub async fn same_origin(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if reads || is_ours(request.headers(), state.public_origin()) {
        return next.run(request).await;
    }
    plain(
        StatusCode::FORBIDDEN,
        "This request did not come from a page of Homeward, so nothing was changed. Open Homeward at its own address and try again.",
    )
}

fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    if headers.contains_key(AUTHORIZATION) {
        return true;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        // The browser itself vouches for it; `Origin` may then be any name that this machine goes by.
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => from == origin,
        // No browser sends a change without either; a program without a cookie has nothing that could be forged.
        (None, None) => !headers.contains_key(COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header"));
        }
        is_ours(&map, "https://homeward.example")
    }

    #[test]
    fn only_pages_of_ours_and_clients_with_a_token_change_something() {
        assert!(judged(&[("sec-fetch-site", "same-origin"), ("origin", "https://homeward.example")]));
        assert!(judged(&[("origin", "https://homeward.example")]));
        assert!(judged(&[("authorization", "Bearer x")]));
        assert!(judged(&[]), "a program that asks for a token");
        assert!(!judged(&[("cookie", "session=x")]));
        assert!(!judged(&[("sec-fetch-site", "cross-site"), ("origin", "https://homeward.example")]));
        assert!(!judged(&[("sec-fetch-site", "same-site")]));
        assert!(!judged(&[("sec-fetch-site", "none")]));
        assert!(!judged(&[("origin", "null")]));
        assert!(!judged(&[("origin", "https://homeward.example.evil.test")]));
    }
}
