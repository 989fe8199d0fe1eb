//! What the journals and the handsets say after a day: looked at from outside, by nothing that took part in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chassis::entry::Entry;
use chassis::journal::Journal;
use handsets::Made;
use proto::ids::{AttemptId, CommandId, DeviceId, GroupId, TripId};
use proto::topics::ServiceName;
use proto::v1::policy::PolicyNoted;
use proto::v1::{AnyEvent, alerts, checkins, devices, gateway, trips};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::process::errand;
use crate::world::World;

/// A command that was answered 'done'.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Acknowledged {
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

/// All journals of a school, read.
pub struct Books {
    journals: BTreeMap<ServiceName, Vec<Line>>,
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
    /// Texts and calls that the provider made.
    pub made: usize,
    /// Check-ins that were missed.
    pub missed: BTreeSet<Missed>,
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
        let mut journals = BTreeMap::new();
        for service in ServiceName::ALL {
            for school in journal.schools(service).await.expect("lists") {
                let held = journal.verify(service, &school).await.expect("the chain holds");
                if school == self.school {
                    journals.insert(service, read(&journal, service, held.head).await);
                }
            }
        }
        journal.close().await;
        let books = Books { journals };
        let second = self.second.iter().flat_map(|second| second.handsets.made());
        let made: Vec<Made> = self.handsets.made().into_iter().chain(second).collect();
        books.hold(&self.door.acknowledged(), &made)
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
    fn hold(&self, acknowledged: &[Acknowledged], made: &[Made]) -> Counts {
        self.each_cause_once();
        self.answered_is_there(acknowledged);
        self.texts_are_heard_once();
        let missed = self.missed_are_alerted_once();
        self.nobody_is_told_twice(made);
        self.custody_is_whole();
        self.trips_close_once();
        self.resolved_is_over();
        Counts {
            entries: self.journals.values().map(Vec::len).sum(),
            acknowledged: acknowledged.len(),
            made: made.len(),
            missed,
        }
    }

    fn of(&self, service: ServiceName) -> &[Line] {
        self.journals.get(&service).map_or(&[], Vec::as_slice)
    }

    /// Whatever a command or an event led to in a journal stands there together: it was decided once.
    fn each_cause_once(&self) {
        for (service, lines) in &self.journals {
            let mut over = BTreeSet::new();
            for pair in lines.windows(2).filter(|pair| pair[0].entry.cause != pair[1].entry.cause) {
                over.insert(pair[0].entry.cause);
                let (seq, cause) = (pair[1].entry.seq, pair[1].entry.cause);
                assert!(!over.contains(&cause), "{service} decided {cause} again at {seq}");
            }
        }
    }

    fn answered_is_there(&self, acknowledged: &[Acknowledged]) {
        for Acknowledged { service, id, sequence } in acknowledged {
            let led_to =
                self.of(*service).iter().filter(|line| line.entry.cause == id.0).map(|line| line.entry.seq);
            let last = led_to.max();
            assert_eq!(last, Some(*sequence), "{service} answered {id} with {sequence}");
        }
    }

    fn texts_are_heard_once(&self) {
        let mut known = BTreeSet::new();
        for line in self.of(ServiceName::Gateway) {
            if let AnyEvent::Gateway(gateway::Event::TextReceived { provider_id, .. }) = &line.event {
                assert!(known.insert(provider_id.clone()), "text {provider_id} was taken twice");
            }
        }
    }

    /// Each miss is told once, alone or in a digest, and each of those led to one alert.
    fn missed_are_alerted_once(&self) -> BTreeSet<Missed> {
        let mut told: BTreeSet<Missed> = BTreeSet::new();
        let alerts = self.of(ServiceName::Alerts);
        for line in self.of(ServiceName::Checkins) {
            let AnyEvent::Checkins(event) = &line.event else { continue };
            let missed = match event {
                checkins::Event::CheckInMissed { trip, group, due_at, .. } => vec![(*trip, *group, *due_at)],
                checkins::Event::OutageTold { trip, missed, .. } => {
                    missed.iter().map(|(group, due_at)| (*trip, *group, *due_at)).collect()
                }
                _ => continue,
            };
            for one in missed {
                assert!(told.insert(one), "missed twice: {one:?}");
            }
            let led_to = alerts.iter().filter(|alert| alert.entry.cause == line.id);
            let alerting = |alert: &&Line| {
                let AnyEvent::Alerts(event) = &alert.event else { return false };
                matches!(event, alerts::Event::CaseOpened { .. } | alerts::Event::ReasonAdded { .. })
            };
            let times = led_to.filter(alerting).count();
            assert_eq!(times, 1, "{} of {} at {}", line.entry.kind, "checkins", line.entry.seq);
        }
        told
    }

    /// The provider made one text or call for each try, and tried again only what came to nothing: whoever may have been
    /// told is not told once more. Where nobody can know whether an urgent one was sent, it may come twice, and that is said.
    fn nobody_is_told_twice(&self, made: &[Made]) {
        let in_doubt = self.of(ServiceName::Gateway).iter().filter_map(|line| match &line.event {
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

    /// A device is in one pair of hands at a time.
    fn custody_is_whole(&self) {
        let mut out: BTreeSet<DeviceId> = BTreeSet::new();
        for line in self.of(ServiceName::Devices) {
            let AnyEvent::Devices(event) = &line.event else { continue };
            match event {
                devices::Event::DeviceIssued { device, .. } => {
                    assert!(out.insert(*device), "{device} was issued while it was out ({})", line.entry.seq);
                }
                devices::Event::DeviceReturned { device, .. } => {
                    assert!(out.remove(device), "{device} came in twice ({})", line.entry.seq);
                }
                devices::Event::DeviceLost { device, .. }
                | devices::Event::DeviceWithPolice { device, .. } => {
                    out.remove(device);
                }
                _ => {}
            }
        }
    }

    fn trips_close_once(&self) {
        let mut closed = BTreeSet::new();
        for line in self.of(ServiceName::Trips) {
            if let AnyEvent::Trips(trips::Event::TripClosed { trip, .. }) = &line.event {
                assert!(closed.insert(*trip), "{trip} was closed twice");
            }
        }
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

/// Which attempt, and which try of it, stands in a callback's address.
fn attempt_of(callback: &str) -> Option<(AttemptId, u16)> {
    let query = callback.split_once('?')?.1;
    let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    Some((value("attempt")?.parse().ok()?, value("try")?.parse().ok()?))
}
