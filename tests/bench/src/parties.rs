//! Parties that are out, as checkins would have journalled them on hearing of their departures, and their words.

use std::ops::ControlFlow;
use std::sync::Arc;

use ::checkins::Checkins;
use chassis::engine::{AskedBy, Engine};
use chassis::entry::{Chain, Draft};
use chassis::journal::{Append, Journal};
use chassis::school::School;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::{Actor, CommandEnvelope, EventEnvelope, Hash, SpecVersion};
use proto::ids::{ClientId, CommandId, DeviceId, GroupId, PersonId, TripId};
use proto::topics::ServiceName;
use proto::v1::checkins::{Command, Via, Word};
use proto::v1::trips::{CheckInPlan, EmergencyPlan, Event, Party, PartyGroup, PartyMember, TripKind};
use proto::values::{Headcount, Window};
use serde::Serialize;
use uuid::Uuid;

use crate::Outcome;
use crate::world::school;

/// Groups of one trip: the form allows no more.
pub(crate) const GROUPS: u64 = 25;

/// How often each group checks in, in seconds.
const EVERY: i64 = 5 * 60;

/// A missed check-in is told so long after it was due, in seconds.
pub(crate) const GRACE: u32 = 5;

/// Entries that are stored at once.
const STORED_AT_ONCE: usize = 1_000;

/// Pupils of one group: as many as are counted at each check-in, or each would be a case.
pub(crate) const PUPILS: u32 = 6;

/// A group that can check in.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    /// Its school's place among those that are measured.
    pub(crate) school: usize,
    pub(crate) trip: TripId,
    pub(crate) group: GroupId,
    pub(crate) device: DeviceId,
}

/// Journals what checkins would have, as fast as can be: an engine without a host.
pub(crate) struct Past {
    school: Arc<School>,
    place: usize,
    engine: Engine<Checkins>,
    trips: Chain,
    journal: Journal,
    waiting: usize,
    stored: u64,
}

impl Past {
    pub(crate) async fn of(journal: &Journal, begins: Timestamp) -> Outcome<Self> {
        Self::of_school(journal, school(0), 0, begins).await
    }

    /// That of one school of many.
    pub(crate) async fn of_school(
        journal: &Journal,
        school: Arc<School>,
        place: usize,
        begins: Timestamp,
    ) -> Outcome<Self> {
        let chain = journal.begin(ServiceName::Checkins, &school.id).await?;
        let trips = Chain::empty(ServiceName::Trips, school.id.clone(), Uuid::now_v7());
        let engine = Engine::rebuild(Arc::clone(&school), chain, &[], begins, Box::new(|| [0; 16]));
        Ok(Self { school, place, engine, trips, journal: journal.clone(), waiting: 0, stored: 0 })
    }

    /// Goes on where others have gone on meanwhile.
    pub(crate) async fn again(self) -> Outcome<Self> {
        let Self { school, place, mut engine, trips, journal, .. } = self;
        let next = engine.chain().seq + 1;
        let each = |entry| match engine.replay(&entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        journal.scan(ServiceName::Checkins, &school.id, next, each).await?;
        let stored = engine.chain().seq;
        Ok(Self { school, place, engine, trips, journal, waiting: 0, stored })
    }

    /// How many entries there are.
    pub(crate) fn entries(&self) -> u64 {
        self.stored + self.waiting as u64
    }

    /// A party of so many groups leaves; its first check-in is due then.
    pub(crate) async fn departs(
        &mut self,
        groups: u64,
        first_due: Timestamp,
        now: Timestamp,
    ) -> Outcome<Vec<Watched>> {
        let (event, mut watched) = departed(groups, first_due);
        watched.iter_mut().for_each(|of| of.school = self.place);
        self.hears(&event, now).await?;
        Ok(watched)
    }

    pub(crate) async fn hears(&mut self, event: &Event, now: Timestamp) -> Outcome<()> {
        let envelope = envelope(&mut self.trips, event);
        self.engine.hear(&[envelope], now);
        self.store_some().await
    }

    /// A group says that all is well.
    pub(crate) async fn checks_in(&mut self, group: Watched, now: Timestamp) -> Outcome<()> {
        let by = AskedBy::Client(ClientId::parse("board-bench")?);
        self.engine.command(&by, &check_in(group, now), now);
        self.store_some().await
    }

    async fn store_some(&mut self) -> Outcome<()> {
        self.waiting += 1;
        if self.waiting < STORED_AT_ONCE { Ok(()) } else { self.store().await }
    }

    /// Stores what waits.
    pub(crate) async fn store(&mut self) -> Outcome<()> {
        let batch = self.engine.close_batch();
        let last = batch.entries.last().map_or(batch.after, |entry| entry.seq);
        let append = Append {
            service: ServiceName::Checkins,
            school: self.school.id.clone(),
            after: batch.after,
            entries: batch.entries.into(),
            cursors: Vec::new(),
        };
        self.journal.append(vec![append]).await?;
        self.engine.committed();
        (self.waiting, self.stored) = (0, last);
        Ok(())
    }
}

/// Journals parties of 25 groups each, so many groups in all. `first_due` says when the first check-in of a trip's groups
/// is due; it is missed [`GRACE`] seconds later.
pub(crate) async fn out(
    journal: &Journal,
    groups: u64,
    first_due: impl Fn(u64) -> Timestamp,
) -> Outcome<Vec<Watched>> {
    let now = Timestamp::now();
    let mut past = Past::of(journal, now).await?;
    let mut watched = Vec::new();
    for trip in 0..groups.div_ceil(GROUPS) {
        watched.extend(past.departs(GROUPS, first_due(trip), now).await?);
        if trip % 40 == 39 {
            past.store().await?;
        }
    }
    past.store().await?;
    Ok(watched)
}

/// An instant so many seconds after another.
pub(crate) fn after(at: Timestamp, secs: f64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs_f64(secs)).expect("an instant")
}

/// A command as the board sends it.
pub(crate) fn check_in(of: Watched, now: Timestamp) -> CommandEnvelope {
    let command = Command::CheckIn {
        trip: of.trip,
        group: Some(of.group),
        device: Some(of.device),
        word: Word::Ok,
        headcount: Headcount::new(PUPILS).ok(),
        pressed_at: now,
        note: None,
        duress: None,
        via: Via::Api,
    };
    let (variant, data) = proto::wire::split(&command);
    CommandEnvelope {
        specversion: SpecVersion::V1,
        id: CommandId::new(),
        source: String::new(),
        kind: proto::wire::kind(ServiceName::Checkins, &variant),
        time: None,
        actor: None,
        traceparent: None,
        data,
    }
}

/// A party that left before its first check-in is due, and is due every five minutes.
pub(crate) fn departed(groups: u64, first_due: Timestamp) -> (Event, Vec<Watched>) {
    let trip = TripId::new();
    let at = after(first_due, -(EVERY as f64));
    let member = |_| PartyMember { person: PersonId::new(), device: Some(DeviceId::new()) };
    let staff: Vec<PartyMember> = (0..groups).map(member).collect();
    let group = |member: &PartyMember| PartyGroup {
        group: GroupId::new(),
        name: "Group".parse().expect("a label"),
        adult: member.person,
        device: member.device,
        expected: Headcount::new(PUPILS).expect("a headcount"),
    };
    let groups: Vec<PartyGroup> = staff.iter().map(group).collect();
    let watched = groups
        .iter()
        .filter_map(|g| Some(Watched { school: 0, trip, group: g.group, device: g.device? }))
        .collect();
    let leader = staff[0].person;
    let party = Party {
        title: "Bench".parse().expect("a label"),
        kind: TripKind::DayVisit,
        window: Window::new(at, after(at, 8.0 * 3_600.0)).expect("a window"),
        leader,
        deputy: None,
        staff,
        groups,
        pupil_devices: Vec::new(),
        plan: CheckInPlan {
            every_minutes: u16::try_from(EVERY / 60).ok(),
            at: None,
            points: Default::default(),
            remind_before_secs: 0,
            grace_secs: GRACE,
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
        arrivals: Vec::new(),
        drill: false,
    };
    (Event::Departed { trip, at, form_hash: Hash::ZERO, party: Box::new(party) }, watched)
}

/// An event of trips as it travels.
pub(crate) fn envelope(chain: &mut Chain, event: &Event) -> EventEnvelope {
    chain
        .next(draft(ServiceName::Trips, event), [0; 16])
        .envelope(chain.epoch)
        .expect("our own event is JSON")
}

/// An event as that service would have journalled it by itself.
pub(crate) fn draft(service: ServiceName, event: &impl Serialize) -> Draft {
    let (kind, data) = proto::wire::split(event);
    let cause = Uuid::now_v7();
    Draft {
        recorded_at: Timestamp::now(),
        kind,
        data: data.get().to_owned(),
        cause,
        correlation: cause,
        actor: Actor::Service(service),
        trip: None,
        traceparent: None,
    }
}
