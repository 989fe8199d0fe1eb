//! How long a phone rings before the next one is tried.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Seconds of ringing, 5 to 60.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(extend("minimum" = 5, "maximum" = 60))]
pub struct RingSecs(u8);

/// Too short to be answered, or so long that the caller gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone rings for {min} to {max} seconds", min = RingSecs::MIN, max = RingSecs::MAX)]
pub struct BadRingSecs;

impl RingSecs {
    /// The shortest ring.
    pub const MIN: u32 = 5;

    /// The longest.
    pub const MAX: u32 = 60;

    /// What a line rings for unless it is set: four or five rings.
    pub const LINE: Self = Self(20);

    /// What a work mobile rings for: it has to be found in a bag first.
    pub const MOBILE: Self = Self(25);

    /// Parses a number.
    pub fn new(secs: u32) -> Result<Self, BadRingSecs> {
        if (Self::MIN..=Self::MAX).contains(&secs) { Ok(Self(secs as u8)) } else { Err(BadRingSecs) }
    }

    /// The number.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }
}

impl Default for RingSecs {
    fn default() -> Self {
        Self::LINE
    }
}

impl TryFrom<u32> for RingSecs {
    type Error = BadRingSecs;
    fn try_from(secs: u32) -> Result<Self, BadRingSecs> {
        Self::new(secs)
    }
}

impl From<RingSecs> for u32 {
    fn from(ring: RingSecs) -> Self {
        ring.get()
    }
}

impl FromStr for RingSecs {
    type Err = BadRingSecs;
    fn from_str(text: &str) -> Result<Self, BadRingSecs> {
        text.trim().parse().map_err(|_| BadRingSecs).and_then(Self::new)
    }
}

impl fmt::Display for RingSecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_five_to_sixty_seconds() {
        for (text, read) in [("5", Some(5)), (" 60 ", Some(60)), ("4", None), ("61", None), ("long", None)] {
            assert_eq!(text.parse::<RingSecs>().ok().map(RingSecs::get), read, "{text}");
        }
        assert!(serde_json::from_str::<RingSecs>("300").is_err());
    }
}
