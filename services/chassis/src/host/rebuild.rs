//! Engines from the journal: at the start, and after a commit that failed.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use decider::Service;
use jiff::Timestamp;
use proto::envelope::Head;
use proto::ids::SchoolId;
use rand::RngExt as _;

use super::{AtWork, Shell};
use crate::clock::SharedClock;
use crate::engine::{Engine, Trouble};
use crate::entry::Chain;
use crate::journal::{Journal, JournalFault, Snapshot};
use crate::school::School;

/// The wait between tries to read the journal again.
const RETRY: Duration = Duration::from_millis(500);

/// Why an engine does not stand.
#[derive(Debug)]
pub(super) enum NotRebuilt {
    /// The journal can't be reached now.
    Journal(JournalFault),
    /// An entry that this release can't read: going on would forget what it says. The operator decides. [HW-J2]
    Unreadable(Trouble),
}

impl std::fmt::Display for NotRebuilt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Journal(fault) => fault.fmt(f),
            Self::Unreadable(trouble) => trouble.fmt(f),
        }
    }
}

impl From<JournalFault> for NotRebuilt {
    fn from(fault: JournalFault) -> Self {
        Self::Journal(fault)
    }
}

/// An engine that stands, and from what.
#[derive(Debug)]
pub(super) struct Rebuilt<S: Service> {
    pub(super) engine: Engine<S>,
    /// The number up to which a snapshot stood for the entries; 0 if none did.
    pub(super) snapshot: u64,
    /// How often the journal had been blanked when it began to be read.
    pub(super) blankings: u64,
    /// When the newest entry was recorded.
    pub(super) newest: Option<Timestamp>,
}

/// Reads a school's journal into an engine: from the snapshot of this release, if there is one that can be used, and the
/// entries after it; else every entry.
pub(super) async fn engine<S: Service>(
    journal: &Journal,
    school: &Arc<School>,
    clock: &SharedClock,
    release: u32,
) -> Result<Rebuilt<S>, NotRebuilt> {
    let head = journal.begin(S::NAME, &school.id).await?;
    let blankings = journal.blankings(S::NAME, &school.id).await?;
    let cursors = journal.cursors(S::NAME, &school.id).await?;
    let alive_until = journal.last_alive(S::NAME).await?.unwrap_or_else(|| clock.now());
    let empty = Chain::empty(S::NAME, school.id.clone(), head.epoch);
    let salts = Box::new(|| rand::rng().random::<[u8; 16]>());
    let mut engine = Engine::<S>::rebuild(Arc::clone(school), empty, &cursors, alive_until, salts);
    let snapshot = thaw(&mut engine, journal, school, release).await;
    let (mut trouble, mut newest) = (None, None);
    // The newest one is looked at, even if a snapshot stands for it.
    let from = (snapshot + 1).min(head.seq.max(1));
    journal
        .scan(S::NAME, &school.id, from, |entry| {
            newest = Some(entry.recorded_at);
            let replayed = if entry.seq > snapshot { engine.replay(&entry) } else { Ok(()) };
            match replayed {
                Ok(()) => ControlFlow::Continue(()),
                Err(bad) => {
                    trouble = Some(bad);
                    ControlFlow::Break(())
                }
            }
        })
        .await?;
    match trouble {
        Some(bad) => Err(NotRebuilt::Unreadable(bad)),
        None => Ok(Rebuilt { engine, snapshot, blankings, newest }),
    }
}

/// The same, for one that had stored that head. Says whether it is still there.
async fn again<S: Service>(
    journal: &Journal,
    school: &Arc<School>,
    clock: &SharedClock,
    release: u32,
    stored: &Chain,
) -> Result<(Rebuilt<S>, bool), NotRebuilt> {
    let rebuilt = engine::<S>(journal, school, clock, release).await?;
    let without = journal.without(S::NAME, std::slice::from_ref(stored)).await?;
    Ok((rebuilt, without.is_empty()))
}

/// Tells the operator; the other schools, and the other services of the process, go on.
pub(super) fn report_unread<S: Service>(school: &School, trouble: Trouble) -> Trouble {
    metrics::counter!("homeward_troubles_total", "service" => S::NAME.as_str()).increment(1);
    tracing::error!(service = %S::NAME, school = %school.id, %trouble, "this school is not served: an operator must look");
    trouble
}

/// Says up to which number a snapshot took the place of the entries.
async fn thaw<S: Service>(
    engine: &mut Engine<S>,
    journal: &Journal,
    school: &Arc<School>,
    release: u32,
) -> u64 {
    let used = match journal.snapshot_get(S::NAME, &school.id, release).await {
        Ok(None) => return 0,
        Ok(Some(Snapshot { seq, hash, bytes, .. })) => {
            engine.thaw(seq, hash, &bytes).map(|()| seq).map_err(|bad| bad.to_string())
        }
        Err(fault) => Err(fault.to_string()),
    };
    used.unwrap_or_else(|why| {
        tracing::warn!(service = %S::NAME, school = %school.id, why, "a snapshot can't be used: every entry is read");
        0
    })
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    /// What was blanked in a journal is forgotten here, too, and so is what is gone from it: its engine is rebuilt. Call it between two batches.
    pub(super) async fn look_at_journals(&mut self) {
        let stored: Vec<Chain> = self.engines.values().map(Engine::stored).collect();
        let looked = self.pulse.through(async {
            let blankings = self.journal.all_blankings(S::NAME).await?;
            Ok::<_, JournalFault>((blankings, self.journal.without(S::NAME, &stored).await?))
        });
        // What can't be read now is looked at again soon.
        let Ok((blankings, without)) = looked.await else { return };
        let mut changed = false;
        for (id, engine) in &mut self.engines {
            let times = blankings.get(id).copied().unwrap_or(0);
            let blanked = self.blankings.get(id) != Some(&times);
            if blanked {
                tracing::info!(service = %S::NAME, school = %id, "personal parts were blanked: rebuilding from the journal");
            }
            if blanked || without.contains(id) {
                engine.failed();
                changed = true;
            }
        }
        if changed {
            self.rebuild_failed().await;
        }
    }

    /// Tells each journal's head, and how often it was blanked.
    pub(super) fn tell_heads(&mut self) {
        let now = self.clock.now();
        for (school, engine) in &self.engines {
            let blankings = self.blankings.get(school).copied().unwrap_or(0);
            self.outbox.head(school, S::NAME, &Head { blankings, ..engine.head(now) });
        }
    }

    /// Rebuilds every engine that failed, as often as it takes, and tells what stands: what a commit stored after all, though nobody was told
    /// so, is asked for at once; and whoever heard what is gone by now finds out.
    pub(super) async fn rebuild_failed(&mut self) {
        let failed: Vec<_> =
            self.engines.iter().filter(|(_, e)| e.is_failed()).map(|(id, _)| id.clone()).collect();
        'schools: for id in failed {
            let school = Arc::clone(&self.schools[&id]);
            let stored = self.engines[&id].stored();
            let (mut engine, held) = loop {
                let rebuilding = again::<S>(&self.journal, &school, &self.clock, self.release, &stored);
                match self.pulse.through(rebuilding).await {
                    Ok((Rebuilt { engine, blankings, .. }, held)) => {
                        self.blankings.insert(id.clone(), blankings);
                        break (engine, held);
                    }
                    Err(NotRebuilt::Unreadable(trouble)) => {
                        self.engines.remove(&id);
                        self.unread.insert(id, report_unread::<S>(&school, trouble));
                        continue 'schools;
                    }
                    Err(NotRebuilt::Journal(fault)) => {
                        tracing::error!(service = %S::NAME, %fault, "HW-D1 the journal can't be read: trying again");
                        self.pulse.beat();
                        tokio::select! {
                            () = self.stop.cancelled() => return,
                            () = tokio::time::sleep(RETRY) => {}
                        }
                    }
                }
            };
            if !held {
                self.is_bereft(&id, &format!("number {} that was stored is gone", stored.seq));
            }
            if self.connected {
                self.greet(&id, &mut engine);
            }
            self.shell.started(&school, engine.state());
            self.engines.insert(id, engine);
        }
    }

    /// Another database stands in the place of ours, and lacks what this service knew. It goes on with what is there; the operator is told
    /// until it is started again. [HW-J1]
    pub(super) fn is_bereft(&mut self, school: &SchoolId, why: &str) {
        metrics::counter!("homeward_troubles_total", "service" => S::NAME.as_str()).increment(1);
        tracing::error!(service = %S::NAME, %school, why, "HW-J1 another database stands in the place of ours: going on with what is there");
        self.ailments.bereft = true;
    }
}
