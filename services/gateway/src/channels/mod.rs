//! The ways to the outside, as a registry: a provider is a file (or folder) here, a variant of [`ProviderConfig`] and a
//! line in [`open`]. What it can do it says itself; nothing else knows one from another.
//!
//! None of them logs a number, an address or the words of a message.

pub mod smsgate;
pub mod smtp;
mod twilio;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use proto::ids::{AttemptId, ProviderName, SchoolId};
use proto::v1::alerts::Channel;
use proto::v1::gateway::{Mailbox, Progress};

pub use self::smsgate::{Mode, SmsGateConfig};
pub use self::smtp::{SmtpConfig, Tls};
use crate::twilio::TwilioConfig;

/// The name of the provider that the table `[twilio]` sets up.
pub const TWILIO: &str = "twilio";

/// A provider, as it is configured.
#[derive(Clone, Debug)]
pub enum ProviderConfig {
    /// Twilio, or whoever speaks its interface: texts and calls.
    Twilio(TwilioConfig),
    /// A school's own Android phone with SMSGate: texts.
    SmsGate(SmsGateConfig),
    /// A mail server: e-mail.
    Smtp(SmtpConfig),
}

/// The registry: one line for each kind.
fn open(config: &ProviderConfig) -> Result<Arc<dyn Provider>, Unusable> {
    Ok(match config {
        ProviderConfig::Twilio(config) => Arc::new(twilio::Twilio::open(config)?),
        ProviderConfig::SmsGate(config) => Arc::new(smsgate::SmsGate::open(config)?),
        ProviderConfig::Smtp(config) => Arc::new(smtp::Smtp::open(config)?),
    })
}

/// What a provider does. Each answer says whether trying again is of use, and whether it may have been done.
#[async_trait]
pub trait Provider: Send + Sync + std::fmt::Debug + 'static {
    /// What it can be used for.
    fn channels(&self) -> &'static [Channel];

    /// Sends a text or an e-mail, or places a call that asks our webhook what to say.
    async fn send(&self, parcel: &Parcel) -> Result<Taken, Fault>;

    /// Whether it has what an attempt in doubt was to send.
    async fn look_up(&self, sought: &Sought<'_>) -> Result<LookedUp, Fault>;

    /// Whether it answers at all: nothing is sent.
    async fn probe(&self) -> Result<(), Fault>;

    /// Takes a call back that waits or rings.
    async fn take_back(&self, provider_id: &str) -> Result<(), Fault>;

    /// Tells it where its news goes, if it has to be told.
    async fn register(&self, _public_base: &str) -> Result<(), Fault> {
        Ok(())
    }
}

/// What is sent.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Which attempt and try it is: an id of our own, for providers that take one.
    pub id: MessageId,
    /// By which channel.
    pub channel: Channel,
    /// Numbers (one), or addresses.
    pub to: Vec<String>,
    /// Its words.
    pub words: String,
    /// An e-mail's subject.
    pub subject: String,
    /// Whether it goes before others.
    pub urgent: bool,
    /// How long it is worth sending, in seconds.
    pub valid_secs: u32,
    /// Where news of it is posted to.
    pub callback: String,
    /// Where a call asks what to say.
    pub says: String,
}

/// An attempt's try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageId {
    /// The attempt.
    pub attempt: AttemptId,
    /// Which try of it.
    pub tries: u16,
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.attempt.0.simple(), self.tries)
    }
}

impl MessageId {
    /// Reads it back.
    pub fn parse(text: &str) -> Option<Self> {
        let (attempt, tries) = text.split_once('-')?;
        Some(Self { attempt: AttemptId(uuid::Uuid::try_parse(attempt).ok()?), tries: tries.parse().ok()? })
    }
}

/// What a provider took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Its id there.
    pub provider_id: String,
    /// What is known of it besides.
    pub further: Option<Progress>,
}

/// What an attempt in doubt was to send.
pub struct Sought<'a> {
    /// The try in doubt.
    pub id: MessageId,
    /// By which channel.
    pub channel: Channel,
    /// The number.
    pub to: &'a str,
    /// The words; a link is signed anew each time, and can't be compared.
    pub words: Option<&'a str>,
    /// Not before then.
    pub since: Timestamp,
    /// Whether an id of the provider belongs to another attempt.
    pub is_bound: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// What a provider said of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LookedUp {
    /// It has it.
    Has(Taken),
    /// It certainly does not.
    HasNot,
    /// It can't be asked such a thing.
    CantTell,
}

/// Why a request did not succeed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It was refused: nothing was sent.
    Refused {
        /// The provider's code.
        code: Option<u32>,
        /// In plain words.
        why: String,
        /// Whether another try is of no use.
        permanent: bool,
    },
    /// The provider refuses us, not this message: nothing was sent.
    Unfit {
        /// The provider's code.
        code: Option<u32>,
        /// In plain words.
        why: String,
    },
    /// It asks us to wait: nothing was sent.
    Busy {
        /// The provider's code.
        code: Option<u32>,
        /// In plain words.
        why: String,
    },
    /// It did not reach the provider: nothing was sent.
    NotReached {
        /// Why.
        why: String,
    },
    /// Whether it was done is not known.
    InDoubt {
        /// Why.
        why: String,
    },
}

impl Fault {
    /// In plain words.
    pub fn why(&self) -> &str {
        match self {
            Self::Refused { why, .. }
            | Self::Unfit { why, .. }
            | Self::Busy { why, .. }
            | Self::NotReached { why }
            | Self::InDoubt { why } => why,
        }
    }

    /// Whether the provider itself failed: nothing was wrong with the message.
    pub fn is_the_providers(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Busy { .. } => false,
            Self::Unfit { .. } | Self::NotReached { .. } | Self::InDoubt { .. } => true,
        }
    }

    /// As news of an attempt.
    pub fn progress(self) -> Progress {
        match self {
            Self::Refused { code, why, permanent } => Progress::Failed { code, why, permanent },
            Self::Unfit { code, why } | Self::Busy { code, why } => {
                Progress::Failed { code, why, permanent: false }
            }
            Self::NotReached { why } => Progress::Failed { code: None, why, permanent: false },
            Self::InDoubt { why } => Progress::Unknown { why },
        }
    }
}

/// How an answer that did not come is told: whether it can have been done.
pub(crate) fn not_answered(error: &reqwest::Error) -> Fault {
    if error.is_connect() {
        Fault::NotReached { why: "the provider can't be reached".to_owned() }
    } else if error.is_timeout() {
        Fault::InDoubt { why: "the provider did not answer in time".to_owned() }
    } else {
        Fault::InDoubt { why: "the connection to the provider broke off".to_owned() }
    }
}

/// Why a provider can't be used as it is configured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

impl From<reqwest::Error> for Unusable {
    fn from(error: reqwest::Error) -> Self {
        Self(error.to_string())
    }
}

/// Which providers there are, and which serve which channel, the one to be used first in front.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    /// Every provider.
    pub providers: Vec<(ProviderName, ProviderConfig)>,
    /// Who sends texts; if nobody is named, whoever can.
    pub text: Vec<ProviderName>,
    /// Who places calls, likewise.
    pub voice: Vec<ProviderName>,
    /// Who sends e-mail, likewise.
    pub email: Vec<ProviderName>,
    /// The addresses of each school's mailboxes.
    pub mailboxes: BTreeMap<SchoolId, BTreeMap<Mailbox, Vec<String>>>,
}

/// Asks each provider whether it answers us, and takes our credentials: nothing is sent.
pub async fn ask_each(channels: &Channels) -> Vec<(ProviderName, Result<(), String>)> {
    let mut answers = Vec::new();
    for (name, config) in &channels.providers {
        let answer = match open(config) {
            Ok(provider) => provider.probe().await.map_err(|fault| fault.why().to_owned()),
            Err(unusable) => Err(unusable.to_string()),
        };
        answers.push((name.clone(), answer));
    }
    answers
}

/// The providers, at work.
#[derive(Debug)]
pub(crate) struct Registry {
    all: BTreeMap<ProviderName, Arc<dyn Provider>>,
    pub(crate) text: Vec<ProviderName>,
    pub(crate) voice: Vec<ProviderName>,
    pub(crate) email: Vec<ProviderName>,
}

impl Registry {
    pub(crate) fn open(channels: &Channels) -> Result<Self, Unusable> {
        let mut all = BTreeMap::new();
        for (name, config) in &channels.providers {
            let opened = open(config).map_err(|why| Unusable(format!("provider {name}: {why}")))?;
            all.insert(name.clone(), opened);
        }
        let order = |named: &[ProviderName], channel: Channel| {
            let can = |name: &&ProviderName| {
                all.get(*name)
                    .is_some_and(|provider: &Arc<dyn Provider>| provider.channels().contains(&channel))
            };
            if named.is_empty() {
                channels.providers.iter().map(|(name, _)| name).filter(can).cloned().collect()
            } else {
                named.iter().filter(can).cloned().collect::<Vec<_>>()
            }
        };
        let text = order(&channels.text, Channel::Text);
        let voice = order(&channels.voice, Channel::Voice);
        let email = order(&channels.email, Channel::Email);
        Ok(Self { all, text, voice, email })
    }

    /// Who sends an attempt: whom the journal names, or the first of its channel.
    pub(crate) fn of(&self, name: Option<&ProviderName>, channel: Channel) -> Option<&Arc<dyn Provider>> {
        let first = || match channel {
            Channel::Text => self.text.first(),
            Channel::Voice => self.voice.first(),
            Channel::Email => self.email.first(),
        };
        self.all.get(name.or_else(first)?)
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = (&ProviderName, &Arc<dyn Provider>)> {
        self.all.iter()
    }
}
