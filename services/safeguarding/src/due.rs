//! What falls due: a step of an incident that was not done by its time, a week that nobody has reviewed, phones that nobody
//! fetched, arrangements that end, recordings that nobody cleared by the evening.

use std::collections::BTreeSet;

use decider::{MAX_DUE_EVENTS, Tick};
use jiff::{SignedDuration, Timestamp};
use proto::ids::{ArrangementId, DeviceId, TripId};
use proto::v1::devices::Holder;
use proto::v1::safeguarding::{Event, KnownTrip};

use crate::calendar;
use crate::state::State;

/// A week that nobody reviews is reminded of again after this.
const REMIND_AGAIN: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    overdue_steps(state, tick)
        .chain(reminders(state, tick))
        .chain(not_fetched(state, tick))
        .chain(ending(state, tick))
        .chain(not_cleared(state, tick))
        .take(MAX_DUE_EVENTS)
        .collect()
}

/// All of a day at once, once: no text for each pouch. [PERS-1]
fn not_fetched(state: &State, tick: &Tick<'_>) -> Option<Event> {
    let pouches = state.pouches.overdue(tick.now, |trip| state.recordings.is_out(trip));
    let day = tick.zone.local(tick.now).date();
    (!pouches.is_empty()).then_some(Event::PhonesUncollected { day, pouches, at: tick.now })
}

/// Before its last day; when that is over; and a medical one again each week, since it stays. [PERS-2]
fn ending<'a>(state: &'a State, tick: &Tick<'a>) -> impl Iterator<Item = Event> + 'a {
    let now = tick.now;
    let due = state.arrangements.reminders.iter().take_while(move |(at, _)| *at <= now);
    due.filter_map(move |(_, id)| reminded(state, *id, now))
}

fn reminded(state: &State, arrangement: ArrangementId, now: Timestamp) -> Option<Event> {
    let known = state.arrangements.get(arrangement)?;
    let (over, medical, until) = (known.ends_at <= now, known.terms.medical, known.terms.until);
    let next_at = match (over, medical) {
        (false, _) => Some(known.ends_at),
        (true, true) => Some(now.saturating_add(REMIND_AGAIN).unwrap_or(Timestamp::MAX)),
        (true, false) => None,
    };
    let readers = state.readers(None, false);
    Some(Event::ArrangementReminded { arrangement, until, over, medical, readers, at: now, next_at })
}

/// The evening's open ones go to the DSL: of phones that came back, and of phones on tour. [MEDIA-2]
fn not_cleared(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let (now, zone) = (tick.now, tick.zone);
    let next_at = calendar::next_evening(now, zone, tick.policy);
    let open = state.recordings.open.iter().filter(|(_, one)| one.evening <= now);
    let recordings: BTreeSet<_> = open.map(|(id, _)| *id).collect();
    let tours: Vec<TripId> =
        state.recordings.tours().filter(|(_, evening)| *evening <= now).map(|(trip, _)| trip).collect();
    let day = zone.local(now).date();
    let on_tour = tours.iter().flat_map(|trip| on_tour(state, *trip));
    let open_on_tour: BTreeSet<(TripId, DeviceId)> =
        on_tour.filter(|(trip, device)| !state.recordings.was_cleared(*trip, *device, day)).collect();
    let mut events = Vec::new();
    if !recordings.is_empty() || !open_on_tour.is_empty() {
        let readers = state.readers(None, false);
        let tours = open_on_tour;
        events.push(Event::RecordingsLeftOpen { day, recordings, tours, readers, at: now, next_at });
    }
    let moved_on = tours.into_iter().filter_map(|trip| {
        let known = state.recordings.trip(trip)?.clone();
        Some(Event::TripNoted { trip, known: KnownTrip { evening: Some(next_at), ..known } })
    });
    events.extend(moved_on);
    events
}

/// Phones that staff have on a trip.
fn on_tour(state: &State, trip: TripId) -> impl Iterator<Item = (TripId, DeviceId)> + '_ {
    let theirs = state.usage.hands.iter().filter(move |(_, hands)| {
        hands.is_some_and(|(holder, on)| matches!(holder, Holder::Person(_)) && on == Some(trip))
    });
    theirs.map(move |(device, _)| (trip, *device))
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
