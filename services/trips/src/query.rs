//! What the board, and the rules here, ask of the state. Pure.

use std::collections::BTreeSet;
use std::fmt;

use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::trips::{Event, Party, TripForm};
use proto::values::{Headcount, PhoneNumber};
use serde::Serialize;

use crate::form::{changed_fields, changes_that_matter};
use crate::state::{Authorisation, Clearance, Outing, Person, Phase, Returned, State, Trip, WorkMobile};

/// A phase without its data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PhaseName {
    /// Being filled in.
    Draft,
    /// Waits for a senior.
    Submitted,
    /// May depart.
    Authorised,
    /// Off the premises.
    Out,
    /// Back; devices are coming in.
    Returned,
    /// Over.
    Closed,
    /// It doesn't take place.
    Cancelled,
}

impl PhaseName {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Authorised => "authorised",
            Self::Out => "out",
            Self::Returned => "returned",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for PhaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    /// A trip.
    pub fn trip(&self, trip: TripId) -> Option<&Trip> {
        self.trips.get(&trip)
    }

    /// All trips, by id.
    pub fn trips(&self) -> impl Iterator<Item = (TripId, &Trip)> {
        self.trips.iter().map(|(id, trip)| (*id, trip))
    }

    /// The trips that are out.
    pub fn out(&self) -> &BTreeSet<TripId> {
        &self.out
    }

    /// What was heard of a person.
    pub fn person(&self, person: PersonId) -> Option<&Person> {
        self.people.get(&person)
    }

    /// Whether a person is known and still here.
    pub fn is_here(&self, person: PersonId) -> bool {
        self.person(person).is_some_and(|p| p.here)
    }

    /// Whether a person may authorise forms.
    pub fn is_senior(&self, person: PersonId) -> bool {
        self.person(person).is_some_and(|p| p.here && p.senior)
    }

    /// The work mobile on the register that has this number.
    pub fn registered(&self, number: &PhoneNumber) -> Option<(DeviceId, &WorkMobile)> {
        self.work_mobiles
            .iter()
            .find(|(_, mobile)| !mobile.retired && mobile.number == *number)
            .map(|(device, mobile)| (*device, mobile))
    }

    /// A work mobile.
    pub fn work_mobile(&self, device: DeviceId) -> Option<&WorkMobile> {
        self.work_mobiles.get(&device)
    }

    /// The work mobiles in a person's hands.
    pub fn held_by(&self, person: PersonId) -> impl Iterator<Item = (DeviceId, &WorkMobile)> {
        let held = self.work_mobiles.iter().filter(move |(_, m)| m.held_by == Some(person));
        held.map(|(device, mobile)| (*device, mobile))
    }

    /// The basic phones in pupils' hands on a trip.
    pub fn pupil_devices(&self, trip: TripId) -> Vec<DeviceId> {
        let of_trip = self.pupil_phones.iter().filter(|(_, (_, of))| *of == trip);
        of_trip.map(|(device, _)| *device).collect()
    }
}

impl Trip {
    /// Where it stands.
    pub fn phase_name(&self) -> PhaseName {
        match &self.phase {
            Phase::Draft { .. } => PhaseName::Draft,
            Phase::Submitted { .. } => PhaseName::Submitted,
            Phase::Authorised(_) => PhaseName::Authorised,
            Phase::Out(_) => PhaseName::Out,
            Phase::Returned(_) => PhaseName::Returned,
            Phase::Closed { .. } => PhaseName::Closed,
            Phase::Cancelled { .. } => PhaseName::Cancelled,
        }
    }

    /// The party, once it has left.
    pub fn outing(&self) -> Option<&Outing> {
        match &self.phase {
            Phase::Out(outing) => Some(outing),
            Phase::Returned(returned) | Phase::Closed { returned, .. } => Some(&returned.outing),
            Phase::Draft { .. }
            | Phase::Submitted { .. }
            | Phase::Authorised(_)
            | Phase::Cancelled { .. } => None,
        }
    }

    /// The party, once it has left.
    pub fn party(&self) -> Option<&Party> {
        self.outing().map(|outing| &outing.party)
    }

    /// How it came back, once it has.
    pub fn returned(&self) -> Option<&Returned> {
        match &self.phase {
            Phase::Returned(returned) | Phase::Closed { returned, .. } => Some(returned),
            Phase::Draft { .. }
            | Phase::Submitted { .. }
            | Phase::Authorised(_)
            | Phase::Out(_)
            | Phase::Cancelled { .. } => None,
        }
    }

    /// The authorisation that stands, if one does.
    pub fn standing_authorisation(&self) -> Option<&Authorisation> {
        match &self.phase {
            Phase::Authorised(authorisation) => Some(authorisation),
            Phase::Out(_) | Phase::Returned(_) | Phase::Closed { .. } => {
                self.outing().filter(|o| o.awaiting.is_none())?.authorisation.as_deref()
            }
            Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Cancelled { .. } => None,
        }
    }

    /// The newest authorisation, whether it stands or not.
    pub fn last_authorisation(&self) -> Option<&Authorisation> {
        match &self.phase {
            Phase::Draft { was, .. } | Phase::Submitted { was, .. } => was.as_deref(),
            Phase::Authorised(authorisation) => Some(authorisation),
            Phase::Out(_) | Phase::Returned(_) | Phase::Closed { .. } => {
                self.outing()?.authorisation.as_deref()
            }
            Phase::Cancelled { .. } => None,
        }
    }

    /// What changed since it was last authorised: every field, and those that matter. [FORM-4]
    /// None if it never was.
    pub fn changed_since_authorised(&self) -> Option<Changes> {
        let authorised = &self.last_authorisation()?.form;
        Some(Changes {
            all: changed_fields(authorised, &self.form),
            that_matter: changes_that_matter(authorised, &self.form),
        })
    }

    /// The form as it was under that hash, if it is still known.
    pub fn earlier_form(&self, hash: Hash) -> Option<&TripForm> {
        self.earlier.iter().find(|(of, _)| *of == hash).map(|(_, form)| form.as_ref())
    }

    /// Whether it left without clearance and nobody settled it yet. [FORM-9]
    pub fn clearance_unsettled(&self) -> bool {
        self.outing().is_some_and(|o| match &o.clearance {
            Clearance::Given => false,
            Clearance::Without { settled, .. } => settled.is_none(),
        })
    }

    /// What changed between the form of that hash and the form as it is; measured from `offered` where that form is no
    /// longer known.
    pub(crate) fn changed_since(&self, hash: Option<Hash>, offered: Option<&TripForm>) -> Vec<String> {
        let earlier = self.earlier.iter().find(|(of, _)| Some(*of) == hash).map(|(_, form)| form.as_ref());
        earlier.or(offered).map(|form| changed_fields(form, &self.form)).unwrap_or_default()
    }
}

/// What changed since a form was authorised.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Changes {
    /// Every field that differs.
    pub all: Vec<String>,
    /// Those that void the authorisation.
    pub that_matter: Vec<String>,
}

impl Outing {
    /// How many pupils left.
    pub fn pupils_left(&self) -> Headcount {
        total(&self.party)
    }

    /// The form that changes on the way are measured against.
    pub(crate) fn reference<'a>(&'a self, now: &'a TripForm) -> &'a TripForm {
        match (&self.authorisation, &self.clearance) {
            (Some(authorisation), _) => &authorisation.form,
            (None, Clearance::Without { form, .. }) => form,
            (None, Clearance::Given) => now,
        }
    }

    /// Whether a person is on the trip.
    pub fn has(&self, person: PersonId) -> bool {
        self.party.staff.iter().any(|member| member.person == person)
    }
}

/// The pupils of a party, as many as one trip can have at most.
pub(crate) fn total(party: &Party) -> Headcount {
    let sum: u32 = party.groups.iter().map(|g| g.expected.get()).sum();
    Headcount::new(sum.min(Headcount::MAX)).unwrap_or_default()
}

/// The trip an event is about.
pub(crate) fn trip_of(event: &Event) -> Option<TripId> {
    match event {
        Event::DraftSaved { trip, .. }
        | Event::FormSubmitted { trip, .. }
        | Event::FormAuthorised { trip, .. }
        | Event::SentBack { trip, .. }
        | Event::AuthorisationVoided { trip, .. }
        | Event::TripAmended { trip, .. }
        | Event::Departed { trip, .. }
        | Event::LeftWithoutClearance { trip, .. }
        | Event::ClearanceSettled { trip, .. }
        | Event::ReadinessLost { trip, .. }
        | Event::Returned { trip, .. }
        | Event::TripClosed { trip, .. }
        | Event::TripCancelled { trip, .. }
        | Event::NoteAdded { trip, .. }
        | Event::DrillDone { trip, .. }
        | Event::DrillReviewed { trip, .. }
        | Event::PupilPhoneNoted { trip, .. }
        | Event::DevicesSettledNoted { trip }
        | Event::CoverageNoted { trip, .. }
        | Event::ReleaseNoted { trip, .. } => Some(*trip),
        Event::WorkMobileNoted { for_trip, .. } => *for_trip,
        Event::PersonNoted { .. } | Event::DrillReminded { .. } => None,
    }
}

/// Whether nothing follows for its trip.
pub(crate) fn ends_trip(event: &Event) -> bool {
    match event {
        Event::TripClosed { .. } | Event::TripCancelled { .. } => true,
        Event::NoteAdded { .. }
        | Event::DrillDone { .. }
        | Event::DrillReviewed { .. }
        | Event::DrillReminded { .. }
        | Event::DraftSaved { .. }
        | Event::FormSubmitted { .. }
        | Event::FormAuthorised { .. }
        | Event::SentBack { .. }
        | Event::AuthorisationVoided { .. }
        | Event::TripAmended { .. }
        | Event::Departed { .. }
        | Event::LeftWithoutClearance { .. }
        | Event::ClearanceSettled { .. }
        | Event::ReadinessLost { .. }
        | Event::Returned { .. }
        | Event::PersonNoted { .. }
        | Event::WorkMobileNoted { .. }
        | Event::PupilPhoneNoted { .. }
        | Event::DevicesSettledNoted { .. }
        | Event::CoverageNoted { .. }
        | Event::ReleaseNoted { .. } => false,
    }
}

/// When a trip's devices are due, once it has returned.
pub fn devices_due_at(trip: &Trip) -> Option<Timestamp> {
    trip.returned().map(|returned| returned.devices_due_at)
}
