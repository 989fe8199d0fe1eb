//! The session's cookie: out of scripts' reach, for this site alone.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// Over TLS the name's prefix makes browsers insist on Secure and Path=/.
fn name(secure: bool) -> &'static str {
    if secure { "__Host-homeward" } else { "homeward" }
}

/// The cookie of a new session.
pub(super) fn set(secret: &str, secure: bool, max_age_secs: i64) -> HeaderValue {
    let tls = if secure { "; Secure" } else { "" };
    let text =
        format!("{}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_secs}{tls}", name(secure));
    HeaderValue::from_str(&text).expect("a secret is base64url")
}

/// The cookie that takes it away.
pub(super) fn clear(secure: bool) -> HeaderValue {
    set("", secure, 0)
}

/// The secret in a request's cookies.
pub(super) fn secret(headers: &HeaderMap, secure: bool) -> Option<String> {
    let wanted = name(secure);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}
