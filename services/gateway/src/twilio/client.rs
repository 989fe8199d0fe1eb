//! Requests to the provider: create a text or call, look one up, take a call back.
//!
//! There is no idempotency key: what is in doubt (a time-out, a 5xx, an answer that broke off) is told as such, and is
//! looked up before it is sent again. No number and no words of a text are logged.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::TwilioConfig;
use crate::channels::{Fault, not_answered};
use crate::twilio_codes;

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE_REQUEST: Duration = Duration::from_secs(8);

/// How long a phone rings, in seconds.
const RING_SECS: u32 = 25;

/// The newest messages or calls to a number that a look-up reads.
const LOOK_UP_PAGE: u32 = 50;

/// A client of one account.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    account: String,
    sid: String,
    token: SecretString,
    from: String,
}

/// What the provider took.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Taken {
    /// Its id there.
    pub sid: String,
    /// Its status word.
    pub status: String,
}

/// A text or call that the provider knows.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Found {
    /// Its id there.
    pub sid: String,
    /// Its status word.
    pub status: String,
    /// A text's words; calls have none.
    #[serde(default)]
    pub body: Option<String>,
    /// RFC 2822.
    pub date_created: Option<String>,
    /// Why it failed, if it did.
    #[serde(default)]
    pub error_code: Option<u32>,
    /// `inbound`, `outbound-api`, …
    pub direction: String,
}

impl Found {
    /// When it was created.
    pub fn created_at(&self) -> Option<Timestamp> {
        jiff::fmt::rfc2822::parse(self.date_created.as_deref()?).ok().map(|zoned| zoned.timestamp())
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    code: Option<u32>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(alias = "messages", alias = "calls")]
    items: Vec<Found>,
}

impl Client {
    /// A client of the account. Fails only where no TLS can be had at all.
    pub fn new(config: &TwilioConfig) -> Result<Self, reqwest::Error> {
        // Installed already is as good: the whole process needs one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE_REQUEST)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            account: format!(
                "{}/2010-04-01/Accounts/{}",
                config.base_url.trim_end_matches('/'),
                config.account_sid
            ),
            sid: config.account_sid.clone(),
            token: config.auth_tokens.first().cloned().unwrap_or_default(),
            from: config.from.e164().to_owned(),
        })
    }

    /// Creates a text. After `valid_secs` in its queue the provider drops it.
    pub async fn text(&self, to: &str, body: &str, callback: &str, valid_secs: u32) -> Result<Taken, Fault> {
        let valid = valid_secs.clamp(1, 36_000).to_string();
        let form = [
            ("To", to),
            ("From", &self.from),
            ("Body", body),
            ("StatusCallback", callback),
            ("ValidityPeriod", &valid),
        ];
        self.create("Messages", &form).await
    }

    /// Creates a call that asks `url` what to say.
    pub async fn call(&self, to: &str, url: &str, callback: &str) -> Result<Taken, Fault> {
        let ring = RING_SECS.to_string();
        let form = [
            ("To", to),
            ("From", &self.from),
            ("Url", url),
            ("StatusCallback", callback),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
            ("Timeout", &ring),
        ];
        self.create("Calls", &form).await
    }

    /// Takes a call back that waits or rings.
    pub async fn cancel_call(&self, sid: &str) -> Result<(), Fault> {
        let request = self.http.post(format!("{}/Calls/{sid}.json", self.account));
        self.send(request.form(&[("Status", "canceled")])).await.map(drop)
    }

    /// The newest texts to a number, of ours.
    pub async fn texts_to(&self, to: &str) -> Result<Vec<Found>, Fault> {
        self.list("Messages", to).await
    }

    /// The newest calls to a number, of ours.
    pub async fn calls_to(&self, to: &str) -> Result<Vec<Found>, Fault> {
        self.list("Calls", to).await
    }

    /// Whether it lets us in and answers.
    pub async fn newest_text(&self) -> Result<(), Fault> {
        let request = self.http.get(format!("{}/Messages.json", self.account));
        self.send(request.query(&[("From", self.from.as_str()), ("PageSize", "1")])).await.map(drop)
    }

    async fn create(&self, what: &str, form: &[(&str, &str)]) -> Result<Taken, Fault> {
        let request = self.http.post(format!("{}/{what}.json", self.account)).form(form);
        let answer = self.send(request).await?;
        answer.json().await.map_err(|_| Fault::InDoubt { why: "the provider's answer broke off".to_owned() })
    }

    async fn list(&self, what: &str, to: &str) -> Result<Vec<Found>, Fault> {
        let size = LOOK_UP_PAGE.to_string();
        let request = self.http.get(format!("{}/{what}.json", self.account));
        let answer =
            self.send(request.query(&[("To", to), ("From", &self.from), ("PageSize", &size)])).await?;
        let page: Page = answer
            .json()
            .await
            .map_err(|_| Fault::InDoubt { why: "the provider's list could not be read".to_owned() })?;
        Ok(page.items.into_iter().filter(|found| found.direction.starts_with("outbound")).collect())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Fault> {
        let request = request.basic_auth(&self.sid, Some(self.token.expose_secret()));
        let answer = request.send().await.map_err(|error| not_answered(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if status.is_server_error() {
            return Err(Fault::InDoubt { why: format!("the provider answered {}", status.as_u16()) });
        }
        let told = answer.json::<ErrorBody>().await.ok().and_then(|body| body.code);
        let code = told.or((status.as_u16() == 429).then_some(20429));
        let why = match (code, status.as_u16()) {
            (None, 401 | 403) => twilio_codes::meaning(20003).to_owned(),
            (Some(code), _) => twilio_codes::meaning(code).to_owned(),
            (None, status) => format!("the provider answered {status}"),
        };
        Err(match (code, status.as_u16()) {
            (Some(20429), _) => Fault::Busy { code, why },
            // Our log-in being refused says nothing against this text: it may be mended in a minute.
            (code, 401 | 403) => Fault::Unfit { code, why },
            (Some(code), _) if twilio_codes::is_of_the_account(code) => {
                Fault::Unfit { code: Some(code), why }
            }
            (None, 408) => Fault::Refused { code, why, permanent: false },
            (None, _) => Fault::Refused { code, why, permanent: true },
            (Some(_), _) => {
                let permanent = twilio_codes::is_permanent(code);
                Fault::Refused { code, why, permanent }
            }
        })
    }
}
