//! A pupil who travels directly and doesn't arrive: the office is told, once, until somebody knows. [FORM-6]

use proto::ids::PupilId;
use proto::v1::alerts::*;
use proto::v1::checkins::{self, ArrivalWord};
use proto::v1::trips::{self, ArrivalDue};

use crate::cast::*;

fn ali() -> PupilId {
    PupilId::derived(museum().0, 1)
}

fn provider() -> proto::values::Label {
    "Oakfield Stables".parse().expect("a label")
}

fn due() -> ArrivalDue {
    ArrivalDue { pupil: ali(), provider: provider(), due_at: at("09:30"), missed_at: at("09:40") }
}

fn not_there() -> checkins::Event {
    let ArrivalDue { pupil, provider, due_at, missed_at } = due();
    checkins::Event::ArrivalMissed { trip: museum(), pupil, provider, due_at, missed_at }
}

fn recorded(word: ArrivalWord) -> checkins::Event {
    checkins::Event::ArrivalRecorded {
        trip: museum(),
        pupil: ali(),
        due_at: at("09:30"),
        word,
        said_by: None,
        at: at("10:20"),
        recorded_at: at("10:20"),
        by: tan(),
        note: None,
    }
}

/// FORM-6, CHECK-2: it alerts once, beginning at the office, before its trip has left too; confirmed, it is over.
#[test]
fn a_missing_arrival_alerts_the_office_once_and_ends_when_it_is_confirmed() {
    let story = school().at_time("10:10").hears(not_there()).allowed();
    assert_eq!(story.case().severity, Severity::Urgent);
    let (story, events) = story.time_passes().events_of();
    assert_eq!(rungs(&events), [(Rung::Office, 1, 10)], "nobody on the trip is asked first");
    let story = story.hears(not_there()).nothing_happens();
    let story = story.at_time("10:20").hears(recorded(ArrivalWord::Arrived)).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// FORM-6, FORM-8: before the party leaves, too, those are told whom the form names, and who is on call besides; nobody of the
/// party is; as it leaves, its own ladder is noted.
#[test]
fn before_the_party_leaves_the_people_of_the_form_are_told() {
    let mut form = crate::hearing::any_form();
    form.emergency.office = vec![whitlock()];
    form.emergency.dsl = vec![pryce()];
    form.direct = vec![trips::DirectTraveller {
        pupil: ali(),
        name: proto::values::Personal::known("Ali B.".parse().expect("a label")),
        provider: provider(),
        due_at: Some(at("09:30")),
        contact: None,
        number: None,
        devices: None,
    }];
    let saved = trips::Event::DraftSaved {
        trip: museum(),
        form: form.clone().into(),
        form_hash: proto::envelope::Hash([1; 32]),
    };
    let on_call = duty(proto::v1::people::DutyRole::Office, ito());
    let story = school().hears(on_call).allowed().at_time("09:00").hears(saved).then_events(|events| {
        assert!(matches!(events, [Event::LadderNoted { staff, .. }] if staff.is_empty()), "{events:?}");
    });
    assert!(!story.state.is_out(museum()), "it hasn't left");
    let (story, mut all) = story.at_time("10:10").hears(not_there()).allowed().events_now();
    for clock in ["10:20", "10:30"] {
        all.extend(story.clone().at_time(clock).time_passes().events_of().1);
    }
    let told = told(&all);
    for person in [whitlock(), tan()] {
        assert!(told.contains(&texted(person)), "{person} is named by the form: {told:?}");
    }
    for person in [okafor(), lind(), abara()] {
        assert!(!told.iter().any(|(to, _)| *to == Recipient::Person(person)), "{told:?}");
    }
    let story = story.hears(departed()).then_events(|events| {
        assert!(matches!(events, [Event::LadderNoted { staff, .. }] if !staff.is_empty()), "{events:?}");
    });
    assert!(story.state.is_out(museum()));
}

/// FORM-6: a form by which nobody travels directly is nothing that alerts need to know before the party leaves.
#[test]
fn a_form_without_direct_travellers_is_not_noted() {
    let form = crate::hearing::any_form().into();
    let saved = trips::Event::DraftSaved { trip: museum(), form, form_hash: proto::envelope::Hash([1; 32]) };
    school().hears(saved).nothing_happens();
}

/// FORM-6: the staff on the road are not on its ladder: they can't look for a pupil who travels alone.
#[test]
fn the_party_is_not_rung_for_a_pupil_who_travels_alone() {
    let (mut story, mut all) = out().hears(not_there()).allowed().events_now();
    for clock in ["10:20", "10:30", "10:40"] {
        let (after, events) = story.at_time(clock).time_passes().events_of();
        story = after;
        all.extend(events);
    }
    let reached = rungs(&all);
    assert!(reached.len() > 2 && reached.iter().all(|(rung, ..)| *rung >= Rung::Office), "{reached:?}");
}

/// FORM-6: everyone of the party is back and its trip closed: where that pupil is is still not known.
#[test]
fn it_stands_when_the_trip_is_over() {
    let story = out().hears(not_there()).allowed();
    let story = story.hears(trips::Event::TripClosed { trip: museum(), at: at("10:15") }).allowed();
    let reason = Reason::MissedArrival { pupil: ali(), provider: provider(), due_at: at("09:30") };
    assert!(story.case().has(&reason));
    let story = story.hears(recorded(ArrivalWord::NotComing)).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// FORM-6: a form that doesn't expect the pupil any more, or expects them later, ends it; one that does leaves it.
#[test]
fn another_form_ends_it_where_the_pupil_is_not_awaited_then() {
    let expected = |arrivals| checkins::Event::ArrivalsExpected { trip: museum(), at: at("10:12"), arrivals };
    let story = school().at_time("10:10").hears(not_there()).allowed();
    let story = story.hears(expected(vec![due()])).nothing_happens();
    let later = ArrivalDue { due_at: at("11:00"), missed_at: at("11:10"), ..due() };
    let story = story.hears(expected(vec![later])).allowed();
    assert_eq!(story.state.open_cases().count(), 0);
}

/// FORM-6: the wrong pupil was ticked: missed again, it alerts again.
#[test]
fn confirmed_by_mistake_it_alerts_again() {
    let story = school().at_time("10:10").hears(not_there()).allowed();
    let story = story.hears(recorded(ArrivalWord::Arrived)).allowed();
    let story = story.at_time("10:20").hears(recorded(ArrivalWord::NotThere)).nothing_happens();
    let story = story.hears(not_there()).allowed();
    assert_eq!(story.state.open_cases().count(), 1);
}
