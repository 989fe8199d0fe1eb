//! The personal parts of an event stand apart from its facts, so that they can be blanked.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A name, a stranger's number, a note: known, or blanked after its retention time.
///
/// On the wire it is `{"$personal": value}`, and `{"$personal": null}` once blanked. The journal takes each such part
/// out of the event, keeps it apart, and lets it into the hash chain only as a salted hash. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Personal{T}")]
pub struct Personal<T> {
    #[serde(rename = "$personal")]
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
