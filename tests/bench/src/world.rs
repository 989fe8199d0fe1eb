//! A broker, a journal, and the one service that is measured, with one school or many; whom it hears has nothing to tell.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{BrokerAddress, Bus, BusConfig, BusEvent, Delivery, Password};
use chassis::clock::RealClock;
use chassis::host::{Host, HostConfig, Shell, Snapshots, instance_client};
use chassis::journal::Journal;
use chassis::lease::Slot;
use chassis::lease::members::look_from_outside;
use chassis::school::School;
use chassis::testing::mosquitto::Mosquitto;
use chassis::testing::nats::NatsCluster;
use chassis::testing::postgres::Postgres;
use decider::{Policy, Service};
use homeward::accounts::{POSITIONS_CLIENT, SETUP_CLIENT, account_of};
use proto::envelope::{ReplayPage, ReplayRequest, Reply, Source};
use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, Topic, filters};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Outcome;

/// What stands beside the service that is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engines {
    /// The embedded broker and SQLite.
    Own,
    /// Mosquitto and PostgreSQL.
    Outside,
    /// Three nodes of NATS, to whom services speak with QoS 0 as they are told to, and SQLite.
    Cluster,
    /// The same with QoS 1.
    ClusterKeeps,
    /// Mosquitto, and SQLite.
    Mosquitto,
}

/// The broker.
enum Beside {
    Embedded(Embedded),
    Mosquitto(Mosquitto),
    Nats,
}

pub(crate) struct World {
    /// The first of the schools.
    pub(crate) school: Arc<School>,
    pub(crate) schools: Vec<Arc<School>>,
    pub(crate) journal: Journal,
    /// Where that is.
    pub(crate) url: String,
    pub(crate) stop: CancellationToken,
    /// The nodes, if the broker is a cluster: one may die.
    pub(crate) nats: Option<NatsCluster>,
    broker: Beside,
    nodes: Vec<BrokerAddress>,
    at_most_once: bool,
    folder: tempfile::TempDir,
    _postgres: Option<Postgres>,
}

pub(crate) fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("a slug")
}

/// The name of a school by its place: the first is `bench`.
pub(crate) fn school_id(place: usize) -> String {
    if place == 0 { "bench".to_owned() } else { format!("bench-{place}") }
}

/// A school that is measured, by its place.
pub(crate) fn school(place: usize) -> Arc<School> {
    Arc::new(School {
        id: SchoolId::parse(&school_id(place)).expect("a slug"),
        name: "Bench School".parse().expect("a label"),
        zone: proto::values::SchoolZone::london(),
        policy: Policy::default(),
    })
}

/// Of each account.
pub(crate) const PASSWORD: &str = "bench";

fn accounts() -> Accounts {
    let mut accounts = Accounts::new();
    let mut add = |account| accounts.add_with(account, Password::new(PASSWORD));
    for service in ServiceName::ALL {
        add(account_of(service, 1));
    }
    add(Account { name: client(POSITIONS_CLIENT), kind: AccountKind::Service(ServiceName::Gateway) });
    for instance in crate::instances::accounts() {
        add(instance);
    }
    let others = [SETUP_CLIENT, "board-bench", "board-watch"].map(str::to_owned);
    for name in others.into_iter().chain((0..LISTENERS).map(listener)) {
        add(Account { name: client(&name), kind: AccountKind::Board });
    }
    accounts
}

/// Whoever hears each event besides: as many as there are services at work.
const LISTENERS: usize = 8;

fn listener(place: usize) -> String {
    format!("board-hears-{place}")
}

impl World {
    pub(crate) async fn new() -> Outcome<Self> {
        Self::of(Engines::Own, 1).await
    }

    /// So many schools on those engines.
    pub(crate) async fn of(engines: Engines, schools: usize) -> Outcome<Self> {
        let accounts = accounts();
        let folder = tempfile::tempdir()?;
        let local = |port| vec![BrokerAddress { host: "127.0.0.1".into(), port }];
        let (broker, nats, nodes) = match engines {
            Engines::Own => {
                let mut embedded = Embedded::new(accounts, 0);
                let port = embedded.start().await?.port();
                (Beside::Embedded(embedded), None, local(port))
            }
            Engines::Outside | Engines::Mosquitto => {
                let mosquitto = Mosquitto::start(&accounts).await;
                let port = mosquitto.address().port();
                (Beside::Mosquitto(mosquitto), None, local(port))
            }
            Engines::Cluster | Engines::ClusterKeeps => {
                let cluster = NatsCluster::start(3, &accounts).await;
                let nodes = cluster.addresses_from(0);
                (Beside::Nats, Some(cluster), nodes)
            }
        };
        let (postgres, url) = match engines {
            Engines::Outside => {
                let postgres = Postgres::start();
                let url = postgres.database("bench");
                (Some(postgres), url)
            }
            Engines::Own | Engines::Cluster | Engines::ClusterKeeps | Engines::Mosquitto => {
                (None, format!("sqlite:{}", folder.path().join("bench.sqlite").display()))
            }
        };
        let journal = Journal::open(&url).await?;
        let stop = CancellationToken::new();
        let schools: Vec<_> = (0..schools).map(school).collect();
        let first = Arc::clone(&schools[0]);
        let (_postgres, at_most_once) = (postgres, engines == Engines::Cluster);
        Ok(Self {
            school: first,
            schools,
            journal,
            url,
            stop,
            nats,
            broker,
            nodes,
            at_most_once,
            folder,
            _postgres,
        })
    }

    /// How large the journals' file is, in bytes, if they are in one.
    pub(crate) fn stored(&self) -> Option<u64> {
        let file = |name: &str| std::fs::metadata(self.folder.path().join(name)).map(|file| file.len());
        Some(file("bench.sqlite").ok()? + file("bench.sqlite-wal").unwrap_or(0))
    }

    /// Mosquitto's process, if that is the broker.
    pub(crate) fn broker_process(&self) -> Option<u32> {
        match &self.broker {
            Beside::Mosquitto(mosquitto) => mosquitto.process(),
            Beside::Embedded(_) | Beside::Nats => None,
        }
    }

    /// The slots of checkins that an instance holds by lease.
    pub(crate) async fn slots_of(&self, instance: u16) -> Outcome<BTreeSet<Slot>> {
        let seen = look_from_outside(&self.url, &[ServiceName::Checkins]).await?;
        Ok(seen.services[&ServiceName::Checkins].held_by(instance).collect())
    }

    pub(crate) fn bus(&self, name: &str) -> BusConfig {
        let first = &self.nodes[0];
        let bus = BusConfig::new(&first.host, first.port, client(name), Password::new(PASSWORD));
        let delivery = if self.at_most_once { Delivery::AtMostOnce } else { Delivery::AtLeastOnce };
        bus.with_others(self.nodes[1..].to_vec()).with_delivery(delivery)
    }

    /// Stands in for the services that this one hears: each says that it has told all it had.
    pub(crate) async fn stand_ins<S: Service>(&self) {
        for service in S::HEARS.iter().copied().chain([ServiceName::Board]) {
            let name = instance_client(service, 1);
            let filter = vec![filters::replays(service)];
            let (sender, mut inbox) = Bus::start(self.bus(name.as_str()), filter, self.stop.clone());
            crate::limits::connected(&mut inbox).await;
            let epoch = Uuid::now_v7();
            tokio::spawn(async move {
                while let Some(event) = inbox.recv().await {
                    let BusEvent::Message { topic, payload, .. } = event else { continue };
                    let Ok(Topic::Replay { school, client, .. }) = topic.parse::<Topic>() else { continue };
                    let Ok(ReplayRequest { from }) = serde_json::from_slice(&payload) else { continue };
                    let source = Source { school: school.clone(), service };
                    let page = ReplayPage { source, epoch, from, head: from - 1, events: Vec::new() };
                    let reply = serde_json::to_vec(&[Reply::Replay(page)]).expect("a page is JSON");
                    let topic = Topic::Reply { school, client };
                    // Lost with its connection: it is asked for again.
                    let _ = sender.publish(topic.to_string(), Bytes::from(reply), false).await;
                }
            });
        }
    }

    /// Each service and the board hear every event: so many do, and forget it.
    pub(crate) async fn listeners(&self) {
        for place in 0..LISTENERS {
            let filters = vec![filters::events(ServiceName::Checkins), filters::heads(ServiceName::Checkins)];
            let (_, mut inbox) = Bus::start(self.bus(&listener(place)), filters, self.stop.clone());
            crate::limits::connected(&mut inbox).await;
            tokio::spawn(async move { while inbox.recv().await.is_some() {} });
        }
    }

    pub(crate) async fn host<S: Service>(
        &self,
        shell: impl Shell<S>,
        stop: &CancellationToken,
    ) -> Outcome<Host<S>> {
        let config = HostConfig {
            schools: self.schools.clone(),
            elsewhere: Default::default(),
            journal: self.journal.clone(),
            bus: self.bus(instance_client(S::NAME, 1).as_str()),
            clock: RealClock::shared(),
            standing: None,
            snapshots: Snapshots::of(1),
            stop: stop.clone(),
        };
        Ok(Host::start(config, shell).await?)
    }

    pub(crate) async fn end<S: Service>(mut self, host: Host<S>) {
        self.stop.cancel();
        host.ended().await;
        match &mut self.broker {
            Beside::Embedded(embedded) => embedded.stop().await,
            Beside::Mosquitto(mosquitto) => mosquitto.stop().await,
            Beside::Nats => {}
        }
    }
}
