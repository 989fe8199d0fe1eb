//! Positions and areas: evidence of a device, never a check-in.

use checkins::{Side, side_of, signed_distance_m};
use proto::Timestamp;
use proto::ids::DeviceId;
use proto::v1::checkins::{Event, FixLabel};
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
        position: position.into(),
        fix_at,
        sent_at: None,
        received_at,
        battery_percent: Some(80),
        charging: None,
        via: None,
    }
}

fn at_once(position: Position, clock: &str) -> gateway::Event {
    fix(anns_phone(), position, t(clock), t(clock))
}

fn noted(position: Position, fix_at: &str, received_at: &str, labels: &[FixLabel]) -> Event {
    Event::PositionNoted {
        trip: museum(),
        device: anns_phone(),
        position: position.into(),
        fix_at: t(fix_at),
        received_at: t(received_at),
        stale: labels.iter().any(|label| matches!(label, FixLabel::OutOfOrder | FixLabel::Jump)),
        labels: labels.iter().copied().collect(),
        battery_percent: Some(80),
        charging: None,
    }
}

fn trip() -> Watched {
    out(&with(party(), |p| p.destinations = vec![destination("10:00", "13:00")]))
}

fn track(story: &Watched) -> checkins::Track {
    story.state.watch(museum()).unwrap().party().unwrap().tracks().next().unwrap().1.clone()
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
    let story = story.then([noted(north(0.0, 10.0), "09:29", "09:29", &[])]);
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
    let late = [FixLabel::Late, FixLabel::OutOfOrder];
    let story = story.then([noted(north(900.0, 10.0), "09:20", "09:30", &late)]);
    let track = track(&story);
    assert_eq!((track.position, track.fix_at, track.heard_at), (north(0.0, 10.0), t("09:29"), t("09:30")));
}

/// A clock that is ahead is capped at the receipt: later fixes still count.
#[test]
fn a_fix_from_the_future_is_capped_at_its_receipt() {
    let ahead = fix(anns_phone(), north(0.0, 10.0), t("11:00"), t("09:29"));
    let told = noted(north(0.0, 10.0), "09:29", "09:29", &[FixLabel::ClockAhead]);
    let story = trip().at_clock("09:29").hears(ahead).then([told]);
    let story = story.at_clock("09:31").hears(at_once(north(0.0, 10.0), "09:31"));
    story.then([noted(north(0.0, 10.0), "09:31", "09:31", &[])]);
}

/// A clock that was never set says nothing: the fix counts from its receipt, and says so.
#[test]
fn a_clock_that_was_never_set_counts_from_the_receipt() {
    let unset = fix(anns_phone(), north(0.0, 10.0), "1980-01-06T00:03:00Z".parse().unwrap(), t("09:29"));
    let told = noted(north(0.0, 10.0), "09:29", "09:29", &[FixLabel::ClockUnset]);
    trip().at_clock("09:29").hears(unset).then([told]);
}

/// A burst from a phone that had no signal: in order each one counts at its own time, late; in the wrong order the older
/// ones move nothing.
#[test]
fn a_late_burst_is_kept_and_labelled() {
    let story = trip().at_clock("09:40");
    let burst = |clock, metres| fix(anns_phone(), north(metres, 10.0), t(clock), t("09:40"));
    let story = story.hears(burst("09:10", 3000.0));
    let story = story.then([noted(north(3000.0, 10.0), "09:10", "09:40", &[FixLabel::Late])]);
    let story = story.hears(burst("09:20", 2000.0));
    let story = story.then([noted(north(2000.0, 10.0), "09:20", "09:40", &[FixLabel::Late])]);
    let late = [FixLabel::Late, FixLabel::OutOfOrder];
    let story = story.hears(burst("09:15", 2500.0));
    let story = story.then([noted(north(2500.0, 10.0), "09:15", "09:40", &late)]);
    assert_eq!((track(&story).position, track(&story).fix_at), (north(2000.0, 10.0), t("09:20")));
    assert_eq!(track(&story).labels, [FixLabel::Late].into());
}

/// Nobody is fifty kilometres away a minute later: the fix is kept, doubted, and moves nothing. The next one that agrees
/// with it bears it out (a phone off a flight); one that doesn't ends it.
#[test]
fn an_absurd_jump_moves_nothing_until_it_is_borne_out() {
    let story = trip().at_clock("09:10").hears(at_once(north(0.0, 10.0), "09:10")).allowed();
    let there = at_once(north(50_000.0, 10.0), "09:11");
    let story = story.at_clock("09:11").hears(there);
    let story = story.then([noted(north(50_000.0, 10.0), "09:11", "09:11", &[FixLabel::Jump])]);
    assert_eq!((track(&story).position, track(&story).heard_at), (north(0.0, 10.0), t("09:11")));
    let story = story.at_clock("09:12").hears(at_once(north(40.0, 10.0), "09:12"));
    let story = story.then([noted(north(40.0, 10.0), "09:12", "09:12", &[])]);
    let story = story.at_clock("09:13").hears(at_once(north(50_000.0, 10.0), "09:13"));
    let story = story.then([noted(north(50_000.0, 10.0), "09:13", "09:13", &[FixLabel::Jump])]);
    let story = story.at_clock("09:14").hears(at_once(north(50_500.0, 10.0), "09:14"));
    let story = story.then([noted(north(50_500.0, 10.0), "09:14", "09:14", &[])]);
    assert_eq!(track(&story).position, north(50_500.0, 10.0));
}

/// A cell tower's guess is kept and shown as such; the last sharp fix is kept beside it.
#[test]
fn a_coarse_fix_stands_beside_the_last_sharp_one() {
    let story = trip().at_clock("09:10").hears(at_once(north(0.0, 10.0), "09:10")).allowed();
    let story = story.at_clock("09:20").hears(at_once(north(1500.0, 3000.0), "09:20"));
    let story = story.then([noted(north(1500.0, 3000.0), "09:20", "09:20", &[FixLabel::Coarse])]);
    assert_eq!(track(&story).sharp, Some((north(0.0, 10.0), t("09:10"))));
    let story = story.at_clock("09:21").hears(at_once(north(900.0, 3500.0), "09:21")).allowed();
    assert_eq!(track(&story).sharp, Some((north(0.0, 10.0), t("09:10"))));
    let story = story.at_clock("09:22").hears(at_once(north(300.0, 15.0), "09:22")).allowed();
    assert_eq!((track(&story).sharp, track(&story).position), (None, north(300.0, 15.0)));
}

/// The battery is told once when it is low, and again only after it was charged.
#[test]
fn a_low_battery_is_told_once_until_it_was_charged() {
    let says = |clock: &str, percent, charging| {
        let mut event = at_once(north(5000.0, 10.0), clock);
        if let gateway::Event::PositionReceived { battery_percent, charging: c, .. } = &mut event {
            (*battery_percent, *c) = (Some(percent), charging);
        }
        event
    };
    let low =
        |percent, clock| Event::BatteryLow { trip: museum(), device: anns_phone(), percent, at: t(clock) };
    let tells = |story: Watched, clock: &str, percent, charging, expected: &[Event]| {
        let told = story.at_clock(clock).hears(says(clock, percent, charging));
        told.then_events(|events| assert_eq!(&events[1..], expected, "at {clock}"))
    };
    let story = tells(trip(), "09:05", 21, None, &[]);
    let story = tells(story, "09:06", 20, Some(false), &[low(20, "09:06")]);
    let story = tells(story, "09:07", 18, None, &[]);
    let story = tells(story, "09:08", 25, None, &[]);
    let story = tells(story, "09:09", 19, None, &[]);
    let story = tells(story, "09:10", 19, Some(true), &[]);
    let story = tells(story, "09:11", 17, Some(false), &[low(17, "09:11")]);
    assert_eq!((track(&story).battery_percent, track(&story).battery_low), (Some(17), true));
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

/// A phone at rest speaks seldom: two fixes over three minutes say that it arrived; that it left takes three.
#[test]
fn a_phone_at_rest_has_arrived_after_two_fixes_and_left_after_three() {
    let story = tells(trip(), 50.0, 10.0, "09:01", &[]);
    let story = tells(story, 50.0, 10.0, "09:16", &[entered("09:16")]);
    let story = tells(story, 400.0, 10.0, "09:30", &[]);
    let story = tells(story, 400.0, 10.0, "09:45", &[]);
    tells(story, 400.0, 10.0, "09:46", &[left("09:46")]);
}

/// Nobody has left an area that they were not in.
#[test]
fn being_elsewhere_at_first_tells_nothing() {
    let story = tells(trip(), 5000.0, 10.0, "09:01", &[]);
    let story = tells(story, 5000.0, 10.0, "09:02", &[]);
    let story = tells(story, 5000.0, 10.0, "09:03", &[]);
    tells(story, 5000.0, 10.0, "09:04", &[]);
}
