//! When devices of returned trips are due back: an ordered index, so that the next one is known at once.

use std::collections::{BTreeMap, BTreeSet};

use proto::Timestamp;
use proto::ids::{DeviceId, TripId};
use serde::{Deserialize, Serialize};

/// One deadline for each device of a trip, at most.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(Timestamp, DeviceId, TripId)>,
    by_device: BTreeMap<DeviceId, BTreeMap<TripId, Timestamp>>,
}

impl Deadlines {
    /// Sets the deadline, in place of the one there was.
    pub(crate) fn arm(&mut self, device: DeviceId, trip: TripId, at: Timestamp) {
        if let Some(before) = self.by_device.entry(device).or_default().insert(trip, at) {
            self.by_time.remove(&(before, device, trip));
        }
        self.by_time.insert((at, device, trip));
    }

    /// Takes one deadline away.
    pub(crate) fn disarm(&mut self, device: DeviceId, trip: TripId) {
        let Some(trips) = self.by_device.get_mut(&device) else { return };
        if let Some(at) = trips.remove(&trip) {
            self.by_time.remove(&(at, device, trip));
        }
        if trips.is_empty() {
            self.by_device.remove(&device);
        }
    }

    /// Takes every deadline of a device away: it is in, or will not come.
    pub(crate) fn disarm_all(&mut self, device: DeviceId) {
        for (trip, at) in self.by_device.remove(&device).unwrap_or_default() {
            self.by_time.remove(&(at, device, trip));
        }
    }

    /// The trips for which a device has a deadline.
    pub(crate) fn trips_of(&self, device: DeviceId) -> Vec<TripId> {
        self.by_device.get(&device).map(|trips| trips.keys().copied().collect()).unwrap_or_default()
    }

    /// The earliest one.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, ..)| *at)
    }

    /// Those up to an instant, the earliest first.
    pub(crate) fn up_to(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, DeviceId, TripId)> + '_ {
        self.by_time.iter().copied().take_while(move |(at, ..)| *at <= now)
    }
}
