//! Everything in one thread: what happens is taken from one queue, in the order of simulated time.

mod commands;
mod process;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chassis::school::School;
use decider::Policy;
use jiff::{SignedDuration, Timestamp};
use proto::ids::CommandId;
use proto::topics::ServiceName;
use proto::values::SchoolZone;

use self::commands::Asked;
pub(crate) use self::commands::Text;
use crate::bus::{Broker, Line, Message, Place, Weather};
use crate::dice::Dice;
use crate::node::Fate;
use crate::services::{NAMES, Services, on};
use crate::stats::Stats;
use crate::story::{Act, Stories};

/// What is to happen.
enum Happening {
    Arrive {
        to: Place,
        message: Message,
        connection: u64,
    },
    Turn(ServiceName),
    AskAgain(ServiceName),
    TellHeads,
    BrokerDown(SignedDuration),
    BrokerUp,
    Connect(Place),
    CutOff(ServiceName, SignedDuration),
    /// The broker notices that this connection is gone.
    Will(ServiceName, u64),
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
    /// Until it is healed, each message comes, once, at once.
    pub(crate) calm_weather: bool,
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
        let calm_weather = weather.is_calm();
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
            calm_weather,
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
        for _ in 0..weather.gateway_cut_offs {
            let (at, long) = (self.dice.instant(from, to), self.dice.secs(20, 900));
            self.at(at, Happening::CutOff(ServiceName::Gateway, long));
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
            Happening::Will(name, connection) => self.last_will(name, connection),
            Happening::Kill(name, long) => self.kill(name, long),
            Happening::Start(name) => self.start(name),
            Happening::AskOnBus(id) => self.ask_on_bus(id),
            Happening::AskGateway(id) => self.ask_gateway(id),
            Happening::Act(act) => crate::story::act(self, act),
        }
    }

    /// All is well again: every process up, nothing is lost.
    pub(crate) fn heal(&mut self) {
        self.weather = Weather::fair();
        self.queue.retain(|_, happening| {
            !matches!(
                happening,
                Happening::BrokerDown(_) | Happening::Kill(..) | Happening::CutOff(..) | Happening::Will(..)
            )
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
