//! The duty rota.

use people::{People, Test};
use proto::v1::people::{Command, DutyNight, DutyRole, Event, MAX_DUTY_DAYS, Refusal};
use proto::values::Window;

use crate::cast::*;

/// The nights that a duty is planned with.
#[track_caller]
fn nights_of(now: &str, window: Window) -> Vec<DutyNight> {
    let mut found = vec![];
    school([]).at(now).when(plan(duty(1), dana(), DutyRole::Dsl, window)).then_events(
        |events| match events {
            [Event::DutyPlanned { nights, .. }] => found.clone_from(nights),
            other => panic!("{other:?}"),
        },
    );
    found
}

fn night(from: &str, to: &str, test_at: &str, answer_by: &str) -> DutyNight {
    DutyNight { night: window(from, to), test_at: at(test_at), answer_by: at(answer_by) }
}

#[test]
fn a_duty_is_planned_once_and_taken_off_once() {
    let plan = || plan(duty(1), dana(), DutyRole::Dsl, friday_night());
    let story = school([]).when(plan()).then([danas_duty()]).when(plan()).nothing_happens();
    assert_eq!(story.state.on_duty(DutyRole::Dsl, at("2026-11-20T17:00:00Z")).count(), 1);
    assert_eq!(story.state.on_duty(DutyRole::Base, at("2026-11-20T17:00:00Z")).count(), 0);
    story
        .when(Command::RemoveDuty { duty: duty(1) })
        .then([Event::DutyRemoved { duty: duty(1) }])
        .when(Command::RemoveDuty { duty: duty(1) })
        .nothing_happens()
        .when(plan())
        .refused(Refusal::DutyExists { duty: duty(1) });
}

#[test]
fn a_duty_taken_off_is_not_tested() {
    let story = school([danas_duty(), Event::DutyRemoved { duty: duty(1) }]).at("2026-11-20T18:00:00Z");
    assert_eq!(<People as decider::Service>::next_due(&story.state), None);
    story.time_passes().nothing_happens();
}

#[test]
fn another_duty_under_the_same_id_is_refused() {
    school([danas_duty()])
        .when(plan(duty(1), dana(), DutyRole::Base, friday_night()))
        .refused(Refusal::DutyExists { duty: duty(1) });
}

#[test]
fn nobody_is_on_call_twice_at_once_in_one_role() {
    let later = window("2026-11-21T07:00:00Z", "2026-11-21T20:00:00Z");
    school([danas_duty()])
        .when(plan(duty(2), dana(), DutyRole::Dsl, later))
        .refused(Refusal::DutyOverlaps { with: duty(1) })
        .when(plan(duty(2), dana(), DutyRole::Base, later))
        .allowed()
        .when(plan(duty(3), lena(), DutyRole::Dsl, later))
        .allowed();
}

#[test]
fn a_duty_that_is_over_is_neither_planned_nor_taken_off_nor_confirmed() {
    let over = || Refusal::DutyOver { duty: duty(1) };
    school([])
        .at("2026-11-21T08:00:00Z")
        .when(plan(duty(1), dana(), DutyRole::Dsl, friday_night()))
        .refused(over());
    school([danas_duty()])
        .at("2026-11-21T08:00:00Z")
        .when(Command::RemoveDuty { duty: duty(1) })
        .refused(over())
        .when(Command::ConfirmDuty { duty: duty(1) })
        .refused(over());
}

#[test]
fn only_people_of_the_register_are_on_call() {
    let stranger = proto::ids::PersonId::derived(uuid::Uuid::nil(), 7);
    school([])
        .when(plan(duty(1), stranger, DutyRole::Dsl, friday_night()))
        .refused(Refusal::UnknownPerson { person: stranger });
}

#[test]
fn a_duty_that_is_not_on_the_rota_is_neither_taken_off_nor_confirmed() {
    let unknown = || Refusal::UnknownDuty { duty: duty(5) };
    school([])
        .when(Command::RemoveDuty { duty: duty(5) })
        .refused(unknown())
        .when(Command::ConfirmDuty { duty: duty(5) })
        .refused(unknown());
}

#[test]
fn a_duty_of_the_most_days_fits_and_a_second_more_does_not() {
    let from = at("2026-11-20T16:00:00Z");
    let end = from + jiff::SignedDuration::from_hours(24 * MAX_DUTY_DAYS);
    let longest = Window::new(from, end).unwrap();
    assert_eq!(nights_of("2026-11-20T09:00:00Z", longest).len(), 35);
    let longer = Window::new(from, end + jiff::SignedDuration::from_secs(1)).unwrap();
    school([])
        .when(plan(duty(1), dana(), DutyRole::Dsl, longer))
        .refused(Refusal::DutyTooLong { max_days: MAX_DUTY_DAYS });
}

/// FORM-8: a duty by day has no test.
#[test]
fn a_duty_by_day_has_no_nights() {
    let day = window("2026-11-20T06:00:00Z", "2026-11-20T20:00:00Z");
    assert_eq!(nights_of("2026-11-19T09:00:00Z", day), []);
}

/// FORM-8: each night has that evening's test, at 18:00 on the school's clocks, answered by 20:00.
#[test]
fn a_week_on_call_has_a_test_each_evening() {
    let weekend = window("2026-11-20T16:00:00Z", "2026-11-22T23:00:00Z");
    let expected = [
        night("2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z", "2026-11-20T18:00:00Z", "2026-11-20T20:00:00Z"),
        night("2026-11-21T20:00:00Z", "2026-11-22T06:00:00Z", "2026-11-21T18:00:00Z", "2026-11-21T20:00:00Z"),
        night("2026-11-22T20:00:00Z", "2026-11-22T23:00:00Z", "2026-11-22T18:00:00Z", "2026-11-22T20:00:00Z"),
    ];
    assert_eq!(nights_of("2026-11-20T09:00:00Z", weekend), expected);
}

/// FORM-8: a duty that begins after midnight is tested the evening before, while somebody else can still be found.
#[test]
fn a_duty_after_midnight_is_tested_the_evening_before() {
    let early = window("2026-11-21T02:00:00Z", "2026-11-21T12:00:00Z");
    let expected = [night(
        "2026-11-21T02:00:00Z",
        "2026-11-21T06:00:00Z",
        "2026-11-20T18:00:00Z",
        "2026-11-20T20:00:00Z",
    )];
    assert_eq!(nights_of("2026-11-20T09:00:00Z", early), expected);
}

/// FORM-8: a duty planned after the evening's hour is tested at once, with half an hour to answer at least.
#[test]
fn a_duty_planned_in_the_evening_is_tested_at_once() {
    let tested = |now| {
        nights_of(now, friday_night()).into_iter().map(|n| (n.test_at, n.answer_by)).collect::<Vec<_>>()
    };
    assert_eq!(tested("2026-11-20T18:30:00Z"), [(at("2026-11-20T18:30:00Z"), at("2026-11-20T20:00:00Z"))]);
    assert_eq!(tested("2026-11-20T19:45:00Z"), [(at("2026-11-20T19:45:00Z"), at("2026-11-20T20:15:00Z"))]);
    assert_eq!(tested("2026-11-21T06:00:00Z"), [], "the night is over");
}

/// CHECK-3: evenings and nights follow the wall clock over both clock changes.
#[test]
fn evenings_follow_the_wall_clock_over_both_clock_changes() {
    let spring = window("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    let expected = [
        night("2026-03-28T20:00:00Z", "2026-03-29T05:00:00Z", "2026-03-28T18:00:00Z", "2026-03-28T20:00:00Z"),
        night("2026-03-29T19:00:00Z", "2026-03-30T05:00:00Z", "2026-03-29T17:00:00Z", "2026-03-29T19:00:00Z"),
    ];
    assert_eq!(nights_of("2026-03-28T09:00:00Z", spring), expected);
    let autumn = window("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z");
    let expected = [night(
        "2026-10-24T19:00:00Z",
        "2026-10-25T06:00:00Z",
        "2026-10-24T17:00:00Z",
        "2026-10-24T19:00:00Z",
    )];
    assert_eq!(nights_of("2026-10-24T09:00:00Z", autumn), expected);
}

#[test]
fn the_state_tells_where_each_nights_test_stands() {
    let story = school([danas_duty(), dana_was_asked()]);
    let tests: Vec<Test> = story.state.duty(duty(1)).unwrap().nights.iter().map(|n| n.test).collect();
    assert_eq!(tests, [Test::Asked { answer_by: at("2026-11-20T20:00:00Z") }]);
}
