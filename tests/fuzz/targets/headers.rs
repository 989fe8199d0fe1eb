//! What stands in headers and addresses: cookies, tokens, log-ins of phones, who asked as a proxy tells it, trace contexts, where a browser
//! goes on to. The input: a letter for which of them, then the text.
#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, Request, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use board::auth::Network;
use board::fuzzing::auth::{bearer, cookies, set_out};
use board::fuzzing::pages::goes_on_to;
use gateway::positions::owntracks::http::basic;
use homeward::web::whose;
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::trace::TraceId;
use url::Url;
use uuid::Uuid;

static HERE: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://trips.elmfield.example/login").expect("an address"));

/// What a cookie held comes back in its own cookie, and brings no attribute along.
fn of_cookies(given: &HeaderValue) {
    for secure in [true, false] {
        for (secret, set) in cookies(given.clone(), secure) {
            assert!(!secret.is_empty() && !secret.contains(';'));
            let set = set.to_str().expect("a text");
            assert!(set.contains(&format!("={secret}; Path=/; HttpOnly; SameSite=")), "{set}");
            assert_eq!(set.matches(';').count(), 4 + usize::from(secure), "{set}");
            let (name, _) = set.split_once('=').expect("a pair");
            let again = HeaderValue::from_str(&format!("other=1; {name}={secret}")).expect("it was one");
            let found = cookies(again, secure);
            assert!(secret.trim() != secret || found.iter().any(|(found, _)| *found == secret), "{set}");
        }
    }
}

fn of_a_login(given: &HeaderValue, text: &str) {
    let headers = |value: HeaderValue| HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
    if let Some((user, _)) = basic(&headers(given.clone())) {
        assert!(!user.contains(':'));
    }
    let encoded = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(text))).expect("base64");
    let read = basic(&headers(encoded));
    assert_eq!(
        read.map(|(user, password)| format!("{user}:{password}")),
        text.contains(':').then(|| text.to_owned())
    );
    if let Some(token) = bearer(given.clone()) {
        assert_eq!(token.trim(), token);
        assert!(text.len() > token.len());
    }
}

/// Only a proxy is believed, and only on an address.
fn of_who_asks(given: &HeaderValue, text: &str) {
    let from: IpAddr = "192.0.2.1".parse().expect("an address");
    let asked = |is_proxy: bool| {
        let request = Request::builder().header("x-real-ip", given.clone()).body(()).expect("a request");
        *whose(from, is_proxy)(request).extensions().get::<Network>().expect("it is noted")
    };
    assert_eq!(asked(false), Network::of(from));
    let told: Option<IpAddr> = text.parse().ok();
    assert_eq!(asked(true), Network::of(told.unwrap_or(from)));
    if let Some(IpAddr::V6(address)) = told
        && address.to_ipv4_mapped().is_none()
    {
        let neighbour = IpAddr::V6((address.to_bits() ^ 1).into());
        assert!(neighbour.is_loopback() || Network::of(neighbour) == Network::of(address.into()));
    }
}

fn of_a_trace(text: &str) {
    let Some(trace) = TraceId::of_traceparent(text) else { return };
    assert_eq!(text.len(), 55);
    let written = trace.traceparent(Uuid::from_u128(5));
    assert_eq!(TraceId::of_traceparent(&written), Some(trace));
    assert_eq!(written[..35], text[..35]);
}

/// Wherever it leads, it is a place of ours.
fn of_the_way_on(text: &str) {
    let to = goes_on_to(text);
    assert!(to == "/" || to == text);
    let found = HERE.join(to).expect("a path of ours");
    assert_eq!(found.origin(), HERE.origin(), "{text:?} leads to {found}");
}

fn of_one_who_set_out(text: &str) {
    let now = Timestamp::from_second(1_795_000_000).expect("an instant");
    let Some((next, state, kept)) = set_out(text, now) else { return };
    let again = set_out(&kept, now).expect("reads what it wrote");
    assert_eq!((again.0, again.1, again.2), (next, state, kept));
}

fuzz_target!(|data: &[u8]| {
    let Some((which, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    if *which == b'n' {
        return of_the_way_on(text);
    }
    let Ok(given) = HeaderValue::from_bytes(rest) else { return };
    match which {
        b'c' => of_cookies(&given),
        b'a' => of_a_login(&given, text),
        b'r' => of_who_asks(&given, text),
        b't' => of_a_trace(text),
        b's' => of_one_who_set_out(text),
        _ => {}
    }
});
