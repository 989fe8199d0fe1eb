//! The bus: what is sent, what arrives, who is cut off.

use std::rc::Rc;

use jiff::SignedDuration;
use proto::envelope::{MAX_BATCH_EVENTS, ReplayPage, Source};
use proto::topics::ServiceName;
use uuid::Uuid;

use super::{Happening, World};
use crate::bus::{Line, Message, Place};
use crate::node::Input;
use crate::services::{NAMES, on};

impl World {
    pub(super) fn line(&mut self, place: Place) -> &mut Line {
        match place {
            Place::Service(name) => &mut self.seats.get_mut(&name).expect("each service has a seat").line,
            Place::Board => &mut self.board,
        }
    }

    pub(super) fn send(&mut self, from: Place, to: Place, message: Message) {
        if !self.broker.up || !self.line(from).connected || !self.line(to).connected {
            self.stats.dropped += 1;
            return;
        }
        let connection = self.line(to).number;
        let travels = self.weather.travel(&mut self.dice);
        self.stats.sent += 1;
        self.stats.lost += u64::from(travels.is_empty());
        self.stats.doubled += u64::from(travels.len() > 1);
        for long in travels {
            self.at(self.now + long, Happening::Arrive { to, message: message.clone(), connection });
        }
    }

    pub(super) fn arrive(&mut self, to: Place, message: Message, connection: u64) {
        let line = self.line(to);
        if !line.connected || line.number != connection {
            return;
        }
        match (to, message) {
            (Place::Service(name), Message::Input(input)) => self.take(name, &input),
            (Place::Service(name), Message::AskReplay { by, from }) => {
                let most = *self.dice.pick(&[3, 20, MAX_BATCH_EVENTS]);
                let page = on!(self.services, name, node => node.page(from, most));
                let page = Message::Input(Input::Page(Rc::new(page)));
                self.send(to, Place::Service(by), page);
            }
            (Place::Board, Message::AskReplay { by, from }) => self.board_replay(by, from),
            (Place::Board, Message::Answer(answer)) => self.answered(&answer),
            (Place::Board, Message::Input(_)) | (Place::Service(_), Message::Answer(_)) => {}
        }
    }

    pub(super) fn take(&mut self, name: ServiceName, input: &Input) {
        let now = self.now;
        let outputs = on!(self.services, name, node => node.take(input, now));
        self.give_out(name, outputs);
        let soon = self.now + self.dice.millis(0, 30);
        self.turn_at(name, soon);
    }

    /// The board has no journal: it shows that it has handed over all presses that waited with it.
    pub(super) fn board_replay(&mut self, by: ServiceName, from: u64) {
        if self.waiting.values().any(|asked| asked.service == by && asked.text.is_none()) {
            return;
        }
        let source = Source { school: self.school.id.clone(), service: ServiceName::Board };
        let page = ReplayPage { source, epoch: Uuid::nil(), from, head: 0, events: Vec::new() };
        self.send(Place::Board, Place::Service(by), Message::Input(Input::Page(Rc::new(page))));
    }

    pub(super) fn broker_down(&mut self, long: SignedDuration) {
        if !self.broker.up {
            return;
        }
        self.stats.broker_outages += 1;
        self.broker.up = false;
        if self.dice.per_mille(500) {
            self.broker.retained.clear();
            self.broker.health.clear();
        }
        for name in NAMES {
            self.disconnect(name);
        }
        self.board.cut(self.now);
        self.at(self.now + long, Happening::BrokerUp);
    }

    pub(super) fn broker_up(&mut self) {
        self.broker.up = true;
        self.connect_all();
    }

    pub(super) fn disconnect(&mut self, name: ServiceName) {
        self.mark_alive(name);
        let now = self.now;
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if seat.line.connected {
            seat.line.cut(now);
            on!(self.services, name, node => node.engine().map(|engine| engine.disconnected(now)));
        }
    }

    pub(super) fn cut_off(&mut self, name: ServiceName, long: SignedDuration) {
        self.notice_soon(name);
        self.disconnect(name);
        self.at(self.now + long, Happening::Connect(Place::Service(name)));
    }

    /// A connection that breaks is noticed at once; one that falls silent, when the broker misses its sign of life.
    pub(super) fn notice_soon(&mut self, name: ServiceName) {
        let connection = self.seats[&name].line.number;
        let wait = if self.dice.per_mille(700) { self.dice.millis(0, 50) } else { self.dice.secs(1, 23) };
        self.at(self.now + wait, Happening::Will(name, connection));
    }

    pub(super) fn last_will(&mut self, name: ServiceName, connection: u64) {
        let now = self.now;
        let line = &mut self.seats.get_mut(&name).expect("each service has a seat").line;
        if !self.broker.up || line.connected || line.number != connection {
            return;
        }
        if let Some(away) = line.away.last_mut() {
            away.told.get_or_insert(now);
        }
        self.tell_how(name, false);
    }

    /// The broker keeps it, and tells whoever is there.
    pub(super) fn tell_how(&mut self, name: ServiceName, up: bool) {
        self.broker.health.insert(name, up);
        for to in NAMES {
            if on!(self.services, to, node => node.hears(name)) {
                let to = Place::Service(to);
                self.send(to, to, Message::Input(Input::Health(name, up)));
            }
        }
    }

    pub(super) fn connect(&mut self, place: Place) {
        let (up, now) = (self.broker.up, self.now);
        if !up || self.line(place).connected {
            return;
        }
        let Place::Service(name) = place else {
            self.board.connect(now);
            return;
        };
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if !seat.up {
            return;
        }
        seat.line.connect(now);
        let asks = on!(self.services, name, node => node.engine().map(|engine| engine.connected(now)));
        for (of, from) in asks.unwrap_or_default() {
            self.ask_replay(name, of, from);
        }
        self.tell_head(name);
        self.tell_how(name, true);
        let retained = self.broker.retained.clone();
        for (of, head) in retained {
            if on!(self.services, name, node => node.hears(of)) {
                self.send(place, place, Message::Input(Input::Head(of, head, true)));
            }
        }
        let health = self.broker.health.clone();
        for (of, up) in health {
            if on!(self.services, name, node => node.hears(of)) {
                self.send(place, place, Message::Input(Input::Health(of, up)));
            }
        }
        self.turn_at(name, now);
    }
}
