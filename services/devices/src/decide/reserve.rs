//! Keeping a device for a trip. One device may be kept for several trips that are not at the same time. [DEV-6]

use proto::ids::{DeviceId, TripId};
use proto::v1::devices::{Event, Holder, Refusal};

use super::{checks, known};
use crate::device::{Device, Issued};
use crate::state::State;
use crate::trip::Trip;

/// `ReserveDevice`.
pub(crate) fn reserve(
    state: &State,
    id: DeviceId,
    trip: TripId,
    holder: Holder,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let known = checks::open_trip(state, trip)?;
    if device.reservations.get(&trip) == Some(&holder) {
        return Ok(vec![]);
    }
    let against = checks::out_of_use(id, device)
        .or_else(|| busy_then(state, id, device, (trip, known)))
        .or_else(|| checks::kept_for_another(state, id, device, trip))
        .or_else(|| checks::kind(id, device, holder))
        .or_else(|| checks::on_form(known, holder))
        .or_else(|| kept_another(state, id, device, (trip, known), holder));
    match against {
        Some(refusal) => Err(refusal),
        None => Ok(vec![Event::DeviceReserved { device: id, trip, holder }]),
    }
}

/// `ReleaseReservation`.
pub(crate) fn release(state: &State, id: DeviceId, trip: TripId) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    if !device.reservations.contains_key(&trip) {
        return Err(Refusal::NotReserved { device: id, tag: device.tag.clone() });
    }
    Ok(vec![Event::ReservationReleased { device: id, trip }])
}

/// It is on permanent issue, or out with a trip that is under way then.
fn busy_then(
    state: &State,
    id: DeviceId,
    device: &Device,
    (trip, known): (TripId, &Trip),
) -> Option<Refusal> {
    let issued = device.issued()?;
    let free_then = match issued {
        Issued::Permanently { .. } => false,
        Issued::ToTrip { trip: out_with, .. } => {
            let out_then =
                state.trip(*out_with).is_some_and(|other| other.needs.window.overlaps(&known.needs.window));
            *out_with != trip && !out_then
        }
    };
    let refusal =
        || Refusal::InSomebodysHands { device: id, tag: device.tag.clone(), holder: issued.holder() };
    (!free_then).then(refusal)
}

/// Another device of the kind is kept for the same holder on the trip; spares don't count.
fn kept_another(
    state: &State,
    id: DeviceId,
    device: &Device,
    (trip, known): (TripId, &Trip),
    holder: Holder,
) -> Option<Refusal> {
    let spare = |id: DeviceId| known.needs.spares.contains(&id);
    if spare(id) {
        return None;
    }
    let counts = |(other, d): &(DeviceId, &Device)| {
        *other != id && !spare(*other) && d.kind == device.kind && d.reservations.get(&trip) == Some(&holder)
    };
    let (other, _) = state.devices().find(counts)?;
    Some(Refusal::KeptAnother { holder, device: other })
}
