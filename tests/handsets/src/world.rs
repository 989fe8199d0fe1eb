//! All state of the server, behind one lock, and the way to wait for a change of it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{Config, Kind, Phone},
    contract::Violation,
    failures::{Behaviour, CallBehaviour, Failure, TextBehaviour},
    line::Signal,
    pace::{Busy, Queue},
    twiml::Source,
    webhooks::MailRoom,
};

/// Texts, calls and log lines kept, of each; the oldest go first.
pub const MAX_KEPT: usize = 20_000;

/// Where a text stands. The names are Twilio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextStatus {
    /// Accepted.
    Queued,
    /// Handed to the carrier.
    Sent,
    /// The handset has it.
    Delivered,
    /// The handset never got it: a failure.
    Undelivered,
    /// Not even sent.
    Failed,
    /// Taken back before it was sent.
    Canceled,
    /// From a handset to the school.
    Received,
}

impl TextStatus {
    /// Twilio's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Received => "received",
        }
    }
}

/// A text, in either direction.
#[derive(Clone, Debug, Serialize)]
pub struct Text {
    /// `SM…`
    pub sid: String,
    /// Who sent it.
    pub from: String,
    /// Who is to get it.
    pub to: String,
    /// What it says.
    pub body: String,
    /// Where it stands.
    pub status: TextStatus,
    /// Why it failed.
    pub error_code: Option<u32>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was handed to the carrier.
    pub sent: Option<Timestamp>,
    /// When its status last changed.
    pub updated: Timestamp,
    /// From the handset to the school.
    pub inbound: bool,
    /// Whether the handset shows it.
    pub arrived: bool,
    /// Written by the carrier itself (the answer to STOP), not by the application.
    pub from_carrier: bool,
    /// Whether it answers an inbound text in TwiML.
    pub(crate) reply: bool,
    pub(crate) expected: bool,
    #[serde(skip)]
    pub(crate) status_callback: Option<String>,
}

impl Text {
    /// Where its progress is told: the application's own address for it, if it gave one.
    #[must_use]
    pub fn callback(&self) -> Option<&str> {
        self.status_callback.as_deref()
    }

    /// The handset's number.
    pub(crate) fn handset(&self) -> &str {
        if self.inbound { &self.from } else { &self.to }
    }
}

/// Where a call stands. The names are Twilio's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// Accepted, not begun.
    Queued,
    /// The phone rings.
    Ringing,
    /// Answered.
    InProgress,
    /// Answered, and over.
    Completed,
    /// Engaged, or declined.
    Busy,
    /// Nobody took it.
    NoAnswer,
    /// The carrier could not connect it.
    Failed,
    /// Taken back before it was answered.
    Canceled,
}

impl CallStatus {
    /// Twilio's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Queued | Self::Ringing | Self::InProgress => false,
            Self::Completed | Self::Busy | Self::NoAnswer | Self::Failed | Self::Canceled => true,
        }
    }
}

/// Who is heard on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The application's voice.
    School,
    /// A key pressed on the handset.
    Key,
    /// What the line does: connected, transferred, silence.
    Line,
}

/// One thing heard in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Utterance {
    /// Who.
    pub speaker: Speaker,
    /// What.
    pub words: String,
}

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    OutboundApi,
    OutboundDial,
    Inbound,
}

impl Direction {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
            Self::Inbound => "inbound",
        }
    }
}

/// Where and of what the application is told as a call goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) url: Option<String>,
    pub(crate) events: Vec<String>,
}

/// A call or a leg of one.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) sid: String,
    pub(crate) parent: Option<String>,
    pub(crate) direction: Direction,
    pub(crate) from: String,
    pub(crate) to: String,
    /// The caller's number isn't told.
    pub(crate) withheld: bool,
    pub(crate) status: CallStatus,
    pub(crate) script: Option<Source>,
    pub(crate) fallback: Option<String>,
    pub(crate) progress: Progress,
    pub(crate) ring_secs: u64,
    pub(crate) detects_machines: bool,
    pub(crate) answered_by: Option<&'static str>,
    pub(crate) created: Timestamp,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) updated: Timestamp,
    pub(crate) transcript: Vec<Utterance>,
    /// Waits for a key.
    pub(crate) listening: bool,
    /// Number of the next status callback.
    pub(crate) sequence: u32,
    pub(crate) expected: bool,
    pub(crate) signals: mpsc::Sender<(Signal, Busy)>,
}

impl Call {
    pub(crate) fn handset(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.from,
            Direction::OutboundApi | Direction::OutboundDial => &self.to,
        }
    }

    /// Seconds from answer to end.
    pub(crate) fn seconds(&self) -> Option<i64> {
        Some(self.ended?.as_second() - self.started?.as_second())
    }
}

/// A phone and how it behaves now.
#[derive(Clone, Debug)]
pub(crate) struct PhoneState {
    pub(crate) phone: Phone,
    pub(crate) calls: CallBehaviour,
    pub(crate) texts: TextBehaviour,
    pub(crate) opted_out: bool,
}

/// One line of what went over the wire.
#[derive(Clone, Debug, Serialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// Towards the application (a webhook), or from it (a request).
    pub to_application: bool,
    /// What.
    pub what: String,
}

/// Everything that changes.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) phones: Vec<PhoneState>,
    pub(crate) texts: Vec<Text>,
    pub(crate) calls: Vec<Call>,
    pub(crate) log: VecDeque<LogLine>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) failures: VecDeque<Failure>,
    pub(crate) mail: MailRoom,
    pub(crate) text_url: Option<String>,
    pub(crate) call_url: Option<String>,
    pub(crate) hang_up_url: Option<String>,
    pub(crate) busy: usize,
    pub(crate) waiting: Queue,
}

impl World {
    /// The phone with this number; an unknown one is put on the shelf first.
    pub(crate) fn phone(&mut self, number: &str) -> &mut PhoneState {
        let at = self.phones.iter().position(|p| p.phone.number == number).unwrap_or_else(|| {
            let (label, number, kind) = ("Not listed".into(), number.into(), Kind::of_number(number));
            let phone = Phone { label, number, kind, outside: false };
            self.add_phone(phone);
            self.phones.len() - 1
        });
        &mut self.phones[at]
    }

    pub(crate) fn add_phone(&mut self, phone: Phone) {
        let state = PhoneState {
            phone,
            calls: CallBehaviour::default(),
            texts: TextBehaviour::default(),
            opted_out: false,
        };
        self.phones.push(state);
    }

    pub(crate) fn behave(&mut self, number: &str, behaviour: Behaviour) {
        let phone = self.phone(number);
        match behaviour {
            Behaviour::Calls(calls) => phone.calls = calls,
            Behaviour::Texts(texts) => phone.texts = texts,
        }
    }

    pub(crate) fn text(&self, sid: &str) -> Option<&Text> {
        self.texts.iter().rfind(|text| text.sid == sid)
    }

    pub(crate) fn text_mut(&mut self, sid: &str) -> Option<&mut Text> {
        self.texts.iter_mut().rfind(|text| text.sid == sid)
    }

    pub(crate) fn call(&self, sid: &str) -> Option<&Call> {
        self.calls.iter().rfind(|call| call.sid == sid)
    }

    pub(crate) fn call_mut(&mut self, sid: &str) -> Option<&mut Call> {
        self.calls.iter_mut().rfind(|call| call.sid == sid)
    }

    fn forget_the_oldest(&mut self) {
        if self.texts.len() > MAX_KEPT {
            self.texts.remove(0);
        }
        // A call under way is never forgotten: its task needs the record.
        if self.calls.len() > MAX_KEPT
            && let Some(over) = self.calls.iter().position(|call| call.status.is_over())
        {
            self.calls.remove(over);
        }
        if self.log.len() > MAX_KEPT {
            self.log.pop_front();
        }
    }
}

/// What every task of the server shares.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) http: reqwest::Client,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
    world: Mutex<World>,
    changes: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(config: Config, http: reqwest::Client) -> Arc<Self> {
        let mut world = World {
            text_url: config.inbound_text_url.clone(),
            call_url: config.inbound_call_url.clone(),
            hang_up_url: config.hang_up_url.clone(),
            ..World::default()
        };
        config.phones.iter().for_each(|phone| world.add_phone(phone.clone()));
        Arc::new(Self {
            config,
            http,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            world: Mutex::new(world),
            changes: watch::Sender::new(0),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.config.clock)()
    }

    /// Reads without telling anybody.
    pub(crate) fn see<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the world and wakes all who wait. Nothing that holds a [`Busy`] may be dropped inside.
    pub(crate) fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let done = {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            let done = act(&mut world);
            world.forget_the_oldest();
            done
        };
        self.changes.send_modify(|version| *version += 1);
        done
    }

    pub(crate) fn log(&self, to_application: bool, what: String) {
        tracing::debug!(to_application, what);
        let at = self.now();
        self.change(|world| world.log.push_back(LogLine { at, to_application, what }));
    }

    /// Ticks after each change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits, within the configured patience, until `look` finds something. It may change the world (consume).
    pub(crate) async fn until<T>(&self, look: impl FnMut(&mut World) -> Option<T>) -> Option<T> {
        tokio::time::timeout(self.config.patience, self.found(look)).await.ok()
    }

    async fn found<T>(&self, mut look: impl FnMut(&mut World) -> Option<T>) -> T {
        let mut changes = self.changes();
        loop {
            let found = look(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner));
            if let Some(found) = found {
                return found;
            }
            // The sender lives in self: waiting can't fail.
            let _ = changes.changed().await;
        }
    }

    /// Runs a task that ends with the server.
    pub(crate) fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let _stopped = stop.run_until_cancelled(task).await;
        });
    }
}

/// A new id: two letters and 32 hexadecimal digits, never used before, across restarts too.
pub(crate) fn new_sid(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Uuid::now_v7().simple())
}
