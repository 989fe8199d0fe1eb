//! Holds on records: while one stands, nothing of what it names is erased.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proto::ids::{HoldId, PersonId};
use proto::v1::safeguarding::{Event, Held};
use proto::values::{Note, Personal};
use serde::{Deserialize, Serialize};

/// Every hold that there ever was.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holds(BTreeMap<HoldId, Hold>);

/// One hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// What is held.
    pub of: Held,
    /// Who asked for it, and why.
    pub reason: Personal<Note>,
    /// Who said so, and when.
    pub placed: (PersonId, Timestamp),
    /// Who lifted it, when, and why.
    pub lifted: Option<(PersonId, Timestamp, Personal<Note>)>,
}

impl Holds {
    /// All of them, the newest first.
    pub fn all(&self) -> impl Iterator<Item = (HoldId, &Hold)> {
        let mut all: Vec<_> = self.0.iter().map(|(id, hold)| (*id, hold)).collect();
        all.sort_by_key(|(id, hold)| std::cmp::Reverse((hold.placed.1, *id)));
        all.into_iter()
    }

    /// Those that stand.
    pub fn standing(&self) -> impl Iterator<Item = (HoldId, &Hold)> {
        self.all().filter(|(_, hold)| hold.lifted.is_none())
    }

    /// One of them.
    pub fn get(&self, hold: HoldId) -> Option<&Hold> {
        self.0.get(&hold)
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        if let Event::RecordsHeld { hold, of, reason, by, at } = event {
            let new = Hold { of: *of, reason: reason.clone(), placed: (*by, *at), lifted: None };
            self.0.insert(*hold, new);
        }
        if let Event::HoldLifted { hold, reason, by, at } = event
            && let Some(known) = self.0.get_mut(hold)
        {
            known.lifted = Some((*by, *at, reason.clone()));
        }
    }
}
