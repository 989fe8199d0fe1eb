//! The cookies: out of scripts' reach, for this site alone.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// What a cookie is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Jar {
    /// Whoever is logged in.
    Session,
    /// A browser from which somebody has logged in before.
    KnownBrowser,
    /// A browser in which phone pages open.
    Phone,
    /// A browser that set out to a provider of accounts.
    SetOut,
}

/// Over TLS the name's prefix makes browsers insist on Secure and Path=/.
fn name(jar: Jar, secure: bool) -> &'static str {
    match (jar, secure) {
        (Jar::Session, true) => "__Host-homeward",
        (Jar::Session, false) => "homeward",
        (Jar::KnownBrowser, true) => "__Host-homeward-known",
        (Jar::KnownBrowser, false) => "homeward-known",
        (Jar::Phone, true) => "__Host-homeward-phone",
        (Jar::Phone, false) => "homeward-phone",
        (Jar::SetOut, true) => "__Host-homeward-set-out",
        (Jar::SetOut, false) => "homeward-set-out",
    }
}

/// A new cookie.
pub(super) fn set(jar: Jar, secret: &str, secure: bool, max_age_secs: i64) -> HeaderValue {
    let tls = if secure { "; Secure" } else { "" };
    let name = name(jar, secure);
    let site = match jar {
        Jar::Session | Jar::KnownBrowser => "Strict",
        // A link is opened from the app with the texts, which may count as another site, and so does the way back from a
        // provider: Lax comes along there, and with no change.
        Jar::Phone | Jar::SetOut => "Lax",
    };
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite={site}; Max-Age={max_age_secs}{tls}");
    HeaderValue::from_str(&text).expect("a secret is base64url, with dots at most")
}

/// The cookie that takes the session's away.
pub(super) fn clear(secure: bool) -> HeaderValue {
    set(Jar::Session, "", secure, 0)
}

/// The secret in a request's cookies.
pub(super) fn secret(jar: Jar, headers: &HeaderMap, secure: bool) -> Option<String> {
    let wanted = name(jar, secure);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// The cookie of a browser in which phone pages open.
pub(crate) struct PhoneCookie;

impl PhoneCookie {
    /// The secret in a request's cookies.
    pub(crate) fn secret(headers: &HeaderMap, secure: bool) -> Option<String> {
        secret(Jar::Phone, headers, secure)
    }

    /// A new cookie; it is kept for as long as browsers keep any.
    pub(crate) fn set(secret: &str, secure: bool) -> HeaderValue {
        set(Jar::Phone, secret, secure, 400 * 24 * 3600)
    }
}
