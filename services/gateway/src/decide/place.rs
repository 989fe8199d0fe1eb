//! What a phone is told: the places of its trip, and (by the device desk) how it is set up. [CHECK-7]

use proto::Timestamp;
use proto::ids::{DeviceId, TripId};
use proto::v1::gateway::{Event, LocationApp, Refusal};

use super::Decided;
use crate::state::State;

/// Once for each trip, as its places stand; in the answer to the same message once more.
pub(super) fn waypoints_sent(
    state: &State,
    device: DeviceId,
    trip: TripId,
    in_answer_to: Option<String>,
    at: Timestamp,
) -> Decided {
    if state.locates(device).is_none_or(|(located, _)| located != trip) {
        return Err(Refusal::NotOnTrip { device, trip });
    }
    if state.was_told_places(device) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::WaypointsSent { device, trip, in_answer_to, at }])
}

/// A changed address or account makes the app throw away what it has queued: never while the phone is out.
pub(super) fn show_set_up(state: &State, id: DeviceId, app: LocationApp, at: Timestamp) -> Decided {
    let device = state.devices.get(&id).ok_or(Refusal::UnknownDevice { device: id })?;
    if !device.may_be_located() {
        return Err(Refusal::NotLocated { device: id });
    }
    if !device.is_smart() {
        return Err(Refusal::ButtonPhone { device: id });
    }
    if let Some((trip, _)) = state.locates(id) {
        return Err(Refusal::OutWithTrip { device: id, trip });
    }
    Ok(vec![Event::SetUpShown { device: id, app, at }])
}
