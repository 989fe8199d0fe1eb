//! Pupils' own phones, pouch by pouch. [PERS-1, PERS-4]

use std::collections::BTreeSet;

use decider::kit::Story;
use proto::envelope::Actor;
use proto::ids::{ClientId, PersonId};
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, Event, HandIn, KnownTrip, MAX_POUCH, PutAway, Refusal, TripStands};
use proto::values::Personal;
use safeguarding::Safeguarding;

use crate::cast::{at, colin, day, ines, karin, label, museum, noting, pat, ruth, school};

fn phone(pupil: &str) -> HandIn {
    HandIn {
        trip: Some(museum()),
        pupil: Personal::known(label(pupil)),
        year: 6,
        put_away: PutAway::Off,
        place: label("Office cupboard"),
        allowed_by: None,
    }
}

fn hand_in(pouch: u16, phone: HandIn) -> Command {
    Command::HandInPhone { pouch, phone }
}

fn handed_in(pouch: u16, pupil: &str) -> Event {
    Event::PhoneHandedIn {
        day: day("2026-11-20"),
        pouch,
        phone: phone(pupil),
        fetch_by: at("2026-11-20T16:00:00Z"),
        by: pat(),
        at: at("2026-11-20T09:00:00Z"),
    }
}

fn given_back(pouch: u16, last: bool, when: &str) -> Event {
    Event::PhoneGivenBack { day: day("2026-11-20"), pouch, last, by: pat(), at: at(when) }
}

fn desk() -> Story<Safeguarding> {
    school().by_person(pat())
}

/// PERS-1: handed in for the day, off, into a numbered pouch in its place; given back; scanned twice, it is in once.
#[test]
fn a_phone_goes_into_its_pouch_and_back_to_its_pupil() {
    let story = desk().when(hand_in(12, phone("K.B."))).then([handed_in(12, "K.B.")]);
    let story = story.when(hand_in(12, phone("K.B."))).nothing_happens();
    assert_eq!(story.state.pouches().next_free(), 1);
    let story = story.at("2026-11-20T15:10:00Z").when(Command::GivePhoneBack { pouch: 12 });
    let story = story.then([given_back(12, false, "2026-11-20T15:10:00Z")]);
    let story = story.when(Command::GivePhoneBack { pouch: 12 }).refused(Refusal::PouchEmpty { pouch: 12 });
    story.when(hand_in(12, phone("L.M."))).allowed();
}

/// PERS-1: a pouch holds one phone: its number is not taken twice.
#[test]
fn a_pouch_number_is_not_taken_twice() {
    let story = desk().when(hand_in(12, phone("K.B."))).allowed();
    let story = story.when(hand_in(12, phone("L.M."))).refused(Refusal::PouchTaken { pouch: 12 });
    for pouch in [0, MAX_POUCH + 1] {
        let refusal = Refusal::NoSuchPouch { pouch, max: MAX_POUCH };
        desk().when(hand_in(pouch, phone("L.M."))).refused(refusal);
    }
    story.when(hand_in(MAX_POUCH, phone("L.M."))).allowed();
}

/// PERS-1: a named person takes a phone and gives it back: no client of the bus does.
#[test]
fn a_named_person_takes_phones() {
    let lamp = Actor::Client(ClientId::parse("lamp").expect("a slug"));
    desk().by(lamp).when(hand_in(1, phone("K.B."))).refused(Refusal::NamedPersonNeeded {});
}

/// PERS-4: only pupils of the years that the school names bring one; another needs a senior leader who allows it.
#[test]
fn a_year_that_may_not_bring_one_needs_a_seniors_word() {
    let year = |year: u8, allowed_by: Option<PersonId>| HandIn { year, allowed_by, ..phone("K.B.") };
    let six = |policy: &mut decider::Policy| policy.own_phone_years = vec![6];
    let desk = || desk().with_policy(six);
    desk().when(hand_in(1, year(6, None))).allowed();
    desk().when(hand_in(1, year(5, None))).refused(Refusal::YearMayNot { year: 5 });
    desk().when(hand_in(1, year(15, None))).refused(Refusal::NoSuchYear { year: 15 });
    for person in [ines(), pat(), karin()] {
        desk().when(hand_in(1, year(5, Some(person)))).refused(Refusal::MayNotAllow { person });
    }
    for person in [ruth(), colin()] {
        desk().when(hand_in(1, year(5, Some(person)))).allowed();
    }
    let heads = |policy: &mut decider::Policy| policy.own_phone_allowed_by = vec![Role::Head];
    desk()
        .with_policy(heads)
        .when(hand_in(1, year(5, Some(colin()))))
        .refused(Refusal::MayNotAllow { person: colin() });
}

fn uncollected(pouches: &[u16], when: &str) -> Event {
    Event::PhonesUncollected {
        day: day("2026-11-20"),
        pouches: pouches.iter().copied().collect::<BTreeSet<_>>(),
        at: at(when),
    }
}

/// PERS-1: at the end of the day those that nobody fetched are told, all at once and once; with the last one given back that
/// is over.
#[test]
fn phones_that_nobody_fetched_are_told_once() {
    let mut story = desk();
    for pouch in 1..=3 {
        story = story.when(hand_in(pouch, phone("K.B."))).allowed();
    }
    let story = story.at("2026-11-20T15:20:00Z").when(Command::GivePhoneBack { pouch: 2 });
    let story = story.then([given_back(2, false, "2026-11-20T15:20:00Z")]);
    let story = story.at("2026-11-20T15:59:59Z").time_passes().nothing_happens();
    let end = "2026-11-20T16:00:00Z";
    let story = story.at(end).time_passes().then([uncollected(&[1, 3], end)]);
    let next = "2026-11-21T16:00:00Z";
    let story = story.at(next).time_passes().nothing_happens();
    let story = story.when(Command::GivePhoneBack { pouch: 1 }).then([given_back(1, false, next)]);
    story.when(Command::GivePhoneBack { pouch: 3 }).then([given_back(3, true, next)]);
}

fn trip(stands: TripStands, fetch_by: Option<&str>) -> Event {
    let fetch_by = fetch_by.map(at);
    let known = KnownTrip { tour: false, records: false, consent: None, stands, fetch_by, evening: None };
    Event::TripNoted { trip: museum(), known }
}

/// PERS-1: nobody cries wolf over a coach in traffic: while the trip is out nobody can fetch theirs; once it is back they have
/// half an hour.
#[test]
fn a_trip_that_is_late_leaves_no_phones_uncollected() {
    let story = desk().when(hand_in(1, phone("K.B."))).allowed();
    let story = noting(story, &trip(TripStands::Out, None));
    let story = story.at("2026-11-20T17:00:00Z").time_passes().nothing_happens();
    let story = noting(story, &trip(TripStands::Over, Some("2026-11-20T17:40:00Z")));
    let story = story.at("2026-11-20T17:39:59Z").time_passes().nothing_happens();
    let then = "2026-11-20T17:40:00Z";
    story.at(then).time_passes().then([uncollected(&[1], then)]);
}
