//! Texts with a bound.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text of 1 to `MAX` characters, trimmed, without control characters (line breaks and tabs become spaces where
/// `MAX` is 120 or less).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BoundedText<const MAX: usize>(String);

/// A short label: a place, a group, a reference. Up to 80 characters.
pub type Label = BoundedText<80>;
/// A name. Up to 120 characters.
pub type Name = BoundedText<120>;
/// A note, a reason, a message as it came. Up to 2,000 characters.
pub type Note = BoundedText<2000>;

/// A text that is empty, too long, or has control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but white space.
    #[error("a text of 1 to {max} characters is needed, this one is empty")]
    Empty {
        /// The most characters.
        max: usize,
    },
    /// Too long.
    #[error("at most {max} characters fit, this text has {found}")]
    TooLong {
        /// The most characters.
        max: usize,
        /// How many there were.
        found: usize,
    },
    /// A control character.
    #[error("control characters are not allowed in a text (one stands at character {at})")]
    Control {
        /// Where it stands, counted from 1.
        at: usize,
    },
}

impl<const MAX: usize> BoundedText<MAX> {
    /// Parses it, or says what is wrong.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let text = text.trim();
        let single_line = MAX <= 120;
        let clean: String =
            if single_line { text.replace(['\r', '\n', '\t'], " ") } else { text.replace("\r\n", "\n") };
        let found = clean.chars().count();
        if found == 0 {
            return Err(BadText::Empty { max: MAX });
        }
        if found > MAX {
            return Err(BadText::TooLong { max: MAX, found });
        }
        match clean.chars().position(|c| c.is_control() && c != '\n' && c != '\t') {
            Some(at) => Err(BadText::Control { at: at + 1 }),
            None => Ok(Self(clean)),
        }
    }

    /// Takes what fits of a text that came from outside; `None` when nothing is left.
    pub fn clipped(text: &str) -> Option<Self> {
        let clean: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(MAX).collect();
        Self::parse(&clean).ok()
    }

    /// Whether it has something like a phone number in it: nine digits in a row, or a run that begins with 0 or + and has
    /// nine digits with spaces, dots, hyphens or brackets between. [CONT-4]
    pub fn has_phone_number(&self) -> bool {
        let number_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '.' | '-' | '(' | ')');
        self.0.split(|c| !number_part(c)).any(|run| {
            let longest = run.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
            let begins = |at: usize| !run[..at].ends_with(|c: char| c.is_ascii_digit());
            let digits_from = |at: usize| run[at..].chars().filter(char::is_ascii_digit).count();
            let dialled = |(at, _): (usize, &str)| begins(at) && digits_from(at) >= 9;
            longest >= 9 || run.match_indices(['0', '+']).any(dialled)
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for BoundedText<MAX> {
    type Error = BadText;
    fn try_from(text: String) -> Result<Self, BadText> {
        Self::parse(&text)
    }
}

impl<const MAX: usize> TryFrom<&str> for BoundedText<MAX> {
    type Error = BadText;
    fn try_from(text: &str) -> Result<Self, BadText> {
        Self::parse(text)
    }
}

impl<const MAX: usize> std::str::FromStr for BoundedText<MAX> {
    type Err = BadText;
    fn from_str(text: &str) -> Result<Self, BadText> {
        Self::parse(text)
    }
}

impl<const MAX: usize> From<BoundedText<MAX>> for String {
    fn from(text: BoundedText<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> fmt::Display for BoundedText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for BoundedText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<const MAX: usize> JsonSchema for BoundedText<MAX> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_at_its_limit_fits_and_one_more_does_not() {
        assert!(Label::parse(&"x".repeat(80)).is_ok());
        assert_eq!(Label::parse(&"x".repeat(81)), Err(BadText::TooLong { max: 80, found: 81 }));
        assert_eq!(Label::parse("  "), Err(BadText::Empty { max: 80 }));
        assert_eq!(Label::parse("a\u{7}b"), Err(BadText::Control { at: 2 }));
    }
}
