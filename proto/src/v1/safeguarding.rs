//! The usage log and its weekly review; incidents, from the report to the debrief; pupils' own phones, arrangements, recordings.

mod arrangement;
mod hold;
mod incident;
mod personal;
mod refusals;
mod trip;
mod usage;

use std::collections::BTreeSet;

use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ArrangementId, DeviceId, HoldId, IncidentId, PersonId, RecordingId, TripId, UseId};
use crate::v1::devices::{Clearing, Holder};
use crate::v1::people::Role;
use crate::values::{Label, Name, Note, Personal};

pub use arrangement::{AgreedWith, Terms, Whose};
pub use hold::Held;
pub use incident::{
    Consent, Danger, Deadlines, IncidentKind, Missing, Parents, Readers, Referral, Seized, Step,
};
pub use personal::{HandIn, MAX_POUCH, MAX_YEAR, PutAway};
pub use refusals::Refusal;
pub use trip::{KnownTrip, TripStands};
pub use usage::{Purpose, Use, UseKind, UseSource, UseWay};

/// What safeguarding is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// Writes down by hand how a work mobile was used. [USE-1, CONT-7]
    LogUse {
        /// The entry's id.
        entry: UseId,
        /// Which phone.
        device: DeviceId,
        /// When.
        at: Timestamp,
        /// How.
        way: UseWay,
        /// What for.
        purpose: Purpose,
        /// Why, in words.
        reason: Personal<Note>,
    },
    /// The DSL has looked through a week of the log. [USE-1]
    SignOffWeek {
        /// Its Monday.
        week: civil::Date,
        /// What they say of it.
        remarks: Option<Personal<Note>>,
    },
    /// Anybody who logs in reports an incident. [INC-1]
    ReportIncident {
        /// Its id.
        incident: IncidentId,
        /// What it is about, in a word.
        kind: IncidentKind,
        /// Whether somebody is in danger now. [INC-6]
        danger: Danger,
        /// On which trip, if on one.
        trip: Option<TripId>,
        /// When it happened.
        happened_at: Timestamp,
        /// The adult of the register whom it is about, if it is about one. [INC-7]
        about: Option<PersonId>,
        /// What happened.
        what: Personal<Note>,
    },
    /// Somebody who may read it is about to: recorded first. [INC-7]
    OpenIncident {
        /// Which.
        incident: IncidentId,
    },
    /// The DSL (or whoever stands in) was told in person. [INC-1]
    RecordTold {
        /// Of which.
        incident: IncidentId,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It is judged: a serious one goes to the outside bodies. Until then it counts as serious. [INC-2]
    AssessIncident {
        /// Which.
        incident: IncidentId,
        /// Whether it is.
        serious: bool,
        /// Why.
        reason: Personal<Note>,
    },
    /// It is written up. [INC-1]
    WriteUp {
        /// Which.
        incident: IncidentId,
        /// The account.
        account: Personal<Note>,
        /// The reference in the school's own record system.
        reference: Label,
    },
    /// An outside body was told, or need not be. [INC-2]
    RecordReferral {
        /// Of which.
        incident: IncidentId,
        /// Which of those that the setting names.
        body: Label,
        /// What it was told.
        referral: Referral,
    },
    /// A device was taken away. [INC-3]
    SeizeDevice {
        /// For which.
        incident: IncidentId,
        /// What.
        seized: Seized,
        /// Whether it may hold evidence of an offence: then it goes to the police, unsearched.
        evidence: bool,
        /// The locked place where it is.
        storage: Label,
    },
    /// The police took it, unsearched. [INC-3]
    HandSeizedToPolice {
        /// Of which.
        incident: IncidentId,
        /// The device's number in the incident, from 1.
        number: u16,
        /// Their reference.
        reference: Label,
        /// The officer.
        officer: Personal<Name>,
    },
    /// It was given back.
    GiveSeizedBack {
        /// Of which.
        incident: IncidentId,
        /// The device's number in the incident.
        number: u16,
        /// To whom.
        to: Personal<Name>,
    },
    /// It was searched. [INC-5]
    RecordSearch {
        /// Of which.
        incident: IncidentId,
        /// The device's number in the incident.
        number: u16,
        /// Who searched.
        by: PersonId,
        /// Who authorised it: the headteacher.
        authorised_by: PersonId,
        /// Whose consent there was.
        consent: Consent,
        /// Who saw it.
        witness: PersonId,
        /// Which DSL (or deputy) was told.
        told_dsl: PersonId,
        /// Why.
        reason: Personal<Note>,
    },
    /// An image was disposed of. [INC-5]
    RecordDisposal {
        /// Of which.
        incident: IncidentId,
        /// The device's number in the incident.
        number: u16,
        /// Who did it.
        by: PersonId,
        /// The headteacher, who permitted it.
        permitted_by: PersonId,
        /// Who saw it.
        witness: PersonId,
        /// Why.
        reason: Personal<Note>,
    },
    /// Parents were told, or why not.
    RecordParents {
        /// Of which.
        incident: IncidentId,
        /// Whether.
        parents: Parents,
    },
    /// What else came to be known.
    AddToIncident {
        /// To which.
        incident: IncidentId,
        /// What.
        note: Personal<Note>,
    },
    /// Debrief, lessons, changes. [INC-4]
    RecordDebrief {
        /// Of which.
        incident: IncidentId,
        /// What was learnt.
        lessons: Personal<Note>,
        /// What is changed.
        changes: Personal<Note>,
    },
    /// All is done.
    CloseIncident {
        /// Which.
        incident: IncidentId,
    },
    /// A pupil's own phone is handed in for today, off or in flight mode, into a numbered pouch. [PERS-1, PERS-4]
    HandInPhone {
        /// The pouch's number: nobody else's phone is in it.
        pouch: u16,
        /// Whose it is, and where.
        phone: HandIn,
    },
    /// A pupil's own phone is given back.
    GivePhoneBack {
        /// Out of which pouch.
        pouch: u16,
    },
    /// Somebody may keep a device of their own. [PERS-2, PERS-3, PERS-5]
    AgreeArrangement {
        /// Its id.
        arrangement: ArrangementId,
        /// What was agreed.
        terms: Box<Terms>,
    },
    /// It goes on: looked at again, with advice, and agreed again.
    RenewArrangement {
        /// Which.
        arrangement: ArrangementId,
        /// Until which day now.
        until: civil::Date,
        /// Who agreed, as at first.
        agreed_by: PersonId,
        /// Who agreed on the other side.
        agreed_with: AgreedWith,
        /// Whose advice was sought, and what it was.
        advice: Personal<Note>,
        /// The reference of the regional director's signature.
        signature: Option<Label>,
    },
    /// It is over.
    EndArrangement {
        /// Which.
        arrangement: ArrangementId,
        /// Why.
        reason: Personal<Note>,
    },
    /// It goes along on a trip, whose staff then see it; or it doesn't.
    PutArrangementOnTrip {
        /// Which.
        arrangement: ArrangementId,
        /// On which trip.
        trip: TripId,
        /// Whether it goes along.
        on: bool,
    },
    /// Nothing of these records is erased from now on, whatever its time: a court, the police, an inquiry asked for them.
    HoldRecords {
        /// The new hold's id.
        hold: HoldId,
        /// What is held.
        of: Held,
        /// Who asked for it, and why.
        reason: Personal<Note>,
    },
    /// The hold is over: what is due is erased again.
    LiftHold {
        /// Which.
        hold: HoldId,
        /// Why.
        reason: Personal<Note>,
    },
    /// Recordings that came back on a phone were moved to a works computer and deleted from it. [MEDIA-1, MEDIA-2]
    ClearRecordings {
        /// Which.
        recording: RecordingId,
        /// What became of them.
        clearing: Clearing,
    },
    /// On tour the holder moved the day's recordings on and deleted them. [MEDIA-2]
    ClearOnTour {
        /// From which phone, in their hands.
        device: DeviceId,
        /// What became of them; none: nothing was recorded that day.
        clearing: Option<Clearing>,
    },
}

/// What safeguarding records. No event names its trip as its subject: an incident stands on nobody's timeline.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    /// A line of the usage log.
    UseRecorded {
        /// Its id.
        entry: UseId,
        /// The Monday of its week, in the school's zone.
        week: civil::Date,
        /// What was used how.
        used: Use,
        /// When the week is over.
        ends_at: Timestamp,
        /// By when it is to be reviewed.
        review_by: Timestamp,
    },
    /// The DSL has looked through a week.
    WeekSignedOff {
        /// Its Monday.
        week: civil::Date,
        /// Who.
        by: PersonId,
        /// How many lines it had then.
        entries: u32,
        /// Of how many there was something to ask.
        questioned: u32,
        /// What they say of it.
        remarks: Option<Personal<Note>>,
        /// When.
        at: Timestamp,
    },
    /// A week is over, and nobody has signed it off.
    ReviewReminded {
        /// Its Monday.
        week: civil::Date,
        /// The how-manieth reminder, from 1.
        nth: u16,
        /// Who is told.
        readers: Readers,
        /// When.
        at: Timestamp,
        /// When the next one falls due.
        next_at: Timestamp,
    },
    /// An incident was reported.
    IncidentReported {
        /// Its id.
        incident: IncidentId,
        /// What it is about.
        kind: IncidentKind,
        /// Whether somebody is in danger.
        danger: Danger,
        /// On which trip.
        trip: Option<TripId>,
        /// When it happened.
        happened_at: Timestamp,
        /// The adult it is about.
        about: Option<PersonId>,
        /// What happened.
        what: Personal<Note>,
        /// Who reported it.
        by: PersonId,
        /// When.
        at: Timestamp,
        /// What is due when.
        deadlines: Deadlines,
        /// The outside bodies that the setting names.
        bodies: Vec<Label>,
        /// Who may read it, and is told.
        readers: Readers,
    },
    /// Somebody is about to read it.
    IncidentOpened {
        /// Which.
        incident: IncidentId,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// The DSL was told in person.
    IncidentTold {
        /// Of which.
        incident: IncidentId,
        /// Who was told.
        dsl: PersonId,
        /// By whom.
        by: PersonId,
        /// When they were told.
        at: Timestamp,
    },
    /// It was judged.
    IncidentAssessed {
        /// Which.
        incident: IncidentId,
        /// Whether it is serious.
        serious: bool,
        /// Why.
        reason: Personal<Note>,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It was written up.
    IncidentWrittenUp {
        /// Which.
        incident: IncidentId,
        /// The account.
        account: Personal<Note>,
        /// The reference in the school's own record system.
        reference: Label,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// An outside body was told, or need not be.
    ReferralRecorded {
        /// Of which.
        incident: IncidentId,
        /// Which body.
        body: Label,
        /// What it was told.
        referral: Referral,
        /// Whether all that had to be told now are.
        complete: bool,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// A device was taken away.
    DeviceSeized {
        /// For which.
        incident: IncidentId,
        /// Its number in the incident, from 1.
        number: u16,
        /// What.
        seized: Seized,
        /// Whether it may hold evidence.
        evidence: bool,
        /// Where it is.
        storage: Label,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// The police took it, unsearched.
    SeizedToPolice {
        /// Of which.
        incident: IncidentId,
        /// Its number.
        number: u16,
        /// The phone of the school that it is, if it is one.
        #[serde(default)]
        device: Option<DeviceId>,
        /// Their reference.
        reference: Label,
        /// The officer.
        officer: Personal<Name>,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It was given back.
    SeizedGivenBack {
        /// Of which.
        incident: IncidentId,
        /// Its number.
        number: u16,
        /// The phone of the school that it is, if it is one.
        #[serde(default)]
        device: Option<DeviceId>,
        /// To whom.
        to: Personal<Name>,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It was searched.
    SearchRecorded {
        /// Of which.
        incident: IncidentId,
        /// Its number.
        number: u16,
        /// Who searched.
        searched_by: PersonId,
        /// Who authorised it.
        authorised_by: PersonId,
        /// Whose consent there was.
        consent: Consent,
        /// Who saw it.
        witness: PersonId,
        /// Which DSL was told.
        told_dsl: PersonId,
        /// Why.
        reason: Personal<Note>,
        /// By whom it was recorded.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// An image was disposed of.
    DisposalRecorded {
        /// Of which.
        incident: IncidentId,
        /// The device's number.
        number: u16,
        /// Who did it.
        done_by: PersonId,
        /// Who permitted it.
        permitted_by: PersonId,
        /// Who saw it.
        witness: PersonId,
        /// Why.
        reason: Personal<Note>,
        /// By whom it was recorded.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Parents were told, or why not.
    ParentsRecorded {
        /// Of which.
        incident: IncidentId,
        /// Whether.
        parents: Parents,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// What else came to be known.
    IncidentAddedTo {
        /// To which.
        incident: IncidentId,
        /// What.
        note: Personal<Note>,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// The debrief.
    IncidentDebriefed {
        /// Of which.
        incident: IncidentId,
        /// What was learnt.
        lessons: Personal<Note>,
        /// What is changed.
        changes: Personal<Note>,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// All is done.
    IncidentClosed {
        /// Which.
        incident: IncidentId,
        /// By whom.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// A step was not done by its time.
    StepOverdue {
        /// Of which.
        incident: IncidentId,
        /// Which.
        step: Step,
        /// When it was due.
        due_at: Timestamp,
        /// Who is told.
        readers: Readers,
        /// When.
        at: Timestamp,
    },
    /// Heard of people: what matters for who may read what.
    PersonNoted {
        /// Who.
        person: PersonId,
        /// Still on the register.
        here: bool,
        /// What they may do.
        roles: BTreeSet<Role>,
        /// Of the trust or council, not of the school.
        trust: bool,
    },
    /// A pupil's own phone was handed in. [PERS-1]
    PhoneHandedIn {
        /// On which day.
        day: civil::Date,
        /// Into which pouch.
        pouch: u16,
        /// Whose it is, and where.
        phone: HandIn,
        /// When it is to have been fetched at the latest.
        fetch_by: Timestamp,
        /// Who took it.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// A pupil's own phone was given back.
    PhoneGivenBack {
        /// On which day it was handed in.
        day: civil::Date,
        /// Out of which pouch.
        pouch: u16,
        /// Nobody's is left of those that were told as not fetched.
        last: bool,
        /// Who gave it back.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// At the end of the day these were not fetched. [PERS-1]
    PhonesUncollected {
        /// Which day's end.
        day: civil::Date,
        /// Out of which pouches.
        pouches: BTreeSet<u16>,
        /// When.
        at: Timestamp,
    },
    /// Somebody may keep a device of their own.
    ArrangementAgreed {
        /// Its id.
        arrangement: ArrangementId,
        /// What was agreed.
        terms: Box<Terms>,
        /// When its end is reminded of.
        remind_at: Timestamp,
        /// When it is over.
        ends_at: Timestamp,
        /// Who recorded it.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It goes on.
    ArrangementRenewed {
        /// Which.
        arrangement: ArrangementId,
        /// Until which day.
        until: civil::Date,
        /// Who agreed.
        agreed_by: PersonId,
        /// Who agreed on the other side.
        agreed_with: AgreedWith,
        /// Whose advice was sought, and what it was.
        advice: Personal<Note>,
        /// The reference of the regional director's signature.
        signature: Option<Label>,
        /// When its end is reminded of.
        remind_at: Timestamp,
        /// When it is over.
        ends_at: Timestamp,
        /// Who recorded it.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Somebody ended it.
    ArrangementEnded {
        /// Which.
        arrangement: ArrangementId,
        /// Why.
        reason: Personal<Note>,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It goes along on a trip, or no longer does.
    ArrangementOnTrip {
        /// Which.
        arrangement: ArrangementId,
        /// On which trip.
        trip: TripId,
        /// Whether it does.
        on: bool,
        /// Who says so.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// It ends soon, or it is past its end. A medical device stays with whoever needs it all the same. [PERS-2]
    ArrangementReminded {
        /// Which.
        arrangement: ArrangementId,
        /// Its last day.
        until: civil::Date,
        /// It is past it.
        over: bool,
        /// It is, or serves, a medical device.
        medical: bool,
        /// Who is told.
        readers: Readers,
        /// When.
        at: Timestamp,
        /// When it is reminded of next.
        next_at: Option<Timestamp>,
    },
    /// Records are held: nothing of them is erased until the hold is lifted.
    RecordsHeld {
        /// The hold.
        hold: HoldId,
        /// What is held.
        of: Held,
        /// Who asked for it, and why.
        reason: Personal<Note>,
        /// Who said so.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// A hold is over.
    HoldLifted {
        /// Which.
        hold: HoldId,
        /// Why.
        reason: Personal<Note>,
        /// Who said so.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// Heard of devices: a phone came back on which there had been recordings. [MEDIA-1]
    RecordingsNoted {
        /// Their id.
        recording: RecordingId,
        /// Which phone.
        device: DeviceId,
        /// Whose hands it was in.
        holder: Option<Holder>,
        /// From which trip.
        trip: Option<TripId>,
        /// The consent that its form names. [MEDIA-3]
        consent: Option<Label>,
        /// What had become of them already; none: they are still on it.
        clearing: Option<Clearing>,
        /// When it came back.
        at: Timestamp,
        /// When they are told as open, if they still are.
        evening: Timestamp,
    },
    /// They are off the phone. [MEDIA-2]
    RecordingsCleared {
        /// Which.
        recording: RecordingId,
        /// From which phone.
        device: DeviceId,
        /// What became of them; none: the phone was let go of before this was asked.
        clearing: Option<Clearing>,
        /// None is left of those that were told as open.
        last: bool,
        /// Who.
        by: Option<PersonId>,
        /// When.
        at: Timestamp,
    },
    /// On tour: the day's recordings are off the phone. [MEDIA-2]
    TourCleared {
        /// Which phone.
        device: DeviceId,
        /// On which tour.
        trip: TripId,
        /// Of which day.
        day: civil::Date,
        /// What became of them; none: nothing was recorded.
        clearing: Option<Clearing>,
        /// None is left of those that were told as open.
        last: bool,
        /// The holder.
        by: PersonId,
        /// When.
        at: Timestamp,
    },
    /// In the evening these recordings had not been cleared. [MEDIA-2]
    RecordingsLeftOpen {
        /// Of which day.
        day: civil::Date,
        /// Of phones that came back.
        recordings: BTreeSet<RecordingId>,
        /// Of phones that are on tour.
        tours: BTreeSet<(TripId, DeviceId)>,
        /// Who is told.
        readers: Readers,
        /// When.
        at: Timestamp,
        /// When they are told again.
        next_at: Timestamp,
    },
    /// Heard of trips: what matters for phones that were handed in, and for recordings.
    TripNoted {
        /// Which.
        trip: TripId,
        /// What is known of it.
        known: KnownTrip,
    },
}
