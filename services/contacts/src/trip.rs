//! What is known of one trip: who goes, who holds base, whether its emergency route is covered.

use std::collections::BTreeSet;

use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::PersonId;
use proto::v1::contacts::{CoverageGap, Event, MissingNow, TripPhase};
use proto::v1::trips::{EmergencyPlan, TripKind};
use proto::values::Window;
use serde::{Deserialize, Serialize};

use crate::facts::{Closing, Facts};

/// A trip that hasn't ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trip {
    /// The form, or the party as it left.
    pub plan: Plan,
    /// Where it stands.
    pub phase: TripPhase,
    /// Who holds base.
    pub base: Base,
    /// What was last told of its emergency route. [FORM-8]
    pub coverage: Option<Coverage>,
    /// What was last told of its emergency route as it is now, while it is out. [FORM-8]
    pub now: Option<RouteNow>,
}

/// The emergency route at a moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RouteNow {
    /// What is missing; nothing: it holds.
    pub missing: BTreeSet<MissingNow>,
    /// When time alone next changes that.
    pub next_at: Option<Timestamp>,
}

/// What a route and its coverage need of the form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The form's hash.
    pub form_hash: Hash,
    /// The kind of outing.
    pub kind: TripKind,
    /// From leaving to the expected return.
    pub window: Window,
    /// Who leads.
    pub leader: PersonId,
    /// The deputy.
    pub deputy: Option<PersonId>,
    /// All staff who go.
    pub staff: Vec<PersonId>,
    /// The emergency route of the form.
    pub emergency: EmergencyPlan,
}

impl Plan {
    /// Whether somebody goes along.
    pub fn is_on_trip(&self, person: PersonId) -> bool {
        self.leader == person || self.deputy == Some(person) || self.staff.contains(&person)
    }

    /// Everyone of the ladder beyond the trip's own staff, as the form names them.
    pub(crate) fn ladder(&self) -> BTreeSet<PersonId> {
        let EmergencyPlan { office, dsl, senior, .. } = &self.emergency;
        office.iter().chain(dsl).chain(senior).copied().collect()
    }
}

/// Who holds base of a trip. [CONT-6]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Base {
    /// It has not left.
    NotYet,
    /// Whom the form names, since the departure.
    ByForm {
        /// Who.
        person: PersonId,
        /// Since when.
        since: Timestamp,
    },
    /// Who took it by name, or was handed it.
    ByName {
        /// Who.
        person: PersonId,
        /// Who handed it over.
        from: Option<PersonId>,
        /// Since when.
        since: Timestamp,
    },
    /// Nobody.
    Unheld {
        /// Since when.
        since: Timestamp,
    },
}

impl Base {
    /// Who holds it.
    pub fn holder(&self) -> Option<PersonId> {
        match self {
            Self::ByForm { person, .. } | Self::ByName { person, .. } => Some(*person),
            Self::NotYet | Self::Unheld { .. } => None,
        }
    }

    /// Whether an early closing asks for base to be taken by name anew: it ends what the form said, and what was taken
    /// before the closing was known. [CONT-1]
    fn is_ended_by(&self, closing: &Closing) -> bool {
        match self {
            Self::ByForm { since, .. } => closing.window.to > *since,
            Self::ByName { since, .. } => closing.window.to > *since && closing.said_at > *since,
            Self::NotYet | Self::Unheld { .. } => false,
        }
    }
}

/// What was told of a trip's emergency route.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Coverage {
    /// Of which form.
    pub form_hash: Hash,
    /// The gaps; none: it is covered.
    pub gaps: Vec<CoverageGap>,
    /// When.
    pub at: Timestamp,
}

impl Trip {
    /// When base is held no more because the school closes early.
    pub(crate) fn base_lapses_at(&self, facts: &Facts) -> Option<Timestamp> {
        let ending =
            facts.closings.iter().filter(|c| self.phase == TripPhase::Out && self.base.is_ended_by(c));
        ending.map(|c| c.window.from.max(c.said_at)).min()
    }

    /// When time alone next changes what is told of it.
    pub(crate) fn wake_at(&self, facts: &Facts) -> Option<Timestamp> {
        let gaps = self.coverage.iter().flat_map(|c| &c.gaps);
        let checked = self.now.as_ref().and_then(|now| now.next_at).filter(|_| self.phase == TripPhase::Out);
        gaps.filter_map(gap_ends).chain(self.base_lapses_at(facts)).chain(checked).min()
    }

    /// Whether a person has a part in its emergency route.
    pub(crate) fn leans_on(&self, person: PersonId) -> bool {
        let EmergencyPlan { base_contact, office, dsl, senior, .. } = &self.plan.emergency;
        *base_contact == person
            || self.base.holder() == Some(person)
            || [office, dsl, senior].iter().any(|step| step.contains(&person))
    }

    /// Takes in what an event says of a trip; one that ended is forgotten.
    pub(crate) fn apply(slot: &mut Option<Self>, event: &Event) {
        match event {
            Event::TripNoted { trip: _, form_hash, kind, window, leader, deputy, staff, emergency } => {
                let plan = Plan {
                    form_hash: *form_hash,
                    kind: *kind,
                    window: *window,
                    leader: *leader,
                    deputy: *deputy,
                    staff: staff.clone(),
                    emergency: EmergencyPlan::clone(emergency),
                };
                match slot {
                    Some(trip) => trip.plan = plan,
                    None => *slot = Some(Self::planned(plan)),
                }
            }
            Event::TripPhaseNoted { trip: _, phase: TripPhase::Ended } => *slot = None,
            Event::TripPhaseNoted {
                trip: _,
                phase: phase @ (TripPhase::Planned | TripPhase::Out | TripPhase::Returned),
            } => {
                if let Some(trip) = slot {
                    trip.phase = *phase;
                }
            }
            Event::BaseHeld { trip: _, person, from, at } => {
                if let Some(trip) = slot {
                    trip.base = trip.held(*person, *from, *at);
                }
            }
            Event::BaseUnheld { trip: _, since } => {
                if let Some(trip) = slot {
                    trip.base = Base::Unheld { since: *since };
                }
            }
            Event::CoverageAssessed { trip: _, form_hash, gaps, at } => {
                if let Some(trip) = slot {
                    trip.coverage = Some(Coverage { form_hash: *form_hash, gaps: gaps.clone(), at: *at });
                }
            }
            Event::RouteChecked { trip: _, missing, next_at, at: _ } => {
                if let Some(trip) = slot {
                    trip.now = Some(RouteNow { missing: missing.clone(), next_at: *next_at });
                }
            }
            Event::LineAdded { .. }
            | Event::LineChanged { .. }
            | Event::LineRemoved { .. }
            | Event::LineHealthChanged { .. }
            | Event::LineSignalled { .. }
            | Event::LineTestCalled { .. }
            | Event::LineTestScheduled { .. }
            | Event::ClosedEarly { .. }
            | Event::DutyNoted { .. }
            | Event::DutyEndedNoted { .. }
            | Event::PersonNoted { .. }
            | Event::WorkMobileNoted { .. } => {}
        }
    }

    fn planned(plan: Plan) -> Self {
        Self { plan, phase: TripPhase::Planned, base: Base::NotYet, coverage: None, now: None }
    }

    /// The first holder of a trip is the form's; each later one takes base by name.
    fn held(&self, person: PersonId, from: Option<PersonId>, since: Timestamp) -> Base {
        match self.base {
            Base::NotYet => Base::ByForm { person, since },
            Base::ByForm { .. } | Base::ByName { .. } | Base::Unheld { .. } => {
                Base::ByName { person, from, since }
            }
        }
    }
}

/// When a gap is over.
pub(crate) fn gap_ends(gap: &CoverageGap) -> Option<Timestamp> {
    match gap {
        CoverageGap::NoLine { window } | CoverageGap::EmptyStep { window, step: _ } => Some(window.to),
        CoverageGap::TooFewPeople { .. } | CoverageGap::OnTheTrip { .. } => None,
    }
}
