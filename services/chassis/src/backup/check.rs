//! Whether a set of journals holds: each chain, and each cursor in the journal that it points into.

use proto::envelope::Hash;
use proto::ids::SchoolId;
use proto::topics::ServiceName;

use crate::entry::{BrokenLink, Chain};
use crate::journal::{Cursor, Journal, JournalFault, VerifyFault};

/// How far back each chain is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// From its first entry on.
    All,
    /// Its newest entries alone: so many.
    Newest(u64),
}

/// What was found.
#[derive(Default, Debug)]
pub struct Held {
    /// Journals whose chains hold.
    pub journals: usize,
    /// Their entries.
    pub entries: u64,
    /// Chains that don't.
    pub broken: Vec<BrokenLink>,
    /// Cursors that lead beyond, or into another history.
    pub loose: Vec<Loose>,
}

/// A cursor that does not fit: who listens has heard what the journal that it heard does not hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{listener} of {school} has heard {producer} up to {seq}, which its journal here does not hold")]
pub struct Loose {
    /// Who listens.
    pub listener: ServiceName,
    /// For which school.
    pub school: SchoolId,
    /// Who was heard.
    pub producer: ServiceName,
    /// Up to which number.
    pub seq: u64,
}

impl Held {
    /// Whether nothing was found against it.
    pub fn is_whole(&self) -> bool {
        self.broken.is_empty() && self.loose.is_empty()
    }
}

/// Looks through all journals of a database, at work or not.
pub async fn look_through(journal: &Journal, depth: Depth) -> Result<Held, JournalFault> {
    let mut held = Held::default();
    for service in ServiceName::ALL {
        for school in journal.schools(service).await? {
            let looked = match depth {
                Depth::All => journal.verify(service, &school).await.map(|verified| verified.entries),
                Depth::Newest(count) => newest_entries(journal, service, &school, count).await,
            };
            match looked {
                Ok(entries) => {
                    held.journals += 1;
                    held.entries += entries;
                }
                Err(VerifyFault::Broken(link)) => held.broken.push(link),
                Err(VerifyFault::Journal(fault)) => return Err(fault),
            }
            for cursor in newest(journal.cursors(service, &school).await?) {
                if !fits(journal, &school, &cursor).await? {
                    let (producer, seq) = (cursor.producer, cursor.seq);
                    held.loose.push(Loose { listener: service, school: school.clone(), producer, seq });
                }
            }
        }
    }
    Ok(held)
}

/// Follows the end of a chain; says how many entries that was.
async fn newest_entries(
    journal: &Journal,
    service: ServiceName,
    school: &SchoolId,
    count: u64,
) -> Result<u64, VerifyFault> {
    let head = journal.begin(service, school).await?;
    let from = head.seq.saturating_sub(count);
    let before = journal.read(service, school, from, 1).await?;
    let start = Chain::empty(service, school.clone(), head.epoch);
    let mut chain = match before.first().filter(|_| from > 0) {
        Some(entry) => Chain { seq: entry.seq, hash: entry.hash, ..start },
        None => start,
    };
    let entries =
        journal.read(service, school, from + 1, usize::try_from(count).unwrap_or(usize::MAX)).await?;
    entries.iter().try_for_each(|entry| chain.follow(entry))?;
    Ok(entries.len() as u64)
}

/// Of each producer the cursor of the newest version of its listener: the others are only remembered.
fn newest(mut cursors: Vec<Cursor>) -> impl Iterator<Item = Cursor> {
    cursors.sort_by_key(|cursor| (cursor.producer, std::cmp::Reverse(cursor.listener_version)));
    cursors.dedup_by_key(|cursor| cursor.producer);
    cursors.into_iter().filter(|cursor| cursor.seq > 0)
}

async fn fits(journal: &Journal, school: &SchoolId, cursor: &Cursor) -> Result<bool, JournalFault> {
    // A journal that isn't there has no epoch, and none is begun by looking.
    if !journal.schools(cursor.producer).await?.contains(school) {
        return Ok(false);
    }
    let head = journal.begin(cursor.producer, school).await?;
    let there = journal.read(cursor.producer, school, cursor.seq, 1).await?;
    let hash: Option<Hash> = there.first().filter(|entry| entry.seq == cursor.seq).map(|entry| entry.hash);
    Ok(head.epoch == cursor.epoch && hash == Some(cursor.hash))
}
