//! What binds a provider's answer to the browser that asked: a cookie with a secret. State, nonce and PKCE verifier follow
//! from it, so that nothing is stored: whoever has an answer and not the cookie has nothing, and a cookie that was changed
//! makes another state.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use openidconnect::{Nonce, PkceCodeVerifier};
use proto::Timestamp;
use proto::ids::ProviderName;

use super::super::tokens;

/// How long somebody may take at the provider's.
pub(super) const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// The longest page that somebody is brought back to.
const MAX_NEXT: usize = 1_000;

/// A browser that set out to a provider.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Began {
    secret: String,
    at_secs: i64,
    /// Where it wants to go afterwards: what was typed into an address, to be looked at before it is used.
    pub(super) next: String,
}

impl Began {
    pub(super) fn new(now: Timestamp, next: &str) -> Self {
        let next = if next.len() <= MAX_NEXT { next } else { "" };
        Self { secret: tokens::new_secret(), at_secs: now.as_second(), next: next.to_owned() }
    }

    /// As the cookie has it.
    pub(super) fn kept(&self) -> String {
        format!("{}.{}.{}", self.secret, self.at_secs, BASE64_URL_SAFE_NO_PAD.encode(&self.next))
    }

    /// From the cookie; none if it isn't one, or lasted too long.
    pub(super) fn read(kept: &str, now: Timestamp) -> Option<Self> {
        let mut parts = kept.splitn(3, '.');
        let (secret, at, next) = (parts.next()?, parts.next()?, parts.next()?);
        let at_secs: i64 = at.parse().ok()?;
        let next = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
        let age = now.as_second().checked_sub(at_secs)?;
        let lasts = secret.len() >= 43 && (0..LASTS.as_secs()).contains(&age);
        lasts.then(|| Self { secret: secret.to_owned(), at_secs, next })
    }

    pub(super) fn state(&self, provider: &ProviderName) -> String {
        self.derived("state", provider)
    }

    pub(super) fn nonce(&self, provider: &ProviderName) -> Nonce {
        Nonce::new(self.derived("nonce", provider))
    }

    pub(super) fn verifier(&self, provider: &ProviderName) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.derived("verifier", provider))
    }

    fn derived(&self, what: &str, provider: &ProviderName) -> String {
        let key = blake3::derive_key("homeward board log-in with a provider v1", self.secret.as_bytes());
        let mut hasher = blake3::Hasher::new_keyed(&key);
        for part in [what, provider.as_str(), &self.at_secs.to_string(), &self.next] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        BASE64_URL_SAFE_NO_PAD.encode(hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn google() -> ProviderName {
        ProviderName::parse("google").expect("a slug")
    }

    #[test]
    fn what_follows_from_a_cookie_is_the_same_for_it_and_other_for_any_other() {
        let now = at("2026-11-20T09:00:00Z");
        let began = Began::new(now, "/trips?x=1");
        let read = Began::read(&began.kept(), now).expect("its own");
        assert_eq!((read.state(&google()), read.next.as_str()), (began.state(&google()), "/trips?x=1"));
        let other = ProviderName::parse("entra").expect("a slug");
        assert_ne!(began.state(&other), began.state(&google()));
        assert_ne!(began.state(&google()), *began.nonce(&google()).secret());
        assert_ne!(Began::new(now, "/trips?x=1").state(&google()), began.state(&google()));
        let moved = began.kept().replace(&BASE64_URL_SAFE_NO_PAD.encode("/trips?x=1"), "L2V2aWw");
        assert_ne!(Began::read(&moved, now).expect("is one").state(&google()), began.state(&google()));
        assert_eq!(Began::new(now, &"x".repeat(MAX_NEXT + 1)).next, "");
    }

    #[test]
    fn a_cookie_lasts_ten_minutes_and_rubbish_is_none() {
        let kept = Began::new(at("2026-11-20T09:00:00Z"), "/").kept();
        assert!(Began::read(&kept, at("2026-11-20T09:09:59Z")).is_some());
        assert!(Began::read(&kept, at("2026-11-20T09:10:00Z")).is_none());
        assert!(Began::read(&kept, at("2026-11-20T08:59:59Z")).is_none(), "of the future");
        for rubbish in ["", "..", "x.1.Lw", &kept.replace('.', ";"), "a.b.c", &format!("{kept}!")] {
            assert!(Began::read(rubbish, at("2026-11-20T09:00:00Z")).is_none(), "{rubbish}");
        }
    }
}
