//! All that safeguarding knows of one school, from its own journal alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proto::ids::{IncidentId, PersonId};
use proto::v1::safeguarding::{Danger, Event, Readers, Step};
use serde::{Deserialize, Serialize};

use crate::arrangements::Arrangements;
use crate::holds::Holds;
use crate::incident::Incident;
use crate::personal::Pouches;
use crate::readers::Person;
use crate::recordings::Recordings;
use crate::usage::UsageLog;

/// The usage log, the incidents, and who may read what.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub(crate) people: BTreeMap<PersonId, Person>,
    pub(crate) usage: UsageLog,
    pub(crate) incidents: BTreeMap<IncidentId, Incident>,
    /// What is due of incidents, the next first.
    pub(crate) deadlines: BTreeSet<(Timestamp, IncidentId, Step)>,
    #[serde(default)]
    pub(crate) pouches: Pouches,
    #[serde(default)]
    pub(crate) arrangements: Arrangements,
    #[serde(default)]
    pub(crate) recordings: Recordings,
    #[serde(default)]
    pub(crate) holds: Holds,
}

impl State {
    /// The usage log.
    pub fn usage(&self) -> &UsageLog {
        &self.usage
    }

    /// Pupils' own phones that were handed in.
    pub fn pouches(&self) -> &Pouches {
        &self.pouches
    }

    /// Arrangements by which somebody keeps a device of their own.
    pub fn arrangements(&self) -> &Arrangements {
        &self.arrangements
    }

    /// Recordings with which phones came back, and those of phones on tour.
    pub fn recordings(&self) -> &Recordings {
        &self.recordings
    }

    /// Records that are kept past their time.
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// An incident, to one who may read it. Whoever shows it records that first (`OpenIncident`). [INC-7]
    pub fn incident_for(&self, incident: IncidentId, reader: PersonId) -> Option<&Incident> {
        self.incidents.get(&incident).filter(|known| self.may_read(known, reader))
    }

    /// The incidents that a person may read, the newest first.
    pub fn incidents_for(&self, reader: PersonId) -> impl Iterator<Item = (IncidentId, &Incident)> {
        let mut readable: Vec<_> =
            self.incidents.iter().filter(|(_, known)| self.may_read(known, reader)).collect();
        readable.sort_by_key(|(id, known)| std::cmp::Reverse((known.reported_at, **id)));
        readable.into_iter().map(|(id, known)| (*id, known))
    }

    /// Who may read an incident now.
    pub fn readers_of(&self, incident: &Incident) -> Readers {
        let leads = incident.about.is_some_and(|adult| self.leads(adult));
        self.readers(incident.about, incident.about_head || leads)
    }

    /// To the one who reported it: whether somebody was in danger, whom to tell in person, and by when. [INC-1]
    pub fn to_tell(&self, incident: IncidentId, reporter: PersonId) -> Option<(Danger, Readers, Timestamp)> {
        let known = self.incidents.get(&incident).filter(|known| known.reported_by == reporter)?;
        Some((known.danger, self.readers_of(known), known.deadlines.told_in_person))
    }

    fn may_read(&self, incident: &Incident, reader: PersonId) -> bool {
        self.readers_of(incident).has(reader)
    }

    /// Takes an event in.
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::PersonNoted { person, here, roles, trust } => {
                let known = Person { here: *here, roles: roles.clone(), trust: *trust };
                self.people.insert(*person, known);
            }
            Event::IncidentReported { incident, about, deadlines, .. } => {
                let about_head = about.is_some_and(|adult| self.leads(adult));
                if let Some(known) = Incident::reported(event, about_head) {
                    self.incidents.insert(*incident, known);
                    for step in [Step::ToldInPerson, Step::WrittenUp, Step::BodiesTold] {
                        self.deadlines.insert((deadlines.of(step), *incident, step));
                    }
                }
            }
            Event::UseRecorded { .. } | Event::WeekSignedOff { .. } | Event::ReviewReminded { .. } => {
                self.usage.evolve(event);
            }
            Event::PhoneHandedIn { .. } | Event::PhoneGivenBack { .. } | Event::PhonesUncollected { .. } => {
                self.pouches.evolve(event);
            }
            Event::ArrangementAgreed { .. }
            | Event::ArrangementRenewed { .. }
            | Event::ArrangementEnded { .. }
            | Event::ArrangementOnTrip { .. }
            | Event::ArrangementReminded { .. } => self.arrangements.evolve(event),
            Event::RecordsHeld { .. } | Event::HoldLifted { .. } => self.holds.evolve(event),
            Event::RecordingsNoted { .. }
            | Event::RecordingsCleared { .. }
            | Event::TourCleared { .. }
            | Event::RecordingsLeftOpen { .. } => self.recordings.evolve(event),
            Event::TripNoted { trip, known } => {
                if let Some(fetch_by) = known.fetch_by {
                    self.pouches.trip_is_back(*trip, fetch_by);
                }
                self.recordings.evolve(event);
            }
            Event::IncidentOpened { incident, .. }
            | Event::IncidentTold { incident, .. }
            | Event::IncidentAssessed { incident, .. }
            | Event::IncidentWrittenUp { incident, .. }
            | Event::ReferralRecorded { incident, .. }
            | Event::DeviceSeized { incident, .. }
            | Event::SeizedToPolice { incident, .. }
            | Event::SeizedGivenBack { incident, .. }
            | Event::SearchRecorded { incident, .. }
            | Event::DisposalRecorded { incident, .. }
            | Event::ParentsRecorded { incident, .. }
            | Event::IncidentAddedTo { incident, .. }
            | Event::IncidentDebriefed { incident, .. }
            | Event::IncidentClosed { incident, .. }
            | Event::StepOverdue { incident, .. } => self.change(*incident, event),
        }
    }

    /// Takes an event into an incident, and keeps what is due of it.
    fn change(&mut self, id: IncidentId, event: &Event) {
        let Some(incident) = self.incidents.get_mut(&id) else { return };
        incident.evolve(event);
        for step in [Step::ToldInPerson, Step::WrittenUp, Step::BodiesTold] {
            let due = (incident.deadlines.of(step), id, step);
            if incident.waits_for(step) && !incident.overdue.contains(&step) {
                self.deadlines.insert(due);
            } else {
                self.deadlines.remove(&due);
            }
        }
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let step = self.deadlines.first().map(|(at, _, _)| *at);
        let reminder = self.usage.reminders.first().map(|(at, _)| *at);
        let phone = self.pouches.next_due(|trip| self.recordings.is_out(trip));
        let arrangement = self.arrangements.reminders.first().map(|(at, _)| *at);
        [step, reminder, phone, arrangement, self.recordings.next_due()].into_iter().flatten().min()
    }
}
