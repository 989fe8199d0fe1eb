//! Devices that are not back in time: told once; a later agreed time arms it again.

use decider::Service;
use devices::{Devices, overdue};
use proto::v1::devices::*;

use crate::cast::*;

fn late(devices: &[proto::ids::DeviceId], due: &str) -> Event {
    Event::ReturnOverdue { trip: Some(museum()), devices: devices.iter().copied().collect(), due_at: at(due) }
}

fn two_awaited() -> decider::kit::Story<Devices> {
    after([out(1, okafor()), out(2, lind())].into_iter().chain(back([mobile(1), mobile(2)])))
}

/// DEV-9: what is still out at the due time is told, all of a trip at once, and once.
#[test]
fn devices_not_back_in_time_are_told_once() {
    let story = two_awaited().at(BACK).time_passes().nothing_happens();
    assert_eq!(Devices::next_due(&story.state), Some(at(RETURN_DUE)));
    let story = story.at(RETURN_DUE).time_passes().then([late(&[mobile(1), mobile(2)], RETURN_DUE)]);
    assert_eq!(Devices::next_due(&story.state), None);
    assert_eq!(overdue(&story.state, at(RETURN_DUE)).len(), 2);
    story.at(TOMORROW).time_passes().nothing_happens();
}

/// DEV-9
#[test]
fn what_is_in_lost_or_settled_is_not_overdue() {
    let story = two_awaited()
        .when(take_in(mobile(1)))
        .allowed()
        .when(Command::DeclareLost { device: mobile(2), note: note("On the coach").into() })
        .allowed();
    assert!(overdue(&story.state, at(TOMORROW)).is_empty());
    story.at(TOMORROW).time_passes().nothing_happens();
}

/// DEV-9, CHECK-3: after an outage the trip is told in one digest, with its earliest time.
#[test]
fn an_outage_leads_to_one_digest_for_each_trip() {
    let kept = Event::OvernightAgreed { device: mobile(1), trip: museum(), until: at(TOMORROW), by: pryce() };
    after([out(1, okafor()), out(2, lind()), kept].into_iter().chain(back([mobile(2)])))
        .at("2026-11-21T12:00:00Z")
        .time_passes_after_an_outage("2026-11-20T16:00:00Z")
        .then([late(&[mobile(1), mobile(2)], RETURN_DUE)]);
}

/// DEV-9: one kept overnight is due at the agreed time; past it, its trip waits for it again.
#[test]
fn a_device_kept_past_the_agreed_time_is_awaited_again() {
    let agree = |until| Command::AgreeOvernight { device: mobile(1), until: at(until) };
    two_awaited()
        .by_person(pryce())
        .when(agree(TOMORROW))
        .allowed()
        .at(RETURN_DUE)
        .time_passes()
        .then([late(&[mobile(2)], RETURN_DUE)])
        .at(TOMORROW)
        .time_passes()
        .then([late(&[mobile(1)], TOMORROW)])
        .when(take_in(mobile(2)))
        .then([came_in(2, lind(), TOMORROW)])
        .when(agree("2026-11-22T09:00:00Z"))
        .then_events(|events| {
            let all = [(mobile(1), Settlement::KeptOvernight), (mobile(2), Settlement::Returned)];
            assert_eq!(events[1], settled(all));
        });
}

/// DEV-9: after its trip had closed, it is told without a trip, once for each agreed time.
#[test]
fn a_device_kept_overnight_is_told_of_after_its_trip_closed() {
    let closed = proto::v1::trips::Event::TripClosed { trip: museum(), at: at(BACK) };
    let agree = |until| Command::AgreeOvernight { device: mobile(1), until: at(until) };
    let late_alone = |due| Event::ReturnOverdue { trip: None, devices: [mobile(1)].into(), due_at: at(due) };
    let story = after([out(1, okafor())].into_iter().chain(back([mobile(1)])))
        .by_person(pryce())
        .when(agree(TOMORROW))
        .allowed()
        .hears(closed)
        .allowed()
        .at(TOMORROW)
        .time_passes()
        .then([late_alone(TOMORROW)])
        .time_passes()
        .nothing_happens();
    assert_eq!(overdue(&story.state, at(TOMORROW)), [(mobile(1), at(TOMORROW))]);
    story
        .when(agree("2026-11-22T09:00:00Z"))
        .allowed()
        .at("2026-11-22T09:00:00Z")
        .time_passes()
        .then([late_alone("2026-11-22T09:00:00Z")])
        .when(take_in(mobile(1)))
        .then([came_in(1, okafor(), "2026-11-22T09:00:00Z")]);
}

/// DEV-9: of many trips, at most so many are told in one go, and all of them in the end.
#[test]
fn more_trips_than_fit_one_batch_are_all_told() {
    let many = decider::MAX_DUE_EVENTS + 7;
    let mut events = Vec::new();
    for number in 0..many as u64 {
        let device = proto::ids::DeviceId::derived(museum().0, number);
        let trip = proto::ids::TripId::derived(museum().0, number);
        events.push(Event::TripNoted { trip, needs: returning() });
        events.push(Event::DeviceIssued {
            device,
            holder: adult(okafor()),
            trip: Some(trip),
            reason: None,
            at: at(MORNING),
        });
        events.push(Event::IssuingStopped { trip, out: [device].into() });
    }
    let story = decider::kit::given::<Devices>(events).at(TOMORROW);
    let zone = proto::values::SchoolZone::london();
    let policy = decider::Policy::default();
    let tick =
        decider::Tick { now: at(TOMORROW), outage: None, cause: museum().0, zone: &zone, policy: &policy };
    assert_eq!(Devices::due(&story.state, &tick).len(), decider::MAX_DUE_EVENTS);
    story.time_passes().then_events(|events| assert_eq!(events.len(), many));
}
