//! Why safeguarding says no: for each refusal its sentence, its rule, and what would satisfy it.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Missing;
use crate::ids::{ArrangementId, DeviceId, HoldId, IncidentId, PersonId, RecordingId, UseId};
use crate::rules::Rule;
use crate::v1::people::Role;

/// Why safeguarding says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence above each variant says what its fields are")]
pub enum Refusal {
    #[error("only a named person can do this")]
    NamedPersonNeeded {},
    #[error("this is for people with one of these roles")]
    RoleNeeded { roles: BTreeSet<Role> },
    #[error("this phone was never handed out, as far as the log knows")]
    UnknownDevice { device: DeviceId },
    #[error("another entry of the log has this id")]
    UseExists { entry: UseId },
    #[error("the time lies ahead")]
    InTheFuture { at: Timestamp },
    #[error("the words hold a phone number")]
    NumberInWords {},
    #[error("who agreed to a personal call was the one who made it")]
    AgreedByThemselves { person: PersonId },
    #[error("who agreed to a personal call is on nobody's register")]
    UnknownPerson { person: PersonId },
    #[error("a week is named by its Monday")]
    NotAMonday { week: civil::Date },
    #[error("the week is not over")]
    WeekNotOver { week: civil::Date, ends_at: Timestamp },
    #[error("nothing was recorded in that week, or it is too long ago")]
    NothingRecorded { week: civil::Date },
    #[error("another incident was reported under this id")]
    IncidentExists { incident: IncidentId },
    #[error("there is no incident of this id that you may read")]
    NotReadable { incident: IncidentId },
    #[error("the incident is closed")]
    IsClosed { incident: IncidentId },
    #[error("the outside body is none of those that the setting names")]
    UnknownBody { incident: IncidentId },
    #[error("no device of this number was taken away")]
    UnknownSeized { incident: IncidentId, number: u16 },
    #[error("the device was given back, or the police have it")]
    SeizedIsGone { incident: IncidentId, number: u16 },
    #[error("the device may hold evidence of an offence: it goes to the police, unsearched")]
    HoldsEvidence { incident: IncidentId, number: u16 },
    #[error("neither who searched nor who authorised it is the headteacher")]
    SearchNotAuthorised { by: PersonId },
    #[error("the one who was told is not the DSL or a deputy")]
    NotTheDsl { person: PersonId },
    #[error("the headteacher did not give permission")]
    NoPermission { by: PersonId },
    #[error("who witnesses it is the one who does it")]
    WitnessIsTheSame { person: PersonId },
    #[error("the incident can't be closed yet: {}", .missing.iter().map(|m| m.text()).collect::<Vec<_>>().join("; "))]
    NotReadyToClose { incident: IncidentId, missing: Vec<Missing> },
    #[error("an incident takes at most {max} of these")]
    TooMany { max: usize },
    #[error("pouch {pouch} holds a phone that was handed in before and not given back")]
    PouchTaken { pouch: u16 },
    #[error("there is no phone in pouch {pouch}")]
    PouchEmpty { pouch: u16 },
    #[error("pouches are numbered from 1 to {max}")]
    NoSuchPouch { pouch: u16, max: u16 },
    #[error("there is no year {year}")]
    NoSuchYear { year: u8 },
    #[error("pupils of year {year} may not bring a phone")]
    YearMayNot { year: u8 },
    #[error("who allowed this phone may not allow one")]
    MayNotAllow { person: PersonId },
    #[error("another arrangement has this id")]
    ArrangementExists { arrangement: ArrangementId },
    #[error("there is no such arrangement, or it is over")]
    NoArrangement { arrangement: ArrangementId },
    #[error("a pupil's arrangement is agreed by the headteacher")]
    HeadNeeded { by: PersonId },
    #[error("the school's policy has no such arrangements")]
    NotInPolicy { rule: Rule },
    #[error(
        "a member of staff's arrangement is agreed by the headteacher or their line manager, never by themselves"
    )]
    LineManagerNeeded { by: PersonId },
    #[error("a post-16 approach is signed by the regional director, and its reference is missing")]
    SignatureNeeded {},
    #[error("who agreed on the other side doesn't fit whose it is")]
    WrongSide {},
    #[error("an arrangement ends after it begins, within {max_days} days of today")]
    BadEnd { until: civil::Date, max_days: u16 },
    #[error("an arrangement for a medical device is ended by the headteacher alone")]
    MedicalEndedByHead { arrangement: ArrangementId },
    #[error("there are no such recordings, or they are off the phone already")]
    NoRecordings { recording: RecordingId },
    #[error("the DSL keeps these recordings: nothing of them is deleted")]
    RecordingsKept {},
    #[error("who deleted them can't be the witness")]
    WitnessDeleted { person: PersonId },
    #[error("records are held under this id already")]
    HoldExists { hold: HoldId },
    #[error("there is no such hold, or it was lifted")]
    NoHold { hold: HoldId },
    #[error("this phone is not in your hands on a tour that is out")]
    NotOnTour { device: DeviceId },
}

crate::refusals!(Refusal {
    NamedPersonNeeded => None, None, "Log in, and do it in your own name.";
    RoleNeeded => Some(Rule::Use1), None, "Ask somebody who has the role.";
    UnknownDevice => Some(Rule::Use1), Some("device"), "Pick a phone of the register that was issued.";
    UseExists => None, Some("entry"), "Use another id.";
    InTheFuture => None, Some("at"), "Give the time at which it happened.";
    NumberInWords => Some(Rule::Cont4), Some("reason"), "Leave the number out and keep the words: who was called, not on which number.";
    AgreedByThemselves => Some(Rule::Cont7), Some("purpose"), "Name who agreed beforehand, or say that nobody had.";
    UnknownPerson => Some(Rule::Cont7), Some("purpose"), "Name somebody who works here.";
    NotAMonday => None, Some("week"), "Give the date of the week's Monday.";
    WeekNotOver => Some(Rule::Use1), Some("week"), "Sign it off when it is over.";
    NothingRecorded => Some(Rule::Use1), Some("week"), "Pick a week of the log.";
    IncidentExists => None, Some("incident"), "Use another id.";
    NotReadable => Some(Rule::Inc7), Some("incident"), "An incident is read by the DSL, deputies and the headteacher, never by the adult it is about.";
    IsClosed => Some(Rule::Inc4), Some("incident"), "Add a note to it, or report what is new as an incident of its own.";
    UnknownBody => Some(Rule::Inc2), Some("body"), "Pick one of the bodies that the incident names.";
    UnknownSeized => Some(Rule::Inc3), Some("number"), "Record first that the device was taken away.";
    SeizedIsGone => Some(Rule::Inc3), Some("number"), "Nothing more is to be done with it here.";
    HoldsEvidence => Some(Rule::Inc3), Some("number"), "Hand it to the police, switched on or off as it is, and record their reference.";
    SearchNotAuthorised => Some(Rule::Inc5), Some("authorised_by"), "Only the headteacher, or somebody the headteacher authorised, searches a device.";
    NotTheDsl => Some(Rule::Inc5), Some("told_dsl"), "Tell the DSL or a deputy, and name them.";
    NoPermission => Some(Rule::Inc5), Some("permitted_by"), "Ask the headteacher first, and name them.";
    WitnessIsTheSame => Some(Rule::Inc5), Some("witness"), "Name somebody else who saw it.";
    NotReadyToClose { missing } => Some(rule_of(missing)), None, "Record what is missing, then close it.";
    TooMany => None, None, "Report what is new as an incident of its own.";
    PouchTaken => Some(Rule::Pers1), Some("pouch"), "Take the next free pouch, or give the phone in this one back first.";
    PouchEmpty => Some(Rule::Pers1), Some("pouch"), "Look at the number again: the list shows which pouches hold a phone.";
    NoSuchPouch => Some(Rule::Pers1), Some("pouch"), "Read the number off the pouch.";
    NoSuchYear => Some(Rule::Pers4), Some("year"), "Choose the year group; 0 is Reception.";
    YearMayNot => Some(Rule::Pers4), Some("allowed_by"), "Send it home, or name the senior leader who allows it.";
    MayNotAllow => Some(Rule::Pers4), Some("allowed_by"), "Ask a senior leader, and name them.";
    ArrangementExists => None, Some("arrangement"), "Use another id.";
    NoArrangement => Some(Rule::Pers2), Some("arrangement"), "Agree a new one.";
    HeadNeeded => Some(Rule::Pers2), Some("agreed_by"), "Ask the headteacher, and name them.";
    NotInPolicy { rule } => Some(*rule), Some("whose"), "Have the head allow them in the policy first.";
    LineManagerNeeded => Some(Rule::Pers5), Some("agreed_by"), "Ask the headteacher or the line manager, and name them.";
    SignatureNeeded => Some(Rule::Pers3), Some("signature"), "Give the reference of the signed approach.";
    WrongSide => Some(Rule::Pers2), Some("agreed_with"), "A pupil's is agreed by the pupil or a parent, a member of staff's by themselves.";
    BadEnd => Some(Rule::Pers2), Some("until"), "Give a last day that lies ahead: it can be renewed.";
    MedicalEndedByHead => Some(Rule::Pers2), None, "Ask the headteacher. Until then the device stays with whoever needs it.";
    NoRecordings => Some(Rule::Media1), Some("recording"), "Pick one of the list.";
    RecordingsKept => Some(Rule::Media2), None, "Leave the phone in quarantine as it is, and ask the DSL.";
    WitnessDeleted => Some(Rule::Media2), Some("witness"), "Name somebody else who saw it, or nobody.";
    HoldExists => None, Some("hold"), "Use another id.";
    NoHold => None, Some("hold"), "Pick one of the list.";
    NotOnTour => Some(Rule::Media2), Some("device"), "Whoever holds the phone on the tour says this.";
});

/// The rule of the first thing that is missing.
fn rule_of(missing: &[Missing]) -> Rule {
    match missing.first() {
        Some(Missing::ToldInPerson | Missing::WrittenUp) => Rule::Inc1,
        Some(Missing::BodiesTold) => Rule::Inc2,
        Some(Missing::Evidence) => Rule::Inc3,
        Some(Missing::Parents | Missing::Debrief) | None => Rule::Inc4,
    }
}
