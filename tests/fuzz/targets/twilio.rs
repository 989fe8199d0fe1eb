//! The provider's webhooks: the form is read, and only a signature made for it, with the token, fits it.
#![no_main]

use gateway::twilio::signature::{Form, is_signed, signature};
use gateway::twilio::status;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (url, body) = (String::from_utf8_lossy(&data[..at]), data.get(at + 1..).unwrap_or_default());
    let Ok(form) = serde_urlencoded::from_bytes::<Form>(body) else { return };
    let token = SecretString::from("a token");
    let made = signature(&token, &url, &form);
    assert!(is_signed(std::slice::from_ref(&token), &url, &form, &made));
    let other = SecretString::from("another token");
    assert!(!is_signed(&[other], &url, &form, &made));
    let mut changed = form.clone();
    changed.push(("Body".into(), "changed on the way, and not signed".into()));
    assert!(!is_signed(&[token], &url, &changed, &made));
    let value = |key: &str| form.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v.as_str());
    let code = value("ErrorCode").parse().ok();
    let _ = status::of_text(value("MessageStatus"), value("MessageSid"), code);
    let _ = status::of_call(value("CallStatus"), value("CallSid"), code);
});
