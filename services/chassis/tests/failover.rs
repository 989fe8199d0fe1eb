//! The database is lost, and a streaming replica is promoted in its place, without the last entries: real PostgreSQL, real MQTT, a service, two
//! that hear it, and a board. Whatever happens next, each of them notices, and what the runbook of HW-J1 says mends it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chassis::backup::{Depth, look_through};
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::BusConfig;
use chassis::client::{BusClient, ClientNews};
use chassis::clock::SettableClock;
use chassis::host::{Host, HostConfig, NoEffects, Snapshots};
use chassis::journal::Journal;
use chassis::school::School;
use chassis::testing::postgres::Postgres;
use decider::{Context, News, Policy, Service, Tick};
use people::People;
use proto::Timestamp;
use proto::envelope::Outcome;
use proto::ids::{ClientId, CommandId, PersonId, SchoolId, TripId};
use proto::topics::ServiceName;
use proto::v1::people::{Command, Refusal, Role, Standing};
use proto::values::{Name, Personal, SchoolZone};
use serde::{Deserialize, Serialize};
use sqlx::Connection as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Nothing is waited for longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether something is there.
const LOOK: Duration = Duration::from_millis(20);

/// The events that ones that record nothing have heard.
static HEARD: Mutex<BTreeSet<Uuid>> = Mutex::new(BTreeSet::new());

/// Hears people, and records each of its numbers, or nothing at all.
struct Hears<const RECORDS: bool>;

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Noted {
    Noted { number: u64 },
}

impl<const RECORDS: bool> Service for Hears<RECORDS> {
    const NAME: ServiceName = if RECORDS { ServiceName::Devices } else { ServiceName::Contacts };
    const HEARS: &'static [ServiceName] = &[ServiceName::People];
    const LISTENER_VERSION: u32 = 1;
    const WAITS_FOR: &'static [ServiceName] = &[];

    type State = u64;
    type Command = Command;
    type Event = Noted;
    type Refusal = Refusal;

    fn decide(_: &u64, _: Command, _: &Context<'_>) -> Result<Vec<Noted>, Refusal> {
        Ok(Vec::new())
    }

    fn evolve(state: &mut u64, Noted::Noted { number }: &Noted) {
        *state = *number;
    }

    fn hear(_: &u64, news: &News<'_>, context: &Context<'_>) -> Vec<Noted> {
        if RECORDS {
            return vec![Noted::Noted { number: news.sequence }];
        }
        HEARD.lock().expect("nobody panics").insert(context.cause);
        Vec::new()
    }

    fn next_due(_: &u64) -> Option<Timestamp> {
        None
    }

    fn due(_: &u64, _: &Tick<'_>) -> Vec<Noted> {
        Vec::new()
    }

    fn trip_of(_: &Noted) -> Option<TripId> {
        None
    }

    fn ends_trip(_: &Noted) -> bool {
        false
    }
}

fn school() -> SchoolId {
    SchoolId::parse("elmfield").expect("a slug")
}

fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("a slug")
}

/// The machine: a broker, a database.
struct World {
    broker: Embedded,
    accounts: Accounts,
    port: u16,
    url: String,
}

/// A process of Homeward's: it ends when it is told to.
struct AtWork<S: Service> {
    host: Host<S>,
    stop: CancellationToken,
}

/// All of Homeward.
struct Homeward {
    people: AtWork<People>,
    records: AtWork<Hears<true>>,
    listens: AtWork<Hears<false>>,
    board: mpsc::Receiver<ClientNews>,
    board_stops: CancellationToken,
}

impl World {
    async fn new(url: String) -> Self {
        let mut accounts = Accounts::new();
        for service in [ServiceName::People, ServiceName::Devices, ServiceName::Contacts] {
            let name = client(&format!("{service}-1"));
            accounts.add(Account { name, kind: AccountKind::Service(service) });
        }
        accounts.add(Account { name: client("board-1"), kind: AccountKind::Board });
        let mut broker = Embedded::new(accounts.clone(), 0);
        let port = broker.start().await.expect("the broker starts").port();
        Self { broker, accounts, port, url }
    }

    fn bus(&self, name: &str) -> BusConfig {
        let password = self.accounts.password(&client(name)).expect("an account").clone();
        BusConfig::new("127.0.0.1", self.port, client(name), password)
    }

    async fn journal(&self) -> Journal {
        Journal::open(&self.url).await.expect("it opens")
    }

    async fn starts<S: Service>(&self) -> AtWork<S> {
        let stop = CancellationToken::new();
        let (name, zone) = ("Elmfield School".parse().expect("a label"), SchoolZone::london());
        let config = HostConfig {
            schools: vec![Arc::new(School { id: school(), name, zone, policy: Policy::default() })],
            elsewhere: Default::default(),
            journal: self.journal().await,
            bus: self.bus(&format!("{}-1", S::NAME)),
            clock: SettableClock::at("2026-11-20T09:00:00Z".parse().expect("an instant")),
            snapshots: Snapshots::of(1),
            standing: None,
            stop: stop.clone(),
        };
        AtWork { host: Host::start(config, NoEffects).await.expect("it starts"), stop }
    }

    async fn homeward(&self) -> Homeward {
        let board_stops = CancellationToken::new();
        let (_, board) =
            BusClient::start(self.bus("board-1"), &[school()], &[ServiceName::People], board_stops.clone());
        let (people, records, listens) = (self.starts().await, self.starts().await, self.starts().await);
        Homeward { people, records, listens, board, board_stops }
    }

    /// Waits until the one that records has noted that many.
    async fn until_noted(&self, count: usize) {
        let journal = self.journal().await;
        let noted = async {
            while journal.read(ServiceName::Devices, &school(), 0, 99).await.expect("reads").len() != count {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(PATIENCE, noted).await.unwrap_or_else(|_| panic!("{count} were not noted"));
        journal.close().await;
    }

    /// Every chain holds, and every cursor stands in the journal that it points into: so many entries of people, and as many noted.
    async fn is_whole(&self, entries: u64) {
        let journal = self.journal().await;
        let held = look_through(&journal, Depth::All).await.expect("it can be read");
        assert!(held.is_whole(), "{held:?}");
        for service in [ServiceName::People, ServiceName::Devices] {
            let verified = journal.verify(service, &school()).await.expect("the chain holds");
            assert_eq!(verified.entries, entries, "{service}");
        }
        journal.close().await;
    }
}

impl<S: Service> AtWork<S> {
    /// Waits until it follows what it hears, and knows its own journal; or no longer does.
    async fn until_following(&self, follows: bool) {
        let mut health = self.host.health();
        // People waits for the gateway, which isn't here.
        let hears = S::NAME != ServiceName::People;
        let told =
            health.wait_for(|health| health.following == follows && (health.caught_up || !follows || !hears));
        tokio::time::timeout(PATIENCE, told)
            .await
            .unwrap_or_else(|_| panic!("{}: following is not {follows}", S::NAME))
            .expect("the host lives");
    }

    async fn ends(self) {
        self.stop.cancel();
        self.host.ended().await;
    }
}

impl AtWork<People> {
    /// Somebody is added. What can't be stored just now is asked again, as whoever asks does. The number it got.
    async fn adds(&self) -> u64 {
        let name = Personal::known(Name::parse("Ines Okafor").expect("a name"));
        let (person, standing, roles) = (PersonId::new(), Standing::Staff, [Role::Leader].into());
        let (id, command) = (CommandId::new(), Command::AddPerson { person, name, standing, roles });
        let asks = async {
            loop {
                match self.host.own_commands().ask(&school(), id, &command, None).await {
                    Outcome::Accepted { sequence } => return sequence,
                    Outcome::Faulted { .. } => tokio::time::sleep(LOOK).await,
                    refused @ Outcome::Refused { .. } => panic!("{refused:?}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, asks).await.expect("it is stored in time")
    }
}

impl Homeward {
    /// All have heard, and noted, that number.
    async fn until_heard(&mut self, world: &World, number: u64) {
        world.until_noted(usize::try_from(number).expect("few")).await;
        let heard = async {
            let event = loop {
                match self.board.recv().await.expect("the board lives") {
                    ClientNews::Event { envelope, .. } if envelope.sequence == number => break envelope.id,
                    _ => {}
                }
            };
            while !HEARD.lock().expect("nobody panics").contains(&event) {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.unwrap_or_else(|_| panic!("{number} was not heard"));
    }

    /// The board follows no more.
    async fn until_the_board_stops(&mut self) {
        let stops = async { while !matches!(self.board.recv().await, Some(ClientNews::Diverged { .. })) {} };
        tokio::time::timeout(PATIENCE, stops).await.expect("the board notices");
    }

    async fn ends(self) {
        self.board_stops.cancel();
        self.people.ends().await;
        self.records.ends().await;
        self.listens.ends().await;
    }
}

/// A replica that has the first entry, and will never have more. It is looked at.
async fn cut_off(primary: &Postgres) -> Postgres {
    let mut replica = primary.replica();
    replica.is_cut_off();
    replica
}

/// How many entries of people, and notes, a database has.
async fn entries_at(url: &str) -> (i64, i64) {
    let mut connection = sqlx::PgConnection::connect(url).await.expect("it can be reached");
    let text = "SELECT (SELECT count(*) FROM people.entry), (SELECT count(*) FROM devices.entry)";
    let counts = sqlx::query_as(text).fetch_one(&mut connection).await.expect("it can be read");
    connection.close().await.expect("it closes");
    counts
}

/// Homeward is at work, and has recorded three, of which the replica has one.
async fn with_a_replica_behind() -> (World, Homeward, Postgres, Postgres) {
    let primary = Postgres::start();
    let world = World::new(primary.database("homeward")).await;
    let mut homeward = world.homeward().await;
    assert_eq!(homeward.people.adds().await, 1);
    homeward.until_heard(&world, 1).await;
    let replica = cut_off(&primary).await;
    assert_eq!((homeward.people.adds().await, homeward.people.adds().await), (2, 3));
    homeward.until_heard(&world, 3).await;
    assert_eq!(
        (entries_at(&world.url).await, entries_at(&replica.address("homeward")).await),
        ((3, 3), (1, 1))
    );
    (world, homeward, primary, replica)
}

/// Started anew, as the runbook says, all of it goes on from what the replica has.
async fn goes_on(world: &World, entries: u64) {
    let mut homeward = world.homeward().await;
    homeward.people.until_following(true).await;
    homeward.records.until_following(true).await;
    homeward.listens.until_following(true).await;
    assert_eq!(homeward.people.adds().await, entries + 1);
    homeward.until_heard(world, entries + 1).await;
    homeward.ends().await;
    world.is_whole(entries + 1).await;
}

/// HW-J1: everything lives through it, with what it knew in memory, and nobody records anything. Who had stored what is gone notices, and so does
/// who had heard it; each tells the operator. What is recorded then follows what the replica has.
#[tokio::test(flavor = "multi_thread")]
async fn who_lives_through_a_promotion_without_the_last_entries_notices_though_nothing_is_recorded() {
    let (world, mut homeward, mut primary, replica) = with_a_replica_behind().await;
    primary.kill();
    let replica = replica.takes_the_place_of(primary);
    replica.is_promoted();

    homeward.people.until_following(false).await;
    homeward.records.until_following(false).await;
    homeward.listens.until_following(false).await;
    homeward.until_the_board_stops().await;
    assert_eq!(entries_at(&world.url).await, (1, 1), "nobody has recorded anything");
    assert_eq!(homeward.people.adds().await, 2, "as if the two that are lost had never been");
    world.until_noted(2).await;
    world.is_whole(2).await;
    homeward.ends().await;
    goes_on(&world, 2).await;
}

/// The same, and a command comes at once, while the replica is not promoted yet, and after: what is gone is not built upon, and its number goes to
/// another entry, which nobody takes for the one that was heard.
#[tokio::test(flavor = "multi_thread")]
async fn who_lives_through_it_builds_nothing_upon_what_is_gone() {
    let (world, mut homeward, mut primary, replica) = with_a_replica_behind().await;
    primary.kill();
    let replica = replica.takes_the_place_of(primary);
    let (number, ()) = tokio::join!(homeward.people.adds(), async {
        // It is asked once in vain at least: the database can only be read.
        tokio::time::sleep(LOOK).await;
        tokio::task::block_in_place(|| replica.is_promoted());
    });
    assert_eq!(number, 2);
    assert_eq!((homeward.people.adds().await, homeward.people.adds().await), (3, 4));
    homeward.people.until_following(false).await;
    homeward.records.until_following(false).await;
    homeward.listens.until_following(false).await;
    homeward.until_the_board_stops().await;
    world.until_noted(4).await;
    world.is_whole(4).await;
    homeward.ends().await;
    goes_on(&world, 4).await;
}

/// The same, and the service that had lost its entries was started anew meanwhile, knows nothing of them, and has given their numbers, and more, to
/// others, before anybody who had heard them could look: the broker is away. Each of them notices all the same.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_were_used_again_before_anybody_looked_are_noticed() {
    let (mut world, mut homeward, mut primary, replica) = with_a_replica_behind().await;
    homeward.people.ends().await;
    world.broker.stop().await;
    primary.kill();
    let replica = replica.takes_the_place_of(primary);
    replica.is_promoted();
    homeward.people = world.starts().await;
    for number in 2..=4 {
        assert_eq!(homeward.people.adds().await, number);
    }

    world.broker.start().await.expect("it starts again");
    homeward.records.until_following(false).await;
    homeward.listens.until_following(false).await;
    homeward.until_the_board_stops().await;
    homeward.people.until_following(true).await;
    world.until_noted(4).await;
    world.is_whole(4).await;
    homeward.ends().await;
    goes_on(&world, 4).await;
}

/// Everything was down while the replica was promoted: all that is stored is of one moment, and nobody has anything to notice.
#[tokio::test(flavor = "multi_thread")]
async fn who_starts_on_a_promoted_replica_goes_on_from_what_it_has() {
    let (world, homeward, mut primary, replica) = with_a_replica_behind().await;
    homeward.ends().await;
    primary.kill();
    let replica = replica.takes_the_place_of(primary);
    replica.is_promoted();
    goes_on(&world, 1).await;
}
