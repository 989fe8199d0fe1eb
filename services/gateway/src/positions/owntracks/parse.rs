//! The app's JSON, as it is seen in the wild: times as strings or in milliseconds, negative speeds, empty bodies,
//! unknown types, all of it encrypted or not. Source: the OwnTracks booklet, chapter JSON.

use jiff::Timestamp;
use proto::values::{Point, Position};
use serde::Deserialize;
use serde_json::Value;

use super::sealed;
use crate::positions::reading::{accuracy_m, instant, number, percent};
use crate::positions::{Location, Parsed};

/// The largest message that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// The most characters of a message's id.
const MAX_ID: usize = 80;

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
    bs: Option<Value>,
    data: Option<Value>,
}

/// Reads a message of the phone with this key.
pub fn parse(payload: &[u8], key: &str) -> Parsed {
    read(payload, Some(key))
}

/// Reads it; without a key once it was decrypted.
fn read(payload: &[u8], key: Option<&str>) -> Parsed {
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
        // iOS leaves the place out of a transition: the location beside it has one.
        Some("transition") if raw.lat.is_none() && raw.lon.is_none() => Parsed::Nothing,
        Some("location" | "transition") => {
            location(&raw).unwrap_or_else(|why| Parsed::Unreadable(why.to_owned()))
        }
        Some("encrypted") => match (raw.data.as_ref().and_then(Value::as_str), key) {
            (Some(data), Some(key)) => match sealed::open(data, key) {
                Ok(opened) => read(&opened, None),
                Err(why) => Parsed::Unreadable(why.to_owned()),
            },
            (None, _) => Parsed::Unreadable("it is encrypted, and has no data".to_owned()),
            (Some(_), None) => Parsed::Unreadable("it is encrypted twice".to_owned()),
        },
        Some(_) => Parsed::Nothing,
        None => Parsed::Unreadable("it has no _type".to_owned()),
    }
}

fn location(raw: &Raw) -> Result<Parsed, &'static str> {
    let point = |value: &Option<Value>| value.as_ref().and_then(number).ok_or("it has no place");
    let point =
        Point::new(point(&raw.lat)?, point(&raw.lon)?).map_err(|_| "its place is not on the earth")?;
    let fix_at = raw.tst.as_ref().and_then(time).ok_or("it has no time")?;
    let id = raw.id.as_ref().and_then(|id| match id {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    Ok(Parsed::Location(Box::new(Location {
        message_id: id.map(|id| id.chars().take(MAX_ID).collect()),
        position: Position { point, accuracy_m: accuracy_m(raw.acc.as_ref().and_then(number)) },
        fix_at,
        sent_at: raw.created_at.as_ref().and_then(time),
        battery_percent: raw.batt.as_ref().and_then(number).and_then(percent),
        charging: raw.bs.as_ref().and_then(number).and_then(charging),
    })))
}

fn time(value: &Value) -> Option<Timestamp> {
    number(value).and_then(instant)
}

/// 1: on battery, 2: charging, 3: full; 0: not known.
fn charging(status: f64) -> Option<bool> {
    match status as i64 {
        1 => Some(false),
        2 | 3 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::positions::owntracks::sealed::seal;
    use crate::positions::reading::UNKNOWN_ACCURACY_M;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn location_of(json: &str) -> Location {
        match parse(json.as_bytes(), KEY) {
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
                r#"{{"_type":"location","lat":51.5,"lon":"-0.12","acc":12,"vel":-1,"batt":87,"bs":2,"tst":{tst},"_id":"a1","x":[]}}"#
            ));
            let battery = (found.battery_percent, found.charging);
            assert_eq!((found.fix_at, battery), (at, (Some(87), Some(true))), "{tst}");
            assert_eq!((found.position.point.lat, found.position.point.lon), (51.5, -0.12));
            assert_eq!(found.message_id.as_deref(), Some("a1"));
        }
        let plain = location_of(&format!(r#"{{"_type":"location","lat":51.5,"lon":-0.12,"tst":{tst}}}"#));
        assert_eq!((plain.position.accuracy_m, plain.message_id), (UNKNOWN_ACCURACY_M, None));
    }

    #[test]
    fn what_says_nothing_is_ignored_and_what_is_wrong_is_unreadable() {
        for nothing in [
            "",
            "  \n",
            r#"{"_type":"lwt","tst":1}"#,
            r#"{"_type":"waypoint"}"#,
            r#"{"_type":"transition","tst":1}"#,
        ] {
            assert_eq!(parse(nothing.as_bytes(), KEY), Parsed::Nothing, "{nothing}");
        }
        for wrong in [
            "hello",
            "[]",
            "{}",
            r#"{"_type":"location"}"#,
            r#"{"_type":"location","lat":95,"lon":0,"tst":1700000000}"#,
            r#"{"_type":"location","lat":1,"lon":0,"tst":-5}"#,
            r#"{"_type":"encrypted","data":"x"}"#,
            r#"{"_type":"encrypted"}"#,
        ] {
            assert!(matches!(parse(wrong.as_bytes(), KEY), Parsed::Unreadable(_)), "{wrong}");
        }
        assert!(matches!(parse(&vec![b' '; MAX_BYTES + 1], KEY), Parsed::Nothing));
        assert!(matches!(parse(&vec![b'x'; MAX_BYTES + 1], KEY), Parsed::Unreadable(_)));
    }

    #[test]
    fn an_encrypted_message_is_read_with_the_phones_own_key_once() {
        let plain = r#"{"_type":"location","lat":51.5,"lon":-0.12,"tst":1763631000,"_id":"a1"}"#;
        let sealed = seal(plain.as_bytes(), KEY, [9; 24]);
        assert_eq!(location_of(&sealed), location_of(plain));
        assert!(matches!(parse(sealed.as_bytes(), "another key"), Parsed::Unreadable(_)));
        let twice = seal(sealed.as_bytes(), KEY, [8; 24]);
        assert!(matches!(parse(twice.as_bytes(), KEY), Parsed::Unreadable(_)));
        let empty = seal(b"", KEY, [7; 24]);
        assert_eq!(parse(empty.as_bytes(), KEY), Parsed::Nothing);
    }
}
