//! What is due of an incident by when, over Easter, Christmas, bank holidays, closed days and both clock changes: worked out as it
//! is reported, and told at that very moment, not a second before. [INC-1, INC-2]

use proto::v1::safeguarding::{Command, Deadlines, Event, Step};

use crate::cast::{at, day, ines, report, without_a_log};

/// Why the row is here; when it is reported; told in person by, written up by, outside bodies told by. All by UTC: from
/// 29 March to 25 October 2026 the school's clocks are an hour ahead of it.
const TABLE: [(&str, &str, [&str; 3]); 13] = [
    (
        "a plain Thursday",
        "2026-11-19T10:00:00Z",
        ["2026-11-19T11:00:00Z", "2026-11-20T00:00:00Z", "2026-11-20T10:00:00Z"],
    ),
    (
        "a Friday",
        "2026-11-20T16:00:00Z",
        ["2026-11-20T17:00:00Z", "2026-11-21T00:00:00Z", "2026-11-23T16:00:00Z"],
    ),
    (
        "late in the evening: two hours to write it up",
        "2026-11-19T23:30:00Z",
        ["2026-11-20T00:30:00Z", "2026-11-20T01:30:00Z", "2026-11-20T23:30:00Z"],
    ),
    (
        "Maundy Thursday: Good Friday and Easter Monday",
        "2026-04-02T10:00:00Z",
        ["2026-04-02T11:00:00Z", "2026-04-02T23:00:00Z", "2026-04-07T10:00:00Z"],
    ),
    (
        "Easter Sunday",
        "2026-04-05T10:00:00Z",
        ["2026-04-05T11:00:00Z", "2026-04-05T23:00:00Z", "2026-04-07T10:00:00Z"],
    ),
    (
        "before the early May bank holiday",
        "2026-05-01T12:00:00Z",
        ["2026-05-01T13:00:00Z", "2026-05-01T23:00:00Z", "2026-05-05T12:00:00Z"],
    ),
    (
        "before the summer bank holiday",
        "2026-08-28T12:00:00Z",
        ["2026-08-28T13:00:00Z", "2026-08-28T23:00:00Z", "2026-09-01T12:00:00Z"],
    ),
    // Christmas Eve is closed here; Boxing Day is a Saturday, its substitute the Monday.
    (
        "before Christmas",
        "2026-12-23T09:00:00Z",
        ["2026-12-23T10:00:00Z", "2026-12-24T00:00:00Z", "2026-12-29T09:00:00Z"],
    ),
    (
        "New Year's Eve",
        "2026-12-31T09:00:00Z",
        ["2026-12-31T10:00:00Z", "2027-01-01T00:00:00Z", "2027-01-04T09:00:00Z"],
    ),
    // The hour is an hour, though clocks show two; the day ends with the new time, and Monday's half past midnight is of it.
    (
        "half an hour before the clocks go forward",
        "2026-03-29T00:30:00Z",
        ["2026-03-29T01:30:00Z", "2026-03-29T23:00:00Z", "2026-03-29T23:30:00Z"],
    ),
    (
        "the Friday before they go forward",
        "2026-03-27T14:00:00Z",
        ["2026-03-27T15:00:00Z", "2026-03-28T00:00:00Z", "2026-03-30T13:00:00Z"],
    ),
    // Half past one comes twice that night: the hour begins at the first and ends at the second.
    (
        "half an hour before the clocks go back",
        "2026-10-25T00:30:00Z",
        ["2026-10-25T01:30:00Z", "2026-10-26T00:00:00Z", "2026-10-26T01:30:00Z"],
    ),
    (
        "the Friday before they go back",
        "2026-10-23T13:00:00Z",
        ["2026-10-23T14:00:00Z", "2026-10-23T23:00:00Z", "2026-10-26T14:00:00Z"],
    ),
];

/// INC-1, INC-2: every row of the table: the deadlines stand in the event, and each is told when it has passed.
#[test]
fn every_deadline_is_worked_out_on_working_days_and_told_at_its_moment() {
    for (why, reported, expected) in TABLE {
        let Command::ReportIncident { incident, kind, danger, trip, about, what, .. } = report() else {
            unreachable!("it is a report")
        };
        let happened_at = at(reported);
        let report = Command::ReportIncident { incident, kind, danger, trip, happened_at, about, what };
        let [told_in_person, written_up, bodies_told] = expected.map(at);
        let mut story = without_a_log()
            .with_policy(|policy| policy.closed_days = vec![day("2026-12-24")])
            .at(reported)
            .by_person(ines())
            .when(report)
            .then_events(|events| {
                let [Event::IncidentReported { deadlines, .. }] = events else { panic!("{why}: {events:?}") };
                assert_eq!(*deadlines, Deadlines { told_in_person, written_up, bodies_told }, "{why}");
            });
        let steps = [Step::ToldInPerson, Step::WrittenUp, Step::BodiesTold];
        for (step, due) in steps.into_iter().zip([told_in_person, written_up, bodies_told]) {
            let before = due - jiff::SignedDuration::from_secs(1);
            story = story.at(&before.to_string()).time_passes().nothing_happens();
            story = story.at(&due.to_string()).time_passes().then_events(|events| {
                let [Event::StepOverdue { step: told, due_at, .. }] = events else {
                    panic!("{why}: {events:?}")
                };
                assert_eq!((*told, *due_at), (step, due), "{why}");
            });
        }
    }
}
