//! How the server is set up: the account, the school's number, the phones, and the pace.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How fast messages and calls go on by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// As soon as possible. Rings and menus wait for the test.
    #[default]
    Immediate,
    /// Each step of a message, and each step of a call up to its ringing, waits for [`crate::Handsets::step`].
    Manual,
    /// With short delays, and real time-outs for rings and menus: for people.
    Realistic,
}

/// What kind of phone it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A work mobile with a screen.
    Smartphone,
    /// A basic phone with buttons.
    Button,
    /// A landline: it is called, never texted (21614).
    Landline,
}

impl Kind {
    /// The kind a number has when nothing else is said: 01, 02 and 03 numbers are landlines.
    pub(crate) fn of_number(number: &str) -> Self {
        match number.as_bytes() {
            [b'+', b'4', b'4', b'1'..=b'3', ..] => Self::Landline,
            _ => Self::Smartphone,
        }
    }
}

/// A phone that the page shows from the start. Any other number gets one when it is first used.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// Whose phone it is, as the page shows it.
    pub label: String,
    /// In E.164 form.
    pub number: String,
    /// What kind of phone.
    pub kind: Kind,
    /// Whether it is nobody's at school: a parent's, a host's.
    #[serde(default)]
    pub outside: bool,
}

/// Tells the time; hand in the test's own so that dates in lists agree with the application's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The whole set-up. `Default` has what tests need.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Checks the application's log-in and signs the webhooks.
    pub auth_token: String,
    /// The number that texts and calls come from, and that handsets text and ring.
    pub school_number: String,
    /// Where a text to the school is posted. May be set later: [`crate::Handsets::set_webhooks`].
    pub inbound_text_url: Option<String>,
    /// Where a call to the school asks for TwiML. May be set later.
    pub inbound_call_url: Option<String>,
    /// Where it is told that a call to the school is over (the number's own status callback). May be set later.
    pub hang_up_url: Option<String>,
    /// How fast things go on by themselves.
    pub pace: Pace,
    /// The phones on the page, in this order.
    pub phones: Vec<Phone>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How long a test waits for something to arrive before it fails.
    #[serde(skip)]
    pub patience: Duration,
    /// Tells the time.
    #[serde(skip, default = "system_clock")]
    pub clock: Clock,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            account_sid: "AC00000000000000000000000000000001".into(),
            auth_token: "simulated-handsets-token".into(),
            school_number: "+441632960000".into(),
            inbound_text_url: None,
            inbound_call_url: None,
            hang_up_url: None,
            pace: Pace::Immediate,
            phones: Vec::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            patience: Duration::from_secs(10),
            clock: system_clock(),
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("account_sid", &self.account_sid)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}
