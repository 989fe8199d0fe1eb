//! The places of a trip, as the app's own waypoints: it then tells by itself when it crosses an edge.

use proto::envelope::Outcome;
use proto::ids::{CommandId, DeviceId, SchoolId};
use proto::v1::gateway::{Command, Waypoint};
use serde_json::{Value, json};

use crate::door::Inner;

/// The command that sets waypoints.
pub fn set_waypoints(places: &[Waypoint]) -> Value {
    json!({
        "_type": "cmd",
        "action": "setWaypoints",
        "waypoints": { "_type": "waypoints", "waypoints": places.iter().map(waypoint).collect::<Vec<_>>() },
    })
}

/// The app knows a waypoint by its time: it follows from the place, so that the same place is the same waypoint.
fn waypoint(place: &Waypoint) -> Value {
    let centre = place.area.centre;
    let hash = blake3::hash(format!("{}/{}/{}", place.name, centre.lat, centre.lon).as_bytes());
    let number = hash.as_bytes()[..4].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    // Some second of the years after 2001.
    let known_by_secs = 1_000_000_000 + number % 500_000_000;
    json!({
        "_type": "waypoint",
        "desc": place.name.to_string(),
        "lat": centre.lat,
        "lon": centre.lon,
        "rad": place.area.radius_m.round(),
        "tst": known_by_secs,
    })
}

/// What a device is to be told now of its trip's places, recorded before it goes out. None if there is nothing to tell, or
/// it could not be recorded.
pub(super) async fn to_tell(
    inner: &Inner,
    school: &SchoolId,
    device: DeviceId,
    in_answer_to: Option<&str>,
) -> Option<Value> {
    let due = inner.view.read(school, |_, state| {
        let (trip, places) = state.places_to_tell(device, in_answer_to)?;
        Some((trip, set_waypoints(places)))
    });
    let (trip, command) = due.flatten()?;
    let record = Command::RecordWaypointsSent { device, trip, in_answer_to: in_answer_to.map(str::to_owned) };
    match inner.ask(school, CommandId::new(), &record).await {
        Outcome::Accepted { .. } => Some(command),
        Outcome::Refused { .. } | Outcome::Faulted { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use proto::values::{Area, Label, Point};

    use super::*;

    #[test]
    fn a_place_is_a_waypoint_that_stays_the_same() {
        let place = |name: &str, radius_m| Waypoint {
            name: Label::parse(name).expect("a label"),
            area: Area::new(Point::new(53.8, -1.55).expect("a point"), radius_m).expect("an area"),
        };
        let set = set_waypoints(&[place("Museum", 200.0), place("Park", 80.4)]);
        assert_eq!((&set["_type"], &set["action"]), (&json!("cmd"), &json!("setWaypoints")));
        let waypoints = set["waypoints"]["waypoints"].as_array().expect("a list");
        assert_eq!((&waypoints[0]["desc"], &waypoints[0]["rad"]), (&json!("Museum"), &json!(200.0)));
        assert_eq!((&waypoints[1]["lat"], &waypoints[1]["lon"]), (&json!(53.8), &json!(-1.55)));
        assert_ne!(waypoints[0]["tst"], waypoints[1]["tst"]);
        let again = set_waypoints(&[place("Museum", 300.0)]);
        assert_eq!(again["waypoints"]["waypoints"][0]["tst"], waypoints[0]["tst"], "moved, not doubled");
    }
}
