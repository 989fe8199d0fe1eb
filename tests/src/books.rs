//! What the journals and the handsets say after a day: looked at from outside, by nothing that took part in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chassis::entry::Entry;
use chassis::journal::Journal;
use handsets::Made;
use proto::ids::{AttemptId, CaseId, CommandId, DeviceId, GroupId, SchoolId, TripId};
use proto::topics::ServiceName;
use proto::v1::policy::PolicyNoted;
use proto::v1::{AnyEvent, alerts, checkins, devices, gateway, trips};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::kept;
use crate::process::errand;
use crate::world::World;

/// A command that was answered 'done'.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acknowledged {
    /// Of which school.
    pub school: SchoolId,
    /// By whom.
    pub service: ServiceName,
    /// Its id.
    pub id: CommandId,
    /// The number that it led to.
    pub sequence: u64,
}

/// An entry, read.
struct Line {
    id: Uuid,
    entry: Entry,
    event: AnyEvent,
}

/// All journals of the story's schools, read.
pub struct Books {
    journals: BTreeMap<(ServiceName, SchoolId), Vec<Line>>,
    /// The last entries that an earlier release wrote.
    inherited: BTreeMap<(ServiceName, SchoolId), u64>,
}

/// A check-in that was missed: whose, and when it was due.
pub type Missed = (TripId, GroupId, proto::Timestamp);

/// How much was looked at.
#[derive(Clone, Default, Debug)]
pub struct Counts {
    /// Entries of all journals.
    pub entries: usize,
    /// Commands that were answered 'done'.
    pub acknowledged: usize,
    /// Texts that were taken from the provider with success.
    pub taken: usize,
    /// Texts and calls that the provider made.
    pub made: usize,
    /// Check-ins that were missed, each alerted once.
    pub missed: BTreeSet<Missed>,
    /// Those of them of which nothing reached a handset: no text of its case arrived, no call rang.
    pub unheard: BTreeSet<Missed>,
    /// What else was alerted, and of which trip.
    pub others: Vec<(Option<TripId>, alerts::Reason)>,
    /// Rungs that were told twice in one round of a ladder.
    pub repeated: Vec<String>,
    /// Trips that were closed.
    pub closed: BTreeSet<TripId>,
    /// Devices that are still out, each for its trip.
    pub out: BTreeMap<DeviceId, TripId>,
}

impl World {
    /// Homeward is down: every journal holds, and all of them together tell one story, in which nothing that was
    /// answered is missing, and nothing happens twice.
    pub async fn books_hold(&self) -> Counts {
        if let Some(program) = self.home.plan.program() {
            let config = self.home.any_config();
            let told = errand(program, &["--config", &config.display().to_string(), "verify"]).await;
            // Each service but the board has a journal.
            let journals = (ServiceName::ALL.len() - 1) * self.home.config.schools.len();
            assert_eq!(told.lines().filter(|line| line.contains("entries hold")).count(), journals, "{told}");
        }
        let journal = Journal::open(&self.home.config.journal_url).await.expect("opens");
        let (mut journals, schools) = (BTreeMap::new(), self.home.schools());
        for service in ServiceName::ALL {
            for school in journal.schools(service).await.expect("lists") {
                let held = journal.verify(service, &school).await.expect("the chain holds");
                if schools.contains(&school) {
                    let lines = read(&journal, service, held.head).await;
                    journals.insert((service, school), lines);
                }
            }
        }
        journal.close().await;
        let inherited = self.home.inherited.iter();
        let inherited = inherited.map(|(service, last)| ((*service, self.school.clone()), *last)).collect();
        let books = Books { journals, inherited };
        let second = self.second.iter().flat_map(|second| second.handsets.made());
        let made: Vec<Made> = self.handsets.made().into_iter().chain(second).collect();
        books.hold(&self.door.acknowledged(), &self.door.taken(), &made)
    }
}

async fn read(journal: &Journal, service: ServiceName, head: chassis::entry::Chain) -> Vec<Line> {
    let mut lines = Vec::new();
    let each = |entry: Entry| {
        let data = entry.data().expect("its parts fit");
        let raw = RawValue::from_string(data).expect("JSON");
        if entry.kind == PolicyNoted::NAME {
            return ControlFlow::Continue(());
        }
        kept::keep(&entry, &raw);
        let event = AnyEvent::parse(service, &entry.kind, &raw).expect("an event can be read");
        let id = entry.envelope(head.epoch).expect("it can be told").id;
        lines.push(Line { id, entry, event });
        ControlFlow::Continue(())
    };
    journal.scan(service, &head.school, 1, each).await.expect("it is read");
    lines
}

impl Books {
    /// All that must be so, whatever died when.
    fn hold(&self, acknowledged: &[Acknowledged], taken: &[String], made: &[Made]) -> Counts {
        self.each_cause_once();
        self.answered_is_there(acknowledged);
        self.texts_are_heard_once(taken);
        let missed = self.missed_are_alerted_once();
        self.nobody_is_told_twice(made);
        self.resolved_is_over();
        let of_a_miss: BTreeSet<Uuid> = missed.values().copied().collect();
        let (unheard, others) = (self.unheard(&missed, made), self.alerted_otherwise(&of_a_miss));
        Counts {
            entries: self.journals.values().map(Vec::len).sum(),
            acknowledged: acknowledged.len(),
            taken: taken.len(),
            made: made.len(),
            missed: missed.into_keys().collect(),
            unheard,
            others,
            repeated: self.repeated(),
            closed: self.trips_close_once(),
            out: self.custody_is_whole(),
        }
    }

    /// Of every school, one after another.
    fn of(&self, service: ServiceName) -> impl Iterator<Item = &Line> {
        self.journals.iter().filter(move |((of, _), _)| *of == service).flat_map(|(_, lines)| lines)
    }

    /// Without what an earlier release wrote.
    fn own(&self, service: ServiceName) -> impl Iterator<Item = &Line> {
        let of_it = self.journals.iter().filter(move |((of, _), _)| *of == service);
        of_it.flat_map(|(of, lines)| {
            let last = self.inherited.get(of).copied().unwrap_or(0);
            lines.iter().filter(move |line| line.entry.seq > last)
        })
    }

    /// Whatever a command or an event led to in a journal stands there together: it was decided once.
    fn each_cause_once(&self) {
        for ((service, _), lines) in &self.journals {
            let mut over = BTreeSet::new();
            for pair in lines.windows(2).filter(|pair| pair[0].entry.cause != pair[1].entry.cause) {
                over.insert(pair[0].entry.cause);
                let (seq, cause) = (pair[1].entry.seq, pair[1].entry.cause);
                assert!(!over.contains(&cause), "{service} decided {cause} again at {seq}");
            }
        }
    }

    fn answered_is_there(&self, acknowledged: &[Acknowledged]) {
        for Acknowledged { school, service, id, sequence } in acknowledged {
            let lines = self.journals.get(&(*service, school.clone())).into_iter().flatten();
            let last = lines.filter(|line| line.entry.cause == id.0).map(|line| line.entry.seq).max();
            assert_eq!(last, Some(*sequence), "{service} answered {id} with {sequence}");
        }
    }

    /// Each text that was taken is there, and none twice.
    fn texts_are_heard_once(&self, taken: &[String]) {
        let mut known = BTreeSet::new();
        for line in self.of(ServiceName::Gateway) {
            if let AnyEvent::Gateway(gateway::Event::TextReceived { provider_id, .. }) = &line.event {
                assert!(known.insert(provider_id.clone()), "text {provider_id} was taken twice");
            }
        }
        let lost: Vec<_> = taken.iter().filter(|text| !known.contains(*text)).collect();
        assert!(lost.is_empty(), "taken from the provider, and lost: {lost:?}");
    }

    /// Each miss is told once, alone or in a digest, and each of those led to one alert. With each, what told of it.
    fn missed_are_alerted_once(&self) -> BTreeMap<Missed, Uuid> {
        let mut told: BTreeMap<Missed, Uuid> = BTreeMap::new();
        let mut alerting: BTreeMap<Uuid, usize> = BTreeMap::new();
        for line in self.own(ServiceName::Alerts).filter(|line| reason_of(&line.event).is_some()) {
            *alerting.entry(line.entry.cause).or_default() += 1;
        }
        for line in self.own(ServiceName::Checkins) {
            let AnyEvent::Checkins(event) = &line.event else { continue };
            let missed = match event {
                checkins::Event::CheckInMissed { trip, group, due_at, .. } => vec![(*trip, *group, *due_at)],
                checkins::Event::OutageTold { trip, missed, .. } => {
                    missed.iter().map(|(group, due_at)| (*trip, *group, *due_at)).collect()
                }
                _ => continue,
            };
            for one in missed {
                assert!(told.insert(one, line.id).is_none(), "missed twice: {one:?}");
            }
            let times = alerting.get(&line.id).copied().unwrap_or(0);
            assert_eq!(times, 1, "{} of {} at {}", line.entry.kind, "checkins", line.entry.seq);
        }
        told
    }

    /// What was alerted and is no missed check-in.
    fn alerted_otherwise(&self, of_a_miss: &BTreeSet<Uuid>) -> Vec<(Option<TripId>, alerts::Reason)> {
        let others = self.own(ServiceName::Alerts).filter(|line| !of_a_miss.contains(&line.entry.cause));
        others
            .filter_map(|line| reason_of(&line.event).map(|(_, trip, reason)| (trip, reason.clone())))
            .collect()
    }

    /// Misses of which nobody can have heard: none of the texts and calls that were planned for their case from then on arrived or rang.
    fn unheard(&self, missed: &BTreeMap<Missed, Uuid>, made: &[Made]) -> BTreeSet<Missed> {
        let reached = made.iter().filter(|one| one.reached);
        let reached: BTreeSet<AttemptId> = reached
            .filter_map(|one| attempt_of(one.callback.as_deref()?))
            .map(|(attempt, _)| attempt)
            .collect();
        // What was said by another text went with that.
        let within = self.own(ServiceName::Gateway).filter_map(|line| match &line.event {
            AnyEvent::Gateway(gateway::Event::AttemptBundled { attempt, into, .. }) => {
                Some((*attempt, *into))
            }
            _ => None,
        });
        let within: BTreeMap<AttemptId, AttemptId> = within.collect();
        let arrived = |attempt: &AttemptId| reached.contains(within.get(attempt).unwrap_or(attempt));
        let mut waiting: BTreeMap<CaseId, BTreeSet<Missed>> = BTreeMap::new();
        let mut unheard: BTreeSet<Missed> = missed.keys().copied().collect();
        for line in self.own(ServiceName::Alerts) {
            let AnyEvent::Alerts(event) = &line.event else { continue };
            if let Some((case, ..)) = reason_of(&line.event) {
                let of_it = missed.iter().filter(|(_, told)| **told == line.entry.cause).map(|(one, _)| *one);
                waiting.entry(case).or_default().extend(of_it);
            }
            let (alerts::Event::RungReached { case, notices, .. }
            | alerts::Event::RungCalled { case, notices, .. }) = event
            else {
                continue;
            };
            if notices.iter().any(|notice| arrived(&notice.attempt)) {
                for one in waiting.remove(case).into_iter().flatten() {
                    unheard.remove(&one);
                }
            }
        }
        unheard
    }

    /// A rung is told once in each round of a ladder, unless the ladder begins again.
    fn repeated(&self) -> Vec<String> {
        let mut told: BTreeSet<(CaseId, u16, alerts::Rung)> = BTreeSet::new();
        let mut repeated = Vec::new();
        for line in self.own(ServiceName::Alerts) {
            let AnyEvent::Alerts(event) = &line.event else { continue };
            match event {
                alerts::Event::ReasonAdded { case, restart: Some(_), .. }
                | alerts::Event::OwnershipLapsed { case, .. }
                | alerts::Event::CaseHandedBack { case, .. } => told.retain(|(of, ..)| of != case),
                alerts::Event::RungReached { case, round, rung, .. } => {
                    let again = !told.insert((*case, *round, *rung));
                    let tell = || format!("{rung:?} of {case} in round {round} at {}", line.entry.seq);
                    repeated.extend(again.then(tell));
                }
                _ => {}
            }
        }
        repeated
    }

    /// The provider made one text or call for each try, and tried again only what came to nothing: whoever may have been
    /// told is not told once more. Where nobody can know whether an urgent one was sent, it may come twice, and that is said.
    fn nobody_is_told_twice(&self, made: &[Made]) {
        let in_doubt = self.of(ServiceName::Gateway).filter_map(|line| match &line.event {
            AnyEvent::Gateway(gateway::Event::AttemptPutOff { attempt, in_doubt: true, .. }) => {
                Some(*attempt)
            }
            _ => None,
        });
        let said_to_come_twice: BTreeSet<AttemptId> = in_doubt.collect();
        let mut tries: BTreeMap<AttemptId, BTreeMap<u16, &Made>> = BTreeMap::new();
        for one in made {
            let Some((attempt, number)) = one.callback.as_deref().and_then(attempt_of) else {
                panic!("made for nothing: {one:?}")
            };
            let before = tries.entry(attempt).or_default().insert(number, one);
            assert!(before.is_none(), "try {number} of {attempt} was sent twice: {before:?}, {one:?}");
        }
        for (attempt, tries) in tries {
            if said_to_come_twice.contains(&attempt) {
                continue;
            }
            let mut all_but_the_last = tries.values().rev().skip(1);
            assert!(
                all_but_the_last.all(|one| one.failed),
                "{attempt} was sent again, though it had been: {tries:#?}"
            );
        }
    }

    /// A device is in one pair of hands at a time. What is out for a trip at the end.
    fn custody_is_whole(&self) -> BTreeMap<DeviceId, TripId> {
        let mut out: BTreeMap<DeviceId, Option<TripId>> = BTreeMap::new();
        for line in self.of(ServiceName::Devices) {
            let AnyEvent::Devices(event) = &line.event else { continue };
            match event {
                devices::Event::DeviceIssued { device, trip, .. } => {
                    let before = out.insert(*device, *trip);
                    assert!(before.is_none(), "{device} was issued while it was out ({})", line.entry.seq);
                }
                devices::Event::DeviceReturned { device, .. } => {
                    assert!(out.remove(device).is_some(), "{device} came in twice ({})", line.entry.seq);
                }
                devices::Event::DeviceLost { device, .. }
                | devices::Event::DeviceWithPolice { device, .. } => {
                    out.remove(device);
                }
                _ => {}
            }
        }
        out.into_iter().filter_map(|(device, trip)| Some((device, trip?))).collect()
    }

    fn trips_close_once(&self) -> BTreeSet<TripId> {
        let mut closed = BTreeSet::new();
        for line in self.of(ServiceName::Trips) {
            if let AnyEvent::Trips(trips::Event::TripClosed { trip, .. }) = &line.event {
                assert!(closed.insert(*trip), "{trip} was closed twice");
            }
        }
        closed
    }

    /// Nobody is told of a case that is over.
    fn resolved_is_over(&self) {
        let mut over = BTreeSet::new();
        for line in self.of(ServiceName::Alerts) {
            let AnyEvent::Alerts(event) = &line.event else { continue };
            match event {
                alerts::Event::CaseResolved { case, .. } => {
                    assert!(over.insert(*case), "{case} was resolved twice")
                }
                alerts::Event::RungReached { case, .. }
                | alerts::Event::RungCalled { case, .. }
                | alerts::Event::ChannelChanged { case, .. } => {
                    assert!(
                        !over.contains(case),
                        "{case} is over, and somebody is told ({})",
                        line.entry.seq
                    );
                }
                _ => {}
            }
        }
    }
}

/// The case that this opens or adds a reason to, its trip, and the reason.
fn reason_of(event: &AnyEvent) -> Option<(CaseId, Option<TripId>, &alerts::Reason)> {
    let AnyEvent::Alerts(event) = event else { return None };
    match event {
        alerts::Event::CaseOpened { case, trip, reason, .. }
        | alerts::Event::ReasonAdded { case, trip, reason, .. } => Some((*case, *trip, reason)),
        _ => None,
    }
}

/// Which attempt, and which try of it, stands in a callback's address.
fn attempt_of(callback: &str) -> Option<(AttemptId, u16)> {
    let query = callback.split_once('?')?.1;
    let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    Some((value("attempt")?.parse().ok()?, value("try")?.parse().ok()?))
}
