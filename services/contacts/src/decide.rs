//! One function for each command.

use decider::Context;
use proto::Timestamp;
use proto::ids::{LineId, PersonId, TripId};
use proto::v1::contacts::{Command, Event, JudgedBy, LineHealth, LineKind, MAX_HOURS, Refusal, TripPhase};
use proto::values::{Label, Note, NumberKind, PhoneNumber, RingSecs, WeeklyHours, Window};

use crate::facts::{Facts, Health, Line};
use crate::state::State;
use crate::trip::{Base, Trip};
use crate::{authority, due, health};

type Decision = Result<Vec<Event>, Refusal>;

pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Decision {
    match command {
        Command::AddLine { line, name, kind, number, hours, ring_secs } => {
            add_line(&state.facts, context, line, kind, Told { name, number, hours, ring_secs })
        }
        Command::ChangeLine { line, name, number, hours, ring_secs } => {
            change_line(&state.facts, context, line, Told { name, number, hours, ring_secs })
        }
        Command::RemoveLine { line } => remove_line(&state.facts, context, line),
        Command::MarkLine { line, health, reason, until } => {
            mark_line(&state.facts, context, line, health, reason, until)
        }
        Command::TestLine { line } => test_line(&state.facts, context, line),
        Command::CloseEarly { window, reason } => close_early(&state.facts, context, window, reason),
        Command::HoldBase { trip, person } => hold_base(state, context, trip, person),
        Command::HandOverBase { trip, from, to } => hand_over_base(state, context, trip, from, to),
    }
}

/// What is said of a line.
struct Told {
    name: Label,
    number: PhoneNumber,
    hours: WeeklyHours,
    ring_secs: RingSecs,
}

impl Told {
    fn is_known(&self, there: &Line) -> bool {
        (&there.name, &there.number, &there.hours, there.ring)
            == (&self.name, &self.number, &self.hours, self.ring_secs)
    }
}

fn add_line(facts: &Facts, context: &Context<'_>, line: LineId, kind: LineKind, told: Told) -> Decision {
    authority::office(facts, context.actor)?;
    if let Some(there) = facts.lines.get(&line) {
        let same = there.kind == kind && told.is_known(there);
        return if same { Ok(vec![]) } else { Err(Refusal::LineExists { line }) };
    }
    if facts.removed_lines.contains(&line) {
        return Err(Refusal::LineExists { line });
    }
    check_line(facts, line, kind, &told.number, &told.hours)?;
    let Told { name, number, hours, ring_secs } = told;
    Ok(vec![Event::LineAdded { line, name, kind, number, hours, ring_secs }])
}

fn change_line(facts: &Facts, context: &Context<'_>, line: LineId, told: Told) -> Decision {
    authority::office(facts, context.actor)?;
    let there = facts.lines.get(&line).ok_or(Refusal::UnknownLine { line })?;
    if told.is_known(there) {
        return Ok(vec![]);
    }
    check_line(facts, line, there.kind, &told.number, &told.hours)?;
    let Told { name, number, hours, ring_secs } = told;
    Ok(vec![Event::LineChanged { line, name, number, hours, ring_secs }])
}

/// A test call is made whenever the office asks for one; while one is under way, that is the one. [CONT-1]
fn test_line(facts: &Facts, context: &Context<'_>, line: LineId) -> Decision {
    authority::office(facts, context.actor)?;
    let there = facts.lines.get(&line).ok_or(Refusal::UnknownLine { line })?;
    if there.watch.test().is_some() {
        return Ok(vec![]);
    }
    Ok(vec![due::test(line, context.now)])
}

/// A landline has a landline's number; a mobile on which the school is reached is a work mobile. [CONT-1, CONT-4]
fn check_line(
    facts: &Facts,
    line: LineId,
    kind: LineKind,
    number: &PhoneNumber,
    hours: &WeeklyHours,
) -> Result<(), Refusal> {
    match (kind, number.kind()) {
        (LineKind::Landline, NumberKind::Mobile) => return Err(Refusal::LandlineNeeded {}),
        (LineKind::BackUpMobile, NumberKind::Landline) => return Err(Refusal::NotAWorkMobile {}),
        (LineKind::BackUpMobile | LineKind::Office, NumberKind::Mobile) => {
            facts.mobile_by_number(number).ok_or(Refusal::NotAWorkMobile {})?;
        }
        (LineKind::Landline | LineKind::Office, NumberKind::Landline) => {}
    }
    if hours.0.len() > MAX_HOURS {
        return Err(Refusal::TooManyHours { max: MAX_HOURS, found: hours.0.len() });
    }
    match facts.lines.iter().find(|(id, other)| **id != line && other.number == *number) {
        Some((by, _)) => Err(Refusal::NumberTaken { by: *by }),
        None => Ok(()),
    }
}

/// A landline is connected at all times: the last one stays. [CONT-1]
fn remove_line(facts: &Facts, context: &Context<'_>, line: LineId) -> Decision {
    authority::office(facts, context.actor)?;
    if facts.removed_lines.contains(&line) {
        return Ok(vec![]);
    }
    let there = facts.lines.get(&line).ok_or(Refusal::UnknownLine { line })?;
    if there.kind == LineKind::Landline && facts.lines_of(LineKind::Landline).count() == 1 {
        return Err(Refusal::LastLandline { line });
    }
    Ok(vec![Event::LineRemoved { line }])
}

/// A mark that a line is up needs no end; one that it isn't may have one. [CONT-1]
fn mark_line(
    facts: &Facts,
    context: &Context<'_>,
    line: LineId,
    health: LineHealth,
    reason: Note,
    until: Option<Timestamp>,
) -> Decision {
    authority::office(facts, context.actor)?;
    let there = facts.lines.get(&line).ok_or(Refusal::UnknownLine { line })?;
    let until = match health {
        LineHealth::Up => None,
        LineHealth::Doubtful | LineHealth::Down => until,
        LineHealth::Back => until.or_else(|| Some(health::watched_until(there, context.now))),
    };
    if let Some(until) = until.filter(|until| *until <= context.now) {
        return Err(Refusal::UntilInThePast { until });
    }
    let same = match &there.health {
        Health::Up => health == LineHealth::Up,
        Health::Doubtful { by: JudgedBy::Signals, .. } | Health::Down { by: JudgedBy::Signals, .. } => false,
        Health::Doubtful { reason: was, until: end, by: JudgedBy::Hand, .. }
        | Health::Down { reason: was, until: end, by: JudgedBy::Hand, .. }
        | Health::Back { reason: was, until: end, .. } => {
            (there.health.kind(), was, *end) == (health, &reason, until)
        }
    };
    if same {
        return Ok(vec![]);
    }
    let by = JudgedBy::Hand;
    Ok(vec![Event::LineHealthChanged { line, health, since: context.now, reason, until, by }])
}

fn close_early(facts: &Facts, context: &Context<'_>, window: Window, reason: Note) -> Decision {
    authority::office(facts, context.actor)?;
    if facts.closings.iter().any(|c| c.window == window) {
        return Ok(vec![]);
    }
    if window.to <= context.now {
        return Err(Refusal::UntilInThePast { until: window.to });
    }
    Ok(vec![Event::ClosedEarly { window, reason, at: context.now }])
}

/// Base is taken when nobody holds it; or by its holder anew, by name: whom the form named, or before a closing.
fn hold_base(state: &State, context: &Context<'_>, trip: TripId, person: PersonId) -> Decision {
    authority::named_person(context.actor)?;
    let found = trip_out(state, trip)?;
    check_holder(&state.facts, found, person)?;
    let held = Event::BaseHeld { trip, person, from: None, at: context.now };
    match found.base {
        Base::NotYet | Base::Unheld { .. } => Ok(vec![held]),
        Base::ByForm { person: by, .. } | Base::ByName { person: by, .. } if by != person => {
            Err(Refusal::BaseIsHeld { by })
        }
        Base::ByForm { .. } => Ok(vec![held]),
        Base::ByName { .. } if found.base_lapses_at(&state.facts).is_some() => Ok(vec![held]),
        Base::ByName { .. } => Ok(vec![]),
    }
}

fn hand_over_base(
    state: &State,
    context: &Context<'_>,
    trip: TripId,
    from: PersonId,
    to: PersonId,
) -> Decision {
    authority::named_person(context.actor)?;
    let found = trip_out(state, trip)?;
    check_holder(&state.facts, found, to)?;
    if let Base::ByName { person, from: Some(before), .. } = found.base
        && (person, before) == (to, from)
    {
        return Ok(vec![]);
    }
    match found.base.holder() {
        held_by if held_by != Some(from) => Err(Refusal::NotTheHolder { from, held_by }),
        Some(_) if from == to => Ok(vec![]),
        Some(_) | None => Ok(vec![Event::BaseHeld { trip, person: to, from: Some(from), at: context.now }]),
    }
}

fn trip_out(state: &State, trip: TripId) -> Result<&Trip, Refusal> {
    let found = state.trips.get(&trip).ok_or(Refusal::UnknownTrip { trip })?;
    match found.phase {
        TripPhase::Out => Ok(found),
        phase @ (TripPhase::Planned | TripPhase::Returned | TripPhase::Ended) => {
            Err(Refusal::TripNotOut { trip, phase })
        }
    }
}

fn check_holder(facts: &Facts, trip: &Trip, person: PersonId) -> Result<(), Refusal> {
    if trip.plan.is_on_trip(person) {
        return Err(Refusal::HolderOnTrip { person });
    }
    if facts.is_here(person) { Ok(()) } else { Err(Refusal::UnknownPerson { person }) }
}
