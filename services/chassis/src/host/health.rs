//! How well a host is, for whoever watches it.

use decider::Service;
use jiff::Timestamp;

use super::{AtWork, Shell};
use crate::engine::Engine;

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

impl<S: Service, H: Shell<S>> AtWork<S, H> {
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
