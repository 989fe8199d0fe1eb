//! Nothing of a trip form falls due by time alone: lateness is watched by checkins, devices not back by devices. A drill
//! does. [REV-1]

use decider::Tick;
use proto::Timestamp;
use proto::v1::trips::Event;

use crate::state::State;

/// When a drill is reminded of.
pub(crate) fn next_due(state: &State) -> Option<Timestamp> {
    state.drills.next_reminder()
}

/// A reminder of a drill.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    crate::drills::reminder(state, tick).into_iter().collect()
}
