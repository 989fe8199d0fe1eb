//! A device for good, and its holder's word that it is in hand.

use proto::envelope::Actor;
use proto::v1::devices::*;

use crate::cast::*;

fn give(number: u8) -> Command {
    Command::IssuePermanently { device: mobile(number), person: okafor() }
}

fn confirm(number: u8) -> Command {
    Command::ConfirmInHand { device: mobile(number), trip: museum() }
}

fn in_hand(number: u8) -> Event {
    Event::InHandConfirmed { device: mobile(number), person: okafor(), trip: museum() }
}

/// DEV-8
#[test]
fn a_device_is_issued_for_good_once() {
    after([]).when(give(1)).then([for_good(1, okafor())]).when(give(1)).nothing_happens();
    after([for_good(1, okafor())])
        .when(give(2))
        .refused(Refusal::HoldsAnother { holder: adult(okafor()), device: mobile(1) });
    after([for_good(1, lind())]).when(give(1)).refused(Refusal::InSomebodysHands {
        device: mobile(1),
        tag: wm(1),
        holder: adult(lind()),
    });
}

/// DEV-1, DEV-2, DEV-3, DEV-5: the same rules hold for good as for a day.
#[test]
fn a_permanent_issue_keeps_the_rules_of_any_issue() {
    let standing = |standing| after([person(okafor(), standing)]).when(give(1));
    standing(HolderStanding { authorised: false, ..trusted() })
        .refused(Refusal::NotAuthorised { person: okafor() });
    standing(HolderStanding { agreement: None, ..trusted() })
        .refused(Refusal::AgreementNotAccepted { person: okafor(), version: 1 });
    let until = at("2026-11-20T16:00:00Z");
    standing(HolderStanding { until: Some(until), ..trusted() })
        .refused(Refusal::AuthorisedForATimeOnly { person: okafor(), until });
    after([])
        .when(Command::IssuePermanently { device: basic(1), person: okafor() })
        .refused(Refusal::BasicPhoneForStaff { device: basic(1), person: okafor() });
    after([]).at("2027-06-01T09:00:00Z").when(give(1)).refused(Refusal::PasscodeNotConfirmed {
        device: mobile(1),
        tag: wm(1),
        max_days: 90,
        confirmed_at: Some(at("2026-11-02T09:00:00Z")),
    });
}

/// DEV-5: on permanent issue the holder's word is enough; that phone may say so itself.
#[test]
fn a_permanent_issue_is_in_hand_on_its_holders_word() {
    let story = after([for_good(1, okafor())])
        .by_person(okafor())
        .when(confirm(1))
        .then([in_hand(1)])
        .when(confirm(1))
        .nothing_happens();
    assert_eq!(devices::out_of_trip(&story.state, museum()), [mobile(1)].into());
    after([for_good(1, okafor())]).by(Actor::Device(mobile(1))).when(confirm(1)).then([in_hand(1)]);
    let others = [Actor::Device(mobile(2)), client()];
    for other in others {
        after([for_good(1, okafor())]).by(other).when(confirm(1)).refused(Refusal::NamedPersonNeeded {});
    }
}

/// DEV-5
#[test]
fn only_a_permanent_issue_of_somebody_on_the_form_is_confirmed() {
    let story = |event| after([event]).when(confirm(1));
    story(out(1, okafor())).refused(Refusal::NotOnPermanentIssue { device: mobile(1) });
    story(for_good(1, tan())).refused(Refusal::NotOnForm { person: tan() });
    story(lost(1, None, None)).refused(Refusal::IsLost { device: mobile(1), tag: wm(1) });
    after([for_good(1, okafor())])
        .when(Command::ConfirmInHand { device: mobile(1), trip: nowhere() })
        .refused(Refusal::UnknownTrip { trip: nowhere() });
    after([for_good(1, okafor())])
        .when(tray([issue(2, okafor())]))
        .allowed()
        .when(confirm(1))
        .refused(Refusal::HoldsAnother { holder: adult(okafor()), device: mobile(2) });
}

/// DEV-2: who was authorised once may no longer be.
#[test]
fn the_word_of_somebody_no_longer_authorised_is_refused() {
    let withdrawn = person(okafor(), HolderStanding { authorised: false, ..trusted() });
    after([for_good(1, okafor()), withdrawn])
        .when(confirm(1))
        .refused(Refusal::NotAuthorised { person: okafor() });
}

/// DEV-9: back at school the holder's word is asked again; it settles the device.
#[test]
fn a_permanent_issue_is_settled_by_its_holders_word_at_the_return() {
    after([for_good(1, okafor()), in_hand(1)])
        .at(BACK)
        .hears(crate::hearing::returned())
        .then([
            noted(museum(), returning()),
            Event::IssuingStopped { trip: museum(), out: [mobile(1)].into() },
        ])
        .when(confirm(1))
        .then([in_hand(1), settled([(mobile(1), Settlement::PermanentIssue)])])
        .when(confirm(1))
        .nothing_happens();
}

/// DEV-9: what wasn't with the trip isn't confirmed when it is back.
#[test]
fn nothing_is_confirmed_late() {
    after([for_good(1, okafor())].into_iter().chain(back([])))
        .when(confirm(1))
        .refused(Refusal::IssuingHasStopped { trip: museum() });
}
