//! How many people were counted.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number of people, 0 to 2,000. Headcounts are of pupils, unless a field says otherwise.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(extend("maximum" = 2000))]
pub struct Headcount(u16);

/// More people than one trip can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a headcount is 0 to {max}, not {0}", max = Headcount::MAX)]
pub struct BadHeadcount(pub u32);

impl Headcount {
    /// The most people.
    pub const MAX: u32 = 2000;

    /// Nobody.
    pub const ZERO: Self = Self(0);

    /// Parses a number.
    pub fn new(count: u32) -> Result<Self, BadHeadcount> {
        if count > Self::MAX { Err(BadHeadcount(count)) } else { Ok(Self(count as u16)) }
    }

    /// The number.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }

    /// The sum, if it is still a headcount.
    pub fn plus(self, other: Self) -> Result<Self, BadHeadcount> {
        Self::new(self.get() + other.get())
    }

    /// The difference, if it is not below zero.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl TryFrom<u32> for Headcount {
    type Error = BadHeadcount;
    fn try_from(count: u32) -> Result<Self, BadHeadcount> {
        Self::new(count)
    }
}

impl From<Headcount> for u32 {
    fn from(count: Headcount) -> Self {
        count.get()
    }
}

impl fmt::Display for Headcount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
