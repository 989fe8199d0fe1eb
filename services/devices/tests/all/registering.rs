//! Onto the register, its passcode, off the register.

use proto::v1::devices::*;
use proto::values::PhoneNumber;

use crate::cast::*;

fn register(number: u8) -> Command {
    Command::RegisterDevice {
        device: mobile(number),
        kind: DeviceKind::WorkMobile,
        handset: Handset::Smart,
        owner: Owner::School,
        tag: wm(number),
        number: number_of(number),
        imei: Some(imei()),
        storage: label("Office safe"),
    }
}

fn with_imei(number: u8) -> Event {
    let Event::DeviceRegistered { device, kind, handset, owner, tag, number, storage, .. } =
        registered(number)
    else {
        unreachable!("the cast registers devices")
    };
    Event::DeviceRegistered { device, kind, handset, owner, tag, number, imei: Some(imei()), storage }
}

/// DEV-8: a device is on the register under a tag, a number and an IMEI of its own.
#[test]
fn a_device_is_registered_once() {
    after([]).when(register(7)).then([with_imei(7)]).when(register(7)).nothing_happens();
}

/// DEV-8
#[test]
fn another_device_under_the_same_id_is_refused() {
    let Command::RegisterDevice { kind, handset, owner, number, imei, storage, .. } = register(7) else {
        unreachable!("it registers")
    };
    let other = Command::RegisterDevice {
        device: mobile(1),
        kind,
        handset,
        owner,
        tag: wm(7),
        number,
        imei,
        storage,
    };
    after([]).when(other).refused(Refusal::DeviceExists { device: mobile(1) });
    let retired = after([Event::DeviceRetired { device: mobile(1) }]);
    let again = match register(1) {
        Command::RegisterDevice { device, kind, handset, owner, tag, number, storage, .. } => {
            Command::RegisterDevice { device, kind, handset, owner, tag, number, imei: None, storage }
        }
        other => other,
    };
    retired.when(again).refused(Refusal::DeviceExists { device: mobile(1) });
}

fn marked(change: impl FnOnce(&mut proto::values::AssetTag, &mut PhoneNumber)) -> Command {
    let Command::RegisterDevice { device, kind, handset, owner, mut tag, mut number, imei, storage } =
        register(8)
    else {
        unreachable!("it registers")
    };
    change(&mut tag, &mut number);
    Command::RegisterDevice { device, kind, handset, owner, tag, number, imei, storage }
}

/// DEV-8: tags, numbers and IMEIs are unique; FORM-3: a work mobile has a mobile number.
#[test]
fn a_tag_a_number_and_an_imei_of_another_device_and_a_landline_are_refused() {
    let story = || after([with_imei(7)]);
    story().when(marked(|tag, _| *tag = wm(1))).refused(Refusal::TagTaken { tag: wm(1), by: mobile(1) });
    story().when(marked(|_, number| *number = number_of(2))).refused(Refusal::NumberTaken { by: mobile(2) });
    story().when(marked(|_, _| {})).refused(Refusal::ImeiTaken { by: mobile(7) });
    let landline = PhoneNumber::parse("01632 960001").expect("a drama number");
    story().when(marked(|_, number| *number = landline)).refused(Refusal::NotAMobile {});
}

/// DEV-8: tag, number and IMEI of a retired device may go to another one.
#[test]
fn a_retired_device_gives_its_tag_and_number_up() {
    let story = after([with_imei(7)]).when(Command::RetireDevice { device: mobile(7) });
    let story = story.then([Event::DeviceRetired { device: mobile(7) }]);
    assert_eq!(story.state.by_number(&number_of(7)), None);
    let story = story
        .when(marked(|tag, number| (*tag, *number) = (wm(7), number_of(7))))
        .allowed()
        .when(Command::RetireDevice { device: mobile(7) })
        .nothing_happens();
    assert_eq!(story.state.by_tag(&wm(7)), Some(mobile(8)));
}

/// DEV-8
#[test]
fn what_is_out_or_in_quarantine_is_not_retired() {
    let retire = |number| Command::RetireDevice { device: mobile(number) };
    after([out(1, okafor())])
        .when(retire(1))
        .refused(Refusal::OutOnATrip { device: mobile(1), trip: museum() });
    after([for_good(1, tan())]).when(retire(1)).refused(Refusal::InSomebodysHands {
        device: mobile(1),
        tag: wm(1),
        holder: adult(tan()),
    });
    after([quarantined(1)]).when(retire(1)).refused(Refusal::InQuarantine { device: mobile(1), tag: wm(1) });
    after([]).when(retire(9)).refused(Refusal::UnknownDevice { device: mobile(9) });
}

/// DEV-6: what was kept for a trip is free for another device when it is retired.
#[test]
fn retiring_gives_reservations_up() {
    let kept = Event::DeviceReserved { device: mobile(1), trip: museum(), holder: adult(okafor()) };
    after([kept]).when(Command::RetireDevice { device: mobile(1) }).then([
        Event::ReservationReleased { device: mobile(1), trip: museum() },
        Event::DeviceRetired { device: mobile(1) },
    ]);
}

/// DEV-1: a confirmation is kept with its time; not of a device that nobody has at hand.
#[test]
fn a_passcode_is_confirmed_on_a_device_that_is_at_hand() {
    let confirm = Command::ConfirmPasscode { device: mobile(1) };
    after([])
        .when(confirm.clone())
        .then([Event::PasscodeConfirmed { device: mobile(1), at: at(MORNING) }])
        .when(confirm.clone())
        .nothing_happens();
    after([lost(1, None, None)])
        .when(confirm.clone())
        .refused(Refusal::IsLost { device: mobile(1), tag: wm(1) });
    after([police_have(1)])
        .when(confirm.clone())
        .refused(Refusal::IsWithPolice { device: mobile(1), tag: wm(1) });
    after([Event::DeviceRetired { device: mobile(1) }])
        .when(confirm)
        .refused(Refusal::IsRetired { device: mobile(1), tag: wm(1) });
}
