//! How well a host is, for whoever watches it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use decider::Service;
use jiff::{SignedDuration, Timestamp};

use super::{AtWork, Shell};
use crate::clock::APART;
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
    /// It follows every service that it hears: none of their journals is another one than before, nor is its own. [HW-J1]
    pub following: bool,
    /// When time alone next changes something: long past, it does not keep up.
    pub next_due: Option<Timestamp>,
}

/// A commit that takes longer than this is told of.
const LONG_COMMIT: Duration = Duration::from_secs(3);

/// Whoever comes to a deadline later than this, while absence is judged, does not keep up.
const BEHIND: SignedDuration = SignedDuration::from_secs(30);

/// How long it is told of that one didn't keep up: who is slow is so more than once.
const BEHIND_FOR: SignedDuration = SignedDuration::from_mins(5);

/// How long a stepped clock is told of.
const STEPPED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What is wrong with a host that is up, as the operator's codes: told to whoever shows it, the board above all.
#[derive(Debug, Default)]
pub(super) struct Ailments {
    /// A commit failed or takes long, or the journal can't be read.
    pub(super) storing: bool,
    /// The clock was stepped, last then.
    pub(super) stepped: Option<Timestamp>,
    /// A deadline was come to late, last then.
    pub(super) late: Option<Timestamp>,
    /// By how much it was late.
    pub(super) late_by: Option<SignedDuration>,
    /// When the newest entry was recorded that was found at the start, or with a school that came.
    pub(super) newest: Option<Timestamp>,
    /// Entries that it had stored are gone: told until it is started again.
    pub(super) bereft: bool,
    /// The clock of the database's machine is another one.
    pub(super) apart: bool,
    /// What was told last.
    pub(super) told: BTreeSet<String>,
    /// The figure of how long a deadline is overdue, as it was told last.
    pub(super) overdue_secs: i64,
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    /// Tells what is wrong, if that has changed.
    pub(super) fn tell_ailments(&mut self) {
        let now = self.clock.now();
        let within = |at: Option<Timestamp>, span| at.is_some_and(|at| now.duration_since(at).abs() < span);
        let behind = within(self.ailments.late, BEHIND_FOR);
        let stepped = within(self.ailments.stepped, STEPPED_FOR);
        let recorded_ahead = self.ailments.newest.is_some_and(|at| at.duration_since(now) > APART);
        let overdue = self.ailments.late_by.filter(|_| behind);
        self.tell_overdue(overdue.map_or(0, |by| by.as_secs()));
        let all = [
            (self.ailments.storing, "HW-D1"),
            (!self.unread.is_empty(), "HW-J2"),
            (
                self.ailments.bereft
                    || self.engines.values().any(|engine| engine.unfollowed().next().is_some()),
                "HW-J1",
            ),
            (behind, "HW-B5"),
            (stepped, "HW-C1"),
            (recorded_ahead || self.ailments.apart, "HW-C2"),
        ];
        let codes: BTreeSet<String> =
            all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, code)| code.to_owned()).collect();
        if self.connected && codes != self.ailments.told {
            self.outbox.health(S::NAME, codes.clone());
            self.ailments.told = codes;
        }
    }

    /// Notices what was due long before anybody came to it: the machine is overloaded, or the process hung.
    pub(super) fn watch_for_delay(&mut self) {
        let (now, due) = (self.clock.now(), self.next_due());
        // Who didn't judge until now was away, which is told otherwise.
        if self.marked.is_some() && now.duration_since(due) > BEHIND {
            tracing::warn!(service = %S::NAME, %due, "HW-B5 something was due long ago: this service does not keep up");
            self.ailments.late = Some(now);
            self.ailments.late_by = Some(now.duration_since(due));
        }
    }

    /// By how much the last deadline was late that was come to late, for as long as that is told.
    fn tell_overdue(&mut self, secs: i64) {
        if std::mem::replace(&mut self.ailments.overdue_secs, secs) != secs {
            metrics::gauge!("homeward_overdue_seconds", "service" => S::NAME.as_str()).set(secs as f64);
        }
    }

    /// Notices when somebody moves the clock.
    pub(super) fn watch_the_clock(&mut self) {
        let moved = self.clock.moved();
        if (moved - self.moved).abs() > APART {
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
        self.waits_for(journal.append(appends)).await
    }

    /// Waits for the database; for longer than a moment it says so.
    async fn waits_for<T>(&mut self, asked: impl Future<Output = T>) -> T {
        let mut asked = pin!(asked);
        if let Ok(answer) = tokio::time::timeout(LONG_COMMIT, &mut asked).await {
            return answer;
        }
        tracing::error!(service = %S::NAME, "HW-D1 the database does not answer: waiting for it");
        self.ailments.storing = true;
        self.tell_ailments();
        self.health.send_modify(|h| h.journal = false);
        self.pulse.through(asked).await
    }

    /// Marks that it judges absence, in the journal.
    pub(super) async fn mark_alive(&mut self) {
        let now = self.clock.now();
        if !self.judges_everywhere() {
            return;
        }
        // As soon as it judges: killed now, it was not away before.
        self.marked = Some(now);
        let journal = self.journal.clone();
        let marked = self.waits_for(journal.mark_alive(S::NAME, now)).await;
        self.ailments.storing = marked.is_err();
        if let Err(fault) = marked {
            tracing::warn!(service = %S::NAME, %fault, "could not mark that it is alive");
        } else if self.clock.is_the_machines() {
            self.compare_clocks().await;
        }
    }

    /// Whether the database's machine shows another time.
    async fn compare_clocks(&mut self) {
        let before = self.clock.now();
        // One that can't be asked now is asked again soon.
        let Ok(Some(theirs)) = self.pulse.through(self.journal.clock()).await else { return };
        let after = self.clock.now();
        let apart = before.duration_since(theirs).max(theirs.duration_since(after));
        if apart > APART && !self.ailments.apart {
            tracing::error!(service = %S::NAME, seconds = apart.as_secs(), "HW-C2 the database's machine shows another time");
        }
        self.ailments.apart = apart > APART;
    }

    pub(super) fn judges_everywhere(&self) -> bool {
        let now = self.clock.now();
        self.unread.is_empty() && self.engines.values().all(|e| e.may_judge(now))
    }

    pub(super) fn tell_health(&self) {
        let bereft = self.ailments.bereft;
        let unfollowed = self.engines.values().flat_map(Engine::unfollowed).count() + usize::from(bereft);
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
