//! A position came in from a device's own account. [CHECK-7]

use decider::Context;
use proto::Timestamp;
use proto::ids::DeviceId;
use proto::v1::gateway::{Event, LocationApp, Refusal, clock_was_never_set};
use proto::values::{Personal, Position};

use super::Decided;
use crate::state::{State, position_id};

pub(super) struct Fix {
    pub(super) message_id: Option<String>,
    pub(super) position: Position,
    pub(super) fix_at: Timestamp,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) received_at: Timestamp,
    pub(super) battery_percent: Option<u8>,
    pub(super) charging: Option<bool>,
    pub(super) via: Option<LocationApp>,
}

/// Taken of a work mobile that staff have on a trip under way, from its departure on. Whatever else is answered (the
/// phone would send it again for ever) and thrown away: a pupil's phone is never located, nor anybody's where the school's
/// policy has it so. A clock that was never set says
/// nothing of when it was: then it counts as it comes.
pub(super) fn take(state: &State, id: DeviceId, fix: Fix, context: &Context<'_>) -> Decided {
    if !state.devices.contains_key(&id) {
        return Err(Refusal::UnknownDevice { device: id });
    }
    if !context.policy.staff_phones_located {
        return Ok(Vec::new());
    }
    let Fix { message_id, position, fix_at, sent_at, received_at, battery_percent, charging, via } = fix;
    let is_new = !state.has_position(id, &position_id(message_id.as_deref(), fix_at, sent_at));
    let counts = |since: Timestamp| clock_was_never_set(fix_at) || since <= fix_at.min(received_at);
    let Some((trip, _)) = state.locates(id).filter(|(_, since)| is_new && counts(*since)) else {
        return Ok(Vec::new());
    };
    let received = Event::PositionReceived {
        device: id,
        trip,
        message_id,
        position: Personal::known(position),
        fix_at,
        sent_at,
        received_at,
        battery_percent,
        charging,
        via,
    };
    Ok(vec![received])
}
