//! Faults: what can happen to Homeward's processes, to the broker, the database, the links between them, and the clock.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use proto::topics::ServiceName;

use crate::instances::DECIDING;
use crate::link::State;
use crate::process::{Process, signal};
use crate::world::World;

/// Where a link leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum To {
    /// From a service to the broker.
    Broker,
    /// From a service to the database.
    Database,
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// kill -9 of a service, whatever it does.
    Kill(ServiceName),
    /// kill -9 of a service while it stores something.
    KillStoring(ServiceName),
    /// kill -9 of the broker.
    KillBroker,
    /// kill -9 of the database.
    KillDatabase,
    /// A service hangs, and goes on.
    Freeze(ServiceName),
    /// The broker hangs, and goes on.
    FreezeBroker,
    /// The database hangs, and goes on.
    FreezeDatabase,
    /// The disk is full, and has room again.
    FillDisk,
    /// Nothing can be synced, for a while.
    FailSyncs,
    /// The power is cut while something is stored: what was not synced is lost, as this number has it.
    CutPower(u64),
    /// A service's link is cut, and stands again.
    Cut(ServiceName, To),
    /// A service's link is slow, and well again.
    Slow(ServiceName, To),
    /// A service's link is slower by so much, and well again.
    Lag(ServiceName, To, Duration),
    /// Somebody moves the wall clock, by so many seconds.
    Step(i64),
    /// One more instance of all that decides comes, under that number: it takes its share of the schools.
    Joins(u16),
    /// An instance that came is asked to end.
    Dismissed(u16),
    /// kill -9 of an instance that came, while it stores something: it doesn't come back.
    Lost(u16),
    /// kill -9 of an instance that came, while it stores something: it comes back.
    KillInstance(u16),
    /// An instance that came hangs while it stores something; the database gives it up, others take its schools, and it goes on with what
    /// it was about to store, and with what has come for it since.
    Hang(u16),
}

impl Fault {
    /// What kind of fault it is.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Kill(_) => "service killed",
            Self::KillStoring(_) => "service killed while it stores",
            Self::KillBroker => "broker killed",
            Self::KillDatabase => "database killed",
            Self::Freeze(_) => "service frozen",
            Self::FreezeBroker => "broker frozen",
            Self::FreezeDatabase => "database frozen",
            Self::FillDisk => "disk full",
            Self::FailSyncs => "syncs failing",
            Self::CutPower(_) => "power cut",
            Self::Cut(..) => "link cut",
            Self::Slow(..) | Self::Lag(..) => "link slow",
            Self::Step(_) => "clock stepped",
            Self::Joins(_) => "instance more",
            Self::Dismissed(_) => "instance less",
            Self::Lost(_) => "instance killed for good",
            Self::KillInstance(_) => "instance killed",
            Self::Hang(_) => "instance frozen and given up",
        }
    }

    /// How long it lasts, where others last for so long: whoever hangs must be given up, and others take over, before it goes on (or nearly so).
    pub fn lasts(self, others: Duration) -> Duration {
        match self {
            Self::Hang(_) => others * 10,
            Self::Kill(_)
            | Self::KillStoring(_)
            | Self::KillBroker
            | Self::KillDatabase
            | Self::Freeze(_)
            | Self::FreezeBroker
            | Self::FreezeDatabase
            | Self::FillDisk
            | Self::FailSyncs
            | Self::CutPower(_)
            | Self::Cut(..)
            | Self::Slow(..)
            | Self::Lag(..)
            | Self::Step(_)
            | Self::Joins(_)
            | Self::Dismissed(_)
            | Self::Lost(_)
            | Self::KillInstance(_) => others,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A service that is to be killed while it stores something is killed anyway when it has stored nothing for so long.
const UNTIL_IT_STORES: Duration = Duration::from_millis(400);

/// How much longer everything takes on a slow link.
const SLOW: Duration = Duration::from_millis(30);

impl World {
    /// It happens.
    pub async fn strikes(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(service) => self.kills(service).await,
            Fault::KillStoring(service) => {
                let _ = tokio::time::timeout(UNTIL_IT_STORES, self.until_storing(service, "")).await;
                self.kills(service).await;
            }
            Fault::KillBroker => self.outside().mosquitto().kill().await,
            Fault::KillDatabase => self.outside().postgres.kill(),
            Fault::Freeze(service) => self.freezes(service).await,
            Fault::FreezeBroker => self.signals_broker("-STOP").await,
            Fault::FreezeDatabase => self.outside().postgres.signal_all("-STOP"),
            Fault::FillDisk => self.disk().is_full(true),
            Fault::FailSyncs => self.disk().fails_to_sync(true),
            Fault::CutPower(chance) => {
                until_it_stores(&mut self.processes()[0]).await;
                self.loses_power(chance).await;
            }
            Fault::Cut(service, to) => self.link_is(service, to, State::Cut),
            Fault::Slow(service, to) => self.link_is(service, to, State::Slow(SLOW)),
            Fault::Lag(service, to, by) => self.link_is(service, to, State::Slow(by)),
            Fault::Step(seconds) => self.clock.is_stepped(SignedDuration::from_secs(seconds)),
            Fault::Joins(number) => self.joins(number, &DECIDING),
            Fault::Dismissed(number) => self.dismisses(number).await,
            Fault::Lost(number) => {
                until_it_stores(self.instance(number)).await;
                self.loses(number).await;
            }
            Fault::KillInstance(number) => {
                until_it_stores(self.instance(number)).await;
                self.instance(number).kill().await;
            }
            Fault::Hang(number) => {
                until_it_stores(self.instance(number)).await;
                self.instance(number).signal("-STOP").await;
                self.is_given_up(number).await;
            }
        }
    }

    /// It is over; what died is started again by [`World::comes_back`].
    pub async fn heals(&mut self, fault: Fault) {
        match fault {
            Fault::Kill(_)
            | Fault::KillStoring(_)
            | Fault::Step(_)
            | Fault::CutPower(_)
            | Fault::Joins(_)
            | Fault::Dismissed(_)
            | Fault::Lost(_)
            | Fault::KillInstance(_) => {}
            Fault::Hang(number) => self.instance(number).signal("-CONT").await,
            Fault::KillBroker => self.outside().mosquitto().restart().await,
            Fault::KillDatabase => self.outside().postgres.restart(),
            Fault::Freeze(service) => self.thaws(service).await,
            Fault::FreezeBroker => self.signals_broker("-CONT").await,
            Fault::FreezeDatabase => self.outside().postgres.signal_all("-CONT"),
            Fault::FillDisk => {
                self.disk().is_full(false);
                self.database_recovers();
            }
            Fault::FailSyncs => {
                self.disk().fails_to_sync(false);
                self.database_recovers();
            }
            Fault::Cut(service, to) | Fault::Slow(service, to) | Fault::Lag(service, to, _) => {
                self.link_is(service, to, State::Open);
            }
        }
    }

    /// A database whose disk failed ends its connections and reads its log again, or gives itself up.
    fn database_recovers(&mut self) {
        if let Some(outside) = &mut self.home.outside {
            outside.postgres.recovers();
        }
    }

    async fn signals_broker(&mut self, name: &str) {
        signal(self.outside().mosquitto().process().expect("it runs"), name).await;
    }

    fn link_is(&mut self, service: ServiceName, to: To, state: State) {
        let links = self.outside().links.get(service.as_str());
        let (broker, database) = links.expect("every service has links of its own");
        match to {
            To::Broker => broker.is_now(state),
            To::Database => database.is_now(state),
        }
    }
}

/// Waits until a process stores something, or has stored nothing for a while.
async fn until_it_stores(process: &mut Process) {
    process.has_seen();
    let storing = process.logs("that it stores", |line| line.contains("\"commits\""));
    let _ = tokio::time::timeout(UNTIL_IT_STORES, storing).await;
}
