//! The policy of a school as it travels: its settings by key, the preset it started from, and the one event that every
//! service may keep in its journal besides its own.
//!
//! The people service decides on changes. Every other service hears of them, and notes the policy in its own journal, so that
//! each decision can be replayed with the policy that was in force. The engine does that for all of them alike; no decider
//! hears it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A named policy that a school starts from, one for each kind of setting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// An alternative provider that places students with employers, and visits homes.
    WorkPlacement,
    /// A primary school.
    Primary,
    /// A group of special schools and colleges, on several sites.
    SpecialistGroup,
    /// A peripatetic music service that visits host schools and tours.
    MusicService,
    /// A council's further-education provision.
    CouncilFe,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 5] =
        [Self::WorkPlacement, Self::Primary, Self::SpecialistGroup, Self::MusicService, Self::CouncilFe];

    /// As it is written: `work-placement`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkPlacement => "work-placement",
            Self::Primary => "primary",
            Self::SpecialistGroup => "specialist-group",
            Self::MusicService => "music-service",
            Self::CouncilFe => "council-fe",
        }
    }

    /// The preset of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.as_str() == name)
    }
}

/// Settings by key, as the configuration file has them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, serde_json::Value>);

/// The policy in force, as a service noted it in its own journal: each setting, whole. It stands among the entries of any
/// service but people, under the name [`PolicyNoted::NAME`], and tells other services nothing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PolicyNoted {
    /// When it was changed, by the people service.
    pub at: Timestamp,
    /// Every setting.
    pub settings: Settings,
}

impl PolicyNoted {
    /// Its name in an entry, and in the type of an envelope.
    pub const NAME: &'static str = "PolicyNoted";
}
