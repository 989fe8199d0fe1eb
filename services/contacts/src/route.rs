//! CONT-1 to 6: who reaches whom, by which lines, in which order, and why. The same answer drives the phone call, the
//! printed cards and the board.

use std::collections::BTreeSet;

use decider::Policy;
use proto::Timestamp;
use proto::ids::{DeviceId, LineId, PersonId, TripId};
use proto::v1::contacts::{Audience, LineKind};
use proto::v1::people::DutyRole;
use proto::values::{PhoneNumber, RingSecs};

use crate::coverage::Setting;
use crate::facts::{Duty, Facts, Health, Line};
use crate::state::State;
use crate::trip::{Base, Plan, Trip};

/// A route: what to try, in that order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Route {
    /// The steps.
    pub lines: Vec<RouteStep>,
    /// What whoever reads it should know; why there is no step, if there is none.
    pub note: Option<String>,
}

/// One step of a route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteStep {
    /// What to ring.
    pub target: RouteTarget,
    /// How long it rings before the next one is tried.
    pub ring: RingSecs,
    /// Why it stands here: and what stands before it no more.
    pub why: String,
}

/// What to ring. Never a personal number: there is none. [CONT-4]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RouteTarget {
    /// A line of the school.
    Line(LineId),
    /// A work mobile, in that person's hands.
    Device(DeviceId, PersonId),
}

/// The route for an audience, at an instant. Callers from outside never reach anybody who is out with a trip, whichever
/// trip they mean, unless the school's setting allows that audience. [CONT-4, CONT-5]
pub fn route(state: &State, audience: Audience, trip: Option<TripId>, setting: &Setting<'_>) -> Route {
    let found = trip.and_then(|id| state.trips.get(&id));
    let away = if is_from_outside(audience) { state.trips_out().collect() } else { Vec::new() };
    let mut builder = Builder::new(&state.facts, found, away, setting);
    match (audience, found) {
        (Audience::Parent | Audience::HostOrganisation | Audience::StaffFamily, _) => {
            builder.school();
            builder.on_call_for_base();
        }
        (Audience::StaffOffSite, _) => {
            builder.base_holder();
            builder.school();
            builder.on_call_for_base();
            builder.on_call(DutyRole::Senior, "the senior on call");
        }
        (Audience::Pupil, _) => {
            builder.school();
            builder.base_holder();
            builder.on_call_for_base();
        }
        (Audience::Base, Some(found)) => builder.party(&found.plan),
        (Audience::Base, None) => builder.notes.push("There is no such trip, or it has ended.".to_owned()),
    }
    for person in found.map(|trip| may_be_reached(audience, &trip.plan, setting.policy)).unwrap_or_default() {
        builder.push_devices(person, "is on the trip, and may be reached directly");
    }
    builder.build()
}

/// CONT-5: staff of the trip whom that audience may reach, after everybody at base: as the school's setting says, or as
/// was agreed for the pupils of a tour.
fn may_be_reached(audience: Audience, plan: &Plan, policy: &Policy) -> Vec<PersonId> {
    let leaders = || [Some(plan.leader), plan.deputy].into_iter().flatten().collect();
    match audience {
        Audience::Parent if policy.work_mobiles_to_parents => leaders(),
        Audience::HostOrganisation if policy.work_mobiles_to_hosts => leaders(),
        Audience::Pupil => plan.emergency.tour_numbers.as_ref().map_or_else(Vec::new, |n| n.whose.clone()),
        Audience::Parent
        | Audience::HostOrganisation
        | Audience::StaffFamily
        | Audience::StaffOffSite
        | Audience::Base => Vec::new(),
    }
}

fn is_from_outside(audience: Audience) -> bool {
    match audience {
        Audience::Parent | Audience::HostOrganisation | Audience::StaffFamily | Audience::Pupil => true,
        Audience::StaffOffSite | Audience::Base => false,
    }
}

struct Builder<'a> {
    facts: &'a Facts,
    trip: Option<&'a Trip>,
    /// The trips whose people are not put through to.
    away: Vec<&'a Trip>,
    now: Timestamp,
    zone: &'a proto::values::SchoolZone,
    steps: Vec<RouteStep>,
    /// Numbers that stand in the route already.
    numbers: BTreeSet<PhoneNumber>,
    /// Lines that were left out, each with its reason.
    left_out: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Builder<'a> {
    fn new(facts: &'a Facts, trip: Option<&'a Trip>, away: Vec<&'a Trip>, setting: &Setting<'a>) -> Self {
        let (steps, numbers, left_out, notes) = (vec![], BTreeSet::new(), vec![], vec![]);
        Self { facts, trip, away, now: setting.now, zone: setting.zone, steps, numbers, left_out, notes }
    }

    fn build(mut self) -> Route {
        if self.steps.is_empty() {
            let mut nobody = vec!["Nobody can be reached now.".to_owned()];
            nobody.append(&mut self.left_out);
            nobody.append(&mut self.notes);
            self.notes = nobody;
        }
        let note = (!self.notes.is_empty()).then(|| self.notes.join(" "));
        Route { lines: self.steps, note }
    }

    /// The landline, the office, then the back-up mobile. [CONT-1, CONT-2, CONT-3]
    fn school(&mut self) {
        for kind in [LineKind::Landline, LineKind::Office] {
            for (id, line) in self.facts.lines_of(kind) {
                match self.why_not(line) {
                    None => {
                        self.push_line(id, line, format!("{} is open and staffed{}.", line.name, doubt(line)))
                    }
                    Some(reason) => self.left_out.push(reason),
                }
            }
        }
        for (id, line) in self.facts.lines_of(LineKind::BackUpMobile) {
            match self.why_not_back_up(line) {
                None => {
                    let why = self.standing_in(format!("{} is the back-up{}.", line.name, doubt(line)));
                    self.push_line(id, line, why);
                }
                Some(reason) => self.left_out.push(reason),
            }
        }
    }

    /// Why a landline or office line is no step now.
    fn why_not(&self, line: &Line) -> Option<String> {
        if let Some(reason) = self.is_down(line) {
            return Some(reason);
        }
        if let Some(closing) = self.facts.closed_at(self.now) {
            return Some(format!(
                "{}: the school closed early at {}.",
                line.name,
                self.clock(closing.window.from)
            ));
        }
        let open = line.hours.is_open(self.now, self.zone);
        (!open).then(|| format!("{} is outside its hours.", line.name))
    }

    fn why_not_back_up(&self, line: &Line) -> Option<String> {
        if let Some(reason) = self.is_down(line) {
            return Some(reason);
        }
        let Some(mobile) = self.facts.mobile_by_number(&line.number) else {
            return Some(format!("{} is not in service.", line.name));
        };
        if mobile.person.is_some_and(|holder| self.is_on_trip(holder)) {
            return Some(format!("{} is with the trip.", line.name));
        }
        let open = line.hours.0.is_empty() || line.hours.is_open(self.now, self.zone);
        (!open).then(|| format!("{} is outside its hours.", line.name))
    }

    fn is_down(&self, line: &Line) -> Option<String> {
        match &line.health {
            Health::Down { since, reason, .. } => {
                Some(format!("{} has been down since {} ({reason}).", line.name, self.clock(*since)))
            }
            Health::Up | Health::Doubtful { .. } | Health::Back { .. } => None,
        }
    }

    /// A reason, after those for which earlier lines were left out.
    fn standing_in(&self, why: String) -> String {
        self.left_out.iter().map(String::as_str).chain([why.as_str()]).collect::<Vec<_>>().join(" ")
    }

    /// Who holds base of the trip, on a work mobile. [CONT-6]
    fn base_holder(&mut self) {
        let Some(trip) = self.trip else { return };
        let holder = match trip.base {
            Base::ByForm { person, .. } | Base::ByName { person, .. } => person,
            Base::NotYet => trip.plan.emergency.base_contact,
            Base::Unheld { since } => {
                self.notes.push(format!("Nobody has held base of this trip since {}.", self.clock(since)));
                return;
            }
        };
        if !self.push_person(holder, "holds base of this trip") {
            self.notes.push("Whoever holds base of this trip has no work mobile in hand.".to_owned());
        }
    }

    fn on_call_for_base(&mut self) {
        self.on_call(DutyRole::Base, "on call for base");
        self.on_call(DutyRole::Office, "on call for the office");
    }

    /// Those on call, who answered the evening's test first.
    fn on_call(&mut self, role: DutyRole, what: &str) {
        let now = self.now;
        let duties = self.facts.duties.values().filter(|d| d.role == role && d.window.contains(now));
        let (sure, unsure): (Vec<&Duty>, Vec<&Duty>) = duties.partition(|d| d.counts_at(now));
        for duty in sure {
            let why = self.standing_in(format!("Is {what}."));
            self.push_person(duty.person, &why);
        }
        for duty in unsure {
            let why = self.standing_in(format!("Is {what}, but has not answered this evening's test."));
            self.push_person(duty.person, &why);
        }
    }

    /// Leader, deputy, then every other member of staff who is along. [CONT-6]
    fn party(&mut self, plan: &Plan) {
        let mut without = 0;
        let others = plan.staff.iter().map(|p| (*p, "is on the trip"));
        let deputy = plan.deputy.map(|p| (p, "is the deputy"));
        let mut asked = BTreeSet::new();
        for (person, why) in std::iter::once((plan.leader, "leads the trip")).chain(deputy).chain(others) {
            if asked.insert(person) && !self.push_devices(person, why) {
                without += 1;
            }
        }
        if without > 0 {
            self.notes.push(format!("Staff of the trip without a work mobile in hand: {without}."));
        }
    }

    fn push_line(&mut self, id: LineId, line: &Line, why: String) {
        if self.numbers.insert(line.number.clone()) {
            self.steps.push(RouteStep { target: RouteTarget::Line(id), ring: line.ring, why });
        }
    }

    /// Somebody beyond the trip's own staff; tells whether they can be reached.
    fn push_person(&mut self, person: PersonId, why: &str) -> bool {
        self.facts.is_here(person) && !self.is_on_trip(person) && self.push_devices(person, why)
    }

    fn push_devices(&mut self, person: PersonId, why: &str) -> bool {
        let held: Vec<_> = self.facts.mobiles_of(person).map(|(id, m)| (id, m.number.clone())).collect();
        for (device, number) in &held {
            if self.numbers.insert(number.clone()) {
                let target = RouteTarget::Device(*device, person);
                self.steps.push(RouteStep { target, ring: RingSecs::MOBILE, why: sentence(why) });
            }
        }
        !held.is_empty()
    }

    fn is_on_trip(&self, person: PersonId) -> bool {
        self.trip.into_iter().chain(self.away.iter().copied()).any(|trip| trip.plan.is_on_trip(person))
    }

    fn clock(&self, at: Timestamp) -> String {
        self.zone.clock(at)
    }
}

fn doubt(line: &Line) -> &'static str {
    match line.health {
        Health::Doubtful { .. } => ", though it may not work",
        Health::Back { .. } => ", and works again",
        Health::Up | Health::Down { .. } => "",
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
