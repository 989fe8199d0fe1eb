//! Off the area during a stay: an alert that the form switches on. It says where a phone is, not where people are. [CHECK-4]

use proto::ids::DeviceId;
use proto::v1::checkins::{Event, FixLabel, Word};
use proto::v1::gateway;
use proto::v1::trips::Party;

use crate::cast::*;

/// At the museum from 10:00 to 13:00, whoever leaves it is told; nothing else falls due before the evening.
fn watched() -> Party {
    with(party(), |p| {
        let mut museum = destination("10:00", "13:00");
        museum.alert_off_area = true;
        p.destinations = vec![museum];
        p.plan.every_minutes = Some(720);
    })
}

fn fix(device: DeviceId, metres_north: f64, clock: &str) -> gateway::Event {
    located(device, metres_north, 10.0, clock)
}

/// Three fixes at that distance, over four minutes: enough for a dwell. Returns what the last one told beside itself.
fn rests(story: Watched, device: DeviceId, metres: f64, clocks: [&str; 2]) -> (Watched, Vec<Event>) {
    let story = story.at_clock(clocks[0]).hears(fix(device, metres, clocks[0])).allowed();
    let (mut told, between) = (Vec::new(), later(t(clocks[0]), 120));
    let mut second = fix(device, metres, clocks[0]);
    if let gateway::Event::PositionReceived { fix_at, received_at, .. } = &mut second {
        (*fix_at, *received_at) = (between, between);
    }
    let story = story.at_instant(between).hears(second).allowed();
    let story = story.at_clock(clocks[1]).hears(fix(device, metres, clocks[1]));
    let story = story.then_events(|events| told = events[1..].to_vec());
    (story, told)
}

fn entered(device: DeviceId, clock: &str) -> Event {
    Event::AreaEntered { trip: museum(), device, destination: label("Museum"), at: t(clock) }
}

fn left(device: DeviceId, clock: &str) -> Event {
    Event::AreaLeft { trip: museum(), device, destination: label("Museum"), at: t(clock) }
}

fn off(device: DeviceId, clock: &str) -> Event {
    Event::OffArea { trip: museum(), device, destination: label("Museum"), at: t(clock) }
}

fn ended(device: DeviceId, clock: &str) -> Event {
    Event::OffAreaEnded { trip: museum(), device, destination: label("Museum"), at: t(clock) }
}

/// Ann's phone arrived at 10:04.
fn there(party: &Party) -> Watched {
    let (story, told) = rests(out(party), anns_phone(), 0.0, ["10:00", "10:04"]);
    assert_eq!(told, [entered(anns_phone(), "10:04")]);
    story
}

/// CHECK-4: off the area during the stay is told, once, and its end when the phone is back.
#[test]
fn a_phone_that_leaves_during_the_stay_is_told_and_ends_when_it_is_back() {
    let (story, told) = rests(there(&watched()), anns_phone(), 700.0, ["10:30", "10:34"]);
    assert_eq!(told, [left(anns_phone(), "10:34"), off(anns_phone(), "10:34")]);
    let (story, told) = rests(story, anns_phone(), 900.0, ["10:40", "10:44"]);
    assert_eq!(told, []);
    let (_, told) = rests(story, anns_phone(), 0.0, ["10:50", "10:54"]);
    assert_eq!(told, [ended(anns_phone(), "10:54"), entered(anns_phone(), "10:54")]);
}

/// The form switches it on; without it leaving is a notice.
#[test]
fn without_the_forms_switch_leaving_is_a_notice_alone() {
    let party = with(watched(), |p| p.destinations[0].alert_off_area = false);
    let (_, told) = rests(there(&party), anns_phone(), 700.0, ["10:30", "10:34"]);
    assert_eq!(told, [left(anns_phone(), "10:34")]);
}

/// Outside the stay's times leaving is a notice: before it begins, and once it is over (later if the party runs late).
#[test]
fn before_and_after_the_stay_leaving_is_a_notice() {
    let (story, told) = rests(out(&watched()), anns_phone(), 0.0, ["09:30", "09:34"]);
    assert_eq!(told, [entered(anns_phone(), "09:34")]);
    let (_, told) = rests(story, anns_phone(), 700.0, ["09:40", "09:44"]);
    assert_eq!(told, [left(anns_phone(), "09:44")], "it passed by before the stay");
    let (_, told) = rests(there(&watched()), anns_phone(), 700.0, ["12:57", "13:01"]);
    assert_eq!(told, [left(anns_phone(), "13:01")], "the stay is over");
    let late = there(&watched()).at_clock("12:50").by(by_ann());
    let late = late.when(press("12:50", Word::Late { minutes: 30 }).command()).allowed();
    let (_, told) = rests(late, anns_phone(), 700.0, ["12:57", "13:01"]);
    assert_eq!(told, [left(anns_phone(), "13:01"), off(anns_phone(), "13:01")], "half an hour late");
}

/// A word that they are leaving ends the stay of that group's phones, before and after: nobody is alerted of what was said.
#[test]
fn whoever_says_that_they_leave_is_not_missed() {
    let says = |story: Watched, clock: &str| {
        let story = story.at_clock(clock).by(by_ann());
        story.when(press(clock, Word::Leaving).counted(14).command())
    };
    let story = says(there(&watched()), "11:00").allowed();
    let (_, told) = rests(story, anns_phone(), 700.0, ["11:10", "11:14"]);
    assert_eq!(told, [left(anns_phone(), "11:14")]);
    let (story, told) = rests(there(&watched()), anns_phone(), 700.0, ["10:30", "10:34"]);
    assert_eq!(told.len(), 2);
    says(story, "10:40").then_events(|events| {
        assert!(events.contains(&ended(anns_phone(), "10:40")), "{events:?}");
    });
}

/// Another group's word says nothing of this one.
#[test]
fn another_groups_word_ends_nothing() {
    let (story, _) = rests(there(&watched()), anns_phone(), 700.0, ["10:30", "10:34"]);
    let word = press("10:40", Word::Leaving).counted(10).by_phone(bens_phone()).for_group(badgers());
    let story = story.at_clock("10:40").by(proto::envelope::Actor::Person(ben())).when(word.command());
    story.then_events(|events| {
        assert!(!events.iter().any(|e| matches!(e, Event::OffAreaEnded { .. })), "{events:?}");
    });
}

/// CHECK-7: a phone that goes to a pupil, or leaves the trip, is no longer watched: what stands of it ends.
#[test]
fn a_phone_that_changes_hands_is_let_go() {
    use proto::v1::devices::{Event as Devices, Holder};
    let (story, _) = rests(there(&watched()), anns_phone(), 700.0, ["10:30", "10:34"]);
    let given = Devices::DeviceHandedOver {
        device: anns_phone(),
        from: Holder::Person(ann()),
        to: Holder::Pupil(pupil()),
        trip: Some(museum()),
    };
    story.at_clock("10:40").hears(given).then_events(|events| {
        assert_eq!(events[0], ended(anns_phone(), "10:40"));
        assert!(matches!(events[1], Event::TripDeviceNoted { pupil: true, .. }), "{events:?}");
    });
}

/// A form whose places change begins anew: what stood of the old ones ends.
#[test]
fn changed_places_end_what_stood_of_the_old_ones() {
    let (story, _) = rests(there(&watched()), anns_phone(), 700.0, ["10:30", "10:34"]);
    let moved = with(watched(), |p| p.destinations[0].leave_at = Some(t("12:00")));
    story.at_clock("10:40").hears(amended(&moved, form(&moved))).then_events(|events| {
        assert_eq!(events[0], ended(anns_phone(), "10:40"));
        assert!(matches!(events[1], Event::WatchChanged { .. }), "{events:?}");
    });
}

/// A jump, or an older fix, says nothing of an area.
#[test]
fn doubtful_fixes_cross_no_edge() {
    let story = there(&watched());
    let story = story.at_clock("10:05").hears(fix(anns_phone(), 60_000.0, "10:05")).then_events(|events| {
        let [Event::PositionNoted { labels, stale: true, .. }] = events else { panic!("{events:?}") };
        assert!(labels.contains(&FixLabel::Jump));
    });
    let story = story.at_clock("10:06").hears(fix(anns_phone(), 700.0, "09:50")).then_events(|events| {
        assert!(matches!(events, [Event::PositionNoted { stale: true, .. }]), "{events:?}");
    });
    let (_, told) = rests(story, anns_phone(), 0.0, ["10:30", "10:34"]);
    assert_eq!(told, [], "it never left");
}
