//! Whether a device is inside an area: evidence of a device, not of people. [CHECK-4]
//!
//! A fix says something about an area only if its accuracy allows it: with `d` the distance to the circle's edge (negative
//! inside), the device is inside if `d <= -accuracy`, outside if `d >= accuracy`, and else nobody knows. A side counts
//! after a dwell: [`DWELL_FIXES`] fixes in a row that agree over [`DWELL_SECS`]; to have arrived, two over
//! [`DWELL_ALONE_SECS`] suffice, since a phone that rests seldom speaks (one that leaves moves, and speaks often). So
//! jitter, and a radio network that was mapped elsewhere, tell nobody anything.

use geo::{Distance, Haversine};
use jiff::Timestamp;
use proto::values::{Area, Point, Position};
use serde::{Deserialize, Serialize};

/// So many fixes in a row must agree before anyone is told.
pub const DWELL_FIXES: u8 = 3;

/// Over so long, in seconds.
pub const DWELL_SECS: i64 = 60;

/// Over so long two fixes in a row suffice to have arrived, in seconds.
pub const DWELL_ALONE_SECS: i64 = 3 * 60;

/// How a fix lies to an area.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Side {
    /// Surely inside.
    Inside,
    /// Surely outside.
    Outside,
}

/// What is known of a device and one area.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Fence {
    /// Since when it is inside, as people were told.
    pub(crate) inside_since: Option<Timestamp>,
    /// People were told that it is off the area during a stay.
    pub(crate) off: bool,
    /// Fixes in a row on one side, and when the first of them was taken.
    run: Option<(Side, u8, Timestamp)>,
}

impl Fence {
    /// Takes a fix in. Returns the side that has just become certain, if it isn't the one that was told.
    pub(crate) fn step(&mut self, area: &Area, position: &Position, fix_at: Timestamp) -> Option<Side> {
        let side = side_of(area, position)?;
        let (fixes, since) = match self.run {
            Some((same, fixes, since)) if same == side => (fixes.saturating_add(1), since),
            Some(_) | None => (1, fix_at),
        };
        self.run = Some((side, fixes, since));
        let dwelt_secs = fix_at.duration_since(since).as_secs();
        let rests = side == Side::Inside && fixes >= 2 && dwelt_secs >= DWELL_ALONE_SECS;
        let certain = fixes >= DWELL_FIXES && dwelt_secs >= DWELL_SECS || rests;
        (certain && (side == Side::Inside) != self.inside_since.is_some()).then_some(side)
    }
}

/// On which side of the circle a fix surely lies; none if its accuracy doesn't allow to say.
pub fn side_of(area: &Area, position: &Position) -> Option<Side> {
    let from_edge_m = signed_distance_m(area, position.point);
    let accuracy_m = position.accuracy_m.abs();
    if from_edge_m <= -accuracy_m {
        Some(Side::Inside)
    } else if from_edge_m >= accuracy_m {
        Some(Side::Outside)
    } else {
        None
    }
}

/// How far a point lies outside the circle, in metres; negative inside (haversine, mean earth radius).
pub fn signed_distance_m(area: &Area, point: Point) -> f64 {
    distance_m(area.centre, point) - area.radius_m
}

/// How far two points are apart, in metres (haversine, mean earth radius).
pub(crate) fn distance_m(from: Point, to: Point) -> f64 {
    // geo has x east and y north.
    let xy = |p: Point| geo::Point::new(p.lon, p.lat);
    Haversine.distance(xy(from), xy(to))
}
