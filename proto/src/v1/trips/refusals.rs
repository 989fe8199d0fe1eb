//! Why trips says no: for each refusal its sentence, its rule, and what would satisfy it.

#![allow(missing_docs, reason = "each sentence says what its fields are")]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ReadinessItem;
use crate::envelope::Hash;
use crate::ids::{GroupId, PersonId, TripId};
use crate::rules::Rule;
use crate::values::Headcount;

/// Why trips says no. Refusals of the gates carry the whole list, green and red.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such trip")]
    UnknownTrip { trip: TripId },
    #[error("the form was changed meanwhile by somebody else")]
    StaleForm { trip: TripId, expected: Option<Hash>, found: Option<Hash>, changed: Vec<String> },
    #[error("the number that stands against this person is not that of a registered work mobile in service")]
    NotAWorkMobile { person: PersonId, field: String },
    #[error("the form is not ready: {} of {} checks do not hold", .items.iter().filter(|i| !i.ok).count(), .items.len())]
    NotReady { items: Vec<ReadinessItem> },
    #[error("{reason}")]
    FormInvalid { field: String, reason: String, remedy: String, rule: Option<Rule> },
    #[error("another trip is registered under this id")]
    TripExists { trip: TripId },
    #[error("that is not possible while the trip is {phase}")]
    WrongPhase { phase: String, possible: String },
    #[error("a form is authorised by a senior member of staff")]
    NotSenior {},
    #[error("whoever authorises the form is not on the trip")]
    AuthoriserOnTrip { person: PersonId },
    #[error("this is settled by the head or a named deputy who is not on the trip")]
    NotHead {},
    #[error("only a named person can do this")]
    NamedPersonNeeded {},
    #[error("whoever settles it is not on the trip")]
    DeciderOnTrip { person: PersonId },
    #[error("a decision by voice is recorded by the one who heard it")]
    HeardByNeeded {},
    #[error("a count is needed for each group")]
    CountMissing { groups: Vec<GroupId> },
    #[error("a count was given for a group that is not on the form, or twice for one")]
    CountOfUnknownGroup { group: GroupId },
    #[error("who stays at school is not on the form's staff, or is named twice")]
    StandInForNobody { person: PersonId },
    #[error("who stands in is not a reserve of the form, or is named twice")]
    StandInNotListed { person: PersonId },
    #[error("{expected} pupils left, but {found} are accounted for")]
    NotAccounted { expected: Headcount, found: Headcount },
    #[error("{recorded} pupils were released on the way as recorded, but {found} are given")]
    ReleasedDiffers { recorded: Headcount, found: Headcount },
    #[error("devices of the trip are still out")]
    DevicesOut { trip: TripId },
    #[error("that trip is no drill")]
    NoDrill { trip: TripId },
    #[error("a trip takes at most {max} notes")]
    TooManyNotes { trip: TripId, max: u16 },
}

crate::refusals!(Refusal {
    UnknownTrip => None, Some("trip"), "Check the trip, or save its draft first.";
    NoDrill => Some(Rule::Rev1), Some("trip"), "Write it down as a note on the trip.";
    TooManyNotes => None, Some("note"), "Write it up in the school's own record.";
    StaleForm => Some(Rule::Form4), Some("form_hash"), "Look at what changed, then do it again on the form as it is now.";
    NotAWorkMobile { field } => Some(Rule::Form3), Some(field.as_str()), "Pick a work mobile from the register; personal numbers are not used.";
    NotReady { items } => items.iter().find(|i| !i.ok).map(|i| i.rule), None, items.iter().filter(|i| !i.ok).map(|i| i.remedy.as_str()).collect::<Vec<_>>().join(" ");
    FormInvalid { field, remedy, rule } => *rule, Some(field.as_str()), remedy;
    TripExists => None, Some("trip"), "Use a new id.";
    WrongPhase { possible } => None, Some("trip"), format!("It is possible while the trip is {possible}.");
    NotSenior => Some(Rule::Form2), None, "Ask a senior member of staff of the school, its trust or council.";
    AuthoriserOnTrip => Some(Rule::Form2), None, "Ask a senior who is not on the trip.";
    NotHead => Some(Rule::Form9), Some("decided_by"), "Ask the head or a named deputy who is not on the trip, by voice if need be.";
    DeciderOnTrip => Some(Rule::Form9), Some("decided_by"), "Ask the head or a named deputy who is not on the trip, by voice if need be.";
    HeardByNeeded => Some(Rule::Form9), Some("heard_by"), "Log in as the one who heard the decision, and name yourself as such.";
    NamedPersonNeeded => Some(Rule::Form2), None, "Log in as the person who does it.";
    CountMissing => Some(Rule::Check5), Some("counts"), "Count each group as it gets on.";
    CountOfUnknownGroup => Some(Rule::Check5), Some("counts"), "Give one count for each group of the form.";
    StandInForNobody => Some(Rule::Form4), Some("stand_ins"), "Name somebody of the form's staff, once.";
    StandInNotListed => Some(Rule::Form4), Some("stand_ins"), "Name a reserve of the form, once; anybody else needs the form to be changed and authorised again.";
    NotAccounted => Some(Rule::Dev9), Some("accounted"), "Account for each pupil: back, released or in hospital. If fewer or more left than was recorded, correct the groups with a change to the form first.";
    ReleasedDiffers => Some(Rule::Check5), Some("accounted.released"), "Give at least as many as were recorded as released on the way.";
    DevicesOut => Some(Rule::Dev9), None, "Take each device in, or have a named person settle it.";
});
