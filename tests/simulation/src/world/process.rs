//! A process: its turns and commits, what it gives out, how it dies and starts.

use std::rc::Rc;

use chassis::engine::Output;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::MAX_BATCH_EVENTS;
use proto::topics::ServiceName;

use super::{BOARD, Happening, World};
use crate::bus::{Message, Place};
use crate::node::{Committed, Fate, Input};
use crate::services::{NAMES, on};

impl World {
    /// What the shell marks every ten seconds while it judges.
    pub(super) fn mark_alive(&mut self, name: ServiceName) {
        let now = self.now;
        let judges = on!(self.services, name, node => node.may_judge(now));
        let ago = self.dice.secs(0, 10);
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if judges {
            seat.alive = seat.alive.max(now - ago);
        }
    }

    pub(super) fn kill(&mut self, name: ServiceName, long: SignedDuration) {
        self.mark_alive(name);
        let now = self.now;
        on!(self.services, name, node => node.kill());
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if !seat.up {
            return;
        }
        seat.up = false;
        let was_connected = seat.line.connected;
        seat.line.cut(now);
        seat.turn_at = None;
        self.stats.crashes += 1;
        if was_connected {
            self.notice_soon(name);
        }
        self.at(now + long, Happening::Start(name));
    }

    pub(super) fn start(&mut self, name: ServiceName) {
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if seat.up {
            return;
        }
        seat.up = true;
        let alive = seat.alive;
        if let Err(violation) = on!(self.services, name, node => node.start(alive)) {
            self.violations.push(violation);
        }
        let soon = self.now + self.dice.millis(1, 2_000);
        self.at(soon, Happening::Connect(Place::Service(name)));
    }

    pub(super) fn turn_at(&mut self, name: ServiceName, at: Timestamp) {
        let at = at.max(self.now);
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if seat.up && seat.turn_at.is_none_or(|planned| at < planned) {
            seat.turn_at = Some(at);
            self.at(at, Happening::Turn(name));
        }
    }

    pub(super) fn turn(&mut self, name: ServiceName) {
        let now = self.now;
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if seat.turn_at != Some(now) {
            return;
        }
        seat.turn_at = None;
        let outputs = on!(self.services, name, node => node.judge(now));
        self.give_out(name, outputs);
        let idle_commit = self.dice.per_mille(200);
        let commits = on!(self.services, name, node =>
            node.has_batch() || (idle_commit && node.has_moved_cursors()));
        if commits {
            self.commit(name);
        }
        self.look(name);
        let due = on!(self.services, name, node => node.next_due());
        if let Some(due) = due.filter(|due| *due < Timestamp::MAX) {
            self.turn_at(name, due);
        }
    }

    pub(super) fn commit(&mut self, name: ServiceName) {
        self.stats.commits += 1;
        if !self.dice.per_mille(self.weather.crash) {
            let committed = on!(self.services, name, node => node.commit(Fate::Stored));
            self.publish(name, committed, usize::MAX);
            return;
        }
        let long = match self.dice.below(10) {
            0 => self.dice.minutes(1, 5),
            1..=3 => self.dice.secs(2, 40),
            _ => self.dice.millis(100, 2_000),
        };
        self.mark_alive(name);
        match self.dice.below(3) {
            0 => drop(on!(self.services, name, node => node.commit(Fate::Lost))),
            1 => drop(on!(self.services, name, node => node.commit(Fate::StoredUnknown))),
            _ => {
                let committed = on!(self.services, name, node => node.commit(Fate::Stored));
                let most = self.dice.below(4);
                self.publish(name, committed, most);
            }
        }
        self.kill(name, long);
    }

    /// Gives a commit out, or dies after so many steps of it.
    pub(super) fn publish(&mut self, name: ServiceName, committed: Committed, most: usize) {
        let mut steps = 0..most;
        for batch in committed.entries.chunks(MAX_BATCH_EVENTS) {
            let envelopes = on!(self.services, name, node =>
                batch.iter().map(|entry| node.envelope(entry)).collect::<Vec<_>>());
            let envelopes = Rc::new(envelopes);
            for to in NAMES {
                if on!(self.services, to, node => node.hears(name)) {
                    if steps.next().is_none() {
                        return;
                    }
                    let message = Message::Input(Input::Events(Rc::clone(&envelopes)));
                    self.send(Place::Service(name), Place::Service(to), message);
                }
            }
        }
        if !committed.entries.is_empty() {
            if steps.next().is_none() {
                return;
            }
            self.tell_head(name);
        }
        for output in committed.outputs {
            if steps.next().is_none() {
                return;
            }
            self.give_out(name, vec![output]);
        }
    }

    pub(super) fn give_out(&mut self, name: ServiceName, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Answer { to, answer, .. } if to.as_str() == BOARD => {
                    self.send(Place::Service(name), Place::Board, Message::Answer(answer));
                }
                Output::Answer { answer, .. } => self.answered(&answer),
                Output::AskReplay { of, from } => self.ask_replay(name, of, from),
                Output::Retain(_) => {}
                Output::Trouble(trouble) => self.violations.push(format!("{}: {name}: {trouble}", self.now)),
            }
        }
    }

    pub(super) fn tell_heads(&mut self) {
        for name in NAMES {
            self.tell_head(name);
        }
        self.at(self.now + SignedDuration::from_secs(60), Happening::TellHeads);
    }

    pub(super) fn tell_head(&mut self, name: ServiceName) {
        let now = self.now;
        let seat = &self.seats[&name];
        if !seat.line.connected || !self.broker.up {
            return;
        }
        let head = on!(self.services, name, node => node.head(now));
        self.broker.retained.insert(name, head.clone());
        for to in NAMES {
            if on!(self.services, to, node => node.hears(name)) {
                let message = Message::Input(Input::Head(name, head.clone(), false));
                self.send(Place::Service(name), Place::Service(to), message);
            }
        }
    }

    pub(super) fn ask_replay(&mut self, name: ServiceName, of: ServiceName, from: u64) {
        let to = if of == ServiceName::Board { Place::Board } else { Place::Service(of) };
        self.send(Place::Service(name), to, Message::AskReplay { by: name, from });
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if !std::mem::replace(&mut seat.asking_again, true) {
            self.at(self.now + SignedDuration::from_secs(3), Happening::AskAgain(name));
        }
    }

    pub(super) fn ask_again(&mut self, name: ServiceName) {
        self.seats.get_mut(&name).expect("each service has a seat").asking_again = false;
        let asks = on!(self.services, name, node => node.engine().map(|engine| {
            ServiceName::ALL.into_iter().filter_map(|of| Some((of, engine.ask_again(of)?))).collect::<Vec<_>>()
        }));
        for (of, from) in asks.unwrap_or_default() {
            self.ask_replay(name, of, from);
        }
        // A page may have made it able to judge.
        self.turn_at(name, self.now);
    }
}
