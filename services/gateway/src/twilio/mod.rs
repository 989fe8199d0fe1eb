//! Twilio, and whatever speaks its interface (SignalWire, Somleng, the simulated handsets).

pub mod client;
pub mod signature;
pub mod status;
pub mod twiml;
mod voice_in;
pub(crate) mod webhooks;

use proto::values::PhoneNumber;
use secrecy::SecretString;

/// The account there.
#[derive(Clone, Debug)]
pub struct TwilioConfig {
    /// `AC…`.
    pub account_sid: String,
    /// The token in force first; a second one while they are rotated.
    pub auth_tokens: Vec<SecretString>,
    /// Where its interface is: `https://api.twilio.com`.
    pub base_url: String,
    /// The school's number there: texts and calls come from it.
    pub from: PhoneNumber,
}
