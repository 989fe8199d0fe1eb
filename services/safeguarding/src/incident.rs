//! One incident, from the report to its closing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::safeguarding::{
    Consent, Danger, Deadlines, Event, IncidentKind, Missing, Parents, Referral, Seized, Step,
};
use proto::values::{Label, Name, Note, Personal};
use serde::{Deserialize, Serialize};

/// The most readings at hand: older ones are in the journal alone.
pub const MAX_READINGS: usize = 200;

/// The most notes, accounts, devices, searches or disposals of one incident.
pub const MAX_OF_EACH: usize = 100;

/// Something, by whom and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "what, by whom, when")]
pub struct Done<T> {
    pub what: T,
    pub by: PersonId,
    pub at: Timestamp,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the events")]
pub struct Incident {
    pub kind: IncidentKind,
    pub danger: Danger,
    pub trip: Option<TripId>,
    pub happened_at: Timestamp,
    pub about: Option<PersonId>,
    /// Whether that adult was the head (or a deputy) when it was reported.
    pub about_head: bool,
    pub what: Personal<Note>,
    pub reported_by: PersonId,
    pub reported_at: Timestamp,
    pub deadlines: Deadlines,
    /// The outside bodies that the setting named then.
    pub bodies: Vec<Label>,
    /// Which DSL was told in person.
    pub told: Option<Done<PersonId>>,
    pub assessed: Option<Done<(bool, Personal<Note>)>>,
    /// Accounts, with their references: the newest last.
    pub accounts: Vec<Done<(Personal<Note>, Label)>>,
    pub referrals: BTreeMap<Label, Done<Referral>>,
    pub seized: Vec<Item>,
    pub parents: Option<Done<Parents>>,
    pub notes: Vec<Done<Personal<Note>>>,
    /// Lessons and changes.
    pub debrief: Option<Done<(Personal<Note>, Personal<Note>)>>,
    pub closed: Option<Done<()>>,
    /// Who has read it, the newest last.
    pub readings: VecDeque<(PersonId, Timestamp)>,
    /// Steps that were told as overdue.
    pub overdue: BTreeSet<Step>,
}

/// A device that was taken away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the events")]
pub struct Item {
    pub number: u16,
    pub seized: Seized,
    pub evidence: bool,
    pub storage: Label,
    pub by: PersonId,
    pub at: Timestamp,
    pub stands: Stands,
    pub searches: Vec<Search>,
    pub disposals: Vec<Disposal>,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the events")]
pub enum Stands {
    Held,
    WithPolice { reference: Label, officer: Personal<Name>, at: Timestamp },
    GivenBack { to: Personal<Name>, at: Timestamp },
}

/// It was searched. [INC-5]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the events")]
pub struct Search {
    pub by: PersonId,
    pub authorised_by: PersonId,
    pub consent: Consent,
    pub witness: PersonId,
    pub told_dsl: PersonId,
    pub reason: Personal<Note>,
    pub at: Timestamp,
}

/// An image was disposed of. [INC-5]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as in the events")]
pub struct Disposal {
    pub by: PersonId,
    pub permitted_by: PersonId,
    pub witness: PersonId,
    pub reason: Personal<Note>,
    pub at: Timestamp,
}

impl Incident {
    pub(crate) fn reported(event: &Event, about_head: bool) -> Option<Self> {
        let Event::IncidentReported {
            kind,
            danger,
            trip,
            happened_at,
            about,
            what,
            by,
            at,
            deadlines,
            bodies,
            ..
        } = event
        else {
            return None;
        };
        Some(Self {
            kind: *kind,
            danger: *danger,
            trip: *trip,
            happened_at: *happened_at,
            about: *about,
            about_head,
            what: what.clone(),
            reported_by: *by,
            reported_at: *at,
            deadlines: *deadlines,
            bodies: bodies.clone(),
            told: None,
            assessed: None,
            accounts: Vec::new(),
            referrals: BTreeMap::new(),
            seized: Vec::new(),
            parents: None,
            notes: Vec::new(),
            debrief: None,
            closed: None,
            readings: VecDeque::new(),
            overdue: BTreeSet::new(),
        })
    }

    /// Whether it counts as serious: until it is judged, it does. [INC-2]
    pub fn is_serious(&self) -> bool {
        self.assessed.as_ref().is_none_or(|judged| judged.what.0)
    }

    /// Whether every outside body was told, or need not be.
    pub fn bodies_told(&self) -> bool {
        self.bodies.iter().all(|body| self.referrals.contains_key(body))
    }

    /// Whether that step is still to be done.
    pub fn waits_for(&self, step: Step) -> bool {
        let waits = match step {
            Step::ToldInPerson => self.told.is_none(),
            Step::WrittenUp => self.accounts.is_empty(),
            Step::BodiesTold => self.is_serious() && !self.bodies_told(),
        };
        waits && self.closed.is_none()
    }

    /// What is due next, with its time.
    pub fn next_step(&self) -> Option<(Step, Timestamp)> {
        let steps = [Step::ToldInPerson, Step::WrittenUp, Step::BodiesTold];
        let waiting = steps.into_iter().filter(|step| self.waits_for(*step));
        waiting.map(|step| (step, self.deadlines.of(step))).min_by_key(|(_, at)| *at)
    }

    /// What still stands against closing it. [INC-1 to INC-4]
    pub fn missing(&self) -> Vec<Missing> {
        let evidence_here = |item: &Item| item.evidence && !matches!(item.stands, Stands::WithPolice { .. });
        let judged = self.assessed.is_some() && (!self.is_serious() || self.bodies_told());
        let checks = [
            (Missing::ToldInPerson, self.told.is_none()),
            (Missing::WrittenUp, self.accounts.is_empty()),
            (Missing::BodiesTold, !judged),
            (Missing::Evidence, self.seized.iter().any(evidence_here)),
            (Missing::Parents, self.parents.is_none()),
            (Missing::Debrief, self.debrief.is_none()),
        ];
        checks.into_iter().filter(|(_, is)| *is).map(|(missing, _)| missing).collect()
    }

    /// Whether that phone of the school was taken away, and not given back.
    pub(crate) fn has_taken(&self, device: DeviceId) -> bool {
        let back = |item: &Item| matches!(item.stands, Stands::GivenBack { .. });
        self.seized.iter().any(|item| item.of_school() == Some(device) && !back(item))
    }

    /// When a person read it last.
    pub(crate) fn last_read_by(&self, person: PersonId) -> Option<Timestamp> {
        self.readings.iter().rev().find(|(reader, _)| *reader == person).map(|(_, at)| *at)
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        match event.clone() {
            Event::IncidentOpened { by, at, .. } => {
                self.readings.push_back((by, at));
                if self.readings.len() > MAX_READINGS {
                    self.readings.pop_front();
                }
            }
            Event::IncidentTold { dsl, by, at, .. } => self.told = Some(Done { what: dsl, by, at }),
            Event::IncidentAssessed { serious, reason, by, at, .. } => {
                self.assessed = Some(Done { what: (serious, reason), by, at });
                self.overdue.remove(&Step::BodiesTold);
            }
            Event::IncidentWrittenUp { account, reference, by, at, .. } => {
                self.accounts.push(Done { what: (account, reference), by, at });
            }
            Event::ReferralRecorded { body, referral, by, at, .. } => {
                self.referrals.insert(body, Done { what: referral, by, at });
            }
            Event::DeviceSeized { number, seized, evidence, storage, by, at, .. } => {
                let (stands, searches, disposals) = (Stands::Held, Vec::new(), Vec::new());
                let item = Item { number, seized, evidence, storage, by, at, stands, searches, disposals };
                self.seized.push(item);
            }
            Event::SeizedToPolice { number, reference, officer, at, .. } => {
                self.item(number, |item| item.stands = Stands::WithPolice { reference, officer, at });
            }
            Event::SeizedGivenBack { number, to, at, .. } => {
                self.item(number, |item| item.stands = Stands::GivenBack { to, at });
            }
            Event::SearchRecorded { number, .. } | Event::DisposalRecorded { number, .. } => {
                self.item(number, |item| item.done_to(event));
            }
            Event::ParentsRecorded { parents, by, at, .. } => {
                self.parents = Some(Done { what: parents, by, at });
            }
            Event::IncidentAddedTo { note, by, at, .. } => self.notes.push(Done { what: note, by, at }),
            Event::IncidentDebriefed { lessons, changes, by, at, .. } => {
                self.debrief = Some(Done { what: (lessons, changes), by, at });
            }
            Event::IncidentClosed { by, at, .. } => self.closed = Some(Done { what: (), by, at }),
            Event::StepOverdue { step, .. } => {
                self.overdue.insert(step);
            }
            Event::UseRecorded { .. }
            | Event::WeekSignedOff { .. }
            | Event::ReviewReminded { .. }
            | Event::IncidentReported { .. }
            | Event::PhoneHandedIn { .. }
            | Event::PhoneGivenBack { .. }
            | Event::PhonesUncollected { .. }
            | Event::ArrangementAgreed { .. }
            | Event::ArrangementRenewed { .. }
            | Event::ArrangementEnded { .. }
            | Event::ArrangementOnTrip { .. }
            | Event::RecordsHeld { .. }
            | Event::HoldLifted { .. }
            | Event::ArrangementReminded { .. }
            | Event::RecordingsNoted { .. }
            | Event::RecordingsCleared { .. }
            | Event::TourCleared { .. }
            | Event::RecordingsLeftOpen { .. }
            | Event::TripNoted { .. }
            | Event::PersonNoted { .. } => {}
        }
    }

    fn item(&mut self, number: u16, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.seized.iter_mut().find(|item| item.number == number) {
            change(item);
        }
    }
}

impl Item {
    /// The school's phone that it is, if it is one.
    pub(crate) fn of_school(&self) -> Option<DeviceId> {
        match self.seized {
            Seized::School { device } => Some(device),
            Seized::Personal { .. } => None,
        }
    }

    /// It was searched, or an image on it was disposed of.
    fn done_to(&mut self, event: &Event) {
        if let Event::SearchRecorded {
            searched_by,
            authorised_by,
            consent,
            witness,
            told_dsl,
            reason,
            at,
            ..
        } = event
        {
            self.searches.push(Search {
                by: *searched_by,
                authorised_by: *authorised_by,
                consent: *consent,
                witness: *witness,
                told_dsl: *told_dsl,
                reason: reason.clone(),
                at: *at,
            });
        }
        if let Event::DisposalRecorded { done_by, permitted_by, witness, reason, at, .. } = event {
            self.disposals.push(Disposal {
                by: *done_by,
                permitted_by: *permitted_by,
                witness: *witness,
                reason: reason.clone(),
                at: *at,
            });
        }
    }
}
