//! Commands that wait for their answers.

use std::collections::BTreeMap;

use proto::envelope::Outcome;
use proto::ids::{ClientId, CommandId, SchoolId};
use tokio::time::Instant;

use super::{ASK_AGAIN, GIVE_UP, MAX_UNANSWERED, Request};

#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: BTreeMap<CommandId, Waiting>,
    /// Judges of absence who asked whether all that was held is answered.
    flush_asked: Vec<(SchoolId, ClientId)>,
    connected_at: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    request: Request,
    asked_first: Instant,
    asked_last: Instant,
}

impl Pending {
    /// Keeps a request; the request that should be sent, unless too many wait.
    pub(super) fn keep(&mut self, request: Request) -> Option<&Request> {
        if self.waiting.len() >= MAX_UNANSWERED {
            let message = "too much waits for answers just now: ask again in a moment".to_owned();
            // The asker may be gone.
            let _ = request.answer.send(Outcome::Faulted { message });
            return None;
        }
        let (id, now) = (request.envelope.id, Instant::now());
        let waiting = Waiting { request, asked_first: now, asked_last: now };
        Some(&self.waiting.entry(id).insert_entry(waiting).into_mut().request)
    }

    pub(super) fn answered(&mut self, id: CommandId, outcome: Outcome) {
        if let Some(waiting) = self.waiting.remove(&id) {
            // The asker may be gone.
            let _ = waiting.request.answer.send(outcome);
        }
    }

    /// A new connection: everything is asked again.
    pub(super) fn connected(&mut self) -> impl Iterator<Item = &Request> {
        self.connected_at = Some(Instant::now());
        self.flush_asked.clear();
        self.waiting.values().map(|w| &w.request)
    }

    /// What should be asked again by now; what nobody waits for any more is given up.
    pub(super) fn asked_too_long_ago(&mut self) -> impl Iterator<Item = &Request> {
        let now = Instant::now();
        self.waiting
            .retain(|_, w| now.duration_since(w.asked_first) < GIVE_UP && !w.request.answer.is_closed());
        self.waiting.values_mut().filter_map(move |w| {
            let again = now.duration_since(w.asked_last) >= ASK_AGAIN;
            again.then(|| {
                w.asked_last = now;
                &w.request
            })
        })
    }

    /// Somebody who judges absence asks whether all that was held has been answered.
    pub(super) fn ask_flushed(&mut self, school: SchoolId, client: ClientId) {
        self.flush_asked.push((school, client));
    }

    /// Those who can be told that it has.
    pub(super) fn take_flushed(&mut self) -> Vec<(SchoolId, ClientId)> {
        let Some(connected_at) = self.connected_at else { return Vec::new() };
        if self.waiting.values().any(|w| w.asked_first < connected_at) {
            return Vec::new();
        }
        std::mem::take(&mut self.flush_asked)
    }
}
