//! What a provider of accounts says of somebody, once its signature is known to be good: an account only where it is said as it must be, an
//! e-mail address only where it is verified; ours only with every claim that must be so; a second factor only where its word is taken.
//! The input: how it is configured, then the claims.
#![no_main]

use std::sync::LazyLock;

use board::auth::{AccountBy, OidcConfig};
use board::fuzzing::auth::{ByProvider, claims};
use libfuzzer_sys::fuzz_target;
use proto::ids::ProviderName;
use serde_json::Value;

static PROVIDERS: LazyLock<Vec<(AccountBy, bool, ByProvider)>> = LazyLock::new(|| {
    let each = AccountBy::ALL.into_iter().flat_map(|by| [(by, true), (by, false)]);
    each.map(|(by, trusted)| (by, trusted, ByProvider::new(&config(by, trusted)))).collect()
});

fn config(account_by: AccountBy, trust_second_factor: bool) -> OidcConfig {
    OidcConfig {
        name: ProviderName::parse("work").expect("a slug"),
        label: "Work".to_owned(),
        issuer: "https://accounts.example".to_owned(),
        client_id: "homeward".to_owned(),
        client_secret: "secret".into(),
        account_by,
        requires: [("hd".to_owned(), "elmfield.example".to_owned())].into(),
        schools: std::collections::BTreeSet::new(),
        trust_second_factor,
        prompt: String::new(),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((which, given)) = data.split_first() else { return };
    let (by, trusted, provider) = &PROVIDERS[usize::from(*which) % PROVIDERS.len()];
    let Some((subject, account, is_ours, second_factor)) = claims(provider, given) else { return };
    let said: Value = serde_json::from_slice(given).expect("it was read");
    assert_eq!(said["sub"], subject.as_str());
    assert_eq!(is_ours, said["hd"] == "elmfield.example", "{said}");
    let methods = said["amr"].as_array().into_iter().flatten();
    assert_eq!(second_factor, *trusted && methods.into_iter().any(|how| how == "mfa"), "{said}");
    if let Some(account) = &account {
        assert_eq!(account.trim(), account);
        let of = said[by.as_str()].as_str().expect("it says so");
        assert_eq!(account.to_lowercase(), of.trim().to_lowercase());
        let is_verified = said["email_verified"] == true || said["email_verified"] == "true";
        assert!(*by != AccountBy::Email || is_verified, "{said}");
    }
});
