//! The readiness list: everything that is checked at a gate, green and red, all at once.
//!
//! Which rule an item names, where RULES.md leaves it open: references of the risk assessment and of the consents stand under
//! FORM-2, since they are what a senior authorises on; somebody who left the school's register stands under DEV-2; more
//! pupils than authorised, and a departure outside the tolerance, stand under FORM-4.

mod asked;
mod departure;
mod route;
mod staff;

use std::collections::BTreeMap;

use decider::Policy;
use proto::Timestamp;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::rules::Rule;
use proto::v1::trips::{ReadinessItem, TripForm};
use proto::values::{Headcount, SchoolZone};

use crate::party::with_stand_ins;
use crate::state::{Phase, State, Trip};

pub use departure::LEAST_SLACK_SECS;

/// Where a form is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gate {
    /// FORM-1, FORM-3.
    Submit,
    /// That, and FORM-8.
    Authorise,
    /// That, and FORM-2, FORM-4, DEV-5, DEV-7.
    Depart,
}

/// The whole list for a trip at a gate; empty for a trip that isn't known.
pub fn readiness(
    state: &State,
    trip: TripId,
    gate: Gate,
    now: Timestamp,
    zone: &SchoolZone,
    policy: &Policy,
) -> Vec<ReadinessItem> {
    let Some(known) = state.trip(trip) else { return Vec::new() };
    let stand_ins = known.outing().map(|o| o.stand_ins.as_slice()).unwrap_or_default();
    let form = with_stand_ins(&known.form, stand_ins);
    Check { state, id: trip, trip: known, form: &form, counts: None, now, zone, policy }.items(gate)
}

/// The list for a form that isn't kept yet: for whoever fills it in.
pub fn readiness_of_form(
    state: &State,
    trip: TripId,
    form: TripForm,
    now: Timestamp,
    zone: &SchoolZone,
    policy: &Policy,
) -> Vec<ReadinessItem> {
    let known = Trip {
        form_hash: crate::form::form_hash(&form),
        form: Box::new(form),
        earlier: Vec::new(),
        phase: Phase::Draft { was: None, sent_back: None },
        coverage: None,
        released: Headcount::ZERO,
        notes: 0,
    };
    let check = Check { state, id: trip, trip: &known, form: &known.form, counts: None, now, zone, policy };
    check.items(Gate::Submit)
}

/// Whether all of a list holds.
pub fn is_ready(items: &[ReadinessItem]) -> bool {
    items.iter().all(|item| item.ok)
}

/// What a list is worked out from.
pub(crate) struct Check<'a> {
    pub(crate) state: &'a State,
    pub(crate) id: TripId,
    pub(crate) trip: &'a Trip,
    /// The form with reserves in the places of those who stay.
    pub(crate) form: &'a TripForm,
    /// How many of each group got on, once counted.
    pub(crate) counts: Option<&'a BTreeMap<GroupId, Headcount>>,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a SchoolZone,
    pub(crate) policy: &'a Policy,
}

impl Check<'_> {
    pub(crate) fn items(&self, gate: Gate) -> Vec<ReadinessItem> {
        let mut items = Vec::new();
        if gate == Gate::Depart {
            items.extend(self.authorisation());
            items.extend(self.departure_time());
            items.extend(self.numbers());
        }
        items.extend(self.staff_on_register());
        items.extend(self.work_mobiles());
        items.extend(self.groups());
        items.extend(self.papers());
        if gate != Gate::Depart {
            items.extend(self.stand_by_mobiles());
            items.push(self.plan());
            items.extend(self.lone_worker());
            items.extend(self.host_informed());
            items.extend(self.placement());
            items.extend(self.volunteers());
            items.extend(self.direct());
        }
        if gate >= Gate::Authorise {
            items.extend(self.route());
        }
        if gate == Gate::Depart || matches!(self.trip.phase, Phase::Out(_)) {
            items.extend(self.phones_in_hand());
        }
        if gate == Gate::Depart {
            items.extend(self.pupil_phones());
        }
        items
    }

    fn on_trip(&self, person: PersonId) -> bool {
        self.form.staff.iter().any(|s| s.person == person)
    }
}

/// An item that holds.
fn green(rule: Rule, text: impl Into<String>) -> Line {
    Line(ReadinessItem {
        rule,
        ok: true,
        text: text.into(),
        remedy: String::new(),
        person: None,
        device: None,
        field: None,
    })
}

/// An item that doesn't, and what would satisfy it.
fn red(rule: Rule, text: impl Into<String>, remedy: impl Into<String>) -> Line {
    let Line(item) = green(rule, text);
    Line(ReadinessItem { ok: false, remedy: remedy.into(), ..item })
}

/// An item in the making.
pub(crate) struct Line(ReadinessItem);

impl Line {
    fn person(self, person: PersonId) -> Self {
        Self(ReadinessItem { person: Some(person), ..self.0 })
    }

    fn device(self, device: Option<DeviceId>) -> Self {
        Self(ReadinessItem { device, ..self.0 })
    }

    fn field(self, field: impl Into<String>) -> Self {
        Self(ReadinessItem { field: Some(field.into()), ..self.0 })
    }

    fn done(self) -> ReadinessItem {
        self.0
    }
}

/// A fact that no longer holds after departure, as an item.
pub(crate) fn lost(
    rule: Rule,
    person: Option<PersonId>,
    device: Option<DeviceId>,
    text: &str,
    remedy: &str,
) -> ReadinessItem {
    ReadinessItem { person, ..red(rule, text, remedy).device(device).done() }
}
