//! Snapshots are made beside the work: an engine of its own is rebuilt from the journal (the snapshot before, and the entries
//! after it) and written down. So the host never waits for one, nothing speculative gets into it, and what stands in it is
//! what a restart would find.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use decider::Service;
use proto::ids::SchoolId;
use tokio::sync::oneshot;

use super::rebuild::{self, Rebuilt};
use crate::clock::SharedClock;
use crate::journal::{Journal, Snapshot};
use crate::school::School;

/// The largest snapshot that is kept: a larger one would hold up the commits of others.
pub const MAX_SNAPSHOT_BYTES: usize = 64 * 1024 * 1024;

/// Between two snapshots at least so long passes, and so many times as long as the last one took.
const PAUSE: Duration = Duration::from_secs(60);
const PAUSE_TIMES: u32 = 20;

/// A host that stops waits so long for its last snapshots.
const AT_STOP: Duration = Duration::from_secs(10);

/// When snapshots are made, and which are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snapshots {
    /// Which release this is: one that another wrote isn't read.
    pub release: u32,
    /// After so many entries one is made.
    pub every: u64,
    /// At a stop after so many already.
    pub at_stop: u64,
}

impl Snapshots {
    /// As it is done at work.
    pub fn of(release: u32) -> Self {
        Self { release, every: 20_000, at_stop: 1_000 }
    }
}

/// Makes the snapshots of a host.
pub(super) struct Keeper {
    plan: Snapshots,
    journal: Journal,
    clock: SharedClock,
    /// The number up to which there is one.
    newest: BTreeMap<SchoolId, u64>,
    under_way: Option<oneshot::Receiver<Made>>,
    not_before: Instant,
}

struct Made {
    school: SchoolId,
    /// The number it holds; or the one at which none could be made.
    seq: u64,
    took: Duration,
}

impl Keeper {
    pub(super) fn new(plan: Snapshots, journal: Journal, clock: SharedClock) -> Self {
        let (newest, not_before) = (BTreeMap::new(), Instant::now());
        Self { plan, journal, clock, newest, under_way: None, not_before }
    }

    /// Up to there a restart finds one.
    pub(super) fn found(&mut self, school: &SchoolId, seq: u64) {
        self.newest.insert(school.clone(), seq);
    }

    /// Another instance makes those of that school.
    pub(super) fn forget(&mut self, school: &SchoolId) {
        self.newest.remove(school);
    }

    /// Makes one if it is time to. Cheap: it is asked after every commit.
    pub(super) fn look<S: Service>(&mut self, school: &Arc<School>, head: u64) {
        if self.since(&school.id, head) < self.plan.every
            || self.is_busy()
            || Instant::now() < self.not_before
        {
            return;
        }
        self.under_way = Some(self.begin::<S>(school, head));
    }

    /// Makes the last ones, and waits for them.
    pub(super) async fn at_stop<S: Service>(&mut self, heads: &[(Arc<School>, u64)]) {
        let all = async {
            if let Some(before) = self.under_way.take() {
                before.await.into_iter().for_each(|made| self.note(made));
            }
            for (school, head) in heads {
                if self.since(&school.id, *head) >= self.plan.at_stop {
                    // One that failed said so.
                    let _ = self.begin::<S>(school, *head).await;
                }
            }
        };
        if tokio::time::timeout(AT_STOP, all).await.is_err() {
            tracing::info!(service = %S::NAME, "stopped without waiting longer for a snapshot");
        }
    }

    fn since(&self, school: &SchoolId, head: u64) -> u64 {
        head.saturating_sub(self.newest.get(school).copied().unwrap_or(0))
    }

    fn is_busy(&mut self) -> bool {
        match self.under_way.as_mut().map(oneshot::Receiver::try_recv) {
            None => false,
            Some(Err(oneshot::error::TryRecvError::Empty)) => true,
            Some(Ok(made)) => {
                self.under_way = None;
                self.note(made);
                false
            }
            Some(Err(oneshot::error::TryRecvError::Closed)) => {
                self.under_way = None;
                false
            }
        }
    }

    fn note(&mut self, made: Made) {
        self.not_before = Instant::now() + (made.took * PAUSE_TIMES).max(PAUSE);
        self.newest.insert(made.school, made.seq);
    }

    /// On a thread of its own: it computes for a while.
    fn begin<S: Service>(&self, school: &Arc<School>, head: u64) -> oneshot::Receiver<Made> {
        let (tell, made) = oneshot::channel();
        let (journal, clock, plan) = (self.journal.clone(), Arc::clone(&self.clock), self.plan);
        let (school, runtime) = (Arc::clone(school), tokio::runtime::Handle::current());
        tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let seq = runtime.block_on(make::<S>(&journal, &school, &clock, plan)).unwrap_or_else(|why| {
                tracing::warn!(service = %S::NAME, school = %school.id, why, "no snapshot was made: a restart reads the entries");
                head
            });
            // A host that has stopped no longer asks.
            let _ = tell.send(Made { school: school.id.clone(), seq, took: begun.elapsed() });
        });
        made
    }
}

/// Makes a snapshot of what is in the journal, and says its number.
async fn make<S: Service>(
    journal: &Journal,
    school: &Arc<School>,
    clock: &SharedClock,
    plan: Snapshots,
) -> Result<u64, String> {
    let rebuilt = rebuild::engine::<S>(journal, school, clock, plan.release).await;
    let Rebuilt { engine, blankings, .. } = rebuilt.map_err(|fault| fault.to_string())?;
    let bytes = engine.freeze().map_err(|bad| bad.to_string())?;
    if bytes.len() > MAX_SNAPSHOT_BYTES {
        return Err(format!("it has {} bytes, more than {MAX_SNAPSHOT_BYTES}", bytes.len()));
    }
    let (seq, hash, size) = (engine.chain().seq, engine.chain().hash, bytes.len());
    let snapshot = Snapshot { seq, hash, version: plan.release, bytes };
    let put = journal.snapshot_put(S::NAME, &school.id, &snapshot, blankings).await;
    put.map_err(|fault| fault.to_string())?;
    tracing::debug!(service = %S::NAME, school = %school.id, seq, size, "a snapshot was made");
    Ok(seq)
}

#[cfg(test)]
mod tests;
