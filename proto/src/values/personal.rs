//! The personal parts of an event stand apart from its facts, so that they can be blanked.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Note;

/// A name, a stranger's number, a note: known, or blanked after its retention time.
///
/// On the wire it is `{"$personal": value}`, and `{"$personal": null}` once blanked. The journal takes each such part
/// out of the event, keeps it apart, and lets it into the hash chain only as a salted hash. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Personal{T}")]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Personal<T> {
    // Another object is no blank part: the key must be there.
    #[serde(rename = "$personal", deserialize_with = "Option::deserialize")]
    value: Option<T>,
}

impl<T> Personal<T> {
    /// The key that marks a personal part in an event's JSON.
    pub const KEY: &'static str = "$personal";

    /// A part that is known.
    pub fn known(value: T) -> Self {
        Self { value: Some(value) }
    }

    /// A part that was blanked.
    pub fn blanked() -> Self {
        Self { value: None }
    }

    /// The value, unless it was blanked.
    pub fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

impl<T: fmt::Display> Personal<T> {
    /// The value for a page, or a word that says it was erased.
    pub fn shown(&self) -> String {
        self.value.as_ref().map_or_else(|| "(erased)".to_owned(), ToString::to_string)
    }
}

impl<T> From<T> for Personal<T> {
    fn from(value: T) -> Self {
        Self::known(value)
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.value.is_some() { "Personal(…)" } else { "Personal(blanked)" })
    }
}

/// For a field that was no personal part in journals before it became one: the plain value is read, too. What stands plain
/// in an old journal is a fact of its chain, and can't be blanked any more.
#[derive(Deserialize)]
#[serde(untagged)]
enum OnceAFact<T> {
    Part(Personal<T>),
    Fact(T),
}

/// Reads a personal part, or the plain value that stood there once: `#[serde(deserialize_with = "personal_or_fact")]`.
pub fn personal_or_fact<'de, D, T>(from: D) -> Result<Personal<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(match OnceAFact::deserialize(from)? {
        OnceAFact::Part(part) => part,
        OnceAFact::Fact(value) => Personal::known(value),
    })
}

/// A reason that somebody typed: the journal keeps it as a personal part; blanked, it reads "(erased)". For
/// `#[serde(with = "erasable")]`; a plain text of an old journal is read as it is.
pub mod erasable {
    use super::{Deserializer, Note, Personal, Serialize, Serializer, personal_or_fact};

    /// What a note that was blanked reads as.
    pub const ERASED: &str = "(erased)";

    /// Writes it as a personal part: as a blank one, if that is what it is.
    pub fn serialize<S: Serializer>(note: &Note, to: S) -> Result<S::Ok, S::Error> {
        let known = (note.as_str() != ERASED).then_some(note);
        known.map_or_else(Personal::blanked, Personal::known).serialize(to)
    }

    /// Reads a personal part, blank or not, or a plain text.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Note, D::Error> {
        personal_or_fact(from).map(|part: Personal<Note>| read(part.get().cloned()))
    }

    pub(super) fn read(note: Option<Note>) -> Note {
        note.unwrap_or_else(|| Note::parse(ERASED).expect("a short text"))
    }
}

/// As [`erasable`], for a note that may be missing.
pub mod erasable_option {
    use serde::Deserialize;

    use super::{Deserializer, Note, OnceAFact, Serializer, erasable};

    /// Writes it as a personal part, if there is one.
    pub fn serialize<S: Serializer>(note: &Option<Note>, to: S) -> Result<S::Ok, S::Error> {
        match note {
            Some(note) => erasable::serialize(note, to),
            None => to.serialize_none(),
        }
    }

    /// Reads a personal part, blank or not, a plain text, or none.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Note>, D::Error> {
        Ok(Option::<OnceAFact<Note>>::deserialize(from)?.map(|found| match found {
            OnceAFact::Part(part) => erasable::read(part.get().cloned()),
            OnceAFact::Fact(note) => note,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Told {
        #[serde(with = "erasable")]
        reason: Note,
        #[serde(with = "erasable_option")]
        note: Option<Note>,
        #[serde(deserialize_with = "personal_or_fact")]
        number: Personal<u8>,
    }

    fn read(json: &str) -> Told {
        serde_json::from_str(json).expect("reads")
    }

    fn note(text: &str) -> Note {
        Note::parse(text).expect("a note")
    }

    #[test]
    fn what_was_a_fact_is_written_as_a_part_and_read_as_either_or_blank() {
        let told = Told { reason: note("ice"), note: Some(note("cold")), number: Personal::known(7) };
        let json = r#"{"reason":{"$personal":"ice"},"note":{"$personal":"cold"},"number":{"$personal":7}}"#;
        assert_eq!(serde_json::to_string(&told).expect("writes"), json);
        assert_eq!(read(json), told);
        assert_eq!(read(r#"{"reason":"ice","note":"cold","number":7}"#), told);
        let erased = r#"{"reason":{"$personal":null},"note":{"$personal":null},"number":{"$personal":null}}"#;
        let blank = Told {
            reason: note(erasable::ERASED),
            note: Some(note(erasable::ERASED)),
            number: Personal::blanked(),
        };
        assert_eq!(read(erased), blank);
        assert_eq!(serde_json::to_string(&blank).expect("writes"), erased, "written again it stays blank");
        assert_eq!(read(r#"{"reason":"ice","note":null,"number":7}"#).note, None);
    }

    #[test]
    fn an_object_without_the_key_is_no_blank_part() {
        for other in [r#"{"value": 7}"#, "{}"] {
            let error = serde_json::from_str::<Personal<u8>>(other).expect_err(other).to_string();
            assert!(error.contains("$personal"), "{error}");
        }
        assert_eq!(
            serde_json::from_str::<Personal<u8>>(r#"{"$personal": null}"#).ok(),
            Some(Personal::blanked())
        );
    }
}
