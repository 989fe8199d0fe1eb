//! What people knows, and how its events change it.

use std::collections::{BTreeMap, BTreeSet};

use proto::Timestamp;
use proto::ids::{DutyId, PersonId};
use proto::v1::people::{DutyNight, DutyRole, Event, Role, Standing};
use proto::values::{Name, Personal, Window};
use serde::{Deserialize, Serialize};

use crate::policy::PolicyRecord;

/// Somebody on the register, now or once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Person {
    /// Works here.
    Here(Member),
    /// Left; the name stays, since past events speak of them.
    Left {
        /// The name.
        name: Personal<Name>,
    },
}

/// Somebody who works here.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// The name.
    pub name: Personal<Name>,
    /// How they stand to the school.
    pub standing: Standing,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// Whether they may hold a device. [DEV-2]
    pub authorisation: Authorisation,
    /// The version of the user agreement they accepted, and when. [DEV-3]
    pub agreement: Option<(u16, Timestamp)>,
}

/// The right to hold a device. [DEV-2]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Authorisation {
    /// None.
    None,
    /// Until withdrawn.
    ForGood,
    /// Until a time.
    Until(Timestamp),
}

impl Authorisation {
    /// Whether it holds at an instant.
    pub fn holds(self, at: Timestamp) -> bool {
        match self {
            Self::None => false,
            Self::ForGood => true,
            Self::Until(end) => at < end,
        }
    }
}

impl From<Option<Timestamp>> for Authorisation {
    fn from(until: Option<Timestamp>) -> Self {
        until.map_or(Self::ForGood, Self::Until)
    }
}

/// A stretch of duty on the rota.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Duty {
    /// Who is on call.
    pub person: PersonId,
    /// What for.
    pub role: DutyRole,
    /// When.
    pub window: Window,
    /// Its nights, in order.
    pub nights: Vec<Night>,
}

/// A night of a duty, and its evening's test.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Night {
    /// The hours of that night which the duty covers.
    pub hours: Window,
    /// When it is asked (planned).
    pub test_at: Timestamp,
    /// Where the test stands.
    pub test: Test,
}

/// Where an evening's test stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Test {
    /// Not asked yet.
    Planned {
        /// By when an answer will be expected.
        answer_by: Timestamp,
    },
    /// Asked.
    Asked {
        /// By when an answer is expected.
        answer_by: Timestamp,
    },
    /// Answered: on call.
    Confirmed {
        /// When.
        at: Timestamp,
    },
    /// Not answered in time.
    Unanswered,
}

impl Night {
    /// When time alone changes it.
    fn due_at(&self) -> Option<Timestamp> {
        match self.test {
            Test::Planned { .. } => Some(self.test_at),
            Test::Asked { answer_by } => Some(answer_by),
            Test::Confirmed { .. } | Test::Unanswered => None,
        }
    }
}

impl From<&DutyNight> for Night {
    fn from(planned: &DutyNight) -> Self {
        Self {
            hours: planned.night,
            test_at: planned.test_at,
            test: Test::Planned { answer_by: planned.answer_by },
        }
    }
}

/// All that people knows of one school.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    people: BTreeMap<PersonId, Person>,
    duties: BTreeMap<DutyId, Duty>,
    /// Taken off the rota: asked again, nothing happens, and a late duplicate of their planning brings none back.
    removed: BTreeSet<DutyId>,
    /// Tests to send and answers to miss, by time: (when, duty, the night's beginning).
    due: BTreeSet<(Timestamp, DutyId, Timestamp)>,
    /// Duties of each person that were ever asked: where an answer by text is looked up.
    asked: BTreeMap<PersonId, BTreeSet<DutyId>>,
    policy: PolicyRecord,
}

impl State {
    /// Somebody who works here.
    pub fn member(&self, person: PersonId) -> Option<&Member> {
        match self.people.get(&person)? {
            Person::Here(member) => Some(member),
            Person::Left { .. } => None,
        }
    }

    /// Anybody who is or was on the register.
    pub fn person(&self, person: PersonId) -> Option<&Person> {
        self.people.get(&person)
    }

    /// The name of anybody who is or was on the register.
    pub fn name(&self, person: PersonId) -> Option<&Personal<Name>> {
        self.people.get(&person).map(|found| match found {
            Person::Here(Member { name, .. }) | Person::Left { name } => name,
        })
    }

    /// All who work here.
    pub fn members(&self) -> impl Iterator<Item = (PersonId, &Member)> {
        self.people.iter().filter_map(|(id, person)| match person {
            Person::Here(member) => Some((*id, member)),
            Person::Left { .. } => None,
        })
    }

    /// Whether a person has a role.
    pub fn has_role(&self, person: PersonId, role: Role) -> bool {
        self.member(person).is_some_and(|m| m.roles.contains(&role))
    }

    /// Whether a person may hold a device at an instant. [DEV-2]
    pub fn may_hold(&self, person: PersonId, at: Timestamp) -> bool {
        self.member(person).is_some_and(|m| m.authorisation.holds(at))
    }

    /// How the policy came to be what it is, and when it is reviewed.
    pub fn policy(&self) -> &PolicyRecord {
        &self.policy
    }

    /// Who can set Homeward up.
    pub fn admins(&self) -> impl Iterator<Item = PersonId> {
        self.members().filter(|(_, m)| m.roles.contains(&Role::Admin)).map(|(id, _)| id)
    }

    /// A duty on the rota.
    pub fn duty(&self, duty: DutyId) -> Option<&Duty> {
        self.duties.get(&duty)
    }

    /// Every duty on the rota, past ones too.
    pub fn duties(&self) -> impl Iterator<Item = (DutyId, &Duty)> {
        self.duties.iter().map(|(id, duty)| (*id, duty))
    }

    /// Who is on call in a role at an instant, whether the night's test was answered or not.
    pub fn on_duty(&self, role: DutyRole, at: Timestamp) -> impl Iterator<Item = (DutyId, &Duty)> {
        self.duties().filter(move |(_, duty)| duty.role == role && duty.window.contains(at))
    }

    /// Whether a duty was taken off the rota.
    pub(crate) fn was_removed(&self, duty: DutyId) -> bool {
        self.removed.contains(&duty)
    }

    /// The duties of a person that were asked, this evening or before.
    pub(crate) fn asked_of(&self, person: PersonId) -> impl Iterator<Item = (DutyId, &Duty)> {
        let ids = self.asked.get(&person).into_iter().flatten();
        ids.filter_map(|id| self.duties.get(id).map(|duty| (*id, duty)))
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let night = self.due.first().map(|(at, _, _)| *at);
        night.into_iter().chain(self.policy.next_reminder()).min()
    }

    /// What is due up to an instant: each duty's night.
    pub(crate) fn nights_due(&self, now: Timestamp) -> impl Iterator<Item = (DutyId, &Duty, &Night)> {
        self.due.iter().take_while(move |(at, _, _)| *at <= now).filter_map(|(_, id, from)| {
            let duty = self.duties.get(id)?;
            let night = duty.nights.iter().find(|n| n.hours.from == *from)?;
            Some((*id, duty, night))
        })
    }

    /// Takes an event in.
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::PersonAdded { person, name, standing, roles } => {
                let member = Member {
                    name: name.clone(),
                    standing: *standing,
                    roles: roles.clone(),
                    authorisation: Authorisation::None,
                    agreement: None,
                };
                self.people.insert(*person, Person::Here(member));
            }
            Event::PersonChanged { person, name, standing, roles } => {
                self.change(*person, |member| {
                    member.name = name.clone();
                    member.standing = *standing;
                    member.roles = roles.clone();
                });
            }
            Event::PersonLeft { person } => {
                if let Some(name) = self.name(*person).cloned() {
                    self.people.insert(*person, Person::Left { name });
                }
            }
            Event::HolderAuthorised { person, until } => {
                self.change(*person, |member| member.authorisation = (*until).into());
            }
            Event::AuthorisationWithdrawn { person, reason: _ } => {
                self.change(*person, |member| member.authorisation = Authorisation::None);
            }
            Event::AgreementAccepted { person, version, at } => {
                self.change(*person, |member| member.agreement = Some((*version, *at)));
                self.policy.at_work_since(*at);
            }
            Event::DutyPlanned { duty, person, role, window, nights } => {
                let nights: Vec<Night> = nights.iter().map(Night::from).collect();
                let due = nights.iter().filter_map(|n| Some((n.due_at()?, *duty, n.hours.from)));
                self.due.extend(due);
                self.duties.insert(*duty, Duty { person: *person, role: *role, window: *window, nights });
            }
            Event::DutyRemoved { duty } => self.remove_duty(*duty),
            Event::DutyTested { duty, person, answer_by, night } => {
                self.asked.entry(*person).or_default().insert(*duty);
                self.set_test(*duty, night, Test::Asked { answer_by: *answer_by });
            }
            Event::DutyConfirmed { duty, at, inbound: _, night } => {
                self.set_test(*duty, night, Test::Confirmed { at: *at });
            }
            Event::DutyTestUnanswered { duty, person: _, night, asked: _ } => {
                self.set_test(*duty, night, Test::Unanswered);
            }
            Event::PolicyChanged { .. }
            | Event::PolicyReviewed { .. }
            | Event::PolicyReviewReminded { .. } => self.policy.evolve(event),
        }
    }

    fn change(&mut self, person: PersonId, change: impl FnOnce(&mut Member)) {
        if let Some(Person::Here(member)) = self.people.get_mut(&person) {
            change(member);
        }
    }

    fn set_test(&mut self, duty: DutyId, hours: &Window, test: Test) {
        let Some(found) = self.duties.get_mut(&duty) else { return };
        let Some(night) = found.nights.iter_mut().find(|n| n.hours == *hours) else { return };
        if let Some(at) = night.due_at() {
            self.due.remove(&(at, duty, hours.from));
        }
        night.test = test;
        if let Some(at) = night.due_at() {
            self.due.insert((at, duty, hours.from));
        }
    }

    fn remove_duty(&mut self, duty: DutyId) {
        let Some(found) = self.duties.remove(&duty) else { return };
        for night in &found.nights {
            if let Some(at) = night.due_at() {
                self.due.remove(&(at, duty, night.hours.from));
            }
        }
        if let Some(asked) = self.asked.get_mut(&found.person) {
            asked.remove(&duty);
        }
        self.removed.insert(duty);
    }
}
