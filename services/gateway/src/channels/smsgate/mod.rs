//! A school's own Android phone with the app SMSGate: texts for those without an account anywhere.
//!
//! The app runs a small server of its own (local mode), or is reached through a server between (cloud mode, one's own or
//! the maker's); both speak the same but for their paths. Each text has an id of ours, so that it can be asked for by it,
//! and posting it twice sends it once. The phone must stay charged, on line and unlocked: put it second where there is a
//! better one. Source: the app's public documentation of its interface and webhooks.

pub mod news;
pub mod signature;
pub(crate) mod webhooks;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use proto::v1::alerts::Channel;
use proto::v1::gateway::Progress;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::twilio::cant;
use super::{Fault, LookedUp, Parcel, Provider, Sought, Taken, Unusable, not_answered};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE_REQUEST: Duration = Duration::from_secs(8);

/// From this priority on the app sends at once, past its own limits.
const AT_ONCE: i8 = 100;

/// The least that it takes as a text's life, in seconds.
const LEAST_TTL_SECS: u32 = 5;

/// What its webhooks tell.
const EVENTS: [&str; 4] = ["sms:received", "sms:sent", "sms:delivered", "sms:failed"];

/// How the phone is reached.
#[derive(Clone, Debug)]
pub struct SmsGateConfig {
    /// `http://192.168.1.20:8080`, or `https://api.sms-gate.app/3rdparty/v1`.
    pub base_url: String,
    /// Whether the phone is asked itself.
    pub mode: Mode,
    /// The user that the app shows.
    pub username: String,
    /// The password that the app shows.
    pub password: SecretString,
    /// The key that the app signs webhooks with.
    pub signing_key: SecretString,
    /// Which SIM, from 1; the phone's own choice if none is given.
    pub sim: Option<u8>,
}

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The phone itself.
    Local,
    /// A server between.
    Cloud,
}

/// A phone.
#[derive(Debug)]
pub(super) struct SmsGate {
    http: reqwest::Client,
    config: SmsGateConfig,
}

#[derive(Deserialize)]
struct State {
    id: String,
    state: String,
    #[serde(default)]
    recipients: Vec<RecipientState>,
}

#[derive(Deserialize)]
struct RecipientState {
    error: Option<String>,
}

impl SmsGate {
    pub(super) fn open(config: &SmsGateConfig) -> Result<Self, Unusable> {
        // Installed already is as good: the whole process needs one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE_REQUEST)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, config: config.clone() })
    }

    fn messages(&self) -> String {
        let base = self.config.base_url.trim_end_matches('/');
        match self.config.mode {
            Mode::Local => format!("{base}/message"),
            Mode::Cloud => format!("{base}/messages"),
        }
    }

    async fn asked(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Fault> {
        let password = self.config.password.expose_secret();
        let request = request.basic_auth(&self.config.username, Some(password));
        request.send().await.map_err(|error| not_answered(&error))
    }

    /// The state of a text by our own id; none if the phone has no such text.
    async fn state_of(&self, id: &str) -> Result<Option<State>, Fault> {
        let answer = self.asked(self.http.get(format!("{}/{id}", self.messages()))).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => answer.json().await.map(Some).map_err(|_| broke_off()),
            status => Err(fault_of(status)),
        }
    }
}

#[async_trait]
impl Provider for SmsGate {
    fn channels(&self) -> &'static [Channel] {
        &[Channel::Text]
    }

    async fn send(&self, parcel: &Parcel) -> Result<Taken, Fault> {
        match parcel.channel {
            Channel::Text => {}
            Channel::Voice => return Err(cant("calls")),
            Channel::Email => return Err(cant("e-mail")),
        }
        let id = parcel.id.to_string();
        let mut body = json!({
            "id": id,
            "textMessage": { "text": parcel.words },
            "phoneNumbers": parcel.to,
            "ttl": parcel.valid_secs.max(LEAST_TTL_SECS),
            "withDeliveryReport": true,
            "priority": if parcel.urgent { AT_ONCE } else { 0 },
        });
        if let Some(sim) = self.config.sim {
            body["simNumber"] = json!(sim);
        }
        let answer = self.asked(self.http.post(self.messages()).json(&body)).await?;
        match answer.status() {
            // It has that id already: a try before got there.
            StatusCode::CONFLICT => Ok(Taken { provider_id: id, further: None }),
            status if status.is_success() => Ok(Taken { provider_id: id, further: None }),
            status => Err(fault_of(status)),
        }
    }

    async fn look_up(&self, sought: &Sought<'_>) -> Result<LookedUp, Fault> {
        let found = self.state_of(&sought.id.to_string()).await?;
        Ok(found.map_or(LookedUp::HasNot, |state| {
            let further = progress_of(&state);
            LookedUp::Has(Taken { provider_id: state.id, further })
        }))
    }

    async fn probe(&self) -> Result<(), Fault> {
        // A text that can't be: its absence is told by a phone that is there, and lets us in.
        self.state_of("none").await.map(drop)
    }

    async fn take_back(&self, _: &str) -> Result<(), Fault> {
        Err(cant("calls"))
    }

    /// The app posts each kind of news to an address that it was given.
    async fn register(&self, public_base: &str) -> Result<(), Fault> {
        let base = self.config.base_url.trim_end_matches('/');
        for event in EVENTS {
            let id = format!("homeward-{}", event.trim_start_matches("sms:"));
            let hook = json!({ "id": id, "url": format!("{public_base}/smsgate"), "event": event });
            let answer = self.asked(self.http.post(format!("{base}/webhooks")).json(&hook)).await?;
            if !answer.status().is_success() && answer.status() != StatusCode::CONFLICT {
                return Err(fault_of(answer.status()));
            }
        }
        Ok(())
    }
}

/// What the phone's own words for a text's state mean.
fn progress_of(state: &State) -> Option<Progress> {
    let error = state.recipients.iter().find_map(|recipient| recipient.error.as_deref());
    match state.state.as_str() {
        "Sent" => Some(Progress::Sent {}),
        "Delivered" => Some(Progress::Delivered {}),
        "Failed" => Some(failed(error)),
        // Pending, Processed: it has it, and no more.
        _ => None,
    }
}

/// The phone could not send it, or the network did not deliver it.
fn failed(reason: Option<&str>) -> Progress {
    let clipped: String = reason.unwrap_or_default().chars().take(80).collect();
    let why = match clipped.as_str() {
        "" => "the school's phone could not send it".to_owned(),
        reason => format!("the school's phone could not send it ({reason})"),
    };
    Progress::Failed { code: None, why, permanent: false }
}

fn broke_off() -> Fault {
    Fault::InDoubt { why: "the phone's answer broke off".to_owned() }
}

fn fault_of(status: StatusCode) -> Fault {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Fault::Unfit { code: None, why: "the phone refuses our log-in".to_owned() }
        }
        StatusCode::TOO_MANY_REQUESTS => {
            Fault::Busy { code: None, why: "the phone asks us to wait".to_owned() }
        }
        status if status.is_server_error() => {
            Fault::InDoubt { why: format!("the phone answered {}", status.as_u16()) }
        }
        status => Fault::Refused {
            code: None,
            why: format!("the phone refused it ({})", status.as_u16()),
            permanent: true,
        },
    }
}
