//! What the board, and whoever resolves a sender's number, asks of the state.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::ids::{DeviceId, TripId};
use proto::v1::devices::Holder;
use proto::values::PhoneNumber;

use crate::device::Issued;
use crate::state::State;

/// Whose hands the device with a number is in, and the trips that count on it.
pub fn number_holder(state: &State, number: &PhoneNumber) -> Option<(DeviceId, Holder, BTreeSet<TripId>)> {
    let id = state.by_number(number)?;
    let issued = state.device(id)?.issued()?;
    Some((id, issued.holder(), issued.trips()))
}

/// The devices that are physically out with a trip, those kept overnight after it closed among them.
pub fn out_of_trip(state: &State, trip: TripId) -> BTreeSet<DeviceId> {
    let is_out = |issued: &Issued| issued.trips().contains(&trip);
    state.devices().filter(|(_, device)| device.issued().is_some_and(is_out)).map(|(id, _)| id).collect()
}

/// The devices that are out past the time at which they were due back, with that time.
pub fn overdue(state: &State, now: Timestamp) -> Vec<(DeviceId, Timestamp)> {
    let due_of = |issued: &Issued| {
        let return_due = |trip: &TripId| {
            let known = state.trip(*trip)?;
            if known.takes_in() { known.needs.return_due } else { None }
        };
        match issued {
            Issued::ToTrip { trip, overnight, .. } => match (return_due(trip), *overnight) {
                (Some(due), Some(until)) => Some(due.max(until)),
                (Some(due), None) => Some(due),
                (None, Some(until)) if !still_out(state, *trip) => Some(until),
                (None, _) => None,
            },
            Issued::Permanently { in_hand, .. } => in_hand.iter().filter_map(return_due).min(),
        }
    };
    let late = |device: &crate::device::Device| device.issued().and_then(due_of).filter(|due| *due <= now);
    state.devices().filter_map(|(id, device)| late(device).map(|due| (id, due))).collect()
}

fn still_out(state: &State, trip: TripId) -> bool {
    use proto::v1::devices::TripPhase::{Cancelled, Ended, Out, Planned, Returning};
    match state.trip(trip).map(|known| known.needs.phase) {
        Some(Planned | Out) => true,
        Some(Returning | Cancelled | Ended) | None => false,
    }
}
