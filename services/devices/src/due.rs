//! Time has passed: devices that are not back in time. Each is told once; a later agreed time arms it again.

use std::collections::{BTreeMap, BTreeSet};

use decider::{MAX_DUE_EVENTS, Tick};
use proto::Timestamp;
use proto::ids::{DeviceId, TripId};
use proto::v1::devices::Event;

use crate::state::State;

/// One digest for each trip that is still open; one for each time agreed after it had closed.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Digest {
    Open(TripId),
    Closed(Timestamp),
}

/// `ReturnOverdue`, at most [`MAX_DUE_EVENTS`] of them. A digest names the earliest time of its devices.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let mut digests: BTreeMap<Digest, (Timestamp, BTreeSet<DeviceId>)> = BTreeMap::new();
    for (at, device, trip) in state.deadlines.up_to(tick.now) {
        let digest = match state.trip(trip) {
            Some(_) => Digest::Open(trip),
            None => Digest::Closed(at),
        };
        if digests.len() == MAX_DUE_EVENTS && !digests.contains_key(&digest) {
            break;
        }
        digests.entry(digest).or_insert_with(|| (at, BTreeSet::new())).1.insert(device);
    }
    let event = |(digest, (due_at, devices))| {
        let trip = match digest {
            Digest::Open(trip) => Some(trip),
            Digest::Closed(_) => None,
        };
        Event::ReturnOverdue { trip, devices, due_at }
    };
    digests.into_iter().map(event).collect()
}
