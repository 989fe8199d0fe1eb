//! A service's journal and engine without a bus, stopped and started again.

use decider::Policy;
use people::People;
use proto::envelope::{Actor, CommandEnvelope, SpecVersion};
use proto::ids::{CommandId, PersonId};
use proto::topics::ServiceName;
use proto::v1::people::{Command, Role, Standing};
use proto::values::{Name, Personal};

use super::*;
use crate::clock::SettableClock;
use crate::engine::{AskedBy, Engine};
use crate::host::rebuild::engine;
use crate::journal::Append;

const RELEASE: u32 = 7;

/// A journal of people, at work without a bus.
struct Desk {
    journal: Journal,
    school: Arc<School>,
    clock: SharedClock,
    keeper: Keeper,
    engine: Engine<People>,
    _dir: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("journal.sqlite");
        let journal = Journal::open(&format!("sqlite:{}", path.display())).await.expect("opens");
        let school = Arc::new(School {
            id: "elmfield".parse().expect("slug"),
            name: "Elmfield School".parse().expect("label"),
            zone: proto::values::SchoolZone::london(),
            policy: Policy::default(),
        });
        let clock: SharedClock = SettableClock::at("2026-11-20T09:00:00Z".parse().expect("time"));
        let plan = Snapshots { release: RELEASE, every: 3, at_stop: 1 };
        let keeper = Keeper::new(plan, journal.clone(), Arc::clone(&clock));
        let rebuilt = engine::<People>(&journal, &school, &clock, RELEASE).await.expect("begins");
        assert_eq!((rebuilt.snapshot, rebuilt.engine.chain().seq), (0, 0));
        Self { journal, school, clock, keeper, engine: rebuilt.engine, _dir: dir }
    }

    async fn adds(&mut self, name: &str) {
        let command = Command::AddPerson {
            person: PersonId::new(),
            name: Personal::known(Name::parse(name).expect("a name")),
            standing: Standing::Staff,
            roles: [Role::Admin].into(),
        };
        let (variant, data) = proto::wire::split(&command);
        let envelope = CommandEnvelope {
            specversion: SpecVersion::V1,
            id: CommandId::new(),
            source: String::new(),
            kind: proto::wire::kind(ServiceName::People, &variant),
            time: None,
            actor: Some(Actor::Service(ServiceName::People)),
            traceparent: None,
            data,
        };
        self.engine.command(&AskedBy::OwnShell, &envelope, self.clock.now());
        let batch = self.engine.close_batch();
        let (service, school) = (ServiceName::People, self.school.id.clone());
        let (after, entries) = (batch.after, Arc::new(batch.entries));
        let append = Append { service, school, after, entries, cursors: Vec::new() };
        self.journal.append(vec![append]).await.expect("stored");
        self.engine.committed();
    }

    /// Stops, and starts again: from which snapshot. What it knows is what it knew.
    async fn restarts(&mut self) -> u64 {
        self.keeper.at_stop::<People>(&[(Arc::clone(&self.school), self.engine.chain().seq)]).await;
        self.starts(RELEASE).await
    }

    async fn starts(&self, release: u32) -> u64 {
        let rebuilt =
            engine::<People>(&self.journal, &self.school, &self.clock, release).await.expect("reads");
        assert_eq!(rebuilt.engine.chain(), self.engine.chain());
        assert_eq!(rebuilt.engine.state(), self.engine.state());
        let frozen = |engine: &Engine<People>| engine.freeze().expect("no batch is open");
        assert_eq!(frozen(&rebuilt.engine), frozen(&self.engine), "what is remembered of commands, too");
        rebuilt.snapshot
    }

    async fn snapshot(&self) -> Snapshot {
        let kept = self.journal.snapshot_get(ServiceName::People, &self.school.id, RELEASE).await;
        kept.expect("reads").expect("there is one")
    }

    async fn keeps(&self, snapshot: &Snapshot) {
        let put = self.journal.snapshot_put(ServiceName::People, &self.school.id, snapshot, 0).await;
        put.expect("kept");
    }
}

#[tokio::test]
async fn a_restart_goes_on_from_a_snapshot_and_the_entries_after_it() {
    let mut desk = Desk::new().await;
    desk.adds("Ines Okafor").await;
    desk.adds("Tom Hughes").await;
    assert_eq!(desk.restarts().await, 2);
    desk.adds("Priya Nair").await;
    assert_eq!(desk.starts(RELEASE).await, 2, "killed: the last entry is read");
    assert_eq!(desk.restarts().await, 3, "a stop makes the next from the one before");
}

#[tokio::test]
async fn a_snapshot_is_made_at_work_after_so_many_entries() {
    let mut desk = Desk::new().await;
    for (head, name) in [(1, "Ines Okafor"), (2, "Tom Hughes"), (3, "Priya Nair")] {
        desk.adds(name).await;
        desk.keeper.look::<People>(&desk.school, head);
        assert_eq!(desk.keeper.under_way.is_some(), head == 3);
    }
    let made = desk.keeper.under_way.take().expect("under way").await.expect("made");
    desk.keeper.note(made);
    assert_eq!(desk.starts(RELEASE).await, 3);
    for head in [4, 5, 6] {
        desk.adds("Somebody Else").await;
        desk.keeper.look::<People>(&desk.school, head);
    }
    assert!(desk.keeper.under_way.is_none(), "not so soon after the last one");
}

#[tokio::test]
async fn a_snapshot_that_is_broken_or_of_another_release_is_not_used() {
    let mut desk = Desk::new().await;
    desk.adds("Ines Okafor").await;
    desk.adds("Tom Hughes").await;
    assert_eq!(desk.restarts().await, 2);
    assert_eq!(desk.starts(RELEASE + 1).await, 0, "another release");
    let whole = desk.snapshot().await;
    let broken = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut snapshot = whole.clone();
        change(&mut snapshot.bytes);
        snapshot
    };
    let changed = whole.bytes.len() / 2;
    for snapshot in [
        broken(&|bytes| bytes.clear()),
        broken(&|bytes| bytes.truncate(20)),
        broken(&|bytes| bytes.truncate(changed)),
        broken(&|bytes| bytes[changed] ^= 1),
        broken(&|bytes| *bytes = [blake3::hash(b"no state").as_bytes().as_slice(), b"no state"].concat()),
    ] {
        desk.keeps(&snapshot).await;
        assert_eq!(desk.starts(RELEASE).await, 0, "every entry is read");
    }
    desk.keeps(&whole).await;
    assert_eq!(desk.starts(RELEASE).await, 2);
}
