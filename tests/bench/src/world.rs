//! A broker, a journal, and a checkins service with as many watches as asked for.

use std::sync::Arc;

use ::checkins::Checkins;
use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Broker, Embedded};
use chassis::bus::BusConfig;
use chassis::clock::RealClock;
use chassis::engine::Engine;
use chassis::entry::{Chain, Draft};
use chassis::host::{Host, HostConfig, Shell};
use chassis::journal::{Append, Journal};
use chassis::school::School;
use decider::Policy;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{Actor, EventEnvelope};
use proto::ids::{ClientId, DeviceId, GroupId, PersonId, SchoolId, TripId};
use proto::topics::ServiceName;
use proto::v1::trips::{CheckInPlan, EmergencyPlan, Event, Party, PartyGroup, PartyMember, TripKind};
use proto::values::{Headcount, SchoolZone, Window};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Outcome;

/// Groups of one trip: the form allows no more.
pub(crate) const GROUPS: u64 = 25;

/// A group that can check in.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    pub(crate) trip: TripId,
    pub(crate) group: GroupId,
    pub(crate) device: DeviceId,
}

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

impl World {
    pub(crate) async fn new() -> Outcome<Self> {
        let mut accounts = Accounts::new();
        accounts
            .add(Account { name: client("checkins-1"), kind: AccountKind::Service(ServiceName::Checkins) });
        for name in ["board-bench", "board-watch"] {
            accounts.add(Account { name: client(name), kind: AccountKind::Board });
        }
        let mut broker = Embedded::new(accounts.clone(), 0);
        let port = broker.start().await?.port();
        let folder = tempfile::tempdir()?;
        let journal =
            Journal::open(&format!("sqlite:{}", folder.path().join("bench.sqlite").display())).await?;
        let school = Arc::new(School {
            id: SchoolId::parse("bench")?,
            name: "Bench School".parse()?,
            zone: SchoolZone::london(),
            policy: Policy::default(),
        });
        Ok(Self { school, journal, stop: CancellationToken::new(), accounts, broker, port, _folder: folder })
    }

    pub(crate) fn bus(&self, name: &str) -> BusConfig {
        let password = self.accounts.password(&client(name)).expect("an account").clone();
        BusConfig::new("127.0.0.1", self.port, client(name), password)
    }

    pub(crate) async fn host(&self, shell: impl Shell<Checkins>) -> Outcome<Host<Checkins>> {
        let config = HostConfig {
            schools: vec![Arc::clone(&self.school)],
            journal: self.journal.clone(),
            bus: self.bus("checkins-1"),
            clock: RealClock::shared(),
            stop: self.stop.clone(),
        };
        Ok(Host::start(config, shell).await?)
    }

    pub(crate) async fn end(mut self, host: Host<Checkins>) {
        self.stop.cancel();
        host.ended().await;
        self.broker.stop().await;
    }

    /// Journals watches of so many groups, as checkins would have on hearing their departures. `first_due` says after how
    /// many seconds from now the check-in of a trip's groups is due; it is missed a minute later.
    pub(crate) async fn watch(&self, groups: u64, first_due: impl Fn(u64) -> f64) -> Outcome<Vec<Watched>> {
        let mut chain = self.journal.begin(ServiceName::Checkins, &self.school.id).await?;
        let mut trips_chain = Chain::empty(ServiceName::Trips, self.school.id.clone(), Uuid::now_v7());
        let now = Timestamp::now();
        let mut engine = Engine::<Checkins>::rebuild(
            Arc::clone(&self.school),
            chain.clone(),
            &[],
            now,
            Box::new(|| [0; 16]),
        );
        let mut watched = Vec::new();
        for trip in 0..groups.div_ceil(GROUPS) {
            let due = now.saturating_add(SignedDuration::from_secs_f64(first_due(trip)))?;
            let (event, of_trip) = departed(due);
            watched.extend(of_trip);
            engine.hear(&[envelope(&mut trips_chain, &event)], now);
            if trip % 40 == 39 {
                self.append(&mut engine, &mut chain).await?;
            }
        }
        self.append(&mut engine, &mut chain).await?;
        Ok(watched)
    }

    async fn append(&self, engine: &mut Engine<Checkins>, chain: &mut Chain) -> Outcome<()> {
        let batch = engine.close_batch();
        let append = Append {
            service: ServiceName::Checkins,
            school: self.school.id.clone(),
            after: chain.seq,
            entries: batch.entries,
            cursors: Vec::new(),
        };
        self.journal.append(vec![append]).await?;
        engine.committed();
        *chain = engine.chain().clone();
        Ok(())
    }
}

/// A party that left five minutes before its first check-in is due, and is due every five minutes.
fn departed(first_due: Timestamp) -> (Event, Vec<Watched>) {
    let trip = TripId::new();
    let at = first_due.saturating_sub(SignedDuration::from_mins(5)).expect("an instant");
    let member = |_| PartyMember { person: PersonId::new(), device: Some(DeviceId::new()) };
    let staff: Vec<PartyMember> = (0..GROUPS).map(member).collect();
    let group = |member: &PartyMember| PartyGroup {
        group: GroupId::new(),
        name: "Group".parse().expect("a label"),
        adult: member.person,
        device: member.device,
        expected: Headcount::new(12).expect("a headcount"),
    };
    let groups: Vec<PartyGroup> = staff.iter().map(group).collect();
    let watched =
        groups.iter().filter_map(|g| Some(Watched { trip, group: g.group, device: g.device? })).collect();
    let leader = staff[0].person;
    let party = Party {
        title: "Bench".parse().expect("a label"),
        kind: TripKind::DayVisit,
        window: Window::new(at, at.saturating_add(SignedDuration::from_hours(8)).expect("an instant"))
            .expect("a window"),
        leader,
        deputy: None,
        staff,
        groups,
        pupil_devices: Vec::new(),
        plan: CheckInPlan {
            every_minutes: Some(5),
            at: None,
            points: Default::default(),
            remind_before_secs: 0,
            grace_secs: 60,
        },
        quiet: Vec::new(),
        destinations: Vec::new(),
        emergency: EmergencyPlan {
            base_contact: leader,
            office: Vec::new(),
            dsl: Vec::new(),
            senior: Vec::new(),
            parents_rung_by: "Office".parse().expect("a label"),
            records_kept_at: "Safe".parse().expect("a label"),
            lost_child_police_minutes: 15,
            tour_numbers: None,
        },
        duress: None,
    };
    let form_hash = proto::envelope::Hash::ZERO;
    (Event::Departed { trip, at, form_hash, party: Box::new(party) }, watched)
}

fn envelope(chain: &mut Chain, event: &Event) -> EventEnvelope {
    let (kind, data) = proto::wire::split(event);
    let cause = Uuid::now_v7();
    let draft = Draft {
        recorded_at: Timestamp::now(),
        kind,
        data: data.get().to_owned(),
        cause,
        correlation: cause,
        actor: Actor::Service(ServiceName::Trips),
        trip: None,
        traceparent: None,
    };
    chain.next(draft, [0; 16]).envelope(chain.epoch).expect("our own event is JSON")
}
