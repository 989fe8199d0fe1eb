//! Time passes: marks on lines end, gaps are over, base lapses when the school closes early.

use decider::{MAX_DUE_EVENTS, Tick};
use proto::Timestamp;
use proto::ids::{AttemptId, LineId, TripId, derive_uuid};
use proto::v1::contacts::{Event, JudgedBy, LineHealth};
use proto::values::Note;

use crate::coverage::Setting;
use crate::facts::{Health, Line};
use crate::follow::{judged, with_what_follows};
use crate::health;
use crate::state::{State, Wake};

/// The most events that one trip's wake leads to: base unheld, coverage, and the route as it is now.
const EVENTS_OF_A_TRIP: usize = 3;

/// One change of the school at a time, since trips follow from it; trips many at a time.
pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let setting = Setting { now: tick.now, zone: tick.zone, policy: tick.policy };
    match state.wakes_due(tick.now).next() {
        Some(Wake::Line(line)) => with_what_follows(state, line_wakes(state, line, &setting), &setting),
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

fn line_wakes(state: &State, id: LineId, setting: &Setting<'_>) -> Vec<Event> {
    let Some(line) = state.facts.lines.get(&id) else { return vec![] };
    let ended = mark_ends(id, line, setting.now);
    if ended.is_some() { ended.into_iter().collect() } else { test_due(state, id, line, setting).collect() }
}

/// The line counts as up again from the end that was set. [CONT-1, CONT-2]
fn mark_ends(id: LineId, line: &Line, now: Timestamp) -> Option<Event> {
    let since = line.health.until().filter(|until| *until <= now)?;
    let ended =
        |reason: &Note| Note::clipped(&format!("The mark ended: {reason}")).unwrap_or_else(|| reason.clone());
    let (reason, by) = match &line.health {
        Health::Up => return None,
        Health::Doubtful { reason, .. } | Health::Down { reason, .. } => (ended(reason), JudgedBy::Hand),
        Health::Back { .. } => (health::has_kept_well(), JudgedBy::Signals),
    };
    Some(Event::LineHealthChanged { line: id, health: LineHealth::Up, since, reason, until: None, by })
}

/// A line that should be staffed is rung; where it isn't after all (the school closed early), later. [CONT-1]
fn test_due<'a>(
    state: &'a State,
    id: LineId,
    line: &'a Line,
    setting: &'a Setting<'_>,
) -> impl Iterator<Item = Event> + use<'a> {
    let due = line.watch.test_at().filter(|at| *at <= setting.now);
    due.map(|_| {
        if health::is_staffed(&state.facts, line, setting.now, setting.zone) {
            test(id, setting.now)
        } else {
            let at = health::next_test(&state.facts, line, setting.now, setting.policy, setting.zone);
            Event::LineTestScheduled { line: id, at }
        }
    })
    .into_iter()
}

/// A test call to a line, under an id of its own.
pub(crate) fn test(line: LineId, at: Timestamp) -> Event {
    let number = u64::try_from(at.as_second()).unwrap_or_default();
    Event::LineTestCalled { line, attempt: AttemptId(derive_uuid(line.0, "line test", number)), at }
}
