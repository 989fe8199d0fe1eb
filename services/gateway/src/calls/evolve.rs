//! What events make of a call: a method for each, called from the gateway's one match over its events.

use proto::Timestamp;
use proto::ids::{InboundId, PersonId};
use proto::v1::gateway::{Caller, DialOutcome, Meaning, Message};

use super::call::RungBack;
use super::{Call, Calls, Dialling, Stage};

impl Calls {
    /// Somebody rings.
    pub(crate) fn received(&mut self, call: InboundId, from: &Caller, at: Timestamp) {
        let has_menu = matches!(from, Caller::Device { person: Some(_), trip: Some(_), .. });
        let stage = if has_menu { Stage::Menu {} } else { Stage::Received {} };
        let call_in = Call {
            from: from.clone(),
            received_at: at,
            since: at,
            turn: u16::from(has_menu),
            words: 0,
            help: false,
            trip: None,
            not_taken_at: None,
            exhausted: false,
            rung_back: None,
            stage,
        };
        self.insert(call, call_in);
    }

    /// The count is asked for.
    pub(crate) fn counts(&mut self, call: InboundId, at: Timestamp) {
        self.change(call, |c| {
            (c.since, c.turn) = (at, c.turn.saturating_add(1));
            c.stage = Stage::Counting {};
        });
    }

    /// They said something by keys. Who called for help is put through at once; else they wait for what becomes of it.
    pub(crate) fn said(&mut self, call: InboundId, word: InboundId, meaning: &Meaning, at: Timestamp) {
        self.change(call, |c| {
            (c.since, c.turn) = (at, c.turn.saturating_add(1));
            c.words = c.words.saturating_add(1);
            if matches!(meaning, Meaning::Help {}) {
                c.help = true;
            } else {
                c.stage = Stage::Said { word };
            }
        });
    }

    /// What became of it.
    pub(crate) fn told(&mut self, call: InboundId, message: &Message, at: Timestamp) {
        self.change(call, |c| {
            c.since = at;
            c.stage = Stage::Told { message: message.clone() };
        });
    }

    /// They are put through.
    pub(crate) fn routed(&mut self, call: InboundId, dialling: Dialling, at: Timestamp) {
        self.change(call, |c| {
            (c.since, c.trip) = (at, dialling.trip);
            c.stage = Stage::Ringing(dialling);
        });
    }

    /// What came of a step.
    pub(crate) fn step_tried(&mut self, call: InboundId, step: u16, outcome: DialOutcome, at: Timestamp) {
        self.change(call, |c| {
            c.since = at;
            if let (Stage::Ringing(dialling), false) = (&mut c.stage, outcome == DialOutcome::Taken) {
                dialling.step = step.saturating_add(1);
            }
        });
    }

    /// A person took it.
    pub(crate) fn bridged(&mut self, call: InboundId, at: Timestamp) {
        self.change(call, |c| {
            c.since = at;
            if let Stage::Ringing(dialling) = &c.stage {
                c.stage = Stage::Through(dialling.clone());
            }
        });
    }

    /// Nobody did.
    pub(crate) fn exhausted(&mut self, call: InboundId, at: Timestamp) {
        self.change(call, |c| {
            (c.since, c.not_taken_at, c.exhausted) = (at, Some(at), true);
            if let Stage::Ringing(dialling) = &c.stage {
                c.stage = Stage::Exhausted(dialling.clone());
            }
        });
    }

    /// It is over. Who gave up while it rang was taken by nobody.
    pub(crate) fn ended(&mut self, call: InboundId, at: Timestamp) {
        self.change(call, |c| {
            c.since = at;
            if matches!(c.stage, Stage::Ringing(_)) {
                c.not_taken_at = Some(at);
            }
            c.stage = Stage::Ended { taken: matches!(c.stage, Stage::Through(_)) };
        });
    }

    /// Somebody rang the caller back.
    pub(crate) fn rung_back(&mut self, call: InboundId, by: PersonId, at: Timestamp) {
        self.change(call, |c| c.rung_back = Some(RungBack { by, at }));
    }
}
