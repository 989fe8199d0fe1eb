//! A handset's IMEI: 15 digits, the last one a Luhn check digit (3GPP TS 23.003, annex B).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 15 digits whose Luhn check holds. `Debug` shows the last four.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[0-9]{15}$"))]
pub struct Imei(String);

/// Text that is no IMEI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadImei {
    /// Not 15 digits.
    #[error("an IMEI has 15 digits (dial *#06# to see it), this has {0}")]
    NotFifteenDigits(usize),
    /// The check digit is wrong.
    #[error("the IMEI's check digit is wrong: a digit was mistyped")]
    CheckDigit,
}

impl Imei {
    /// Parses it; spaces, hyphens and slashes are passed over.
    pub fn parse(text: &str) -> Result<Self, BadImei> {
        let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '/')).collect();
        if kept.len() != 15 || !kept.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadImei::NotFifteenDigits(kept.chars().filter(char::is_ascii_digit).count()));
        }
        if luhn_sum(&kept).is_multiple_of(10) { Ok(Self(kept)) } else { Err(BadImei::CheckDigit) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The Luhn sum over all digits, the check digit included.
fn luhn_sum(digits: &str) -> u32 {
    let value = |(place, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        }
    };
    digits.bytes().rev().enumerate().map(value).sum()
}

impl TryFrom<String> for Imei {
    type Error = BadImei;
    fn try_from(text: String) -> Result<Self, BadImei> {
        Self::parse(&text)
    }
}

impl From<Imei> for String {
    fn from(imei: Imei) -> Self {
        imei.0
    }
}

impl fmt::Debug for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imei(…{})", &self.0[11..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_imei_passes_and_a_mistyped_one_does_not() {
        assert!(Imei::parse("49-015420-323751-8").is_ok());
        assert_eq!(Imei::parse("490154203237519"), Err(BadImei::CheckDigit));
        assert_eq!(Imei::parse("4901542"), Err(BadImei::NotFifteenDigits(7)));
    }
}
