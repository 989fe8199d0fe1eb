//! Twilio's request signature: base64(HMAC-SHA1(auth token, URL + each form key in byte order followed by its value)).
//! Values of a repeated key are deduplicated and sorted. Source: Twilio's documentation on webhook security and the
//! published values in `contract/signature_vectors.json`.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// The value of `X-Twilio-Signature` for a form posted to `url`, which is taken as given, query and port included.
#[must_use]
pub fn signature(auth_token: &str, url: &str, form: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in form {
        sorted.entry(key).or_default().insert(value);
    }
    let mut mac =
        Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (key, values) in sorted {
        for value in values {
            mac.update(key.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether `given` signs this form, compared in constant time: for small applications in tests.
#[must_use]
pub fn signature_is_valid(auth_token: &str, url: &str, form: &[(String, String)], given: &str) -> bool {
    signature(auth_token, url, form).as_bytes().ct_eq(given.as_bytes()).into()
}
