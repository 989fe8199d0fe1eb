//! Time: reminders, misses, silent devices, the police's minute; after an outage one digest for each trip.

use std::collections::BTreeSet;

use decider::{MAX_DUE_EVENTS, Tick};
use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, TripId};
use proto::v1::checkins::{Event, NextDue};
use proto::values::Window;

use crate::state::{Alarm, Out, State, Watch};

/// The most misses that one digest lists: it must fit a message. What is beyond it follows in another.
pub const MAX_TOLD: usize = 1000;

pub(crate) fn next_due(state: &State) -> Option<Timestamp> {
    state.deadlines.first().map(|(at, _)| *at)
}

pub(crate) fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut told = BTreeSet::new();
    // Nobody could judge up to now.
    let outage = tick.outage.and_then(|outage| Window::new(outage.from, tick.now.max(outage.to)).ok());
    for (_, alarm) in state.deadlines.iter().take_while(|(at, _)| *at <= tick.now) {
        if events.len() >= MAX_DUE_EVENTS {
            break;
        }
        let (trip, event) = match *alarm {
            Alarm::Police(trip) => (trip, police_due(state, trip)),
            // By itself, an outage or not: the case of the trip gathers it.
            Alarm::Arrival(trip, pupil) => (trip, crate::arrivals::missed(state, trip, pupil)),
            Alarm::Group(trip, group) => match (outage, helpful_reminder(state, trip, group, tick.now)) {
                (None, _) => (trip, group_due(state, trip, group, tick)),
                (Some(_), Some(reminder)) => (trip, Some(reminder)),
                (Some(outage), None) => (trip, digest(state, trip, outage, tick, &mut told)),
            },
            Alarm::Silent(trip, device) => match outage {
                None => (trip, device_silent(state, trip, device)),
                Some(outage) => (trip, digest(state, trip, outage, tick, &mut told)),
            },
            Alarm::AllSilent(trip) => match outage {
                None => (trip, all_silent(state, trip)),
                Some(outage) => (trip, digest(state, trip, outage, tick, &mut told)),
            },
        };
        debug_assert!(
            event.is_some() || told.contains(&trip),
            "a deadline is armed for something: {alarm:?}"
        );
        events.extend(event);
    }
    events
}

/// A reminder, or a miss: once for each due time, and the next one is armed with it. [CHECK-1, CHECK-2]
fn group_due(state: &State, trip: TripId, group: GroupId, tick: &Tick<'_>) -> Option<Event> {
    let out = out(state, trip)?;
    let clock = out.clocks.get(group)?;
    if clock.awaits_reminder() {
        return reminder(out, trip, group);
    }
    let mut progress = clock.progress.clone();
    progress.miss(clock.next.at);
    Some(Event::CheckInMissed {
        trip,
        group,
        due_at: clock.next.at,
        missed_at: clock.next.missed_at,
        start_at_office: out.course.starts_at_office(&clock.next),
        next: out.course.arm(&progress, tick.zone, tick.now),
    })
}

fn reminder(out: &Out, trip: TripId, group: GroupId) -> Option<Event> {
    let (adult, device) = out.party.whom_to_remind(out.party.groups.get(group)?);
    Some(Event::Reminded { trip, group, due_at: out.clocks.get(group)?.next.at, adult, device })
}

/// After an outage only a reminder of what still lies ahead is sent.
fn helpful_reminder(state: &State, trip: TripId, group: GroupId, now: Timestamp) -> Option<Event> {
    let out = out(state, trip)?;
    let clock = out.clocks.get(group)?;
    if clock.awaits_reminder() && clock.next.at > now { reminder(out, trip, group) } else { None }
}

/// All that a trip missed while nobody could judge, in one event; nothing is armed before its end. [CHECK-3]
fn digest(
    state: &State,
    trip: TripId,
    outage: Window,
    tick: &Tick<'_>,
    told: &mut BTreeSet<TripId>,
) -> Option<Event> {
    if !told.insert(trip) {
        return None;
    }
    let out = out(state, trip)?;
    let (mut missed, mut next) = (Vec::new(), Vec::new());
    for (group, clock) in out.clocks.iter() {
        let (mut progress, mut due): (_, NextDue) = (clock.progress.clone(), clock.next.clone());
        while due.missed_at <= tick.now && missed.len() < MAX_TOLD {
            missed.push((group, due.at));
            progress.miss(due.at);
            due = out.course.arm(&progress, tick.zone, tick.now);
        }
        if due != clock.next {
            next.push((group, due));
        }
    }
    Some(if missed.is_empty() {
        Event::OutageNoted { trip, outage }
    } else {
        Event::OutageTold { trip, outage, missed, next }
    })
}

fn police_due(state: &State, trip: TripId) -> Option<Event> {
    let lost = state.watch(trip)?.party()?.lost?;
    Some(Event::PoliceDue { trip, at: lost.police_at })
}

fn device_silent(state: &State, trip: TripId, device: DeviceId) -> Option<Event> {
    let track = out(state, trip)?.party.devices.get(device)?.track.as_ref()?;
    Some(Event::DeviceSilent { trip, device, since: track.heard_at })
}

fn all_silent(state: &State, trip: TripId) -> Option<Event> {
    let devices = out(state, trip)?.party.devices.iter();
    let last_heard =
        devices.filter_map(|(_, carried)| carried.track.as_ref().map(|track| track.heard_at)).max();
    last_heard.map(|since| Event::AllDevicesSilent { trip, since })
}

fn out(state: &State, trip: TripId) -> Option<&Out> {
    match state.watch(trip) {
        Some(Watch::Out(out)) => Some(out),
        Some(Watch::Returned(_) | Watch::Ahead { .. }) | None => None,
    }
}
