//! What came over the bus, read once and handed to the engine of its school.

use std::collections::BTreeSet;

use decider::Service;
use proto::envelope::Answer;
use proto::envelope::{
    CommandEnvelope, EventEnvelope, Head, MAX_COMMAND_BYTES, Outcome, ReplayRequest, Reply,
};
use proto::ids::{ClientId, SchoolId};
use proto::refusal::RefusalBody;
use proto::topics::{ServiceName, Topic};
use proto::v1::public::Health;
use serde::de::DeserializeOwned;

use super::{AtWork, Shell, give_out, replay};
use crate::bus::BusEvent;
use crate::engine::{AskedBy, Output};
use crate::journal::Quarantined;

impl<S: Service, H: Shell<S>> AtWork<S, H> {
    pub(super) async fn take_bus(&mut self, event: BusEvent) {
        match event {
            BusEvent::Connected => self.on_connected(),
            BusEvent::Disconnected { why } => self.on_disconnected(&why.to_string()),
            BusEvent::Message { topic, payload, retain, ack } => {
                if let Err(reason) = self.take_message(&topic, &payload, retain) {
                    self.quarantine(topic, reason, &payload).await;
                }
                if let Some(ack) = ack {
                    ack.confirm();
                }
            }
        }
    }

    fn on_connected(&mut self) {
        self.connected = true;
        self.outbox.asks.clear();
        let mut engines = std::mem::take(&mut self.engines);
        engines.iter_mut().for_each(|(school, engine)| self.greet(school, engine));
        self.engines = engines;
        self.ailments.told.clear();
        self.outbox.health(S::NAME, BTreeSet::new());
        self.tell_ailments();
    }

    fn on_disconnected(&mut self, why: &str) {
        if self.connected {
            tracing::warn!(service = %S::NAME, why, "HW-B3 the broker is out of reach: absence is not judged");
        }
        self.connected = false;
        self.marked = None;
        let now = self.clock.now();
        self.engines.values_mut().for_each(|engine| engine.disconnected(now));
    }

    /// Keeps a message apart that can't be taken.
    async fn quarantine(&mut self, source: String, reason: String, payload: &[u8]) {
        let at = self.clock.now();
        metrics::counter!("homeward_quarantined_total", "service" => S::NAME.as_str()).increment(1);
        let message = Quarantined { at, service: S::NAME, source, reason, payload: payload.to_vec() };
        if let Err(fault) = self.pulse.through(self.journal.quarantine_put(&message)).await {
            tracing::error!(service = %S::NAME, %fault, source = message.source, "HW-D1 could not keep a bad message");
        }
    }

    /// An error says why the message can't be taken at all.
    fn take_message(&mut self, topic: &str, payload: &[u8], retain: bool) -> Result<(), String> {
        let topic: Topic = topic.parse().map_err(|error| format!("{error}"))?;
        match topic {
            Topic::Command { school, service, client } if service == S::NAME => {
                self.take_command(&school, client, payload)
            }
            Topic::Event { school, service } => self.take_events(&school, service, payload),
            Topic::Head { school, service } => self.take_head(&school, service, payload, retain),
            Topic::Replay { school, service, client } if service == S::NAME => {
                self.take_replay_request(&school, client, payload)
            }
            Topic::Reply { school, .. } => self.take_replies(&school, payload),
            Topic::Health { service, .. } => self.take_health(service, payload),
            Topic::Command { .. } | Topic::Replay { .. } | Topic::TripStatus { .. } | Topic::Alarm { .. } => {
                Err("nobody here listens to that topic".into())
            }
        }
    }

    /// A producer, or its last will, tells of its instance.
    fn take_health(&mut self, of: ServiceName, payload: &[u8]) -> Result<(), String> {
        let Health { up, codes: _ } = parse(payload)?;
        let (now, mut schools) = (self.clock.now(), 0);
        for (school, engine) in &mut self.engines {
            let outputs = engine.told_of(of, up, now);
            schools += usize::from(!up && !outputs.is_empty());
            give_out::<S>(&mut self.outbox, school, outputs);
        }
        if schools > 0 {
            tracing::warn!(service = %S::NAME, away = %of, schools, "what falls due is judged late until it is back");
        }
        Ok(())
    }

    fn take_command(&mut self, school: &SchoolId, client: ClientId, payload: &[u8]) -> Result<(), String> {
        let now = self.clock.now();
        if payload.len() > MAX_COMMAND_BYTES {
            return Err(format!(
                "a command has at most {MAX_COMMAND_BYTES} bytes, this one {}",
                payload.len()
            ));
        }
        let Some(engine) = self.engines.get_mut(school) else {
            return self.refuse_unread(school, &client, payload);
        };
        match parse::<CommandEnvelope>(payload) {
            Ok(envelope) => engine.command(&AskedBy::Client(client), &envelope, now),
            Err(reason) => {
                let refusal = unreadable_envelope(&reason);
                // Without its id a command can't be answered: it is only kept.
                let id = id_of(payload).ok_or(reason)?;
                let outcome = Outcome::Refused { refusal: Box::new(refusal) };
                self.outbox.answer(school, &client, Answer { command: id, service: S::NAME, outcome });
                self.outbox.flush_answers();
            }
        }
        Ok(())
    }

    /// No engine: the school isn't served here, or its journal can't be read. Then whoever asks is told to ask again.
    fn refuse_unread(&mut self, school: &SchoolId, client: &ClientId, payload: &[u8]) -> Result<(), String> {
        if self.elsewhere.contains(school) {
            return Ok(());
        }
        if !self.unread.contains_key(school) {
            return Err(format!("no school {school} here"));
        }
        if let Some(command) = id_of(payload) {
            let outcome = Outcome::Faulted { message: unread_sentence(S::NAME) };
            self.outbox.answer(school, client, Answer { command, service: S::NAME, outcome });
            self.outbox.flush_answers();
        }
        Ok(())
    }

    fn take_events(&mut self, school: &SchoolId, of: ServiceName, payload: &[u8]) -> Result<(), String> {
        let Some(engine) = self.engines.get_mut(school) else { return Ok(()) };
        let events: Vec<EventEnvelope> = parse(payload)?;
        if events.iter().any(|e| e.source.service != of || e.source.school != *school) {
            return Err("an event's source is not the topic's".into());
        }
        let outputs = engine.hear(&events, self.clock.now());
        self.outbox.asks.is_there(school, of);
        give_out::<S>(&mut self.outbox, school, outputs);
        Ok(())
    }

    fn take_head(
        &mut self,
        school: &SchoolId,
        of: ServiceName,
        payload: &[u8],
        retain: bool,
    ) -> Result<(), String> {
        let Some(engine) = self.engines.get_mut(school) else { return Ok(()) };
        let head: Head = parse(payload)?;
        let outputs = engine.hear_head(of, &head, retain);
        if !retain {
            self.outbox.asks.is_there(school, of);
        }
        give_out::<S>(&mut self.outbox, school, outputs);
        Ok(())
    }

    fn take_replies(&mut self, school: &SchoolId, payload: &[u8]) -> Result<(), String> {
        let Some(engine) = self.engines.get_mut(school) else { return Ok(()) };
        let replies: Vec<Reply> = parse(payload)?;
        let mut outputs: Vec<Output> = Vec::new();
        for reply in replies {
            match reply {
                Reply::Replay(page) if page.source.school == *school => {
                    outputs.extend(engine.hear_page(&page, self.clock.now()));
                    if !engine.is_asking(page.source.service) {
                        self.outbox.asks.done(school, page.source.service);
                    }
                }
                Reply::Replay(_) => return Err("a replay's source is not the topic's".into()),
                Reply::Answer(_) => return Err("this service commands nobody".into()),
            }
        }
        give_out::<S>(&mut self.outbox, school, outputs);
        Ok(())
    }

    fn take_replay_request(
        &mut self,
        school: &SchoolId,
        client: ClientId,
        payload: &[u8],
    ) -> Result<(), String> {
        let Some(engine) = self.engines.get(school) else {
            let known = self.unread.contains_key(school) || self.elsewhere.contains(school);
            return if known { Ok(()) } else { Err(format!("no school {school} here")) };
        };
        let request: ReplayRequest = parse(payload)?;
        replay::answer(&self.journal, &self.outbox, engine.chain(), client, request.from.max(1));
        Ok(())
    }
}

/// What whoever asks is told while a school's journal can't be read. [HW-J2]
pub(super) fn unread_sentence(service: ServiceName) -> String {
    format!("{service} can't read its journal: an operator must look (HW-J2). Ask again later.")
}

fn parse<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|error| format!("it can't be read: {error}"))
}

fn id_of(payload: &[u8]) -> Option<proto::ids::CommandId> {
    #[derive(serde::Deserialize)]
    struct Id {
        id: proto::ids::CommandId,
    }
    serde_json::from_slice::<Id>(payload).ok().map(|found| found.id)
}

fn unreadable_envelope(reason: &str) -> RefusalBody {
    RefusalBody {
        code: "BadEnvelope".into(),
        rule: None,
        field: reason.split('`').nth(1).map(str::to_owned),
        message: reason.to_owned(),
        remedy: "Send a CloudEvents 1.0 object with id, type and data; the AsyncAPI document shows one."
            .into(),
        details: serde_json::Value::Null,
    }
}
