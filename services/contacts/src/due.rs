//! Time passes: marks on lines end, gaps are over, base lapses when the school closes early.

use decider::{MAX_DUE_EVENTS, Tick};
use proto::ids::{LineId, TripId};
use proto::v1::contacts::{Event, LineHealth};
use proto::values::Note;

use crate::coverage::Setting;
use crate::facts::Health;
use crate::follow::{judged, with_what_follows};
use crate::state::{State, Wake};

/// The most events that one trip's wake leads to: base unheld, and coverage.
const EVENTS_OF_A_TRIP: usize = 2;

/// One change of the school at a time, since trips follow from it; trips many at a time.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let setting = Setting { now: tick.now, zone: tick.zone, policy: tick.policy };
    match state.wakes_due(tick.now).next() {
        Some(Wake::Line(line)) => with_what_follows(state, mark_ends(state, line), &setting),
        Some(Wake::Duty(duty)) => vec![Event::DutyEndedNoted { duty }],
        Some(Wake::Trip(_)) => {
            let trips = state.wakes_due(tick.now).map_while(trip_of).take(MAX_DUE_EVENTS / EVENTS_OF_A_TRIP);
            let judge = |id| state.trips.get(&id).map(|trip| judged(&state.facts, id, trip, &setting));
            trips.filter_map(judge).flatten().collect()
        }
        None => vec![],
    }
}

fn trip_of(wake: Wake) -> Option<TripId> {
    match wake {
        Wake::Trip(trip) => Some(trip),
        Wake::Line(_) | Wake::Duty(_) => None,
    }
}

/// The line counts as up again from the end that was set. [CONT-1, CONT-2]
fn mark_ends(state: &State, line: LineId) -> Vec<Event> {
    match state.facts.lines.get(&line).map(|found| &found.health) {
        Some(
            Health::Doubtful { until: Some(since), reason, .. }
            | Health::Down { until: Some(since), reason, .. },
        ) => {
            let reason =
                Note::clipped(&format!("The mark ended: {reason}")).unwrap_or_else(|| reason.clone());
            let (health, since) = (LineHealth::Up, *since);
            vec![Event::LineHealthChanged { line, health, since, reason, until: None }]
        }
        Some(Health::Up | Health::Doubtful { until: None, .. } | Health::Down { until: None, .. }) | None => {
            vec![]
        }
    }
}
