//! Everything in one thread: what happens is taken from one queue, in the order of simulated time.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use chassis::engine::{AskedBy, Output};
use chassis::school::School;
use decider::Policy;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{
    Actor, Answer, CommandEnvelope, MAX_BATCH_EVENTS, Outcome, ReplayPage, Source, SpecVersion,
};
use proto::ids::{ClientId, CommandId};
use proto::topics::ServiceName;
use proto::values::SchoolZone;
use serde::Serialize;
use uuid::Uuid;

use crate::bus::{Broker, Line, Message, Place, Weather};
use crate::dice::Dice;
use crate::node::{Committed, Fate, Input};
use crate::services::{NAMES, Services, on};
use crate::stats::Stats;
use crate::story::{Act, Stories};

/// What is to happen.
enum Happening {
    Arrive { to: Place, message: Message, connection: u64 },
    Turn(ServiceName),
    AskAgain(ServiceName),
    TellHeads,
    BrokerDown(SignedDuration),
    BrokerUp,
    Connect(Place),
    CutOff(ServiceName, SignedDuration),
    Kill(ServiceName, SignedDuration),
    Start(ServiceName),
    AskOnBus(CommandId),
    AskGateway(CommandId),
    Act(Act),
}

/// A process.
struct Seat {
    line: Line,
    up: bool,
    /// When it last marked that it judges.
    alive: Timestamp,
    turn_at: Option<Timestamp>,
    asking_again: bool,
}

/// A command that the board, or the gateway's own shell, asks until it is answered.
struct Asked {
    service: ServiceName,
    envelope: Rc<CommandEnvelope>,
    /// For a text: what the webhook makes of it each time.
    text: Option<Text>,
    tries: u32,
}

/// A text on its way in.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) from: String,
    pub(crate) body: String,
    pub(crate) provider_id: String,
    pub(crate) inbound: proto::ids::InboundId,
}

/// A school's day.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    places_taken: u64,
    pub(crate) dice: Dice,
    pub(crate) weather: Weather,
    pub(crate) school: Arc<School>,
    pub(crate) services: Services,
    seats: BTreeMap<ServiceName, Seat>,
    broker: Broker,
    board: Line,
    waiting: BTreeMap<CommandId, Asked>,
    done: BTreeSet<CommandId>,
    pub(crate) stories: Stories,
    pub(crate) stats: Stats,
    /// What must never be, seen on the way.
    pub(crate) violations: Vec<String>,
}

/// How the board is known on the bus.
pub(crate) const BOARD: &str = "board-1";

impl World {
    pub(crate) fn new(mut dice: Dice, weather: Weather, begin: Timestamp) -> Self {
        let school = Arc::new(School {
            id: "elmfield".parse().expect("a slug"),
            name: "Elmfield School".parse().expect("a label"),
            zone: SchoolZone::london(),
            policy: Policy::default(),
        });
        let services = Services::new(&school, &mut dice, begin);
        let seat =
            || Seat { line: Line::new(begin), up: true, alive: begin, turn_at: None, asking_again: false };
        let mut world = Self {
            now: begin,
            queue: BTreeMap::new(),
            places_taken: 0,
            dice,
            weather,
            school,
            services,
            seats: NAMES.map(|name| (name, seat())).into(),
            broker: Broker { up: true, ..Broker::default() },
            board: Line::new(begin),
            waiting: BTreeMap::new(),
            done: BTreeSet::new(),
            stories: Stories::default(),
            stats: Stats::default(),
            violations: Vec::new(),
        };
        world.connect_all();
        world.at(begin + SignedDuration::from_secs(60), Happening::TellHeads);
        world
    }

    fn connect_all(&mut self) {
        for place in NAMES.map(Place::Service).into_iter().chain([Place::Board]) {
            let soon = self.now + self.dice.millis(10, 5_000);
            self.at(soon, Happening::Connect(place));
        }
    }

    /// The bad weather of a day between two instants.
    pub(crate) fn brew(&mut self, from: Timestamp, to: Timestamp) {
        let weather = self.weather.clone();
        for _ in 0..weather.broker_outages {
            let long = match self.dice.below(10) {
                0..=3 => self.dice.secs(1, 60),
                4..=8 => self.dice.minutes(1, 12),
                _ => self.dice.minutes(12, 60),
            };
            let at = self.dice.instant(from, to);
            self.at(at, Happening::BrokerDown(long));
        }
        for _ in 0..weather.cut_offs {
            let (at, long) = (self.dice.instant(from, to), self.dice.secs(1, 300));
            let name = *self.dice.pick(&NAMES);
            self.at(at, Happening::CutOff(name, long));
        }
        for _ in 0..weather.kills {
            let (at, long) = (self.dice.instant(from, to), self.dice.secs(1, 600));
            let name = *self.dice.pick(&NAMES);
            self.at(at, Happening::Kill(name, long));
        }
    }

    fn at(&mut self, at: Timestamp, happening: Happening) {
        self.places_taken += 1;
        self.queue.insert((at.max(self.now), self.places_taken), happening);
    }

    pub(crate) fn act_at(&mut self, at: Timestamp, act: Act) {
        self.at(at, Happening::Act(act));
    }

    pub(crate) fn act_in(&mut self, wait: SignedDuration, act: Act) {
        self.at(self.now + wait, Happening::Act(act));
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, until: Timestamp) {
        while let Some(next) = self.queue.first_entry() {
            if next.key().0 > until || !self.violations.is_empty() {
                break;
            }
            let ((at, _), happening) = next.remove_entry();
            self.now = at;
            self.stats.steps += 1;
            self.happen(happening);
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrive { to, message, connection } => self.arrive(to, message, connection),
            Happening::Turn(name) => self.turn(name),
            Happening::AskAgain(name) => self.ask_again(name),
            Happening::TellHeads => self.tell_heads(),
            Happening::BrokerDown(long) => self.broker_down(long),
            Happening::BrokerUp => self.broker_up(),
            Happening::Connect(place) => self.connect(place),
            Happening::CutOff(name, long) => self.cut_off(name, long),
            Happening::Kill(name, long) => self.kill(name, long),
            Happening::Start(name) => self.start(name),
            Happening::AskOnBus(id) => self.ask_on_bus(id),
            Happening::AskGateway(id) => self.ask_gateway(id),
            Happening::Act(act) => crate::story::act(self, act),
        }
    }

    // --- the bus

    fn line(&mut self, place: Place) -> &mut Line {
        match place {
            Place::Service(name) => &mut self.seats.get_mut(&name).expect("each service has a seat").line,
            Place::Board => &mut self.board,
        }
    }

    fn send(&mut self, from: Place, to: Place, message: Message) {
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

    fn arrive(&mut self, to: Place, message: Message, connection: u64) {
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

    fn take(&mut self, name: ServiceName, input: &Input) {
        let now = self.now;
        let outputs = on!(self.services, name, node => node.take(input, now));
        self.give_out(name, outputs);
        let soon = self.now + self.dice.millis(0, 30);
        self.turn_at(name, soon);
    }

    /// The board has no journal: it shows that it has handed over all presses that waited with it.
    fn board_replay(&mut self, by: ServiceName, from: u64) {
        if self.waiting.values().any(|asked| asked.service == by && asked.text.is_none()) {
            return;
        }
        let source = Source { school: self.school.id.clone(), service: ServiceName::Board };
        let page = ReplayPage { source, epoch: Uuid::nil(), from, head: 0, events: Vec::new() };
        self.send(Place::Board, Place::Service(by), Message::Input(Input::Page(Rc::new(page))));
    }

    fn broker_down(&mut self, long: SignedDuration) {
        if !self.broker.up {
            return;
        }
        self.stats.broker_outages += 1;
        self.broker.up = false;
        if self.dice.per_mille(500) {
            self.broker.retained.clear();
        }
        for name in NAMES {
            self.disconnect(name);
        }
        self.board.cut(self.now);
        self.at(self.now + long, Happening::BrokerUp);
    }

    fn broker_up(&mut self) {
        self.broker.up = true;
        self.connect_all();
    }

    fn disconnect(&mut self, name: ServiceName) {
        self.mark_alive(name);
        let now = self.now;
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if seat.line.connected {
            seat.line.cut(now);
            on!(self.services, name, node => node.engine().map(|engine| engine.disconnected(now)));
        }
    }

    fn cut_off(&mut self, name: ServiceName, long: SignedDuration) {
        self.disconnect(name);
        self.at(self.now + long, Happening::Connect(Place::Service(name)));
    }

    fn connect(&mut self, place: Place) {
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
        let retained = self.broker.retained.clone();
        for (of, head) in retained {
            if on!(self.services, name, node => node.hears(of)) {
                self.send(place, place, Message::Input(Input::Head(of, head, true)));
            }
        }
        self.turn_at(name, now);
    }

    // --- a process

    /// What the shell marks every ten seconds while it judges.
    fn mark_alive(&mut self, name: ServiceName) {
        let now = self.now;
        let judges = on!(self.services, name, node => node.may_judge(now));
        let ago = self.dice.secs(0, 10);
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if judges {
            seat.alive = seat.alive.max(now - ago);
        }
    }

    fn kill(&mut self, name: ServiceName, long: SignedDuration) {
        self.mark_alive(name);
        let now = self.now;
        on!(self.services, name, node => node.kill());
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if !seat.up {
            return;
        }
        seat.up = false;
        seat.line.cut(now);
        seat.turn_at = None;
        self.stats.crashes += 1;
        self.at(now + long, Happening::Start(name));
    }

    fn start(&mut self, name: ServiceName) {
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

    fn turn_at(&mut self, name: ServiceName, at: Timestamp) {
        let at = at.max(self.now);
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if seat.up && seat.turn_at.is_none_or(|planned| at < planned) {
            seat.turn_at = Some(at);
            self.at(at, Happening::Turn(name));
        }
    }

    fn turn(&mut self, name: ServiceName) {
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

    fn commit(&mut self, name: ServiceName) {
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
    fn publish(&mut self, name: ServiceName, committed: Committed, most: usize) {
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

    fn give_out(&mut self, name: ServiceName, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Answer { to, answer } if to.as_str() == BOARD => {
                    self.send(Place::Service(name), Place::Board, Message::Answer(answer));
                }
                Output::Answer { answer, .. } => self.answered(&answer),
                Output::AskReplay { of, from } => self.ask_replay(name, of, from),
                Output::Retain(_) => {}
                Output::Trouble(trouble) => self.violations.push(format!("{}: {name}: {trouble}", self.now)),
            }
        }
    }

    fn tell_heads(&mut self) {
        for name in NAMES {
            self.tell_head(name);
        }
        self.at(self.now + SignedDuration::from_secs(60), Happening::TellHeads);
    }

    fn tell_head(&mut self, name: ServiceName) {
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

    fn ask_replay(&mut self, name: ServiceName, of: ServiceName, from: u64) {
        let to = if of == ServiceName::Board { Place::Board } else { Place::Service(of) };
        self.send(Place::Service(name), to, Message::AskReplay { by: name, from });
        let seat = self.seats.get_mut(&name).expect("each service has a seat");
        if !std::mem::replace(&mut seat.asking_again, true) {
            self.at(self.now + SignedDuration::from_secs(3), Happening::AskAgain(name));
        }
    }

    fn ask_again(&mut self, name: ServiceName) {
        self.seats.get_mut(&name).expect("each service has a seat").asking_again = false;
        let asks = on!(self.services, name, node => node.engine().map(|engine| engine.ask_again()));
        for (of, from) in asks.unwrap_or_default() {
            self.ask_replay(name, of, from);
        }
        // A page may have made it able to judge.
        self.turn_at(name, self.now);
    }

    // --- who commands

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

    fn text_envelope(&self, text: &Text, id: CommandId) -> CommandEnvelope {
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

    fn ask_on_bus(&mut self, id: CommandId) {
        let Some(asked) = self.waiting.get_mut(&id) else { return };
        asked.tries += 1;
        let by = AskedBy::Client(ClientId::parse(BOARD).expect("a slug"));
        let (service, tries) = (asked.service, asked.tries);
        let input = Input::Command(by, Rc::clone(&asked.envelope));
        self.send(Place::Board, Place::Service(service), Message::Input(input));
        let wait = self.dice.millis(1_000, 2_000 + 1_000 * i64::from(tries.min(8)));
        self.at(self.now + wait, Happening::AskOnBus(id));
    }

    fn ask_gateway(&mut self, id: CommandId) {
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

    fn answered(&mut self, answer: &Answer) {
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
    fn look(&mut self, name: ServiceName) {
        crate::story::look(self, name);
    }

    // --- the end of the day

    /// All is well again: every process up, nothing is lost.
    pub(crate) fn heal(&mut self) {
        self.weather = Weather::fair();
        self.queue.retain(|_, happening| {
            !matches!(happening, Happening::BrokerDown(_) | Happening::Kill(..) | Happening::CutOff(..))
        });
        for name in NAMES {
            self.start(name);
        }
        if !self.broker.up {
            self.broker_up();
        } else {
            self.connect_all();
        }
    }

    /// Whether everyone has heard everything and nothing is due any more.
    pub(crate) fn check_quiet(&mut self) {
        for name in NAMES {
            let now = self.now;
            if on!(self.services, name, node => node.has_batch() || node.has_moved_cursors()) {
                drop(on!(self.services, name, node => node.commit(Fate::Stored)));
            }
            let (due, cursors) = on!(self.services, name, node => (node.next_due(), node.cursors.clone()));
            if due.is_some_and(|due| due < now) {
                self.violations.push(format!("{name} leaves a deadline of {due:?} at {now}"));
            }
            for of in NAMES {
                let head = on!(self.services, of, node => node.journal.len() as u64);
                let heard =
                    cursors.iter().find(|cursor| cursor.producer == of).map_or(0, |cursor| cursor.seq);
                if on!(self.services, name, node => node.hears(of)) && heard != head {
                    self.violations.push(format!("{name} heard {of} up to {heard} of {head}"));
                }
            }
        }
        let unanswered = self.waiting.values().filter(|asked| asked.tries > 20).count();
        if unanswered > 0 {
            self.violations.push(format!("{unanswered} commands were never answered"));
        }
    }

    /// When each service was away.
    pub(crate) fn away(&self) -> BTreeMap<ServiceName, Vec<crate::bus::Away>> {
        self.seats.iter().map(|(name, seat)| (*name, seat.line.away.clone())).collect()
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
