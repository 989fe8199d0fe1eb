//! Going back a version, and forward again: two releases of one service, of which the newer writes a kind of event that the older doesn't know.

use std::path::Path;
use std::sync::Arc;

use chassis::bus::{BusConfig, Password};
use chassis::clock::SettableClock;
use chassis::host::{Host, HostConfig, NoEffects, Snapshots};
use chassis::journal::Journal;
use chassis::school::School;
use decider::{Context, News, Policy, Service, Tick};
use people::People;
use proto::Timestamp;
use proto::envelope::Outcome;
use proto::ids::{ClientId, CommandId, PersonId, SchoolId, TripId};
use proto::topics::ServiceName;
use proto::v1::people::{Command, Event, Refusal, Role, Standing};
use proto::v1::policy::Settings;
use proto::values::{Name, Personal, SchoolZone};
use serde::de::{EnumAccess, Error as _, VariantAccess as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

/// People, as the next release may have it: of a volunteer who is added it is recorded that somebody asked for references.
struct Newer;

/// What it writes: each variant stands in the journal under its own name.
#[derive(Serialize, Debug, PartialEq, Clone)]
#[serde(untagged)]
enum Written {
    Since(Since),
    Before(Box<Event>),
}

/// What the older one doesn't know.
#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
enum Since {
    ReferencesAsked { person: PersonId },
}

/// An entry is read by the name of its variant: `proto::wire::join` gives it to whoever asks for an enum.
impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("Written", &[], ByName)
    }
}

struct ByName;

impl<'de> Visitor<'de> for ByName {
    type Value = Written;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an event of people")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, event: A) -> Result<Written, A::Error> {
        let (name, fields): (String, _) = event.variant()?;
        let fields: Box<RawValue> = fields.newtype_variant()?;
        let since = proto::wire::join(&name, &fields).map(Written::Since);
        let read = since.or_else(|_| proto::wire::join(&name, &fields).map(Written::Before));
        read.map_err(A::Error::custom)
    }
}

fn before(events: Vec<Event>) -> Vec<Written> {
    events.into_iter().map(|event| Written::Before(Box::new(event))).collect()
}

impl Service for Newer {
    const NAME: ServiceName = People::NAME;
    const HEARS: &'static [ServiceName] = People::HEARS;
    const LISTENER_VERSION: u32 = People::LISTENER_VERSION;

    type State = people::State;
    type Command = Command;
    type Event = Written;
    type Refusal = Refusal;

    fn decide(
        state: &people::State,
        command: Command,
        context: &Context<'_>,
    ) -> Result<Vec<Written>, Refusal> {
        let volunteer = if let Command::AddPerson { person, standing: Standing::Volunteer, .. } = &command {
            Some(*person)
        } else {
            None
        };
        let mut events = before(People::decide(state, command, context)?);
        events.extend(volunteer.map(|person| Written::Since(Since::ReferencesAsked { person })));
        Ok(events)
    }

    fn evolve(state: &mut people::State, event: &Written) {
        match event {
            Written::Since(Since::ReferencesAsked { .. }) => {}
            Written::Before(event) => People::evolve(state, event),
        }
    }

    fn hear(state: &people::State, news: &News<'_>, context: &Context<'_>) -> Vec<Written> {
        before(People::hear(state, news, context))
    }

    fn next_due(state: &people::State) -> Option<Timestamp> {
        People::next_due(state)
    }

    fn due(state: &people::State, tick: &Tick<'_>) -> Vec<Written> {
        before(People::due(state, tick))
    }

    fn trip_of(_: &Written) -> Option<TripId> {
        None
    }

    fn policy_of(event: &Written) -> Option<&Settings> {
        match event {
            Written::Since(Since::ReferencesAsked { .. }) => None,
            Written::Before(event) => People::policy_of(event),
        }
    }

    fn ends_trip(_: &Written) -> bool {
        false
    }
}

fn school(id: &str) -> SchoolId {
    SchoolId::parse(id).expect("a slug")
}

/// A release at work on the journals in that folder, until it is told to end. No broker is needed: its own shell asks it.
struct AtWork<S: Service> {
    host: Host<S>,
    stop: CancellationToken,
}

impl<S: Service<Command = Command>> AtWork<S> {
    async fn start(folder: &Path, release: u32) -> Self {
        let of = |id| {
            let (name, zone) = ("A School".parse().expect("a label"), SchoolZone::london());
            Arc::new(School { id: school(id), name, zone, policy: Policy::default() })
        };
        let stop = CancellationToken::new();
        let client = ClientId::parse("people-1").expect("a slug");
        let config = HostConfig {
            schools: ["elmfield", "oakwood"].map(of).into(),
            elsewhere: Default::default(),
            journal: journal(folder).await,
            // The port of nobody.
            bus: BusConfig::new("127.0.0.1", 9, client, Password::new("of nobody")),
            clock: SettableClock::at("2026-11-20T09:00:00Z".parse().expect("an instant")),
            snapshots: Snapshots::of(release),
            standing: None,
            stop: stop.clone(),
        };
        Self { host: Host::start(config, NoEffects).await.expect("it starts"), stop }
    }

    async fn adds(&self, to: &str, standing: Standing) -> Outcome {
        let (person, name) = (PersonId::new(), Personal::known(Name::parse("Ines Okafor").expect("a name")));
        let command = Command::AddPerson { person, name, standing, roles: [Role::Leader].into() };
        self.host.own_commands().ask(&school(to), CommandId::new(), &command, None).await
    }

    async fn ends(self) {
        self.stop.cancel();
        self.host.ended().await;
    }
}

async fn journal(folder: &Path) -> Journal {
    Journal::open(&format!("sqlite:{}", folder.join("journal.sqlite").display())).await.expect("it opens")
}

/// How many entries there are; every chain holds.
async fn entries(folder: &Path) -> [u64; 2] {
    let journal = journal(folder).await;
    let mut counts = [0; 2];
    for (count, id) in counts.iter_mut().zip(["elmfield", "oakwood"]) {
        *count = journal.verify(ServiceName::People, &school(id)).await.expect("the chain holds").entries;
    }
    journal.close().await;
    counts
}

/// HW-J2, as the runbook for going back says: the newer release writes what the older one doesn't know, of one school. The older one serves the
/// other school, records nothing behind that entry, and says why. The newer one then serves both, on from where each stood.
#[tokio::test]
async fn an_older_release_stops_at_what_it_does_not_know_and_the_newer_one_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let newer = AtWork::<Newer>::start(folder, 2).await;
    assert_eq!(newer.adds("elmfield", Standing::Staff).await, Outcome::Accepted { sequence: 1 });
    assert_eq!(newer.adds("oakwood", Standing::Volunteer).await, Outcome::Accepted { sequence: 2 });
    newer.ends().await;
    assert_eq!(entries(folder).await, [1, 2]);

    let older = AtWork::<People>::start(folder, 1).await;
    let refused = older.adds("oakwood", Standing::Staff).await;
    assert!(matches!(&refused, Outcome::Faulted { message } if message.contains("HW-J2")), "{refused:?}");
    assert_eq!(older.adds("elmfield", Standing::Volunteer).await, Outcome::Accepted { sequence: 2 });
    older.ends().await;
    assert_eq!(entries(folder).await, [2, 2], "nothing stands behind what could not be read");

    let newer = AtWork::<Newer>::start(folder, 2).await;
    assert_eq!(newer.adds("oakwood", Standing::Staff).await, Outcome::Accepted { sequence: 3 });
    assert_eq!(newer.adds("elmfield", Standing::Staff).await, Outcome::Accepted { sequence: 3 });
    newer.ends().await;
    assert_eq!(entries(folder).await, [3, 3]);
}
