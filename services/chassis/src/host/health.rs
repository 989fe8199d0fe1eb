//! How well a host is, for whoever watches it.

use std::collections::BTreeSet;
use std::time::Duration;

use decider::Service;
use jiff::{SignedDuration, Timestamp};

use super::{AtWork, Shell};
use crate::engine::Engine;
use crate::journal::{Append, AppendFault};

/// How well a host is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Health {
    /// Its state is rebuilt and it has a journal to write to.
    pub journal: bool,
    /// It is connected to the broker.
    pub bus: bool,
    /// It has caught up and judges absence.
    pub judging: bool,
    /// All that others are known to have told was heard.
    pub caught_up: bool,
    /// It follows every service that it hears: none of their journals is another one than before. [HW-J1]
    pub following: bool,
    /// When time alone next changes something: long past, it does not keep up.
    pub next_due: Option<Timestamp>,
}

/// A commit that takes longer than this is told of.
const LONG_COMMIT: Duration = Duration::from_secs(3);

/// A deadline that is overdue by more than this, while absence is judged, is not kept up with.
const BEHIND: SignedDuration = SignedDuration::from_secs(30);

/// A wall clock that moved by more than this was stepped.
const CLOCK_STEP: SignedDuration = SignedDuration::from_secs(5);

/// How long a stepped clock is told of.
const STEPPED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What is wrong with a host that is up, as the operator's codes: told to whoever shows it, the board above all.
#[derive(Debug, Default)]
pub(super) struct Ailments {
    /// A commit failed or takes long, or the journal can't be read.
    pub(super) storing: bool,
    /// The clock was stepped, last then.
    pub(super) stepped: Option<Timestamp>,
    /// What was told last.
    pub(super) told: BTreeSet<String>,
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    /// Tells what is wrong, if that has changed.
    pub(super) fn tell_ailments(&mut self) {
        let now = self.clock.now();
        let behind = self.judges_everywhere() && self.next_due() < now.saturating_sub(BEHIND).unwrap_or(now);
        let stepped = self.ailments.stepped.is_some_and(|at| now.duration_since(at).abs() < STEPPED_FOR);
        let all = [
            (self.ailments.storing, "HW-D1"),
            (!self.unread.is_empty(), "HW-J2"),
            (self.engines.values().any(|engine| engine.unfollowed().next().is_some()), "HW-J1"),
            (behind, "HW-B5"),
            (stepped, "HW-C1"),
        ];
        let codes: BTreeSet<String> =
            all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, code)| code.to_owned()).collect();
        if self.connected && codes != self.ailments.told {
            self.outbox.health(S::NAME, codes.clone());
            self.ailments.told = codes;
        }
    }

    /// Notices when somebody moves the clock.
    pub(super) fn watch_the_clock(&mut self) {
        let moved = self.clock.moved();
        if (moved - self.moved).abs() > CLOCK_STEP {
            let now = self.clock.now();
            let before = now.saturating_sub(moved - self.moved).unwrap_or(now);
            tracing::error!(service = %S::NAME, from = %before, to = %now, "HW-C1 the clock was stepped");
            self.engines.values_mut().for_each(|engine| engine.clock_stepped(before, now));
            self.moved = moved;
            self.ailments.stepped = Some(now);
        }
    }

    /// Commits; who waits long for the database says so meanwhile.
    pub(super) async fn stored(&mut self, appends: Vec<Append>) -> Result<(), AppendFault> {
        let journal = self.journal.clone();
        let mut appending = std::pin::pin!(journal.append(appends));
        if let Ok(stored) = tokio::time::timeout(LONG_COMMIT, &mut appending).await {
            return stored;
        }
        tracing::error!(service = %S::NAME, "HW-D1 the database does not answer: waiting for it");
        self.ailments.storing = true;
        self.tell_ailments();
        self.health.send_modify(|h| h.journal = false);
        appending.await
    }

    /// Marks that it judges absence, in the journal.
    pub(super) async fn mark_alive(&mut self) {
        let now = self.clock.now();
        if !self.judges_everywhere() {
            return;
        }
        // As soon as it judges: killed now, it was not away before.
        self.marked = Some(now);
        let marked = self.journal.mark_alive(S::NAME, now).await;
        self.ailments.storing = marked.is_err();
        if let Err(fault) = marked {
            tracing::warn!(service = %S::NAME, %fault, "could not mark that it is alive");
        }
    }

    pub(super) fn judges_everywhere(&self) -> bool {
        let now = self.clock.now();
        self.unread.is_empty() && self.engines.values().all(|e| e.may_judge(now))
    }

    pub(super) fn tell_health(&self) {
        let unfollowed = self.engines.values().flat_map(Engine::unfollowed).count();
        let health = Health {
            journal: self.unread.is_empty(),
            bus: self.connected,
            judging: self.judges_everywhere(),
            caught_up: self.engines.values().all(Engine::caught_up),
            following: unfollowed == 0,
            next_due: self.engines.values().filter_map(Engine::next_due).min(),
        };
        if self.health.send_if_modified(|known| std::mem::replace(known, health) != health) {
            let service = S::NAME.as_str();
            metrics::gauge!("homeward_unfollowed", "service" => service).set(unfollowed as f64);
            metrics::gauge!("homeward_unreadable_journals", "service" => service)
                .set(self.unread.len() as f64);
        }
    }
}
