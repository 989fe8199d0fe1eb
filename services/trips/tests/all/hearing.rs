//! What is heard of people, devices, contacts and checkins.

use decider::kit::given;
use decider::{Context, News, Policy, Service};
use proto::envelope::{Actor, Hash};
use proto::ids::PersonId;
use proto::topics::ServiceName;
use proto::v1::devices::{Condition, DeviceKind, Handset, Holder, Owner, Recordings};
use proto::v1::people::{Role, Standing};
use proto::v1::trips::*;
use proto::v1::{AnyEvent, checkins, contacts, devices, people};
use proto::values::{AssetTag, Name, Personal, SchoolZone};
use trips::Trips;

use crate::cast::*;

fn name() -> Personal<Name> {
    "Ms Green".parse::<Name>().expect("a name").into()
}

fn added(person: PersonId, roles: &[Role]) -> people::Event {
    people::Event::PersonAdded {
        person,
        name: name(),
        standing: Standing::Trust,
        roles: roles.iter().copied().collect(),
    }
}

fn noted(person: PersonId, here: bool, senior: bool, head: bool) -> Event {
    Event::PersonNoted { person, here, senior, head }
}

/// FORM-2: whoever has the senior role authorises, of the trust or council too; the head is one of them.
#[test]
fn seniors_and_heads_are_noted() {
    let p = stranger();
    let story = given::<Trips>([]).hears(added(p, &[Role::Office])).then([noted(p, true, false, false)]);
    let story = story.hears(added(p, &[Role::Office])).nothing_happens();
    let changed = |roles: &[Role]| people::Event::PersonChanged {
        person: p,
        name: Personal::blanked(),
        standing: Standing::Staff,
        roles: roles.iter().copied().collect(),
    };
    let story = story.hears(changed(&[Role::Senior])).then([noted(p, true, true, false)]);
    let story = story.hears(changed(&[Role::Head])).then([noted(p, true, true, true)]);
    let left = || people::Event::PersonLeft { person: p };
    story.hears(left()).then([noted(p, false, false, false)]).hears(left()).nothing_happens();
    given::<Trips>([]).hears(left()).nothing_happens();
}

#[test]
fn what_does_not_concern_forms_is_passed_over() {
    let story = given::<Trips>(drafted());
    let story =
        story.hears(people::Event::HolderAuthorised { person: lind(), until: None }).nothing_happens();
    let story = story
        .hears(devices::Event::PasscodeConfirmed { device: mobile(1), at: at(DEPARTURE) })
        .nothing_happens();
    let story =
        story.hears(contacts::Event::BaseUnheld { trip: museum(), since: at(DEPARTURE) }).nothing_happens();
    story.hears(checkins::Event::PoliceDue { trip: museum(), at: at(DEPARTURE) }).nothing_happens();
    assert!(!Trips::HEARS.contains(&ServiceName::Gateway));
}

fn registered(kind: DeviceKind) -> devices::Event {
    devices::Event::DeviceRegistered {
        device: mobile(9),
        kind,
        handset: Handset::Button,
        owner: Owner::Host,
        tag: AssetTag::parse("WM-009").expect("a tag"),
        number: number_of(9),
        imei: None,
        storage: label("Safe"),
    }
}

fn ninth(held_by: Option<PersonId>, in_service: bool) -> Event {
    Event::WorkMobileNoted {
        device: mobile(9),
        number: number_of(9),
        in_service,
        held_by,
        for_trip: held_by.map(|_| museum()),
        permanent: false,
        retired: false,
    }
}

fn issue(holder: Holder, device: u8) -> devices::Event {
    devices::Event::DeviceIssued {
        device: if device == 0 { basic_phone() } else { mobile(device) },
        holder,
        trip: Some(museum()),
        reason: None,
        at: at(DEPARTURE),
    }
}

fn returned(condition: Condition, recordings: Recordings) -> devices::Event {
    devices::Event::DeviceReturned {
        device: mobile(9),
        holder: Holder::Person(lind()),
        trip: Some(museum()),
        condition,
        storage: label("Safe"),
        recordings,
        at: at(DEPARTURE),
    }
}

/// FORM-3, DEV-5: a work mobile from the register to hands and back, lent for the day or not.
#[test]
fn a_work_mobile_is_followed_from_hand_to_hand() {
    let story = given::<Trips>(drafted()).hears(registered(DeviceKind::WorkMobile)).then([ninth(None, true)]);
    let story = story.hears(registered(DeviceKind::WorkMobile)).nothing_happens();
    let story = story.hears(issue(Holder::Person(lind()), 9)).then([ninth(Some(lind()), true)]);
    let story = story.hears(issue(Holder::Person(lind()), 9)).nothing_happens();
    let handed_over = devices::Event::DeviceHandedOver {
        device: mobile(9),
        from: Holder::Person(lind()),
        to: Holder::Person(abara()),
        trip: Some(museum()),
    };
    let story = story.hears(handed_over).then([ninth(Some(abara()), true)]);
    let story = story.hears(returned(Condition::Good, Recordings::Cleared)).then([ninth(None, true)]);
    let story = story.hears(returned(Condition::Good, Recordings::Cleared)).nothing_happens();
    let story = story.hears(issue(Holder::Person(lind()), 9)).allowed();
    let story = story.hears(returned(Condition::Damaged, Recordings::None)).then([ninth(None, false)]);
    let repaired = devices::Event::DeviceRepaired { device: mobile(9), storage: label("Safe") };
    let story = story.hears(repaired).then([ninth(None, true)]);
    let story = story.hears(issue(Holder::Person(lind()), 9)).allowed();
    let story = story.hears(returned(Condition::Good, Recordings::Kept)).then([ninth(None, false)]);
    let cleared = devices::Event::QuarantineEnded { device: mobile(9), storage: label("Safe") };
    story.hears(cleared).then([ninth(None, true)]);
}

/// INC-3, FORM-3: with the police, or retired, it is out of service; retired, its number is nobody's.
#[test]
fn a_phone_with_the_police_or_retired_is_out_of_service() {
    let police = devices::Event::DeviceWithPolice { device: mobile(3), trip: None, reference: label("CR/1") };
    let story = given::<Trips>(drafted()).hears(police).allowed();
    assert!(!story.state.work_mobile(mobile(3)).unwrap().in_service);
    let story = story.hears(devices::Event::DeviceRetired { device: mobile(3) }).allowed();
    assert!(story.state.registered(&number_of(3)).is_none());
    story.hears(devices::Event::DeviceRetired { device: mobile(3) }).nothing_happens();
}

/// DEV-5: a permanent issue, and the holder's word for a trip.
#[test]
fn a_permanent_issue_is_in_hand_on_the_holders_word() {
    let permanently = devices::Event::DeviceIssued {
        device: mobile(3),
        holder: Holder::Person(abara()),
        trip: None,
        reason: None,
        at: at(DEPARTURE),
    };
    let in_hand = || devices::Event::InHandConfirmed { device: mobile(3), person: abara(), trip: museum() };
    let story = given::<Trips>(drafted()).hears(permanently).allowed();
    assert!(!story.state.work_mobile(mobile(3)).unwrap().is_in_hand(abara(), museum()));
    let story = story.hears(in_hand()).allowed();
    assert!(story.state.work_mobile(mobile(3)).unwrap().is_in_hand(abara(), museum()));
    story.hears(in_hand()).nothing_happens();
}

/// DEV-7: a basic phone is noted in a pupil's hands, and when it leaves them; in store it is nobody's business here.
#[test]
fn a_basic_phone_is_noted_in_a_pupils_hands() {
    let story = given::<Trips>(drafted()).hears(registered(DeviceKind::BasicPhone)).nothing_happens();
    let story = story.hears(issue(Holder::Pupil(noor()), 0)).then([pupil_phone(true)]);
    let story = story.hears(issue(Holder::Pupil(noor()), 0)).nothing_happens();
    let lost = || devices::Event::DeviceLost {
        device: basic_phone(),
        holder: Some(Holder::Pupil(noor())),
        trip: Some(museum()),
        note: Personal::blanked(),
    };
    story.hears(lost()).then([pupil_phone(false)]).hears(lost()).nothing_happens();
    given::<Trips>(the_school()).hears(issue(Holder::Pupil(noor()), 0)).nothing_happens();
}

/// FORM-8: coverage is noted for the form as it is, of a trip that is known and not over.
#[test]
fn coverage_is_noted_for_the_form_as_it_is() {
    let assessed = |form_hash, gaps| contacts::Event::CoverageAssessed {
        trip: museum(),
        form_hash,
        gaps,
        at: at(DEPARTURE),
    };
    let gaps = vec![contacts::CoverageGap::NoLine { window: form().window }];
    let story = given::<Trips>(drafted()).hears(assessed(hash(), vec![])).then([covered()]);
    let story = story.hears(assessed(hash(), vec![])).nothing_happens();
    let story = story.hears(assessed(Hash::of(b"an earlier form"), gaps.clone())).nothing_happens();
    story.hears(assessed(hash(), gaps.clone())).then([Event::CoverageNoted {
        trip: museum(),
        form_hash: hash(),
        gaps: gaps.clone(),
    }]);
    given::<Trips>(the_school()).hears(assessed(hash(), vec![])).nothing_happens();
    let cancelled = Event::TripCancelled { trip: museum(), reason: note("Snow") };
    given::<Trips>(drafted().into_iter().chain([cancelled])).hears(assessed(hash(), gaps)).nothing_happens();
}

/// CHECK-5: a release is counted once, though it be heard again when the listener grows.
#[test]
fn a_release_is_counted_once() {
    let event: AnyEvent = checkins::Event::ReleaseRecorded {
        trip: museum(),
        group: red(),
        pupils: pupils(2),
        to_whom: Personal::blanked(),
        checked_how: label("Password"),
        agreed_by: tan(),
        expected: pupils(14),
    }
    .into();
    let mut state = given::<Trips>(departed()).state;
    let actor = Actor::Service(ServiceName::Checkins);
    let context = Context {
        now: at(DEPARTURE),
        actor: &actor,
        cause: Default::default(),
        zone: &SchoolZone::london(),
        policy: &Policy::default(),
    };
    let news = |history| News { event: &event, recorded_at: at(DEPARTURE), sequence: 41, history };
    let heard = Trips::hear(&state, &news(false), &context);
    assert_eq!(heard, [Event::ReleaseNoted { trip: museum(), pupils: pupils(2), heard: 41 }]);
    heard.iter().for_each(|event| Trips::evolve(&mut state, event));
    assert_eq!(state.trip(museum()).unwrap().released, pupils(2));
    assert_eq!(Trips::hear(&state, &news(true), &context), []);
    given::<Trips>(drafted()).hears(event).nothing_happens();
}

/// An event whose personal parts were blanked leads to the same state, and the trip goes on with it.
#[test]
fn blanked_parts_are_accepted() {
    let mut blanked = form();
    blanked.volunteers[0].name = Personal::blanked();
    blanked.pupil_phones[0].name = Personal::blanked();
    blanked.pupil_phones[0].reason = Personal::blanked();
    let events = ready().into_iter().map(|event| match event {
        Event::DraftSaved { trip, form_hash, .. } => {
            Event::DraftSaved { trip, form_hash, form: Box::new(blanked.clone()) }
        }
        other => other,
    });
    given::<Trips>(events).at(DEPARTURE).when(depart()).then([departure()]);
}

/// Whatever comes, in whatever order, is taken: an event of a trip that isn't known changes nothing.
#[test]
fn events_of_unknown_trips_are_taken() {
    let of_trip = departed()
        .into_iter()
        .filter(|e| Trips::trip_of(e).is_some() && !matches!(e, Event::DraftSaved { .. }));
    let story = given::<Trips>(of_trip);
    assert!(story.state.trip(museum()).is_none());
}
