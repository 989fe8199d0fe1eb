//! What happened in a run, in numbers.

use std::collections::BTreeMap;
use std::fmt;

/// Counts over all days of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a count of what its name says")]
pub struct Stats {
    pub days: u64,
    pub trips: u64,
    pub departed: u64,
    pub left_without_clearance: u64,
    pub closed: u64,
    pub events: u64,
    pub steps: u64,
    pub commits: u64,
    pub crashes: u64,
    pub broker_outages: u64,
    pub sent: u64,
    pub lost: u64,
    pub doubled: u64,
    pub dropped: u64,
    pub answered: u64,
    pub refused: u64,
    pub texts: u64,
    pub checked_in: u64,
    pub kept_by_the_gateway: u64,
    pub told_late: u64,
    pub missed: u64,
    pub outages_told: u64,
    pub cases: u64,
    pub resolved: u64,
    pub refusals: BTreeMap<String, u64>,
}

impl Stats {
    /// Adds another day.
    pub fn add(&mut self, day: &Self) {
        let pairs = [
            (&mut self.days, day.days),
            (&mut self.trips, day.trips),
            (&mut self.departed, day.departed),
            (&mut self.left_without_clearance, day.left_without_clearance),
            (&mut self.closed, day.closed),
            (&mut self.events, day.events),
            (&mut self.steps, day.steps),
            (&mut self.commits, day.commits),
            (&mut self.crashes, day.crashes),
            (&mut self.broker_outages, day.broker_outages),
            (&mut self.sent, day.sent),
            (&mut self.lost, day.lost),
            (&mut self.doubled, day.doubled),
            (&mut self.dropped, day.dropped),
            (&mut self.answered, day.answered),
            (&mut self.refused, day.refused),
            (&mut self.texts, day.texts),
            (&mut self.checked_in, day.checked_in),
            (&mut self.kept_by_the_gateway, day.kept_by_the_gateway),
            (&mut self.told_late, day.told_late),
            (&mut self.missed, day.missed),
            (&mut self.outages_told, day.outages_told),
            (&mut self.cases, day.cases),
            (&mut self.resolved, day.resolved),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        for (code, count) in &day.refusals {
            *self.refusals.entry(code.clone()).or_default() += count;
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} days, {} trips: {} departed, {} left without clearance, {} closed",
            self.days, self.trips, self.departed, self.left_without_clearance, self.closed
        )?;
        writeln!(
            f,
            "{} events in {} commits; {} commands answered, {} of them refused",
            self.events, self.commits, self.answered, self.refused
        )?;
        writeln!(
            f,
            "{} crashes, {} broker outages; {} messages sent, {} lost, {} doubled, {} had nobody to go to",
            self.crashes, self.broker_outages, self.sent, self.lost, self.doubled, self.dropped
        )?;
        writeln!(
            f,
            "{} check-ins ({} texts, {} of them in time though heard half a minute later or more)",
            self.checked_in, self.texts, self.kept_by_the_gateway
        )?;
        writeln!(
            f,
            "{} missed, {} outages told; {} cases, {} resolved",
            self.missed, self.outages_told, self.cases, self.resolved
        )?;
        write!(f, "refusals: {:?}", self.refusals)
    }
}
