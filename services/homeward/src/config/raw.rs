//! The file as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawConfig {
    pub(super) server: RawServer,
    pub(super) data: RawData,
    pub(super) broker: RawBroker,
    pub(super) twilio: Option<RawTwilio>,
    pub(super) schools: BTreeMap<String, RawSchool>,
    /// Demonstration and tests only.
    pub(super) drama_numbers: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawServer {
    pub(super) listen: String,
    pub(super) public_base: Option<String>,
}

impl Default for RawServer {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".into(), public_base: None }
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
            instance: 1,
            password: None,
            password_file: None,
            phones: None,
        }
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

fn twilio_itself() -> String {
    "https://api.twilio.com".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchool {
    pub(super) name: String,
    #[serde(default = "london")]
    pub(super) zone: String,
    #[serde(default)]
    pub(super) policy: decider::Policy,
}

fn london() -> String {
    "Europe/London".into()
}
