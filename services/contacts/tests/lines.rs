//! CONT-1, CONT-2, CONT-4: the school's lines.

use proto::v1::contacts::{Command, Event, JudgedBy, LineHealth, LineKind, MAX_HOURS, Refusal};
use proto::v1::people::Role;
use proto::values::{RingSecs, WeeklyHours};

use crate::cast::*;

fn add(name: &str, kind: LineKind, text: &str) -> Command {
    let (name, line, number) = (label(name), line(name), number(text));
    Command::AddLine { line, name, kind, number, hours: office_hours(), ring_secs: RingSecs::LINE }
}

fn added(name: &str, kind: LineKind, text: &str) -> Event {
    let (name, line, number) = (label(name), line(name), number(text));
    Event::LineAdded { line, name, kind, number, hours: office_hours(), ring_secs: RingSecs::LINE }
}

fn change(text: &str, hours: WeeklyHours) -> Command {
    Command::ChangeLine {
        line: landline(),
        name: label("The landline"),
        number: number(text),
        hours,
        ring_secs: RingSecs::LINE,
    }
}

/// CONT-1: a landline is added once.
#[test]
fn a_landline_is_added_once() {
    let again = || add("second", LineKind::Landline, "01632 960003");
    school([])
        .when(again())
        .then([added("second", LineKind::Landline, "01632 960003")])
        .when(again())
        .nothing_happens();
}

#[test]
fn an_id_that_is_or_was_another_lines_is_refused() {
    let other = Command::AddLine {
        line: landline(),
        name: label("Another"),
        kind: LineKind::Landline,
        number: number("01632 960003"),
        hours: office_hours(),
        ring_secs: RingSecs::LINE,
    };
    school([]).when(other).refused(Refusal::LineExists { line: landline() });
    school([
        added("second", LineKind::Landline, "01632 960003"),
        Event::LineRemoved { line: line("second") },
    ])
    .when(add("second", LineKind::Landline, "01632 960003"))
    .refused(Refusal::LineExists { line: line("second") });
}

#[test]
fn a_number_is_one_lines() {
    school([office_added()])
        .when(add("second", LineKind::Office, "01632 960001"))
        .refused(Refusal::NumberTaken { by: landline() })
        .when(change("01632 960002", office_hours()))
        .refused(Refusal::NumberTaken { by: office_line() });
}

/// CONT-1: the landline is no mobile.
#[test]
fn a_landline_has_a_landlines_number() {
    school([])
        .when(add("second", LineKind::Landline, "07700 900001"))
        .refused(Refusal::LandlineNeeded {})
        .when(change("07700 900001", office_hours()))
        .refused(Refusal::LandlineNeeded {});
}

/// CONT-2, CONT-4: the back-up is a registered work mobile in service; no personal number is taken.
#[test]
fn a_mobile_on_which_the_school_is_reached_is_a_work_mobile() {
    let lost = Event::WorkMobileNoted {
        device: phone_of(bea()),
        number: number("07700 900007"),
        person: None,
        in_service: false,
    };
    let story = school([lost]);
    let mut story = story.when(add("mine", LineKind::BackUpMobile, "07700 900006")).allowed();
    for (kind, text) in [
        (LineKind::BackUpMobile, "07700 900999"),
        (LineKind::BackUpMobile, "07700 900007"),
        (LineKind::BackUpMobile, "01632 960009"),
        (LineKind::Office, "07700 900999"),
    ] {
        story = story.when(add("other", kind, text)).refused(Refusal::NotAWorkMobile {});
    }
    story.when(add("other", LineKind::Office, "07700 900005")).allowed();
}

#[test]
fn hours_have_a_limit() {
    let hours = |count| WeeklyHours(office_hours().0.into_iter().cycle().take(count).collect());
    school([])
        .when(change("01632 960001", hours(MAX_HOURS + 1)))
        .refused(Refusal::TooManyHours { max: MAX_HOURS, found: MAX_HOURS + 1 })
        .when(change("01632 960001", hours(MAX_HOURS)))
        .allowed();
}

#[test]
fn a_line_is_changed_once_and_keeps_its_mark() {
    let changed = Event::LineChanged {
        line: landline(),
        name: label("The landline"),
        number: number("01632 960009"),
        hours: office_hours(),
        ring_secs: RingSecs::LINE,
    };
    let story = school([marked(landline(), LineHealth::Down, "2026-11-20T08:00:00Z", None)])
        .when(change("01632 960009", office_hours()))
        .then([changed])
        .when(change("01632 960009", office_hours()))
        .nothing_happens();
    assert_eq!(story.state.line(landline()).unwrap().health.kind(), LineHealth::Down);
}

#[test]
fn a_line_that_is_not_there_is_neither_changed_nor_removed_nor_marked() {
    let unknown = || Refusal::UnknownLine { line: office_line() };
    let change = Command::ChangeLine {
        line: office_line(),
        name: label("The office"),
        number: number("01632 960002"),
        hours: office_hours(),
        ring_secs: RingSecs::LINE,
    };
    school([])
        .when(change)
        .refused(unknown())
        .when(Command::RemoveLine { line: office_line() })
        .refused(unknown())
        .when(mark(office_line(), LineHealth::Down, None))
        .refused(unknown());
}

/// CONT-1: a landline is connected at all times.
#[test]
fn the_last_landline_stays() {
    let remove = |line| Command::RemoveLine { line };
    school([])
        .when(remove(landline()))
        .refused(Refusal::LastLandline { line: landline() })
        .when(remove(back_up()))
        .then([Event::LineRemoved { line: back_up() }])
        .when(remove(back_up()))
        .nothing_happens()
        .when(add("second", LineKind::Landline, "01632 960003"))
        .allowed()
        .when(remove(landline()))
        .then([Event::LineRemoved { line: landline() }]);
}

/// CONT-1: a line's health is known: marked by hand, with a reason and perhaps an end.
#[test]
fn a_line_is_marked_once_and_back() {
    let up = || Command::MarkLine {
        line: landline(),
        health: LineHealth::Up,
        reason: note("Repaired"),
        until: Some(at("2026-11-20T12:00:00Z")),
    };
    let repaired = Event::LineHealthChanged {
        line: landline(),
        health: LineHealth::Up,
        since: at("2026-11-20T09:00:00Z"),
        reason: note("Repaired"),
        until: None,
        by: JudgedBy::Hand,
    };
    school([])
        .when(up())
        .nothing_happens()
        .when(mark(landline(), LineHealth::Down, Some("2026-11-20T11:00:00Z")))
        .then([marked(landline(), LineHealth::Down, "2026-11-20T09:00:00Z", Some("2026-11-20T11:00:00Z"))])
        .when(mark(landline(), LineHealth::Down, Some("2026-11-20T11:00:00Z")))
        .nothing_happens()
        .when(mark(landline(), LineHealth::Doubtful, None))
        .then([marked(landline(), LineHealth::Doubtful, "2026-11-20T09:00:00Z", None)])
        .when(up())
        .then([repaired]);
}

/// CONT-1: a mark that has ended already is none.
#[test]
fn a_mark_ends_ahead() {
    school([])
        .when(mark(landline(), LineHealth::Down, Some("2026-11-20T09:00:00Z")))
        .refused(Refusal::UntilInThePast { until: at("2026-11-20T09:00:00Z") });
}

#[test]
fn the_office_and_accounts_keep_the_lines_others_do_not() {
    let needed = [Role::Office, Role::Senior, Role::Head, Role::Admin].into_iter().collect();
    let refusal = Refusal::RoleNeeded { roles: needed };
    let commands = || {
        [
            add("second", LineKind::Landline, "01632 960003"),
            change("01632 960001", any_time()),
            Command::RemoveLine { line: back_up() },
            mark(landline(), LineHealth::Down, None),
            close_early("2026-11-20T12:00:00Z", "2026-11-20T16:30:00Z"),
        ]
    };
    for command in commands() {
        school([]).when(command.clone()).allowed();
        school([]).by(a_client()).when(command.clone()).allowed();
        school([]).by_person(stranger()).when(command.clone()).allowed();
        school([]).by_person(lena()).when(command.clone()).refused(refusal.clone());
        school([]).by(a_phone()).when(command).refused(Refusal::NamedPersonNeeded {});
    }
}
