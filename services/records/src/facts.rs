//! What the time of records depends on, read from a school's journals: which trips, incidents, alerts and arrangements are
//! over, and since when; who works here; what is held; the policy in force.

use std::collections::{BTreeMap, BTreeSet};

use chassis::entry::Entry;
use chassis::journal::Journal;
use chassis::school::School;
use decider::policy::Policy;
use decider::policy::retention::Record;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proto::ids::{ArrangementId, CaseId, HoldId, IncidentId, PersonId, RecordingId, TripId};
use proto::v1::safeguarding::Held;
use proto::v1::{AnyEvent, alerts, people, safeguarding, trips};

use crate::{RecordsFault, event_of, walk};

/// A form that was never used is over so long after its window.
const UNUSED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whether something is over, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// It goes on.
    Open,
    /// It is over.
    Since(Timestamp),
}

/// A trip, as far as records depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Trip {
    left: bool,
    window_ends: Timestamp,
    ended: Option<Timestamp>,
}

/// What is known of a school's records.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The policy in force.
    pub policy: Policy,
    trips: BTreeMap<TripId, Trip>,
    cases: BTreeMap<CaseId, (Option<TripId>, Over)>,
    incidents: BTreeMap<IncidentId, (Option<TripId>, Over)>,
    arrangements: BTreeMap<ArrangementId, Over>,
    pouches: BTreeMap<(Date, u16), Over>,
    recordings: BTreeMap<RecordingId, Over>,
    people: BTreeMap<PersonId, Over>,
    holds: BTreeMap<HoldId, Held>,
}

/// The events that facts are taken from, by the names that they have in journals.
const TELLING: [&str; 23] = [
    "PersonAdded",
    "PersonChanged",
    "PersonLeft",
    "PolicyChanged",
    "DraftSaved",
    "TripAmended",
    "Departed",
    "LeftWithoutClearance",
    "TripClosed",
    "TripCancelled",
    "CaseOpened",
    "CaseResolved",
    "IncidentReported",
    "IncidentClosed",
    "ArrangementAgreed",
    "ArrangementRenewed",
    "ArrangementEnded",
    "PhoneHandedIn",
    "PhoneGivenBack",
    "RecordingsNoted",
    "RecordingsCleared",
    "RecordsHeld",
    "HoldLifted",
];

impl Facts {
    /// Nothing known yet but the policy that the configuration begins with.
    pub fn starting(policy: Policy) -> Self {
        Self {
            policy,
            trips: BTreeMap::new(),
            cases: BTreeMap::new(),
            incidents: BTreeMap::new(),
            arrangements: BTreeMap::new(),
            pouches: BTreeMap::new(),
            recordings: BTreeMap::new(),
            people: BTreeMap::new(),
            holds: BTreeMap::new(),
        }
    }

    /// Reads a school's journals.
    pub async fn read(journal: &Journal, school: &School) -> Result<Self, RecordsFault> {
        let mut facts = Self::starting(school.policy.clone());
        walk(journal, school, |entry| facts.take_entry(&entry)).await?;
        Ok(facts)
    }

    /// How long that kind of record is kept.
    pub fn kept_for(&self, record: Record) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(record.days(&self.policy)))
    }

    /// What of that kind is older than this has had its time.
    pub fn had_its_time(&self, record: Record, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.kept_for(record)).unwrap_or(Timestamp::MIN)
    }

    fn take_entry(&mut self, entry: &Entry) -> Result<(), RecordsFault> {
        if TELLING.contains(&entry.kind.as_str())
            && let Some(event) = event_of(entry)?
        {
            self.take(&event, entry.recorded_at);
        }
        Ok(())
    }

    /// Takes an event in.
    pub fn take(&mut self, event: &AnyEvent, recorded_at: Timestamp) {
        match event {
            AnyEvent::People(event) => self.take_people(event, recorded_at),
            AnyEvent::Trips(event) => self.take_trips(event, recorded_at),
            AnyEvent::Alerts(event) => self.take_alerts(event),
            AnyEvent::Safeguarding(event) => self.take_safeguarding(event),
            AnyEvent::Devices(_) | AnyEvent::Checkins(_) | AnyEvent::Contacts(_) | AnyEvent::Gateway(_) => {}
        }
    }

    fn take_people(&mut self, event: &people::Event, at: Timestamp) {
        use people::Event;
        if let Event::PersonAdded { person, .. } | Event::PersonChanged { person, .. } = event {
            self.people.insert(*person, Over::Open);
        }
        if let Event::PersonLeft { person } = event {
            self.people.insert(*person, Over::Since(at));
        }
        if let Event::PolicyChanged { settings, .. } = event {
            self.policy = self.policy.as_noted(settings);
        }
    }

    fn take_trips(&mut self, event: &trips::Event, recorded_at: Timestamp) {
        use trips::Event;
        if let Event::DraftSaved { trip, form, .. } | Event::TripAmended { trip, form, .. } = event {
            let new = Trip { left: false, window_ends: form.window.to, ended: None };
            self.trips.entry(*trip).or_insert(new).window_ends = form.window.to;
        }
        if let Event::Departed { trip, .. } | Event::LeftWithoutClearance { trip, .. } = event
            && let Some(known) = self.trips.get_mut(trip)
        {
            known.left = true;
        }
        if let Event::TripClosed { trip, .. } | Event::TripCancelled { trip, .. } = event
            && let Some(known) = self.trips.get_mut(trip)
        {
            known.ended = Some(recorded_at);
        }
    }

    fn take_alerts(&mut self, event: &alerts::Event) {
        use alerts::Event;
        if let Event::CaseOpened { case, trip, .. } = event {
            self.cases.insert(*case, (*trip, Over::Open));
        }
        if let Event::CaseResolved { case, trip, at, .. } = event {
            self.cases.insert(*case, (*trip, Over::Since(*at)));
        }
    }

    fn take_safeguarding(&mut self, event: &safeguarding::Event) {
        use safeguarding::Event;
        match event {
            Event::IncidentReported { incident, trip, .. } => {
                self.incidents.insert(*incident, (*trip, Over::Open));
            }
            Event::IncidentClosed { incident, at, .. } => {
                if let Some((_, over)) = self.incidents.get_mut(incident) {
                    *over = Over::Since(*at);
                }
            }
            // One for a medical device goes on until somebody ends it. [PERS-2]
            Event::ArrangementAgreed { arrangement, terms, ends_at, .. } => {
                let over = if terms.medical { Over::Open } else { Over::Since(*ends_at) };
                self.arrangements.insert(*arrangement, over);
            }
            Event::ArrangementRenewed { arrangement, ends_at, .. } => {
                if let Some(over @ Over::Since(_)) = self.arrangements.get_mut(arrangement) {
                    *over = Over::Since(*ends_at);
                }
            }
            Event::ArrangementEnded { arrangement, at, .. } => {
                self.arrangements.insert(*arrangement, Over::Since(*at));
            }
            Event::PhoneHandedIn { day, pouch, .. } => {
                self.pouches.insert((*day, *pouch), Over::Open);
            }
            Event::PhoneGivenBack { day, pouch, at, .. } => {
                self.pouches.insert((*day, *pouch), Over::Since(*at));
            }
            Event::RecordingsNoted { recording, clearing: None, .. } => {
                self.recordings.insert(*recording, Over::Open);
            }
            Event::RecordingsCleared { recording, at, .. } => {
                self.recordings.insert(*recording, Over::Since(*at));
            }
            Event::RecordsHeld { hold, of, .. } => {
                self.holds.insert(*hold, *of);
            }
            Event::HoldLifted { hold, .. } => {
                self.holds.remove(hold);
            }
            Event::RecordingsNoted { clearing: Some(_), .. }
            | Event::UseRecorded { .. }
            | Event::WeekSignedOff { .. }
            | Event::ReviewReminded { .. }
            | Event::IncidentOpened { .. }
            | Event::IncidentTold { .. }
            | Event::IncidentAssessed { .. }
            | Event::IncidentWrittenUp { .. }
            | Event::ReferralRecorded { .. }
            | Event::DeviceSeized { .. }
            | Event::SeizedToPolice { .. }
            | Event::SeizedGivenBack { .. }
            | Event::SearchRecorded { .. }
            | Event::DisposalRecorded { .. }
            | Event::ParentsRecorded { .. }
            | Event::IncidentAddedTo { .. }
            | Event::IncidentDebriefed { .. }
            | Event::StepOverdue { .. }
            | Event::PersonNoted { .. }
            | Event::PhonesUncollected { .. }
            | Event::ArrangementOnTrip { .. }
            | Event::ArrangementReminded { .. }
            | Event::TourCleared { .. }
            | Event::RecordingsLeftOpen { .. }
            | Event::TripNoted { .. } => {}
        }
    }

    /// Whether a trip is over: closed, cancelled, or a form that nobody used. One that was never heard of is no reason to keep
    /// anything.
    pub fn trip(&self, trip: TripId, now: Timestamp) -> Option<Over> {
        let known = self.trips.get(&trip)?;
        let unused = known.window_ends.saturating_add(UNUSED_FOR).unwrap_or(Timestamp::MAX);
        Some(match known.ended {
            Some(at) => Over::Since(at),
            None if !known.left && unused <= now => Over::Since(unused),
            None => Over::Open,
        })
    }

    /// Whether an incident is over.
    pub fn incident(&self, incident: IncidentId) -> Option<Over> {
        self.incidents.get(&incident).map(|(_, over)| *over)
    }

    /// An incident of that trip which is not closed.
    pub fn open_incident_of(&self, trip: TripId) -> Option<IncidentId> {
        let mut open =
            self.incidents.iter().filter(|(_, (of, over))| *of == Some(trip) && *over == Over::Open);
        open.next().map(|(id, _)| *id)
    }

    /// Whether an alert is over.
    pub fn case(&self, case: CaseId) -> Option<Over> {
        self.cases.get(&case).map(|(_, over)| *over)
    }

    /// An alert of that trip which is not resolved.
    pub fn open_case_of(&self, trip: TripId) -> Option<CaseId> {
        let mut open = self.cases.iter().filter(|(_, (of, over))| *of == Some(trip) && *over == Over::Open);
        open.next().map(|(id, _)| *id)
    }

    /// Whether an arrangement is over.
    pub fn arrangement(&self, arrangement: ArrangementId) -> Option<Over> {
        self.arrangements.get(&arrangement).copied()
    }

    /// Whether a phone was given back.
    pub fn pouch(&self, day: Date, pouch: u16) -> Option<Over> {
        self.pouches.get(&(day, pouch)).copied()
    }

    /// Whether recordings are off the phone.
    pub fn recordings(&self, recording: RecordingId) -> Option<Over> {
        self.recordings.get(&recording).copied()
    }

    /// Whether somebody has left.
    pub fn person(&self, person: PersonId) -> Option<Over> {
        self.people.get(&person).copied()
    }

    /// Those who have left, each with when.
    pub fn gone(&self) -> impl Iterator<Item = (PersonId, Timestamp)> {
        self.people.iter().filter_map(|(person, over)| match over {
            Over::Since(at) => Some((*person, *at)),
            Over::Open => None,
        })
    }

    /// Holds that stand, each with what it holds.
    pub fn holds(&self) -> impl Iterator<Item = (HoldId, Held)> {
        self.holds.iter().map(|(id, held)| (*id, *held))
    }

    /// Everybody whom a hold names.
    pub fn held_people(&self) -> BTreeSet<PersonId> {
        let person = |held: &Held| match held {
            Held::Person { person } => Some(*person),
            Held::Everything {} | Held::Trip { .. } | Held::Incident { .. } => None,
        };
        self.holds.values().filter_map(person).collect()
    }
}
