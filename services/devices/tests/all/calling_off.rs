//! A trip that doesn't take place.

use proto::v1::devices::*;
use proto::v1::trips;

use crate::cast::*;

fn cancelled() -> trips::Event {
    trips::Event::TripCancelled { trip: museum(), reason: note("Snow") }
}

fn expected_back() -> TripNeeds {
    needs_with(|needs| {
        needs.phase = TripPhase::Cancelled;
        needs.return_due = Some(at("2026-11-20T10:30:00Z"));
    })
}

fn over() -> TripNeeds {
    needs_with(|needs| needs.phase = TripPhase::Ended)
}

/// DEV-6: what was kept for it is free.
#[test]
fn calling_a_trip_off_gives_its_reservations_up() {
    let kept = Event::DeviceReserved { device: mobile(1), trip: museum(), holder: adult(okafor()) };
    let story = after([kept])
        .hears(cancelled())
        .then([Event::ReservationReleased { device: mobile(1), trip: museum() }, noted(museum(), over())])
        .hears(cancelled())
        .nothing_happens();
    assert!(story.state.trip(museum()).is_none());
}

/// DEV-9: what went out for it is expected back; the last one ends it.
#[test]
fn devices_of_a_trip_that_was_called_off_are_expected_back() {
    after([out(1, okafor()), out(2, lind())])
        .hears(cancelled())
        .then([
            noted(museum(), expected_back()),
            Event::IssuingStopped { trip: museum(), out: [mobile(1), mobile(2)].into() },
        ])
        .hears(cancelled())
        .nothing_happens()
        .when(tray([issue(3, abara())]))
        .refused(Refusal::IssuingHasStopped { trip: museum() })
        .when(take_in(mobile(1)))
        .then([came_in(1, okafor(), MORNING)])
        .at("2026-11-20T10:30:00Z")
        .time_passes()
        .then([Event::ReturnOverdue {
            trip: Some(museum()),
            devices: [mobile(2)].into(),
            due_at: at("2026-11-20T10:30:00Z"),
        }])
        .when(take_in(mobile(2)))
        .then_events(|events| {
            let all = [(mobile(1), Settlement::Returned), (mobile(2), Settlement::Returned)];
            assert_eq!(events[1], settled(all));
            let Event::TripNoted { needs, .. } = &events[2] else { panic!("{events:?}") };
            assert_eq!(needs.phase, TripPhase::Ended);
        });
}

/// DEV-9: a permanent issue stays where it is: nobody's word is needed.
#[test]
fn a_permanent_issue_is_not_expected_back() {
    let word = Event::InHandConfirmed { device: mobile(1), person: okafor(), trip: museum() };
    let ended = TripNeeds { phase: TripPhase::Ended, ..expected_back() };
    let story = after([for_good(1, okafor()), word]).hears(cancelled()).then([
        noted(museum(), expected_back()),
        Event::IssuingStopped { trip: museum(), out: [].into() },
        settled([(mobile(1), Settlement::PermanentIssue)]),
        noted(museum(), ended),
    ]);
    assert!(devices::out_of_trip(&story.state, museum()).is_empty());
    assert_eq!(story.state.device(mobile(1)).and_then(|d| d.holder()), Some(adult(okafor())));
}
