//! What follows from an event for the trips it touches: base that nobody holds any more, coverage that changed.
//!
//! It is worked out on a copy of what the first events change, and no more than that: one trip, or the school's facts
//! without the trips; then only for trips that lean on what changed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use proto::Timestamp;
use proto::ids::{LineId, PersonId, TripId};
use proto::v1::contacts::{Event, TripPhase};
use proto::values::Window;

use crate::coverage::{Setting, gaps, route_now};
use crate::facts::Facts;
use crate::health;
use crate::state::State;
use crate::trip::{RouteNow, Trip};

/// The events, and after them what follows from them.
pub(crate) fn with_what_follows(state: &State, first: Vec<Event>, setting: &Setting<'_>) -> Vec<Event> {
    if first.is_empty() {
        return first;
    }
    let mut ahead = Ahead { facts: Cow::Borrowed(&state.facts), trips: BTreeMap::new() };
    let mut touched = Touched::default();
    for event in &first {
        ahead.apply(state, event, setting.now, &mut touched);
    }
    let mut all = first;
    all.extend(tests_planned(&ahead.facts, &touched.lines, setting));
    for id in touched.trips {
        let trip = ahead.trips.get(&id).map_or_else(|| state.trips.get(&id), Option::as_ref);
        all.extend(trip.into_iter().flat_map(|trip| judged(&ahead.facts, id, trip, setting)));
    }
    all
}

/// When lines are to be tested, where that changed: those that are touched, and those of which it was never said.
fn tests_planned(facts: &Facts, touched: &BTreeSet<LineId>, setting: &Setting<'_>) -> Vec<Event> {
    let unplanned = |line: &crate::facts::Line| line.watch.test_at().is_none() && line.watch.test().is_none();
    let lines = facts.lines.iter().filter(|(id, line)| touched.contains(id) || unplanned(line));
    let planned = lines.filter_map(|(id, line)| {
        let at = health::next_test(facts, line, setting.now, setting.policy, setting.zone);
        (at != line.watch.test_at()).then_some(Event::LineTestScheduled { line: *id, at })
    });
    planned.collect()
}

/// What is to be told of a trip now.
pub(crate) fn judged(facts: &Facts, id: TripId, trip: &Trip, setting: &Setting<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    events.extend(base_lost(facts, trip, setting.now).map(|since| Event::BaseUnheld { trip: id, since }));
    let (form_hash, found) = (trip.plan.form_hash, gaps(facts, &trip.plan, setting));
    let told = trip.coverage.as_ref().is_some_and(|c| c.form_hash == form_hash && c.gaps == found);
    if !told {
        events.push(Event::CoverageAssessed { trip: id, form_hash, gaps: found, at: setting.now });
    }
    events.extend(checked(facts, id, trip, setting));
    events
}

/// FORM-8: whether the emergency route of a party that is out holds at this moment, if that is news. It is judged whenever
/// something it leans on changes, and at the very moment at which time alone changes it.
fn checked(facts: &Facts, id: TripId, trip: &Trip, setting: &Setting<'_>) -> Option<Event> {
    if trip.phase != TripPhase::Out {
        return None;
    }
    let now = route_now(facts, &trip.plan, setting);
    let RouteNow { missing, next_at } = now.clone();
    (trip.now != Some(now)).then_some(Event::RouteChecked { trip: id, missing, next_at, at: setting.now })
}

/// Since when nobody holds base any more: the school closed early, or the holder left or went along. [CONT-1, CONT-6]
fn base_lost(facts: &Facts, trip: &Trip, now: Timestamp) -> Option<Timestamp> {
    let holder = trip.base.holder().filter(|_| trip.phase == TripPhase::Out)?;
    if !may_hold_base(facts, trip, holder) {
        return Some(now);
    }
    trip.base_lapses_at(facts).filter(|at| *at <= now)
}

/// Whoever holds base hasn't left the school and isn't on the trip. Somebody the form names of whom nothing was heard
/// yet is taken at the form's word: people's news may come a moment after that of trips. [CONT-6]
pub(crate) fn may_hold_base(facts: &Facts, trip: &Trip, person: PersonId) -> bool {
    !facts.has_left(person) && !trip.plan.is_on_trip(person)
}

/// What events touch.
#[derive(Default)]
struct Touched {
    trips: BTreeSet<TripId>,
    lines: BTreeSet<LineId>,
}

/// The state as the first events leave it: a copy of what they change.
struct Ahead<'a> {
    facts: Cow<'a, Facts>,
    trips: BTreeMap<TripId, Option<Trip>>,
}

impl Ahead<'_> {
    /// Takes an event in, and notes the trips that it touches.
    fn apply(&mut self, state: &State, event: &Event, now: Timestamp, touched: &mut Touched) {
        match event {
            Event::TripNoted { trip, .. }
            | Event::TripPhaseNoted { trip, .. }
            | Event::BaseHeld { trip, .. }
            | Event::BaseUnheld { trip, .. }
            | Event::CoverageAssessed { trip, .. }
            | Event::RouteChecked { trip, .. } => {
                let slot = self.trips.entry(*trip).or_insert_with(|| state.trips.get(trip).cloned());
                Trip::apply(slot, event);
                touched.trips.insert(*trip);
            }
            Event::LineAdded { .. }
            | Event::LineChanged { .. }
            | Event::LineRemoved { .. }
            | Event::LineHealthChanged { .. }
            | Event::LineSignalled { .. }
            | Event::LineTestCalled { .. }
            | Event::LineTestScheduled { .. }
            | Event::ClosedEarly { .. }
            | Event::DutyNoted { .. }
            | Event::DutyEndedNoted { .. }
            | Event::PersonNoted { .. }
            | Event::WorkMobileNoted { .. } => {
                let live = state.trips.iter().filter(|(_, trip)| is_live(trip, now));
                let touching = live.filter(|(_, t)| touches(&self.facts, event, t, now));
                touched.trips.extend(touching.map(|(id, _)| *id));
                match line_of(event) {
                    Lines::None => {}
                    Lines::One(line) => touched.lines.extend([line]),
                    Lines::All => touched.lines.extend(self.facts.lines.keys()),
                }
                self.facts.to_mut().apply(event);
            }
        }
    }
}

/// Which lines an event is about.
enum Lines {
    None,
    One(LineId),
    All,
}

fn line_of(event: &Event) -> Lines {
    match event {
        Event::LineAdded { line, .. }
        | Event::LineChanged { line, .. }
        | Event::LineRemoved { line }
        | Event::LineHealthChanged { line, .. }
        | Event::LineSignalled { line, .. }
        | Event::LineTestCalled { line, .. }
        | Event::LineTestScheduled { line, .. } => Lines::One(*line),
        Event::ClosedEarly { .. } => Lines::All,
        Event::DutyNoted { .. }
        | Event::DutyEndedNoted { .. }
        | Event::PersonNoted { .. }
        | Event::WorkMobileNoted { .. }
        | Event::BaseHeld { .. }
        | Event::BaseUnheld { .. }
        | Event::CoverageAssessed { .. }
        | Event::RouteChecked { .. }
        | Event::TripNoted { .. }
        | Event::TripPhaseNoted { .. } => Lines::None,
    }
}

/// A plan whose time has passed without a departure is judged no more.
fn is_live(trip: &Trip, now: Timestamp) -> bool {
    match trip.phase {
        TripPhase::Planned => trip.plan.window.to > now,
        TripPhase::Out | TripPhase::Returned => true,
        TripPhase::Ended => false,
    }
}

/// Whether what changes can matter to a trip: `facts` are those before the change. A party that is out later than planned
/// leans on whoever is on call now.
fn touches(facts: &Facts, event: &Event, trip: &Trip, now: Timestamp) -> bool {
    let matters = |window: &Window| {
        let late = trip.phase == TripPhase::Out && window.from <= trip.plan.window.to.max(now);
        window.overlaps(&trip.plan.window) || (late && window.to > now)
    };
    let on_call = |person: PersonId| facts.duties.values().any(|d| d.person == person && matters(&d.window));
    let leans_on = |person: PersonId| trip.leans_on(person) || on_call(person);
    match event {
        Event::LineAdded { .. }
        | Event::LineChanged { .. }
        | Event::LineRemoved { .. }
        | Event::LineHealthChanged { .. }
        | Event::ClosedEarly { .. } => true,
        Event::DutyNoted { window, .. } => matters(window),
        Event::DutyEndedNoted { duty } => facts.duties.get(duty).is_some_and(|d| matters(&d.window)),
        Event::PersonNoted { person, .. } => {
            let holds_back_up = facts.mobiles_of(*person).any(|(_, m)| is_a_line(facts, &m.number));
            leans_on(*person) || holds_back_up
        }
        Event::WorkMobileNoted { device, number, person, in_service: _ } => {
            let before = facts.mobiles.get(device).and_then(|m| m.person);
            is_a_line(facts, number) || [*person, before].into_iter().flatten().any(leans_on)
        }
        Event::BaseHeld { .. }
        | Event::BaseUnheld { .. }
        | Event::CoverageAssessed { .. }
        | Event::RouteChecked { .. }
        | Event::LineSignalled { .. }
        | Event::LineTestCalled { .. }
        | Event::LineTestScheduled { .. }
        | Event::TripNoted { .. }
        | Event::TripPhaseNoted { .. } => false,
    }
}

fn is_a_line(facts: &Facts, number: &proto::values::PhoneNumber) -> bool {
    facts.lines.values().any(|line| line.number == *number)
}
