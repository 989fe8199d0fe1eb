//! Positions and areas: evidence of a device, never a check-in.

use checkins::{Side, side_of, signed_distance_m};
use proto::Timestamp;
use proto::ids::DeviceId;
use proto::v1::checkins::Event;
use proto::v1::gateway;
use proto::values::{Point, Position};

use crate::cast::*;

/// So many metres north of the museum's middle.
fn north(metres: f64, accuracy_m: f64) -> Position {
    // A degree of latitude on the mean sphere.
    let degrees = metres / 111_195.08;
    let centre = museum_area().centre;
    Position { point: Point::new(centre.lat + degrees, centre.lon).unwrap(), accuracy_m }
}

fn fix(device: DeviceId, position: Position, fix_at: Timestamp, received_at: Timestamp) -> gateway::Event {
    gateway::Event::PositionReceived {
        device,
        trip: museum(),
        message_id: None,
        position,
        fix_at,
        sent_at: None,
        received_at,
        battery_percent: Some(80),
    }
}

fn at_once(position: Position, clock: &str) -> gateway::Event {
    fix(anns_phone(), position, t(clock), t(clock))
}

fn noted(position: Position, fix_at: &str, received_at: &str, stale: bool) -> Event {
    Event::PositionNoted {
        trip: museum(),
        device: anns_phone(),
        position,
        fix_at: t(fix_at),
        received_at: t(received_at),
        stale,
    }
}

fn trip() -> Watched {
    out(&with(party(), |p| p.destinations = vec![destination("10:00", "13:00")]))
}

/// CHECK-4: the distance to the circle's edge against the accuracy: inside, outside, or nobody knows.
#[test]
fn a_fix_says_only_what_its_accuracy_allows() {
    let area = museum_area();
    let distance = signed_distance_m(&area, north(300.0, 0.0).point);
    assert!((distance - 100.0).abs() < 0.5, "{distance}");
    let side = |metres, accuracy_m| side_of(&area, &north(metres, accuracy_m));
    assert_eq!(side(100.0, 20.0), Some(Side::Inside));
    assert_eq!(side(300.0, 20.0), Some(Side::Outside));
    assert_eq!(side(190.0, 20.0), None, "inside, give or take");
    assert_eq!(side(210.0, 20.0), None, "outside, give or take");
    assert_eq!(side(0.0, 500.0), None, "a cell tower knows nothing");
}

/// CHECK-4: a position is noted; it checks nobody in.
#[test]
fn a_position_never_checks_in() {
    let story = trip().at_clock("09:29").hears(at_once(north(0.0, 10.0), "09:29"));
    let story = story.then([noted(north(0.0, 10.0), "09:29", "09:29", false)]);
    let story = story.passes_to("09:40").then_events(|events| {
        let misses = events.iter().filter(|e| matches!(e, Event::CheckInMissed { .. }));
        assert_eq!(misses.count(), 2, "{events:?}");
    });
    drop(story);
}

/// Older fixes are noted as stale and never move last-seen back; the same one twice is one.
#[test]
fn an_older_fix_is_stale() {
    let story = trip().at_clock("09:29").hears(at_once(north(0.0, 10.0), "09:29")).allowed();
    let story = story.hears(at_once(north(0.0, 10.0), "09:29")).nothing_happens();
    let old = fix(anns_phone(), north(900.0, 10.0), t("09:20"), t("09:30"));
    let story = story.at_clock("09:30").hears(old);
    let story = story.then([noted(north(900.0, 10.0), "09:20", "09:30", true)]);
    let party = story.state.watch(museum()).unwrap().party().unwrap();
    let (_, track) = party.tracks().next().unwrap();
    assert_eq!((track.position, track.fix_at, track.heard_at), (north(0.0, 10.0), t("09:29"), t("09:30")));
}

/// A clock that is ahead is capped at the receipt: later fixes still count.
#[test]
fn a_fix_from_the_future_is_capped_at_its_receipt() {
    let ahead = fix(anns_phone(), north(0.0, 10.0), t("11:00"), t("09:29"));
    let story =
        trip().at_clock("09:29").hears(ahead).then([noted(north(0.0, 10.0), "09:29", "09:29", false)]);
    story.at_clock("09:31").hears(at_once(north(0.0, 10.0), "09:31")).allowed();
}

/// CHECK-7: pupils' devices are not located, nor is anybody before departure, nor once everyone is back, nor a phone that
/// isn't the trip's.
#[test]
fn only_staff_devices_of_a_trip_that_is_out_are_located() {
    let story = trip().at_clock("09:29");
    let at = t("09:29");
    let story = story.hears(fix(pupils_phone(), north(0.0, 10.0), at, at)).nothing_happens();
    let story = story.hears(fix(spare_phone(), north(0.0, 10.0), at, at)).nothing_happens();
    let story = story.hears(fix(anns_phone(), north(0.0, 10.0), t("08:59"), at)).nothing_happens();
    let story = story.hears(returned("09:29")).allowed();
    story.hears(at_once(north(0.0, 10.0), "09:29")).nothing_happens();
}

fn entered(clock: &str) -> Event {
    Event::AreaEntered { trip: museum(), device: anns_phone(), destination: label("Museum"), at: t(clock) }
}

fn left(clock: &str) -> Event {
    Event::AreaLeft { trip: museum(), device: anns_phone(), destination: label("Museum"), at: t(clock) }
}

/// What each fix tells besides being noted.
fn tells(story: Watched, metres: f64, accuracy_m: f64, clock: &str, expected: &[Event]) -> Watched {
    let told = story.at_clock(clock).hears(at_once(north(metres, accuracy_m), clock));
    told.then_events(|events| assert_eq!(&events[1..], expected, "at {clock}"))
}

/// CHECK-4: three fixes over a minute must agree before anyone is told; those that nobody can judge count for neither side.
#[test]
fn an_area_is_entered_and_left_after_a_dwell() {
    let story = tells(trip(), 50.0, 10.0, "09:01", &[]);
    let story = tells(story, 50.0, 10.0, "09:01:10", &[]);
    let story = tells(story, 50.0, 10.0, "09:01:20", &[]);
    let story = tells(story, 0.0, 900.0, "09:01:30", &[]);
    let story = tells(story, 50.0, 10.0, "09:02", &[entered("09:02")]);
    let story = tells(story, 50.0, 10.0, "09:05", &[]);
    // Jitter at the edge tells nobody anything.
    let story = tells(story, 400.0, 10.0, "09:06", &[]);
    let story = tells(story, 50.0, 10.0, "09:07", &[]);
    let story = tells(story, 400.0, 10.0, "09:08", &[]);
    let story = tells(story, 400.0, 10.0, "09:09", &[]);
    let story = tells(story, 400.0, 10.0, "09:10", &[left("09:10")]);
    tells(story, 400.0, 10.0, "09:11", &[]);
}

/// Nobody has left an area that they were not in.
#[test]
fn being_elsewhere_at_first_tells_nothing() {
    let story = tells(trip(), 5000.0, 10.0, "09:01", &[]);
    let story = tells(story, 5000.0, 10.0, "09:02", &[]);
    let story = tells(story, 5000.0, 10.0, "09:03", &[]);
    tells(story, 5000.0, 10.0, "09:04", &[]);
}
