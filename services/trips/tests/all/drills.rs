//! Drills: flagged at planning, counted when they are over, reminded of, and learnt from. [REV-1]

use decider::kit::given;
use proto::v1::trips::{Command, Event, Refusal};
use trips::Trips;
use trips::form::{changes_that_matter, form_hash};

use crate::cast::*;

fn planned_as_a_drill() -> proto::v1::trips::TripForm {
    form_with(|form| form.drill = true)
}

/// The drill left, and is about to come back.
fn out() -> Vec<Event> {
    let form = planned_as_a_drill();
    let mut party = party();
    party.drill = true;
    let left = Event::Departed {
        trip: museum(),
        at: at(DEPARTURE),
        form_hash: form_hash(&form),
        party: Box::new(party),
    };
    the_school().into_iter().chain([saved(form), left]).collect()
}

fn returns() -> Command {
    Command::RecordReturn { trip: museum(), accounted: accounted(30, 0, 0), note: None }
}

fn done(at_: &str, next_by: &str) -> Event {
    Event::DrillDone { trip: museum(), at: at(at_), weekend: false, next_by: at(next_by) }
}

/// REV-1: a drill is over as its party is back; the next is due by the policy's number of drills a year. A real trip is none.
#[test]
fn a_drill_that_is_over_says_when_the_next_one_is_due() {
    let back = "2026-11-20T15:00:00Z";
    for (a_year, next_by) in [(2, "2027-05-22T03:00:00Z"), (1, "2027-11-20T15:00:00Z")] {
        let story = given::<Trips>(out()).at(back).by_person(okafor());
        let story = story.with_policy(|policy| policy.drills_a_year = a_year).when(returns());
        story.then_events(|events| assert_eq!(events[1..], [done(back, next_by)]));
    }
    let real = given::<Trips>(departed()).at(back).by_person(okafor()).when(returns());
    real.then_events(|events| assert!(matches!(events, [Event::Returned { .. }]), "{events:?}"));
}

/// REV-1: one at a weekend in two years: a drill that left on a Saturday is one, and for two years none is asked.
#[test]
fn one_drill_in_two_years_is_at_a_weekend() {
    let saturday = Event::DrillDone {
        trip: museum(),
        at: at("2026-11-21T15:00:00Z"),
        weekend: true,
        next_by: at("2027-05-22T15:00:00Z"),
    };
    let story = given::<Trips>([saturday]);
    let drills = story.state.drills();
    assert!(!drills.weekend_is_due(at("2028-11-01T09:00:00Z")));
    assert!(drills.weekend_is_due(at("2028-11-22T09:00:00Z")));
    assert!(
        given::<Trips>([done("2026-11-20T15:00:00Z", "2027-05-22T03:00:00Z")])
            .state
            .drills()
            .weekend_is_due(at("2026-11-23T09:00:00Z"))
    );
}

/// REV-1: reminded four weeks before it is due, when it is, and every four weeks; before the first drill a year after the
/// first trip.
#[test]
fn a_drill_is_reminded_of_until_it_is_held() {
    let reminded = |now: &str, remind_at: &str| Event::DrillReminded {
        at: at(now),
        due_by: at("2027-11-20T09:00:00Z"),
        weekend: true,
        remind_at: at(remind_at),
    };
    let story = given::<Trips>(departed()).at("2027-10-23T08:59:00Z").time_passes().nothing_happens();
    let story = story.at("2027-10-23T09:00:00Z").time_passes();
    let story = story.then([reminded("2027-10-23T09:00:00Z", "2027-11-20T09:00:00Z")]);
    let story = story.at("2027-11-20T09:00:00Z").time_passes();
    let story = story.then([reminded("2027-11-20T09:00:00Z", "2027-12-18T09:00:00Z")]);
    story.at("2027-12-01T09:00:00Z").time_passes().nothing_happens();
}

/// REV-1: what was learnt is written down by a named person, of a drill that is over; the later words stand.
#[test]
fn what_was_learnt_is_written_down() {
    let learn = |words| Command::ReviewDrill { trip: museum(), learnt: note(words) };
    let story = given::<Trips>(out()).at("2026-11-20T15:00:00Z").by_person(okafor());
    let story = story.when(learn("The landline rang out")).refused(Refusal::NoDrill { trip: museum() });
    let story = story.when(returns()).allowed().when(learn("The landline rang out"));
    let written = Event::DrillReviewed {
        trip: museum(),
        learnt: note("The landline rang out"),
        by: okafor(),
        at: at("2026-11-20T15:00:00Z"),
    };
    let story = story.then([written]).when(learn("The landline rang out")).nothing_happens();
    let story = story.when(learn("It was mended")).allowed();
    let learnt = story.state.drills().done()[0].learnt.as_ref().map(|(words, ..)| words.to_string());
    assert_eq!(learnt.as_deref(), Some("It was mended"));
    given::<Trips>(departed())
        .by_person(okafor())
        .when(learn("x"))
        .refused(Refusal::NoDrill { trip: museum() });
}

/// REV-1, FORM-4: whether it is a drill matters to the authorisation; a drill says so before its title, a real trip's form has
/// the hash that it always had.
#[test]
fn whether_it_is_a_drill_matters_and_is_said() {
    assert_eq!(changes_that_matter(&form(), &planned_as_a_drill()), ["drill"]);
    assert!(!serde_json::to_string(&form()).expect("JSON").contains("drill"));
    let story = given::<Trips>(out());
    let title = story.state.trip(museum()).map(trips::Trip::shown_title);
    assert_eq!(title.as_deref(), Some("DRILL: Year 6 to the museum"));
}
