//! What a school's own Android phone posts: read or not, and only a signature made for it, with the key, a moment ago, fits it.
#![no_main]

use gateway::channels::MessageId;
use gateway::channels::smsgate::news::{News, read};
use gateway::channels::smsgate::signature::{is_signed, signature};
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use secrecy::SecretString;

fuzz_target!(|data: &[u8]| {
    // The time stamp, a line feed, the body.
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (stamp, body) = (String::from_utf8_lossy(&data[..at]), data.get(at + 1..).unwrap_or_default());
    let (key, other) = (SecretString::from("a key"), SecretString::from("another key"));
    let now = Timestamp::from_second(1_795_000_000).expect("an instant");
    let made = signature(&key, body, &stamp);
    let fresh = stamp.parse::<i64>().is_ok_and(|at| now.as_second().abs_diff(at) <= 300);
    assert_eq!(is_signed(&key, body, &stamp, &made, now), fresh);
    assert!(!is_signed(&other, body, &stamp, &made, now));
    assert!(!is_signed(&key, &[body, b" "].concat(), &stamp, &made, now));
    match read(body) {
        Some(News::Text { provider_id, .. }) => assert_eq!(provider_id.len(), "smsgate-".len() + 32),
        Some(News::Progress { id, .. }) => assert_eq!(MessageId::parse(&id.to_string()), Some(id)),
        Some(News::NotOurs) | None => {}
    }
});
