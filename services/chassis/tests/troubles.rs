//! What a host does when others are away, and when its own journal can't be read: real MQTT, a real database.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::{Bus, BusConfig, BusEvent, BusSender};
use chassis::client::{BusClient, ClientNews};
use chassis::clock::SettableClock;
use chassis::engine::own_client;
use chassis::entry::{Chain, Draft};
use chassis::host::{Host, HostConfig, NoEffects, Snapshots};
use chassis::journal::{Append, Journal};
use chassis::lease::standing::{Standing as Stands, standing};
use chassis::school::School;
use decider::Policy;
use people::People;
use proto::envelope::{
    Actor, EventEnvelope, Hash, Outcome, ReplayPage, ReplayRequest, Reply, Source, SpecVersion,
};
use proto::ids::{ClientId, CommandId, DutyId, PersonId, SchoolId};
use proto::topics::{ServiceName, Topic, filters};
use proto::v1::people::{Command, DutyRole, Role, Standing};
use proto::v1::public::Health;
use proto::values::{Name, Personal, SchoolZone, Window};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Tests never wait longer for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often whoever keeps the lease looks.
const LOOK: Duration = Duration::from_millis(50);

struct World {
    /// Kept at work until the end.
    _broker: Embedded,
    accounts: Accounts,
    port: u16,
    dir: tempfile::TempDir,
    clock: Arc<SettableClock>,
    stop: CancellationToken,
}

fn school(id: &str) -> Arc<School> {
    Arc::new(School {
        id: SchoolId::parse(id).expect("slug"),
        name: "A School".parse().expect("label"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    })
}

fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("slug")
}

fn at(time: &str) -> proto::Timestamp {
    format!("2026-11-20T{time}Z").parse().expect("time")
}

impl World {
    async fn new() -> Self {
        let mut accounts = Accounts::new();
        for service in [ServiceName::People, ServiceName::Gateway] {
            let name = client(&format!("{service}-1"));
            accounts.add(Account { name, kind: AccountKind::Service(service) });
        }
        accounts.add(Account { name: client("people-2"), kind: AccountKind::Service(ServiceName::People) });
        accounts.add(Account { name: client("board-1"), kind: AccountKind::Board });
        let mut broker = Embedded::new(accounts.clone(), 0);
        let port = broker.start().await.expect("the broker starts").port();
        let (clock, dir) = (SettableClock::at(at("09:00:00")), tempfile::tempdir().expect("a folder"));
        Self { _broker: broker, accounts, port, dir, clock, stop: CancellationToken::new() }
    }

    fn bus(&self, name: &str) -> BusConfig {
        let password = self.accounts.password(&client(name)).expect("an account").clone();
        BusConfig::new("127.0.0.1", self.port, client(name), password)
    }

    async fn journal(&self) -> Journal {
        let path = self.dir.path().join("journal.sqlite");
        Journal::open(&format!("sqlite:{}", path.display())).await.expect("opens")
    }

    async fn host(&self, schools: &[&str]) -> Host<People> {
        self.instance("people-1", schools, &[]).await
    }

    async fn instance(&self, name: &str, schools: &[&str], elsewhere: &[&str]) -> Host<People> {
        self.instance_that(None, name, schools, elsewhere).await
    }

    /// `stands`: what it is told that it holds, where schools come and go.
    async fn instance_that(
        &self,
        stands: Option<Stands>,
        name: &str,
        schools: &[&str],
        elsewhere: &[&str],
    ) -> Host<People> {
        let config = HostConfig {
            schools: schools.iter().map(|id| school(id)).collect(),
            elsewhere: elsewhere.iter().map(|id| school(id).id.clone()).collect(),
            journal: self.journal().await,
            bus: self.bus(name),
            clock: Arc::clone(&self.clock) as _,
            stop: self.stop.clone(),
            standing: stands,
            snapshots: Snapshots::of(1),
        };
        Host::start(config, NoEffects).await.expect("starts")
    }

    /// A board: it answers those who ask whether anything waits with it.
    fn board(&self) -> (BusClient, mpsc::Receiver<ClientNews>) {
        let of = [school("elmfield").id.clone(), school("oakwood").id.clone()];
        BusClient::start(self.bus("board-1"), &of, &[ServiceName::People], self.stop.clone())
    }
}

/// A gateway as others see it: a journal without entries, and signs of life.
struct Gateway {
    bus: BusSender,
    inbox: mpsc::Receiver<BusEvent>,
}

impl Gateway {
    async fn new(world: &World) -> Self {
        let asked = vec![filters::replays(ServiceName::Gateway)];
        let (bus, inbox) = Bus::start(world.bus("gateway-1"), asked, world.stop.clone());
        let mut gateway = Self { bus, inbox };
        while !matches!(gateway.next().await, BusEvent::Connected) {}
        gateway
    }

    async fn next(&mut self) -> BusEvent {
        tokio::time::timeout(PATIENCE, self.inbox.recv()).await.expect("in time").expect("the bus lives")
    }

    /// Somebody asks for a replay from that number on.
    async fn is_asked(&mut self, number: u64) {
        loop {
            let BusEvent::Message { payload, .. } = self.next().await else { continue };
            let request: ReplayRequest = serde_json::from_slice(&payload).expect("a request");
            if request.from == number {
                return;
            }
        }
    }

    /// "This is all that there is": two events.
    async fn answers(&self) {
        let source = || Source { school: school("elmfield").id.clone(), service: ServiceName::Gateway };
        let (variant, data) = proto::wire::split(&proto::v1::gateway::Event::ProviderUp {
            at: at("08:00:00"),
            provider: None,
            channel: None,
        });
        let event = |sequence: u64| EventEnvelope {
            specversion: SpecVersion::V1,
            id: Uuid::from_u128(10 + u128::from(sequence)),
            source: source(),
            kind: proto::wire::kind(ServiceName::Gateway, &variant),
            time: at("08:00:00"),
            sequence,
            epoch: Uuid::from_u128(9),
            entryhash: Hash::of(&sequence.to_be_bytes()),
            cause: Uuid::from_u128(11),
            correlation: Uuid::from_u128(11),
            actor: Actor::Service(ServiceName::Gateway),
            traceparent: None,
            data: data.clone(),
        };
        let (from, head, events) = (1, 2, vec![event(1), event(2)]);
        let page = ReplayPage { source: source(), epoch: Uuid::from_u128(9), from, head, events };
        let topic = Topic::Reply { school: school("elmfield").id.clone(), client: client("people-1") };
        self.publishes(topic, &[Reply::Replay(page)], false).await;
    }

    async fn says(&self, up: bool) {
        let topic = Topic::Health { service: ServiceName::Gateway, instance: client("gateway-1") };
        self.publishes(topic, &Health { up, codes: Default::default() }, true).await;
    }

    async fn publishes(&self, topic: Topic, value: &(impl serde::Serialize + ?Sized), retain: bool) {
        let payload = serde_json::to_vec(value).expect("JSON");
        self.bus.publish(topic.to_string(), payload.into(), retain).await.expect("published");
    }
}

/// What the desk asks of a host's own shell.
struct Desk<'a> {
    host: &'a Host<People>,
    school: SchoolId,
}

impl Desk<'_> {
    async fn asks(&self, command: Command) -> Outcome {
        self.host.own_commands().ask(&self.school, CommandId::new(), &command, None).await
    }

    /// A command that is done: the number of its event.
    async fn does(&self, command: Command) -> u64 {
        match self.asks(command).await {
            Outcome::Accepted { sequence } => sequence,
            other => panic!("{other:?}"),
        }
    }

    /// How many events time alone has brought since the last look: two commands on end stand on end but for them.
    async fn brought_by_time(&self, last: &mut u64) -> u64 {
        let (mut brought, before) = (0, *last);
        for (command, expected) in [(add(PersonId::new()), before + 1), (add(PersonId::new()), before + 2)] {
            let sequence = self.does(command).await;
            brought = sequence - expected;
            *last = sequence;
        }
        brought
    }
}

fn add(person: PersonId) -> Command {
    Command::AddPerson {
        person,
        name: Personal::known(Name::parse("Ines Okafor").expect("a name")),
        standing: Standing::Staff,
        roles: [Role::Admin].into(),
    }
}

/// CHECK-3: the gateway alone is cut off. Whoever waits for its word judges thirty seconds late until it is back: an answer to
/// the evening's test may wait in its journal.
#[tokio::test]
async fn what_falls_due_while_the_gateway_is_away_is_judged_late() {
    let world = World::new().await;
    let mut gateway = Gateway::new(&world).await;
    let (_board, mut news) = world.board();
    tokio::spawn(async move { while news.recv().await.is_some() {} });
    let host = world.host(&["elmfield"]).await;
    let mut health = host.health();
    gateway.is_asked(1).await;
    gateway.answers().await;
    let judges = health.wait_for(|health| health.judging);
    tokio::time::timeout(PATIENCE, judges).await.expect("in time").expect("the host lives");
    let desk = Desk { host: &host, school: school("elmfield").id.clone() };
    let person = PersonId::new();
    desk.does(add(person)).await;
    let window = Window::new(at("16:00:00"), at("23:30:00")).expect("a window");
    let mut last =
        desk.does(Command::PlanDuty { duty: DutyId::new(), person, role: DutyRole::Base, window }).await;

    world.clock.set(at("18:00:00"));
    assert_eq!(desk.brought_by_time(&mut last).await, 1, "the evening's test");
    gateway.says(false).await;
    gateway.is_asked(2).await;
    world.clock.set(at("20:00:20"));
    assert_eq!(desk.brought_by_time(&mut last).await, 0, "its answer may wait in the gateway");
    world.clock.set(at("20:00:30"));
    assert_eq!(desk.brought_by_time(&mut last).await, 1, "nobody answered it");
    world.stop.cancel();
    host.ended().await;
}

/// Two instances part the schools between them: each answers for its own, and what is meant for the other's is no trouble.
#[tokio::test]
async fn two_instances_share_the_schools() {
    let world = World::new().await;
    let first = world.instance("people-1", &["elmfield"], &["oakwood"]).await;
    let second = world.instance("people-2", &["oakwood"], &["elmfield"]).await;
    for host in [&first, &second] {
        let mut health = host.health();
        let connected = health.wait_for(|health| health.bus);
        tokio::time::timeout(PATIENCE, connected).await.expect("in time").expect("the host lives");
    }
    let (board, mut news) = world.board();
    tokio::spawn(async move { while news.recv().await.is_some() {} });
    for id in ["elmfield", "oakwood"] {
        let asked = board.ask::<People>(&school(id).id, CommandId::new(), &add(PersonId::new()), None).await;
        assert_eq!(asked, Outcome::Accepted { sequence: 1 }, "{id}");
    }
    let journal = world.journal().await;
    assert_eq!(journal.schools(ServiceName::People).await.expect("lists").len(), 2);
    assert_eq!(journal.quarantine_list(9).await.expect("lists"), [], "nobody took the other's for rubbish");
    world.stop.cancel();
    first.ended().await;
    second.ended().await;
}

/// CHECK-3: an instance's school is another's since a moment ago, and its host has not been told: it decides by what it knew. The journal's key
/// refuses its append: whoever asked is told to ask again. It asks what it holds, and leaves the school. [HW-D3]
#[tokio::test]
async fn an_append_of_an_instance_that_was_replaced_unawares_is_refused_and_it_leaves_the_school() {
    let world = World::new().await;
    let (confirms, stands) = standing(Arc::default());
    // The keeper knows, and its word is fresh at any time: so the host does not ask before it decides.
    let keeper = tokio::spawn(async move {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            confirms.holds(looks.tick().await, BTreeSet::new());
        }
    });
    let old = world.instance_that(Some(stands), "people-1", &["elmfield"], &[]).await;
    let of = |host| Desk { host, school: school("elmfield").id.clone() };
    assert_eq!(of(&old).does(add(PersonId::new())).await, 1);
    let new = world.instance("people-2", &["elmfield"], &[]).await;
    assert_eq!(of(&new).does(add(PersonId::new())).await, 2);
    let told = |outcome: Outcome| match outcome {
        Outcome::Faulted { message } => message,
        other @ (Outcome::Accepted { .. } | Outcome::Refused { .. }) => panic!("{other:?}"),
    };
    let refused = of(&old).asks(add(PersonId::new())).await;
    assert_eq!(told(refused), "Homeward could not store this just now: ask again");
    assert_eq!(told(of(&old).asks(add(PersonId::new())).await), "no school elmfield here", "it has left it");
    assert_eq!(of(&new).does(add(PersonId::new())).await, 3, "the other goes on");
    let journal = world.journal().await;
    let held = journal.verify(ServiceName::People, &school("elmfield").id).await.expect("the chain holds");
    assert_eq!(held.entries, 3);
    keeper.abort();
    world.stop.cancel();
    old.ended().await;
    new.ended().await;
}

/// CHECK-3: the last commit of the writer before was on its way when this one took the school over and read its journal: it was stored, and
/// answered, and this one does not know of it. It tells nobody that what was stored is not there: the refusal is not told, and whoever asks again
/// is answered by what stands in the journal. [HW-D3]
#[tokio::test]
async fn nothing_is_refused_by_a_state_that_lacks_what_was_stored_meanwhile() {
    let world = World::new().await;
    let new = world.instance("people-1", &["elmfield"], &[]).await;
    let desk = |host| Desk { host, school: school("elmfield").id.clone() };
    assert_eq!(desk(&new).does(add(PersonId::new())).await, 1);
    let old = world.instance("people-2", &["elmfield"], &[]).await;
    let person = PersonId::new();
    assert_eq!(desk(&old).does(add(person)).await, 2, "its last commit, unknown to the other");
    let authorise = Command::AuthoriseHolder { person, until: None };
    let refused = desk(&new).asks(authorise.clone()).await;
    let Outcome::Faulted { message } = refused else {
        panic!("it knows better than its journal: {refused:?}")
    };
    assert_eq!(message, "Homeward could not store this just now: ask again");
    assert_eq!(desk(&new).does(authorise).await, 3);
    let unknown = Command::AuthoriseHolder { person: PersonId::new(), until: None };
    let refused = desk(&new).asks(unknown).await;
    assert!(
        matches!(refused, Outcome::Refused { .. }),
        "what is refused by what stands there is told: {refused:?}"
    );
    world.stop.cancel();
    old.ended().await;
    new.ended().await;
}

/// HW-J2: an entry of its own that this release can't read takes one school out of service: no panic, the operator is told,
/// whoever asks is told to ask again, and the other school is served.
#[tokio::test]
async fn a_journal_that_cannot_be_read_takes_its_school_out_of_service_alone() {
    let world = World::new().await;
    let (oakwood, journal) = (school("oakwood").id.clone(), world.journal().await);
    let begun: Chain = journal.begin(ServiceName::People, &oakwood).await.expect("begins");
    let mut chain = Chain::empty(ServiceName::People, oakwood.clone(), begun.epoch);
    let draft = Draft {
        recorded_at: at("08:00:00"),
        kind: "PersonCloned".to_owned(),
        data: "{}".to_owned(),
        cause: Uuid::from_u128(1),
        correlation: Uuid::from_u128(1),
        actor: Actor::Client(own_client(ServiceName::People)),
        trip: None,
        traceparent: None,
    };
    let entries = vec![chain.next(draft, [7; 16])];
    let (service, school) = (ServiceName::People, oakwood.clone());
    let append = Append { service, school, after: 0, entries: Arc::new(entries), cursors: Vec::new() };
    journal.append(vec![append]).await.expect("stored");

    let host = world.host(&["elmfield", "oakwood"]).await;
    let mut health = host.health();
    let connected = health.wait_for(|health| health.bus);
    let told = *tokio::time::timeout(PATIENCE, connected).await.expect("in time").expect("the host lives");
    assert!(!told.journal && !told.judging, "{told:?}");
    let oakwoods = Desk { host: &host, school: oakwood.clone() };
    let Outcome::Faulted { message } = oakwoods.asks(add(PersonId::new())).await else { panic!("faulted") };
    assert!(message.contains("HW-J2"), "{message}");
    let (board, mut news) = world.board();
    tokio::spawn(async move { while news.recv().await.is_some() {} });
    let asked = board.ask::<People>(&oakwood, CommandId::new(), &add(PersonId::new()), None).await;
    assert!(matches!(asked, Outcome::Faulted { .. }), "{asked:?}");
    let elmfield = crate::school("elmfield").id.clone();
    let asked = board.ask::<People>(&elmfield, CommandId::new(), &add(PersonId::new()), None).await;
    assert_eq!(asked, Outcome::Accepted { sequence: 1 });
    world.stop.cancel();
    host.ended().await;
}
