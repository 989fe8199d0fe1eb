//! A trip as devices sees it: what it needs, which devices it has, what became of each.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{DeviceId, TripId};
use proto::v1::devices::{Settlement, TripNeeds, TripPhase};
use serde::{Deserialize, Serialize};

/// A trip that hasn't ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// What it needs, and where it stands.
    pub needs: TripNeeds,
    /// Every device that it ever had, and how it stands to the trip.
    pub devices: BTreeMap<DeviceId, Link>,
    /// Whether it was told that every device is settled.
    pub settled: bool,
}

/// How a device stands to a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// Its return, or the word of its holder, is awaited.
    Awaited,
    /// Nothing more is awaited.
    Settled(Settlement),
}

impl Trip {
    pub(crate) fn new(needs: TripNeeds) -> Self {
        Self { needs, devices: BTreeMap::new(), settled: false }
    }

    /// Whether its devices are being taken in, and not yet all settled.
    pub(crate) fn takes_in(&self) -> bool {
        match self.needs.phase {
            TripPhase::Returning | TripPhase::Cancelled => !self.settled,
            TripPhase::Planned | TripPhase::Out | TripPhase::Ended => false,
        }
    }

    /// The devices that are awaited.
    pub fn awaited(&self) -> BTreeSet<DeviceId> {
        self.devices.iter().filter(|(_, link)| **link == Link::Awaited).map(|(device, _)| *device).collect()
    }

    /// How all its devices are settled, once these few more are; `None` while one is still awaited.
    pub(crate) fn all_settled_with(
        &self,
        more: &BTreeMap<DeviceId, Settlement>,
    ) -> Option<Vec<(DeviceId, Settlement)>> {
        let settled = |(device, link): (&DeviceId, &Link)| match (more.get(device), link) {
            (Some(settlement), _) | (None, Link::Settled(settlement)) => Some((*device, *settlement)),
            (None, Link::Awaited) => None,
        };
        self.devices.iter().map(settled).collect()
    }
}

/// The trips that haven't ended, and the ids of those that have.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trips {
    pub(crate) live: BTreeMap<TripId, Trip>,
    pub(crate) ended: BTreeSet<TripId>,
}

impl Trips {
    /// Takes what was heard of a trip.
    pub(crate) fn note(&mut self, trip: TripId, needs: &TripNeeds) {
        if needs.phase == TripPhase::Ended {
            self.live.remove(&trip);
            self.ended.insert(trip);
            return;
        }
        match self.live.get_mut(&trip) {
            Some(known) => known.needs = needs.clone(),
            None => {
                self.live.insert(trip, Trip::new(needs.clone()));
            }
        }
    }

    /// A device went out to a trip.
    pub(crate) fn link(&mut self, trip: TripId, device: DeviceId) {
        if let Some(trip) = self.live.get_mut(&trip) {
            trip.devices.insert(device, Link::Awaited);
        }
    }

    /// What became of a device, for one trip.
    pub(crate) fn settle(&mut self, trip: TripId, device: DeviceId, settlement: Settlement) {
        if let Some(link) = self.live.get_mut(&trip).and_then(|trip| trip.devices.get_mut(&device)) {
            *link = Link::Settled(settlement);
        }
    }
}
