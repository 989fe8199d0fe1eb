//! A coach that leaves all the same is watched all the same.

use decider::kit::{Story, given};
use proto::envelope::Actor;
use proto::ids::{ClientId, PersonId};
use proto::rules::Rule;
use proto::v1::trips::*;
use trips::{PhaseName, Trips};

use crate::cast::*;

fn record(staff: Vec<PersonId>, counts: Vec<GroupCount>) -> Command {
    Command::RecordLeftWithoutClearance {
        trip: museum(),
        left_at: at("2026-11-20T08:55:00Z"),
        counts,
        staff,
        reason: note("The driver wouldn't wait"),
    }
}

fn missing(events: &[Event]) -> Vec<(Rule, Option<PersonId>)> {
    let [Event::LeftWithoutClearance { missing, .. }] = events else { panic!("{events:?}") };
    reds(missing)
}

fn party_of(events: &[Event]) -> Party {
    let [Event::LeftWithoutClearance { party, .. }] = events else { panic!("{events:?}") };
    party.as_ref().clone()
}

/// FORM-9: refusal never stops the watch: even a draft that left is out, with what was red, once.
#[test]
fn a_draft_that_left_all_the_same_is_out() {
    let story =
        given::<Trips>(drafted()).at(DEPARTURE).when(record(vec![], counts(16, 13))).then_events(|events| {
            assert!(missing(events).contains(&(Rule::Form2, None)));
            assert!(missing(events).contains(&(Rule::Dev5, Some(okafor()))));
            let party = party_of(events);
            assert_eq!(party.groups.iter().map(|g| g.expected).collect::<Vec<_>>(), [pupils(16), pupils(13)]);
            assert_eq!(party.staff.len(), 3, "nobody named: the form's staff");
        });
    let trip = story.state.trip(museum()).unwrap();
    assert_eq!((trip.phase_name(), trip.clearance_unsettled()), (PhaseName::Out, true));
    story.when(record(vec![], counts(16, 13))).nothing_happens();
}

/// FORM-9: submitted, authorised, cancelled: whatever it was, if it left it is watched.
#[test]
fn whatever_its_phase_a_party_that_left_is_recorded() {
    let cancelled = Event::TripCancelled { trip: museum(), reason: note("Snow") };
    let cancelled = ready().into_iter().chain([cancelled]).collect();
    for events in [submitted(), authorised(), cancelled] {
        let story = given::<Trips>(events).at(DEPARTURE).when(record(vec![], vec![])).allowed();
        assert_eq!(story.state.trip(museum()).unwrap().phase_name(), PhaseName::Out);
    }
    given::<Trips>(the_school())
        .when(record(vec![], vec![]))
        .refused(Refusal::UnknownTrip { trip: museum() });
}

/// FORM-9: what base says of who left is taken as it is: unknown people, missing counts, whatever phone is in hand.
#[test]
fn what_is_known_of_who_left_is_resolved() {
    let permanent = Event::WorkMobileNoted {
        device: mobile(6),
        number: number_of(6),
        in_service: true,
        held_by: Some(stranger()),
        for_trip: None,
        permanent: true,
        retired: false,
    };
    let events = ready().into_iter().chain([permanent]);
    given::<Trips>(events).at(DEPARTURE).when(record(vec![lind(), stranger(), lind()], vec![])).then_events(
        |events| {
            let party = party_of(events);
            let people: Vec<_> = party.staff.iter().map(|m| (m.person, m.device)).collect();
            assert_eq!(people, [(lind(), Some(mobile(2))), (stranger(), Some(mobile(6)))]);
            assert_eq!((party.leader, party.deputy), (lind(), None), "the deputy leads");
            assert_eq!(party.groups[0].adult, lind(), "somebody has to be asked about the leader's group");
            assert_eq!(party.groups[0].expected, pupils(16), "not counted: the form's number");
            assert!(missing(events).contains(&(Rule::Form1, Some(stranger()))));
        },
    );
}

/// FORM-9: a time that lies ahead is now.
#[test]
fn nobody_has_left_in_the_future() {
    given::<Trips>(drafted()).at("2026-11-20T08:00:00Z").when(record(vec![], vec![])).then_events(|events| {
        let [Event::LeftWithoutClearance { at: left, .. }] = events else { panic!("{events:?}") };
        assert_eq!(*left, at("2026-11-20T08:00:00Z"));
    });
}

/// A trip that is back is registered anew.
#[test]
fn a_trip_that_is_back_does_not_leave_again() {
    let returned = Command::RecordReturn { trip: museum(), accounted: accounted(30, 0, 0), note: None };
    let possible = "not back yet; copy it as a new trip and record that one";
    given::<Trips>(departed())
        .at("2026-11-20T15:00:00Z")
        .by_person(okafor())
        .when(returned)
        .allowed()
        .when(record(vec![], vec![]))
        .refused(Refusal::WrongPhase { phase: "returned".into(), possible: possible.into() });
}

fn out_without_clearance() -> Story<Trips> {
    given::<Trips>(drafted()).at(DEPARTURE).when(record(vec![], vec![])).allowed()
}

fn settle(decided_by: PersonId, heard_by: Option<PersonId>) -> Command {
    Command::SettleClearance {
        trip: museum(),
        decision: ClearanceDecision::Accept,
        reason: note("All phones are with them"),
        decided_by,
        heard_by,
    }
}

fn settled(heard_by: Option<PersonId>) -> Event {
    Event::ClearanceSettled {
        trip: museum(),
        decision: ClearanceDecision::Accept,
        reason: note("All phones are with them"),
        by: whitlock(),
        heard_by,
    }
}

/// FORM-9: the head settles it, once.
#[test]
fn the_head_settles_it() {
    let story =
        out_without_clearance().by_person(whitlock()).when(settle(whitlock(), None)).then([settled(None)]);
    assert!(!story.state.trip(museum()).unwrap().clearance_unsettled());
    story.when(settle(whitlock(), None)).nothing_happens();
}

/// FORM-9: by voice if need be, recorded by the one who heard it.
#[test]
fn the_heads_word_is_recorded_by_the_one_who_heard_it() {
    out_without_clearance()
        .by_person(tan())
        .when(settle(whitlock(), Some(tan())))
        .then([settled(Some(tan()))]);
    let refused = |by: PersonId, heard_by| {
        out_without_clearance()
            .by_person(by)
            .when(settle(whitlock(), heard_by))
            .refused(Refusal::HeardByNeeded {});
    };
    refused(tan(), None);
    refused(tan(), Some(rahman()));
    refused(whitlock(), Some(whitlock()));
}

/// FORM-9: nobody but the head, and nobody on the trip.
#[test]
fn nobody_else_settles_it() {
    out_without_clearance().by_person(pryce()).when(settle(pryce(), None)).refused(Refusal::NotHead {});
    let client = Actor::Client(ClientId::parse("siren").unwrap());
    out_without_clearance().by(client).when(settle(whitlock(), None)).refused(Refusal::NamedPersonNeeded {});
    given::<Trips>(drafted())
        .at(DEPARTURE)
        .when(record(vec![okafor(), whitlock()], vec![]))
        .allowed()
        .by_person(whitlock())
        .when(settle(whitlock(), None))
        .refused(Refusal::DeciderOnTrip { person: whitlock() });
}

#[test]
fn a_party_that_left_with_clearance_has_nothing_to_settle() {
    let refusal =
        |phase: &str| Refusal::WrongPhase { phase: phase.into(), possible: "out without clearance".into() };
    given::<Trips>(departed())
        .by_person(whitlock())
        .when(settle(whitlock(), None))
        .refused(refusal("out with clearance"));
    given::<Trips>(drafted()).by_person(whitlock()).when(settle(whitlock(), None)).refused(refusal("draft"));
}

/// FORM-9: a senior's authorising is no substitute for the head's word.
#[test]
fn a_senior_does_not_authorise_what_the_head_has_to_settle() {
    let authorise = Command::AuthoriseForm { trip: museum(), form_hash: hash(), also_on: vec![] };
    out_without_clearance().by_person(pryce()).when(authorise).refused_with(|refusal| {
        assert!(matches!(refusal, Refusal::WrongPhase { .. }), "{refusal:?}");
    });
}
