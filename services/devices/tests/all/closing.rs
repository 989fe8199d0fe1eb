//! The two steps of closing a trip.

use proto::v1::devices::*;

use crate::cast::*;
use crate::hearing::returned;

fn overnight(number: u8, until: &str) -> Command {
    Command::AgreeOvernight { device: mobile(number), until: at(until) }
}

fn agreed(number: u8, until: &str) -> Event {
    Event::OvernightAgreed { device: mobile(number), trip: museum(), until: at(until), by: pryce() }
}

/// DEV-9: with nothing out, the trip's devices are settled at once.
#[test]
fn a_trip_without_devices_out_is_settled_at_once() {
    after([out(1, okafor()), came_in(1, okafor(), MORNING)]).hears(returned()).then([
        noted(museum(), returning()),
        Event::IssuingStopped { trip: museum(), out: [].into() },
        settled([(mobile(1), Settlement::Returned)]),
    ]);
}

/// DEV-9: nothing more is issued, and the last device settles the trip in the same batch; the same news twice is none.
#[test]
fn the_last_device_in_settles_the_trip() {
    after([out(1, okafor()), out(2, lind())])
        .at(BACK)
        .hears(returned())
        .then([
            noted(museum(), returning()),
            Event::IssuingStopped { trip: museum(), out: [mobile(1), mobile(2)].into() },
        ])
        .hears(returned())
        .nothing_happens()
        .when(tray([issue(3, abara())]))
        .refused(Refusal::IssuingHasStopped { trip: museum() })
        .when(take_in(mobile(1)))
        .then([came_in(1, okafor(), BACK)])
        .when(take_in(mobile(2)))
        .then([
            came_in(2, lind(), BACK),
            settled([(mobile(1), Settlement::Returned), (mobile(2), Settlement::Returned)]),
        ])
        .when(take_in(mobile(2)))
        .nothing_happens();
}

/// DEV-9: lost, with the police, kept overnight: each settles a device, by a named person.
#[test]
fn an_absence_is_settled_by_a_named_person() {
    let story = |number| {
        let all = [out(number, okafor())].into_iter().chain(back([mobile(number)]));
        after(all).at(BACK).by_person(pryce())
    };
    story(1)
        .when(Command::DeclareLost { device: mobile(1), note: note("On the coach").into() })
        .then([lost(1, Some(okafor()), Some(museum())), settled([(mobile(1), Settlement::Lost)])]);
    let taken = Event::DeviceWithPolice { device: mobile(1), trip: Some(museum()), reference: label("CR/1") };
    story(1)
        .when(Command::HandToPolice { device: mobile(1), reference: label("CR/1") })
        .then([taken, settled([(mobile(1), Settlement::WithPolice)])]);
    story(1)
        .when(overnight(1, TOMORROW))
        .then([agreed(1, TOMORROW), settled([(mobile(1), Settlement::KeptOvernight)])]);
}

/// DEV-9: lost on the way is settled already when the trip is back.
#[test]
fn what_was_lost_on_the_way_is_not_awaited() {
    after([out(1, okafor()), lost(1, Some(okafor()), Some(museum()))]).hears(returned()).then([
        noted(museum(), returning()),
        Event::IssuingStopped { trip: museum(), out: [].into() },
        settled([(mobile(1), Settlement::Lost)]),
    ]);
}

/// DEV-9: a senior, by name, for a time ahead; what is for good isn't due back.
#[test]
fn overnight_is_agreed_by_a_senior_for_a_time_that_lies_ahead() {
    let story = || after([out(1, okafor())]).at(BACK);
    story().by(client()).when(overnight(1, TOMORROW)).refused(Refusal::NamedPersonNeeded {});
    story().by_person(tan()).when(overnight(1, TOMORROW)).refused(Refusal::NotSenior {});
    let gone = HolderStanding { here: false, senior: true, ..trusted() };
    after([out(1, okafor()), person(pryce(), gone)])
        .by_person(pryce())
        .when(overnight(1, TOMORROW))
        .refused(Refusal::NotSenior {});
    let story = || story().by_person(pryce());
    story().when(overnight(1, BACK)).refused(Refusal::UntilInThePast { until: at(BACK) });
    story()
        .when(overnight(1, TOMORROW))
        .then([agreed(1, TOMORROW)])
        .when(overnight(1, TOMORROW))
        .nothing_happens();
    story().when(overnight(2, TOMORROW)).refused(Refusal::NotIssued { device: mobile(2), tag: wm(2) });
    after([for_good(1, okafor())])
        .by_person(pryce())
        .when(overnight(1, TOMORROW))
        .refused(Refusal::OnPermanentIssue { device: mobile(1), tag: wm(1) });
}

/// DEV-9: agreed on the way, it isn't awaited, as long as the time lies ahead.
#[test]
fn what_a_senior_agreed_on_the_way_is_not_awaited() {
    after([out(1, okafor()), agreed(1, TOMORROW)]).at(BACK).hears(returned()).then([
        noted(museum(), returning()),
        Event::IssuingStopped { trip: museum(), out: [].into() },
        settled([(mobile(1), Settlement::KeptOvernight)]),
    ]);
    after([out(1, okafor()), agreed(1, "2026-11-20T14:00:00Z")]).at(BACK).hears(returned()).then([
        noted(museum(), returning()),
        Event::IssuingStopped { trip: museum(), out: [mobile(1)].into() },
    ]);
}

/// DEV-9: what was kept for the trip and never went out is free again.
#[test]
fn the_return_gives_reservations_up() {
    let kept = Event::DeviceReserved { device: mobile(1), trip: museum(), holder: adult(okafor()) };
    after([kept]).hears(returned()).then([
        Event::ReservationReleased { device: mobile(1), trip: museum() },
        noted(museum(), returning()),
        Event::IssuingStopped { trip: museum(), out: [].into() },
        settled([]),
    ]);
}

/// DEV-8: a device changes hands on the way in; it is still awaited.
#[test]
fn a_hand_over_after_the_return_settles_nothing() {
    after([out(1, okafor())].into_iter().chain(back([mobile(1)])))
        .when(Command::HandOverDevice { device: mobile(1), to: adult(lind()) })
        .then([Event::DeviceHandedOver {
            device: mobile(1),
            from: adult(okafor()),
            to: adult(lind()),
            trip: Some(museum()),
        }])
        .when(take_in(mobile(1)))
        .then([came_in(1, lind(), MORNING), settled([(mobile(1), Settlement::Returned)])]);
}
