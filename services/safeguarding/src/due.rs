//! What falls due: a step of an incident that was not done by its time, a week that nobody has reviewed.

use decider::{MAX_DUE_EVENTS, Tick};
use jiff::{SignedDuration, Timestamp};
use proto::v1::safeguarding::Event;

use crate::state::State;

/// A week that nobody reviews is reminded of again after this.
const REMIND_AGAIN: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    overdue_steps(state, tick).chain(reminders(state, tick)).take(MAX_DUE_EVENTS).collect()
}

fn overdue_steps<'a>(state: &'a State, tick: &Tick<'a>) -> impl Iterator<Item = Event> + 'a {
    let now = tick.now;
    let due = state.deadlines.iter().take_while(move |(at, _, _)| *at <= now);
    due.filter_map(move |(due_at, incident, step)| {
        let readers = state.readers_of(state.incidents.get(incident)?);
        Some(Event::StepOverdue { incident: *incident, step: *step, due_at: *due_at, readers, at: now })
    })
}

fn reminders<'a>(state: &'a State, tick: &Tick<'a>) -> impl Iterator<Item = Event> + 'a {
    let now = tick.now;
    let due = state.usage.reminders.iter().take_while(move |(at, _)| *at <= now);
    due.filter_map(move |(_, monday)| {
        let nth = state.usage.week(*monday)?.reminded.saturating_add(1);
        let readers = state.readers(None, false);
        let next_at = now.saturating_add(REMIND_AGAIN).unwrap_or(Timestamp::MAX);
        Some(Event::ReviewReminded { week: *monday, nth, readers, at: now, next_at })
    })
}
