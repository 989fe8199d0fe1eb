//! A device changes hands.

use proto::v1::devices::*;

use crate::cast::*;

fn hand(number: u8, to: Holder) -> Command {
    Command::HandOverDevice { device: mobile(number), to }
}

fn handed(number: u8, from: Holder, to: Holder) -> Event {
    Event::DeviceHandedOver { device: mobile(number), from, to, trip: Some(museum()) }
}

/// DEV-8: every change of hands is recorded.
#[test]
fn a_device_is_handed_over_on_a_trip() {
    let story = after([out(1, okafor())])
        .when(hand(1, adult(lind())))
        .then([handed(1, adult(okafor()), adult(lind()))])
        .when(hand(1, adult(lind())))
        .nothing_happens();
    assert_eq!(story.state.device(mobile(1)).and_then(|d| d.holder()), Some(adult(lind())));
}

/// DEV-2, DEV-3, DEV-5, DEV-7, DEV-8: whoever gets it could have been issued it.
#[test]
fn a_device_is_handed_only_to_somebody_who_may_hold_it() {
    let story = || after([out(1, okafor())]);
    story().when(hand(1, pupil(noor()))).refused(Refusal::WorkMobileForPupil { device: mobile(1) });
    story().when(hand(1, adult(tan()))).refused(Refusal::NotOnForm { person: tan() });
    story().when(hand(1, adult(stranger()))).refused(Refusal::UnknownPerson { person: stranger() });
    after([out(1, okafor()), person(lind(), HolderStanding { authorised: false, ..trusted() })])
        .when(hand(1, adult(lind())))
        .refused(Refusal::NotAuthorised { person: lind() });
    after([out(1, okafor()), person(lind(), HolderStanding { agreement: None, ..trusted() })])
        .when(hand(1, adult(lind())))
        .refused(Refusal::AgreementNotAccepted { person: lind(), version: 1 });
    after([out(1, okafor()), out(2, lind())])
        .when(hand(1, adult(lind())))
        .refused(Refusal::HoldsAnother { holder: adult(lind()), device: mobile(2) });
    after([]).when(hand(1, adult(lind()))).refused(Refusal::NotIssued { device: mobile(1), tag: wm(1) });
}

/// DEV-8: a spare may be carried besides one's own, and handed on.
#[test]
fn a_spare_is_handed_to_somebody_who_holds_another() {
    after([out(5, okafor()), out(2, lind())]).when(hand(5, adult(lind()))).then([handed(
        5,
        adult(okafor()),
        adult(lind()),
    )]);
}

/// DEV-7: a member of staff collects a pupil's phone on the coach and may give it back.
#[test]
fn a_pupils_phone_is_collected_and_given_back() {
    let to = |to| Command::HandOverDevice { device: basic(1), to };
    let story = after([out_to_noor(), out(1, okafor())]).when(to(adult(okafor()))).allowed();
    story.when(to(pupil(sol()))).refused(Refusal::PupilNotOnForm { pupil: sol() });
    after([out_to_noor()])
        .when(to(adult(stranger())))
        .refused(Refusal::UnknownPerson { person: stranger() })
        .when(to(adult(okafor())))
        .allowed()
        .when(to(pupil(noor())))
        .then([Event::DeviceHandedOver {
            device: basic(1),
            from: adult(okafor()),
            to: pupil(noor()),
            trip: Some(museum()),
        }]);
}

/// DEV-8: a permanent issue goes over for good, to somebody who may have it for good.
#[test]
fn a_permanent_issue_is_handed_over_for_good() {
    after([for_good(1, okafor())])
        .when(hand(1, adult(tan())))
        .then([Event::DeviceHandedOver {
            device: mobile(1),
            from: adult(okafor()),
            to: adult(tan()),
            trip: None,
        }])
        .when(hand(1, pupil(noor())))
        .refused(Refusal::WorkMobileForPupil { device: mobile(1) });
    let until = at("2026-11-20T16:00:00Z");
    after([for_good(1, okafor()), person(tan(), HolderStanding { until: Some(until), ..trusted() })])
        .when(hand(1, adult(tan())))
        .refused(Refusal::AuthorisedForATimeOnly { person: tan(), until });
    after([for_good(1, okafor()), for_good(2, tan())])
        .when(hand(1, adult(tan())))
        .refused(Refusal::HoldsAnother { holder: adult(tan()), device: mobile(2) });
}

/// DEV-5: while it is in hand for a trip it stays with somebody on that trip's form.
#[test]
fn a_permanent_issue_in_hand_for_a_trip_stays_on_it() {
    let word = Event::InHandConfirmed { device: mobile(1), person: okafor(), trip: museum() };
    after([for_good(1, okafor()), word])
        .when(hand(1, adult(tan())))
        .refused(Refusal::NotOnForm { person: tan() });
}
