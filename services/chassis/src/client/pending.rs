//! Commands that wait for their answers.

use std::collections::BTreeMap;

use proto::envelope::Outcome;
use proto::ids::{ClientId, CommandId, SchoolId};
use tokio::sync::oneshot;
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
    /// Others who asked the same under the same id meanwhile: a browser that lost its answer, and asks again.
    besides: Vec<oneshot::Sender<Outcome>>,
    asked_first: Instant,
    asked_last: Instant,
}

impl Waiting {
    fn is_the_same(&self, other: &Request) -> bool {
        let (known, asked) = (&self.request.envelope, &other.envelope);
        self.request.school == other.school
            && self.request.service == other.service
            && (&known.kind, &known.actor, known.data.get()) == (&asked.kind, &asked.actor, asked.data.get())
    }

    fn is_waited_for(&self) -> bool {
        !self.request.answer.is_closed() || self.besides.iter().any(|other| !other.is_closed())
    }
}

impl Pending {
    /// Keeps a request; the request that should be sent, unless too many wait, or the same is under way already.
    pub(super) fn keep(&mut self, request: Request) -> Option<&Request> {
        if let Some(known) = self.waiting.get_mut(&request.envelope.id) {
            if known.is_the_same(&request) && known.besides.len() < MAX_UNANSWERED {
                known.besides.push(request.answer);
            } else {
                let message = "another command is under way under that id: choose a new one".to_owned();
                let _ = request.answer.send(Outcome::Faulted { message });
            }
            return None;
        }
        if self.waiting.len() >= MAX_UNANSWERED {
            let message = "too much waits for answers just now: ask again in a moment".to_owned();
            // The asker may be gone.
            let _ = request.answer.send(Outcome::Faulted { message });
            return None;
        }
        let (id, now) = (request.envelope.id, Instant::now());
        let waiting = Waiting { request, besides: Vec::new(), asked_first: now, asked_last: now };
        Some(&self.waiting.entry(id).insert_entry(waiting).into_mut().request)
    }

    pub(super) fn answered(&mut self, id: CommandId, outcome: Outcome) {
        if let Some(waiting) = self.waiting.remove(&id) {
            // The askers may be gone.
            waiting.besides.into_iter().for_each(|other| drop(other.send(outcome.clone())));
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
        self.waiting.retain(|_, w| now.duration_since(w.asked_first) < GIVE_UP && w.is_waited_for());
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

#[cfg(test)]
mod tests {
    use proto::envelope::{CommandEnvelope, SpecVersion};
    use proto::topics::ServiceName;
    use serde_json::value::to_raw_value;

    use super::*;

    fn asked(id: CommandId, what: &str) -> (Request, oneshot::Receiver<Outcome>) {
        let (answer, answered) = oneshot::channel();
        let envelope = CommandEnvelope {
            specversion: SpecVersion::V1,
            id,
            source: String::new(),
            kind: proto::wire::kind(ServiceName::Trips, "CloseTrip"),
            time: None,
            actor: None,
            traceparent: None,
            data: to_raw_value(what).expect("a text"),
        };
        let school = SchoolId::parse("elmfield").expect("a slug");
        (Request { school, service: ServiceName::Trips, envelope, answer }, answered)
    }

    /// Asked twice at once under one id, the same command goes out once and both are answered; another one under that id is
    /// told so, and the first still gets its answer.
    #[tokio::test]
    async fn whoever_asks_the_same_meanwhile_gets_the_same_answer() {
        let (mut pending, id) = (Pending::default(), CommandId::new());
        let (first, answered_first) = asked(id, "a");
        let (second, answered_second) = asked(id, "a");
        let (other, answered_other) = asked(id, "b");
        assert!(pending.keep(first).is_some());
        assert!(pending.keep(second).is_none(), "it is under way already");
        assert!(pending.keep(other).is_none());
        assert!(matches!(answered_other.await, Ok(Outcome::Faulted { .. })));
        pending.answered(id, Outcome::Accepted { sequence: 7 });
        assert_eq!(answered_first.await, Ok(Outcome::Accepted { sequence: 7 }));
        assert_eq!(answered_second.await, Ok(Outcome::Accepted { sequence: 7 }));
    }
}
