//! Recordings with which phones come back, and those of phones on tour, until they are off the phone. [MEDIA-1, MEDIA-2]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::civil::Date;
use proto::ids::{DeviceId, PersonId, RecordingId, TripId};
use proto::v1::devices::{Clearing, Holder};
use proto::v1::safeguarding::{Event, KnownTrip, TripStands};
use proto::values::Label;
use serde::{Deserialize, Serialize};

/// The most recordings that were cleared, and nights of tours, that are at hand; the journal has all of them.
pub const MAX_CLEARED: usize = 500;

/// Recordings of phones that came back, and what is known of trips.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recordings {
    pub(crate) open: BTreeMap<RecordingId, Recording>,
    cleared: VecDeque<(RecordingId, Recording)>,
    pub(crate) trips: BTreeMap<TripId, KnownTrip>,
    /// Nights of tours that were cleared, the newest last.
    nights: VecDeque<Night>,
    /// Phones on tour that were told as not cleared.
    pub(crate) told_on_tour: BTreeSet<(TripId, DeviceId)>,
}

/// The recordings with which a phone came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Which phone.
    pub device: DeviceId,
    /// Whose hands it was in.
    pub holder: Option<Holder>,
    /// From which trip.
    pub trip: Option<TripId>,
    /// The consent that its form names. [MEDIA-3]
    pub consent: Option<Label>,
    /// When it came back.
    pub at: Timestamp,
    /// When they are told as open, if they still are.
    pub evening: Timestamp,
    /// It was told that they are open.
    pub told: bool,
    /// What became of them, when, and who says so.
    pub cleared: Option<(Option<Clearing>, Timestamp, Option<PersonId>)>,
}

/// A day of a phone on tour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the event")]
pub struct Night {
    pub device: DeviceId,
    pub trip: TripId,
    pub day: Date,
    pub clearing: Option<Clearing>,
    pub by: PersonId,
    pub at: Timestamp,
}

impl Recordings {
    /// Those that are still on a phone, the oldest first.
    pub fn open(&self) -> impl Iterator<Item = (RecordingId, &Recording)> {
        let mut open: Vec<_> = self.open.iter().map(|(id, one)| (*id, one)).collect();
        open.sort_by_key(|(id, one)| (one.at, *id));
        open.into_iter()
    }

    /// Those that are off their phone, the newest first.
    pub fn cleared(&self) -> impl Iterator<Item = &Recording> {
        self.cleared.iter().rev().map(|(_, one)| one)
    }

    /// Days of phones on tour that were cleared, the newest first.
    pub fn nights(&self) -> impl Iterator<Item = &Night> {
        self.nights.iter().rev()
    }

    /// Whether a phone on tour was cleared on that day.
    pub fn was_cleared(&self, trip: TripId, device: DeviceId, day: Date) -> bool {
        self.nights.iter().any(|night| (night.trip, night.device, night.day) == (trip, device, day))
    }

    /// What is known of a trip.
    pub fn trip(&self, trip: TripId) -> Option<&KnownTrip> {
        self.trips.get(&trip)
    }

    /// Whether a trip is out.
    pub(crate) fn is_out(&self, trip: TripId) -> bool {
        self.trips.get(&trip).is_some_and(|known| known.stands == TripStands::Out)
    }

    /// Tours that are out and on which recording is planned, with the evening of their day.
    pub(crate) fn tours(&self) -> impl Iterator<Item = (TripId, Timestamp)> {
        let out = self.trips.iter().filter(|(_, known)| known.stands == TripStands::Out);
        out.filter_map(|(trip, known)| Some((*trip, known.evening?)))
    }

    /// Whether they were heard of before.
    pub(crate) fn knows(&self, id: RecordingId) -> bool {
        self.open.contains_key(&id) || self.cleared.iter().any(|(known, _)| *known == id)
    }

    /// Recordings of a phone that are still on it.
    pub(crate) fn open_on(&self, device: DeviceId) -> Option<(RecordingId, &Recording)> {
        self.open.iter().find(|(_, one)| one.device == device).map(|(id, one)| (*id, one))
    }

    /// Whether nothing else that was told as open is left.
    pub(crate) fn is_last_told(&self, but: Option<RecordingId>, tour: Option<(TripId, DeviceId)>) -> bool {
        let others = self.open.iter().any(|(id, one)| Some(*id) != but && one.told);
        !others && !self.told_on_tour.iter().any(|one| Some(*one) != tour)
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let open = self.open.values().map(|one| one.evening);
        open.chain(self.tours().map(|(_, evening)| evening)).min()
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        match event.clone() {
            Event::RecordingsNoted { recording, device, holder, trip, consent, clearing, at, evening } => {
                let cleared = clearing.map(|clearing| (Some(clearing), at, None));
                let is_open = cleared.is_none();
                let new = Recording { device, holder, trip, consent, at, evening, told: false, cleared };
                if is_open {
                    self.open.insert(recording, new);
                } else {
                    self.keep(recording, new);
                }
            }
            Event::RecordingsCleared { recording, clearing, by, at, .. } => {
                if let Some(mut known) = self.open.remove(&recording) {
                    known.cleared = Some((clearing, at, by));
                    self.keep(recording, known);
                }
            }
            Event::TourCleared { device, trip, day, clearing, by, at, .. } => {
                self.told_on_tour.remove(&(trip, device));
                self.nights.push_back(Night { device, trip, day, clearing, by, at });
                if self.nights.len() > MAX_CLEARED {
                    self.nights.pop_front();
                }
            }
            Event::RecordingsLeftOpen { recordings, tours, next_at, .. } => {
                for recording in recordings {
                    if let Some(known) = self.open.get_mut(&recording) {
                        (known.told, known.evening) = (true, next_at);
                    }
                }
                self.told_on_tour.extend(tours);
            }
            Event::TripNoted { trip, known } if known.stands == TripStands::Over => {
                self.told_on_tour.retain(|(of, _)| *of != trip);
                self.trips.insert(trip, known);
            }
            Event::TripNoted { trip, known } => {
                self.trips.insert(trip, known);
            }
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
            | Event::ArrangementAgreed { .. }
            | Event::ArrangementRenewed { .. }
            | Event::ArrangementEnded { .. }
            | Event::ArrangementOnTrip { .. }
            | Event::ArrangementReminded { .. } => {}
        }
    }

    fn keep(&mut self, id: RecordingId, cleared: Recording) {
        self.cleared.push_back((id, cleared));
        if self.cleared.len() > MAX_CLEARED {
            self.cleared.pop_front();
        }
    }
}
