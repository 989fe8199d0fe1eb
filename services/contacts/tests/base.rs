//! CONT-6, CONT-1: who holds base of a trip.

use contacts::Base;
use proto::ids::{PersonId, TripId};
use proto::v1::contacts::{Command, Refusal, TripPhase};
use proto::v1::trips;

use crate::cast::*;

fn hold(person: PersonId) -> Command {
    Command::HoldBase { trip: trip(), person }
}

fn hand_over(from: PersonId, to: PersonId) -> Command {
    Command::HandOverBase { trip: trip(), from, to }
}

/// CONT-6: who holds base is a named person: from departure, whom the form names.
#[test]
fn base_is_held_by_the_forms_contact_from_departure() {
    let form = form(friday());
    let story = school([trip_noted(&form, 1), assessed(1, "2026-11-19T09:00:00Z", vec![])])
        .at("2026-11-20T09:31:00Z")
        .hears(departed(&form))
        .tells([phase(TripPhase::Out), held(owen(), None, "2026-11-20T09:30:00Z")])
        .hears(departed(&form))
        .nothing_happens();
    assert_eq!(story.state.base_holder(trip()), Some(owen()));
}

/// FORM-9, CONT-6: a party that left without clearance has a base all the same.
#[test]
fn base_is_held_for_a_party_that_left_without_clearance() {
    let form = form(friday());
    let left = trips::Event::LeftWithoutClearance {
        trip: trip(),
        at: at("2026-11-20T09:20:00Z"),
        party: Box::new(party(&form)),
        reason: note("The coach left"),
        missing: vec![],
    };
    school([trip_noted(&form, 1), assessed(1, "2026-11-19T09:00:00Z", vec![])])
        .hears(left.clone())
        .tells([phase(TripPhase::Out), held(owen(), None, "2026-11-20T09:20:00Z")])
        .hears(left)
        .nothing_happens();
}

/// CONT-6: a base contact who went along, or has left the school, holds no base.
#[test]
fn a_contact_who_cannot_hold_base_leaves_it_unheld() {
    let mut along = form(friday());
    along.emergency.base_contact = ravi();
    let story = school([trip_noted(&along, 1)]).hears(departed(&along)).then_events(|events| {
        assert!(events.contains(&unheld("2026-11-20T09:30:00Z")), "{events:?}");
    });
    assert_eq!(story.state.base_holder(trip()), None);
    let left = form(friday());
    school([trip_noted(&left, 1), gone(owen())]).hears(departed(&left)).then_events(|events| {
        assert!(events.contains(&unheld("2026-11-20T09:30:00Z")), "{events:?}");
    });
}

/// CONT-6: base is handed over by name.
#[test]
fn base_is_handed_over_by_name_once() {
    let story = school(out())
        .at("2026-11-20T12:00:00Z")
        .when(hand_over(owen(), bea()))
        .tells([held(bea(), Some(owen()), "2026-11-20T12:00:00Z")])
        .when(hand_over(owen(), bea()))
        .nothing_happens();
    assert_eq!(story.state.base_holder(trip()), Some(bea()));
    story.when(hand_over(bea(), bea())).nothing_happens();
}

/// CONT-6: only whoever holds base hands it over.
#[test]
fn base_is_not_handed_over_by_somebody_who_does_not_hold_it() {
    school(out())
        .when(hand_over(dana(), bea()))
        .refused(Refusal::NotTheHolder { from: dana(), held_by: Some(owen()) })
        .when(hand_over(dana(), owen()))
        .refused(Refusal::NotTheHolder { from: dana(), held_by: Some(owen()) });
    let nobody = out().into_iter().chain([unheld("2026-11-20T12:00:00Z")]);
    school(nobody)
        .when(hand_over(owen(), bea()))
        .refused(Refusal::NotTheHolder { from: owen(), held_by: None });
}

/// CONT-6: base that somebody holds is handed over, not taken.
#[test]
fn base_that_somebody_holds_is_not_taken() {
    school(out()).when(hold(bea())).refused(Refusal::BaseIsHeld { by: owen() });
}

/// CONT-6: the form's contact may confirm it by name, once.
#[test]
fn the_forms_contact_may_take_base_by_name() {
    let story = school(out())
        .at("2026-11-20T10:00:00Z")
        .when(hold(owen()))
        .tells([held(owen(), None, "2026-11-20T10:00:00Z")])
        .when(hold(owen()))
        .nothing_happens();
    let base = Base::ByName { person: owen(), from: None, since: at("2026-11-20T10:00:00Z") };
    assert_eq!(story.state.trip(trip()).unwrap().base, base);
}

/// CONT-6: whoever holds base is not on the trip, and works here.
#[test]
fn nobody_of_the_trip_and_nobody_unknown_holds_base() {
    let story = school(out().into_iter().chain([unheld("2026-11-20T12:00:00Z"), gone(dana())]));
    let mut story = story;
    for along in [lena(), ravi(), mia()] {
        story = story.when(hold(along)).refused(Refusal::HolderOnTrip { person: along });
    }
    for unknown in [stranger(), dana()] {
        story = story.when(hold(unknown)).refused(Refusal::UnknownPerson { person: unknown });
    }
    school(out())
        .when(hand_over(owen(), mia()))
        .refused(Refusal::HolderOnTrip { person: mia() })
        .when(hand_over(owen(), stranger()))
        .refused(Refusal::UnknownPerson { person: stranger() });
}

/// CONT-6: base is held of a trip that is out.
#[test]
fn base_of_a_trip_that_is_not_out_is_not_taken() {
    let planned = || vec![trip_noted(&form(friday()), 1)];
    let returned = || out().into_iter().chain([phase(TripPhase::Returned)]);
    let ended = || out().into_iter().chain([phase(TripPhase::Ended)]);
    let not_out = |phase| Refusal::TripNotOut { trip: trip(), phase };
    school(planned())
        .when(hold(owen()))
        .refused(not_out(TripPhase::Planned))
        .when(hand_over(owen(), bea()))
        .refused(not_out(TripPhase::Planned));
    school(returned()).when(hold(owen())).refused(not_out(TripPhase::Returned));
    school(ended()).when(hold(owen())).refused(Refusal::UnknownTrip { trip: trip() });
    let other = TripId::derived(uuid::Uuid::nil(), 3);
    school(out())
        .when(Command::HandOverBase { trip: other, from: owen(), to: bea() })
        .refused(Refusal::UnknownTrip { trip: other });
}

/// CONT-6: base is taken and handed over by named persons alone.
#[test]
fn accounts_and_phones_neither_take_base_nor_hand_it_over() {
    for actor in [a_client(), a_phone()] {
        for command in [hold(owen()), hand_over(owen(), bea())] {
            school(out()).by(actor.clone()).when(command).refused(Refusal::NamedPersonNeeded {});
        }
    }
}

/// CONT-1: closing early leaves base unheld until somebody takes it by name.
#[test]
fn closing_early_now_leaves_base_unheld_until_somebody_takes_it() {
    let story = school(out())
        .at("2026-11-20T12:00:00Z")
        .when(close_early("2026-11-20T12:00:00Z", "2026-11-20T16:30:00Z"))
        .then_events(|events| {
            let said = "2026-11-20T12:00:00Z";
            assert_eq!(events[..2], [closed_early(said, "2026-11-20T16:30:00Z", said), unheld(said)]);
        })
        .when(close_early("2026-11-20T12:00:00Z", "2026-11-20T16:30:00Z"))
        .nothing_happens()
        .at("2026-11-20T12:05:00Z")
        .when(hold(owen()))
        .tells([held(owen(), None, "2026-11-20T12:05:00Z")]);
    story.at("2026-11-20T14:00:00Z").when(hold(owen())).nothing_happens();
}

/// CONT-1: a closing said beforehand takes effect at its time, for trips that are out then.
#[test]
fn closing_early_later_takes_effect_at_its_time() {
    let story = school(out())
        .at("2026-11-20T11:00:00Z")
        .when(close_early("2026-11-20T13:00:00Z", "2026-11-20T16:30:00Z"))
        .then_events(|events| {
            let unheld = events.iter().any(|e| matches!(e, proto::v1::contacts::Event::BaseUnheld { .. }));
            assert!(!unheld, "not yet: {events:?}");
        });
    story
        .clone()
        .at("2026-11-20T12:59:59Z")
        .time_passes()
        .nothing_happens()
        .at("2026-11-20T13:00:30Z")
        .time_passes()
        .tells([unheld("2026-11-20T13:00:00Z")])
        .time_passes()
        .nothing_happens();
    story
        .at("2026-11-20T11:30:00Z")
        .when(hold(owen()))
        .tells([held(owen(), None, "2026-11-20T11:30:00Z")])
        .at("2026-11-20T13:00:30Z")
        .time_passes()
        .tells([]);
}

/// CONT-1: base taken by name before the closing was known is taken anew.
#[test]
fn base_taken_before_the_closing_was_known_is_taken_anew() {
    let by_name = held(owen(), None, "2026-11-20T10:00:00Z");
    school(out().into_iter().chain([by_name]))
        .at("2026-11-20T11:00:00Z")
        .when(close_early("2026-11-20T13:00:00Z", "2026-11-20T16:30:00Z"))
        .allowed()
        .at("2026-11-20T13:00:00Z")
        .time_passes()
        .tells([unheld("2026-11-20T13:00:00Z")]);
}

/// CONT-1: who leaves while the school is closed leaves with a base that somebody has yet to take.
#[test]
fn departing_while_the_school_is_closed_leaves_base_unheld() {
    let form = form(friday());
    let closed = closed_early("2026-11-20T09:00:00Z", "2026-11-20T16:30:00Z", "2026-11-20T08:30:00Z");
    let story = school([trip_noted(&form, 1), closed]).hears(departed(&form)).allowed();
    assert_eq!(story.state.base_holder(trip()), None);
}

/// CONT-1: trips that aren't out, or are back, have no base to lose.
#[test]
fn closing_early_touches_only_trips_that_are_out() {
    let unheld = |events: &[proto::v1::contacts::Event]| {
        events.iter().any(|e| matches!(e, proto::v1::contacts::Event::BaseUnheld { .. }))
    };
    let close = || close_early("2026-11-20T09:00:00Z", "2026-11-20T16:30:00Z");
    school([trip_noted(&form(friday()), 1)]).when(close()).then_events(|e| assert!(!unheld(e)));
    school(out().into_iter().chain([phase(TripPhase::Returned)]))
        .when(close())
        .then_events(|e| assert!(!unheld(e)));
}

/// CONT-1: a closing that is over already is none.
#[test]
fn a_closing_lies_ahead() {
    school([])
        .when(close_early("2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z"))
        .refused(Refusal::UntilInThePast { until: at("2026-11-20T09:00:00Z") });
}

/// CONT-6: a holder who leaves the school, or joins the trip, holds base no more.
#[test]
fn a_holder_who_leaves_or_goes_along_holds_base_no_more() {
    let left = proto::v1::people::Event::PersonLeft { person: owen() };
    school(out()).at("2026-11-20T11:00:00Z").hears(left).then_events(|events| {
        assert!(events.contains(&unheld("2026-11-20T11:00:00Z")), "{events:?}");
    });
    let mut amended = form(friday());
    amended.staff.push(trips::StaffOnForm { person: owen(), work_mobile: None });
    let joined = trips::Event::TripAmended {
        trip: trip(),
        form: Box::new(amended.clone()),
        form_hash: hash(2),
        party: Box::new(party(&amended)),
        reason: note("A second car"),
        changed: vec!["staff".to_owned()],
    };
    school(out()).at("2026-11-20T11:00:00Z").hears(joined).then_events(|events| {
        assert!(events.contains(&unheld("2026-11-20T11:00:00Z")), "{events:?}");
    });
}
