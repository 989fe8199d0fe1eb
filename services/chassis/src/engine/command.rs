//! Commands: read once at the edge, decided, answered; asked again, answered again.

use std::sync::Arc;

use decider::Service;
use jiff::Timestamp;
use proto::envelope::{Actor, Answer, CommandEnvelope, Outcome};
use proto::ids::{ClientId, CommandId};
use proto::refusal::{Refusal, RefusalBody};
use proto::topics::ServiceName;
use proto::trace::TraceId;

use super::{Engine, Output, Why, trace};

/// Who asks, and how the asking came.
#[derive(Clone, PartialEq, Debug)]
pub enum AskedBy {
    /// A client of the bus; the topic it published to, bound to its account by the broker, says which.
    Client(ClientId),
    /// The service's own shell: a webhook, a worker.
    OwnShell,
}

/// Reads the body of a command: the field at fault is named.
pub fn parse_command<S: Service>(envelope: &CommandEnvelope) -> Result<S::Command, Box<RefusalBody>> {
    let Some(variant) = proto::wire::variant(&envelope.kind, S::NAME) else {
        return Err(malformed(
            "UnknownType",
            Some("type".into()),
            format!("{:?} is not a command of {}", clip(&envelope.kind), S::NAME),
            format!(
                "Name a command of version 1: homeward.{}.v1.NAME; the AsyncAPI document lists them.",
                S::NAME
            ),
        ));
    };
    proto::wire::join_with_path(variant, &envelope.data).map_err(|(path, error)| {
        malformed(
            "BadField",
            path.map(|p| format!("data.{p}")),
            clip(&error),
            "Send the fields as the schema of this command has them.".into(),
        )
    })
}

fn malformed(code: &str, field: Option<String>, message: String, remedy: String) -> Box<RefusalBody> {
    Box::new(RefusalBody {
        code: code.into(),
        rule: None,
        field,
        message,
        remedy,
        details: serde_json::Value::Null,
    })
}

fn clip(text: &str) -> String {
    text.chars().take(300).collect()
}

impl<S: Service> Engine<S> {
    /// A command. Its answer is given out with the batch.
    pub fn command(&mut self, asked_by: &AskedBy, envelope: &CommandEnvelope, now: Timestamp) {
        let outcome = self.decide(asked_by, envelope, now);
        let to = match asked_by {
            AskedBy::Client(client) => client.clone(),
            AskedBy::OwnShell => super::own_client(S::NAME),
        };
        let answer = Box::new(Answer { command: envelope.id, service: S::NAME, outcome });
        let given = envelope.traceparent.as_deref().and_then(TraceId::of_traceparent);
        let trace = given.or_else(|| TraceId::of_cause(envelope.id.0));
        self.pending.outputs.push(Output::Answer { to, answer, trace });
    }

    fn decide(&mut self, asked_by: &AskedBy, envelope: &CommandEnvelope, now: Timestamp) -> Outcome {
        if let Some(sequence) = self.accepted.answer(envelope.id.0) {
            return Outcome::Accepted { sequence };
        }
        let refused = |refusal| Outcome::Refused { refusal };
        let actor = match acting(asked_by, envelope, S::NAME) {
            Ok(actor) => actor,
            Err(refusal) => return refused(refusal),
        };
        let command = match parse_command::<S>(envelope) {
            Ok(command) => command,
            Err(refusal) => return refused(refusal),
        };
        if *asked_by != AskedBy::OwnShell && !S::open_to_bus(&command) {
            return refused(not_from_the_bus(S::NAME));
        }
        self.decide_parsed(command, envelope, actor, now).unwrap_or_else(refused)
    }

    fn decide_parsed(
        &mut self,
        command: S::Command,
        envelope: &CommandEnvelope,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Outcome, Box<RefusalBody>> {
        let school = Arc::clone(&self.school);
        let CommandId(id) = envelope.id;
        let context = Self::context(&school, &actor, id, now);
        let events = S::decide(&self.state, command, &context).map_err(|refusal| Box::new(refusal.body()))?;
        let traceparent = trace::worth_keeping(envelope.traceparent.as_deref(), id);
        let why = Why { cause: id, correlation: id, actor, traceparent };
        Ok(Outcome::Accepted { sequence: self.record(events, &why, now) })
    }
}

/// Accounts of the board begin with this: only the board may name a human actor.
pub(crate) const BOARD_PREFIX: &str = "board";

/// Who acts: the human whom the board names, else the account itself.
fn acting(
    asked_by: &AskedBy,
    envelope: &CommandEnvelope,
    service: ServiceName,
) -> Result<Actor, Box<RefusalBody>> {
    match (asked_by, &envelope.actor) {
        (AskedBy::OwnShell, named) => Ok(named.clone().unwrap_or(Actor::Service(service))),
        (AskedBy::Client(client), None) => Ok(Actor::Client(client.clone())),
        (AskedBy::Client(client), Some(named)) if client.as_str().starts_with(BOARD_PREFIX) => {
            Ok(named.clone())
        }
        (AskedBy::Client(client), Some(named)) if *named == Actor::Client(client.clone()) => {
            Ok(named.clone())
        }
        (AskedBy::Client(_), Some(_)) => Err(malformed(
            "ActorNotYours",
            Some("actor".into()),
            "only the board may name who acts; this account acts as itself".into(),
            "Leave the actor out, or use the JSON API with a person's token.".into(),
        )),
    }
}

fn not_from_the_bus(service: ServiceName) -> Box<RefusalBody> {
    malformed(
        "NotFromTheBus",
        Some("type".into()),
        format!("{service} takes this from its own webhooks only"),
        "Let it come through the provider, or use another command.".into(),
    )
}
