//! Why checkins says no: for each refusal its sentence, its rule, and what would satisfy it.

#![allow(missing_docs, reason = "each sentence says what its fields are")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Word;
use crate::ids::{DeviceId, GroupId, PersonId, PupilId, TripId};
use crate::rules::Rule;
use crate::values::Headcount;

/// Why checkins says no.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such trip out")]
    NotOut { trip: TripId },
    #[error("everyone of this trip is accounted for: only its devices are due back")]
    AllBack { trip: TripId },
    #[error("that phone is not with this trip")]
    NotWithTrip { device: DeviceId },
    #[error("a pupil's phone never checks a group in")]
    PupilPhone { device: DeviceId },
    #[error("that person is not one of the trip's staff")]
    NotOnTrip { field: String, person: PersonId },
    #[error("it is not said which phone of the trip this comes from")]
    DeviceNeeded {},
    #[error("the trip has no such group, or it has joined another")]
    UnknownGroup { group: GroupId },
    #[error("the trip has several groups: which one is meant can't be told")]
    WhichGroup { groups: BTreeSet<GroupId> },
    #[error("this word needs a count")]
    CountNeeded { word: Word },
    #[error("a party runs late by 1 to 600 minutes, not {minutes}")]
    LatenessOutOfRange { minutes: u16 },
    #[error("that was before the party left ({departed_at})")]
    BeforeDeparture { field: String, said_at: Timestamp, departed_at: Timestamp },
    #[error("that time ({said_at}) lies ahead: it is {now} now")]
    ClockAhead { field: String, said_at: Timestamp, now: Timestamp },
    #[error("the words have a phone number in them")]
    NumberInWords {},
    #[error("only a named person can do this")]
    NamedPersonNeeded {},
    #[error("whoever agrees to a release for base is not on the trip")]
    AgreedOnTrip { person: PersonId },
    #[error("at least one pupil is meant")]
    NobodyMeant {},
    #[error("{asked} pupils are meant, but {expected} are expected in the group")]
    TooManyPupils { group: GroupId, expected: Headcount, asked: Headcount },
    #[error("the group would be larger than {} pupils", Headcount::MAX)]
    GroupTooLarge { group: GroupId },
    #[error("the two groups are the same one")]
    SameGroup { group: GroupId },
    #[error("the trip has a group with that id already")]
    GroupExists { group: GroupId },
    #[error("that adult has no phone on this trip: no phone, no separate group")]
    NoPhone { person: PersonId },
    #[error("that adult leads another group")]
    LeadsAnother { person: PersonId, group: GroupId },
    #[error("nobody of this trip is lost")]
    NobodyLost { trip: TripId },
    #[error("no pupil of that id is expected at a provider on this trip")]
    NobodyExpected { pupil: PupilId },
    #[error("that was not on the day on which the pupil is due ({due_at})")]
    NotThatDay { due_at: Timestamp, said_at: Timestamp },
    #[error("nothing is recorded of that pupil that could be wrong")]
    NothingRecorded { pupil: PupilId },
}

crate::refusals!(Refusal {
    NotOut => Some(Rule::Check1), Some("trip"), "Check the trip: check-ins are taken from departure until the last device is back. In an emergency dial 999.";
    AllBack => Some(Rule::Check1), Some("trip"), "Nothing more needs to be done but to take the devices in.";
    NotWithTrip => Some(Rule::Check1), Some("device"), "Use a phone that is issued to the trip, or ring the office: it writes the call down.";
    PupilPhone => Some(Rule::Check1), Some("device"), "Check in from a phone of the trip's staff.";
    NotOnTrip { field } => Some(Rule::Check1), Some(field.as_str()), "Name a member of staff of the trip; the office writes down a call instead of checking in.";
    DeviceNeeded => Some(Rule::Check1), Some("device"), "Name the issued device that the word comes from.";
    UnknownGroup => Some(Rule::Check1), Some("group"), "Pick one of the trip's groups as they are now.";
    WhichGroup => Some(Rule::Check1), Some("group"), "Name the group.";
    CountNeeded => Some(Rule::Check5), Some("headcount"), "Count the pupils of the group and give the number.";
    LatenessOutOfRange => Some(Rule::Check1), Some("word"), "Give the lateness in minutes, 1 to 600; say OK if the party is on time again.";
    BeforeDeparture { field } => Some(Rule::Check1), Some(field.as_str()), "Check in again now: a word counts from departure.";
    ClockAhead { field } => Some(Rule::Check1), Some(field.as_str()), "Set the phone's clock, or text OK: a text counts when it arrives.";
    NumberInWords => Some(Rule::Cont4), Some("words"), "Leave the number out and keep the words: numbers of callers are not kept.";
    NamedPersonNeeded => Some(Rule::Check1), None, "Log in as the person who does it.";
    AgreedOnTrip => Some(Rule::Check5), Some("agreed_by"), "Ring base, and name the person there who agrees.";
    NobodyMeant => Some(Rule::Check5), Some("pupils"), "Give the number of pupils, at least 1.";
    TooManyPupils { expected } => Some(Rule::Check5), Some("pupils"), format!("Count again: at most {expected} can be meant (a group that splits keeps at least one).");
    GroupTooLarge => Some(Rule::Check5), Some("pupils"), "Keep the groups apart.";
    SameGroup => Some(Rule::Check5), Some("into"), "Name two groups.";
    GroupExists => Some(Rule::Check5), Some("new_group"), "Use a new id.";
    NoPhone => Some(Rule::Dev5), Some("adult"), "Have a work mobile of the trip handed over to that adult first.";
    LeadsAnother => Some(Rule::Check5), Some("adult"), "Pick an adult without a group, or join the groups.";
    NobodyLost => Some(Rule::Check8), Some("trip"), "Nothing needs to be done.";
    NobodyExpected => Some(Rule::Form6), Some("pupil"), "Look at the form: arrivals are due from when it is authorised.";
    NotThatDay => Some(Rule::Form6), Some("at"), "Record the arrival once the provider has confirmed it, with its time.";
    NothingRecorded => Some(Rule::Form6), Some("pupil"), "Nothing needs to be done: the arrival is still due.";
});
