//! Places: what isn't on the earth is no point, what is no circle no area; and which side of a circle a fix lies on is what
//! plain geometry says, at the poles and across the antimeridian too. The input: numbers as they lie in memory, or, if it is
//! JSON, an area.
#![no_main]

use checkins::{Side, side_of, signed_distance_m};
use libfuzzer_sys::fuzz_target;
use proto::values::{Area, Point, Position};

/// The mean radius of the earth, in metres.
const EARTH_M: f64 = 6_371_008.8;

/// The angle between two directions from the earth's middle: another way than the product's.
fn by_vectors_m(a: Point, b: Point) -> f64 {
    let xyz = |p: Point| {
        let (lat, lon) = (p.lat.to_radians(), p.lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let ([ax, ay, az], [bx, by, bz]) = (xyz(a), xyz(b));
    let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let long = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
    EARTH_M * long.atan2(ax * bx + ay * by + az * bz)
}

/// What typed or sent numbers become: only what is on the earth.
fn point(lat: f64, lon: f64) -> Option<Point> {
    let made = Point::new(lat, lon);
    let is_on_earth = lat.abs() <= 90.0 && lon.abs() <= 180.0;
    assert_eq!(made.is_ok(), is_on_earth, "{lat}, {lon}");
    // JSON has no such numbers; what it has is judged alike.
    let json = serde_json::json!({ "lat": lat, "lon": lon });
    let read = serde_json::from_value::<Point>(json);
    assert_eq!(read.ok(), made.ok());
    made.ok()
}

fn area(centre: Point, radius_m: f64) -> Option<Area> {
    let made = Area::new(centre, radius_m);
    assert_eq!(made.is_ok(), (Area::MIN_RADIUS_M..=Area::MAX_RADIUS_M).contains(&radius_m), "{radius_m}");
    let made = made.ok()?;
    let written = serde_json::to_string(&made).expect("an area is JSON");
    let read: Area = serde_json::from_str(&written).expect("reads what it wrote");
    assert_eq!(read, made, "{written}");
    Some(made)
}

fn decided(area: &Area, at: Point, accuracy_m: f64) {
    let from_edge = signed_distance_m(area, at);
    assert!(from_edge.is_finite(), "{area:?} {at:?}");
    let plain = by_vectors_m(area.centre, at) - area.radius_m;
    assert!((from_edge - plain).abs() < 1.0, "{area:?} {at:?}: {from_edge} m, {plain} m");
    let side = |accuracy_m: f64| side_of(area, &Position { point: at, accuracy_m });
    let found = side(accuracy_m);
    match found {
        Some(Side::Inside) => assert!(plain <= 1.0, "{area:?} {at:?} is inside, {plain} m from the edge"),
        Some(Side::Outside) => assert!(plain >= -1.0, "{area:?} {at:?} is outside, {plain} m from the edge"),
        None => assert!(
            accuracy_m.is_nan() || accuracy_m.abs() >= plain.abs() - 1.0,
            "{area:?} {at:?} within {accuracy_m} m is unsure, {plain} m from the edge"
        ),
    }
    // A better fix is as sure, and an exact one is sure.
    if found.is_some() {
        assert_eq!(side(accuracy_m / 2.0), found);
    }
    assert!(side(0.0).is_some());
    assert_eq!(side(f64::NAN), None, "a fix of no accuracy says nothing");
    assert_eq!(side(f64::INFINITY), None);
    // The middle is inside, and so is the same place by another name.
    let middle = Position { point: area.centre, accuracy_m: 0.0 };
    assert_eq!(side_of(area, &middle), Some(Side::Inside));
    if at.lon.abs() == 180.0 {
        let other = Point::new(at.lat, -at.lon).expect("on the earth");
        assert!((signed_distance_m(area, other) - from_edge).abs() < 1e-3, "the antimeridian");
    }
    if at.lat.abs() == 90.0 {
        let other = Point::new(at.lat, 0.0).expect("on the earth");
        assert!((signed_distance_m(area, other) - from_edge).abs() < 1e-3, "a pole");
    }
}

/// Places where something could go wrong.
const EDGES: [f64; 8] = [90.0, -90.0, 180.0, -180.0, 0.0, -0.0, 89.999_999_9, 179.999_999_9];

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = serde_json::from_slice::<Area>(data) {
        assert_eq!(area(read.centre, read.radius_m), Some(read));
        decided(&read, read.centre, 10.0);
        return;
    }
    let [how, rest @ ..] = data else { return };
    let numbers: Vec<f64> = rest
        .chunks_exact(8)
        .take(6)
        .enumerate()
        .map(|(at, eight)| {
            let number = f64::from_le_bytes(eight.try_into().expect("eight bytes"));
            match (how >> at) & 1 {
                0 => number,
                _ => EDGES[usize::from(eight[0]) % EDGES.len()] + f64::from(eight[1]) * 1e-4,
            }
        })
        .collect();
    let &[lat, lon, radius_m, other_lat, other_lon, accuracy_m, ..] = numbers.as_slice() else { return };
    let (centre, at) = (point(lat, lon), point(other_lat, other_lon));
    let Some(centre) = centre else { return };
    // Any number is a radius of some kind; and one that fits.
    for radius_m in [radius_m, radius_m.abs() % 49_950.0 + 50.0] {
        let Some(area) = area(centre, radius_m) else { continue };
        if let Some(at) = at {
            decided(&area, at, accuracy_m);
        }
        // One that lies near: the edge itself.
        let north = centre.lat + radius_m / 111_195.08 * (other_lat % 2.0);
        if let Some(near) = point(north, centre.lon) {
            decided(&area, near, accuracy_m);
        }
    }
});
