//! Passwords: Argon2id, off the async threads, and only so many at once.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::limits::Allowed;

/// The fewest characters.
pub const MIN_PASSWORD: usize = 10;

/// The most bytes that are hashed.
const MAX_PASSWORD_BYTES: usize = 512;

/// Each takes 19 MiB and a core for a moment.
const AT_ONCE: usize = 2;

/// A password that can't be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadPassword {
    /// Too short.
    #[error("a password has at least {MIN_PASSWORD} characters")]
    TooShort,
    /// Too long.
    #[error("a password has at most {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// The log-in's own name.
    #[error("a password is not the name that is typed with it")]
    IsTheName,
}

/// Hashes and verifies.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Of those who come too fast, one at a time.
    slow: Arc<Semaphore>,
    /// Verified against where there is no such log-in, so that it takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// Ready to work.
    pub fn new() -> Self {
        let (turns, slow) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(1)));
        Self { turns, slow, nobody: hash_of_nothing().into() }
    }

    /// Whether a password may be set.
    pub fn check(login: &str, password: &SecretString) -> Result<(), BadPassword> {
        let password = password.expose_secret();
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(BadPassword::TooLong);
        }
        if password.chars().count() < MIN_PASSWORD {
            return Err(BadPassword::TooShort);
        }
        if password.eq_ignore_ascii_case(login) {
            return Err(BadPassword::IsTheName);
        }
        Ok(())
    }

    /// Hashes a password, as a PHC string.
    pub async fn hash(&self, password: SecretString) -> String {
        self.work(move || hash(password.expose_secret())).await
    }

    /// Whether the password is the one of that hash; without a hash it takes as long, and it isn't.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
        allowed: Allowed,
    ) -> bool {
        let _turn = match allowed {
            Allowed::Now => None,
            Allowed::InTurn(place) => {
                let turn = self.slow.acquire().await.expect("the semaphore is never closed");
                Some((turn, place))
            }
        };
        let nobody = Arc::clone(&self.nobody);
        self.work(move || {
            let password = password.expose_secret();
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(&nobody);
            password.len() <= MAX_PASSWORD_BYTES && fits(password, stored) && known
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(password: &str) -> String {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.expect("Argon2 takes any password of a bounded length").to_string()
}

/// What no password has: as dear to verify against as a hash that was made, without making one. A start takes no 19 MiB.
fn hash_of_nothing() -> String {
    let cost = argon2::Params::default();
    let [salt, one, two]: [u128; 3] = rand::random();
    let (memory, times, lanes) = (cost.m_cost(), cost.t_cost(), cost.p_cost());
    format!("$argon2id$v=19$m={memory},t={times},p={lanes}${salt:032x}${one:032x}{two:032x}")
}

fn fits(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone_and_nobody_has_none() {
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse battery".into()).await;
        assert!(stored.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse battery".into(), Some(stored.clone()), Allowed::Now).await);
        assert!(!passwords.verify("correct horse batterz".into(), Some(stored), Allowed::Now).await);
        assert!(!passwords.verify("correct horse battery".into(), None, Allowed::Now).await);
    }

    #[test]
    fn who_is_not_there_costs_as_much_as_who_is() {
        let parsed = |text: &str| {
            let hash = PasswordHash::new(text).expect("a hash");
            (hash.algorithm.to_string(), hash.version, hash.params.to_string())
        };
        assert_eq!(parsed(&hash_of_nothing()), parsed(&hash("correct horse battery")));
    }

    #[test]
    fn a_password_at_its_limits() {
        let check = |password: &str| Passwords::check("ines.okafor", &password.to_owned().into());
        assert_eq!(check("123456789"), Err(BadPassword::TooShort));
        assert_eq!(check("1234567890"), Ok(()));
        assert_eq!(check(&"x".repeat(512)), Ok(()));
        assert_eq!(check(&"x".repeat(513)), Err(BadPassword::TooLong));
        assert_eq!(check("Ines.Okafor"), Err(BadPassword::IsTheName));
    }
}
