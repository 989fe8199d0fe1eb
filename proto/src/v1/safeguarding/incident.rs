//! Incidents: what they are, who may read one, what has to be done by when. [INC-1 to INC-7]

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, PersonId};
use crate::values::{Label, Name, Note, Personal};

/// What an incident is about, in a word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Somebody was hurt, or could have been.
    Harm,
    /// Unwanted contact: a stranger, grooming, harassment.
    Contact,
    /// An image, a film or a sound that should not be.
    Image,
    /// Bullying.
    Bullying,
    /// A phone was used against the rules, or is missing.
    Phone,
    /// A concern about an adult.
    Adult,
    /// Anything else.
    Other,
}

/// Whether somebody is in danger now. [INC-6]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Nobody is.
    Over {},
    /// Somebody is.
    Now {
        /// Whether 999 was dialled before this was written.
        dialled_999: bool,
    },
}

/// What has to be done about an incident by a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The DSL is told in person: an alert isn't telling. [INC-1]
    ToldInPerson,
    /// It is written up, the same day. [INC-1]
    WrittenUp,
    /// The outside bodies are told, within one working day. [INC-2]
    BodiesTold,
}

/// When each of them is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Deadlines {
    /// By when the DSL is told in person.
    pub told_in_person: Timestamp,
    /// By when it is written up.
    pub written_up: Timestamp,
    /// By when the outside bodies are told, unless it is judged not serious.
    pub bodies_told: Timestamp,
}

impl Deadlines {
    /// When that one is due.
    pub fn of(&self, step: Step) -> Timestamp {
        match step {
            Step::ToldInPerson => self.told_in_person,
            Step::WrittenUp => self.written_up,
            Step::BodiesTold => self.bodies_told,
        }
    }
}

/// Who may know of something, and is told of it: first the DSL and deputies, then the head. [INC-7]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Readers {
    /// The DSL and deputies.
    pub dsl: BTreeSet<PersonId>,
    /// The head and deputies; for a concern about the head, the chair or proprietor (seniors of the trust).
    pub head: BTreeSet<PersonId>,
}

impl Readers {
    /// Whether that person is one of them.
    pub fn has(&self, person: PersonId) -> bool {
        self.dsl.contains(&person) || self.head.contains(&person)
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.dsl.is_empty() && self.head.is_empty()
    }
}

/// A device that was taken away.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Seized {
    /// One of the school's.
    School {
        /// Which.
        device: DeviceId,
    },
    /// Somebody's own.
    Personal {
        /// Whose.
        owner: Personal<Name>,
        /// What it is.
        description: Personal<Name>,
    },
}

/// Whose consent a search has. [INC-5]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The pupil's whose it is.
    Pupil,
    /// A parent's.
    Parent,
}

/// What an outside body was told. [INC-2]
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Referral {
    /// It was told.
    Told {
        /// Its reference, if it gave one.
        reference: Option<Label>,
    },
    /// It need not be told.
    NotNeeded {
        /// Why.
        reason: Personal<Note>,
    },
}

/// Whether parents were told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Parents {
    /// They were.
    Told {
        /// When.
        at: Timestamp,
    },
    /// They were not.
    NotTold {
        /// Why.
        reason: Personal<Note>,
    },
}

/// What still stands against closing an incident.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The DSL was not told in person. [INC-1]
    ToldInPerson,
    /// It is not written up. [INC-1]
    WrittenUp,
    /// Whether it is serious was not judged, or an outside body was not told. [INC-2]
    BodiesTold,
    /// A device that may hold evidence has not gone to the police. [INC-3]
    Evidence,
    /// Nothing says whether parents were told.
    Parents,
    /// No debrief. [INC-4]
    Debrief,
}

impl Missing {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::ToldInPerson => "the DSL was told in person",
            Self::WrittenUp => "the account written up",
            Self::BodiesTold => "whether it is serious, and the outside bodies told",
            Self::Evidence => "each device with evidence handed to the police",
            Self::Parents => "parents told, or why not",
            Self::Debrief => "the debrief, lessons and changes",
        }
    }
}
