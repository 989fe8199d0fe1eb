//! Engines from the journal: at the start, and after a commit that failed.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use decider::Service;
use rand::RngExt as _;

use super::{AtWork, Shell};
use crate::clock::SharedClock;
use crate::engine::Engine;
use crate::entry::Chain;
use crate::journal::{Journal, JournalFault};
use crate::school::School;

/// The wait between tries to read the journal again.
const RETRY: Duration = Duration::from_millis(500);

/// Reads a school's journal into an engine.
pub(super) async fn engine<S: Service>(
    journal: &Journal,
    school: &Arc<School>,
    clock: &SharedClock,
) -> Result<Engine<S>, JournalFault> {
    let head = journal.begin(S::NAME, &school.id).await?;
    let cursors = journal.cursors(S::NAME, &school.id).await?;
    let alive_until = journal.last_alive(S::NAME).await?.unwrap_or_else(|| clock.now());
    let empty = Chain::empty(S::NAME, school.id.clone(), head.epoch);
    let salts = Box::new(|| rand::rng().random::<[u8; 16]>());
    let mut engine = Engine::<S>::rebuild(Arc::clone(school), empty, &cursors, alive_until, salts);
    let mut trouble = None;
    journal
        .scan(S::NAME, &school.id, 1, |entry| match engine.replay(&entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(bad) => {
                trouble = Some(bad);
                ControlFlow::Break(())
            }
        })
        .await?;
    match trouble {
        // An entry that no release can read: going on would forget what it says. The operator decides.
        Some(bad) => panic!("{bad}: see infra/runbooks"),
        None => Ok(engine),
    }
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    /// Rebuilds every engine that failed, as often as it takes.
    pub(super) async fn rebuild_failed(&mut self) {
        let failed: Vec<_> =
            self.engines.iter().filter(|(_, e)| e.is_failed()).map(|(id, _)| id.clone()).collect();
        for id in failed {
            let school = Arc::clone(&self.schools[&id]);
            let mut engine = loop {
                match engine::<S>(&self.journal, &school, &self.clock).await {
                    Ok(engine) => break engine,
                    Err(fault) => {
                        tracing::error!(service = %S::NAME, %fault, "HW-D1 the journal can't be read: trying again");
                        tokio::select! {
                            () = self.stop.cancelled() => return,
                            () = tokio::time::sleep(RETRY) => {}
                        }
                    }
                }
            };
            if self.connected {
                for (of, from) in engine.connected(self.clock.now()) {
                    self.outbox.ask_replay(&id, of, from);
                }
            }
            self.shell.started(&school, engine.state());
            self.engines.insert(id, engine);
        }
    }
}
