//! Erases what is kept about a person, where the law lets; what stays is named, with why and until when.
//!
//! An entry's personal part goes as a whole: what stands in one record with others' names goes with them, which is why a
//! record of a trip that isn't closed stays.

use std::collections::BTreeMap;

use chassis::journal::Journal;
use chassis::school::School;
use decider::policy::retention::Record;
use jiff::Timestamp;
use proto::topics::ServiceName;

use crate::RecordsFault;
use crate::retain::blank;
use crate::standing::Standing;
use crate::subject::{Finds, Found, How};

/// Why something stays, and until when, as far as that can be said.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stays {
    /// The kind of record.
    pub record: Record,
    /// Why.
    pub why: String,
    /// When the last of it is erased; none while it is open.
    pub until: Option<Timestamp>,
    /// How many entries.
    pub entries: u64,
}

/// What an erasure does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Erasure {
    /// The entries to be blanked, by service.
    pub goes: BTreeMap<ServiceName, Vec<u64>>,
    /// How many of each kind.
    pub counts: BTreeMap<Record, u64>,
    /// What stays.
    pub stays: Vec<Stays>,
}

impl Erasure {
    /// How many entries go.
    pub fn entries(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// What of it goes now, and what stays.
pub fn erasure(finds: &Finds) -> Erasure {
    let mut erasure = Erasure::default();
    for found in finds.found.iter().filter(|found| found.has_personal && found.how == How::About) {
        let Some(record) = found.record else { continue };
        match stays(record, found) {
            None => {
                *erasure.counts.entry(record).or_default() += 1;
                erasure.goes.entry(found.service).or_default().push(found.seq);
            }
            Some((why, until)) => stay(&mut erasure.stays, record, why, until),
        }
    }
    erasure.stays.sort();
    erasure
}

fn stays(record: Record, found: &Found) -> Option<(String, Option<Timestamp>)> {
    match (found.standing?, record.kept().must) {
        (Standing::Held(by), _) => Some((format!("Not while this holds: {by}."), None)),
        (Standing::Due(_), _) => None,
        (Standing::Until(at), Some(must)) => Some((must.to_owned(), Some(at))),
        (Standing::Until(_), None) => None,
    }
}

fn stay(all: &mut Vec<Stays>, record: Record, why: String, until: Option<Timestamp>) {
    let same = |stays: &&mut Stays| stays.record == record && stays.why == why;
    match all.iter_mut().find(same) {
        Some(known) => {
            known.until = known.until.max(until);
            known.entries += 1;
        }
        None => all.push(Stays { record, why, until, entries: 1 }),
    }
}

/// Blanks what goes. Says how many entries had a personal part.
pub async fn erase(journal: &Journal, school: &School, erasure: &Erasure) -> Result<u64, RecordsFault> {
    let blanked = blank(journal, school, &erasure.goes).await?;
    journal.forget().await?;
    Ok(blanked)
}
