//! Coming home, closing, cancelling.

use decider::Service;
use decider::kit::{Story, given};
use proto::envelope::Actor;
use proto::ids::ClientId;
use proto::v1::devices;
use proto::v1::trips::*;
use proto::values::Personal;
use trips::{PhaseName, Trips, devices_due_at};

use crate::cast::*;

const BACK: &str = "2026-11-20T15:00:00Z";

fn record(accounted: Accounted) -> Command {
    Command::RecordReturn { trip: museum(), accounted, note: None }
}

fn back() -> Story<Trips> {
    given::<Trips>(departed()).at(BACK).by_person(okafor())
}

fn returned(accounted: Accounted) -> Event {
    Event::Returned {
        trip: museum(),
        at: at(BACK),
        accounted,
        by: okafor(),
        note: None,
        devices_due_at: at("2026-11-20T17:00:00Z"),
    }
}

fn devices_settled() -> devices::Event {
    devices::Event::TripDevicesSettled { trip: museum(), settled: vec![] }
}

/// DEV-9: a named person accounts for everyone; the devices are due.
#[test]
fn everyone_is_accounted_for() {
    let story = back().when(record(accounted(29, 0, 1))).then([returned(accounted(29, 0, 1))]);
    let trip = story.state.trip(museum()).unwrap();
    assert_eq!(devices_due_at(trip), Some(at("2026-11-20T17:00:00Z")));
    assert!(story.state.out().is_empty());
    story
        .when(record(accounted(29, 0, 1)))
        .nothing_happens()
        .when(record(accounted(30, 0, 0)))
        .refused(Refusal::WrongPhase { phase: "returned".into(), possible: "out".into() });
}

/// DEV-9: not one fewer, not one more than left.
#[test]
fn a_pupil_who_is_not_accounted_for_keeps_the_trip_out() {
    for found in [accounted(28, 0, 1), accounted(30, 0, 1)] {
        let sum = pupils(found.back.get() + found.in_hospital.get());
        back().when(record(found)).refused(Refusal::NotAccounted { expected: pupils(30), found: sum });
    }
    let absurd = accounted(2000, 2000, 2000);
    back().when(record(absurd)).refused(Refusal::NotAccounted { expected: pupils(30), found: pupils(2000) });
}

/// CHECK-5: who was released on the way, as recorded, is not back.
#[test]
fn recorded_releases_are_accounted_for() {
    let released = Event::ReleaseNoted { trip: museum(), pupils: pupils(2), heard: 7 };
    let story =
        || given::<Trips>(departed().into_iter().chain([released.clone()])).at(BACK).by_person(okafor());
    let refusal = Refusal::ReleasedDiffers { recorded: pupils(2), found: pupils(1) };
    story().when(record(accounted(29, 1, 0))).refused(refusal);
    story().when(record(accounted(28, 2, 0))).then([returned(accounted(28, 2, 0))]);
}

/// DEV-9: a named person, nobody else, of a trip that is out.
#[test]
fn only_a_named_person_records_the_return_of_a_trip_that_is_out() {
    let client = Actor::Client(ClientId::parse("siren").unwrap());
    back().by(client).when(record(accounted(30, 0, 0))).refused(Refusal::NamedPersonNeeded {});
    let refusal = Refusal::WrongPhase { phase: "authorised".into(), possible: "out".into() };
    given::<Trips>(ready()).by_person(okafor()).when(record(accounted(30, 0, 0))).refused(refusal);
    given::<Trips>(the_school())
        .by_person(okafor())
        .when(record(accounted(30, 0, 0)))
        .refused(Refusal::UnknownTrip { trip: museum() });
}

/// DEV-9: closing is refused while devices are out; the trip closes by itself with the last one.
#[test]
fn a_trip_closes_by_itself_with_its_last_device() {
    let close = || Command::CloseTrip { trip: museum() };
    let story = back().when(close()).refused(Refusal::WrongPhase {
        phase: "out".into(),
        possible: "back, with every device settled".into(),
    });
    let story = story.when(record(accounted(30, 0, 0))).allowed();
    let story = story.when(close()).refused(Refusal::DevicesOut { trip: museum() });
    let closed = Event::TripClosed { trip: museum(), at: at(BACK) };
    assert!(Trips::ends_trip(&closed) && Trips::trip_of(&closed) == Some(museum()));
    let noted = Event::DevicesSettledNoted { trip: museum() };
    let story = story.hears(devices_settled()).then([noted, closed]);
    assert_eq!(story.state.trip(museum()).unwrap().phase_name(), PhaseName::Closed);
    story.hears(devices_settled()).nothing_happens().when(close()).nothing_happens();
}

/// DEV-9: settled devices don't close a trip whose people are not accounted for.
#[test]
fn settled_devices_do_not_close_a_trip_that_is_out() {
    given::<Trips>(departed()).hears(devices_settled()).nothing_happens();
}

#[test]
fn a_trip_is_cancelled_before_it_leaves() {
    let cancel = || Command::CancelTrip { trip: museum(), reason: note("Snow") };
    let cancelled = Event::TripCancelled { trip: museum(), reason: note("Snow") };
    assert!(Trips::ends_trip(&cancelled));
    for events in [drafted(), submitted(), authorised()] {
        given::<Trips>(events).when(cancel()).then([cancelled.clone()]).when(cancel()).nothing_happens();
    }
    let refusal =
        Refusal::WrongPhase { phase: "out".into(), possible: "a draft, submitted or authorised".into() };
    given::<Trips>(departed()).when(cancel()).refused(refusal);
    given::<Trips>(the_school()).when(cancel()).refused(Refusal::UnknownTrip { trip: museum() });
}

/// CHECK-1: nothing of a form falls due by time: lateness is checkins' to watch. A drill alone is reminded of. [REV-1]
#[test]
fn time_alone_changes_nothing_of_a_form() {
    let story = given::<Trips>(departed()).at("2027-10-23T08:59:59Z").time_passes().nothing_happens();
    assert_eq!(Trips::next_due(&story.state), Some(at("2027-10-23T09:00:00Z")), "the next drill");
}

#[test]
fn a_note_stands_beside_what_happened_in_every_phase_and_moves_nothing() {
    let add = || Command::AddNote { trip: museum(), note: note("Rang the museum") };
    let added = Event::NoteAdded {
        trip: museum(),
        note: Personal::known(note("Rang the museum")),
        by: okafor(),
        at: at(BACK),
    };
    for events in [drafted(), authorised(), departed()] {
        let before = given::<Trips>(events.clone()).state.trip(museum()).map(|trip| trip.phase.clone());
        let story = given::<Trips>(events).at(BACK).by_person(okafor()).when(add()).then([added.clone()]);
        assert_eq!(story.state.trip(museum()).map(|trip| trip.phase.clone()), before);
    }
    given::<Trips>(the_school())
        .by_person(okafor())
        .when(add())
        .refused(Refusal::UnknownTrip { trip: museum() });
    let full: Vec<Event> = departed().into_iter().chain((0..MAX_NOTES).map(|_| added.clone())).collect();
    let refusal = Refusal::TooManyNotes { trip: museum(), max: MAX_NOTES };
    given::<Trips>(full).at(BACK).by_person(okafor()).when(add()).refused(refusal);
}
