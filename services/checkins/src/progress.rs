//! How far a group has come through what was due, and what a word satisfies.
//!
//! A word said at `s` satisfies, in its group:
//! - all routine dues up to `s`; with a count, all named points up to `s` as well;
//! - the one that lies ahead, if the word was said from its reminder on (`Course::early_from`) and after the one before it was
//!   settled, so that words in a row don't run ahead of the plan; a named point again needs a count;
//! - with a count, the next named point if the word names it (ARRIVED, LEAVING), however early; BACK all that are left.
//!
//! LATE n satisfies nothing that is ahead: it moves what is due (by n minutes, from when it was due or from the word itself,
//! whichever is later) and all named points that are left, the return among them.

use jiff::{SignedDuration, Timestamp};
use proto::v1::checkins::{DueFor, NextDue, Word};
use serde::{Deserialize, Serialize};

use crate::course::{Course, plus};

/// Where a group stands in its two streams of dues. It follows from the group's events alone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// Routine dues up to here are settled.
    pub(crate) routine_until: Timestamp,
    /// Named points up to here are settled: in the form's own times, before any lateness.
    pub(crate) points_until: Timestamp,
    /// By how much named points are moved.
    pub(crate) late_secs: i64,
    /// A routine due that stands apart from the plan: the new time that LATE gave, or one that was open when the form changed.
    pub(crate) apart: Option<(Timestamp, DueFor)>,
    /// The last due that was settled: a word for one ahead must be later than it.
    pub(crate) settled: Timestamp,
}

impl Progress {
    /// From an instant on: what is due later is open.
    pub(crate) fn from(at: Timestamp, late_secs: i64) -> Self {
        Self { routine_until: at, points_until: plus(at, -late_secs), late_secs, apart: None, settled: at }
    }

    /// With that due as the first one that is open.
    pub(crate) fn up_to(first: &NextDue, departed_at: Timestamp) -> Self {
        Self { settled: departed_at, ..Self::from(before(first.at), 0) }
    }

    /// Takes a word in.
    pub(crate) fn take(
        &mut self,
        course: &Course,
        open: &NextDue,
        word: Word,
        counted: bool,
        said_at: Timestamp,
    ) {
        // A named point before what is due was dropped: it lay in a quiet window. No lateness brings it back.
        self.settle_points(before(open.at));
        match word {
            Word::Late { minutes } => self.run_late(open, minutes, said_at),
            Word::Ok | Word::Boarded | Word::HandedOver => self.satisfy(course, open, counted, said_at),
            Word::Arrived | Word::Leaving | Word::Back => {
                self.satisfy(course, open, counted, said_at);
                if counted {
                    self.reach_points(course, word);
                }
            }
        }
    }

    /// A due was missed: it is settled all the same, and the next one is armed.
    pub(crate) fn miss(&mut self, due_at: Timestamp) {
        self.settle_routine(due_at);
        self.settle_points(due_at);
        self.settled = self.settled.max(due_at);
    }

    /// Whether that due is behind the group.
    pub(crate) fn has_settled(&self, due: &NextDue) -> bool {
        if due.what.needs_count() {
            plus(due.at, -self.late_secs) <= self.points_until
        } else {
            due.at <= self.routine_until
        }
    }

    fn satisfy(&mut self, course: &Course, open: &NextDue, counted: bool, said_at: Timestamp) {
        let fits = counted || !open.what.needs_count();
        let ahead = open.at > said_at;
        let soon = ahead && said_at >= course.early_from(open.at) && said_at > self.settled;
        let up_to = if soon && fits { open.at } else { said_at };
        self.settle_routine(up_to);
        if counted {
            self.settle_points(up_to);
        }
        if fits && (soon || !ahead) {
            self.settled = self.settled.max(open.at);
        }
    }

    fn run_late(&mut self, open: &NextDue, minutes: u16, said_at: Timestamp) {
        let new_at = plus(open.at.max(said_at), i64::from(minutes) * 60);
        let moved_secs = new_at.duration_since(open.at).as_secs();
        self.late_secs = self.late_secs.saturating_add(moved_secs);
        if open.what.needs_count() {
            self.settle_routine(said_at);
        } else {
            self.apart = Some((new_at, DueFor::RunningLate {}));
        }
    }

    /// ARRIVED and LEAVING settle the next point if it is that one; BACK all that are left.
    fn reach_points(&mut self, course: &Course, word: Word) {
        let left = || course.points().filter(|(at, _)| *at > self.points_until);
        let reached = match word {
            Word::Back => left().map(|(at, _)| at).max(),
            Word::Arrived | Word::Leaving => left()
                .min_by_key(|(at, _)| *at)
                .filter(|(_, what)| match what {
                    DueFor::Arrival { .. } => word == Word::Arrived,
                    DueFor::Leaving { .. } => word == Word::Leaving,
                    DueFor::Return {}
                    | DueFor::Routine {}
                    | DueFor::AfterQuiet {}
                    | DueFor::RunningLate {} => false,
                })
                .map(|(at, _)| at),
            Word::Ok | Word::Late { .. } | Word::Boarded | Word::HandedOver => None,
        };
        if let Some(at) = reached {
            self.points_until = self.points_until.max(at);
        }
    }

    fn settle_routine(&mut self, up_to: Timestamp) {
        self.routine_until = self.routine_until.max(up_to);
        if self.apart.as_ref().is_some_and(|(at, _)| *at <= up_to) {
            self.apart = None;
        }
    }

    fn settle_points(&mut self, up_to: Timestamp) {
        self.points_until = self.points_until.max(plus(up_to, -self.late_secs));
    }
}

/// The last instant before.
fn before(at: Timestamp) -> Timestamp {
    at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN)
}
