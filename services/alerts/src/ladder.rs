//! Who is on a rung, how long it waits, and which rungs a case climbs. Pure look-ups.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proto::ids::PersonId;
use proto::v1::alerts::{LadderStart, Recipient, Rung, Severity};
use proto::v1::contacts::LineKind;
use proto::v1::people::{DutyRole, Role};
use proto::v1::safeguarding::Readers;
use proto::values::SchoolZone;

use crate::case::{Climb, OpenCase};
use crate::reasons::weight;
use crate::state::{Ladder, Line, State};

/// Every rung, in order.
pub const WHOLE: [Rung; 6] =
    [Rung::Leader, Rung::Deputy, Rung::OtherStaff, Rung::Office, Rung::Dsl, Rung::Senior];

/// The rungs beyond the trip's own staff.
pub const BASE: [Rung; 3] = [Rung::Office, Rung::Dsl, Rung::Senior];

/// The rungs of what only the DSL and the head may know. [INC-7]
pub const SAFEGUARDING: [Rung; 2] = [Rung::Dsl, Rung::Senior];

/// A round lasts this long at least, so that a ladder on which nobody can be reached doesn't spin.
pub const LEAST_ROUND: SignedDuration = SignedDuration::from_secs(60);

/// How long a rung is given before the next one is told. In an emergency all rungs are told at once, and again
/// after this.
pub fn wait(severity: Severity, rung: Rung) -> SignedDuration {
    SignedDuration::from_secs(match (severity, rung) {
        (Severity::Emergency, _) => 180,
        (Severity::Urgent, Rung::Leader | Rung::Deputy | Rung::OtherStaff) => 120,
        (Severity::Urgent, Rung::Office) => 180,
        (Severity::Urgent, Rung::Dsl | Rung::Senior) => 300,
        (Severity::Warning | Severity::Notice, Rung::Leader | Rung::Deputy | Rung::OtherStaff) => 300,
        (Severity::Warning | Severity::Notice, Rung::Office) => 600,
        (Severity::Warning | Severity::Notice, Rung::Dsl | Rung::Senior) => 900,
    })
}

/// The rungs that a case climbs now. The trip's own staff are on it only while a reason stands that concerns them, and
/// never beside a duress word. [CHECK-6]
pub fn rungs(state: &State, case: &OpenCase) -> &'static [Rung] {
    if case.readers().is_some() {
        return &SAFEGUARDING;
    }
    let ladder = case.trip.and_then(|trip| state.ladder_of(trip));
    let concerns_them = case.reasons.iter().any(|(r, _)| weight(r).tells_the_trip);
    if ladder.is_some_and(Ladder::has_left) && concerns_them && !case.under_duress() { &WHOLE } else { &BASE }
}

/// The rungs to try next, in order, each with its round: what is left of this round, then one whole round.
pub(crate) fn path(rungs: &[Rung], climb: &Climb) -> Vec<(u16, Rung)> {
    let left = |rung: &&Rung| match (climb.reached, climb.start) {
        (Some(reached), _) => **rung > reached,
        (None, LadderStart::Bottom | LadderStart::Everyone) => true,
        (None, LadderStart::Office | LadderStart::Base) => **rung >= Rung::Office,
    };
    let mut path: Vec<_> = rungs.iter().filter(left).map(|rung| (climb.round, *rung)).collect();
    if path.len() < rungs.len() {
        path.extend(rungs.iter().map(|rung| (climb.round.saturating_add(1), *rung)));
    }
    path
}

/// Who is told on a rung now: people with a phone in hand, and lines that are staffed.
pub fn recipients(
    state: &State,
    case: &OpenCase,
    rung: Rung,
    now: Timestamp,
    zone: &SchoolZone,
) -> Vec<Recipient> {
    if let Some(readers) = case.readers() {
        return of_readers(state, readers, rung);
    }
    let ladder = case.trip.and_then(|trip| state.ladder_of(trip));
    let on_trip = |p: &PersonId| ladder.is_some_and(|l| l.is_staff(*p));
    let people = match (rung, ladder) {
        (Rung::Leader, Some(l)) => vec![l.leader],
        (Rung::Deputy, Some(l)) => l.deputy.into_iter().collect(),
        (Rung::OtherStaff, Some(l)) => other_staff(l),
        (Rung::Leader | Rung::Deputy | Rung::OtherStaff, None) => Vec::new(),
        (Rung::Office | Rung::Dsl | Rung::Senior, _) => {
            let mut people = at_base(state, case, ladder, rung, now);
            people.retain(|p| !on_trip(p));
            people
        }
    };
    let lines = if rung == Rung::Office { staffed_lines(state, now, zone) } else { Vec::new() };
    let mut seen = BTreeSet::new();
    let people = people.into_iter().filter(|p| state.can_be_told(*p)).map(Recipient::Person);
    lines.into_iter().chain(people).filter(|r| seen.insert(*r)).collect()
}

/// Those who may know of it, and nobody else: no line, nobody on call. [INC-7]
fn of_readers(state: &State, readers: &Readers, rung: Rung) -> Vec<Recipient> {
    let people = match rung {
        Rung::Dsl => &readers.dsl,
        Rung::Senior => &readers.head,
        Rung::Leader | Rung::Deputy | Rung::OtherStaff | Rung::Office => return Vec::new(),
    };
    people.iter().copied().filter(|p| state.can_be_told(*p)).map(Recipient::Person).collect()
}

fn other_staff(ladder: &Ladder) -> Vec<PersonId> {
    let others = ladder.staff.iter().filter(|p| **p != ladder.leader && Some(**p) != ladder.deputy);
    others.copied().collect()
}

/// Those of the form, those on call, who holds base. Where none of them can be told: everybody with that role.
fn at_base(
    state: &State,
    case: &OpenCase,
    ladder: Option<&Ladder>,
    rung: Rung,
    now: Timestamp,
) -> Vec<PersonId> {
    let (named, duties, roles): (_, &[DutyRole], &[Role]) = match rung {
        Rung::Dsl => (ladder.map(|l| &l.dsl), &[DutyRole::Dsl], &[Role::Dsl]),
        Rung::Senior => (ladder.map(|l| &l.senior), &[DutyRole::Senior], &[Role::Senior, Role::Head]),
        Rung::Office | Rung::Leader | Rung::Deputy | Rung::OtherStaff => {
            (ladder.map(|l| &l.office), &[DutyRole::Base, DutyRole::Office], &[Role::Office])
        }
    };
    let base = case.trip.filter(|_| rung == Rung::Office).and_then(|trip| state.base_of(trip));
    let on_call = state.duties.values().filter(|d| duties.contains(&d.role) && d.window.contains(now));
    let mut people: Vec<_> = base.into_iter().collect();
    people.extend(named.into_iter().flatten());
    people.extend(on_call.map(|d| d.person));
    if !people.iter().any(|p| state.can_be_told(*p) && ladder.is_none_or(|l| !l.is_staff(*p))) {
        let has_role = |p: &crate::state::Person| roles.iter().any(|r| p.roles.contains(r));
        people.extend(state.people.iter().filter(|(_, p)| has_role(p)).map(|(id, _)| *id));
    }
    people
}

/// The landline and the office's line while they are staffed; base's back-up mobile while none of them is. [CONT-2]
fn staffed_lines(state: &State, now: Timestamp, zone: &SchoolZone) -> Vec<Recipient> {
    let closed = state.closed.is_some_and(|w| w.contains(now));
    // A back-up mobile without hours is meant for any time.
    let any_time = |line: &Line| line.kind == LineKind::BackUpMobile && line.hours.0.is_empty();
    let staffed = |line: &Line| line.usable && (any_time(line) || line.hours.is_open(now, zone));
    let of = |back_up: bool| {
        let kind = move |line: &Line| (line.kind == LineKind::BackUpMobile) == back_up;
        let lines = state.lines.iter().filter(move |(_, line)| kind(line) && staffed(line));
        lines.map(|(id, _)| Recipient::Line(*id)).collect::<Vec<_>>()
    };
    let lines = if closed { Vec::new() } else { of(false) };
    if lines.is_empty() { of(true) } else { lines }
}
