//! What the app sends: parameters (`id lat lon timestamp accuracy batt charge …`) in the address or in a form, or, from
//! version 9 on, JSON with a `location` and a `device_id`. Source: Traccar's pages on its OsmAnd protocol.

use proto::values::{Point, Position};
use serde::Deserialize;
use serde_json::Value;

use crate::positions::reading::{accuracy_m, number, percent, plain_number, written_instant};
use crate::positions::{Location, Parsed};

/// The largest message that is read, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// A message, read: who says that they sent it, and what it says.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// The device identifier: a name and a password.
    pub id: String,
    /// What it says.
    pub parsed: Parsed,
}

/// Reads a message: the address's parameters first, then the body. None if nobody says that they sent it.
pub fn parse(query: &str, body: &[u8]) -> Option<Message> {
    let fields = Fields::of(query);
    if let Some(id) = fields.id() {
        return Some(Message { id, parsed: fields.parsed() });
    }
    if body.len() > MAX_BYTES {
        return None;
    }
    if body.trim_ascii_start().starts_with(b"{") {
        let posted: Posted = serde_json::from_slice(body).ok()?;
        let id = posted.device_id.as_ref().and_then(text)?;
        return Some(Message { id, parsed: posted.parsed() });
    }
    let fields = Fields::of(std::str::from_utf8(body).ok()?);
    Some(Message { id: fields.id()?, parsed: fields.parsed() })
}

/// Parameters, in the order in which they came.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn of(text: &str) -> Self {
        let text = text.get(..MAX_BYTES).unwrap_or(text);
        Self(serde_urlencoded::from_str(text).unwrap_or_default())
    }

    fn get(&self, names: &[&str]) -> Option<&str> {
        self.0.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.trim())
    }

    fn id(&self) -> Option<String> {
        self.get(&["id", "deviceid"]).map(str::to_owned)
    }

    fn number(&self, names: &[&str]) -> Option<f64> {
        self.get(names).and_then(plain_number)
    }

    fn parsed(&self) -> Parsed {
        // It sends an alarm, or that it was switched off, without a place.
        if self.get(&["lat", "lon", "location"]).is_none() {
            return Parsed::Nothing;
        }
        let location = self.get(&["location"]).and_then(|both| both.split_once(','));
        let (lat, lon) = match location {
            Some((lat, lon)) => (plain_number(lat), plain_number(lon)),
            None => (self.number(&["lat"]), self.number(&["lon"])),
        };
        let charging = match self.get(&["charge"]) {
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            Some(_) | None => None,
        };
        let found = Found {
            lat,
            lon,
            accuracy_m: self.number(&["accuracy"]),
            clock: self.get(&["timestamp"]),
            percent: self.number(&["batt"]),
            charging,
        };
        found.parsed()
    }
}

/// What newer versions post.
#[derive(Deserialize)]
struct Posted {
    device_id: Option<Value>,
    location: Option<PostedLocation>,
}

#[derive(Deserialize)]
struct PostedLocation {
    timestamp: Option<Value>,
    coords: Option<Coords>,
    battery: Option<Battery>,
}

#[derive(Deserialize)]
struct Coords {
    latitude: Option<Value>,
    longitude: Option<Value>,
    accuracy: Option<Value>,
}

#[derive(Deserialize)]
struct Battery {
    level: Option<Value>,
    is_charging: Option<bool>,
}

impl Posted {
    fn parsed(&self) -> Parsed {
        let Some(PostedLocation { timestamp, coords: Some(coords), battery }) = &self.location else {
            return Parsed::Nothing;
        };
        let found = |value: &Option<Value>| value.as_ref().and_then(number);
        let clock = timestamp.as_ref().and_then(text);
        // A share of one; -1 where it isn't known.
        let level = battery.as_ref().and_then(|battery| found(&battery.level)).filter(|level| *level >= 0.0);
        let found = Found {
            lat: found(&coords.latitude),
            lon: found(&coords.longitude),
            accuracy_m: found(&coords.accuracy),
            clock: clock.as_deref(),
            percent: level.map(|level| (level * 100.0).round()),
            charging: battery.as_ref().and_then(|battery| battery.is_charging),
        };
        found.parsed()
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What was found, in either dress.
struct Found<'a> {
    lat: Option<f64>,
    lon: Option<f64>,
    accuracy_m: Option<f64>,
    clock: Option<&'a str>,
    percent: Option<f64>,
    charging: Option<bool>,
}

impl Found<'_> {
    fn parsed(self) -> Parsed {
        let unreadable = |why: &str| Parsed::Unreadable(why.to_owned());
        let (Some(lat), Some(lon)) = (self.lat, self.lon) else { return unreadable("it has no place") };
        let Ok(point) = Point::new(lat, lon) else { return unreadable("its place is not on the earth") };
        let Some(fix_at) = self.clock.and_then(written_instant) else { return unreadable("it has no time") };
        Parsed::Location(Box::new(Location {
            message_id: None,
            position: Position { point, accuracy_m: accuracy_m(self.accuracy_m) },
            fix_at,
            sent_at: None,
            battery_percent: self.percent.and_then(percent),
            charging: self.charging,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location_of(query: &str, body: &str) -> (String, Location) {
        match parse(query, body.as_bytes()) {
            Some(Message { id, parsed: Parsed::Location(location) }) => (id, *location),
            other => panic!("{query} {body}: {other:?}"),
        }
    }

    #[test]
    fn the_same_position_is_read_in_every_dress_of_the_app() {
        let secs = "1795167000";
        let fields = |clock: &str| {
            format!(
                "id=WM-014.abc&lat=51.5&lon=-0.12&timestamp={clock}&speed=1.5&accuracy=12&batt=87.6&charge=true"
            )
        };
        let first = location_of(&fields(secs), "");
        assert_eq!(first.0, "WM-014.abc");
        assert_eq!((first.1.battery_percent, first.1.charging), (Some(87), Some(true)));
        assert_eq!(first.1.position.accuracy_m, 12.0);
        for clock in ["1795167000000", "2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000Z"] {
            assert_eq!(location_of(&fields(clock), ""), first, "{clock}");
            assert_eq!(location_of("", &fields(clock)), first, "{clock} in a form");
        }
        let json = r#"{"location":{"timestamp":"2026-11-20T09:30:00.000Z","coords":{"latitude":51.5,"longitude":-0.12,
            "accuracy":12,"speed":-1,"heading":-1,"altitude":3.1},"is_moving":true,"odometer":5,"event":"motionchange",
            "battery":{"level":0.876,"is_charging":true},"activity":{"type":"still"},"extras":{},"_":"&id=1&lat=2&"},
            "device_id":"WM-014.abc"}"#;
        let (id, posted) = location_of("", json);
        assert_eq!(id, first.0);
        assert_eq!(posted, Location { battery_percent: Some(88), ..first.1.clone() });
        let (_, both) =
            location_of("deviceid=WM-014.abc&location=51.5,-0.12&timestamp=1795167000&accuracy=12", "");
        assert_eq!(both.position, first.1.position);
    }

    #[test]
    fn what_says_nothing_is_ignored_and_what_is_wrong_is_unreadable() {
        let read = |query: &str| parse(query, b"").map(|message| message.parsed);
        assert_eq!(read("id=WM-014.abc"), Some(Parsed::Nothing));
        assert_eq!(parse("", br#"{"device_id":"x"}"#).map(|m| m.parsed), Some(Parsed::Nothing));
        for wrong in [
            "id=x&lat=51.5&timestamp=1795167000",
            "id=x&lat=91&lon=0&timestamp=1795167000",
            "id=x&lat=NaN&lon=0&timestamp=1795167000",
            "id=x&lat=51&lon=0",
            "id=x&lat=51&lon=0&timestamp=yesterday",
            "id=x&location=51&timestamp=1795167000",
        ] {
            assert!(matches!(read(wrong), Some(Parsed::Unreadable(_))), "{wrong}: {:?}", read(wrong));
        }
        for nobodys in ["", "lat=51&lon=0", "%%%"] {
            assert_eq!(parse(nobodys, b""), None, "{nobodys}");
        }
        for nobodys in [&b"{"[..], b"[]", b"\xff\xfe", b"{\"device_id\":[]}", &[b'{'; MAX_BYTES + 1]] {
            assert_eq!(parse("", nobodys), None);
        }
    }
}
