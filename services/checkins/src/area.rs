//! Where a device was, and whether that is inside an area: evidence of a device, not of people. [CHECK-4]
//!
//! A fix says something about an area only if its accuracy allows it: with `d` the distance to the circle's edge (negative
//! inside), the device is inside if `d <= -accuracy`, outside if `d >= accuracy`, and else nobody knows. A side counts once
//! [`DWELL_FIXES`] fixes in a row agree over [`DWELL_SECS`], so that jitter tells nobody anything.

use geo::{Distance, Haversine};
use jiff::Timestamp;
use proto::values::{Area, Point, Position};
use serde::Serialize;

/// So many fixes in a row must agree before anyone is told.
pub const DWELL_FIXES: u8 = 3;

/// Over so long, in seconds.
pub const DWELL_SECS: i64 = 60;

/// The way of a device.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Track {
    /// The newest fix.
    pub position: Position,
    /// When it was taken, by the device, capped at its receipt.
    pub fix_at: Timestamp,
    /// When anything was last heard from the device.
    pub heard_at: Timestamp,
    /// Silence counts from here: the last sign of it, or the end of an outage.
    pub(crate) counted_from: Timestamp,
    /// It was reported silent.
    pub silent: bool,
    /// One for each destination, in the form's order.
    pub(crate) fences: Vec<Fence>,
}

/// How a fix lies to an area.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Side {
    /// Surely inside.
    Inside,
    /// Surely outside.
    Outside,
}

/// What is known of a device and one area.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub(crate) struct Fence {
    /// People were told that it is inside.
    pub(crate) inside: bool,
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
        let certain = fixes >= DWELL_FIXES && fix_at.duration_since(since).as_secs() >= DWELL_SECS;
        (certain && (side == Side::Inside) != self.inside).then_some(side)
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
    // geo has x east and y north.
    let xy = |p: Point| geo::Point::new(p.lon, p.lat);
    Haversine.distance(xy(area.centre), xy(point)) - area.radius_m
}
