//! Keeping a device for a trip.

use proto::v1::devices::*;

use crate::cast::*;

fn reserve(number: u8, who: Holder) -> Command {
    Command::ReserveDevice { device: mobile(number), trip: museum(), holder: who }
}

fn kept(number: u8) -> Event {
    Event::DeviceReserved { device: mobile(number), trip: museum(), holder: adult(okafor()) }
}

fn kept_for_the_farm(number: u8) -> [Event; 2] {
    let kept = Event::DeviceReserved { device: mobile(number), trip: farm(), holder: adult(tan()) };
    [farm_noted(), kept]
}

/// DEV-6
#[test]
fn a_device_is_kept_for_a_trip_and_released() {
    let release = Command::ReleaseReservation { device: mobile(1), trip: museum() };
    after([])
        .when(reserve(1, adult(okafor())))
        .then([kept(1)])
        .when(reserve(1, adult(okafor())))
        .nothing_happens()
        .when(release.clone())
        .then([Event::ReservationReleased { device: mobile(1), trip: museum() }])
        .when(release)
        .refused(Refusal::NotReserved { device: mobile(1), tag: wm(1) });
}

/// DEV-6: kept for one trip, it isn't kept for, issued to or given away beside another at the same time.
#[test]
fn a_device_kept_for_another_trip_at_the_same_time_is_refused() {
    let refusal = || Refusal::ReservedForAnother { device: mobile(1), tag: wm(1), trip: farm() };
    let story = || after(kept_for_the_farm(1));
    story().when(reserve(1, adult(okafor()))).refused(refusal());
    story().when(tray([issue(1, okafor())])).refused(refusal());
    story().when(Command::IssuePermanently { device: mobile(1), person: okafor() }).refused(refusal());
}

/// DEV-6: trips that are not at the same time may have the same device.
#[test]
fn a_device_kept_for_another_day_is_free_today() {
    let next_week = needs_with(|needs| needs.window = window("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z"));
    let kept = Event::DeviceReserved { device: mobile(1), trip: farm(), holder: adult(okafor()) };
    after([noted(farm(), next_week), kept])
        .when(tray([issue(1, okafor())]))
        .then([out(1, okafor())])
        .when(Command::ReserveDevice { device: mobile(1), trip: farm(), holder: adult(lind()) })
        .allowed();
}

/// DEV-8: what is in somebody's hands then, or out of use, isn't kept for a trip.
#[test]
fn a_device_that_will_not_be_there_is_not_kept() {
    let in_hands = |who| Refusal::InSomebodysHands { device: mobile(1), tag: wm(1), holder: adult(who) };
    after([for_good(1, tan())]).when(reserve(1, adult(okafor()))).refused(in_hands(tan()));
    after([out(1, lind())]).when(reserve(1, adult(okafor()))).refused(in_hands(lind()));
    let at_the_farm = Event::DeviceIssued {
        device: mobile(1),
        holder: adult(tan()),
        trip: Some(farm()),
        reason: None,
        at: at(MORNING),
    };
    after([farm_noted(), at_the_farm]).when(reserve(1, adult(okafor()))).refused(in_hands(tan()));
    after([quarantined(1)])
        .when(reserve(1, adult(okafor())))
        .refused(Refusal::InQuarantine { device: mobile(1), tag: wm(1) });
}

/// DEV-5, DEV-7: only for somebody on the form, and of the kind that is for them.
#[test]
fn a_device_is_kept_only_for_somebody_on_the_form() {
    let story = || after([]);
    story().when(reserve(1, adult(tan()))).refused(Refusal::NotOnForm { person: tan() });
    story().when(reserve(1, pupil(noor()))).refused(Refusal::WorkMobileForPupil { device: mobile(1) });
    let basic_for = |holder| Command::ReserveDevice { device: basic(1), trip: museum(), holder };
    story()
        .when(basic_for(adult(okafor())))
        .refused(Refusal::BasicPhoneForStaff { device: basic(1), person: okafor() });
    story().when(basic_for(pupil(sol()))).refused(Refusal::PupilNotOnForm { pupil: sol() });
    story().when(reserve(1, adult(ferreira()))).allowed();
}

/// DEV-6: one for each; a spare of the form besides.
#[test]
fn a_second_device_is_kept_for_nobody() {
    after([kept(1)])
        .when(reserve(2, adult(okafor())))
        .refused(Refusal::KeptAnother { holder: adult(okafor()), device: mobile(1) })
        .when(reserve(5, adult(okafor())))
        .allowed()
        .when(reserve(1, adult(lind())))
        .then([Event::DeviceReserved { device: mobile(1), trip: museum(), holder: adult(lind()) }]);
}

#[test]
fn nothing_is_kept_for_a_trip_that_is_unknown_or_back() {
    let for_nowhere = Command::ReserveDevice { device: mobile(1), trip: nowhere(), holder: adult(okafor()) };
    after([]).when(for_nowhere).refused(Refusal::UnknownTrip { trip: nowhere() });
    after(back([])).when(reserve(1, adult(okafor()))).refused(Refusal::IssuingHasStopped { trip: museum() });
}

/// DEV-6: issuing takes a reservation up; what else was kept for the same holder is free again.
#[test]
fn issuing_uses_a_reservation_and_frees_the_other() {
    after([kept(1)])
        .when(tray([issue(2, okafor())]))
        .then([Event::ReservationReleased { device: mobile(1), trip: museum() }, out(2, okafor())]);
    let story = after([kept(1)]).when(tray([issue(1, okafor())])).then([out(1, okafor())]);
    assert!(story.state.device(mobile(1)).is_some_and(|device| device.reservations.is_empty()));
}
