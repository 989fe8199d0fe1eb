//! A broker, a journal, and a checkins service with as many watches as asked for.

use std::sync::Arc;

use ::checkins::Checkins;
use bytes::Bytes;
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{Bus, BusConfig, BusEvent};
use chassis::clock::RealClock;
use chassis::host::{Host, HostConfig, Shell, Snapshots};
use chassis::journal::Journal;
use chassis::school::School;
use decider::{Policy, Service};
use proto::envelope::{ReplayPage, ReplayRequest, Reply, Source};
use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, Topic, filters};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Outcome;

pub(crate) struct World {
    pub(crate) school: Arc<School>,
    pub(crate) journal: Journal,
    pub(crate) stop: CancellationToken,
    accounts: Accounts,
    broker: Embedded,
    port: u16,
    _folder: tempfile::TempDir,
}

fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("a slug")
}

/// The school that is measured.
pub(crate) fn school() -> Arc<School> {
    Arc::new(School {
        id: SchoolId::parse("bench").expect("a slug"),
        name: "Bench School".parse().expect("a label"),
        zone: proto::values::SchoolZone::london(),
        policy: Policy::default(),
    })
}

/// Whom checkins hears; they have nothing to tell.
fn producers() -> impl Iterator<Item = (ServiceName, ClientId)> {
    let heard = Checkins::HEARS.iter().copied().chain([ServiceName::Board]);
    heard.map(|service| (service, client(&format!("{service}-1"))))
}

impl World {
    pub(crate) async fn new() -> Outcome<Self> {
        let mut accounts = Accounts::new();
        let service = |service| {
            if service == ServiceName::Board { AccountKind::Board } else { AccountKind::Service(service) }
        };
        for (producer, name) in producers() {
            accounts.add(Account { name, kind: service(producer) });
        }
        accounts.add(Account { name: client("checkins-1"), kind: service(ServiceName::Checkins) });
        for name in ["board-bench", "board-watch"] {
            accounts.add(Account { name: client(name), kind: AccountKind::Board });
        }
        let mut broker = Embedded::new(accounts.clone(), 0);
        let port = broker.start().await?.port();
        let folder = tempfile::tempdir()?;
        let journal =
            Journal::open(&format!("sqlite:{}", folder.path().join("bench.sqlite").display())).await?;
        let stop = CancellationToken::new();
        Ok(Self { school: school(), journal, stop, accounts, broker, port, _folder: folder })
    }

    pub(crate) fn bus(&self, name: &str) -> BusConfig {
        let password = self.accounts.password(&client(name)).expect("an account").clone();
        BusConfig::new("127.0.0.1", self.port, client(name), password)
    }

    /// Stands in for the services that checkins hears: each says that it has told all it had.
    pub(crate) async fn stand_ins(&self) {
        for (service, name) in producers() {
            let filter = vec![filters::replays(service)];
            let (sender, mut inbox) = Bus::start(self.bus(name.as_str()), filter, self.stop.clone());
            crate::limits::connected(&mut inbox).await;
            let school = self.school.id.clone();
            let epoch = Uuid::now_v7();
            tokio::spawn(async move {
                while let Some(event) = inbox.recv().await {
                    let BusEvent::Message { topic, payload, .. } = event else { continue };
                    let Ok(Topic::Replay { client, .. }) = topic.parse::<Topic>() else { continue };
                    let Ok(ReplayRequest { from }) = serde_json::from_slice(&payload) else { continue };
                    let source = Source { school: school.clone(), service };
                    let page = ReplayPage { source, epoch, from, head: from - 1, events: Vec::new() };
                    let reply = serde_json::to_vec(&[Reply::Replay(page)]).expect("a page is JSON");
                    let topic = Topic::Reply { school: school.clone(), client };
                    // Lost with its connection: it is asked for again.
                    let _ = sender.publish(topic.to_string(), Bytes::from(reply), false).await;
                }
            });
        }
    }

    pub(crate) async fn host(
        &self,
        shell: impl Shell<Checkins>,
        stop: &CancellationToken,
    ) -> Outcome<Host<Checkins>> {
        let config = HostConfig {
            schools: vec![Arc::clone(&self.school)],
            elsewhere: Default::default(),
            journal: self.journal.clone(),
            bus: self.bus("checkins-1"),
            clock: RealClock::shared(),
            snapshots: Snapshots::of(1),
            stop: stop.clone(),
        };
        Ok(Host::start(config, shell).await?)
    }

    pub(crate) async fn end(mut self, host: Host<Checkins>) {
        self.stop.cancel();
        host.ended().await;
        self.broker.stop().await;
    }
}
