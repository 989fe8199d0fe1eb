//! The app's JSON, as it is seen in the wild: times as strings or in milliseconds, negative speeds, empty bodies,
//! unknown types. Source: the OwnTracks booklet, chapter JSON.

use jiff::Timestamp;
use proto::values::{Point, Position};
use serde::Deserialize;
use serde_json::Value;

/// The largest message that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// The most characters of a message's id.
const MAX_ID: usize = 80;

/// Without an accuracy nothing is known of it: taken as a kilometre.
const UNKNOWN_ACCURACY_M: f64 = 1_000.0;

/// Seconds beyond this are milliseconds.
const MILLISECONDS_FROM: f64 = 100_000_000_000.0;

/// A message, read.
#[derive(Clone, PartialEq, Debug)]
pub enum Parsed {
    /// Where the phone was.
    Location(Box<Location>),
    /// An empty body, or a type that says nothing to us.
    Nothing,
    /// Not what the app sends: why.
    Unreadable(String),
}

/// Where a phone was.
#[derive(Clone, PartialEq, Debug)]
pub struct Location {
    /// The same through retries, where the app gives one.
    pub message_id: Option<String>,
    /// The fix.
    pub position: Position,
    /// When it was there.
    pub fix_at: Timestamp,
    /// When the message was made.
    pub sent_at: Option<Timestamp>,
    /// 0 to 100.
    pub battery_percent: Option<u8>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "_type")]
    kind: Option<String>,
    #[serde(rename = "_id")]
    id: Option<Value>,
    lat: Option<Value>,
    lon: Option<Value>,
    acc: Option<Value>,
    tst: Option<Value>,
    created_at: Option<Value>,
    batt: Option<Value>,
}

/// Reads a message.
pub fn parse(payload: &[u8]) -> Parsed {
    if payload.trim_ascii().is_empty() {
        return Parsed::Nothing;
    }
    if payload.len() > MAX_BYTES {
        return Parsed::Unreadable(format!("it has more than {MAX_BYTES} bytes"));
    }
    let raw: Raw = match serde_json::from_slice(payload) {
        Ok(raw) => raw,
        Err(error) => {
            return Parsed::Unreadable(format!(
                "no JSON object: line {}, column {}",
                error.line(),
                error.column()
            ));
        }
    };
    match raw.kind.as_deref() {
        Some("location" | "transition") => {
            location(&raw).unwrap_or_else(|why| Parsed::Unreadable(why.to_owned()))
        }
        Some("encrypted") => Parsed::Unreadable("it is encrypted, and no key is set".to_owned()),
        Some(_) => Parsed::Nothing,
        None => Parsed::Unreadable("it has no _type".to_owned()),
    }
}

fn location(raw: &Raw) -> Result<Parsed, &'static str> {
    let point = |value: &Option<Value>| value.as_ref().and_then(number).ok_or("it has no place");
    let point =
        Point::new(point(&raw.lat)?, point(&raw.lon)?).map_err(|_| "its place is not on the earth")?;
    let fix_at = raw.tst.as_ref().and_then(instant).ok_or("it has no time")?;
    let accuracy = raw.acc.as_ref().and_then(number).filter(|acc| acc.is_finite() && *acc > 0.0);
    let id = raw.id.as_ref().and_then(|id| match id {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    Ok(Parsed::Location(Box::new(Location {
        message_id: id.map(|id| id.chars().take(MAX_ID).collect()),
        position: Position { point, accuracy_m: accuracy.unwrap_or(UNKNOWN_ACCURACY_M) },
        fix_at,
        sent_at: raw.created_at.as_ref().and_then(instant),
        battery_percent: raw.batt.as_ref().and_then(number).and_then(percent),
    })))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Seconds, or milliseconds, since 1970.
fn instant(value: &Value) -> Option<Timestamp> {
    let found = number(value).filter(|n| n.is_finite() && *n > 0.0)?;
    let millis = if found >= MILLISECONDS_FROM { found } else { found * 1_000.0 };
    Timestamp::from_millisecond(millis as i64).ok()
}

fn percent(found: f64) -> Option<u8> {
    (0.0..=100.0).contains(&found).then_some(found as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location_of(json: &str) -> Location {
        match parse(json.as_bytes()) {
            Parsed::Location(location) => *location,
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn what_the_app_sends_is_read_in_every_dress() {
        let at: Timestamp = "2026-11-20T09:30:00Z".parse().unwrap();
        let tst = at.as_second();
        for tst in [tst.to_string(), format!("\"{tst}\""), (tst * 1000).to_string()] {
            let found = location_of(&format!(
                r#"{{"_type":"location","lat":51.5,"lon":"-0.12","acc":12,"vel":-1,"batt":87,"tst":{tst},"_id":"a1","x":[]}}"#
            ));
            assert_eq!((found.fix_at, found.battery_percent), (at, Some(87)), "{tst}");
            assert_eq!((found.position.point.lat, found.position.point.lon), (51.5, -0.12));
            assert_eq!(found.message_id.as_deref(), Some("a1"));
        }
        let plain = location_of(&format!(r#"{{"_type":"location","lat":51.5,"lon":-0.12,"tst":{tst}}}"#));
        assert_eq!((plain.position.accuracy_m, plain.message_id), (UNKNOWN_ACCURACY_M, None));
    }

    #[test]
    fn what_says_nothing_is_ignored_and_what_is_wrong_is_unreadable() {
        for nothing in
            ["", "  \n", r#"{"_type":"lwt","tst":1}"#, r#"{"_type":"waypoint"}"#, r#"{"_type":"new"}"#]
        {
            assert_eq!(parse(nothing.as_bytes()), Parsed::Nothing, "{nothing}");
        }
        for wrong in [
            "hello",
            "[]",
            "{}",
            r#"{"_type":"location"}"#,
            r#"{"_type":"location","lat":95,"lon":0,"tst":1700000000}"#,
            r#"{"_type":"location","lat":1,"lon":0,"tst":-5}"#,
            r#"{"_type":"encrypted","data":"x"}"#,
        ] {
            assert!(matches!(parse(wrong.as_bytes()), Parsed::Unreadable(_)), "{wrong}");
        }
        assert!(matches!(parse(&vec![b' '; MAX_BYTES + 1]), Parsed::Nothing));
        assert!(matches!(parse(&vec![b'x'; MAX_BYTES + 1]), Parsed::Unreadable(_)));
    }
}
