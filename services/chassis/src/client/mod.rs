//! A client of the bus that commands and watches: the board, the API, tests.
//!
//! It asks again until it is answered, with the same id, so that nothing is done twice. It hears every service in order
//! and without gaps, like an engine does. To those who judge absence it says, after each connect, when all that it held
//! has been answered: as a replay page of a journal without entries.

mod pending;
mod task;

use std::collections::BTreeMap;
use std::time::Duration;

use decider::Service;
use proto::envelope::{Actor, CommandEnvelope, EventEnvelope, Outcome, SpecVersion};
use proto::ids::{ClientId, CommandId, SchoolId};
use proto::topics::{ServiceName, filters};
use proto::trace::TraceId;
use proto::v1::public::Health;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusConfig};
use crate::engine::{BOARD_PREFIX, Divergence, Heard, Listener};

/// Commands that wait to be sent.
const MAX_WAITING: usize = 1_024;

/// News that waits to be taken.
const MAX_NEWS: usize = 4_096;

/// The most commands that wait for their answers: more are told so at once.
pub const MAX_UNANSWERED: usize = 10_000;

/// A command is sent again after this long without an answer.
const ASK_AGAIN: Duration = Duration::from_millis(1_500);

/// Who asked is told after this long that no answer came; the command may still be done.
pub const GIVE_UP: Duration = Duration::from_secs(15);

/// What a watching client hears.
#[derive(Debug)]
pub enum ClientNews {
    /// An event: of each service in order and without gaps.
    Event {
        /// The school.
        school: SchoolId,
        /// The event.
        envelope: Box<EventEnvelope>,
    },
    /// Connected to the broker; replays are on their way.
    Connected,
    /// Not connected: what is known may be old.
    Disconnected,
    /// Everything that every service of that school had told when we connected has been heard.
    CaughtUp {
        /// The school.
        school: SchoolId,
    },
    /// A service's journal is not the one that was heard: it is no longer followed.
    Diverged {
        /// The school.
        school: SchoolId,
        /// What does not match.
        divergence: Divergence,
    },
    /// Personal parts were blanked: all that was heard of that school is to be forgotten; it comes again, from the start.
    Again {
        /// The school.
        school: SchoolId,
    },
    /// An instance of a service told how it is; only a board hears it.
    Health {
        /// The service.
        service: ServiceName,
        /// The instance.
        instance: ClientId,
        /// How it is; its last will says that it isn't up.
        health: Health,
    },
}

/// Nothing heard yet.
fn from_the_start(hears: &[ServiceName]) -> Listener {
    Listener::new(hears.iter().map(|of| (*of, Heard::NOTHING)))
}

/// What a command is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Its id.
    pub id: CommandId,
    /// The trace it belongs to, where whoever asks brought one; else the id is it.
    pub trace: Option<TraceId>,
}

impl Cause {
    /// The trace it belongs to.
    pub fn trace(self) -> Option<TraceId> {
        self.trace.or_else(|| TraceId::of_cause(self.id.0))
    }
}

impl From<CommandId> for Cause {
    fn from(id: CommandId) -> Self {
        Self { id, trace: None }
    }
}

/// Commands services. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BusClient {
    requests: mpsc::Sender<Request>,
}

#[derive(Debug)]
struct Request {
    school: SchoolId,
    service: ServiceName,
    envelope: CommandEnvelope,
    answer: oneshot::Sender<Outcome>,
}

impl BusClient {
    /// Connects, and hears these services of these schools from the start. The receiver must be read.
    pub fn start(
        bus: BusConfig,
        schools: &[SchoolId],
        hears: &[ServiceName],
        stop: CancellationToken,
    ) -> (Self, mpsc::Receiver<ClientNews>) {
        let mut subscriptions = vec![filters::replies(&bus.client)];
        if bus.client.as_str().starts_with(BOARD_PREFIX) {
            subscriptions.push(filters::replays(ServiceName::Board));
            subscriptions.push(filters::health());
        }
        subscriptions.extend(hears.iter().flat_map(|of| [filters::events(*of), filters::heads(*of)]));
        let client = bus.client.clone();
        let (sender, inbox) = Bus::start(bus, subscriptions, stop.clone());
        let (requests, waiting) = mpsc::channel(MAX_WAITING);
        let (news, taken) = mpsc::channel(MAX_NEWS);
        let listeners: BTreeMap<SchoolId, Listener> =
            schools.iter().map(|school| (school.clone(), from_the_start(hears))).collect();
        tokio::spawn(
            task::Task::new(client, sender, (hears.to_vec(), listeners), news).run(inbox, waiting, stop),
        );
        (Self { requests }, taken)
    }

    /// Connects only to command: it hears no events.
    pub fn start_commanding(bus: BusConfig, stop: CancellationToken) -> Self {
        let (client, mut news) = Self::start(bus, &[], &[], stop);
        tokio::spawn(async move { while news.recv().await.is_some() {} });
        client
    }

    /// Asks a service; `actor` names the human who acts (only the board's account may).
    pub async fn ask<S: Service>(
        &self,
        school: &SchoolId,
        id: CommandId,
        command: &S::Command,
        actor: Option<Actor>,
    ) -> Outcome {
        let (variant, data) = proto::wire::split(command);
        self.ask_raw(school, S::NAME, id, &variant, data, actor).await
    }

    /// Asks a service with a command as JSON: the service says what is wrong with it.
    pub async fn ask_raw(
        &self,
        school: &SchoolId,
        service: ServiceName,
        cause: impl Into<Cause>,
        variant: &str,
        data: Box<RawValue>,
        actor: Option<Actor>,
    ) -> Outcome {
        let Cause { id, trace } = cause.into();
        let envelope = CommandEnvelope {
            specversion: SpecVersion::V1,
            id,
            source: String::new(),
            kind: proto::wire::kind(service, variant),
            time: None,
            actor,
            traceparent: trace.map(|trace| trace.traceparent(id.0)),
            data,
        };
        let (answer, answered) = oneshot::channel();
        let request = Request { school: school.clone(), service, envelope, answer };
        let stopping = || Outcome::Faulted { message: "Homeward is stopping: ask again".to_owned() };
        if self.requests.send(request).await.is_err() {
            return stopping();
        }
        match tokio::time::timeout(GIVE_UP, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => stopping(),
            Err(_) => Outcome::Faulted {
                message: format!(
                    "{service} did not answer in time; it may still have been done: look, then ask again"
                ),
            },
        }
    }
}
