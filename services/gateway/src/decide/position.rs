//! A position came in from a device's own account. [CHECK-7]

use proto::Timestamp;
use proto::ids::DeviceId;
use proto::v1::devices::DeviceKind;
use proto::v1::gateway::{Event, Refusal};
use proto::values::Position;

use super::Decided;
use crate::state::{State, position_id};

pub(super) struct Fix {
    pub(super) message_id: Option<String>,
    pub(super) position: Position,
    pub(super) fix_at: Timestamp,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) received_at: Timestamp,
    pub(super) battery_percent: Option<u8>,
}

/// Taken of a work mobile that staff have on a trip under way, from its departure on. Whatever else is answered (the
/// phone would send it again for ever) and thrown away: a pupil's phone is never located.
pub(super) fn take(state: &State, id: DeviceId, fix: Fix) -> Decided {
    let device = state.devices.get(&id).ok_or(Refusal::UnknownDevice { device: id })?;
    let located = device.kind == DeviceKind::WorkMobile && device.pupil.is_none() && device.in_service;
    let trip = device.trip.filter(|_| located);
    let out_since = trip.and_then(|trip| state.trips.get(&trip)).and_then(|trip| trip.out_since);
    let Fix { message_id, position, fix_at, sent_at, received_at, battery_percent } = fix;
    let is_new = !state.has_position(id, &position_id(message_id.as_deref(), fix_at, sent_at));
    let (Some(trip), true) = (trip, is_new && out_since.is_some_and(|since| since <= fix_at)) else {
        return Ok(Vec::new());
    };
    let received = Event::PositionReceived {
        device: id,
        trip,
        message_id,
        position,
        fix_at,
        sent_at,
        received_at,
        battery_percent,
    };
    Ok(vec![received])
}
