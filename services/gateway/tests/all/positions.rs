//! CHECK-7: staff devices are located during a trip only; pupils' never.

use proto::Timestamp;
use proto::ids::DeviceId;
use proto::v1::gateway::{Command, Event, LocationApp, Refusal};
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
        charging: None,
        via: None,
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

/// CHECK-7: where the school's policy has it so, no staff phone is located either.
#[test]
fn where_it_is_switched_off_nobody_is_located() {
    let off = story(trip_out()).with_policy(|policy| policy.staff_phones_located = false);
    off.when(fix(wm_001(), Some("a"), "2026-11-20T08:59:00Z")).nothing_happens();
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
        places: vec![],
        host: None,
        drill: false,
    };
    thrown([trip_out(), vec![home]].concat(), now());
    let lost = changed(leaders_phone(), |_, _, _, in_service| *in_service = false);
    thrown([trip_out(), vec![lost]].concat(), now());
    let pupil = changed(leaders_phone(), |person, pupil, _, _| (*person, *pupil) = (None, Some(ben())));
    thrown([trip_out(), vec![pupil]].concat(), now());
    story([]).when(now()).refused(Refusal::UnknownDevice { device: wm_001() });
}

/// A clock that is ahead, or was never set, is told as it is: what counts is judged by whoever hears it.
#[test]
fn a_wrong_clock_is_kept_as_it_is() {
    for clock in ["2026-11-20T11:00:00Z", "1980-01-06T00:00:00Z"] {
        story(trip_out()).when(fix(wm_001(), Some("a"), clock)).then_events(|events| {
            let [Event::PositionReceived { fix_at, received_at, .. }] = events else { panic!("{events:?}") };
            assert_eq!((*fix_at, *received_at), (at(clock), at(NOW)));
        });
    }
}

fn show(device: DeviceId) -> Command {
    Command::ShowSetUp { device, app: LocationApp::OwntracksHttp }
}

/// CHECK-7: each showing of a set-up is recorded; never while the phone is out, and only of phones that are located at all.
#[test]
fn a_set_up_is_shown_of_a_work_mobile_at_school_alone() {
    let shown = Event::SetUpShown { device: wm_002(), app: LocationApp::OwntracksHttp, at: at(NOW) };
    story(trip_out()).when(show(wm_002())).then([shown.clone()]).when(show(wm_002())).then([shown]);
    let out_with = Refusal::OutWithTrip { device: wm_001(), trip: museum() };
    story(trip_out()).when(show(wm_001())).refused(out_with);
    story(trip_out()).when(show(bp_001())).refused(Refusal::NotLocated { device: bp_001() });
    let pupil = changed(bases_phone(), |person, pupil, _, _| (*person, *pupil) = (None, Some(ben())));
    story([pupil]).when(show(wm_002())).refused(Refusal::NotLocated { device: wm_002() });
    story([]).when(show(wm_002())).refused(Refusal::UnknownDevice { device: wm_002() });
}

fn told(in_answer_to: Option<&str>) -> Command {
    let in_answer_to = in_answer_to.map(str::to_owned);
    Command::RecordWaypointsSent { device: wm_001(), trip: museum(), in_answer_to }
}

/// The places of a trip are told once to each of its phones, and again when they change.
#[test]
fn places_are_told_once_as_they_stand() {
    let sent = |answer: Option<&str>| Event::WaypointsSent {
        device: wm_001(),
        trip: museum(),
        in_answer_to: answer.map(str::to_owned),
        at: at(NOW),
    };
    let known = [trip_out(), vec![out_to("Museum")]].concat();
    let tale = story(known.clone()).when(told(Some("a"))).then([sent(Some("a"))]);
    let mut tale = tale.when(told(None)).nothing_happens();
    <gateway::Gateway as decider::Service>::evolve(&mut tale.state, &out());
    tale.when(told(None)).then([sent(None)]);
    let home = changed(leaders_phone(), |_, _, trip, _| *trip = None);
    let refusal = Refusal::NotOnTrip { device: wm_001(), trip: museum() };
    story([known, vec![home]].concat()).when(told(None)).refused(refusal);
}
