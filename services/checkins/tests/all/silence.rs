//! Devices that were located and say nothing any more.

use proto::ids::DeviceId;
use proto::v1::checkins::{Event, Word};
use proto::v1::gateway;
use proto::v1::trips::{Party, QuietReason};

use crate::cast::*;

/// One check-in in the evening, so that nothing else falls due.
fn calm() -> Party {
    with(otters_alone(), |p| p.plan.every_minutes = Some(720))
}

/// In the museum's middle, ten metres to either side.
fn position(device: DeviceId, clock: &str) -> gateway::Event {
    super::cast::located(device, 0.0, 10.0, clock)
}

/// Ann's phone was located at 09:05, Ben's at 09:15.
fn located(party: &Party) -> Watched {
    let story = out(party).at_clock("09:05").hears(position(anns_phone(), "09:05")).allowed();
    story.at_clock("09:15").hears(position(bens_phone(), "09:15")).allowed()
}

fn silent(device: DeviceId, since: &str) -> Event {
    Event::DeviceSilent { trip: museum(), device, since: t(since) }
}

fn all_silent(since: &str) -> Event {
    Event::AllDevicesSilent { trip: museum(), since: t(since) }
}

fn heard(device: DeviceId, clock: &str) -> Event {
    Event::DeviceHeard { trip: museum(), device, at: t(clock) }
}

/// CHECK-1: one device that is silent is a notice; all of them is a warning, once. A sign of life ends it.
#[test]
fn one_silent_device_is_a_notice_and_all_are_a_warning() {
    let story = located(&calm()).passes_to("09:34:59").nothing_happens();
    let story = story.passes_to("09:35").then([silent(anns_phone(), "09:05")]);
    let story = story.passes_to("09:45").then([silent(bens_phone(), "09:15"), all_silent("09:15")]);
    let story = story.passes_to("10:30").nothing_happens();
    let story = story.at_clock("10:31").hears(position(bens_phone(), "10:31")).then_events(|events| {
        assert_eq!(events[1..], [heard(bens_phone(), "10:31")]);
    });
    story.passes_to("11:01").then([silent(bens_phone(), "10:31"), all_silent("10:31")]);
}

/// A word from a device is a sign of life as well; a device that never said where it was is not missed.
#[test]
fn a_word_is_a_sign_of_life() {
    let story = located(&calm()).passes_to("09:35").then([silent(anns_phone(), "09:05")]).at_clock("09:36");
    let story = story.by(by_ann()).when(press("09:36", Word::Ok).command());
    let story = story.then_events(|events| assert_eq!(events[1..], [heard(anns_phone(), "09:36")]));
    let story = story.passes_to("09:45").then([silent(bens_phone(), "09:15")]);
    story.passes_to("10:06").then([silent(anns_phone(), "09:36"), all_silent("09:36")]);
}

/// What is told of silence up to then (the check-in after a quiet window falls due besides).
fn tells(story: Watched, clock: &str, expected: &[Event]) -> Watched {
    story.passes_to(clock).then_events(|events| {
        let of_silence =
            |e: &&Event| matches!(e, Event::DeviceSilent { .. } | Event::AllDevicesSilent { .. });
        let told: Vec<&Event> = events.iter().filter(of_silence).collect();
        assert_eq!(told, expected.iter().collect::<Vec<_>>(), "at {clock}");
    })
}

/// CHECK-1: in a quiet window nobody is expected to be heard: silence counts outside it alone, before and after.
#[test]
fn silence_does_not_count_inside_a_quiet_window() {
    let party = with(calm(), |p| p.quiet = vec![quiet("09:20", "10:20", QuietReason::NoSignal)]);
    // Ann's phone was silent for 15 minutes before the window, Ben's for 5.
    let story = tells(located(&party), "10:34:59", &[]);
    let story = tells(story, "10:35", &[silent(anns_phone(), "09:05")]);
    let story = tells(story, "10:44:59", &[]);
    tells(story, "10:45", &[silent(bens_phone(), "09:15"), all_silent("09:15")]);
}

/// CHECK-1: windows that overlap, or follow one another, count as one.
#[test]
fn several_quiet_windows_are_all_left_out() {
    let party = with(calm(), |p| {
        p.quiet = vec![
            quiet("10:10", "10:40", QuietReason::Driving),
            quiet("09:20", "10:00", QuietReason::NoSignal),
            quiet("09:50", "10:05", QuietReason::Water),
        ];
    });
    // 15 minutes to 09:20, 5 from 10:05 to 10:10, 10 from 10:40 on.
    let story = tells(located(&party), "10:49:59", &[]);
    tells(story, "10:50", &[silent(anns_phone(), "09:05")]);
}

/// The school sets how long.
#[test]
fn the_school_sets_how_long_silence_is() {
    let story =
        decider::kit::given::<checkins::Checkins>([]).with_policy(|policy| policy.silent_after_secs = 60);
    let story = story.at_clock("09:00").hears(departed(&calm())).allowed();
    let story = story.at_clock("09:05").hears(position(anns_phone(), "09:05")).allowed();
    story.passes_to("09:06").then([silent(anns_phone(), "09:05"), all_silent("09:05")]);
}

/// CHECK-1: once everyone is back no silence alerts; a device that came back isn't missed either.
#[test]
fn nothing_alerts_once_everyone_is_back() {
    let story = located(&calm()).at_clock("09:20").hears(returned("09:20")).allowed();
    story.passes_to("12:00").nothing_happens();
    let gone = Event::TripDeviceNoted {
        trip: museum(),
        device: bens_phone(),
        person: None,
        pupil: false,
        with_trip: false,
    };
    let mut story = located(&calm());
    <checkins::Checkins as decider::Service>::evolve(&mut story.state, &gone);
    story.passes_to("09:35").then([silent(anns_phone(), "09:05"), all_silent("09:05")]);
}

/// CHECK-3: after an outage silence counts anew: nobody could have been heard.
#[test]
fn after_an_outage_silence_counts_anew() {
    let story = located(&calm()).at_clock("10:30").time_passes_after_an_outage("2026-11-20T09:20:00Z");
    let noted = Event::OutageNoted { trip: museum(), outage: window("09:20", "10:30") };
    let story = story.then([noted]).passes_to("10:59:59").nothing_happens();
    let both = [silent(anns_phone(), "09:05"), silent(bens_phone(), "09:15"), all_silent("09:15")];
    story.passes_to("11:00").then(both);
}
