//! Texts that came in. What goes out is in the gateway's own state.

use std::collections::VecDeque;

use proto::Timestamp;
use proto::ids::{InboundId, TripId};
use proto::v1::AnyEvent;
use proto::v1::gateway::{Caller, Event, Meaning};
use proto::values::{Note, Personal};

/// The most texts that are kept at hand: the oldest go first.
pub const MAX_TEXTS: usize = 500;

/// A text that came in.
#[derive(Clone, PartialEq, Debug)]
pub struct TextIn {
    /// Its id.
    pub inbound: InboundId,
    /// Who sent it.
    pub from: Caller,
    /// Its words, a duress word taken out.
    pub body: Personal<Note>,
    /// What it was understood to say.
    pub meaning: Meaning,
    /// Whether a duress word was in it: shown to base alone.
    pub duress: bool,
    /// When it came.
    pub received_at: Timestamp,
}

impl TextIn {
    /// The trip that the sender's phone was with.
    pub fn trip(&self) -> Option<TripId> {
        match &self.from {
            Caller::Device { trip, .. } => *trip,
            Caller::Stranger { .. } => None,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Texts(VecDeque<TextIn>);

impl Texts {
    pub(super) fn hear(&mut self, event: &AnyEvent) {
        let AnyEvent::Gateway(Event::TextReceived {
            inbound, from, body, meaning, duress, received_at, ..
        }) = event
        else {
            return;
        };
        let (from, body, meaning) = (from.clone(), body.clone(), meaning.clone());
        let (inbound, duress, received_at) = (*inbound, *duress, *received_at);
        self.0.push_back(TextIn { inbound, from, body, meaning, duress, received_at });
        if self.0.len() > MAX_TEXTS {
            self.0.pop_front();
        }
    }

    pub(super) fn newest_first(&self) -> impl Iterator<Item = &TextIn> {
        self.0.iter().rev()
    }
}
