//! Numbers and times as apps write them: as numbers, as strings, in seconds, milliseconds or as ISO 8601.

use jiff::Timestamp;
use serde_json::Value;

/// Without an accuracy nothing is known of it: taken as a kilometre.
pub const UNKNOWN_ACCURACY_M: f64 = 1_000.0;

/// No phone on earth is off by more than this.
const WORST_ACCURACY_M: f64 = 1_000_000.0;

/// Seconds beyond this are milliseconds.
const MILLISECONDS_FROM: f64 = 100_000_000_000.0;

/// A number that is one.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64().filter(|n| n.is_finite()),
        Value::String(text) => plain_number(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number in a text.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite())
}

/// Seconds, or milliseconds, since 1970.
pub(super) fn instant(found: f64) -> Option<Timestamp> {
    if found.is_nan() || found <= 0.0 {
        return None;
    }
    let millis = if found >= MILLISECONDS_FROM { found } else { found * 1_000.0 };
    Timestamp::from_millisecond(millis as i64).ok()
}

/// An instant in a text: a number, or ISO 8601.
pub(super) fn written_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match plain_number(text) {
        Some(found) => instant(found),
        None => text.parse().ok(),
    }
}

/// An accuracy in metres; a kilometre where none is given.
pub(super) fn accuracy_m(found: Option<f64>) -> f64 {
    found
        .filter(|acc| acc.is_finite() && *acc > 0.0)
        .map_or(UNKNOWN_ACCURACY_M, |acc| acc.min(WORST_ACCURACY_M))
}

/// 0 to 100.
pub(super) fn percent(found: f64) -> Option<u8> {
    (0.0..=100.0).contains(&found).then_some(found as u8)
}
