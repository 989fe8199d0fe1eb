//! The simulated broker and what may go wrong with it: it loses, doubles, reorders and delays; it goes away and forgets.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proto::envelope::{Answer, Head};
use proto::topics::ServiceName;

use crate::dice::Dice;
use crate::node::Input;

/// Who is on the bus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Place {
    Service(ServiceName),
    Board,
}

/// What travels.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    Input(Input),
    /// Asks the one it goes to for the numbers from there on.
    AskReplay {
        by: ServiceName,
        from: u64,
    },
    Answer(Box<Answer>),
}

/// How bad it is. All chances are in a thousand.
#[derive(Clone, Debug)]
pub struct Weather {
    /// A message is lost.
    pub loss: u32,
    /// A message comes twice.
    pub double: u32,
    /// A message takes up to twenty seconds, so that others overtake it.
    pub slow: u32,
    /// The process dies at a commit: before it, after it, or while giving out.
    pub crash: u32,
    /// How often the broker goes away in a day, for seconds or minutes.
    pub broker_outages: usize,
    /// How often one service loses its connection in a day.
    pub cut_offs: usize,
    /// How often the gateway alone does, besides.
    pub gateway_cut_offs: usize,
    /// How often a process is killed and stays down for minutes.
    pub kills: usize,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fair() -> Self {
        Self {
            loss: 0,
            double: 0,
            slow: 0,
            crash: 0,
            broker_outages: 0,
            cut_offs: 0,
            gateway_cut_offs: 0,
            kills: 0,
        }
    }

    pub(crate) fn random(dice: &mut Dice) -> Self {
        Self {
            loss: *dice.pick(&[0, 10, 50, 100]),
            double: *dice.pick(&[0, 10, 100]),
            slow: *dice.pick(&[0, 20, 100]),
            crash: *dice.pick(&[0, 2, 10, 30]),
            broker_outages: dice.below(4),
            cut_offs: dice.below(3),
            gateway_cut_offs: dice.below(3),
            kills: dice.below(4),
        }
    }

    /// Whether each message comes, once, at once.
    pub(crate) fn is_calm(&self) -> bool {
        self.loss == 0 && self.slow == 0
    }

    /// How long each copy of a message is on its way; none if it is lost.
    pub(crate) fn travel(&self, dice: &mut Dice) -> Vec<SignedDuration> {
        if dice.per_mille(self.loss) {
            return Vec::new();
        }
        let copies = if dice.per_mille(self.double) { 2 } else { 1 };
        let mut one = || if dice.per_mille(self.slow) { dice.millis(50, 20_000) } else { dice.millis(1, 40) };
        (0..copies).map(|_| one()).collect()
    }
}

/// The broker.
#[derive(Default)]
pub(crate) struct Broker {
    pub(crate) up: bool,
    pub(crate) retained: BTreeMap<ServiceName, Head>,
    /// How each service is: as it said, or as its last will did.
    pub(crate) health: BTreeMap<ServiceName, bool>,
}

/// One client's connection, and when it was away.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) connected: bool,
    /// Counts connections: what was on its way to an older one is dropped.
    pub(crate) number: u64,
    /// When this service could not hear or be heard: the process down, or no connection.
    pub(crate) away: Vec<Away>,
}

/// A stretch of being away; the last one may not have ended.
#[derive(Clone, Copy, Debug)]
pub struct Away {
    /// Since when.
    pub from: Timestamp,
    /// When the broker told the others, by its last will; none if it never noticed, or was away itself.
    pub told: Option<Timestamp>,
    /// Until when.
    pub to: Option<Timestamp>,
}

impl Line {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { connected: false, number: 0, away: vec![Away { from: now, told: None, to: None }] }
    }

    pub(crate) fn connect(&mut self, now: Timestamp) {
        self.connected = true;
        self.number += 1;
        if let Some(last) = self.away.last_mut() {
            last.to.get_or_insert(now);
        }
    }

    pub(crate) fn cut(&mut self, now: Timestamp) {
        if self.connected {
            self.connected = false;
            self.away.push(Away { from: now, told: None, to: None });
        }
    }
}
