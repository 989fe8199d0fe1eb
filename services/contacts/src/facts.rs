//! What is known of the school: its lines, closings, people, work mobiles and rota.

use std::collections::{BTreeMap, BTreeSet};

use proto::Timestamp;
use proto::ids::{DeviceId, DutyId, LineId, PersonId};
use proto::v1::contacts::{Event, JudgedBy, LineHealth, LineKind, NightAnswer, NightNoted};
use proto::v1::people::{DutyRole, Role};
use proto::values::{Label, Note, PhoneNumber, RingSecs, WeeklyHours, Window};
use serde::{Deserialize, Serialize};

use crate::health::Watch;

/// A line by which the school can be reached.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Its name: "Main office".
    pub name: Label,
    /// What it is.
    pub kind: LineKind,
    /// Its number.
    pub number: PhoneNumber,
    /// When it is staffed. A back-up mobile without hours is meant for any time.
    pub hours: WeeklyHours,
    /// How long it rings before the next one is tried.
    pub ring: RingSecs,
    /// How well it is.
    pub health: Health,
    /// What calls told of it.
    pub watch: Watch,
}

/// How well a line is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Health {
    /// It works.
    Up,
    /// It may not work: it is tried, and what follows it is at hand. Ends by itself at `until`.
    Doubtful {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: Note,
        /// When the mark ends.
        until: Option<Timestamp>,
        /// Who says so.
        by: JudgedBy,
    },
    /// It does not work: routes pass it over. Ends by itself at `until`.
    Down {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: Note,
        /// When the mark ends.
        until: Option<Timestamp>,
        /// Who says so.
        by: JudgedBy,
    },
    /// It works again, and is watched until then.
    Back {
        /// Since when.
        since: Timestamp,
        /// Why.
        reason: Note,
        /// When it counts as up.
        until: Option<Timestamp>,
    },
}

impl Health {
    fn new(
        health: LineHealth,
        since: Timestamp,
        reason: Note,
        until: Option<Timestamp>,
        by: JudgedBy,
    ) -> Self {
        match health {
            LineHealth::Up => Self::Up,
            LineHealth::Doubtful => Self::Doubtful { since, reason, until, by },
            LineHealth::Down => Self::Down { since, reason, until, by },
            LineHealth::Back => Self::Back { since, reason, until },
        }
    }

    /// When the mark ends by itself.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Up => None,
            Self::Doubtful { until, .. } | Self::Down { until, .. } | Self::Back { until, .. } => *until,
        }
    }

    /// In one word.
    pub fn kind(&self) -> LineHealth {
        match self {
            Self::Up => LineHealth::Up,
            Self::Doubtful { .. } => LineHealth::Doubtful,
            Self::Down { .. } => LineHealth::Down,
            Self::Back { .. } => LineHealth::Back,
        }
    }
}

/// The school closes early.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Closing {
    /// While it is closed.
    pub window: Window,
    /// When it was said.
    pub said_at: Timestamp,
}

/// A stretch of duty.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Duty {
    /// Who is on call.
    pub person: PersonId,
    /// What for.
    pub role: DutyRole,
    /// When.
    pub window: Window,
    /// Its nights.
    pub nights: Vec<NightNoted>,
}

impl Duty {
    /// Whether a night counts as staffed: its test was answered, or will have to be before the night begins. A test
    /// that leaves time into the night counts only once it is answered. [FORM-8]
    pub fn counts(night: &NightNoted) -> bool {
        match night.answer {
            NightAnswer::Confirmed => true,
            NightAnswer::Awaited => night.answer_by <= night.night.from,
            NightAnswer::Unanswered => false,
        }
    }

    /// Whether it counts as staffed at an instant.
    pub fn counts_at(&self, at: Timestamp) -> bool {
        let night = self.nights.iter().find(|n| n.night.contains(at));
        self.window.contains(at) && night.is_none_or(Self::counts)
    }
}

/// A person of the register.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Still works here.
    pub here: bool,
    /// What they may do.
    pub roles: BTreeSet<Role>,
}

/// A work mobile.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Mobile {
    /// Its number.
    pub number: PhoneNumber,
    /// In whose hands it is.
    pub person: Option<PersonId>,
    /// Whether it can be used: not lost, damaged, in quarantine, with the police, retired.
    pub in_service: bool,
}

/// All of it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    pub(crate) lines: BTreeMap<LineId, Line>,
    pub(crate) removed_lines: BTreeSet<LineId>,
    pub(crate) closings: BTreeSet<Closing>,
    pub(crate) duties: BTreeMap<DutyId, Duty>,
    pub(crate) people: BTreeMap<PersonId, Person>,
    pub(crate) mobiles: BTreeMap<DeviceId, Mobile>,
}

impl Facts {
    /// Whether somebody still works here.
    pub(crate) fn is_here(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.here)
    }

    /// Whether somebody is known to work here no more.
    pub(crate) fn has_left(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| !p.here)
    }

    /// The work mobiles in a person's hands that can be used.
    pub(crate) fn mobiles_of(&self, person: PersonId) -> impl Iterator<Item = (DeviceId, &Mobile)> {
        let held = self.mobiles.iter().filter(move |(_, m)| m.in_service && m.person == Some(person));
        held.map(|(id, mobile)| (*id, mobile))
    }

    /// The work mobile of a number, if it can be used.
    pub(crate) fn mobile_by_number(&self, number: &PhoneNumber) -> Option<&Mobile> {
        self.mobiles.values().find(|m| m.in_service && m.number == *number)
    }

    /// The lines of a kind.
    pub(crate) fn lines_of(&self, kind: LineKind) -> impl Iterator<Item = (LineId, &Line)> {
        self.lines.iter().filter(move |(_, line)| line.kind == kind).map(|(id, line)| (*id, line))
    }

    /// The closing that an instant lies in.
    pub(crate) fn closed_at(&self, at: Timestamp) -> Option<&Closing> {
        self.closings.iter().find(|c| c.window.contains(at))
    }

    /// Takes in what an event says of the school; events about one trip say nothing of it.
    pub(crate) fn apply(&mut self, event: &Event) {
        match event {
            Event::LineAdded { line, name, kind, number, hours, ring_secs } => {
                let (name, number, hours) = (name.clone(), number.clone(), hours.clone());
                let (kind, ring, health, watch) = (*kind, *ring_secs, Health::Up, Watch::default());
                self.lines.insert(*line, Line { name, kind, number, hours, ring, health, watch });
            }
            Event::LineChanged { line, name, number, hours, ring_secs } => {
                if let Some(found) = self.lines.get_mut(line) {
                    found.name = name.clone();
                    found.number = number.clone();
                    found.hours = hours.clone();
                    found.ring = *ring_secs;
                }
            }
            Event::LineRemoved { line } => {
                self.lines.remove(line);
                self.removed_lines.insert(*line);
            }
            Event::LineHealthChanged { line, health, since, reason, until, by } => {
                if let Some(found) = self.lines.get_mut(line) {
                    found.health = Health::new(*health, *since, reason.clone(), *until, *by);
                    found.watch.changed(*health, *by, *since);
                }
            }
            Event::LineSignalled { line, signal, at } => {
                if let Some(found) = self.lines.get_mut(line) {
                    found.watch.note(*signal, *at);
                }
            }
            Event::LineTestCalled { line, attempt, at } => {
                if let Some(found) = self.lines.get_mut(line) {
                    found.watch.tested(*attempt, *at);
                }
            }
            Event::LineTestScheduled { line, at } => {
                if let Some(found) = self.lines.get_mut(line) {
                    found.watch.test_at = *at;
                }
            }
            Event::ClosedEarly { window, reason: _, at } => {
                self.closings.insert(Closing { window: *window, said_at: *at });
            }
            Event::DutyNoted { duty, person, role, window, nights } => {
                let noted = Duty { person: *person, role: *role, window: *window, nights: nights.clone() };
                self.duties.insert(*duty, noted);
            }
            Event::DutyEndedNoted { duty } => {
                self.duties.remove(duty);
            }
            Event::PersonNoted { person, here, roles } => {
                self.people.insert(*person, Person { here: *here, roles: roles.clone() });
            }
            Event::WorkMobileNoted { device, number, person, in_service } => {
                let (number, in_service) = (number.clone(), *in_service);
                self.mobiles.insert(*device, Mobile { number, person: *person, in_service });
            }
            Event::BaseHeld { .. }
            | Event::BaseUnheld { .. }
            | Event::CoverageAssessed { .. }
            | Event::RouteChecked { .. }
            | Event::TripNoted { .. }
            | Event::TripPhaseNoted { .. } => {}
        }
    }
}
