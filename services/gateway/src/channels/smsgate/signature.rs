//! The app's signature: hex(HMAC-SHA256(signing key, body followed by the time stamp)), and a time stamp (seconds) that is
//! not older than a few minutes, so that a post that was overheard can't be posted again later.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How far a time stamp may be from our clock, in seconds.
const MAX_AGE_SECS: u64 = 300;

/// The signature of a body at that time.
pub fn signature(key: &SecretString, body: &[u8], timestamp: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).expect("HMAC takes any key");
    mac.update(body);
    mac.update(timestamp.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether it was signed with the key, a moment ago. In constant time.
pub fn is_signed(key: &SecretString, body: &[u8], timestamp: &str, given: &str, now: Timestamp) -> bool {
    let fresh = timestamp.parse::<i64>().is_ok_and(|at| now.as_second().abs_diff(at) <= MAX_AGE_SECS);
    let right = signature(key, body, timestamp).as_bytes().ct_eq(given.to_ascii_lowercase().as_bytes());
    fresh && bool::from(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2: the key "Jefe", the data "what do ya want for nothing?".
    #[test]
    fn it_is_hmac_sha256_over_body_and_time() {
        let made = signature(&SecretString::from("Jefe"), b"what do ya want for ", "nothing?");
        assert_eq!(made, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn another_key_body_or_time_or_an_old_one_is_not_signed() {
        let (key, body, now) =
            (SecretString::from("k"), b"{}", Timestamp::from_second(1_000_000).expect("an instant"));
        let made = signature(&key, body, "1000000");
        assert!(is_signed(&key, body, "1000000", &made, now));
        assert!(is_signed(&key, body, "1000000", &made.to_uppercase(), now));
        assert!(!is_signed(&SecretString::from("j"), body, "1000000", &made, now));
        assert!(!is_signed(&key, b"{ }", "1000000", &made, now));
        assert!(!is_signed(&key, body, "1000001", &made, now));
        assert!(!is_signed(&key, body, "1000000", "", now));
        for old in [999_699, 1_000_301] {
            let made = signature(&key, body, &old.to_string());
            assert!(!is_signed(&key, body, &old.to_string(), &made, now), "{old}");
        }
        assert!(!is_signed(&key, body, "soon", &signature(&key, body, "soon"), now));
    }
}
