//! Who sends texts, calls and e-mail, and in which order.

use std::collections::BTreeMap;
use std::path::Path;

use gateway::channels::{Mode, TWILIO, Tls};
use gateway::{Channels, ProviderConfig, SmsGateConfig, SmtpConfig, TwilioConfig};
use proto::ids::{ProviderName, SchoolId};
use proto::v1::gateway::Mailbox;
use proto::values::PhoneNumber;
use secrecy::SecretString;

use super::check::Findings;
use super::raw::{RawChannels, RawMail, RawProvider, RawSmsGate, RawSmtp, RawTwilio};
use super::secret::secret;

type Mailboxes = BTreeMap<SchoolId, BTreeMap<Mailbox, Vec<String>>>;

/// `[twilio]` is the first, then the others by name.
pub(super) fn channels(
    findings: &mut Findings,
    first: Option<RawTwilio>,
    others: BTreeMap<String, RawProvider>,
    order: RawChannels,
    mailboxes: Mailboxes,
) -> Channels {
    let mut providers = Vec::new();
    let first = first.and_then(|raw| twilio(findings, TWILIO, raw)).map(ProviderConfig::Twilio);
    let name = ProviderName::parse(TWILIO).expect("a slug");
    providers.extend(first.map(|first| (name, first)));
    for (name, raw) in others {
        let key = format!("providers.{name}");
        let parsed = findings.ok(&key, &name, ProviderName::parse(&name));
        let provider = match raw {
            RawProvider::Twilio(raw) => twilio(findings, &key, raw).map(ProviderConfig::Twilio),
            RawProvider::SmsGate(raw) => sms_gate(findings, &key, raw).map(ProviderConfig::SmsGate),
            RawProvider::Smtp(raw) => smtp(findings, &key, raw).map(ProviderConfig::Smtp),
        };
        providers.extend(parsed.zip(provider));
    }
    let mut named = |key: &str, names: Vec<String>| -> Vec<ProviderName> {
        let known =
            |name: &String| providers.iter().map(|(known, _)| known).find(|k| k.as_str() == name).cloned();
        let found = names.iter().map(|name| (name, known(name)));
        let mut all = Vec::new();
        for (name, known) in found {
            match known {
                Some(known) => all.push(known),
                None => findings.wrong(
                    key,
                    format!("{name:?}"),
                    "a provider of this file: twilio, or a table below [providers]",
                ),
            }
        }
        all
    };
    let (text, voice, email) = (
        named("channels.text", order.text),
        named("channels.voice", order.voice),
        named("channels.email", order.email),
    );
    Channels { providers, text, voice, email, mailboxes }
}

/// The addresses of each school.
pub(super) fn mailboxes<'a>(
    findings: &mut Findings,
    schools: impl Iterator<Item = (&'a str, &'a RawMail)>,
) -> Mailboxes {
    let mut all = Mailboxes::new();
    for (school, raw) in schools {
        // What is wrong with its id is said where the school is read.
        let Ok(id) = SchoolId::parse(school) else { continue };
        let boxes = [
            ("office", Mailbox::Office, &raw.office),
            ("dsl", Mailbox::Dsl, &raw.dsl),
            ("head", Mailbox::Head, &raw.head),
            ("safeguarding", Mailbox::Safeguarding, &raw.safeguarding),
        ];
        for (name, mailbox, addresses) in boxes {
            for address in addresses.iter().filter(|address| !is_address(address)) {
                let key = format!("schools.{school}.mail.{name}");
                findings.wrong(key, format!("{address:?}"), "an address such as office@school.example");
            }
            if !addresses.is_empty() {
                all.entry(id.clone()).or_default().insert(mailbox, addresses.clone());
            }
        }
    }
    all
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
    })
}

fn twilio(findings: &mut Findings, key: &str, raw: RawTwilio) -> Option<TwilioConfig> {
    let from = findings.ok(&format!("{key}.from"), "this number", PhoneNumber::parse(&raw.from));
    let token =
        secret(findings, &format!("{key}.auth_token"), raw.auth_token, raw.auth_token_file.as_deref());
    let base_url = url(findings, &format!("{key}.base_url"), &raw.base_url, "https://api.twilio.com");
    let tokens = token.into_iter().chain(raw.next_auth_token).map(SecretString::from).collect();
    Some(TwilioConfig { account_sid: raw.account_sid, auth_tokens: tokens, base_url, from: from? })
}

fn url(findings: &mut Findings, key: &str, given: &str, such_as: &str) -> String {
    if !given.starts_with("http") {
        findings.wrong(key, format!("{given:?}"), format!("an address such as {such_as}"));
    }
    given.trim_end_matches('/').to_owned()
}

fn sms_gate(findings: &mut Findings, key: &str, raw: RawSmsGate) -> Option<SmsGateConfig> {
    let base_url = url(findings, &format!("{key}.base_url"), &raw.base_url, "http://192.168.1.20:8080");
    let mode = match raw.mode.as_str() {
        "local" => Some(Mode::Local),
        "cloud" => Some(Mode::Cloud),
        other => {
            findings.wrong(format!("{key}.mode"), format!("{other:?}"), "local (the phone itself) or cloud");
            None
        }
    };
    let password = secret(findings, &format!("{key}.password"), raw.password, raw.password_file.as_deref());
    let signing_key =
        secret(findings, &format!("{key}.signing_key"), raw.signing_key, raw.signing_key_file.as_deref());
    Some(SmsGateConfig {
        base_url,
        mode: mode?,
        username: raw.username,
        password: password?.into(),
        signing_key: signing_key?.into(),
        sim: raw.sim,
    })
}

fn smtp(findings: &mut Findings, key: &str, raw: RawSmtp) -> Option<SmtpConfig> {
    let (tls, port) = match raw.tls.as_str() {
        "tls" => (Tls::Implicit, 465),
        "starttls" => (Tls::StartTls, 587),
        "none" if is_this_machine(&raw.host) => (Tls::None, 25),
        "none" => {
            findings.wrong(
                format!("{key}.tls"),
                "none",
                "tls or starttls; without, only on this machine (127.0.0.1)",
            );
            return None;
        }
        other => {
            findings.wrong(format!("{key}.tls"), format!("{other:?}"), "tls or starttls");
            return None;
        }
    };
    if !is_address(&raw.from) {
        findings.wrong(
            format!("{key}.from"),
            format!("{:?}", raw.from),
            "an address such as trips@school.example",
        );
    }
    let login = match raw.username {
        Some(user) => {
            let password =
                secret(findings, &format!("{key}.password"), raw.password, raw.password_file.as_deref());
            Some((user, SecretString::from(password?)))
        }
        None => None,
    };
    let ca = raw.ca_file.and_then(|file| read(findings, &format!("{key}.ca_file"), &file));
    Some(SmtpConfig { host: raw.host, port: raw.port.unwrap_or(port), tls, login, from: raw.from, ca })
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "::1" | "localhost")
}

fn read(findings: &mut Findings, key: &str, file: &Path) -> Option<Vec<u8>> {
    findings.ok(key, &file.display().to_string(), std::fs::read(file))
}
