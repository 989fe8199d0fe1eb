//! Personal parts that were blanked, and events as they are journalled.

use devices::{Custody, Devices, Issued};
use proto::v1::devices::*;
use proto::values::Personal;

use crate::cast::*;

/// Blanked notes and reasons are taken in like any others; only what may be erased is gone.
#[test]
fn blanked_personal_parts_are_accepted() {
    let mut issued = out_to_noor();
    if let Event::DeviceIssued { reason, .. } = &mut issued {
        *reason = Some(Personal::blanked());
    }
    let lost = Event::DeviceLost { device: mobile(1), holder: None, trip: None, note: Personal::blanked() };
    let quarantined = Event::DeviceQuarantined { device: mobile(2), reason: Personal::blanked() };
    let story = after([issued, lost, quarantined]);
    let custody = |device| story.state.device(device).map(|d| d.custody.clone());
    assert_eq!(custody(mobile(1)), Some(Custody::Lost { sim_barred: false }));
    assert!(matches!(custody(mobile(2)), Some(Custody::Quarantined { .. })));
    let Some(Custody::Issued(Issued::ToTrip { holder, .. })) = custody(basic(1)) else {
        panic!("it is out: {:?}", custody(basic(1)))
    };
    assert_eq!(holder, pupil(noor()));
}

/// Contracts grow by adding: a trip noted before spares and reserves were known still replays.
#[test]
fn a_trip_noted_without_spares_and_reserves_is_read() {
    let now = serde_json::to_value(noted(museum(), needs())).expect("JSON");
    let mut before = now.clone();
    let fields = before["TripNoted"]["needs"].as_object_mut().expect("an object");
    assert!(fields.remove("spares").is_some() && fields.remove("reserves").is_some());
    let read: Event = serde_json::from_value(before).expect("it is read");
    let expected = needs_with(|needs| (needs.spares, needs.reserves) = (vec![], vec![]));
    assert_eq!(read, noted(museum(), expected));
}

/// The state can be written down as JSON.
#[test]
fn the_state_is_plain_data() {
    let story =
        after([farm_noted(), out(1, okafor()), for_good(2, tan())].into_iter().chain(back([mobile(1)])));
    let written = serde_json::to_value(&story.state).expect("JSON");
    assert_eq!(written["devices"].as_object().map(serde_json::Map::len), Some(8));
}

/// Events are filed under their trip, and the last one ends it.
#[test]
fn events_are_filed_under_their_trip() {
    use decider::Service;
    assert_eq!(Devices::trip_of(&out(1, okafor())), Some(museum()));
    assert_eq!(Devices::trip_of(&for_good(1, okafor())), None);
    assert_eq!(Devices::trip_of(&settled([])), Some(museum()));
    assert_eq!(Devices::trip_of(&registered(1)), None);
    let over = noted(museum(), needs_with(|needs| needs.phase = TripPhase::Ended));
    assert!(Devices::ends_trip(&over) && !Devices::ends_trip(&noted(museum(), returning())));
}

/// A device keeps a bounded history at hand.
#[test]
fn history_is_bounded() {
    let rounds = (0..devices::MAX_HISTORY).flat_map(|_| [out(1, okafor()), came_in(1, okafor(), MORNING)]);
    let story = after(rounds);
    let history = story.state.device(mobile(1)).map(|device| device.history.len());
    assert_eq!(history, Some(devices::MAX_HISTORY));
}
