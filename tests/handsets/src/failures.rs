//! What can go wrong on demand: for the next requests ([`Failure`]), or for a number ([`Behaviour`]).

use serde::{Deserialize, Serialize};

/// What happens to a request that creates a message or a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 429 with code 20429; nothing was done.
    TooManyRequests,
    /// 500; nothing was done.
    ServerError,
    /// 503, though it was done: callbacks come later.
    AcceptThenServerError,
    /// It was done, but the answer never comes: the client runs into its own time-out.
    AcceptThenHang,
    /// It was done, but the connection breaks within the answer.
    AcceptThenCutOff,
    /// 400 with this code; nothing was done.
    Refuse(u32),
}

/// How the carrier and the person at a number behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// For calls.
    Calls(CallBehaviour),
    /// For texts.
    Texts(TextBehaviour),
}

/// What happens to calls to a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallBehaviour {
    /// It rings.
    #[default]
    Rings,
    /// Engaged.
    Busy,
    /// It rings out at once.
    NoAnswer,
    /// The carrier can't connect it.
    Fails,
    /// A machine answers, listens, and presses nothing.
    Voicemail,
}

/// What happens to texts to a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextBehaviour {
    /// It arrives, and the carrier says so.
    #[default]
    Delivered,
    /// It arrives, but 'sent' is the last word: no receipt.
    NoReceipt,
    /// Sent, then undelivered with this code (30003 switched off, 30006 landline, 30007 filtered …).
    Undelivered(u32),
    /// Failed before it was sent, with this code.
    Failed(u32),
    /// The request itself is refused with this code (21211 bad number, 21610 opted out, 30004 blocked …).
    Refused(u32),
}

impl From<CallBehaviour> for Behaviour {
    fn from(calls: CallBehaviour) -> Self {
        Self::Calls(calls)
    }
}

impl From<TextBehaviour> for Behaviour {
    fn from(texts: TextBehaviour) -> Self {
        Self::Texts(texts)
    }
}

/// Twilio's words for the codes in use here.
pub(crate) fn words(code: u32) -> &'static str {
    match code {
        20001 => "Invalid parameter",
        20003 => "Authenticate",
        20404 => "The requested resource was not found",
        20429 => "Too Many Requests",
        20500 => "Internal Server Error",
        21211 => "Invalid 'To' Phone Number",
        21220 => "Invalid call state",
        21408 => "Permission to send to this region has not been enabled",
        21606 => "The 'From' number is not a valid, message-capable number for this account",
        21610 => "Attempt to send to unsubscribed recipient",
        21614 => "'To' number is not a valid mobile number",
        30001 => "Queue overflow",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30008 => "Unknown error",
        30409 => "Message cannot be cancelled",
        _ => "Refused",
    }
}
