//! Help, a lost child, a party that left without clearance.

use proto::v1::alerts::*;
use proto::v1::checkins;
use proto::v1::gateway::{Caller, Meaning};
use proto::v1::trips::{self, ClearanceDecision};

use crate::cast::*;

const EVERY_RUNG: [Rung; 6] =
    [Rung::Leader, Rung::Deputy, Rung::OtherStaff, Rung::Office, Rung::Dsl, Rung::Senior];

fn both(person: proto::ids::PersonId) -> [(Recipient, Channel); 2] {
    [texted(person), called(person)]
}

/// CHECK-6: a call for help goes to everyone on the ladder at once, by text and call, and again until it is owned.
#[test]
fn help_tells_every_rung_at_once_and_again() {
    let (story, events) = out().hears(help()).allowed().events_now();
    assert_eq!(rungs(&events), EVERY_RUNG.map(|rung| (rung, 1, 10)));
    let everyone: Vec<_> =
        [okafor(), lind(), abara(), rahman(), pryce()].into_iter().flat_map(both).collect();
    let office = [rung_up(landline()), texted(tan()), called(tan())];
    assert!(everyone.iter().chain(&office).all(|to| told(&events).contains(to)), "{:?}", told(&events));
    let (_, events) = story.passes_to("10:13");
    assert_eq!(rungs(&events), EVERY_RUNG.map(|rung| (rung, 2, 13)));
}

/// CHECK-6: help can't be suppressed: an owned case is told to everyone all the same, and needs an owner anew.
#[test]
fn help_on_an_owned_case_tells_everyone() {
    let story = missed_and_told();
    let case = story.case().case;
    let story = story.by_person(tan()).when(Command::OwnCase { case }).allowed();
    let (story, events) = story.hears(help()).allowed().events_now();
    assert_eq!(rungs(&events).len(), 6);
    assert_eq!(story.case().owner(), None);
    assert_eq!(story.case().severity, Severity::Emergency);
}

/// CHECK-6: who called for help is texted, not rung: a ringing phone could give them away.
#[test]
fn the_phone_that_called_for_help_does_not_ring() {
    let story = out().hears(help_from(Some(phone_of(lind())), "10:10")).allowed();
    story.time_passes().then_events(|events| {
        assert!(told(events).contains(&texted(lind())) && !told(events).contains(&called(lind())));
        assert!(told(events).contains(&called(okafor())));
    });
}

/// Nobody is told twice in the same moment, though they stand on two rungs.
#[test]
fn a_person_on_two_rungs_is_told_once_in_an_emergency() {
    let mut party = party();
    party.emergency.senior = vec![rahman()];
    let departed = trips::Event::TripAmended {
        trip: museum(),
        form: crate::hearing::any_form().into(),
        form_hash: proto::envelope::Hash([2; 32]),
        party: party.into(),
        reason: note("The senior is ill"),
        changed: Vec::new(),
    };
    let story = out().hears(departed).allowed().hears(help()).allowed();
    story.time_passes().then_events(|events| {
        let times = told(events).into_iter().filter(|to| *to == texted(rahman())).count();
        assert_eq!((times, rungs(events).len()), (1, 6));
    });
}

/// CHECK-6: pressed again a moment later, it is a reason more, and no second volley; later it is.
#[test]
fn help_pressed_again_is_bundled_while_everyone_was_just_told() {
    let (story, _) = out().hears(help()).allowed().events_now();
    let story = story.at_time("10:10").hears(help_from(None, "10:11")).allowed();
    let story = story.time_passes().nothing_happens();
    let (_, events) = story.at_time("10:12").hears(help_from(None, "10:12")).allowed().events_now();
    assert_eq!(rungs(&events).len(), 6);
}

/// CHECK-8: a lost child alerts as help, and ends when an adult of the trip has the child.
#[test]
fn a_lost_child_alerts_everyone_until_it_is_found() {
    let (story, events) = out().hears(lost_child()).allowed().events_now();
    assert_eq!(rungs(&events).len(), 6);
    let reason = Reason::LostChild { at: at("10:10"), police_at: at("10:25") };
    assert!(story.case().has(&reason));
    let story = story.at_time("10:25").hears(checkins::Event::PoliceDue { trip: museum(), at: at("10:25") });
    let (story, events) = story.allowed().events_now();
    assert_eq!(rungs(&events).len(), 6, "an own moment of its clock: everyone is told at once");
    let case = story.case().case;
    let found = checkins::Event::ChildFound { trip: museum(), with: abara(), at: at("10:30") };
    let (story, events) = story.at_time("10:30").hears(found).events_of();
    let gone = |e: &&Event| matches!(e, Event::ReasonGone { .. });
    assert_eq!(events.iter().filter(gone).count(), 2);
    let resolved =
        Event::CaseResolved { case, trip: Some(museum()), how: Resolution::ByItself {}, at: at("10:30") };
    assert_eq!(events.last(), Some(&resolved));
    story.at_time("12:00").time_passes().nothing_happens();
}

/// CHECK-8: once the child is found, what else stands goes on at its own pace.
#[test]
fn after_the_child_is_found_a_missed_check_in_climbs_as_one() {
    let story = missed_and_told().hears(checkins::Event::PoliceDue { trip: museum(), at: at("10:10") });
    let (story, _) = story.allowed().events_now();
    let found = checkins::Event::ChildFound { trip: museum(), with: abara(), at: at("10:11") };
    let (_, events) = story.hears(found).allowed().passes_to("10:13");
    assert_eq!(rungs(&events), [(Rung::Leader, 3, 13)]);
}

fn left_without_clearance() -> trips::Event {
    trips::Event::LeftWithoutClearance {
        trip: museum(),
        at: at("09:00"),
        party: party().into(),
        reason: note("The coach could not wait"),
        missing: Vec::new(),
    }
}

/// FORM-9: office, DSL and senior are told at once; the party on the road is not rung.
#[test]
fn a_party_that_left_without_clearance_alerts_all_of_base_at_once() {
    let (story, events) = school().at_time("10:00").hears(left_without_clearance()).events_of();
    assert!(matches!(
        events.as_slice(),
        [
            Event::LadderNoted { .. },
            Event::CaseOpened { severity: Severity::Urgent, start: LadderStart::Base, .. }
        ]
    ));
    let (story, events) = story.events_now();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 0), (Rung::Dsl, 1, 0), (Rung::Senior, 1, 0)]);
    assert_eq!(told(&events), [rung_up(landline()), texted(tan()), texted(rahman()), texted(pryce())]);
    let (_, events) = story.passes_to("10:20");
    assert!(
        !told(&events)
            .iter()
            .any(|to| [okafor(), lind(), abara()].map(|p| to.0 == Recipient::Person(p)).contains(&true))
    );
    assert_eq!(told(&events)[..3], [called(tan()), called(rahman()), called(pryce())]);
}

/// FORM-9: it stands until the head or a deputy settles it; the trip's end doesn't end it.
#[test]
fn clearance_ends_by_being_settled_and_outlives_the_trip() {
    let story = school().at_time("10:00").hears(left_without_clearance()).allowed();
    let story = story.at_time("16:00").hears(closed()).allowed();
    assert!(story.case().has(&Reason::LeftWithoutClearance { at: at("09:00") }));
    let settled = trips::Event::ClearanceSettled {
        trip: museum(),
        decision: ClearanceDecision::Accept,
        reason: note("Accepted by voice"),
        by: whitlock(),
        heard_by: Some(tan()),
    };
    let story = story.hears(settled).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// CHECK-6: a call for help from a school phone that is with no party that is out alerts base all the same.
#[test]
fn help_from_a_phone_of_no_trip_alerts_base() {
    let from = |meaning| {
        let device = phone_of(okafor());
        text_from(Caller::Device { device, person: Some(okafor()), pupil: None, trip: None }, 9, meaning)
    };
    for meaning in [Meaning::Help {}, Meaning::Lost {}] {
        let (_, events) = out().hears(from(meaning)).allowed().events_now();
        assert!(!told(&events).is_empty(), "somebody is told at once");
    }
    out().hears(from(Meaning::Unclear {})).nothing_happens();
    out().hears(text(okafor(), 9, Meaning::Help {})).nothing_happens();
}
