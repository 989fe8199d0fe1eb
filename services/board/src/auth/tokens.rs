//! Random secrets, and what is kept of them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use proto::envelope::Hash;

/// A new secret: 256 random bits.
pub(crate) fn new_secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a secret. It has 256 random bits: a plain hash is enough.
pub(crate) fn stored(secret: &str) -> Hash {
    Hash::of(secret.as_bytes())
}

/// The token that a session's forms carry: it follows from the session's secret, and doesn't tell it.
pub(crate) fn form_token(secret: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(blake3::derive_key("homeward board form token v1", secret.as_bytes()))
}

/// Compares secrets without telling by its time where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(a.as_bytes(), b.as_bytes()).into()
}
