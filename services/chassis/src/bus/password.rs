//! A password that never shows itself in logs.

use std::fmt;

/// A password. Debug shows nothing of it; comparing takes the same time wherever it differs.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// One from configuration.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A new one: 256 random bits, in hex.
    pub fn random() -> Self {
        let bits: [u8; 32] = rand::random();
        Self(bits.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The text, for the one place that hands it on.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether these bytes are the password.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        // Comparing hashes takes constant time, and hides the length too.
        blake3::hash(self.0.as_bytes()) == blake3::hash(bytes)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_show_itself() {
        let password = Password::new("open sesame");
        assert!(!format!("{password:?}").contains("sesame"));
        assert!(
            password.matches(b"open sesame") && !password.matches(b"open sesame!") && !password.matches(b"")
        );
    }

    #[test]
    fn two_random_passwords_differ() {
        let (one, other) = (Password::random(), Password::random());
        assert_eq!(one.expose().len(), 64);
        assert!(!one.matches(other.expose().as_bytes()));
    }
}
