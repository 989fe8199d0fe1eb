//! Who works here: roles, the right to hold a device, the user agreement, the duty rota.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{DutyId, InboundId, PersonId};
use crate::refusals;
use crate::rules::Rule;
use crate::v1::policy::{Preset, Settings};
use crate::values::{Name, Note, Personal, Window};

/// What a person may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Leads trips and fills in their forms.
    Leader,
    /// Works in the office: issues devices, watches the board, takes calls.
    Office,
    /// Senior staff of the school, its trust or council: authorises forms.
    Senior,
    /// The headteacher or a named deputy: settles a party that left without clearance.
    Head,
    /// The designated safeguarding lead, or a deputy: sees all use.
    Dsl,
    /// Sets Homeward up.
    Admin,
}

impl Role {
    /// As it is written: `senior`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Office => "office",
            Self::Senior => "senior",
            Self::Head => "head",
            Self::Dsl => "dsl",
            Self::Admin => "admin",
        }
    }
}

/// How a person stands to the school.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Employed by the school.
    Staff,
    /// Supply staff, here for a day or a term.
    Supply,
    /// A volunteer, visitor or contractor.
    Volunteer,
    /// Of the school's trust or council.
    Trust,
}

/// What somebody on the rota is on call for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DutyRole {
    /// Holds base for the trips that are out.
    Base,
    /// The office's work mobile.
    Office,
    /// The safeguarding lead on call.
    Dsl,
    /// The senior leader on call.
    Senior,
}

/// The longest stretch of duty, in days: a longer one is planned as several.
pub const MAX_DUTY_DAYS: i64 = 35;

/// A night of a duty (20:00 to 06:00 on the school's clocks, cut to the duty), with the test of its evening. [FORM-8]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DutyNight {
    /// The hours of that night that the duty covers.
    pub night: Window,
    /// When the person is asked: 18:00 of that evening, or at once when the duty was planned later.
    pub test_at: Timestamp,
    /// By when an answer is expected: 20:00 of that evening, or half an hour after a later test.
    pub answer_by: Timestamp,
}

/// What people is asked.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// Adds a person to the register.
    AddPerson {
        /// The new person's id.
        person: PersonId,
        /// The name.
        name: Personal<Name>,
        /// How they stand to the school.
        standing: Standing,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
    /// Changes name, standing and roles.
    ChangePerson {
        /// Who.
        person: PersonId,
        /// The name.
        name: Personal<Name>,
        /// How they stand to the school.
        standing: Standing,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
    /// Takes a person off the register: they left.
    RemovePerson {
        /// Who.
        person: PersonId,
    },
    /// Authorises a person to hold a device; supply staff until a time. [DEV-2]
    AuthoriseHolder {
        /// Who.
        person: PersonId,
        /// Until when; for good if absent (not for supply staff).
        until: Option<Timestamp>,
    },
    /// Withdraws that.
    WithdrawAuthorisation {
        /// Who.
        person: PersonId,
        /// Why.
        reason: Personal<Note>,
    },
    /// Records that a person accepted the user agreement. [DEV-3]
    AcceptAgreement {
        /// Who.
        person: PersonId,
        /// The agreement's version.
        version: u16,
    },
    /// Puts a stretch of duty on the rota.
    PlanDuty {
        /// The duty's id.
        duty: DutyId,
        /// Who is on call.
        person: PersonId,
        /// What for.
        role: DutyRole,
        /// When.
        window: Window,
    },
    /// Takes it off.
    RemoveDuty {
        /// Which.
        duty: DutyId,
    },
    /// Records that whoever is on call answered the evening's test. [FORM-8]
    ConfirmDuty {
        /// Which duty.
        duty: DutyId,
    },
    /// Starts the policy anew from a preset. What is the school's own (its outside bodies, closed days, wording, version of the
    /// agreement) stays.
    ChoosePreset {
        /// Which.
        preset: Preset,
        /// Why.
        reason: Note,
        /// The head who agreed to it, where whoever asks is no head.
        agreed_by: Option<PersonId>,
    },
    /// Changes settings of the policy, from now on.
    ChangePolicy {
        /// The new values; what isn't named stays.
        set: Settings,
        /// Why.
        reason: Note,
        /// The head who agreed to it, where whoever asks is no head.
        agreed_by: Option<PersonId>,
    },
    /// Records that the policy was reviewed. [REV-1]
    ReviewPolicy {
        /// What was found, and what is to change.
        outcome: Note,
        /// The head who took part, where whoever asks is no head.
        agreed_by: Option<PersonId>,
    },
}

/// What people records.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Event {
    /// A person is on the register.
    PersonAdded {
        /// Who.
        person: PersonId,
        /// The name.
        name: Personal<Name>,
        /// How they stand to the school.
        standing: Standing,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
    /// Name, standing or roles changed.
    PersonChanged {
        /// Who.
        person: PersonId,
        /// The name.
        name: Personal<Name>,
        /// How they stand to the school.
        standing: Standing,
        /// What they may do.
        roles: BTreeSet<Role>,
    },
    /// A person left.
    PersonLeft {
        /// Who.
        person: PersonId,
    },
    /// A person may hold a device.
    HolderAuthorised {
        /// Who.
        person: PersonId,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// A person may no longer hold a device.
    AuthorisationWithdrawn {
        /// Who.
        person: PersonId,
        /// Why.
        reason: Personal<Note>,
    },
    /// A person accepted the user agreement.
    AgreementAccepted {
        /// Who.
        person: PersonId,
        /// The agreement's version.
        version: u16,
        /// When.
        at: Timestamp,
    },
    /// A stretch of duty is on the rota.
    DutyPlanned {
        /// The duty.
        duty: DutyId,
        /// Who is on call.
        person: PersonId,
        /// What for.
        role: DutyRole,
        /// When.
        window: Window,
        /// The nights it covers, in order, each with its evening's test; none for a duty by day.
        #[serde(default)]
        nights: Vec<DutyNight>,
    },
    /// A stretch of duty is off the rota.
    DutyRemoved {
        /// The duty.
        duty: DutyId,
    },
    /// The evening's test of an overnight duty is due: the gateway texts the person's work mobile. [FORM-8]
    DutyTested {
        /// The duty.
        duty: DutyId,
        /// Who is asked.
        person: PersonId,
        /// By when an answer is expected.
        answer_by: Timestamp,
        /// The night it is about.
        night: Window,
    },
    /// The person answered: on call.
    DutyConfirmed {
        /// The duty.
        duty: DutyId,
        /// When.
        at: Timestamp,
        /// The text it was, if it was one.
        inbound: Option<InboundId>,
        /// The night it is about; other nights of the duty have tests of their own.
        night: Window,
    },
    /// The test was not answered: that night isn't staffed by this duty.
    DutyTestUnanswered {
        /// The duty.
        duty: DutyId,
        /// Who did not answer.
        person: PersonId,
        /// The night it is about.
        night: Window,
        /// False when an outage took the whole night: nobody was asked. It is recorded, and nobody need be alerted.
        asked: bool,
    },
    /// The policy changed: from a preset, or in some settings. Every service notes it in its own journal.
    PolicyChanged {
        /// Who changed it.
        by: PersonId,
        /// The head who agreed to it, where that is somebody else.
        agreed_by: Option<PersonId>,
        /// When.
        at: Timestamp,
        /// Set where it was started anew from a preset.
        preset: Option<Preset>,
        /// The settings that differ from before, with their new values.
        set: Settings,
        /// Every setting, as it is from now on.
        settings: Settings,
        /// Why.
        reason: Note,
    },
    /// The policy was reviewed. [REV-1]
    PolicyReviewed {
        /// Who recorded it.
        by: PersonId,
        /// The head who took part, where that is somebody else.
        agreed_by: Option<PersonId>,
        /// When.
        at: Timestamp,
        /// What was found, and what is to change.
        outcome: Note,
        /// When it is reminded of the next one.
        remind_at: Timestamp,
        /// By when the next one is due.
        next_by: Timestamp,
    },
    /// A review of the policy is due soon, or overdue: the head is reminded. [REV-1]
    PolicyReviewReminded {
        /// When.
        at: Timestamp,
        /// By when it is, or was, due.
        due_by: Timestamp,
        /// When it is reminded again, until it is done.
        remind_at: Timestamp,
    },
}

/// Why people says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    /// No such person.
    #[error("there is no such person on the register")]
    UnknownPerson {
        /// The id that was given.
        person: PersonId,
    },
    /// The id is taken by somebody else.
    #[error("somebody else is on the register under this id")]
    PersonExists {
        /// The id that was given.
        person: PersonId,
    },
    /// Supply staff without an end.
    #[error("supply staff are authorised until a time, not for good")]
    SupplyNeedsAnEnd {
        /// Who.
        person: PersonId,
    },
    /// An end that has passed.
    #[error("the authorisation would have ended before it began")]
    EndsInThePast {
        /// The end that was given.
        until: Timestamp,
    },
    /// Not the agreement in force.
    #[error("agreement version {found} is not the one in force, {expected}")]
    WrongAgreement {
        /// The version in force.
        expected: u16,
        /// The version given.
        found: u16,
    },
    /// No such duty.
    #[error("there is no such duty on the rota")]
    UnknownDuty {
        /// The id that was given.
        duty: DutyId,
    },
    /// A duty that is over.
    #[error("that duty is over")]
    DutyOver {
        /// The duty.
        duty: DutyId,
    },
    /// A duty under this id exists and is another one.
    #[error("another duty is on the rota under this id")]
    DutyExists {
        /// The duty.
        duty: DutyId,
    },
    /// The last administrator.
    #[error("nobody would be left who can set Homeward up")]
    LastAdmin {
        /// Who.
        person: PersonId,
    },
    /// A duty that covers more nights than can be looked ahead.
    #[error("a stretch of duty is at most {max_days} days long")]
    DutyTooLong {
        /// The most days.
        max_days: i64,
    },
    /// No test of that duty waits for an answer.
    #[error("no evening's test of this duty waits for an answer")]
    NothingToConfirm {
        /// The duty.
        duty: DutyId,
        /// When its next test is.
        next_test_at: Option<Timestamp>,
    },
    /// A phone, rather than a person, asked.
    #[error("only a named person or an account can do this, not a phone")]
    NamedPersonNeeded {},
    /// The person who asked may not.
    #[error("this needs one of these roles: {}", listed(.roles))]
    RoleNeeded {
        /// Any one of them is enough.
        roles: BTreeSet<Role>,
    },
    /// Roles beyond leader are given and taken by an administrator.
    #[error("only an administrator gives or takes these roles: {}", listed(.roles))]
    AdminNeeded {
        /// The roles given or taken.
        roles: BTreeSet<Role>,
    },
    /// No such setting, or not such a value.
    #[error("{key}: {why}")]
    BadSetting {
        /// The setting's key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// The policy is the head's to decide.
    #[error("a change of the policy is agreed by the head or a named deputy")]
    HeadNeeded {},
    /// The same person is planned twice at once in one role.
    #[error("this person is on call in that role then already")]
    DutyOverlaps {
        /// The duty it overlaps.
        with: DutyId,
    },
}

fn listed(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

refusals!(Refusal {
    UnknownPerson => None, Some("person"), "Add the person to the register first.";
    PersonExists => None, Some("person"), "Use a new id.";
    SupplyNeedsAnEnd => Some(Rule::Dev2), Some("until"), "Give the time until which the person works here, such as 16:00 today.";
    EndsInThePast => Some(Rule::Dev2), Some("until"), "Give a time that lies ahead.";
    WrongAgreement { expected } => Some(Rule::Dev3), Some("version"), format!("Have the person read and accept version {expected}.");
    UnknownDuty => None, Some("duty"), "Put the duty on the rota first.";
    DutyOver => None, Some("duty"), "Choose a duty whose end lies ahead.";
    DutyExists => None, Some("duty"), "Use a new id.";
    LastAdmin => None, Some("roles"), "Give somebody else the admin role first.";
    DutyTooLong { max_days } => None, Some("window"), format!("Plan it as several duties of up to {max_days} days.");
    NothingToConfirm { next_test_at } => Some(Rule::Form8), Some("duty"), match next_test_at {
        Some(_) => "Answer once the evening's test has been sent.",
        None => "Nothing needs to be answered: only the nights of a duty have a test.",
    };
    NamedPersonNeeded => None, None, "Log in as the person who does it.";
    RoleNeeded => None, None, "Ask somebody who has one of these roles.";
    AdminNeeded => None, Some("roles"), "Ask an administrator.";
    BadSetting => None, Some("set"), "Give the setting a value that it can have.";
    HeadNeeded => Some(Rule::Rev1), Some("agreed_by"), "Name the head, or the named deputy, who agreed to it.";
    DutyOverlaps => None, Some("window"), "Change the duty that is there, or choose another time.";
});
