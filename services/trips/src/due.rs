//! Nothing of a trip form falls due by time alone: lateness is watched by checkins, devices not back by devices.

use decider::Tick;
use proto::Timestamp;
use proto::v1::trips::Event;

use crate::state::State;

/// Never.
pub(crate) fn next_due(_state: &State) -> Option<Timestamp> {
    None
}

/// Nothing.
pub(crate) fn due(_state: &State, _tick: &Tick<'_>) -> Vec<Event> {
    Vec::new()
}
