//! Devices come in, one by one; quarantine and repair.

use devices::Custody;
use proto::v1::devices::*;
use proto::values::Charge;

use crate::cast::*;
use crate::kept;

fn returned(condition: Condition, recordings: Recordings) -> Command {
    let clearing = (recordings == Recordings::Cleared).then(clearing);
    Command::ReturnDevice { returned: Return { condition, recordings, clearing, ..coming_in(mobile(1)) } }
}

fn back(condition: Condition, recordings: Recordings) -> Event {
    Event::DeviceReturned {
        device: mobile(1),
        holder: adult(okafor()),
        trip: Some(museum()),
        condition,
        storage: label("Office safe"),
        recordings,
        at: at(MORNING),
    }
}

fn recordings_on_it() -> Event {
    let reason = note("Recordings were still on it when it came back.").into();
    Event::DeviceQuarantined { device: mobile(1), reason }
}

fn clear() -> Command {
    Command::ReleaseFromQuarantine { device: mobile(1), storage: label("Office safe") }
}

fn cleared() -> Event {
    Event::QuarantineEnded { device: mobile(1), storage: label("Office safe") }
}

fn repair() -> Command {
    Command::RecordRepaired { device: mobile(1), storage: label("Office safe") }
}

fn repaired() -> Event {
    Event::DeviceRepaired { device: mobile(1), storage: label("Office safe") }
}

/// DEV-4: a return names the locked place; scanned twice, it is in once.
#[test]
fn a_device_comes_in_to_its_locked_place() {
    let story = after([out(1, okafor())])
        .when(take_in(mobile(1)))
        .then([back(Condition::Good, Recordings::None)])
        .when(take_in(mobile(1)))
        .nothing_happens();
    let custody = story.state.device(mobile(1)).map(|device| device.custody.clone());
    assert_eq!(custody, Some(Custody::InStore { storage: label("Office safe") }));
}

/// DEV-8: what is in nobody's hands doesn't come back.
#[test]
fn a_device_that_is_not_out_is_not_taken_in() {
    after([]).when(take_in(mobile(1))).refused(Refusal::NotIssued { device: mobile(1), tag: wm(1) });
    after([lost(1, None, None)])
        .when(take_in(mobile(1)))
        .refused(Refusal::IsLost { device: mobile(1), tag: wm(1) });
    after([]).when(take_in(mobile(9))).refused(Refusal::UnknownDevice { device: mobile(9) });
    let elsewhere =
        Command::ReturnDevice { returned: Return { storage: label("Annexe safe"), ..coming_in(mobile(1)) } };
    after([out(1, okafor()), came_in(1, okafor(), MORNING)])
        .when(elsewhere)
        .refused(Refusal::NotIssued { device: mobile(1), tag: wm(1) });
}

/// MEDIA-1, MEDIA-2: recordings kept on it put it into quarantine until it is cleared.
#[test]
fn a_device_with_recordings_waits_in_quarantine() {
    after([out(1, okafor())])
        .when(returned(Condition::Good, Recordings::Kept))
        .then([back(Condition::Good, Recordings::Kept), recordings_on_it()])
        .when(returned(Condition::Good, Recordings::Kept))
        .nothing_happens()
        .when(tray([issue(1, lind())]))
        .refused(Refusal::InQuarantine { device: mobile(1), tag: wm(1) })
        .when(clear())
        .refused(Refusal::RecordingsStillOn { device: mobile(1), tag: wm(1) })
        .hears(kept::recordings_cleared())
        .then([Event::RecordingsOffNoted { device: mobile(1) }, cleared()])
        .when(clear())
        .nothing_happens()
        .when(tray([issue(1, lind())]))
        .allowed();
    after([out(1, okafor())])
        .when(returned(Condition::Good, Recordings::Cleared))
        .then([back(Condition::Good, Recordings::Cleared), said_what_became()]);
}

fn said_what_became() -> Event {
    Event::RecordingsCleared {
        device: mobile(1),
        holder: adult(okafor()),
        trip: Some(museum()),
        clearing: clearing(),
        at: at(MORNING),
    }
}

/// MEDIA-1: which works computer has the recordings is asked at return.
#[test]
fn recordings_that_are_off_a_phone_are_somewhere() {
    let silent = Return { clearing: None, recordings: Recordings::Cleared, ..coming_in(mobile(1)) };
    let refusal = Refusal::NoClearing { device: mobile(1), tag: wm(1) };
    after([out(1, okafor())]).when(Command::ReturnDevice { returned: silent }).refused(refusal);
}

/// DEV-8: a damaged device is repaired before it goes out; what it was kept for needs another one.
#[test]
fn a_damaged_device_waits_for_its_repair() {
    let next_week = needs_with(|needs| needs.window = window("2026-11-27T09:00:00Z", "2026-11-27T15:00:00Z"));
    let kept = Event::DeviceReserved { device: mobile(1), trip: farm(), holder: adult(okafor()) };
    after([noted(farm(), next_week), kept, out(1, okafor())])
        .when(returned(Condition::Damaged, Recordings::None))
        .then([
            back(Condition::Damaged, Recordings::None),
            Event::ReservationReleased { device: mobile(1), trip: farm() },
        ])
        .when(tray([issue(1, lind())]))
        .refused(Refusal::IsDamaged { device: mobile(1), tag: wm(1) })
        .when(repair())
        .then([repaired()])
        .when(repair())
        .nothing_happens()
        .when(tray([issue(1, lind())]))
        .allowed();
}

/// DEV-8, MEDIA-2: damaged and with recordings on it, it is repaired and cleared, in this order.
#[test]
fn a_damaged_device_in_quarantine_is_repaired_then_cleared() {
    let still = Event::DeviceQuarantined {
        device: mobile(1),
        reason: note("It was in quarantine before its repair and isn't cleared yet.").into(),
    };
    after([out(1, okafor())])
        .when(returned(Condition::Damaged, Recordings::Kept))
        .then([back(Condition::Damaged, Recordings::Kept), recordings_on_it()])
        .when(clear())
        .refused(Refusal::IsDamaged { device: mobile(1), tag: wm(1) })
        .when(repair())
        .then([repaired(), still])
        .when(repair())
        .nothing_happens()
        .when(clear())
        .refused(Refusal::RecordingsStillOn { device: mobile(1), tag: wm(1) })
        .hears(kept::recordings_cleared())
        .then([Event::RecordingsOffNoted { device: mobile(1) }, cleared()]);
}

/// DEV-8: by hand, too, but only what is in store.
#[test]
fn a_device_in_store_is_put_into_quarantine() {
    let quarantine = Command::QuarantineDevice { device: mobile(1), reason: note("Recordings").into() };
    after([]).when(quarantine.clone()).then([quarantined(1)]).when(quarantine.clone()).nothing_happens();
    after([out(1, okafor())]).when(quarantine.clone()).refused(Refusal::InSomebodysHands {
        device: mobile(1),
        tag: wm(1),
        holder: adult(okafor()),
    });
    after(broken(1)).when(quarantine.clone()).then([quarantined(1)]);
    after([lost(1, None, None)]).when(quarantine).refused(Refusal::IsLost { device: mobile(1), tag: wm(1) });
}

/// DEV-8, INC-3: what isn't in quarantine or damaged isn't cleared or repaired, least of all what the police have.
#[test]
fn only_what_is_in_quarantine_is_cleared_and_what_is_damaged_repaired() {
    after([]).when(clear()).refused(Refusal::NotInQuarantine { device: mobile(1), tag: wm(1) });
    after([]).when(repair()).refused(Refusal::NotDamaged { device: mobile(1), tag: wm(1) });
    after([quarantined(1)]).when(repair()).refused(Refusal::NotDamaged { device: mobile(1), tag: wm(1) });
    after([police_have(1)]).when(clear()).refused(Refusal::IsWithPolice { device: mobile(1), tag: wm(1) });
}

/// DEV-4: what the desk reads off a phone's battery as it comes in is kept, and again when it goes out; without a look at
/// it nothing is said.
#[test]
fn a_charge_that_was_read_is_noted_before_the_hands_change() {
    let charge = Charge::new(34).expect("less than full");
    let noted = Event::ChargeNoted { device: mobile(1), charge, at: at(MORNING) };
    after([out(1, okafor())])
        .when(Command::ReturnDevice { returned: Return { charge: Some(charge), ..coming_in(mobile(1)) } })
        .then([noted, back(Condition::Good, Recordings::None)]);
}
