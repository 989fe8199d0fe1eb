//! One device instead of another, in the same hands.

use proto::v1::devices::*;

use crate::cast::*;

fn swap(first: u8, second: u8) -> Command {
    Command::SwapDevice { returned: coming_in(mobile(first)), replacement: mobile(second) }
}

/// DEV-8: the first comes in, the other goes out; both, or neither.
#[test]
fn a_device_is_swapped_in_one_step() {
    after([out(1, okafor())])
        .when(swap(1, 2))
        .then([came_in(1, okafor(), MORNING), out(2, okafor())])
        .when(swap(1, 2))
        .nothing_happens();
    let story = after([out(1, okafor()), lost(2, None, None)])
        .when(swap(1, 2))
        .refused(Refusal::IsLost { device: mobile(2), tag: wm(2) });
    assert_eq!(story.state.device(mobile(1)).and_then(|d| d.holder()), Some(adult(okafor())));
}

/// DEV-7: a pupil's reason goes with the phone.
#[test]
fn a_pupils_phone_is_swapped_with_its_reason() {
    let swap = Command::SwapDevice { returned: coming_in(basic(1)), replacement: basic(2) };
    after([out_to_noor()]).when(swap).then_events(|events| {
        let issued = Event::DeviceIssued {
            device: basic(2),
            holder: pupil(noor()),
            trip: Some(museum()),
            reason: Some(note("Diabetes").into()),
            at: at(MORNING),
        };
        assert_eq!(events[1], issued);
    });
}

/// DEV-8
#[test]
fn a_permanent_issue_is_swapped_for_good() {
    after([for_good(1, okafor())]).when(swap(1, 2)).then_events(|events| {
        assert_eq!(events.len(), 2);
        assert_eq!(events[1], for_good(2, okafor()));
    });
}

#[test]
fn only_what_is_out_is_swapped_and_for_another_device() {
    after([]).when(swap(1, 2)).refused(Refusal::NotIssued { device: mobile(1), tag: wm(1) });
    after([out(1, okafor())]).when(swap(1, 1)).refused(Refusal::TwiceInTray { device: mobile(1) });
    after([out(1, okafor())]).when(swap(1, 9)).refused(Refusal::UnknownDevice { device: mobile(9) });
    after([for_good(1, okafor())]).when(swap(1, 9)).refused(Refusal::UnknownDevice { device: mobile(9) });
}

/// DEV-9
#[test]
fn nothing_is_swapped_when_the_trip_is_back() {
    after([out(1, okafor())].into_iter().chain(back([mobile(1)])))
        .when(swap(1, 2))
        .refused(Refusal::IssuingHasStopped { trip: museum() });
}
