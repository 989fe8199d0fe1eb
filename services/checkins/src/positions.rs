//! Positions of staff devices while the trip is out: noted, never a check-in [CHECK-4]. Pupils' devices are not located
//! [CHECK-7]; nobody is before departure or once everyone is back.

use jiff::Timestamp;
use proto::ids::{DeviceId, TripId};
use proto::v1::checkins::Event;
use proto::values::Position;

use crate::area::{Fence, Side};
use crate::state::{Carried, Out, State, Watch};
use crate::word;

/// A fix, as the gateway took it.
#[derive(Clone, Copy)]
pub(crate) struct Fix {
    pub(crate) device: DeviceId,
    pub(crate) position: Position,
    pub(crate) fix_at: Timestamp,
    pub(crate) received_at: Timestamp,
}

pub(crate) fn hear(state: &State, trip: TripId, fix: Fix) -> Vec<Event> {
    let Some(Watch::Out(out)) = state.watch(trip) else { return Vec::new() };
    let Some(carried) = out.party.devices.get(fix.device) else { return Vec::new() };
    // A device can't have been anywhere later than its news came.
    let fix_at = fix.fix_at.min(fix.received_at);
    if carried.by.pupil || fix_at < out.party.departed_at {
        return Vec::new();
    }
    let newest = carried.track.as_ref();
    if newest.is_some_and(|track| track.fix_at == fix_at && track.position == fix.position) {
        return Vec::new();
    }
    // An older fix is noted, and never moves last-seen back.
    let stale = newest.is_some_and(|track| fix_at <= track.fix_at);
    let Fix { device, position, received_at, .. } = fix;
    let noted = Event::PositionNoted { trip, device, position, fix_at, received_at, stale };
    let heard = word::heard_device(&out.party, trip, Some(device), received_at);
    let crossed = if stale { Vec::new() } else { crossings(out, carried, trip, Fix { fix_at, ..fix }) };
    std::iter::once(noted).chain(heard).chain(crossed).collect()
}

/// The areas that the device has, with this fix, surely entered or left.
fn crossings(out: &Out, carried: &Carried, trip: TripId, fix: Fix) -> Vec<Event> {
    let at = fix.fix_at;
    let unknown = Fence::default();
    let mut events = Vec::new();
    for (place, destination) in out.course.destinations.iter().enumerate() {
        let fence = carried.track.as_ref().and_then(|track| track.fences.get(place)).unwrap_or(&unknown);
        let name = destination.name.clone();
        match fence.clone().step(&destination.area, &fix.position, at) {
            Some(Side::Inside) => {
                events.push(Event::AreaEntered { trip, device: fix.device, destination: name, at });
            }
            Some(Side::Outside) => {
                events.push(Event::AreaLeft { trip, device: fix.device, destination: name, at });
            }
            None => {}
        }
    }
    events
}
