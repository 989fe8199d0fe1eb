//! Blanks what is due, of one school, in all its journals. Restartable anywhere: what is due follows from facts that blanking
//! leaves as they are.

use std::collections::{BTreeMap, BTreeSet};

use chassis::entry::Entry;
use chassis::journal::Journal;
use chassis::school::School;
use decider::policy::retention::{KEPT, Record};
use jiff::Timestamp;
use proto::topics::ServiceName;

use crate::facts::Facts;
use crate::kinds::record_of;
use crate::standing::{About, HeldBy, Standing, standing};
use crate::{RecordsFault, event_of, walk};

/// So many entries are blanked in one transaction: others wait no longer for it.
pub const MAX_AT_ONCE: usize = 500;

/// What was found of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Entries whose personal part is due to be erased.
    pub due: u64,
    /// Entries that are kept for their time.
    pub kept: u64,
    /// When the first of those is due.
    pub next_at: Option<Timestamp>,
    /// Entries that are held, whatever their time, by what holds them.
    pub held: BTreeMap<HeldBy, u64>,
}

impl Count {
    /// How many are held.
    pub fn held(&self) -> u64 {
        self.held.values().sum()
    }
}

/// What is to be blanked, and what was counted on the way.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// By kind of record.
    pub counts: BTreeMap<Record, Count>,
    /// The entries that are due, by service.
    pub due: BTreeMap<ServiceName, Vec<u64>>,
    /// Entries with a personal part that is no kind of record: a mistake of ours, kept for good.
    pub strange: BTreeSet<(ServiceName, String)>,
}

impl Plan {
    /// How many entries are due.
    pub fn entries(&self) -> u64 {
        self.due.values().map(|seqs| seqs.len() as u64).sum()
    }

    fn take(&mut self, facts: &Facts, entry: &Entry, now: Timestamp) -> Result<(), RecordsFault> {
        if entry.personal.is_none() {
            return Ok(());
        }
        let Some(event) = event_of(entry)? else { return Ok(()) };
        let Some(record) = record_of(&event) else {
            self.strange.insert((entry.service, entry.kind.clone()));
            return Ok(());
        };
        let count = self.counts.entry(record).or_default();
        match standing(facts, record, entry, &About::of(entry), now) {
            Standing::Due(_) => {
                count.due += 1;
                self.due.entry(entry.service).or_default().push(entry.seq);
            }
            Standing::Until(at) => {
                count.kept += 1;
                count.next_at = Some(count.next_at.map_or(at, |next| next.min(at)));
            }
            Standing::Held(by) => *count.held.entry(by).or_default() += 1,
        }
        Ok(())
    }
}

/// Looks through all journals of a school for what is due.
pub async fn plan(journal: &Journal, school: &School, now: Timestamp) -> Result<(Facts, Plan), RecordsFault> {
    let facts = Facts::read(journal, school).await?;
    let mut plan = Plan::default();
    walk(journal, school, |entry| plan.take(&facts, &entry, now)).await?;
    Ok((facts, plan))
}

/// Blanks those entries, some at a time; snapshots go with each. Says how many had a personal part.
pub async fn blank(
    journal: &Journal,
    school: &School,
    due: &BTreeMap<ServiceName, Vec<u64>>,
) -> Result<u64, RecordsFault> {
    let mut blanked = 0;
    for (service, seqs) in due {
        for some in seqs.chunks(MAX_AT_ONCE) {
            blanked += journal.blank(*service, &school.id, some).await?;
        }
    }
    Ok(blanked)
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Done {
    /// What was due, and what was counted.
    pub plan: Plan,
    /// How many entries were blanked.
    pub blanked: u64,
    /// How many unreadable messages were dropped.
    pub quarantine: u64,
    /// Whether nothing of it stands beside the tables any more: else it goes the next time.
    pub forgotten: bool,
}

/// Blanks what is due, and drops unreadable messages that are.
pub async fn retain(
    journal: &Journal,
    school: &School,
    now: Timestamp,
) -> Result<(Facts, Done), RecordsFault> {
    let (facts, plan) = plan(journal, school, now).await?;
    let blanked = blank(journal, school, &plan.due).await?;
    let quarantine = journal.quarantine_forget(facts.had_its_time(Record::Quarantine, now)).await?;
    let forgotten = journal.forget().await?;
    Ok((facts, Done { plan, blanked, quarantine, forgotten }))
}

/// A line for each kind of which there is something.
pub fn lines(plan: &Plan, dry: bool) -> Vec<String> {
    let of = |kept: &'static decider::policy::retention::Kept| {
        let count = plan.counts.get(&kept.record)?;
        let next = count.next_at.map(|at| format!(", the next on {}", at.strftime("%-d %B %Y")));
        let held = if count.held() > 0 { format!(", {} held", count.held()) } else { String::new() };
        let erased = if dry { "due" } else { "erased" };
        let (due, not_yet) = (count.due, count.kept);
        Some(format!("{}: {due} {erased}, {not_yet} kept{}{held}", kept.title, next.unwrap_or_default()))
    };
    KEPT.iter().filter_map(of).collect()
}
