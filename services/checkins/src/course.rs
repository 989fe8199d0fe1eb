//! From the plan of the form to the next check-in that is due: pure arithmetic over instants.
//!
//! There are two streams for each group, and what is due next is the earlier of the two:
//! - *routine*: every so many minutes of elapsed time from departure (a grid that no check-in moves), cron times on the
//!   school's clocks, the end of each quiet window. Any word satisfies it.
//! - *named points*: arrival, leaving, return. Only a word with a count satisfies one. [CHECK-5]
//!
//! Dues inside a quiet window are dropped; one falls at its end. The expected return is due whether or not it is a named
//! point where nothing else falls due at an interval; after it the party is asked every [`OVERDUE_EVERY_SECS`]. So there is
//! always a next one. [CHECK-1]

use jiff::{SignedDuration, Timestamp};
use proto::v1::checkins::{DueFor, NextDue};
use proto::v1::trips::{CheckInPlan, Destination, NamedPoint, Party, QuietWindow};
use proto::values::{SchoolZone, Window};
use serde::{Deserialize, Serialize};

use crate::progress::Progress;

/// How often a party without an interval in its plan is asked once its return has passed, in seconds.
pub const OVERDUE_EVERY_SECS: i64 = 30 * 60;

/// At least so long before a check-in is due a word counts for it (or half the interval, if that is shorter), in seconds.
pub const EARLY_AT_LEAST_SECS: i64 = 5 * 60;

/// What of a form decides when check-ins are due.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Course {
    /// When the party left: the grid begins there.
    pub departed_at: Timestamp,
    /// From leaving the premises to the expected return.
    pub window: Window,
    /// When check-ins are due.
    pub plan: CheckInPlan,
    /// When nobody is asked.
    pub quiet: Vec<QuietWindow>,
    /// Where it goes, and when.
    pub destinations: Vec<Destination>,
}

impl Course {
    pub(crate) fn of(party: &Party, departed_at: Timestamp) -> Self {
        Self {
            departed_at,
            window: party.window,
            plan: party.plan.clone(),
            quiet: party.quiet.clone(),
            destinations: party.destinations.clone(),
        }
    }

    /// The next check-in of a group that has come so far, armed at `now`.
    pub(crate) fn arm(&self, progress: &Progress, zone: &SchoolZone, now: Timestamp) -> NextDue {
        let (at, what) = self.next(progress, zone);
        let remind_secs = i64::from(self.plan.remind_before_secs);
        let remind_at = plus(at, -remind_secs);
        let reminds = remind_secs > 0 && remind_at > now && self.quiet_at(remind_at).is_none();
        NextDue {
            at,
            what,
            remind_at: reminds.then_some(remind_at),
            missed_at: plus(at, i64::from(self.plan.grace_secs.max(1))),
        }
    }

    /// What is due next, and when: always something.
    fn next(&self, progress: &Progress, zone: &SchoolZone) -> (Timestamp, DueFor) {
        let routine = self.next_routine(progress, zone);
        // At the same instant the named point stands for both.
        match self.next_point(progress) {
            Some(point) if point.0 <= routine.0 => point,
            Some(_) | None => routine,
        }
    }

    fn next_routine(&self, progress: &Progress, zone: &SchoolZone) -> (Timestamp, DueFor) {
        let planned = progress.apart.clone().unwrap_or_else(|| {
            (self.planned_after(progress.routine_until, progress.late_secs, zone), DueFor::Routine {})
        });
        let ends = self.quiet.iter().map(|q| q.window.to);
        let ends = ends.filter(|end| *end > progress.routine_until && self.quiet_at(*end).is_none());
        let after_quiet = ends.min().map(|end| (end, DueFor::AfterQuiet {}));
        let planned = Some(planned).filter(|(at, _)| self.quiet_at(*at).is_none());
        // If the planned one lies in a quiet window, some window ends after it.
        let fallback = (plus(progress.routine_until, OVERDUE_EVERY_SECS), DueFor::Routine {});
        after_quiet.into_iter().chain(planned).min_by_key(|(at, _)| *at).unwrap_or(fallback)
    }

    /// The first due of the interval, the schedule, or (without an interval) of a party that is overdue.
    fn planned_after(&self, after: Timestamp, late_secs: i64, zone: &SchoolZone) -> Timestamp {
        let cron = self.plan.at.as_ref().and_then(|schedule| schedule.next_after(after, zone));
        let grid = match self.plan.every_minutes {
            Some(minutes) => grid_after(self.departed_at, i64::from(minutes.max(1)) * 60, after),
            None => grid_after(plus(self.window.to, late_secs), OVERDUE_EVERY_SECS, after),
        };
        cron.map_or(grid, |cron| cron.min(grid))
    }

    fn next_point(&self, progress: &Progress) -> Option<(Timestamp, DueFor)> {
        let points = self.points().filter(|(at, _)| *at > progress.points_until);
        let moved = points.map(|(at, what)| (plus(at, progress.late_secs), what));
        moved.filter(|(at, _)| self.quiet_at(*at).is_none()).min_by_key(|(at, _)| *at)
    }

    /// The named points in the form's own times.
    pub(crate) fn points(&self) -> impl Iterator<Item = (Timestamp, DueFor)> + '_ {
        let named = |point| self.plan.points.contains(&point);
        let (arrivals, leavings) = (named(NamedPoint::Arrival), named(NamedPoint::Leaving));
        let returns = named(NamedPoint::Return) || self.plan.every_minutes.is_none();
        let arrive = self
            .destinations
            .iter()
            .filter(move |_| arrivals)
            .filter_map(|d| d.arrive_at.map(|at| (at, DueFor::Arrival { destination: d.name.clone() })));
        let leave = self
            .destinations
            .iter()
            .filter(move |_| leavings)
            .filter_map(|d| d.leave_at.map(|at| (at, DueFor::Leaving { destination: d.name.clone() })));
        arrive.chain(leave).chain(returns.then_some((self.window.to, DueFor::Return {})))
    }

    /// The quiet window around an instant.
    pub(crate) fn quiet_at(&self, at: Timestamp) -> Option<&QuietWindow> {
        self.quiet.iter().find(|q| q.window.contains(at))
    }

    /// The instant itself, or the end of the quiet windows it lies in.
    pub(crate) fn after_quiet(&self, at: Timestamp) -> Timestamp {
        // Each step leaves one window for good: they are finite, and never empty.
        let mut free = at;
        while let Some(quiet) = self.quiet_at(free) {
            free = quiet.window.to;
        }
        free
    }

    /// When so many seconds outside quiet windows have passed since then.
    pub(crate) fn outside_quiet(&self, from: Timestamp, secs: i64) -> Timestamp {
        let (mut at, mut left_secs) = (self.after_quiet(from), secs);
        // Each step passes the beginning of one window for good: they are finite.
        loop {
            let next = self.quiet.iter().map(|q| q.window.from).filter(|begin| *begin > at).min();
            let Some(begin) = next.filter(|begin| *begin < plus(at, left_secs)) else {
                return plus(at, left_secs);
            };
            left_secs -= begin.duration_since(at).as_secs();
            at = self.after_quiet(begin);
        }
    }

    /// A miss after a quiet window, or in one (nobody driving is rung), starts at the office. [CHECK-1]
    pub(crate) fn starts_at_office(&self, due: &NextDue) -> bool {
        let at_an_end = self.quiet.iter().any(|q| q.window.to == due.at);
        at_an_end || self.quiet_at(due.missed_at).is_some()
    }

    /// From when on a word counts for a check-in that lies ahead: from its reminder on, at least [`EARLY_AT_LEAST_SECS`].
    pub(crate) fn early_from(&self, due_at: Timestamp) -> Timestamp {
        let half_interval = self.plan.every_minutes.map_or(i64::MAX, |minutes| i64::from(minutes) * 30);
        let early = i64::from(self.plan.remind_before_secs).max(EARLY_AT_LEAST_SECS.min(half_interval));
        plus(due_at, -early)
    }
}

/// The first instant after `after` that lies a whole number of steps (one at least) from `origin`.
fn grid_after(origin: Timestamp, step_secs: i64, after: Timestamp) -> Timestamp {
    let passed = after.duration_since(origin).as_secs().max(0);
    let next = plus(origin, (passed / step_secs + 1).saturating_mul(step_secs));
    debug_assert!(next > after || next == Timestamp::MAX, "the grid moves on");
    next
}

/// So many seconds later (or earlier), within what instants there are.
pub(crate) fn plus(at: Timestamp, secs: i64) -> Timestamp {
    let limit = if secs < 0 { Timestamp::MIN } else { Timestamp::MAX };
    at.checked_add(SignedDuration::from_secs(secs)).unwrap_or(limit)
}
