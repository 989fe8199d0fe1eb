//! Lost and found; with the police.

use devices::Custody;
use proto::v1::devices::*;

use crate::cast::*;

fn declare(number: u8) -> Command {
    Command::DeclareLost { device: mobile(number), note: note("On the coach").into() }
}

fn found() -> Command {
    Command::RecordFound { device: mobile(1), storage: label("Office safe") }
}

fn bar() -> Command {
    Command::RecordSimBarred { device: mobile(1) }
}

fn police(reference: &str) -> Command {
    Command::HandToPolice { device: mobile(1), reference: label(reference) }
}

/// DEV-8, DEV-9: a named person declares it, the event tells IT to bar the SIM, and IT's word is kept.
#[test]
fn a_lost_device_has_its_sim_barred() {
    let story = after([out(1, okafor())])
        .when(declare(1))
        .then([lost(1, Some(okafor()), Some(museum()))])
        .when(declare(1))
        .nothing_happens()
        .when(bar())
        .then([Event::SimBarred { device: mobile(1) }])
        .when(bar())
        .nothing_happens();
    let custody = story.state.device(mobile(1)).map(|device| device.custody.clone());
    assert_eq!(custody, Some(Custody::Lost { sim_barred: true }));
}

/// DEV-9
#[test]
fn only_a_named_person_declares_a_device_lost() {
    after([out(1, okafor())]).by(client()).when(declare(1)).refused(Refusal::NamedPersonNeeded {});
}

/// DEV-6, DEV-8: lost from the safe, too; what it was kept for needs another one.
#[test]
fn a_device_missing_from_the_safe_is_lost_and_kept_for_nobody() {
    let kept = Event::DeviceReserved { device: mobile(1), trip: museum(), holder: adult(okafor()) };
    after([kept])
        .when(declare(1))
        .then([lost(1, None, None), Event::ReservationReleased { device: mobile(1), trip: museum() }]);
}

/// INC-3, DEV-8
#[test]
fn what_the_police_have_or_is_retired_is_not_lost() {
    after([police_have(1)]).when(declare(1)).refused(Refusal::IsWithPolice { device: mobile(1), tag: wm(1) });
    after([Event::DeviceRetired { device: mobile(1) }])
        .when(declare(1))
        .refused(Refusal::IsRetired { device: mobile(1), tag: wm(1) });
}

/// DEV-1, DEV-8: found, it is in store, and its passcode is looked at again before it goes out.
#[test]
fn a_device_that_turned_up_needs_its_passcode_confirmed_again() {
    let passcode =
        Refusal::PasscodeNotConfirmed { device: mobile(1), tag: wm(1), max_days: 90, confirmed_at: None };
    after([lost(1, None, None)])
        .when(found())
        .then([Event::DeviceFound { device: mobile(1), storage: label("Office safe") }])
        .when(found())
        .nothing_happens()
        .when(tray([issue(1, okafor())]))
        .refused(passcode);
}

/// DEV-8: nobody could be reached on a barred SIM: it waits in quarantine until IT restored it.
#[test]
fn a_device_with_a_barred_sim_is_found_into_quarantine() {
    let reason = note("Its SIM was barred when it was lost: IT must restore it first.").into();
    after([lost(1, None, None), Event::SimBarred { device: mobile(1) }])
        .when(found())
        .then([
            Event::DeviceFound { device: mobile(1), storage: label("Office safe") },
            Event::DeviceQuarantined { device: mobile(1), reason },
        ])
        .when(found())
        .nothing_happens();
}

/// DEV-8
#[test]
fn what_is_not_lost_is_neither_found_nor_barred() {
    after([]).when(found()).refused(Refusal::NotLost { device: mobile(1), tag: wm(1) });
    after([]).when(bar()).refused(Refusal::NotLost { device: mobile(1), tag: wm(1) });
}

/// INC-3: custody goes to the police, with their reference, by a named person; it can't be issued or handed on again.
#[test]
fn a_device_goes_to_the_police() {
    let taken = Event::DeviceWithPolice { device: mobile(1), trip: Some(museum()), reference: label("CR/1") };
    let kept = Refusal::IsWithPolice { device: mobile(1), tag: wm(1) };
    after([out(1, okafor())])
        .by(client())
        .when(police("CR/1"))
        .refused(Refusal::NamedPersonNeeded {})
        .by_person(tan())
        .when(police("CR/1"))
        .then([taken])
        .when(police("CR/1"))
        .nothing_happens()
        .when(police("CR/2"))
        .refused(kept.clone())
        .when(take_in(mobile(1)))
        .refused(kept.clone())
        .when(Command::HandOverDevice { device: mobile(1), to: adult(lind()) })
        .refused(kept);
    after([Event::DeviceRetired { device: mobile(1) }])
        .when(police("CR/1"))
        .refused(Refusal::IsRetired { device: mobile(1), tag: wm(1) });
}
