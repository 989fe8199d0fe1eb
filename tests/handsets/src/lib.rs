//! The simulated handsets: a small stateful server that speaks Twilio's REST interface for texts and calls.
//!
//! It stands where Twilio stands. The application creates messages and calls on it, and it calls the application back
//! with signed webhooks; in between are handsets, which a test holds ([`Handset`], [`LiveCall`]) or a person on the
//! page that the same server shows. Every request is held against Twilio's own OpenAPI document, and what breaks it
//! is refused and kept ([`Handsets::contract_violations`]).
//!
//! Time: nothing here sleeps unless the pace is [`Pace::Realistic`]. A ring that is not answered or a menu without a
//! key waits until the test says so ([`LiveCall::rings_out`], [`LiveCall::stays_silent`]).
//!
//! What it does not do: media, speech recognition, recordings, conferences, SIP, prices, and deleting.

mod calls;
mod config;
mod contract;
mod failures;
mod handset;
mod line;
mod live_call;
mod messages;
mod pace;
mod page;
mod server;
mod signing;
mod twiml;
mod webhooks;
mod world;

pub use config::{Clock, Config, Kind, Pace, Phone};
pub use contract::Violation;
pub use failures::{Behaviour, CallBehaviour, Failure, TextBehaviour};
pub use handset::{Handset, Handsets, Made, Sent, Unexpected};
pub use live_call::LiveCall;
pub use signing::{signature, signature_is_valid};
pub use webhooks::{Order, Post, Treatment};
pub use world::{CallStatus, LogLine, MAX_KEPT, Speaker, Text, TextStatus, Utterance};
