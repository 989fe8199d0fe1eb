//! What trips knows of one school: each trip in its phase, and what was heard of people, phones and routes.

mod evolve;

use std::collections::{BTreeMap, BTreeSet};

use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{DeviceId, PersonId, PupilId, TripId};
use proto::rules::Rule;
use proto::v1::contacts::CoverageGap;
use proto::v1::trips::{Accounted, ClearanceDecision, Party, ReadinessItem, TripForm};
use proto::values::{Headcount, Note, PhoneNumber, Window};
use serde::{Deserialize, Serialize};

use crate::drills::Drills;

/// How many earlier forms of a trip are kept, so that who made a stale edit is told what changed meanwhile.
pub const EARLIER_FORMS_KEPT: usize = 4;

/// All that trips knows of one school.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) trips: BTreeMap<TripId, Trip>,
    pub(crate) people: BTreeMap<PersonId, Person>,
    pub(crate) work_mobiles: BTreeMap<DeviceId, WorkMobile>,
    /// Basic phones that are in a pupil's hands for a trip.
    pub(crate) pupil_phones: BTreeMap<DeviceId, (PupilId, TripId)>,
    /// The trips that are out, so that news about people and phones finds them at once.
    pub(crate) out: BTreeSet<TripId>,
    /// The newest release of checkins' journal that was noted.
    pub(crate) releases_heard: u64,
    /// The drills, and when the next one is due. [REV-1]
    #[serde(default)]
    pub(crate) drills: Drills,
}

/// What was heard of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Still on the register.
    pub here: bool,
    /// May authorise forms.
    pub senior: bool,
    /// The head or a named deputy.
    pub head: bool,
}

/// What was heard of a work mobile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WorkMobile {
    /// Its number.
    pub number: PhoneNumber,
    /// Not lost, damaged, quarantined, with the police or retired.
    pub in_service: bool,
    /// Off the register: its number is no work mobile's any more.
    pub retired: bool,
    /// In whose hands it is.
    pub held_by: Option<PersonId>,
    /// For which trip it was issued.
    pub for_trip: Option<TripId>,
    /// On permanent issue.
    pub permanent: bool,
    /// On permanent issue and in hand for these trips, on the holder's word.
    pub in_hand_for: BTreeSet<TripId>,
}

impl WorkMobile {
    /// Whether it is with a trip, in the hands of this person.
    pub fn is_in_hand(&self, person: PersonId, trip: TripId) -> bool {
        self.held_by == Some(person) && self.is_with(trip)
    }

    /// Whether it was issued for a trip, or is in hand for it on the holder's word.
    pub fn is_with(&self, trip: TripId) -> bool {
        self.for_trip == Some(trip) || self.in_hand_for.contains(&trip)
    }
}

/// One trip.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Trip {
    /// The form as it is now.
    pub form: Box<TripForm>,
    /// Its hash.
    pub form_hash: Hash,
    /// Forms before it, the newest last.
    pub(crate) earlier: Vec<(Hash, Box<TripForm>)>,
    /// Where the trip stands.
    pub phase: Phase,
    /// Whether the emergency route covers it, as heard for this form.
    pub coverage: Option<Coverage>,
    /// Pupils released on the way, as recorded by checkins.
    pub released: Headcount,
    /// How many notes were written down; what they say is in the journal alone.
    #[serde(default)]
    pub(crate) notes: u16,
}

/// Where a trip stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Phase {
    /// Being filled in.
    Draft {
        /// The authorisation a change voided, kept to show what changed since.
        was: Option<Box<Authorisation>>,
        /// Why a senior sent it back.
        sent_back: Option<Note>,
    },
    /// Waits for a senior.
    Submitted {
        /// When it was submitted.
        at: Timestamp,
        /// An authorisation that a change voided before.
        was: Option<Box<Authorisation>>,
    },
    /// May depart.
    Authorised(Box<Authorisation>),
    /// Off the premises.
    Out(Box<Outing>),
    /// Back, everyone accounted for; devices are still coming in.
    Returned(Box<Returned>),
    /// Over.
    Closed {
        /// When it closed.
        at: Timestamp,
        /// How it went.
        returned: Box<Returned>,
    },
    /// It doesn't take place.
    Cancelled {
        /// Why.
        reason: Note,
    },
}

/// A senior's yes to a form.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Authorisation {
    /// The hash it is bound to.
    pub form_hash: Hash,
    /// The form as the senior saw it: delays are measured against it.
    pub form: Box<TripForm>,
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// The form's own window and those of like visits.
    pub covers: Vec<Window>,
}

/// A party that is out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Outing {
    /// Who left, with which phones; follows changes of the form.
    pub party: Party,
    /// When.
    pub left_at: Timestamp,
    /// Reserves who stand in: (who stayed, who stands in).
    pub stand_ins: Vec<(PersonId, PersonId)>,
    /// With clearance, or without.
    pub clearance: Clearance,
    /// The newest authorisation, if there was one.
    pub authorisation: Option<Box<Authorisation>>,
    /// What was changed on the way and waits for remote re-authorising. [FORM-4]
    pub awaiting: Option<Vec<String>>,
    /// Facts that no longer hold, each told once.
    pub losses: BTreeSet<Loss>,
}

/// A fact the gate leaned on that no longer holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Loss {
    /// The rule it stood for.
    pub rule: Rule,
    /// Who.
    pub person: Option<PersonId>,
    /// Which device.
    pub device: Option<DeviceId>,
}

/// Whether a party left with clearance.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Clearance {
    /// Everything was checked.
    Given,
    /// It left all the same. [FORM-9]
    Without {
        /// The form as it was then: changes on the way are measured against it.
        form: Box<TripForm>,
        /// Why.
        reason: Note,
        /// What was red.
        missing: Vec<ReadinessItem>,
        /// What the head decided.
        settled: Option<Settled>,
    },
}

/// What the head decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settled {
    /// Recall or accept.
    pub decision: ClearanceDecision,
    /// Who.
    pub by: PersonId,
    /// Why.
    pub reason: Note,
    /// Who recorded it, if it came by voice.
    pub heard_by: Option<PersonId>,
}

/// A party that is back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Returned {
    /// As it was out.
    pub outing: Outing,
    /// When it was recorded.
    pub at: Timestamp,
    /// Where everyone is.
    pub accounted: Accounted,
    /// Who accounted for them.
    pub by: PersonId,
    /// When the devices are due.
    pub devices_due_at: Timestamp,
}

/// Whether the emergency route covers the trip. [FORM-8]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Coverage {
    /// The form it was worked out for.
    pub form_hash: Hash,
    /// What is uncovered.
    pub gaps: Vec<CoverageGap>,
}
