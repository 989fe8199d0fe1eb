//! CHECK-7: staff devices are located during a trip only; pupils' never.

use proto::Timestamp;
use proto::ids::DeviceId;
use proto::v1::gateway::{Command, Event, Refusal};
use proto::values::{Point, Position};

use super::cast::*;

fn fix(device: DeviceId, id: Option<&str>, fix_at: &str) -> Command {
    Command::TakePosition {
        device,
        message_id: id.map(str::to_owned),
        position: Position { point: Point::new(51.5, -0.12).unwrap(), accuracy_m: 9.0 },
        fix_at: at(fix_at),
        sent_at: None::<Timestamp>,
        received_at: at(NOW),
        battery_percent: Some(80),
    }
}

#[test]
fn a_work_mobile_on_a_trip_under_way_is_located_once_for_each_message() {
    let tale =
        story(trip_out()).when(fix(wm_001(), Some("a"), "2026-11-20T08:59:00Z")).then_events(|events| {
            assert!(matches!(events, [Event::PositionReceived { trip, .. }] if *trip == museum()));
        });
    let tale = tale.when(fix(wm_001(), Some("a"), "2026-11-20T08:59:00Z")).nothing_happens();
    let tale = tale.when(fix(wm_001(), None, "2026-11-20T08:59:30Z")).allowed();
    tale.when(fix(wm_001(), None, "2026-11-20T08:59:30Z")).nothing_happens();
}

#[test]
fn any_other_position_is_thrown_away() {
    let thrown = |known: Vec<Event>, command| drop(story(known).when(command).nothing_happens());
    let now = || fix(wm_001(), Some("a"), "2026-11-20T08:59:00Z");
    thrown(trip_out(), fix(wm_001(), Some("a"), "2026-11-20T08:29:59Z"));
    thrown(trip_out(), fix(wm_002(), Some("a"), "2026-11-20T08:59:00Z"));
    thrown(trip_out(), fix(bp_001(), Some("a"), "2026-11-20T08:59:00Z"));
    thrown(vec![leaders_phone()], now());
    let home = Event::TripNoted {
        trip: museum(),
        title: label("Museum walk"),
        out_since: None,
        duress: None,
        ended: false,
    };
    thrown([trip_out(), vec![home]].concat(), now());
    let lost = changed(leaders_phone(), |_, _, _, in_service| *in_service = false);
    thrown([trip_out(), vec![lost]].concat(), now());
    let pupil = changed(leaders_phone(), |person, pupil, _, _| (*person, *pupil) = (None, Some(ben())));
    thrown([trip_out(), vec![pupil]].concat(), now());
    story([]).when(now()).refused(Refusal::UnknownDevice { device: wm_001() });
}
