//! A copy of each school's state, kept up with what is committed: for the worker and the webhooks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use chassis::school::School;
use proto::ids::SchoolId;
use proto::v1::gateway::Event;
use tokio::sync::watch;

use super::{CallThere, call_to_take_back};
use crate::{State, evolve};

/// The copies. Reading never waits long: nobody does anything slow while holding it.
#[derive(Debug, Default)]
pub(crate) struct View {
    schools: RwLock<BTreeMap<SchoolId, (Arc<School>, State)>>,
    /// Those whose state has changed since the worker looked.
    stirred: Mutex<BTreeSet<SchoolId>>,
    changes: watch::Sender<u64>,
}

impl View {
    pub(super) fn begin(&self, school: &Arc<School>, state: &State) {
        let mut schools = self.schools.write().unwrap_or_else(PoisonError::into_inner);
        schools.insert(school.id.clone(), (Arc::clone(school), state.clone()));
        drop(schools);
        self.stirs(&school.id);
    }

    /// Another instance serves it.
    pub(super) fn end(&self, school: &SchoolId) {
        self.schools.write().unwrap_or_else(PoisonError::into_inner).remove(school);
        self.stirs(school);
    }

    /// Takes events in; gives back the calls that are to be taken back.
    pub(super) fn follow<'a>(
        &self,
        school: &SchoolId,
        events: impl Iterator<Item = &'a Event>,
    ) -> Vec<CallThere> {
        let mut schools = self.schools.write().unwrap_or_else(PoisonError::into_inner);
        let Some((_, known)) = schools.get_mut(school) else { return Vec::new() };
        let mut gone = Vec::new();
        for event in events {
            gone.extend(call_to_take_back(known, event));
            evolve::evolve(known, event);
        }
        drop(schools);
        self.stirs(school);
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
        gone
    }

    /// Those that have changed since this was asked last: so the worker needn't look at thousands of schools at each commit.
    pub(super) fn stirred(&self) -> BTreeSet<SchoolId> {
        std::mem::take(&mut *self.lock_stirred())
    }

    fn stirs(&self, school: &SchoolId) {
        let mut stirred = self.lock_stirred();
        if !stirred.contains(school) {
            stirred.insert(school.clone());
        }
    }

    fn lock_stirred(&self) -> MutexGuard<'_, BTreeSet<SchoolId>> {
        self.stirred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at one school.
    pub(crate) fn read<T>(&self, school: &SchoolId, look: impl FnOnce(&School, &State) -> T) -> Option<T> {
        let schools = self.schools.read().unwrap_or_else(PoisonError::into_inner);
        schools.get(school).map(|(school, state)| look(school, state))
    }

    /// Waits until a school is as wanted, for so long at most; tells whether it is.
    pub(crate) async fn until(
        &self,
        school: &SchoolId,
        patience: Duration,
        is_so: impl Fn(&State) -> bool,
    ) -> bool {
        let mut changes = self.changes.subscribe();
        let is_so = || self.read(school, |_, state| is_so(state)).unwrap_or(false);
        let wait = async {
            while !is_so() {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(patience, wait).await.is_ok()
    }

    /// Looks at all of them.
    pub(crate) fn each<T>(&self, mut look: impl FnMut(&School, &State) -> T) -> Vec<T> {
        let schools = self.schools.read().unwrap_or_else(PoisonError::into_inner);
        schools.values().map(|(school, state)| look(school, state)).collect()
    }
}
