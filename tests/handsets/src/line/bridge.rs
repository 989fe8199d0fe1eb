//! `<Dial>`: rings others, one after another or all at once, and joins the caller with the first who takes it.
//!
//! Each one rung is a call of its own (a leg). A leg with a whisper must hear it to its end before it is joined: a
//! machine that answers presses nothing, and its leg ends unjoined (`DialBridged=false`).

use std::sync::Arc;

use super::{Line, NewCall, Signal, Stop, open, signal, twiml_complaint};
use crate::{
    contract::Form,
    pace::Busy,
    twiml::{Dial, Target},
    world::{Call, CallStatus, Direction, Progress, Shared, Speaker},
};

/// How dialling went.
struct Dialled {
    status: CallStatus,
    leg: Option<String>,
    bridged: bool,
}

impl Line {
    pub(super) async fn dial(&mut self, dial: &Dial) -> Result<(), Stop> {
        let mut dialled = Dialled { status: CallStatus::NoAnswer, leg: None, bridged: false };
        if dial.sequential {
            for target in &dial.targets {
                dialled = self.dial_together(dial, std::slice::from_ref(target)).await?;
                if dialled.bridged {
                    break;
                }
            }
        } else {
            dialled = self.dial_together(dial, &dial.targets).await?;
        }
        match &dial.action {
            Some(action) => Err(self.jump(action, dial.get, self.outcome(&dialled))),
            None => Ok(()),
        }
    }

    async fn dial_together(&mut self, dial: &Dial, targets: &[Target]) -> Result<Dialled, Stop> {
        let mut legs: Vec<String> = targets.iter().map(|target| self.open_leg(dial, target)).collect();
        let mut last = Dialled { status: CallStatus::NoAnswer, leg: None, bridged: false };
        while !legs.is_empty() {
            match self.received_at_rest().await {
                Signal::LegReady(leg) => {
                    legs.retain(|other| *other != leg);
                    legs.iter().for_each(|other| self.tell(other, Signal::Cancel));
                    return self.joined(leg).await;
                }
                Signal::LegOver(leg, status) => {
                    legs.retain(|other| *other != leg);
                    last = Dialled { status, leg: Some(leg), bridged: false };
                }
                other => self.heed(other).inspect_err(|_| {
                    legs.iter().for_each(|leg| self.tell(leg, Signal::Cancel));
                })?,
            }
        }
        Ok(last)
    }

    /// Both sides talk until one of them hangs up.
    async fn joined(&mut self, leg: String) -> Result<Dialled, Stop> {
        let number =
            self.shared.see(|world| world.call(&leg).map(|call| call.to.clone())).unwrap_or_default();
        self.note(Speaker::Line, &format!("You are through to {number}"));
        loop {
            match self.received_at_rest().await {
                Signal::LegOver(over, status) if over == leg => {
                    return Ok(Dialled { status, leg: Some(leg), bridged: true });
                }
                Signal::LegReady(late) => self.tell(&late, Signal::Cancel),
                other => self.heed(other).inspect_err(|_| self.tell(&leg, Signal::Complete))?,
            }
        }
    }

    fn open_leg(&mut self, dial: &Dial, target: &Target) -> String {
        let caller = self.call();
        self.check_caller_id(dial, &caller);
        let new = NewCall {
            parent: Some(caller.sid),
            direction: Direction::OutboundDial,
            from: dial.caller_id.clone().unwrap_or(caller.from),
            to: target.number.clone(),
            withheld: false,
            script: None,
            fallback: None,
            progress: Progress { url: target.status_callback.clone(), events: target.events.clone() },
            ring_secs: dial.timeout_secs,
            detects_machines: false,
        };
        self.note(Speaker::Line, &format!("Ringing {}", target.number));
        let (leg, mut line) = open(&self.shared, new);
        line.busy = Some(Busy::new(&self.shared));
        line.base.clone_from(&self.base);
        let (parent, target) = (self.sid.clone(), target.clone());
        self.shared.spawn(async move { line.run_leg(&parent, &target).await });
        leg.sid
    }

    /// An account shows its own number or the caller's, no other: Twilio refuses to dial (13214).
    fn check_caller_id(&self, dial: &Dial, caller: &Call) {
        let Some(shown) = &dial.caller_id else { return };
        if *shown != self.shared.config.school_number && (*shown != caller.from || caller.withheld) {
            twiml_complaint(&self.shared, format!("callerId {shown} is no number of this account (13214)"));
        }
    }

    async fn run_leg(&mut self, parent: &str, target: &Target) {
        self.report("initiated", "initiated").await;
        let outcome = self.ring().await;
        let status = if outcome == CallStatus::InProgress {
            if self.hear_whisper(target).await.is_ok() {
                self.note(Speaker::Line, "You are through to the caller");
                signal(&self.shared, parent, Signal::LegReady(self.sid.clone()));
                self.talk().await;
            }
            CallStatus::Completed
        } else {
            outcome
        };
        self.end(status).await;
        signal(&self.shared, parent, Signal::LegOver(self.sid.clone(), status));
    }

    async fn hear_whisper(&mut self, target: &Target) -> Result<(), Stop> {
        match &target.whisper {
            Some(url) => match self.jump(url, target.get, Form::new()) {
                Stop::Jump(source, _) => self.follow(Some(source)).await,
                stop => Err(stop),
            },
            None => Ok(()),
        }
    }

    /// A leg that is joined has nothing to do but end.
    async fn talk(&mut self) {
        loop {
            let signal = self.received_at_rest().await;
            if self.heed(signal).is_err() {
                return;
            }
        }
    }

    async fn received_at_rest(&mut self) -> Signal {
        self.busy = None;
        self.received().await
    }

    fn outcome(&self, dialled: &Dialled) -> Form {
        let mut form = vec![
            ("DialCallStatus".to_owned(), dialled.status.word().to_owned()),
            ("DialBridged".to_owned(), dialled.bridged.to_string()),
        ];
        if let Some(leg) = &dialled.leg {
            form.push(("DialCallSid".into(), leg.clone()));
            let seconds = self.shared.see(|world| world.call(leg).and_then(|call| call.seconds()));
            form.extend(seconds.map(|seconds| ("DialCallDuration".to_owned(), seconds.to_string())));
        }
        form
    }

    fn tell(&self, leg: &str, what: Signal) {
        tell(&self.shared, leg, what);
    }
}

/// A leg that has ended doesn't mind being told to.
fn tell(shared: &Arc<Shared>, leg: &str, what: Signal) {
    signal(shared, leg, what);
}
