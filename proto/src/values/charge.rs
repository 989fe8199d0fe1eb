//! How full a battery is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A battery's charge in per cent, 0 to 100, as somebody reads it off the phone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("maximum" = 100))]
pub struct Charge(u8);

/// No battery is that full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a charge is 0 to {max} per cent, not {0}", max = Charge::MAX)]
pub struct BadCharge(pub u8);

impl Charge {
    /// Full.
    pub const MAX: u8 = 100;

    /// A number of per cent.
    pub fn new(percent: u8) -> Result<Self, BadCharge> {
        if percent > Self::MAX { Err(BadCharge(percent)) } else { Ok(Self(percent)) }
    }

    /// The number of per cent.
    pub fn percent(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Charge {
    type Error = BadCharge;
    fn try_from(percent: u8) -> Result<Self, BadCharge> {
        Self::new(percent)
    }
}

impl From<Charge> for u8 {
    fn from(charge: Charge) -> Self {
        charge.0
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_battery_is_never_more_than_full() {
        assert_eq!(Charge::new(100).map(Charge::percent), Ok(100));
        assert_eq!(Charge::new(101), Err(BadCharge(101)));
        assert!(
            serde_json::from_str::<Charge>("101").is_err() && serde_json::from_str::<Charge>("0").is_ok()
        );
    }
}
