//! All that alerts knows of one school, from its own journal alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proto::ids::{CaseId, DeviceId, DutyId, LineId, PersonId, TripId};
use proto::v1::alerts::{Event, Reason, ReplyCode};
use proto::v1::contacts::LineKind;
use proto::v1::people::{DutyRole, Role};
use proto::values::{Label, WeeklyHours, Window};
use serde::{Deserialize, Serialize};

use crate::case::OpenCase;
use crate::index::Index;
use crate::topic::CaseTopic;

/// What alerts knows.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The cases that are open. What was resolved is in the journal alone.
    pub(crate) cases: BTreeMap<CaseId, OpenCase>,
    /// Trips that are out, and closed ones of which a case is still open.
    pub(crate) trips: BTreeMap<TripId, Trip>,
    /// Trips that have closed: late news of their party is moot.
    pub(crate) ended: BTreeSet<TripId>,
    /// The register, as far as the ladder goes.
    pub(crate) people: BTreeMap<PersonId, Person>,
    /// The rota.
    pub(crate) duties: BTreeMap<DutyId, Duty>,
    /// The school's lines.
    pub(crate) lines: BTreeMap<LineId, Line>,
    /// The last time that the school closed early.
    pub(crate) closed: Option<Window>,
    /// Reply codes that were used: at most 900.
    pub(crate) codes: BTreeMap<ReplyCode, CodeUse>,
    /// Follows from the cases.
    pub(crate) index: Index,
}

/// A trip whose party has left.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trip {
    /// Who is on its ladder; none until its departure is heard, or before that a form by which a pupil travels directly.
    pub ladder: Option<Ladder>,
    /// Who holds base, if it was handed over since. [CONT-6]
    pub base: Option<PersonId>,
    /// It has closed.
    pub ended: bool,
    /// Every reason that there was: none alerts twice.
    pub raised: BTreeSet<Reason>,
}

/// Who is on a trip's ladder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is a rung of the ladder, or a name")]
pub struct Ladder {
    pub title: Label,
    pub leader: PersonId,
    pub deputy: Option<PersonId>,
    /// Of the party: nobody until it has left.
    pub staff: Vec<PersonId>,
    pub office: Vec<PersonId>,
    pub dsl: Vec<PersonId>,
    pub senior: Vec<PersonId>,
    /// Who holds base by the form.
    pub base: PersonId,
}

/// A person, as far as the ladder goes.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Person {
    /// On the register; unknown until it is heard.
    pub here: Option<bool>,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// The phones in their hands.
    pub devices: BTreeSet<DeviceId>,
}

/// A stretch of duty.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "who, what for, when")]
pub(crate) struct Duty {
    pub person: PersonId,
    pub role: DutyRole,
    pub window: Window,
}

/// A line of the school.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as contacts has it")]
pub(crate) struct Line {
    pub kind: LineKind,
    pub hours: WeeklyHours,
    pub usable: bool,
}

/// How a reply code was used last.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CodeUse {
    /// The open cases that have it: more than one only if 900 were open at once.
    pub open: BTreeSet<CaseId>,
    /// The case that was resolved last, and when.
    pub resolved: Option<(CaseId, Timestamp)>,
}

impl State {
    /// The open case of that id.
    pub fn case(&self, case: CaseId) -> Option<&OpenCase> {
        self.cases.get(&case)
    }

    /// Every open case, by id.
    pub fn open_cases(&self) -> impl Iterator<Item = &OpenCase> {
        self.cases.values()
    }

    /// The open case about that topic.
    pub fn case_about(&self, topic: &CaseTopic) -> Option<&OpenCase> {
        self.index.about(topic).and_then(|case| self.cases.get(&case))
    }

    /// The open case of a trip: there is one at most.
    pub fn case_of_trip(&self, trip: TripId) -> Option<&OpenCase> {
        self.case_about(&CaseTopic::Trip(trip))
    }

    /// Who is on the ladder of a trip.
    pub fn ladder_of(&self, trip: TripId) -> Option<&Ladder> {
        self.trips.get(&trip)?.ladder.as_ref()
    }

    /// Whether the party of that trip has left and the trip has not closed.
    pub fn is_out(&self, trip: TripId) -> bool {
        self.trips.get(&trip).is_some_and(|t| t.ladder.as_ref().is_some_and(Ladder::has_left) && !t.ended)
    }

    /// Whether that person is of the staff of that trip.
    pub fn is_on_trip(&self, person: PersonId, trip: TripId) -> bool {
        self.ladder_of(trip).is_some_and(|l| l.is_staff(person))
    }

    /// Who holds base of that trip.
    pub fn base_of(&self, trip: TripId) -> Option<PersonId> {
        let trip = self.trips.get(&trip)?;
        trip.base.or(trip.ladder.as_ref().map(|l| l.base))
    }

    /// When the case was resolved, if that was not long ago.
    pub(crate) fn resolved_at(&self, case: CaseId) -> Option<Timestamp> {
        self.codes.values().filter_map(|c| c.resolved).find(|(c, _)| *c == case).map(|(_, at)| at)
    }

    /// Whether a person can be told: on the register, with a phone in hand.
    pub(crate) fn can_be_told(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.here != Some(false) && !p.devices.is_empty())
    }
}

impl Ladder {
    /// Whether the party is on its way, or was: before that the form's people at base are known alone. [FORM-6]
    pub fn has_left(&self) -> bool {
        !self.staff.is_empty()
    }

    /// Whether that person is of the trip's own staff.
    pub fn is_staff(&self, person: PersonId) -> bool {
        self.leader == person || self.deputy == Some(person) || self.staff.contains(&person)
    }
}

/// Takes an event into the state.
pub(crate) fn evolve(state: &mut State, event: &Event) {
    match event {
        Event::CaseOpened { case, trip, reason, code, start, at, .. } => {
            let opened = OpenCase::opened(*case, *trip, *code, reason.clone(), *start, *at);
            state.remember(*trip, reason);
            state.codes.entry(*code).or_default().open.insert(*case);
            state.index.add(&opened);
            state.cases.insert(*case, opened);
        }
        Event::CaseResolved { case, at, .. } => state.close(*case, *at),
        Event::ReasonAdded { case, trip, reason, .. } => {
            state.remember(*trip, reason);
            state.change(*case, event);
        }
        Event::ReasonNarrowed { case, .. }
        | Event::ReasonGone { case, .. }
        | Event::RungReached { case, .. }
        | Event::RungCalled { case, .. }
        | Event::RungToldAgain { case, .. }
        | Event::RungSkipped { case, .. }
        | Event::NobodyReached { case, .. }
        | Event::ChannelChanged { case, .. }
        | Event::NoticeFailed { case, .. }
        | Event::CaseOwned { case, .. }
        | Event::OwnershipLapsed { case, .. }
        | Event::CaseHandedBack { case, .. }
        | Event::NoteAdded { case, .. } => state.change(*case, event),
        Event::CodeNotTaken { .. } | Event::ReplySetAside { .. } | Event::ReplyNotEnough { .. } => {}
        Event::LadderNoted { .. }
        | Event::BaseNoted { .. }
        | Event::LadderEndedNoted { .. }
        | Event::PersonNoted { .. }
        | Event::DutyNoted { .. }
        | Event::DutyEndedNoted { .. }
        | Event::ReachNoted { .. }
        | Event::LineNoted { .. }
        | Event::ClosedNoted { .. } => state.note(event),
    }
}

impl State {
    fn change(&mut self, case: CaseId, event: &Event) {
        if let Some(open) = self.cases.get_mut(&case) {
            self.index.remove(open);
            open.apply(event);
            self.index.add(open);
        }
    }

    fn close(&mut self, case: CaseId, at: Timestamp) {
        let Some(open) = self.cases.remove(&case) else { return };
        self.index.remove(&open);
        let used = self.codes.entry(open.code).or_default();
        used.open.remove(&case);
        used.resolved = Some((case, at));
        if let Some(trip) = open.trip {
            self.forget_if_ended(trip);
        }
    }

    fn remember(&mut self, trip: Option<TripId>, reason: &Reason) {
        if let Some(trip) = trip.filter(|t| !self.ended.contains(t)) {
            self.trips.entry(trip).or_default().raised.insert(reason.clone());
        }
    }

    /// A closed trip is kept while a case of it is open: its people are on the ladder.
    fn forget_if_ended(&mut self, trip: TripId) {
        let ended = self.trips.get(&trip).is_some_and(|t| t.ended);
        if ended && self.case_of_trip(trip).is_none() {
            self.trips.remove(&trip);
        }
    }

    fn note(&mut self, event: &Event) {
        match event.clone() {
            Event::LadderNoted { trip, title, leader, deputy, staff, office, dsl, senior, base } => {
                let ladder = Ladder { title, leader, deputy, staff, office, dsl, senior, base };
                self.trips.entry(trip).or_default().ladder = Some(ladder);
            }
            Event::BaseNoted { trip, person } => {
                self.trips.entry(trip).or_default().base = Some(person);
            }
            Event::LadderEndedNoted { trip } => {
                self.ended.insert(trip);
                self.trips.entry(trip).or_default().ended = true;
                self.forget_if_ended(trip);
            }
            Event::PersonNoted { person, here, roles } => {
                let known = self.people.entry(person).or_default();
                known.here = Some(here);
                known.roles = roles;
            }
            Event::ReachNoted { person, devices } => {
                let known = self.people.entry(person).or_default();
                self.index.in_hands(person, &known.devices, &devices);
                known.devices = devices;
            }
            Event::DutyNoted { duty, person, role, window } => {
                self.duties.insert(duty, Duty { person, role, window });
            }
            Event::DutyEndedNoted { duty } => {
                self.duties.remove(&duty);
            }
            Event::LineNoted { line, kind, hours, usable } => {
                self.lines.insert(line, Line { kind, hours, usable });
            }
            Event::ClosedNoted { window } => self.closed = Some(window),
            Event::CaseOpened { .. }
            | Event::ReasonAdded { .. }
            | Event::ReasonNarrowed { .. }
            | Event::ReasonGone { .. }
            | Event::RungReached { .. }
            | Event::RungCalled { .. }
            | Event::RungToldAgain { .. }
            | Event::RungSkipped { .. }
            | Event::NobodyReached { .. }
            | Event::ChannelChanged { .. }
            | Event::NoticeFailed { .. }
            | Event::CaseOwned { .. }
            | Event::OwnershipLapsed { .. }
            | Event::CaseHandedBack { .. }
            | Event::CaseResolved { .. }
            | Event::NoteAdded { .. }
            | Event::CodeNotTaken { .. }
            | Event::ReplySetAside { .. }
            | Event::ReplyNotEnough { .. } => {}
        }
    }
}
