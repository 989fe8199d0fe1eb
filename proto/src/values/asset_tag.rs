//! The tag on a device: `WM-014`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 2 to 16 characters of A-Z, 0-9 and `-`; read in any case, kept in upper case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[A-Za-z0-9-]{2,16}$"))]
pub struct AssetTag(String);

/// Text that can't be a tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an asset tag is 2 to 16 letters, digits or hyphens (WM-014), not {0:?}")]
pub struct BadAssetTag(pub String);

impl AssetTag {
    /// Parses it.
    pub fn parse(text: &str) -> Result<Self, BadAssetTag> {
        let tag = text.trim().to_ascii_uppercase();
        let fits =
            (2..=16).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fits { Ok(Self(tag)) } else { Err(BadAssetTag(text.chars().take(40).collect())) }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AssetTag {
    type Error = BadAssetTag;
    fn try_from(text: String) -> Result<Self, BadAssetTag> {
        Self::parse(&text)
    }
}

impl From<AssetTag> for String {
    fn from(tag: AssetTag) -> Self {
        tag.0
    }
}

impl fmt::Display for AssetTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
