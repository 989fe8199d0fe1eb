//! The second step of closing: when a trip's last device is in or settled, it is said in the same batch. [DEV-9]

use std::collections::BTreeMap;

use proto::ids::{DeviceId, TripId};
use proto::v1::devices::{Event, Settlement, TripPhase};

use crate::device::{Device, Issued};
use crate::state::State;

/// Adds `TripDevicesSettled` for each trip that the batch settles. A trip that was called off ends with it.
pub(crate) fn append(state: &State, events: &mut Vec<Event>) {
    for (trip, more) in settled_in(state, events) {
        let Some(known) = state.trip(trip).filter(|known| known.takes_in()) else { continue };
        let Some(settled) = known.all_settled_with(&more) else { continue };
        events.push(Event::TripDevicesSettled { trip, settled });
        if known.needs.phase == TripPhase::Cancelled {
            let mut needs = known.needs.clone();
            needs.phase = TripPhase::Ended;
            events.push(Event::TripNoted { trip, needs });
        }
    }
}

/// What the events settle, by trip.
fn settled_in(state: &State, events: &[Event]) -> BTreeMap<TripId, BTreeMap<DeviceId, Settlement>> {
    let mut by_trip: BTreeMap<TripId, BTreeMap<DeviceId, Settlement>> = BTreeMap::new();
    for event in events {
        let Some((device, settlement, of)) = settlement(event) else { continue };
        let issued = state.device(device).and_then(Device::issued).map(Issued::trips).unwrap_or_default();
        for trip in of.map_or(issued, |trip| [trip].into()) {
            by_trip.entry(trip).or_default().insert(device, settlement);
        }
    }
    by_trip
}

/// Which device an event settles, how, and whether for one trip only.
fn settlement(event: &Event) -> Option<(DeviceId, Settlement, Option<TripId>)> {
    match event {
        Event::DeviceReturned { device, .. } => Some((*device, Settlement::Returned, None)),
        Event::DeviceLost { device, .. } => Some((*device, Settlement::Lost, None)),
        Event::DeviceWithPolice { device, .. } => Some((*device, Settlement::WithPolice, None)),
        Event::OvernightAgreed { device, trip, .. } => {
            Some((*device, Settlement::KeptOvernight, Some(*trip)))
        }
        Event::InHandConfirmed { device, trip, .. } => {
            Some((*device, Settlement::PermanentIssue, Some(*trip)))
        }
        Event::DeviceRegistered { .. }
        | Event::PasscodeConfirmed { .. }
        | Event::ChargeNoted { .. }
        | Event::DeviceReserved { .. }
        | Event::ReservationReleased { .. }
        | Event::DeviceIssued { .. }
        | Event::DeviceHandedOver { .. }
        | Event::RecordingsCleared { .. }
        | Event::RecordingsOffNoted { .. }
        | Event::HoldNoted { .. }
        | Event::SimBarred { .. }
        | Event::DeviceFound { .. }
        | Event::DeviceQuarantined { .. }
        | Event::QuarantineEnded { .. }
        | Event::DeviceRepaired { .. }
        | Event::DeviceRetired { .. }
        | Event::IssuingStopped { .. }
        | Event::TripDevicesSettled { .. }
        | Event::ReturnOverdue { .. }
        | Event::SupplyShort { .. }
        | Event::SupplyMet { .. }
        | Event::PersonNoted { .. }
        | Event::TripNoted { .. } => None,
    }
}
