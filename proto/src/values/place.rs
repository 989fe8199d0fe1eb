//! Where: points, positions with accuracy, and the areas of a trip. Latitude first in fields, by name, so that they can't be swapped.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point on the earth, in degrees (WGS 84).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawPoint")]
pub struct Point {
    /// Degrees north, -90 to 90.
    pub lat: f64,
    /// Degrees east, -180 to 180.
    pub lon: f64,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Point")]
struct RawPoint {
    lat: f64,
    lon: f64,
}

/// Degrees or metres that can't be.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BadPosition {
    /// Not on the earth (or not a number).
    #[error("latitude is -90 to 90 and longitude -180 to 180, not {lat}, {lon}")]
    OffTheEarth {
        /// The latitude found.
        lat: f64,
        /// The longitude found.
        lon: f64,
    },
    /// An accuracy or radius that can't be.
    #[error("{what} is {min} to {max} metres, not {found}")]
    Metres {
        /// Which one.
        what: &'static str,
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// What was given.
        found: f64,
    },
}

impl Point {
    /// Parses degrees.
    pub fn new(lat: f64, lon: f64) -> Result<Self, BadPosition> {
        let fits = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        if fits { Ok(Self { lat, lon }) } else { Err(BadPosition::OffTheEarth { lat, lon }) }
    }
}

impl TryFrom<RawPoint> for Point {
    type Error = BadPosition;
    fn try_from(raw: RawPoint) -> Result<Self, BadPosition> {
        Self::new(raw.lat, raw.lon)
    }
}

/// Where a device was, give or take.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// The fix.
    pub point: Point,
    /// The radius within which the device is likely to be, in metres.
    pub accuracy_m: f64,
}

/// A circle around a place of the trip.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawArea")]
pub struct Area {
    /// Its centre.
    pub centre: Point,
    /// Its radius in metres, 50 to 50,000.
    pub radius_m: f64,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Area")]
struct RawArea {
    centre: Point,
    radius_m: f64,
}

impl Area {
    /// The least radius, below which phones' fixes only jitter in and out, in metres.
    pub const MIN_RADIUS_M: f64 = 50.0;
    /// The largest radius, in metres.
    pub const MAX_RADIUS_M: f64 = 50_000.0;

    /// Parses a circle.
    pub fn new(centre: Point, radius_m: f64) -> Result<Self, BadPosition> {
        if (Self::MIN_RADIUS_M..=Self::MAX_RADIUS_M).contains(&radius_m) {
            return Ok(Self { centre, radius_m });
        }
        Err(BadPosition::Metres {
            what: "a radius",
            min: Self::MIN_RADIUS_M,
            max: Self::MAX_RADIUS_M,
            found: radius_m,
        })
    }
}

impl TryFrom<RawArea> for Area {
    type Error = BadPosition;
    fn try_from(raw: RawArea) -> Result<Self, BadPosition> {
        Self::new(raw.centre, raw.radius_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form's hash is taken of its places: what is read again must be what was written, to the last digit that a map gave.
    #[test]
    fn a_place_of_many_digits_is_read_as_it_was_written() {
        for nth in 1..=20_000_u32 {
            let share = f64::from(nth) / 20_001.0;
            let point = Point::new(49.0 + share * 11.0, share.sqrt() * 8.0 - 6.0).expect("a place");
            let written = serde_json::to_string(&point).expect("JSON");
            assert_eq!(serde_json::from_str::<Point>(&written).expect("a place"), point, "{written}");
        }
    }
}
