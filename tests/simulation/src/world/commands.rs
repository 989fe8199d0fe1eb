//! Who commands: the board and the gateway's own shell, until they are answered.

use std::rc::Rc;

use chassis::engine::AskedBy;
use proto::envelope::{Actor, Answer, CommandEnvelope, Outcome, SpecVersion};
use proto::ids::{ClientId, CommandId};
use proto::topics::ServiceName;
use serde::Serialize;

use super::{BOARD, Happening, World};
use crate::bus::{Message, Place};
use crate::node::Input;

/// A command that the board, or the gateway's own shell, asks until it is answered.
pub(super) struct Asked {
    pub(super) service: ServiceName,
    envelope: Rc<CommandEnvelope>,
    /// For a text: what the webhook makes of it each time.
    pub(super) text: Option<Text>,
    pub(super) tries: u32,
}

/// A text on its way in.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) from: String,
    pub(crate) body: String,
    pub(crate) provider_id: String,
    pub(crate) inbound: proto::ids::InboundId,
}

impl World {
    /// The board asks, until it is answered. Says the command's id.
    pub(crate) fn ask<C: Serialize>(
        &mut self,
        service: ServiceName,
        command: &C,
        actor: Option<Actor>,
    ) -> CommandId {
        let id = CommandId(self.dice.uuid());
        let envelope = Rc::new(envelope(service, command, id, actor));
        self.waiting.insert(id, Asked { service, envelope, text: None, tries: 0 });
        self.at(self.now, Happening::AskOnBus(id));
        id
    }

    /// The gateway's own shell asks.
    pub(crate) fn ask_own<C: Serialize>(&mut self, command: &C) -> CommandId {
        let id = CommandId(self.dice.uuid());
        let envelope = Rc::new(envelope(ServiceName::Gateway, command, id, None));
        self.waiting.insert(id, Asked { service: ServiceName::Gateway, envelope, text: None, tries: 0 });
        self.at(self.now, Happening::AskGateway(id));
        id
    }

    /// A text comes in: the provider calls the webhook until it is answered.
    pub(crate) fn text(&mut self, text: Text) {
        let id = CommandId(self.dice.uuid());
        let envelope = Rc::new(self.text_envelope(&text, id));
        self.stats.texts += 1;
        let service = ServiceName::Gateway;
        self.waiting.insert(id, Asked { service, envelope, text: Some(text), tries: 0 });
        self.at(self.now, Happening::AskGateway(id));
    }

    pub(super) fn text_envelope(&self, text: &Text, id: CommandId) -> CommandEnvelope {
        let command = proto::v1::gateway::Command::TakeText {
            inbound: text.inbound,
            provider_id: text.provider_id.clone(),
            from: text.from.clone(),
            body: proto::values::Note::parse(&text.body).expect("a short text").into(),
            duress: false,
            received_at: self.now,
        };
        envelope(ServiceName::Gateway, &command, id, None)
    }

    pub(super) fn ask_on_bus(&mut self, id: CommandId) {
        let Some(asked) = self.waiting.get_mut(&id) else { return };
        asked.tries += 1;
        let by = AskedBy::Client(ClientId::parse(BOARD).expect("a slug"));
        let (service, tries) = (asked.service, asked.tries);
        let input = Input::Command(by, Rc::clone(&asked.envelope));
        self.send(Place::Board, Place::Service(service), Message::Input(input));
        let wait = self.dice.millis(1_000, 2_000 + 1_000 * i64::from(tries.min(8)));
        self.at(self.now + wait, Happening::AskOnBus(id));
    }

    pub(super) fn ask_gateway(&mut self, id: CommandId) {
        let text = self.waiting.get(&id).and_then(|asked| asked.text.clone());
        if let Some(text) = text {
            let again = Rc::new(self.text_envelope(&text, id));
            self.waiting.entry(id).and_modify(|asked| asked.envelope = again);
        }
        let Some(asked) = self.waiting.get(&id) else { return };
        let input = Input::Command(AskedBy::OwnShell, Rc::clone(&asked.envelope));
        if self.seats[&ServiceName::Gateway].up {
            self.take(ServiceName::Gateway, &input);
        }
        let wait = self.dice.secs(2, 8);
        self.at(self.now + wait, Happening::AskGateway(id));
    }

    pub(super) fn answered(&mut self, answer: &Answer) {
        let accepted = match &answer.outcome {
            Outcome::Accepted { .. } => true,
            Outcome::Refused { .. } => false,
            Outcome::Faulted { .. } => return,
        };
        let Some(asked) = self.waiting.remove(&answer.command) else { return };
        self.stats.answered += 1;
        if !self.done.insert(answer.command) {
            return;
        }
        if let Outcome::Refused { refusal } = &answer.outcome {
            self.stats.refused += 1;
            *self.stats.refusals.entry(refusal.code.clone()).or_default() += 1;
        }
        // Whoever was answered asks once more now and then: a button pressed twice, a page loaded again.
        if accepted && asked.text.is_none() && self.dice.per_mille(100) {
            let own = asked.service == ServiceName::Gateway;
            self.waiting.insert(answer.command, asked);
            let wait = self.dice.secs(0, 7_200);
            let again =
                if own { Happening::AskGateway(answer.command) } else { Happening::AskOnBus(answer.command) };
            self.at(self.now + wait, again);
        }
    }

    /// Lets the stories see what is new in a journal.
    pub(super) fn look(&mut self, name: ServiceName) {
        crate::story::look(self, name);
    }
}

fn envelope<C: Serialize>(
    service: ServiceName,
    command: &C,
    id: CommandId,
    actor: Option<Actor>,
) -> CommandEnvelope {
    let (variant, data) = proto::wire::split(command);
    CommandEnvelope {
        specversion: SpecVersion::V1,
        id,
        source: String::new(),
        kind: proto::wire::kind(service, &variant),
        time: None,
        actor,
        traceparent: None,
        data,
    }
}
