//! A duress word is never kept: only its keyed hash is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Hash;
use crate::ids::TripId;

/// BLAKE3 of trip and word, keyed with a secret of the installation: who reads the journal can't find the word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DuressHash(Hash);

impl DuressHash {
    /// The most letters of a duress word.
    pub const MAX_LETTERS: usize = 20;

    /// The hash of a word (case and surrounding punctuation don't count); `None` if it is not 3 to 20 letters.
    pub fn of(key: &[u8; 32], trip: TripId, word: &str) -> Option<Self> {
        let word: String =
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let letters = word.chars().count();
        if !(3..=Self::MAX_LETTERS).contains(&letters) {
            return None;
        }
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(trip.0.as_bytes());
        hasher.update(word.as_bytes());
        Some(Self(Hash(*hasher.finalize().as_bytes())))
    }
}

impl fmt::Debug for DuressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DuressHash(…)")
    }
}
