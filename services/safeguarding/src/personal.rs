//! Pupils' own phones in their pouches: at most one in each. [PERS-1]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use proto::ids::{PersonId, TripId};
use proto::v1::safeguarding::{Event, HandIn};
use serde::{Deserialize, Serialize};

/// The most phones given back that are at hand; the journal has all of them.
pub const MAX_GIVEN_BACK: usize = 400;

/// The pouches.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pouches {
    pub(crate) held: BTreeMap<u16, Pouch>,
    given_back: VecDeque<(u16, Pouch, PersonId, Timestamp)>,
}

/// A pouch with a phone in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pouch {
    /// On which day it was handed in.
    pub day: Date,
    /// Whose it is, and where.
    pub phone: HandIn,
    /// When it is to have been fetched.
    pub fetch_by: Timestamp,
    /// Who took it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// It was told that nobody had fetched it.
    pub told: bool,
}

impl Pouches {
    /// The pouches with a phone in them, by their number.
    pub fn held(&self) -> impl Iterator<Item = (u16, &Pouch)> {
        self.held.iter().map(|(number, pouch)| (*number, pouch))
    }

    /// The phone in a pouch.
    pub fn get(&self, pouch: u16) -> Option<&Pouch> {
        self.held.get(&pouch)
    }

    /// Phones that were given back, the last ones first: pouch, phone, who gave it back, when.
    pub fn given_back(&self) -> impl Iterator<Item = &(u16, Pouch, PersonId, Timestamp)> {
        self.given_back.iter().rev()
    }

    /// The lowest number without a phone.
    pub fn next_free(&self) -> u16 {
        (1..).find(|number| !self.held.contains_key(number)).unwrap_or(1)
    }

    /// Phones that are overdue while their trip isn't out: nobody can fetch theirs from a coach.
    pub(crate) fn overdue(&self, now: Timestamp, is_out: impl Fn(TripId) -> bool) -> BTreeSet<u16> {
        self.waiting(is_out).filter(|(_, pouch)| pouch.fetch_by <= now).map(|(number, _)| number).collect()
    }

    /// When the next one will be.
    pub(crate) fn next_due(&self, is_out: impl Fn(TripId) -> bool) -> Option<Timestamp> {
        self.waiting(is_out).map(|(_, pouch)| pouch.fetch_by).min()
    }

    fn waiting(&self, is_out: impl Fn(TripId) -> bool) -> impl Iterator<Item = (u16, &Pouch)> {
        self.held().filter(move |(_, pouch)| !pouch.told && !pouch.phone.trip.is_some_and(&is_out))
    }

    /// Whether no other that was told is left.
    pub(crate) fn is_last_told(&self, pouch: u16) -> bool {
        !self.held().any(|(number, other)| number != pouch && other.told)
    }

    /// A trip is back: so long its pupils have to fetch theirs at least.
    pub(crate) fn trip_is_back(&mut self, trip: TripId, fetch_by: Timestamp) {
        for pouch in self.held.values_mut().filter(|pouch| pouch.phone.trip == Some(trip)) {
            pouch.fetch_by = pouch.fetch_by.max(fetch_by);
        }
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        if let Event::PhoneHandedIn { day, pouch, phone, fetch_by, by, at } = event {
            let held =
                Pouch { day: *day, phone: phone.clone(), fetch_by: *fetch_by, by: *by, at: *at, told: false };
            self.held.insert(*pouch, held);
        }
        if let Event::PhoneGivenBack { pouch, by, at, .. } = event
            && let Some(held) = self.held.remove(pouch)
        {
            self.given_back.push_back((*pouch, held, *by, *at));
            if self.given_back.len() > MAX_GIVEN_BACK {
                self.given_back.pop_front();
            }
        }
        if let Event::PhonesUncollected { pouches, .. } = event {
            for pouch in pouches {
                if let Some(held) = self.held.get_mut(pouch) {
                    held.told = true;
                }
            }
        }
    }
}
