//! The trip form from draft to closed: readiness, authorising, departure, return.

#![allow(missing_docs, reason = "fields are named for what they are; the others are documented")]

mod refusals;

use std::collections::BTreeSet;

use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Hash;
use crate::ids::{DeviceId, GroupId, PersonId, PupilId, TripId};
use crate::rules::Rule;
use crate::values::{
    Area, CronSchedule, DuressHash, Headcount, Label, Name, Note, Personal, PhoneNumber, Window, erasable,
    erasable_option,
};

pub use refusals::Refusal;

/// The most notes that are written down beside one trip.
pub const MAX_NOTES: u16 = 500;

/// What kind of outing it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TripKind {
    LocalVisit,
    DayVisit,
    Residential,
    WorkPlacement,
    HomeVisit,
    Tour,
}

/// A member of staff on the form, with the number of the work mobile they will carry. [FORM-1]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffOnForm {
    pub person: PersonId,
    /// Must be that of a registered work mobile in service [FORM-3]; a number that isn't is refused and not kept [CONT-4].
    pub work_mobile: Option<PhoneNumber>,
}

/// A volunteer, visitor or contractor who comes along.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VolunteerOnForm {
    pub name: Personal<Name>,
    /// Accepted the staff rules. [PERS-7]
    pub accepted_rules: bool,
}

/// A pupil who holds a basic phone on the trip. [DEV-7]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PupilWithPhone {
    pub pupil: PupilId,
    /// Initials or first name: enough for the desk.
    pub name: Personal<Label>,
    pub reason: Personal<Note>,
}

/// A place the trip goes to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    pub name: Label,
    /// A circle around it.
    pub area: Area,
    /// When the party is expected to arrive there.
    pub arrive_at: Option<Timestamp>,
    /// When it is expected to leave.
    pub leave_at: Option<Timestamp>,
    /// Alert if a staff phone of the party goes off the area during the stay. Left out where it is off, so that the hash
    /// of a form that doesn't ask for it stays what it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alert_off_area: bool,
}

/// A group of the party: an adult, the adult's phone, a number of pupils.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPlan {
    pub group: GroupId,
    pub name: Label,
    /// One of the staff on the form: no phone, no separate group. [DEV-5]
    pub adult: PersonId,
    /// The number of pupils expected in it.
    pub expected: Headcount,
}

/// A point of the day at which a check-in with a count is due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedPoint {
    /// On arrival at each destination that has a time.
    Arrival,
    /// Before leaving each destination that has a time.
    Leaving,
    /// Back at school.
    Return,
}

/// When check-ins are due. At least one of the first three. [CHECK-1]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInPlan {
    /// Every so many minutes of elapsed time (5 to 1,440), counted from departure.
    pub every_minutes: Option<u16>,
    /// At these local times.
    pub at: Option<CronSchedule>,
    /// At these points of the day.
    pub points: BTreeSet<NamedPoint>,
    /// A reminder this long before each is due, in seconds (0 for none).
    pub remind_before_secs: u32,
    /// How long after it was due a check-in still counts, in seconds (60 to 3,600).
    pub grace_secs: u32,
}

/// Why nobody can be asked for a while.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuietReason {
    NoSignal,
    Night,
    Flight,
    Driving,
    Water,
}

/// An authorised window without check-ins, with an end and a fallback line. [CHECK-1]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietWindow {
    pub window: Window,
    pub reason: QuietReason,
    /// How base reaches the party meanwhile: the hut's landline, the crew.
    pub fallback: Label,
}

/// Pupils of a tour are given numbers of work mobiles, as agreed for its emergencies. [CONT-5]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TourNumbers {
    /// The senior who agreed to it, not on the tour.
    pub agreed_by: PersonId,
    /// Whose work mobiles' numbers the pupils' cards print: staff of the form, in that order.
    #[schemars(length(min = 1, max = 60))]
    pub whose: Vec<PersonId>,
}

/// The emergency route of the form: who is named beyond the trip's own staff. [FORM-8]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyPlan {
    /// Holds base: not on the trip. [CONT-6]
    pub base_contact: PersonId,
    /// The office step of the ladder; the office's landline is always part of it.
    pub office: Vec<PersonId>,
    /// The safeguarding step.
    pub dsl: Vec<PersonId>,
    /// The senior leader step.
    pub senior: Vec<PersonId>,
    /// Who rings parents, from school phones only. [CONT-8]
    pub parents_rung_by: Label,
    /// Where names, medical notes and home numbers are kept, out of hours too. [CONT-8]
    pub records_kept_at: Label,
    /// LOST: minutes after which the police are called. [CHECK-8]
    pub lost_child_police_minutes: u16,
    /// A tour only: pupils are given numbers of work mobiles. Left out where nothing was agreed, so that forms without
    /// it have the hash they always had. [CONT-5]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tour_numbers: Option<TourNumbers>,
}

/// The host organisation, and who there knows that devices will be used. [FORM-5]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostContact {
    pub organisation: Label,
    pub contact: Option<Personal<Name>>,
    /// A number of the organisation, not of a person.
    pub number: Option<PhoneNumber>,
    /// The day on which the contact was told that devices will be used, and its concerns were resolved. Left out where
    /// nothing was told, so that the hash of a form without it stays what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informed_on: Option<civil::Date>,
}

/// A work placement. [FORM-7]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Where the placement's own phone rules are on file.
    pub rules_on_file: Option<Label>,
    /// The day on which the student was inducted in them.
    pub inducted_on: Option<civil::Date>,
}

/// Recording is planned on the trip. [MEDIA-3]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedRecording {
    /// Reference of the prior written consents to it.
    pub consent: Option<Label>,
}

/// A pupil who travels directly to an external provider, and is in no group of the party. [FORM-6]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectTraveller {
    pub pupil: PupilId,
    /// Initials or first name: enough for whoever rings the provider.
    pub name: Personal<Label>,
    /// The provider.
    pub provider: Label,
    /// Who there says that the pupil has arrived.
    pub contact: Option<Personal<Name>>,
    /// The provider's landline or work line: a number of the organisation, not of a person.
    pub number: Option<PhoneNumber>,
    /// When the pupil is due there.
    pub due_at: Option<Timestamp>,
    /// What the provider does with personal devices.
    pub devices: Option<Note>,
}

/// An arrival that is due at a provider: what the watch needs to know of a [`DirectTraveller`]. [FORM-6]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ArrivalDue {
    pub pupil: PupilId,
    pub provider: Label,
    pub due_at: Timestamp,
    /// When it is missed: the grace of the form's plan later.
    pub missed_at: Timestamp,
}

/// The trip form, whole. Its hash is what an authorisation is bound to. [FORM-4]
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TripForm {
    pub title: Label,
    pub kind: TripKind,
    pub purpose: Option<Note>,
    /// From leaving the premises to the expected return.
    pub window: Window,
    /// A delay of departure or return up to this doesn't void the authorisation, in seconds.
    pub delay_tolerance_secs: u32,
    #[schemars(length(max = 20))]
    pub destinations: Vec<Destination>,
    pub transport: Option<Label>,
    pub leader: PersonId,
    pub deputy: Option<PersonId>,
    /// Everyone of the staff who goes, the leader and deputy among them.
    #[schemars(length(max = 60))]
    pub staff: Vec<StaffOnForm>,
    /// Adults who may stand in without a new authorisation.
    #[schemars(length(max = 20))]
    pub reserves: Vec<StaffOnForm>,
    /// Work mobiles that may stand in without a new authorisation.
    #[schemars(length(max = 20))]
    pub spare_devices: Vec<DeviceId>,
    #[schemars(length(max = 60))]
    pub volunteers: Vec<VolunteerOnForm>,
    /// How many pupils go.
    pub pupils: Headcount,
    #[schemars(length(max = 60))]
    pub pupil_phones: Vec<PupilWithPhone>,
    /// At least one; their expected numbers add up to `pupils`.
    #[schemars(length(max = 30))]
    pub groups: Vec<GroupPlan>,
    pub plan: CheckInPlan,
    #[schemars(length(max = 20))]
    pub quiet: Vec<QuietWindow>,
    pub emergency: EmergencyPlan,
    /// Reference of the risk assessment.
    pub risk_assessment: Option<Label>,
    /// Reference of the consents.
    pub consent: Option<Label>,
    pub host: Option<HostContact>,
    /// Images, film or sound are planned. Left out where none are, so that forms without them have the hash they always
    /// had. [MEDIA-3]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<PlannedRecording>,
    /// A work placement only. Left out elsewhere, so that the hash of a form without it stays what it was. [FORM-7]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// Pupils who travel directly to a provider: not among `pupils`, and in no group. Left out where there are none, so that
    /// the hash of a form without them stays what it was. [FORM-6]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 60))]
    pub direct: Vec<DirectTraveller>,
    /// The whole trip is a drill: every text, call and mail of it says so first, and no figure of real trips has it. Left out
    /// where it is real, so that the hash of its form stays what it was. [REV-1]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

/// One line of the readiness list: what is checked, whether it holds, what would satisfy it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReadinessItem {
    pub rule: Rule,
    pub ok: bool,
    /// What was checked and found, in one sentence with ids resolved by whoever shows it (`person` below).
    pub text: String,
    /// What would satisfy it; empty when it holds.
    pub remedy: String,
    pub person: Option<PersonId>,
    pub device: Option<DeviceId>,
    /// The field of the form it is about: `staff[2].work_mobile`.
    pub field: Option<String>,
}

/// How many of a group got on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupCount {
    pub group: GroupId,
    pub pupils: Headcount,
}

/// An adult of the party that left, with the phone in their hands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartyMember {
    pub person: PersonId,
    /// None only where a party left without clearance.
    pub device: Option<DeviceId>,
}

/// A group as it left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PartyGroup {
    pub group: GroupId,
    pub name: Label,
    pub adult: PersonId,
    pub device: Option<DeviceId>,
    /// The number that got on: the number expected from now on.
    pub expected: Headcount,
}

/// All that the watch and the alerts need to know of a party that left; they hear it once and keep it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    pub title: Label,
    pub kind: TripKind,
    pub window: Window,
    pub leader: PersonId,
    pub deputy: Option<PersonId>,
    pub staff: Vec<PartyMember>,
    pub groups: Vec<PartyGroup>,
    /// Basic phones in pupils' hands: they never check a group in.
    pub pupil_devices: Vec<DeviceId>,
    pub plan: CheckInPlan,
    pub quiet: Vec<QuietWindow>,
    pub destinations: Vec<Destination>,
    pub emergency: EmergencyPlan,
    /// Set by the leader at departure; answered like an OK, alerts base alone.
    pub duress: Option<DuressHash>,
    /// Pupils who travel directly to a provider: their arrivals are due whenever the party leaves. [FORM-6]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrivals: Vec<ArrivalDue>,
    /// The whole trip is a drill. [REV-1]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

/// Where everyone of a party is, once it is back. [DEV-9]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accounted {
    /// Pupils who came back.
    pub back: Headcount,
    /// Released to somebody on the way, as recorded.
    pub released: Headcount,
    pub in_hospital: Headcount,
}

/// What the head decides about a party that left without clearance. [FORM-9]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClearanceDecision {
    Recall,
    Accept,
}

/// What trips is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// Saves the form as a draft. `base` is the hash of the form that was edited (none for a new one): a stale edit is
    /// refused, and told. A number that is no registered work mobile is refused at once, and not kept. [CONT-4, FORM-3]
    SaveDraft { trip: TripId, base: Option<Hash>, form: Box<TripForm> },
    /// Copies a past trip's form as a new draft, moved to another window (all its times move along).
    CopyTrip { trip: TripId, from: TripId, window: Window },
    /// Submits the form for authorising. [FORM-1, FORM-3]
    SubmitForm { trip: TripId, form_hash: Hash },
    /// A senior authorises it, as it stands. `also_on`: like visits that the same authorising covers. [FORM-2]
    AuthoriseForm { trip: TripId, form_hash: Hash, also_on: Vec<Window> },
    /// A senior sends it back with a reason.
    SendBack { trip: TripId, reason: Note },
    /// Changes the form while the trip is out: it needs re-authorising, remotely. [FORM-4]
    AmendTrip { trip: TripId, base: Hash, form: Box<TripForm>, reason: Note },
    /// The party leaves: everything is checked once more. [FORM-2, DEV-5]
    Depart {
        trip: TripId,
        form_hash: Hash,
        /// How many of each group got on.
        counts: Vec<GroupCount>,
        /// Reserves of the form who stand in: (who stays, who stands in).
        stand_ins: Vec<(PersonId, PersonId)>,
        duress: Option<DuressHash>,
        /// What of the toolkit was ticked as carried. [DEV-10]
        #[serde(default)]
        #[schemars(length(max = 20))]
        toolkit: Vec<Label>,
        /// Pupils' own devices were handed in, or none were brought. [PERS-1]
        #[serde(default)]
        own_phones_in: bool,
    },
    /// Base records that a party left though refused, or in an emergency. [FORM-9]
    RecordLeftWithoutClearance {
        trip: TripId,
        left_at: Timestamp,
        counts: Vec<GroupCount>,
        staff: Vec<PersonId>,
        reason: Note,
    },
    /// The head or a named deputy, not on the trip, recalls or accepts it. `heard_by`: who recorded it, if by voice. [FORM-9]
    SettleClearance {
        trip: TripId,
        decision: ClearanceDecision,
        reason: Note,
        decided_by: PersonId,
        heard_by: Option<PersonId>,
    },
    /// The party is back: everyone is accounted for by a named person. [DEV-9]
    RecordReturn { trip: TripId, accounted: Accounted, note: Option<Note> },
    /// Closes the trip; refused while a device is out. (It closes by itself when the last one is in.) [DEV-9]
    CloseTrip { trip: TripId },
    /// The trip doesn't take place (before departure).
    CancelTrip { trip: TripId, reason: Note },
    /// Writes down what was learnt from a drill. [REV-1]
    ReviewDrill { trip: TripId, learnt: Note },
    /// Writes something down beside what happened; it moves nothing.
    AddNote { trip: TripId, note: Note },
}

/// What trips records. Events that note what was heard of others end in `Noted`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    DraftSaved {
        trip: TripId,
        form: Box<TripForm>,
        form_hash: Hash,
    },
    FormSubmitted {
        trip: TripId,
        form_hash: Hash,
        at: Timestamp,
    },
    /// Authorised, by a senior who is not on the trip. `covers`: the form's own window first, then the like visits.
    /// After a change that doesn't matter (FORM-4) it follows again in the same batch, with the same `by` and `at`:
    /// the authorisation carried over to the new hash.
    FormAuthorised {
        trip: TripId,
        form_hash: Hash,
        by: PersonId,
        at: Timestamp,
        covers: Vec<Window>,
        /// Pupils who travel directly to a provider: from now on their arrivals are due. [FORM-6]
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        arrivals: Vec<ArrivalDue>,
    },
    SentBack {
        trip: TripId,
        #[serde(with = "erasable")]
        #[schemars(with = "Personal<Note>")]
        reason: Note,
        by: PersonId,
    },
    /// A change voided it; `changed` names the fields.
    AuthorisationVoided {
        trip: TripId,
        changed: Vec<String>,
    },
    /// The form changed during the trip: the party as it is now. [FORM-4]
    /// `changed` names what matters to the authorisation and differs from what was authorised: re-authorising is due. Empty:
    /// none is due, and if the trip left with clearance a `FormAuthorised` carried over to the new hash follows at once.
    /// Groups that the change doesn't touch keep the number that got on; releases and moves on the way are not in it.
    TripAmended {
        trip: TripId,
        form: Box<TripForm>,
        form_hash: Hash,
        party: Box<Party>,
        #[serde(with = "erasable")]
        #[schemars(with = "Personal<Note>")]
        reason: Note,
        changed: Vec<String>,
    },
    /// Left, with clearance.
    Departed {
        trip: TripId,
        at: Timestamp,
        form_hash: Hash,
        party: Box<Party>,
    },
    /// Left without clearance: watched all the same. [FORM-9]
    LeftWithoutClearance {
        trip: TripId,
        at: Timestamp,
        party: Box<Party>,
        #[serde(with = "erasable")]
        #[schemars(with = "Personal<Note>")]
        reason: Note,
        missing: Vec<ReadinessItem>,
    },
    ClearanceSettled {
        trip: TripId,
        decision: ClearanceDecision,
        #[serde(with = "erasable")]
        #[schemars(with = "Personal<Note>")]
        reason: Note,
        by: PersonId,
        heard_by: Option<PersonId>,
    },
    /// Contrary news after departure: a fact that the gate leaned on no longer holds (a device not in service, a person gone).
    ReadinessLost {
        trip: TripId,
        items: Vec<ReadinessItem>,
    },
    /// Back, and everyone accounted for.
    Returned {
        trip: TripId,
        at: Timestamp,
        accounted: Accounted,
        by: PersonId,
        #[serde(default, with = "erasable_option")]
        #[schemars(with = "Option<Personal<Note>>")]
        note: Option<Note>,
        devices_due_at: Timestamp,
    },
    TripClosed {
        trip: TripId,
        at: Timestamp,
    },
    TripCancelled {
        trip: TripId,
        #[serde(with = "erasable")]
        #[schemars(with = "Personal<Note>")]
        reason: Note,
    },
    /// A drill is over. `next_by`: when the next one is due, by the policy's number of drills a year. [REV-1]
    DrillDone {
        trip: TripId,
        at: Timestamp,
        weekend: bool,
        next_by: Timestamp,
    },
    /// What was learnt from a drill. [REV-1]
    DrillReviewed {
        trip: TripId,
        learnt: Note,
        by: PersonId,
        at: Timestamp,
    },
    /// A drill is due soon, or overdue. `weekend`: none was at a weekend for two years. [REV-1]
    DrillReminded {
        at: Timestamp,
        due_by: Timestamp,
        weekend: bool,
        remind_at: Timestamp,
    },
    /// Somebody wrote something down; it moves nothing.
    NoteAdded {
        trip: TripId,
        note: Personal<Note>,
        by: PersonId,
        at: Timestamp,
    },
    /// Heard of people.
    PersonNoted {
        person: PersonId,
        here: bool,
        senior: bool,
        head: bool,
    },
    /// Heard of devices: a work mobile's number, whether it is in service, whose hands it is in.
    WorkMobileNoted {
        device: DeviceId,
        number: PhoneNumber,
        in_service: bool,
        held_by: Option<PersonId>,
        for_trip: Option<TripId>,
        permanent: bool,
        /// Off the register for good: its number is no work mobile's any more.
        #[serde(default)]
        retired: bool,
    },
    /// Heard of devices: a pupil's basic phone was issued for a trip, or came back.
    PupilPhoneNoted {
        device: DeviceId,
        pupil: PupilId,
        trip: TripId,
        in_hand: bool,
    },
    /// Heard of devices: every device of the trip is settled.
    DevicesSettledNoted {
        trip: TripId,
    },
    /// Heard of contacts: whether the emergency route covers the trip. [FORM-8]
    CoverageNoted {
        trip: TripId,
        form_hash: Hash,
        gaps: Vec<crate::v1::contacts::CoverageGap>,
    },
    /// Heard of checkins: pupils released on the way.
    ReleaseNoted {
        trip: TripId,
        pupils: Headcount,
        /// The number of the news in the journal of checkins: the same release heard again is known by it.
        #[serde(default)]
        heard: u64,
    },
}
