//! Phone numbers in E.164, with what can be done with them: mobiles are texted and called, landlines only called.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether Ofcom's drama numbers are taken as real: in the demo and in tests only.
static DRAMA_NUMBERS: AtomicBool = AtomicBool::new(false);

/// Takes Ofcom's drama ranges (07700 900000-900999, 01632 960000-960999) as numbers from now on, in this process.
pub fn allow_drama_numbers() {
    DRAMA_NUMBERS.store(true, Ordering::Relaxed);
}

/// What kind of number it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NumberKind {
    /// Can be texted and called.
    Mobile,
    /// Is called, never texted. Numbers of organisations (03, freephone, VoIP) count as landlines.
    Landline,
}

/// A number in E.164, parsed and classified. `Debug` and logs show its last three digits only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    e164: String,
    kind: NumberKind,
}

/// Text that is not a number that may be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPhoneNumber {
    /// Nothing that can be dialled.
    #[error("a phone number such as 01632 960001 or +44 7700 900001 is needed; this can't be dialled")]
    NotANumber,
    /// A drama number outside the demo and tests.
    #[error("07700 900xxx and 01632 960xxx are numbers for films: nobody can be reached there")]
    Drama,
    /// A premium, shared-cost, pager or personal (070) number.
    #[error("premium, shared-cost, pager and personal (070) numbers are not used to reach anyone")]
    NotForReaching,
}

impl PhoneNumber {
    /// Parses a number as a person in the United Kingdom writes it, or in international form.
    pub fn parse(text: &str) -> Result<Self, BadPhoneNumber> {
        let text = text.trim();
        if text.len() > 40 {
            return Err(BadPhoneNumber::NotANumber);
        }
        let number =
            PHONE_NUMBER_UTIL.parse(text, Some(Region::GB)).map_err(|_| BadPhoneNumber::NotANumber)?;
        let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
        if let Some(kind) = drama_kind(&e164) {
            let allowed = DRAMA_NUMBERS.load(Ordering::Relaxed);
            return if allowed { Ok(Self { e164, kind }) } else { Err(BadPhoneNumber::Drama) };
        }
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return Err(BadPhoneNumber::NotANumber);
        }
        let kind = match PHONE_NUMBER_UTIL.get_number_type(&number) {
            PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => NumberKind::Mobile,
            PhoneNumberType::FixedLine
            | PhoneNumberType::TollFree
            | PhoneNumberType::VoIP
            | PhoneNumberType::UAN => NumberKind::Landline,
            _ => return Err(BadPhoneNumber::NotForReaching),
        };
        Ok(Self { e164, kind })
    }

    /// The number in E.164: `+441632960001`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// Mobile or landline.
    pub fn kind(&self) -> NumberKind {
        self.kind
    }

    /// Whether texts can be sent to it.
    pub fn can_be_texted(&self) -> bool {
        self.kind == NumberKind::Mobile
    }

    /// As it is written at home: `07700 900001`; foreign numbers in international form.
    pub fn national(&self) -> String {
        match self.e164.strip_prefix("+44") {
            Some(rest) if rest.len() == 10 => format!("0{} {}", &rest[..4], &rest[4..]),
            Some(rest) => format!("0{rest}"),
            None => self.e164.clone(),
        }
    }
}

/// Ofcom's numbers for drama use (public list): 07700 900000-900999 and 01632 960000-960999.
fn drama_kind(e164: &str) -> Option<NumberKind> {
    let range = |prefix: &str| e164.strip_prefix(prefix).is_some_and(|last| last.len() == 3);
    match (range("+447700900"), range("+441632960")) {
        (true, _) => Some(NumberKind::Mobile),
        (_, true) => Some(NumberKind::Landline),
        _ => None,
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.national())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", &self.e164[self.e164.len().saturating_sub(3)..])
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadPhoneNumber;
    fn try_from(text: String) -> Result<Self, BadPhoneNumber> {
        Self::parse(&text)
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.e164)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for PhoneNumber {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PhoneNumber".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "maxLength": 40, "description": "A phone number; kept in E.164" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_classified_and_redacted() {
        allow_drama_numbers();
        let mobile = PhoneNumber::parse("07700 900123").expect("a drama mobile");
        assert_eq!((mobile.e164(), mobile.kind()), ("+447700900123", NumberKind::Mobile));
        assert_eq!(mobile.national(), "07700 900123");
        let landline = PhoneNumber::parse("01632 960001").expect("a drama landline");
        assert!(!landline.can_be_texted());
        assert_eq!(format!("{mobile:?}"), "…123");
        assert_eq!(PhoneNumber::parse("hello"), Err(BadPhoneNumber::NotANumber));
        assert_eq!(
            PhoneNumber::parse("0909 879 0000").map(|n| n.kind()),
            Err(BadPhoneNumber::NotForReaching)
        );
    }
}
