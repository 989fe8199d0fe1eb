//! Twilio's request signature: base64(HMAC-SHA1(auth token, URL + each form key in byte order followed by its value)).
//! Values of a repeated key are deduplicated and sorted; every parameter counts. The URL is the configured public one,
//! never what the Host header says, tried as given and with and without its port. Source: Twilio's page on webhook
//! security; tested with the values that its own libraries are tested with.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq as _};

/// A form, in the order in which it came.
pub type Form = Vec<(String, String)>;

/// The signature of a form posted to a URL.
pub fn signature(token: &SecretString, url: &str, form: &[(String, String)]) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, value) in form {
        sorted.entry(key).or_default().insert(value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()).expect("HMAC takes any key");
    mac.update(url.as_bytes());
    for (key, values) in sorted {
        for value in values {
            mac.update(key.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether the signature was made with one of the tokens (two while one replaces the other). In constant time.
pub fn is_signed(tokens: &[SecretString], url: &str, form: &[(String, String)], given: &str) -> bool {
    let urls = variants(url);
    let tries = tokens.iter().flat_map(|token| urls.iter().map(move |url| signature(token, url, form)));
    let right = |made: String| made.as_bytes().ct_eq(given.as_bytes());
    tries.fold(Choice::from(0), |found, made| found | right(made)).into()
}

/// The URL as given, and with and without its port: proxies and providers differ.
fn variants(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let (host, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let default_port = if scheme == "https" { "443" } else { "80" };
    match host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())) {
        Some((name, _)) => all.push(format!("{scheme}://{name}{path}")),
        None => all.push(format!("{scheme}://{host}:{default_port}{path}")),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vectors {
        official: Vec<Vector>,
        derived: Vec<Vector>,
    }

    #[derive(serde::Deserialize)]
    struct Vector {
        name: String,
        url: String,
        form: Form,
        signature: String,
        auth_token: String,
        valid: bool,
    }

    fn vectors() -> Vec<Vector> {
        let all: Vectors =
            serde_json::from_str(include_str!("../../tests/data/signature_vectors.json")).expect("vectors");
        all.official.into_iter().chain(all.derived).collect()
    }

    #[test]
    fn every_published_signature_is_judged_rightly() {
        for v in vectors() {
            let tokens = [SecretString::from(v.auth_token)];
            assert_eq!(is_signed(&tokens, &v.url, &v.form, &v.signature), v.valid, "{}", v.name);
        }
    }

    #[test]
    fn a_changed_form_url_token_or_signature_is_not_signed_and_the_next_token_is() {
        for v in vectors().into_iter().filter(|v| v.valid) {
            let token = SecretString::from(v.auth_token);
            let (old, tokens) = ([SecretString::from("another")], [SecretString::from("another"), token]);
            assert!(is_signed(&tokens, &v.url, &v.form, &v.signature), "{}: while rotating", v.name);
            assert!(!is_signed(&old, &v.url, &v.form, &v.signature), "{}: token", v.name);
            assert!(!is_signed(&tokens, &format!("{}x", v.url), &v.form, &v.signature), "{}: url", v.name);
            assert!(!is_signed(&tokens, &v.url, &v.form, ""), "{}: none", v.name);
            let mut more = v.form.clone();
            more.push(("Extra".into(), String::new()));
            assert!(!is_signed(&tokens, &v.url, &more, &v.signature), "{}: a parameter more", v.name);
        }
    }
}
