//! A host at work: real MQTT through the embedded broker, a real database, a real decider, a settable clock.

use std::sync::Arc;

use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::BusConfig;
use chassis::client::{BusClient, ClientNews};
use chassis::clock::SettableClock;
use chassis::host::{Host, HostConfig, NoEffects, Snapshots};
use chassis::journal::Journal;
use chassis::school::School;
use decider::Policy;
use people::People;
use proto::envelope::{Actor, Outcome};
use proto::ids::{ClientId, CommandId, PersonId, SchoolId};
use proto::topics::ServiceName;
use proto::v1::people::{Command, Role, Standing};
use proto::values::{Name, Personal, SchoolZone};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// One service, one client, one broker, one database file.
struct World {
    broker: Embedded,
    accounts: Accounts,
    port: u16,
    dir: tempfile::TempDir,
    clock: Arc<SettableClock>,
    stop: CancellationToken,
}

fn elmfield() -> Arc<School> {
    Arc::new(School {
        id: SchoolId::parse("elmfield").expect("slug"),
        name: "Elmfield School".parse().expect("label"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    })
}

fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("slug")
}

impl World {
    async fn new() -> Self {
        let mut accounts = Accounts::new();
        accounts.add(Account { name: client("people-1"), kind: AccountKind::Service(ServiceName::People) });
        accounts.add(Account { name: client("board-1"), kind: AccountKind::Board });
        let mut broker = Embedded::new(accounts.clone(), 0);
        let address = broker.start().await.expect("the broker starts");
        let clock = SettableClock::at("2026-11-20T09:00:00Z".parse().expect("time"));
        let dir = tempfile::tempdir().expect("a folder");
        Self { broker, accounts, port: address.port(), dir, clock, stop: CancellationToken::new() }
    }

    fn bus(&self, name: &str) -> BusConfig {
        let password = self.accounts.password(&client(name)).expect("an account").clone();
        BusConfig::new("127.0.0.1", self.port, client(name), password)
    }

    async fn journal(&self) -> Journal {
        Journal::open(&format!("sqlite:{}", self.dir.path().join("journal.sqlite").display()))
            .await
            .expect("opens")
    }

    async fn host(&self, stop: &CancellationToken) -> Host<People> {
        let config = HostConfig {
            schools: vec![elmfield()],
            elsewhere: Default::default(),
            journal: self.journal().await,
            bus: self.bus("people-1"),
            clock: Arc::clone(&self.clock) as _,
            standing: None,
            snapshots: Snapshots::of(1),
            stop: stop.clone(),
        };
        Host::start(config, NoEffects).await.expect("starts")
    }

    fn board(&self) -> (BusClient, mpsc::Receiver<ClientNews>) {
        BusClient::start(
            self.bus("board-1"),
            &[elmfield().id.clone()],
            &[ServiceName::People],
            self.stop.clone(),
        )
    }
}

fn add(person: PersonId, name: &str) -> Command {
    Command::AddPerson {
        person,
        name: Personal::known(Name::parse(name).expect("a name")),
        standing: Standing::Staff,
        roles: [Role::Admin].into(),
    }
}

async fn next_event(news: &mut mpsc::Receiver<ClientNews>) -> (u64, String) {
    let deadline = std::time::Duration::from_secs(20);
    loop {
        let heard = tokio::time::timeout(deadline, news.recv()).await.expect("news in time").expect("news");
        if let ClientNews::Event { envelope, .. } = heard {
            return (envelope.sequence, envelope.data.get().to_owned());
        }
    }
}

#[tokio::test]
async fn a_command_is_answered_once_it_is_durable_and_its_event_is_heard() {
    let world = World::new().await;
    let host = world.host(&world.stop).await;
    let (board, mut news) = world.board();
    let (id, person) = (CommandId::new(), PersonId::new());
    let actor = Some(Actor::Person(person));
    let school = elmfield().id.clone();
    let outcome = board.ask::<People>(&school, id, &add(person, "Ines Okafor"), actor.clone()).await;
    assert_eq!(outcome, Outcome::Accepted { sequence: 1 });
    let again = board.ask::<People>(&school, id, &add(person, "Ines Okafor"), actor.clone()).await;
    assert_eq!(again, outcome, "asked again, the first answer is given");
    let (sequence, data) = next_event(&mut news).await;
    assert!(sequence == 1 && data.contains("Ines Okafor"), "{data}");
    let taken = board.ask::<People>(&school, CommandId::new(), &add(person, "Somebody Else"), actor).await;
    assert!(matches!(taken, Outcome::Refused { refusal } if refusal.code == "PersonExists"));
    world.stop.cancel();
    host.ended().await;
}

#[tokio::test]
async fn a_restarted_service_knows_what_it_knew_and_the_broker_may_forget_everything() {
    let mut world = World::new().await;
    let first = CancellationToken::new();
    let host = world.host(&first).await;
    let (board, mut news) = world.board();
    let (school, id, person) = (elmfield().id.clone(), CommandId::new(), PersonId::new());
    board.ask::<People>(&school, id, &add(person, "Ines Okafor"), None).await;
    first.cancel();
    host.ended().await;
    world.broker.stop().await;
    world.broker.start().await.expect("starts again, with nothing in memory");
    let host = world.host(&world.stop).await;
    let again = board.ask::<People>(&school, id, &add(person, "Ines Okafor"), None).await;
    assert_eq!(again, Outcome::Accepted { sequence: 1 });
    let second =
        board.ask::<People>(&school, CommandId::new(), &add(PersonId::new(), "Tom Hughes"), None).await;
    assert_eq!(second, Outcome::Accepted { sequence: 2 });
    assert_eq!(next_event(&mut news).await.0, 1);
    assert_eq!(next_event(&mut news).await.0, 2);
    let verified = world.journal().await.verify(ServiceName::People, &school).await.expect("the chain holds");
    assert_eq!(verified.entries, 2);
    world.stop.cancel();
    host.ended().await;
}

/// What is blanked by another process is forgotten by a service at work, and by whoever heard it: it comes again from the
/// start, blank.
#[tokio::test]
async fn what_is_blanked_meanwhile_is_forgotten_by_who_is_at_work_and_by_who_heard_it() {
    let world = World::new().await;
    let host = world.host(&world.stop).await;
    let (board, mut news) = world.board();
    let (school, person) = (elmfield().id.clone(), PersonId::new());
    board.ask::<People>(&school, CommandId::new(), &add(person, "Ines Okafor"), None).await;
    let (sequence, data) = next_event(&mut news).await;
    assert!(sequence == 1 && data.contains("Ines Okafor"), "{data}");
    let by_hand = world.journal().await;
    by_hand.blank(ServiceName::People, &school, &[1]).await.expect("blanks");
    let deadline = std::time::Duration::from_secs(60);
    let again = async {
        while !matches!(news.recv().await.expect("news"), ClientNews::Again { school: of } if of == school) {}
    };
    tokio::time::timeout(deadline, again).await.expect("told in time");
    let (sequence, data) = next_event(&mut news).await;
    assert!(sequence == 1 && !data.contains("Ines"), "{data}");
    let outcome =
        board.ask::<People>(&school, CommandId::new(), &add(PersonId::new(), "Tom Hughes"), None).await;
    assert_eq!(outcome, Outcome::Accepted { sequence: 2 }, "it goes on where it was");
    assert_eq!(next_event(&mut news).await.0, 2);
    by_hand.verify(ServiceName::People, &school).await.expect("the chain holds");
    world.stop.cancel();
    host.ended().await;
}
