//! The retained public summary.

use checkins::Checkins;
use decider::{Retained, Service};
use proto::v1::checkins::{Event, Word};
use proto::v1::trips;

use crate::cast::*;

fn status(story: &Watched, event: &Event) -> Option<serde_json::Value> {
    match Checkins::summary(&story.state, Checkins::changes(event)?) {
        Some(Retained::TripStatus(trip, Some(text))) if trip == museum() => {
            Some(serde_json::from_str(&text).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

/// The summary has times and states; no names, numbers or places.
#[test]
fn the_status_has_no_personal_data() {
    let mut events = Vec::new();
    let story = out(&otters_alone()).passes_to("09:40").then_events(|all| events = all.to_vec());
    assert_eq!(status(&story, &events[0]), None, "a reminder changes nothing in it");
    let expected = serde_json::json!({
        "state": "out",
        "groups": [{
            "group": otters(), "due_at": "2026-11-20T10:00:00Z", "missed_at": "2026-11-20T10:10:00Z", "missed": true,
        }],
    });
    assert_eq!(status(&story, &events[1]), Some(expected));
    let story =
        story.by(by_ann()).when(press("09:40", Word::Ok).command()).then_events(|all| events = all.to_vec());
    let after = status(&story, &events[1]).unwrap();
    assert_eq!(after["groups"][0]["missed"], false);
}

/// It says when the party is back, and is cleared at the end.
#[test]
fn the_status_is_cleared_at_the_end() {
    let mut events = Vec::new();
    let story =
        out(&party()).at_clock("15:00").hears(returned("15:00")).then_events(|all| events = all.to_vec());
    let expected = serde_json::json!({ "state": "returned", "devices_due_at": "2026-11-20T17:00:00Z" });
    assert_eq!(status(&story, &events[0]), Some(expected));
    let closed = trips::Event::TripClosed { trip: museum(), at: t("16:00") };
    let story = story.hears(closed).then_events(|all| events = all.to_vec());
    let changed = Checkins::changes(&events[0]).expect("its end changes it");
    assert_eq!(Checkins::summary(&story.state, changed), Some(Retained::TripStatus(museum(), None)));
    assert!(Checkins::ends_trip(&events[0]) && Checkins::trip_of(&events[0]) == Some(museum()));
}
