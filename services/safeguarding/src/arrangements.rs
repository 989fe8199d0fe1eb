//! Arrangements by which somebody keeps a device of their own: in force, past their end, over. [PERS-2, PERS-3, PERS-5]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use proto::ids::{ArrangementId, PersonId, TripId};
use proto::v1::safeguarding::{Event, Terms};
use proto::values::{Note, Personal};
use serde::{Deserialize, Serialize};

/// The register of arrangements.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrangements {
    pub(crate) all: BTreeMap<ArrangementId, Arrangement>,
    /// When each is reminded of.
    pub(crate) reminders: BTreeSet<(Timestamp, ArrangementId)>,
}

/// One arrangement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrangement {
    /// What was agreed, as it was last renewed.
    pub terms: Terms,
    /// When its last day is over.
    pub ends_at: Timestamp,
    /// Who recorded it, and when.
    pub recorded: (PersonId, Timestamp),
    /// When it was renewed: until when, who agreed.
    pub renewed: Vec<(Timestamp, Date, PersonId)>,
    /// The trips it goes along on.
    pub trips: BTreeSet<TripId>,
    /// Who ended it, when, and why.
    pub ended: Option<(PersonId, Timestamp, Personal<Note>)>,
    pub(crate) remind_at: Option<Timestamp>,
}

/// Where an arrangement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It begins on a day that lies ahead.
    Ahead,
    /// In force.
    InForce,
    /// Past its end, and of a medical device: it stays with whoever needs it, until it is looked at again. [PERS-2]
    MedicalPastEnd,
    /// Past its end: no longer in force.
    Expired,
    /// Ended by hand.
    Ended,
}

impl Arrangement {
    /// Where it stands.
    pub fn standing(&self, now: Timestamp, today: Date) -> Standing {
        match () {
            () if self.ended.is_some() => Standing::Ended,
            () if self.ends_at <= now && self.terms.medical => Standing::MedicalPastEnd,
            () if self.ends_at <= now => Standing::Expired,
            () if self.terms.from > today => Standing::Ahead,
            () => Standing::InForce,
        }
    }
}

impl Standing {
    /// Whether the device stays with whoever has it.
    pub fn keeps(self) -> bool {
        match self {
            Self::InForce | Self::MedicalPastEnd => true,
            Self::Ahead | Self::Expired | Self::Ended => false,
        }
    }
}

impl Arrangements {
    /// All of them, those that end first in front.
    pub fn all(&self) -> impl Iterator<Item = (ArrangementId, &Arrangement)> {
        let mut all: Vec<_> = self.all.iter().map(|(id, one)| (*id, one)).collect();
        all.sort_by_key(|(id, one)| (one.ended.is_some(), one.ends_at, *id));
        all.into_iter()
    }

    /// One of them.
    pub fn get(&self, id: ArrangementId) -> Option<&Arrangement> {
        self.all.get(&id)
    }

    /// Those that go along on a trip, and were not ended by hand.
    pub fn on_trip(&self, trip: TripId) -> impl Iterator<Item = (ArrangementId, &Arrangement)> {
        self.all().filter(move |(_, one)| one.trips.contains(&trip) && one.ended.is_none())
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        match event.clone() {
            Event::ArrangementAgreed { arrangement, terms, remind_at, ends_at, by, at } => {
                let new = Arrangement {
                    terms: *terms,
                    ends_at,
                    recorded: (by, at),
                    renewed: Vec::new(),
                    trips: BTreeSet::new(),
                    ended: None,
                    remind_at: None,
                };
                self.all.insert(arrangement, new);
                self.remind(arrangement, Some(remind_at));
            }
            Event::ArrangementRenewed {
                arrangement,
                until,
                agreed_by,
                agreed_with,
                advice,
                signature,
                remind_at,
                ends_at,
                at,
                ..
            } => {
                if let Some(known) = self.all.get_mut(&arrangement) {
                    known.terms = Terms {
                        until,
                        agreed_by,
                        agreed_with,
                        advice,
                        signature: signature.or_else(|| known.terms.signature.clone()),
                        ..known.terms.clone()
                    };
                    known.ends_at = ends_at;
                    known.renewed.push((at, until, agreed_by));
                }
                self.remind(arrangement, Some(remind_at));
            }
            Event::ArrangementEnded { arrangement, reason, by, at } => {
                if let Some(known) = self.all.get_mut(&arrangement) {
                    known.ended = Some((by, at, reason));
                }
                self.remind(arrangement, None);
            }
            Event::ArrangementOnTrip { arrangement, trip, on, .. } => {
                if let Some(known) = self.all.get_mut(&arrangement) {
                    if on {
                        known.trips.insert(trip)
                    } else {
                        known.trips.remove(&trip)
                    };
                }
            }
            Event::ArrangementReminded { arrangement, next_at, .. } => self.remind(arrangement, next_at),
            Event::UseRecorded { .. }
            | Event::WeekSignedOff { .. }
            | Event::ReviewReminded { .. }
            | Event::IncidentReported { .. }
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
            | Event::IncidentClosed { .. }
            | Event::StepOverdue { .. }
            | Event::RecordsHeld { .. }
            | Event::HoldLifted { .. }
            | Event::PersonNoted { .. }
            | Event::PhoneHandedIn { .. }
            | Event::PhoneGivenBack { .. }
            | Event::PhonesUncollected { .. }
            | Event::RecordingsNoted { .. }
            | Event::RecordingsCleared { .. }
            | Event::TourCleared { .. }
            | Event::RecordingsLeftOpen { .. }
            | Event::TripNoted { .. } => {}
        }
    }

    fn remind(&mut self, id: ArrangementId, at: Option<Timestamp>) {
        let Some(known) = self.all.get_mut(&id) else { return };
        if let Some(before) = known.remind_at.take() {
            self.reminders.remove(&(before, id));
        }
        known.remind_at = at;
        self.reminders.extend(at.map(|at| (at, id)));
    }
}
