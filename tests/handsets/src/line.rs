//! What happens on the line: a call rings, is answered, follows the application's TwiML, and ends.
//!
//! queued → ringing → in-progress → completed; or busy, no-answer, failed, canceled. Each call runs in a task of its
//! own and is told what people do by [`Signal`]s. `script.rs` follows TwiML, `bridge.rs` joins two calls.

mod bridge;
mod script;

use std::{sync::Arc, time::Duration};

use reqwest::Url;
use tokio::sync::mpsc;

use crate::{
    config::Pace,
    contract::{Form, Violation},
    failures::CallBehaviour,
    pace::{Busy, Ticket},
    server::rfc2822,
    twiml::Source,
    webhooks::{Post, mail},
    world::{Call, CallStatus, Direction, Progress, Shared, Speaker, Utterance, new_sid},
};

const UNTIL_INITIATED: Duration = Duration::from_millis(200);
const UNTIL_RINGING: Duration = Duration::from_millis(500);
/// How long a word is spoken.
const PER_WORD: Duration = Duration::from_millis(230);
/// Longer speeches take no longer than this many words: the demo moves on.
const MOST_WORDS: u32 = 40;
/// Documents followed in one call: a script that redirects for ever ends here.
const MAX_DOCUMENTS: usize = 100;
/// What is told in place of a number that is withheld: ANONYMOUS, on the keys.
const ANONYMOUS: &str = "+266696687";
/// What people do is told to a call over a queue of this length.
const MAX_SIGNALS: usize = 64;

/// What a call is told by the people on it, by the application, or by a leg that it dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Answer,
    Decline,
    RingOut,
    Key(char),
    Silence,
    HangUp,
    Cancel,
    Complete,
    Redirect(Source),
    /// A dialled leg was answered and may be joined.
    LegReady(String),
    /// A dialled leg is over.
    LegOver(String, CallStatus),
}

/// All that is needed to begin a call.
pub(crate) struct NewCall {
    pub(crate) parent: Option<String>,
    pub(crate) direction: Direction,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) withheld: bool,
    pub(crate) script: Option<Source>,
    pub(crate) fallback: Option<String>,
    pub(crate) progress: Progress,
    pub(crate) ring_secs: u64,
    pub(crate) detects_machines: bool,
}

/// Why a script stops before its end.
#[derive(Debug)]
enum Stop {
    /// It said so.
    HungUp,
    /// The person, or the application over REST, ended the call.
    Gone,
    /// It goes on elsewhere, with something to tell.
    Jump(Source, Form),
    /// A caller is turned away.
    Rejected { busy: bool },
}

/// One side of a call under way.
struct Line {
    shared: Arc<Shared>,
    sid: String,
    signals: mpsc::Receiver<(Signal, Busy)>,
    busy: Option<Busy>,
    /// Where the present document came from.
    base: Option<Url>,
    keys: String,
    is_machine: bool,
}

/// Places a call that the application asked for.
pub(crate) fn place(shared: &Arc<Shared>, new: NewCall) -> Call {
    let (call, mut line) = open(shared, new);
    let first = Ticket::new(shared, UNTIL_INITIATED);
    shared.spawn(async move {
        line.run_outbound(first).await;
    });
    call
}

/// A handset rings the school, its number withheld or not.
pub(crate) fn ring_school(shared: &Arc<Shared>, number: &str, withheld: bool) -> Call {
    let (url, hang_up) = shared.see(|world| (world.call_url.clone(), world.hang_up_url.clone()));
    let new = NewCall {
        parent: None,
        direction: Direction::Inbound,
        from: number.into(),
        to: shared.config.school_number.clone(),
        script: url.map(|url| Source::Url { url, get: false }),
        withheld,
        fallback: None,
        progress: Progress { url: hang_up, events: Vec::new() },
        ring_secs: 60,
        detects_machines: false,
    };
    let (call, mut line) = open(shared, new);
    line.busy = Some(Busy::new(shared));
    shared.change(|world| {
        if let Some(call) = world.call_mut(&line.sid) {
            call.status = CallStatus::Ringing;
            call.expected = true;
        }
    });
    shared.spawn(async move { line.run_inbound().await });
    call
}

/// Tells a call what someone did. False if it no longer listens.
pub(crate) fn signal(shared: &Arc<Shared>, sid: &str, signal: Signal) -> bool {
    let listening = shared.see(|world| world.call(sid).map(|call| call.signals.clone()));
    listening.is_some_and(|signals| signals.try_send((signal, Busy::new(shared))).is_ok())
}

/// TwiML that can't be read is the application's mistake.
pub(crate) fn twiml_complaint(shared: &Shared, complaint: String) {
    shared.change(|world| world.violations.push(Violation { operation: "TwiML".into(), complaint }));
}

fn open(shared: &Arc<Shared>, new: NewCall) -> (Call, Line) {
    let (signals, receiver) = mpsc::channel(MAX_SIGNALS);
    let now = shared.now();
    let call = Call {
        sid: new_sid("CA"),
        parent: new.parent,
        direction: new.direction,
        from: new.from,
        to: new.to,
        withheld: new.withheld,
        status: CallStatus::Queued,
        script: new.script,
        fallback: new.fallback,
        progress: new.progress,
        ring_secs: new.ring_secs,
        detects_machines: new.detects_machines,
        answered_by: None,
        created: now,
        started: None,
        ended: None,
        updated: now,
        transcript: Vec::new(),
        listening: false,
        sequence: 0,
        expected: false,
        signals,
    };
    shared.change(|world| {
        world.phone(call.handset());
        world.calls.push(call.clone());
    });
    let line = Line {
        shared: shared.clone(),
        sid: call.sid.clone(),
        signals: receiver,
        busy: None,
        base: None,
        keys: String::new(),
        is_machine: false,
    };
    (call, line)
}

impl Line {
    async fn run_outbound(&mut self, first: Ticket) -> Option<()> {
        self.busy = Some(first.wait().await?);
        self.report("initiated", "initiated").await;
        let next = Ticket::new(&self.shared, UNTIL_RINGING);
        self.busy = None;
        self.busy = Some(next.wait().await?);
        let outcome = self.ring().await;
        if outcome == CallStatus::InProgress {
            let script = self.call().script;
            // However a script of one's own call stops, the call is over.
            let _stopped = self.follow(script).await;
            self.end(CallStatus::Completed).await;
        } else {
            self.end(outcome).await;
        }
        Some(())
    }

    async fn run_inbound(&mut self) {
        let script = self.call().script;
        match self.follow(script).await {
            Err(Stop::Rejected { busy: true }) => self.end(CallStatus::Busy).await,
            Err(Stop::Rejected { busy: false }) => self.end(CallStatus::NoAnswer).await,
            Ok(()) | Err(Stop::HungUp | Stop::Gone | Stop::Jump(..)) => self.end(CallStatus::Completed).await,
        }
    }

    /// Rings the handset; `InProgress` when it was answered, else how it ended.
    async fn ring(&mut self) -> CallStatus {
        let call = self.call();
        if call.status.is_over() {
            return call.status;
        }
        let behaviour = self.shared.change(|world| world.phone(&call.to).calls);
        match behaviour {
            CallBehaviour::Fails => return CallStatus::Failed,
            CallBehaviour::Busy => return CallStatus::Busy,
            CallBehaviour::NoAnswer | CallBehaviour::Voicemail | CallBehaviour::Rings => {}
        }
        self.change(|call| call.status = CallStatus::Ringing);
        self.report("ringing", "ringing").await;
        let outcome = match behaviour {
            CallBehaviour::NoAnswer => CallStatus::NoAnswer,
            CallBehaviour::Voicemail => CallStatus::InProgress,
            CallBehaviour::Rings | CallBehaviour::Fails | CallBehaviour::Busy => {
                self.wait_for_answer(&call).await
            }
        };
        if outcome == CallStatus::InProgress {
            self.is_machine = behaviour == CallBehaviour::Voicemail;
            let now = self.shared.now();
            let by = if self.is_machine { "machine_start" } else { "human" };
            self.change(|call| {
                call.status = CallStatus::InProgress;
                call.started = Some(now);
                call.answered_by = Some(by);
            });
            self.report("answered", "in-progress").await;
        }
        outcome
    }

    async fn wait_for_answer(&mut self, call: &Call) -> CallStatus {
        loop {
            match self.next(call.ring_secs, Signal::RingOut).await {
                Signal::Answer => return CallStatus::InProgress,
                Signal::Decline => return CallStatus::Busy,
                Signal::RingOut => return CallStatus::NoAnswer,
                Signal::HangUp | Signal::Cancel | Signal::Complete => return CallStatus::Canceled,
                Signal::Key(_)
                | Signal::Silence
                | Signal::Redirect(_)
                | Signal::LegReady(_)
                | Signal::LegOver(..) => {}
            }
        }
    }

    /// What a signal means to a call in progress.
    fn heed(&mut self, signal: Signal) -> Result<(), Stop> {
        match signal {
            Signal::Key(key) => {
                self.note(Speaker::Key, &key.to_string());
                if self.call().listening {
                    self.keys.push(key);
                }
                Ok(())
            }
            Signal::HangUp | Signal::Cancel | Signal::Complete => Err(Stop::Gone),
            Signal::Redirect(source) => Err(Stop::Jump(source, Form::new())),
            Signal::Answer
            | Signal::Decline
            | Signal::RingOut
            | Signal::Silence
            | Signal::LegReady(_)
            | Signal::LegOver(..) => Ok(()),
        }
    }

    /// Lets speech take its time at the realistic pace; a key pressed in a menu cuts it short.
    async fn lapse(&mut self, time: Duration) -> Result<(), Stop> {
        if self.shared.config.pace != Pace::Realistic {
            return Ok(());
        }
        let until = tokio::time::Instant::now() + time;
        while self.keys.is_empty() {
            let Ok(Some((signal, busy))) = tokio::time::timeout_at(until, self.signals.recv()).await else {
                return Ok(());
            };
            self.busy = Some(busy);
            self.heed(signal)?;
        }
        Ok(())
    }

    /// Waits for what people do. Only at the realistic pace, and with a machine, does time run out by itself.
    async fn next(&mut self, limit_secs: u64, on_limit: Signal) -> Signal {
        let limit = match (self.shared.config.pace, self.is_machine) {
            (Pace::Realistic, _) => Some(Duration::from_secs(limit_secs)),
            (Pace::Immediate | Pace::Manual, true) => Some(Duration::ZERO),
            (Pace::Immediate | Pace::Manual, false) => None,
        };
        let Some(limit) = limit else {
            self.busy = None;
            return self.received().await;
        };
        match tokio::time::timeout(limit, self.received()).await {
            Ok(signal) => signal,
            Err(_) => on_limit,
        }
    }

    async fn received(&mut self) -> Signal {
        match self.signals.recv().await {
            Some((signal, busy)) => {
                self.busy = Some(busy);
                signal
            }
            // The record of the call, with the other end of the queue, was forgotten as too old.
            None => Signal::HangUp,
        }
    }

    /// The call is over; a status that REST set before stays.
    async fn end(&mut self, status: CallStatus) {
        let now = self.shared.now();
        let word = self.change(|call| {
            if !call.status.is_over() {
                call.status = status;
            }
            call.ended = Some(now);
            call.listening = false;
            call.status.word()
        });
        self.signals.close();
        self.report("completed", word).await;
        self.busy = None;
    }

    /// Calls back if the application asked to hear of this event.
    async fn report(&mut self, event: &str, status: &str) {
        let call = self.call();
        let asked = if call.progress.events.is_empty() {
            event == "completed"
        } else {
            call.progress.events.iter().any(|asked| asked == event)
        };
        let Some(url) = call.progress.url.clone().filter(|_| asked) else { return };
        let sequence = self.change(|call| {
            call.sequence += 1;
            call.sequence - 1
        });
        let mut form = self.form();
        form.retain(|(key, _)| key != "CallStatus");
        let mut tell = |key: &str, value: String| form.push((key.to_owned(), value));
        tell("CallStatus", status.into());
        tell("SequenceNumber", sequence.to_string());
        tell("CallbackSource", "call-progress-events".into());
        tell("Timestamp", rfc2822(self.shared.now()));
        if event == "completed" {
            let seconds = call.seconds().unwrap_or(0);
            tell("CallDuration", seconds.to_string());
            tell("Duration", (seconds / 60 + i64::from(seconds % 60 > 0)).to_string());
            tell("SipResponseCode", sip_code(call.status).into());
        }
        mail(&self.shared, Post::StatusCallbacks, &url, form).await;
    }

    /// What every webhook of a call says.
    fn form(&self) -> Form {
        let call = self.call();
        let from = if call.withheld { ANONYMOUS } else { call.from.as_str() };
        let mut form: Form = [
            ("CallSid", call.sid.as_str()),
            ("AccountSid", &self.shared.config.account_sid),
            ("From", from),
            ("To", &call.to),
            ("Caller", from),
            ("Called", &call.to),
            ("CallStatus", call.status.word()),
            ("Direction", call.direction.word()),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec();
        if let Some(parent) = call.parent {
            form.push(("ParentCallSid".into(), parent));
        }
        if let Some(by) = call.answered_by.filter(|_| call.detects_machines) {
            form.push(("AnsweredBy".into(), by.into()));
        }
        form
    }

    fn call(&self) -> Call {
        self.shared.see(|world| world.call(&self.sid).cloned()).expect("a call under way is never forgotten")
    }

    fn change<T>(&self, act: impl FnOnce(&mut Call) -> T) -> T {
        let now = self.shared.now();
        self.shared.change(|world| {
            let call = world.call_mut(&self.sid).expect("a call under way is never forgotten");
            call.updated = now;
            act(call)
        })
    }

    fn note(&self, speaker: Speaker, words: &str) {
        self.change(|call| call.transcript.push(Utterance { speaker, words: words.into() }));
    }
}

fn sip_code(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued | CallStatus::Ringing | CallStatus::InProgress | CallStatus::Completed => "200",
        CallStatus::Busy => "486",
        CallStatus::NoAnswer => "480",
        CallStatus::Failed => "503",
        CallStatus::Canceled => "487",
    }
}
