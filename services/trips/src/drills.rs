//! Drills: whole trips that are flagged as one when they are planned. How many a year the policy says; one at a weekend in two
//! years; what was learnt from each. [REV-1]

use decider::{Context, Tick};
use jiff::SignedDuration;
use jiff::civil::Weekday;
use proto::Timestamp;
use proto::ids::{PersonId, TripId};
use proto::v1::trips::{Event, Refusal};
use proto::values::Note;
use serde::{Deserialize, Serialize};

use crate::state::{Outing, State, Trip};

const A_YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// So long before a drill is due it is reminded; and so often again, once it is overdue.
const FOUR_WEEKS: SignedDuration = SignedDuration::from_hours(24 * 28);

/// The most drills that are kept at hand; the journal has them all.
const MAX_DRILLS: usize = 200;

/// A drill that is over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Drill {
    /// Its trip.
    pub trip: TripId,
    /// When it was over.
    pub at: Timestamp,
    /// It left on a Saturday or Sunday.
    pub weekend: bool,
    /// What was learnt, who wrote it down, and when.
    pub learnt: Option<(Note, PersonId, Timestamp)>,
}

/// The drills of a school, and when the next is due.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Drills {
    done: Vec<Drill>,
    due_by: Option<Timestamp>,
    remind_at: Option<Timestamp>,
}

impl Drills {
    /// Those that are over, the oldest first.
    pub fn done(&self) -> &[Drill] {
        &self.done
    }

    /// By when the next one is due; none before the school's first trip.
    pub fn due_by(&self) -> Option<Timestamp> {
        self.due_by
    }

    /// Whether none was at a weekend for two years.
    pub fn weekend_is_due(&self, now: Timestamp) -> bool {
        let lately = |drill: &&Drill| now.duration_since(drill.at) < A_YEAR + A_YEAR;
        !self.done.iter().filter(lately).any(|drill| drill.weekend)
    }

    pub(crate) fn next_reminder(&self) -> Option<Timestamp> {
        self.remind_at
    }

    /// The first drill is due a year after the first trip.
    pub(crate) fn at_work_since(&mut self, at: Timestamp) {
        if self.due_by.is_none() {
            self.next(at.saturating_add(A_YEAR).unwrap_or(at));
        }
    }

    fn next(&mut self, by: Timestamp) {
        self.due_by = Some(by);
        self.remind_at = Some(by.saturating_sub(FOUR_WEEKS).unwrap_or(by));
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        if let Event::DrillDone { trip, at, weekend, next_by } = event {
            self.done.push(Drill { trip: *trip, at: *at, weekend: *weekend, learnt: None });
            let too_many = self.done.len().saturating_sub(MAX_DRILLS);
            self.done.drain(..too_many);
            self.next(*next_by);
        } else if let Event::DrillReviewed { trip, learnt, by, at } = event {
            let of_trip = self.done.iter_mut().filter(|drill| drill.trip == *trip);
            of_trip.for_each(|drill| drill.learnt = Some((learnt.clone(), *by, *at)));
        } else if let Event::DrillReminded { due_by, remind_at, .. } = event {
            (self.due_by, self.remind_at) = (Some(*due_by), Some(*remind_at));
        }
    }
}

/// A drill is over as its party is back: the next one is due by the policy's number.
pub(crate) fn over(trip: TripId, outing: &Outing, context: &Context<'_>) -> Option<Event> {
    let between = A_YEAR / i32::from(context.policy.drills_a_year.max(1));
    let weekday = context.zone.local(outing.left_at).date().weekday();
    outing.party.drill.then(|| Event::DrillDone {
        trip,
        at: context.now,
        weekend: matches!(weekday, Weekday::Saturday | Weekday::Sunday),
        next_by: context.now.saturating_add(between).unwrap_or(context.now),
    })
}

/// Reminded four weeks before it is due, when it is, and every four weeks from then on.
pub(crate) fn reminder(state: &State, tick: &Tick<'_>) -> Option<Event> {
    let due_by = state.drills.due_by?;
    state.drills.remind_at.filter(|at| *at <= tick.now)?;
    let again = tick.now.saturating_add(FOUR_WEEKS).unwrap_or(tick.now);
    let remind_at = if tick.now < due_by { due_by } else { again };
    let weekend = state.drills.weekend_is_due(tick.now);
    Some(Event::DrillReminded { at: tick.now, due_by, weekend, remind_at })
}

/// What was learnt, written down by a named person; written again, the later words stand.
pub(crate) fn review(
    state: &State,
    trip: TripId,
    learnt: Note,
    by: PersonId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let drill = state.drills.done.iter().find(|drill| drill.trip == trip);
    let drill = drill.ok_or(Refusal::NoDrill { trip })?;
    if drill.learnt.as_ref().is_some_and(|(known, _, _)| *known == learnt) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::DrillReviewed { trip, learnt, by, at: context.now }])
}

impl Trip {
    /// Its title, as everybody reads it: a drill says so first.
    pub fn shown_title(&self) -> String {
        let mark = if self.form.drill { "DRILL: " } else { "" };
        format!("{mark}{}", self.form.title)
    }
}

impl State {
    /// The drills, and when the next is due. [REV-1]
    pub fn drills(&self) -> &Drills {
        &self.drills
    }
}
