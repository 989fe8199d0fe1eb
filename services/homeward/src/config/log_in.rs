//! How people may log in.

use board::auth::{AccountBy, LogInBy, OidcConfig, PasswordsFor};
use proto::ids::{ProviderName, SchoolId};
use secrecy::SecretString;

use super::check::Findings;
use super::raw::{RawLogIn, RawOidc};
use super::secret::secret;

/// The providers by name, and whose passwords open anything.
pub(super) fn log_in(findings: &mut Findings, raw: &mut RawLogIn) -> LogInBy {
    let given = std::mem::take(&mut raw.oidc);
    let is_none = given.is_empty();
    let providers = given.into_iter().filter_map(|(name, raw)| provider(findings, &name, raw)).collect();
    let passwords_for = match raw.passwords_for.as_str() {
        "everyone" => PasswordsFor::Everyone,
        "administrators" if is_none => {
            findings.wrong(
                "log_in.passwords_for",
                "administrators",
                "everyone, as long as no table below [log_in.oidc] says how else to log in",
            );
            PasswordsFor::Everyone
        }
        "administrators" => PasswordsFor::Administrators,
        other => {
            findings.wrong("log_in.passwords_for", format!("{other:?}"), "everyone or administrators");
            PasswordsFor::Everyone
        }
    };
    LogInBy { providers, passwords_for }
}

fn provider(findings: &mut Findings, name: &str, raw: RawOidc) -> Option<OidcConfig> {
    let key = |field: &str| format!("log_in.oidc.{name}.{field}");
    let parsed = findings.ok(&format!("log_in.oidc.{name}"), name, ProviderName::parse(name));
    if !is_issuer(&raw.issuer) {
        findings.wrong(
            key("issuer"),
            format!("{:?}", raw.issuer),
            "an address such as https://accounts.google.com; without TLS only on this machine",
        );
    }
    let account_by = AccountBy::parse(&raw.account_by);
    if account_by.is_none() {
        let allowed = AccountBy::ALL.map(AccountBy::as_str).join(", ");
        findings.wrong(key("account_by"), format!("{:?}", raw.account_by), allowed);
    }
    let school = |id: &String| findings.ok(&key("only_schools"), id, SchoolId::parse(id));
    let schools = raw.only_schools.iter().filter_map(school).collect();
    let client_secret =
        secret(findings, &key("client_secret"), raw.client_secret, raw.client_secret_file.as_deref());
    Some(OidcConfig {
        name: parsed?,
        label: raw.label,
        issuer: raw.issuer,
        client_id: raw.client_id,
        client_secret: SecretString::from(client_secret?),
        account_by: account_by?,
        requires: raw.requires,
        schools,
        trust_second_factor: raw.trust_second_factor,
        prompt: raw.prompt,
    })
}

/// Over TLS, or on this machine.
fn is_issuer(issuer: &str) -> bool {
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    let plain = issuer
        .strip_prefix("http://")
        .is_some_and(|rest| ["127.0.0.1", "localhost"].contains(&host(rest).as_str()));
    let tls = issuer.strip_prefix("https://").is_some_and(|rest| !host(rest).is_empty());
    (plain || tls) && !issuer.contains(|c: char| c.is_whitespace() || "@?#".contains(c))
}
