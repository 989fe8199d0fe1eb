//! Pupils who travel directly to a provider: each one's arrival is due at a time and confirmed by the provider; a missing
//! confirmation is a missed check-in. [FORM-6]

use checkins::{Checkins, Stands};
use decider::kit::given;
use proto::envelope::Hash;
use proto::ids::PupilId;
use proto::v1::checkins::{ArrivalWord, Command, Event, Refusal};
use proto::v1::trips::{self, ArrivalDue};
use proto::values::{Name, Personal};

use crate::cast::*;

fn ali() -> PupilId {
    id(41)
}
fn bea() -> PupilId {
    id(42)
}

fn due_at(pupil: PupilId, clock: &str) -> ArrivalDue {
    ArrivalDue {
        pupil,
        provider: label("Oakfield Stables"),
        due_at: t(clock),
        missed_at: later(t(clock), 600),
    }
}

fn authorised(arrivals: Vec<ArrivalDue>) -> trips::Event {
    trips::Event::FormAuthorised {
        trip: museum(),
        form_hash: Hash::ZERO,
        by: dee(),
        at: t("08:00"),
        covers: vec![window("09:00", "15:00")],
        arrivals,
    }
}

fn expected(clock: &str, arrivals: Vec<ArrivalDue>) -> Event {
    Event::ArrivalsExpected { trip: museum(), at: t(clock), arrivals }
}

fn missed(pupil: PupilId, clock: &str) -> Event {
    let ArrivalDue { provider, due_at, missed_at, .. } = due_at(pupil, clock);
    Event::ArrivalMissed { trip: museum(), pupil, provider, due_at, missed_at }
}

/// At eight the form is authorised: Ali is due at 09:30.
fn awaited() -> Watched {
    let story = given::<Checkins>([]).at_clock("08:00").hears(authorised(vec![due_at(ali(), "09:30")]));
    story.then([expected("08:00", vec![due_at(ali(), "09:30")])])
}

fn reed() -> Option<Personal<Name>> {
    Some(Personal::known("Ms Reed".parse().unwrap()))
}

fn says(word: ArrivalWord, clock: &str) -> Command {
    Command::RecordArrival { trip: museum(), pupil: ali(), word, said_by: reed(), at: t(clock), note: None }
}

fn recorded(word: ArrivalWord, at: &str, recorded_at: &str) -> Event {
    Event::ArrivalRecorded {
        trip: museum(),
        pupil: ali(),
        due_at: t("09:30"),
        word,
        said_by: reed(),
        at: t(at),
        recorded_at: t(recorded_at),
        by: dee(),
        note: None,
    }
}

/// FORM-6: the watch begins as the form is authorised; nobody confirmed it by the end of the grace: missed, once.
#[test]
fn an_arrival_that_nobody_confirms_is_missed_once() {
    let story = awaited().passes_to("09:39:59").nothing_happens();
    let story = story.passes_to("09:40").then([missed(ali(), "09:30")]);
    let story = story.passes_to("14:00").nothing_happens();
    story.hears(authorised(vec![due_at(ali(), "09:30")])).nothing_happens();
}

/// FORM-6: confirmed by the provider, in time: who said so, when, and who wrote it down; nothing is missed.
#[test]
fn an_arrival_that_is_confirmed_is_not_missed() {
    let story = awaited().at_clock("09:24").by_person(dee()).when(says(ArrivalWord::Arrived, "09:22"));
    let story = story.then([recorded(ArrivalWord::Arrived, "09:22", "09:24")]);
    let (_, arrival) = story.state.arrivals(museum()).next().expect("it stays, for pages and prints");
    let Stands::Arrived(said) = &arrival.stands else { panic!("{arrival:?}") };
    assert_eq!((&said.said_by, said.at, said.by), (&reed(), t("09:22"), dee()));
    let story = story.when(says(ArrivalWord::Arrived, "09:24")).nothing_happens();
    assert_eq!(story.state.trips_with_open_arrivals().count(), 0);
    story.passes_to("10:00").nothing_happens();
}

/// FORM-6: a pupil travels alone, whatever the party does: its late departure, its return and the end of its watch move
/// nothing, and no check-in of the party confirms an arrival.
#[test]
fn the_party_confirms_nothing_and_ends_nothing() {
    let story = awaited().at_clock("09:20").hears(trips::Event::Departed {
        trip: museum(),
        at: t("09:20"),
        form_hash: Hash::ZERO,
        party: Box::new(with(party(), |p| p.arrivals = vec![due_at(ali(), "09:30")])),
    });
    let story =
        story.then_events(|events| assert!(matches!(events, [Event::WatchStarted { .. }]), "{events:?}"));
    let arrived = press("09:35", proto::v1::checkins::Word::Arrived).counted(14);
    let story = story.at_clock("09:35").by(by_ann()).when(arrived.command()).allowed();
    let story = story.passes_to("09:40").then([missed(ali(), "09:30")]);
    let story = story.hears(trips::Event::TripClosed { trip: museum(), at: t("09:41") }).allowed();
    assert_eq!(story.state.trips_with_open_arrivals().count(), 1);
    let story = story.at_clock("09:50").by_person(dee()).when(says(ArrivalWord::Arrived, "09:45"));
    story.then([recorded(ArrivalWord::Arrived, "09:45", "09:50")]);
}

/// FORM-6: a party that left without an authorised form has its arrivals awaited from then on.
#[test]
fn a_party_that_left_without_clearance_has_its_arrivals_awaited() {
    let left = trips::Event::LeftWithoutClearance {
        trip: museum(),
        at: t("09:00"),
        party: Box::new(with(party(), |p| p.arrivals = vec![due_at(ali(), "09:30")])),
        reason: proto::values::Note::parse("The taxi had gone").unwrap(),
        missing: vec![],
    };
    let story = given::<Checkins>([]).at_clock("09:02").hears(left).then_events(|events| {
        assert_eq!(events.last(), Some(&expected("09:02", vec![due_at(ali(), "09:30")])));
    });
    story.at_clock("09:40").time_passes().then_events(|events| {
        assert!(events.contains(&missed(ali(), "09:30")), "{events:?}");
    });
}

/// FORM-6: a form that is authorised anew brings its own list: another time is due anew, a word that was said stays.
#[test]
fn another_form_brings_its_own_arrivals() {
    let both = vec![due_at(ali(), "09:30"), due_at(bea(), "09:30")];
    let story = given::<Checkins>([]).at_clock("08:00").hears(authorised(both)).allowed();
    let story = story.at_clock("09:20").by_person(dee()).when(says(ArrivalWord::Arrived, "09:20")).allowed();
    let later_both = vec![due_at(ali(), "10:00"), due_at(bea(), "10:00")];
    let story = story.hears(authorised(later_both.clone())).then([expected("09:20", later_both)]);
    let story = story.passes_to("10:10").then([missed(bea(), "10:00")]);
    story.hears(authorised(vec![])).then([expected("10:10", vec![])]).passes_to("12:00").nothing_happens();
}

/// FORM-6: called off on a day before, nobody is awaited; called off on the day itself, the pupil may be on the way: it is
/// due until somebody knows that they aren't coming.
#[test]
fn a_trip_that_is_called_off_ends_the_arrivals_of_later_days_alone() {
    let off = || trips::Event::TripCancelled {
        trip: museum(),
        reason: proto::values::Note::parse("Snow").unwrap(),
    };
    let week_before = given::<Checkins>([]).at("2026-11-13T09:00:00Z");
    let story = week_before.hears(authorised(vec![due_at(ali(), "09:30")])).allowed();
    let story = story.at("2026-11-19T23:59:00Z").hears(off());
    let none = Event::ArrivalsExpected {
        trip: museum(),
        at: "2026-11-19T23:59:00Z".parse().unwrap(),
        arrivals: vec![],
    };
    story.then([none]).passes_to("12:00").nothing_happens();

    let story = awaited().at_clock("08:30").hears(off()).nothing_happens();
    let told = story.clone().at_clock("08:40").by_person(dee()).when(says(ArrivalWord::NotComing, "08:40"));
    told.then([recorded(ArrivalWord::NotComing, "08:40", "08:40")]).passes_to("12:00").nothing_happens();
    story.passes_to("12:00").then([missed(ali(), "09:30")]);
}

/// FORM-6, CHECK-3: what fell due while nobody could judge is missed once, and told.
#[test]
fn an_arrival_that_fell_due_in_an_outage_is_missed_once() {
    let story = awaited().at_clock("11:00").time_passes_after_an_outage("2026-11-20T09:00:00Z");
    story.then([missed(ali(), "09:30")]).passes_to("12:00").nothing_happens();
}

/// FORM-6: the wrong pupil was ticked: the arrival is due again, and missed at once if it is time.
#[test]
fn a_word_that_was_wrong_makes_the_arrival_due_again() {
    let story = awaited().at_clock("09:50").time_passes().then([missed(ali(), "09:30")]);
    let story = story.by_person(dee()).when(says(ArrivalWord::Arrived, "09:50")).allowed();
    let story = story.at_clock("09:52").when(says(ArrivalWord::NotThere, "09:52"));
    let story = story.then([recorded(ArrivalWord::NotThere, "09:52", "09:52")]);
    let again = Event::ArrivalMissed {
        trip: museum(),
        pupil: ali(),
        provider: label("Oakfield Stables"),
        due_at: t("09:30"),
        missed_at: t("09:52"),
    };
    story.passes_to("09:53").then([again]).passes_to("12:00").nothing_happens();
}

/// FORM-6: what is heard again as history is noted, and what is past in it isn't missed.
#[test]
fn history_misses_nothing() {
    let both = vec![due_at(ali(), "09:30"), due_at(bea(), "14:00")];
    let story = given::<Checkins>([]).at_clock("12:00").hears_history(authorised(both));
    let story = story.then([expected("12:00", vec![due_at(bea(), "14:00")])]);
    story.passes_to("14:10").then([missed(bea(), "14:00")]);
}

/// FORM-6: an arrival is written down by a named person, of a pupil who is awaited, that day, without a number.
#[test]
fn what_cannot_be_written_down_of_an_arrival_is_refused() {
    let story = awaited().at_clock("09:00").by(by_api());
    let story = story.when(says(ArrivalWord::Arrived, "09:00")).refused(Refusal::NamedPersonNeeded {});
    let story = story.by_person(dee());
    let (trip, word, at) = (museum(), ArrivalWord::Arrived, t("09:00"));
    let other = Command::RecordArrival { trip, pupil: bea(), word, said_by: None, at, note: None };
    let story = story.when(other).refused(Refusal::NobodyExpected { pupil: bea() });
    let ahead = Refusal::ClockAhead { field: "at".to_owned(), said_at: t("09:10"), now: t("09:00") };
    let story = story.when(says(ArrivalWord::Arrived, "09:10")).refused(ahead);
    let story =
        story.when(says(ArrivalWord::NotThere, "09:00")).refused(Refusal::NothingRecorded { pupil: ali() });
    let number = Some(note("She rang from 07700 900123"));
    let with_number = Command::RecordArrival { trip, pupil: ali(), word, said_by: None, at, note: number };
    let story = story.when(with_number).refused(Refusal::NumberInWords {});
    let day_before = "2026-11-19T20:00:00Z".parse().unwrap();
    let early =
        Command::RecordArrival { trip, pupil: ali(), word, said_by: None, at: day_before, note: None };
    story.when(early).refused(Refusal::NotThatDay { due_at: t("09:30"), said_at: day_before });
}
