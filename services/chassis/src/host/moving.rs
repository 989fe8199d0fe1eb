//! Schools that come and go while a host is at work: another instance takes them, or gave them up.
//!
//! A school that comes is rebuilt from its journal beside the work, and takes part from one turn on. A school that goes is left between two
//! turns: all that was decided is committed by then, and all that was told of it is on its way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use decider::Service;
use proto::envelope::Head;
use proto::ids::SchoolId;
use tokio::sync::{mpsc, oneshot};

use super::rebuild::{self, NotRebuilt, Rebuilt};
use super::{AtWork, Shell};
use crate::clock::SharedClock;
use crate::engine::{Engine, Trouble};
use crate::journal::{AppendFault, Journal, JournalFault};
use crate::lease::Slot;
use crate::school::School;

/// Changes that wait.
pub(super) const WAITING: usize = 8;

/// So long what was told of a school is waited for until it has gone out.
const GOES_OUT_WITHIN: Duration = Duration::from_secs(2);

/// A school on its way into a host.
pub(super) struct Comes<S: Service> {
    school: Arc<School>,
    rebuilt: Result<Rebuilt<S>, Trouble>,
}

/// What changes.
pub(super) enum Change<S: Service> {
    Come(Vec<Comes<S>>, oneshot::Sender<()>),
    Go(Vec<SchoolId>, oneshot::Sender<()>),
}

/// Whoever serves schools, and can be given more, or have some taken away.
#[async_trait]
pub trait Serves: Send + Sync + 'static {
    /// Serves these, too, from when this returns. An error: none of them.
    async fn take(&self, schools: &[Arc<School>]) -> Result<(), JournalFault>;
    /// Serves these no more from when this returns.
    async fn let_go(&self, schools: &[SchoolId]);
}

/// Gives schools to a host, and takes them away.
pub(super) struct Steering<S: Service> {
    pub(super) changes: mpsc::Sender<Change<S>>,
    pub(super) journal: Journal,
    pub(super) clock: SharedClock,
    pub(super) release: u32,
}

#[async_trait]
impl<S: Service> Serves for Steering<S> {
    async fn take(&self, schools: &[Arc<School>]) -> Result<(), JournalFault> {
        let mut coming = Vec::with_capacity(schools.len());
        for school in schools {
            let rebuilt = match rebuild::engine::<S>(&self.journal, school, &self.clock, self.release).await {
                Ok(rebuilt) => Ok(rebuilt),
                Err(NotRebuilt::Unreadable(trouble)) => Err(rebuild::report_unread::<S>(school, trouble)),
                Err(NotRebuilt::Journal(fault)) => return Err(fault),
            };
            coming.push(Comes { school: Arc::clone(school), rebuilt });
        }
        let (done, is_done) = oneshot::channel();
        // A host that is gone ends the process.
        if self.changes.send(Change::Come(coming, done)).await.is_ok() {
            let _ = is_done.await;
        }
        Ok(())
    }

    async fn let_go(&self, schools: &[SchoolId]) {
        let (done, is_done) = oneshot::channel();
        if self.changes.send(Change::Go(schools.to_vec(), done)).await.is_ok() {
            let _ = is_done.await;
        }
    }
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    pub(super) async fn change(&mut self, change: Change<S>) {
        match change {
            Change::Come(schools, done) => {
                schools.into_iter().for_each(|school| self.come(school));
                // Whoever waits for it may be gone.
                let _ = done.send(());
            }
            Change::Go(schools, done) => {
                let here: Vec<_> = schools.iter().filter(|id| self.schools.contains_key(*id)).collect();
                if !here.is_empty() {
                    here.into_iter().for_each(|school| self.leave(school));
                    if tokio::time::timeout(GOES_OUT_WITHIN, self.outbox.has_gone_out()).await.is_err() {
                        tracing::debug!(service = %S::NAME, "not all was told before schools were left: it will be asked for");
                    }
                    schools.iter().for_each(|school| self.outbox.forget(school));
                }
                let _ = done.send(());
            }
        }
    }

    fn come(&mut self, Comes { school, rebuilt }: Comes<S>) {
        let id = school.id.clone();
        self.elsewhere.remove(&id);
        self.schools.insert(id.clone(), Arc::clone(&school));
        let Rebuilt { mut engine, snapshot, blankings, newest } = match rebuilt {
            Ok(rebuilt) => rebuilt,
            Err(trouble) => {
                self.unread.insert(id, trouble);
                return;
            }
        };
        self.ailments.newest = self.ailments.newest.max(newest);
        self.keeper.found(&id, snapshot);
        self.blankings.insert(id.clone(), blankings);
        self.shell.started(&school, engine.state());
        if self.connected {
            self.greet(&id, &mut engine);
        }
        self.engines.insert(id, engine);
    }

    /// Another instance decides for it from here on.
    fn leave(&mut self, school: &SchoolId) {
        self.engines.remove(school);
        self.schools.remove(school);
        self.unread.remove(school);
        self.blankings.remove(school);
        self.keeper.forget(school);
        self.outbox.asks.forget(school);
        self.elsewhere.insert(school.clone());
        self.shell.ended(school);
    }

    /// After it hung for longer than its lease is good for: whatever is another's by now is left to it, before anything is decided.
    pub(super) async fn make_sure(&mut self) {
        let Some(standing) = &mut self.standing else { return };
        if let Some(slots) = self.pulse.through(standing.if_stale()).await {
            self.leave_all_but(&slots);
        }
    }

    /// Another writer was there. If the schools are its own by now, they are left to it; else it was one that did not know yet.
    pub(super) async fn make_sure_after(&mut self, fault: &AppendFault) {
        let (AppendFault::Fenced(_), Some(standing)) = (fault, &mut self.standing) else { return };
        if let Some(slots) = self.pulse.through(standing.now()).await {
            self.leave_all_but(&slots);
        }
    }

    fn leave_all_but(&mut self, slots: &BTreeSet<Slot>) {
        let gone: Vec<_> = self.schools.keys().filter(|id| !slots.contains(&Slot::of(id))).cloned().collect();
        if gone.is_empty() {
            return;
        }
        tracing::warn!(service = %S::NAME, schools = gone.len(), "HW-D3 another instance decides for these schools: they are left to it");
        metrics::counter!("homeward_schools_fenced_total", "service" => S::NAME.as_str())
            .increment(gone.len() as u64);
        for school in &gone {
            self.leave(school);
            self.outbox.forget(school);
        }
    }
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    /// The broker is there: asks everybody for what follows, and tells what stands.
    pub(super) fn greet(&mut self, school: &SchoolId, engine: &mut Engine<S>) {
        let now = self.clock.now();
        for (of, _) in engine.connected(now) {
            self.outbox.asks.in_turn(school, of);
        }
        let blankings = self.blankings.get(school).copied().unwrap_or(0);
        self.outbox.head(school, S::NAME, &Head { blankings, ..engine.head(now) });
        for retained in S::retained_now(engine.state()) {
            self.outbox.retain(school, retained);
        }
    }
}
