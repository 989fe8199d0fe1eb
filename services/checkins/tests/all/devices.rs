//! Devices of the trip come, go, change hands.

use checkins::Checkins;
use decider::kit::given;
use proto::ids::{DeviceId, PersonId};
use proto::v1::checkins::{Event, Refusal, Word};
use proto::v1::devices::{Condition, Event as Devices, Holder, Recordings};

use crate::cast::*;

fn noted(device: DeviceId, person: Option<PersonId>, pupil: bool, with_trip: bool) -> Event {
    Event::TripDeviceNoted { trip: museum(), device, person, pupil, with_trip }
}

fn issued(device: DeviceId, holder: Holder) -> Devices {
    Devices::DeviceIssued { device, holder, trip: Some(museum()), reason: None, at: t("08:40") }
}

fn brought_back(device: DeviceId, holder: Holder) -> Devices {
    Devices::DeviceReturned {
        device,
        holder,
        trip: Some(museum()),
        condition: Condition::Good,
        storage: label("Safe"),
        recordings: Recordings::None,
        at: t("08:50"),
    }
}

/// DEV-8: what devices says of a trip's phones is noted when it changes something.
#[test]
fn changes_of_hands_are_noted_once() {
    let story = out(&party()).at_clock("09:10");
    let story = story.hears(issued(anns_phone(), Holder::Person(ann()))).nothing_happens();
    let story = story.hears(issued(spare_phone(), Holder::Person(cat())));
    let story = story.then([noted(spare_phone(), Some(cat()), false, true)]);
    let handed = Devices::DeviceHandedOver {
        device: spare_phone(),
        from: Holder::Person(cat()),
        to: Holder::Pupil(pupil()),
        trip: Some(museum()),
    };
    let story = story.hears(handed.clone()).then([noted(spare_phone(), None, true, true)]);
    let story = story.hears(handed).nothing_happens();
    let back = brought_back(spare_phone(), Holder::Pupil(pupil()));
    let story = story.hears(back.clone()).then([noted(spare_phone(), None, true, false)]);
    let story = story.hears(back).nothing_happens();
    let police = Devices::DeviceWithPolice {
        device: bens_phone(),
        trip: Some(museum()),
        reference: label("Crime 12"),
    };
    story.hears(police).then([noted(bens_phone(), None, false, false)]);
}

/// DEV-8: whoever was handed the phone speaks with it.
#[test]
fn whoever_was_handed_the_phone_speaks_with_it() {
    let handed = Devices::DeviceHandedOver {
        device: cats_phone(),
        from: Holder::Person(cat()),
        to: Holder::Person(ben()),
        trip: Some(museum()),
    };
    let story = out(&party()).at_clock("09:28").hears(handed).allowed();
    let press = press("09:28", Word::Ok).by_phone(cats_phone()).command();
    story.by(by_api()).when(press).then_events(|events| {
        assert!(matches!(events, [Event::CheckedIn { group, .. }] if *group == badgers()), "{events:?}");
    });
}

/// DEV-5: a permanent issue is with the trip on its holder's word; news of it that names no trip is for those trips.
#[test]
fn a_permanent_issue_is_with_the_trip_it_was_confirmed_for() {
    let permanent = Devices::DeviceIssued {
        device: spare_phone(),
        holder: Holder::Person(cat()),
        trip: None,
        reason: None,
        at: t("08:00"),
    };
    let confirmed = Devices::InHandConfirmed { device: spare_phone(), person: cat(), trip: museum() };
    let lost = Devices::DeviceLost {
        device: spare_phone(),
        holder: Some(Holder::Person(cat())),
        trip: None,
        note: note("On the tram"),
    };
    let story = out(&party()).at_clock("09:10").hears(permanent).nothing_happens();
    let story = story.hears(lost.clone()).nothing_happens();
    let story = story.hears(confirmed).then([noted(spare_phone(), Some(cat()), false, true)]);
    let story = story.hears(lost).then([noted(spare_phone(), None, false, false)]);
    let refusal = Refusal::NotWithTrip { device: spare_phone() };
    let press = press("09:10", Word::Ok).by_phone(spare_phone()).for_group(otters()).command();
    story.by(by_api()).when(press).refused(refusal);
}

/// DEV-8: what was noted before departure counts: devices' own word is newer than the party's.
#[test]
fn devices_noted_before_departure_count() {
    let story = given::<Checkins>([]).at_clock("08:40");
    let story = story.hears(issued(spare_phone(), Holder::Person(cat()))).allowed();
    let story = story.hears(issued(cats_phone(), Holder::Person(cat()))).allowed();
    let story = story.hears(brought_back(cats_phone(), Holder::Person(cat()))).allowed();
    let story = story.at_clock("09:00").hears(departed(&party())).allowed().at_clock("09:28").by(by_api());
    let entry = press("09:28", Word::Ok).for_group(otters());
    let refusal = Refusal::NotWithTrip { device: cats_phone() };
    let story = story.when(entry.clone().by_phone(cats_phone()).command()).refused(refusal);
    story.when(entry.by_phone(spare_phone()).command()).allowed();
}

/// News of devices that a trip doesn't turn on yields nothing.
#[test]
fn other_news_of_devices_yields_nothing() {
    let story = out(&party()).at_clock("09:10");
    let others = [
        Devices::PasscodeConfirmed { device: anns_phone(), at: t("08:00") },
        Devices::SimBarred { device: spare_phone() },
        Devices::OvernightAgreed { device: anns_phone(), trip: museum(), until: t("20:00"), by: dee() },
        Devices::IssuingStopped { trip: museum(), out: [anns_phone()].into() },
        Devices::TripDevicesSettled { trip: museum(), settled: vec![] },
        brought_back(spare_phone(), Holder::Person(cat())),
    ];
    others.into_iter().fold(story, |story, event| story.hears(event).nothing_happens());
}
