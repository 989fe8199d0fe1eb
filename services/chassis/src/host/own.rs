//! Commands of a service's own shell: webhooks, workers.

use decider::Service;
use proto::envelope::{Actor, CommandEnvelope, Outcome, SpecVersion};
use proto::ids::{CommandId, SchoolId};
use proto::trace::TraceId;
use tokio::sync::{mpsc, oneshot};

use super::{AtWork, MAX_BATCH_INPUTS, Shell, inbox};
use crate::engine::AskedBy;

/// Lets a service's own shell (webhooks, workers) command it. Cheap to clone.
#[derive(Debug)]
pub struct OwnCommands<S: Service> {
    sender: mpsc::Sender<OwnCommand>,
    service: std::marker::PhantomData<fn() -> S>,
}

impl<S: Service> Clone for OwnCommands<S> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), service: std::marker::PhantomData }
    }
}

/// A command on its way to the host.
pub(super) struct OwnCommand {
    pub(super) school: SchoolId,
    pub(super) envelope: CommandEnvelope,
    pub(super) answer: oneshot::Sender<Outcome>,
}

impl<S: Service> OwnCommands<S> {
    pub(super) fn new(sender: mpsc::Sender<OwnCommand>) -> Self {
        Self { sender, service: std::marker::PhantomData }
    }

    /// Commands the service as its own shell and waits for the durable answer. Asked again with the same id, it
    /// answers as before. A host that stops, or can't store it, answers `Faulted`.
    pub async fn ask(
        &self,
        school: &SchoolId,
        id: CommandId,
        command: &S::Command,
        actor: Option<Actor>,
    ) -> Outcome {
        self.ask_in(None, school, id, command, actor).await
    }

    /// As [`OwnCommands::ask`], as a part of what that trace is about.
    pub async fn ask_in(
        &self,
        trace: Option<TraceId>,
        school: &SchoolId,
        id: CommandId,
        command: &S::Command,
        actor: Option<Actor>,
    ) -> Outcome {
        let (variant, data) = proto::wire::split(command);
        let envelope = CommandEnvelope {
            specversion: SpecVersion::V1,
            id,
            source: S::NAME.to_string(),
            kind: proto::wire::kind(S::NAME, &variant),
            time: None,
            actor,
            traceparent: trace.map(|trace| trace.traceparent(id.0)),
            data,
        };
        let (answer, answered) = oneshot::channel();
        let own = OwnCommand { school: school.clone(), envelope, answer };
        let faulted = || Outcome::Faulted { message: format!("{} is stopping: ask again", S::NAME) };
        if self.sender.send(own).await.is_err() {
            return faulted();
        }
        answered.await.unwrap_or_else(|_| faulted())
    }
}

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    pub(super) fn take_own(&mut self, own: OwnCommand) {
        let now = self.clock.now();
        match self.engines.get_mut(&own.school) {
            Some(engine) => {
                self.asked.insert(own.envelope.id, own.answer);
                engine.command(&AskedBy::OwnShell, &own.envelope, now);
            }
            // The asker is gone, or gets the answer: either is fine.
            None => {
                let message = match self.unread.get(&own.school) {
                    Some(_) => inbox::unread_sentence(S::NAME),
                    None => format!("no school {} here", own.school),
                };
                drop(own.answer.send(Outcome::Faulted { message }));
            }
        }
    }
}

/// Takes what waits, without waiting.
pub(super) fn take_waiting(from: &mut mpsc::Receiver<OwnCommand>, into: &mut Vec<OwnCommand>) {
    while into.len() < MAX_BATCH_INPUTS {
        match from.try_recv() {
            Ok(more) => into.push(more),
            Err(_) => break,
        }
    }
}
