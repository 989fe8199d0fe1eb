//! Codes of a second factor as they are typed: six digits are the app's, anything else one on paper; spaces, hyphens and case don't count;
//! an app's code is of this half minute or of one beside it, and none that was taken is taken again. The input: the instant, the step that
//! was taken last, then what was typed.
#![no_main]

use board::fuzzing::auth::{code, step_of};
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;

fn is_read(typed: &str) {
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let spaced: String = plain.chars().flat_map(|c| [' ', c.to_ascii_uppercase(), '-']).collect();
    assert_eq!(code(typed), code(&plain));
    assert_eq!(code(typed), code(&spaced));
    let is_six_digits = plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit());
    assert_eq!(code(typed).is_ok(), is_six_digits, "{typed:?}");
    if plain.is_empty() {
        return;
    }
    let (most, longer) = (&plain[1..], format!("{plain}7"));
    for other in [most, longer.as_str()] {
        assert_ne!(code(other), code(typed), "{typed:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((numbers, typed)) = data.split_first_chunk::<8>() else { return };
    let Ok(typed) = std::str::from_utf8(typed) else { return };
    is_read(typed);
    let [a, b, c, d, back @ ..] = *numbers;
    let now = Timestamp::from_second(i64::from(u32::from_be_bytes([a, b, c, d]))).expect("an instant");
    let half_minute = now.as_second().unsigned_abs() / 30;
    let last = half_minute.saturating_add(2).saturating_sub(u64::from(u32::from_be_bytes(back)) % 8);
    // What was typed, and in the place of it every code that is near: six digits from the same bytes.
    let guess = format!(
        "{:06}",
        typed.bytes().fold(0_u32, |n, byte| n.wrapping_mul(31).wrapping_add(u32::from(byte))) % 1_000_000
    );
    for digits in [typed, guess.as_str()] {
        let Some(step) = step_of(digits, last, now) else { continue };
        assert!(
            step > last && step.abs_diff(half_minute) <= 1,
            "{digits} of {step} at {half_minute}, after {last}"
        );
        assert_eq!(step_of(digits, step, now), None, "taken twice");
    }
});
