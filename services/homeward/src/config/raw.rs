//! The file as it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proto::v1::people::Role;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawConfig {
    pub(super) server: RawServer,
    pub(super) data: RawData,
    pub(super) broker: RawBroker,
    pub(super) share: RawShare,
    pub(super) twilio: Option<RawTwilio>,
    pub(super) providers: BTreeMap<String, RawProvider>,
    pub(super) channels: RawChannels,
    pub(super) home_assistant: RawHomeAssistant,
    pub(super) map: Option<RawMap>,
    pub(super) watchdog: Option<RawWatchdog>,
    pub(super) log_in: RawLogIn,
    pub(super) schools: BTreeMap<String, RawSchool>,
    /// Demonstration and tests only.
    pub(super) drama_numbers: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLogIn {
    pub(super) second_factor_for: BTreeSet<Role>,
    pub(super) passwords_for: String,
    pub(super) oidc: BTreeMap<String, RawOidc>,
}

impl Default for RawLogIn {
    fn default() -> Self {
        Self {
            second_factor_for: BTreeSet::from([Role::Dsl, Role::Admin]),
            passwords_for: "everyone".into(),
            oidc: BTreeMap::new(),
        }
    }
}

/// A provider of accounts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOidc {
    pub(super) label: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
    pub(super) client_secret_file: Option<PathBuf>,
    #[serde(default = "email")]
    pub(super) account_by: String,
    #[serde(default)]
    pub(super) requires: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) only_schools: Vec<String>,
    #[serde(default)]
    pub(super) trust_second_factor: bool,
    #[serde(default = "select_account")]
    pub(super) prompt: String,
}

fn email() -> String {
    "email".into()
}

fn select_account() -> String {
    "select_account".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMap {
    pub(super) tiles: String,
    pub(super) credit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawServer {
    pub(super) listen: String,
    pub(super) public_base: Option<String>,
    pub(super) proxies: Vec<String>,
    pub(super) connections: usize,
    pub(super) connections_of_one: usize,
}

impl Default for RawServer {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            public_base: None,
            proxies: Vec::new(),
            connections: 800,
            connections_of_one: 200,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawData {
    pub(super) dir: PathBuf,
    pub(super) journal: Option<String>,
    pub(super) board: Option<String>,
}

impl Default for RawData {
    fn default() -> Self {
        Self { dir: "var".into(), journal: None, board: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBroker {
    pub(super) kind: String,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) others: Vec<String>,
    pub(super) qos: u8,
    pub(super) tls: bool,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) instance: u16,
    pub(super) password: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) phones: Option<String>,
}

impl Default for RawBroker {
    fn default() -> Self {
        Self {
            kind: "embedded".into(),
            host: None,
            port: None,
            others: Vec::new(),
            qos: 1,
            tls: false,
            ca_file: None,
            instance: 1,
            password: None,
            password_file: None,
            phones: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawShare {
    pub(super) by: String,
    pub(super) reached_at: Option<String>,
    pub(super) slots: String,
    pub(super) stand_by: bool,
}

impl Default for RawShare {
    fn default() -> Self {
        Self { by: "slots".into(), reached_at: None, slots: "0-63".into(), stand_by: false }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTwilio {
    pub(super) account_sid: String,
    pub(super) auth_token: Option<String>,
    pub(super) auth_token_file: Option<PathBuf>,
    pub(super) next_auth_token: Option<String>,
    #[serde(default = "twilio_itself")]
    pub(super) base_url: String,
    pub(super) from: String,
}

/// A further provider.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum RawProvider {
    Twilio(RawTwilio),
    SmsGate(RawSmsGate),
    Smtp(RawSmtp),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSmsGate {
    pub(super) base_url: String,
    #[serde(default = "local")]
    pub(super) mode: String,
    pub(super) username: String,
    pub(super) password: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) signing_key: Option<String>,
    pub(super) signing_key_file: Option<PathBuf>,
    pub(super) sim: Option<u8>,
}

fn local() -> String {
    "local".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSmtp {
    pub(super) host: String,
    pub(super) port: Option<u16>,
    #[serde(default = "starttls")]
    pub(super) tls: String,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) from: String,
    pub(super) ca_file: Option<PathBuf>,
}

fn starttls() -> String {
    "starttls".into()
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawChannels {
    pub(super) text: Vec<String>,
    pub(super) voice: Vec<String>,
    pub(super) email: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawHomeAssistant {
    pub(super) discovery: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWatchdog {
    pub(super) url: String,
    #[serde(default = "two_minutes")]
    pub(super) late_secs: u32,
}

fn two_minutes() -> u32 {
    120
}

fn twilio_itself() -> String {
    "https://api.twilio.com".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchool {
    pub(super) name: String,
    #[serde(default = "london")]
    pub(super) zone: String,
    pub(super) preset: Option<String>,
    #[serde(default)]
    pub(super) policy: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(super) mail: RawMail,
}

/// The addresses of a school's mailboxes.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMail {
    pub(super) office: Vec<String>,
    pub(super) dsl: Vec<String>,
    pub(super) head: Vec<String>,
    pub(super) safeguarding: Vec<String>,
}

fn london() -> String {
    "Europe/London".into()
}
