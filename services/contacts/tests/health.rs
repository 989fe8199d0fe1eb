//! CONT-1, CONT-2: what calls tell of a line, and when it is tested.

use decider::kit::Story;
use proto::Timestamp;
use proto::ids::{AttemptId, LineId};
use proto::v1::contacts::{Command, Event, JudgedBy, LineHealth, LineSignal, Refusal};
use proto::v1::gateway::{self, DialOutcome, LineTrial};
use proto::values::CronSchedule;

use contacts::{Contacts, Health};

use crate::cast::*;

const MORNING: &str = "2026-11-20T09:00:00Z";

fn forward(outcome: DialOutcome, when: &str) -> gateway::Event {
    let (trial, outcome) = (LineTrial::Forward {}, Some(outcome));
    gateway::Event::LineTried { line: landline(), trial, outcome, at: at(when) }
}

fn tested(attempt: AttemptId, outcome: Option<DialOutcome>, when: &str) -> gateway::Event {
    gateway::Event::LineTried { line: landline(), trial: LineTrial::Test { attempt }, outcome, at: at(when) }
}

fn health(story: &Story<Contacts>) -> LineHealth {
    story.state.line(landline()).expect("the landline").health.kind()
}

fn test_at(story: &Story<Contacts>) -> Option<Timestamp> {
    story.state.line(landline()).expect("the landline").watch.test_at()
}

/// Time passes up to the next test call of the landline; its id.
fn at_the_test(story: Story<Contacts>) -> (Story<Contacts>, AttemptId) {
    let due = test_at(&story).expect("a test is planned");
    let mut attempt = None;
    let story = story.at_instant(due).time_passes().then_events(|events| {
        attempt = events.iter().find_map(|event| match event {
            Event::LineTestCalled { line, attempt, at } if *line == landline() && *at == due => {
                Some(*attempt)
            }
            _ => None,
        });
    });
    (story, attempt.expect("the landline is tested"))
}

/// Tests it, with that outcome, a minute later.
fn test_comes_out(story: Story<Contacts>, outcome: Option<DialOutcome>) -> Story<Contacts> {
    let (story, attempt) = at_the_test(story);
    let (_, begun) = story.state.line(landline()).expect("it").watch.test().expect("under way");
    let told = begun + jiff::SignedDuration::from_mins(1);
    story.at_instant(told).hears(tested(attempt, outcome, &told.to_string())).allowed()
}

/// Down by signals, at 09:02.
fn fallen() -> Story<Contacts> {
    let story = school([]).at(MORNING).hears(forward(DialOutcome::Failed, MORNING)).allowed();
    assert_eq!(health(&story), LineHealth::Doubtful);
    let story = test_comes_out(story, Some(DialOutcome::NoAnswer));
    assert_eq!(health(&story), LineHealth::Down);
    story
}

/// CONT-1: one call that nobody takes is no fault; a second is a doubt, and a call that is taken ends it.
#[test]
fn a_call_that_is_not_taken_is_no_fault_a_second_is_a_doubt() {
    for outcome in [DialOutcome::Busy, DialOutcome::NoAnswer, DialOutcome::NotTaken] {
        let story = school([]).at(MORNING).hears(forward(outcome, MORNING)).then([Event::LineSignalled {
            line: landline(),
            signal: LineSignal::ForwardNotTaken,
            at: at(MORNING),
        }]);
        assert_eq!(health(&story), LineHealth::Up, "{outcome:?}");
        let story = story.hears(forward(outcome, MORNING)).allowed();
        assert_eq!(health(&story), LineHealth::Doubtful, "{outcome:?}");
        let story = story.hears(forward(DialOutcome::Taken, MORNING)).allowed();
        assert_eq!(health(&story), LineHealth::Up, "{outcome:?}");
        // The strikes are wiped: it begins anew.
        let story = story.hears(forward(outcome, MORNING)).allowed();
        assert_eq!(health(&story), LineHealth::Up, "{outcome:?}");
    }
    school([]).hears(forward(DialOutcome::Taken, MORNING)).nothing_happens();
    school([]).hears(forward(DialOutcome::CallerGone, MORNING)).nothing_happens();
    school([]).hears_history(forward(DialOutcome::Failed, MORNING)).nothing_happens();
}

/// CONT-1: a strike is forgotten after two hours.
#[test]
fn a_strike_is_forgotten_after_two_hours() {
    let later = |when: &str| {
        let story = school([]).at(MORNING).hears(forward(DialOutcome::NoAnswer, MORNING)).allowed();
        health(&story.at(when).hears(forward(DialOutcome::NoAnswer, when)).allowed())
    };
    assert_eq!(later("2026-11-20T10:59:59Z"), LineHealth::Doubtful);
    assert_eq!(later("2026-11-20T11:00:00Z"), LineHealth::Up);
}

/// CONT-1: a doubtful line is tested two minutes later; whoever presses 1 ends the doubt.
#[test]
fn a_doubtful_line_is_tested_soon_and_the_test_decides() {
    let doubtful = || school([]).at(MORNING).hears(forward(DialOutcome::Failed, MORNING)).allowed();
    assert_eq!(test_at(&doubtful()), Some(at("2026-11-20T09:02:00Z")));
    doubtful().at("2026-11-20T09:01:59Z").time_passes().nothing_happens();
    assert_eq!(health(&test_comes_out(doubtful(), Some(DialOutcome::Taken))), LineHealth::Up);
    for outcome in [DialOutcome::NoAnswer, DialOutcome::Busy, DialOutcome::NotTaken, DialOutcome::Failed] {
        assert_eq!(health(&test_comes_out(doubtful(), Some(outcome))), LineHealth::Down, "{outcome:?}");
    }
    // A test that could not be made decides nothing, and is made again.
    let again = test_comes_out(doubtful(), None);
    assert_eq!((health(&again), test_at(&again)), (LineHealth::Doubtful, Some(at("2026-11-20T09:13:00Z"))));
}

/// CONT-2: a line that is down is tried again after ten minutes; taken, it is back, watched for a quarter of an hour, then up.
#[test]
fn a_line_comes_back_and_is_watched_before_it_is_up() {
    let story = fallen();
    assert_eq!(test_at(&story), Some(at("2026-11-20T09:13:00Z")));
    let story = test_comes_out(story, Some(DialOutcome::NotTaken));
    assert_eq!((health(&story), test_at(&story)), (LineHealth::Down, Some(at("2026-11-20T09:24:00Z"))));
    let story = test_comes_out(story, Some(DialOutcome::Taken));
    assert_eq!(health(&story), LineHealth::Back);
    let Health::Back { until, .. } = &story.state.line(landline()).expect("it").health else { panic!() };
    assert_eq!(*until, Some(at("2026-11-20T09:40:00Z")));
    let story = story.at("2026-11-20T09:39:59Z").time_passes().nothing_happens();
    let story = story.at("2026-11-20T09:40:00Z").time_passes().allowed();
    assert_eq!(health(&story), LineHealth::Up);
}

/// CONT-1: flapping is damped: each further fall within a day doubles the wait for the next try, and the watch after it.
#[test]
fn flapping_is_damped() {
    let mut story = fallen();
    let mut waits = Vec::new();
    for _ in 0..6 {
        let fell_at = match &story.state.line(landline()).expect("it").health {
            Health::Down { since, .. } => *since,
            other => panic!("{other:?}"),
        };
        let tried = test_at(&story).expect("a test");
        waits.push(tried.duration_since(fell_at).as_mins());
        story = test_comes_out(story, Some(DialOutcome::Taken));
        assert_eq!(health(&story), LineHealth::Back);
        let now = tried + jiff::SignedDuration::from_mins(2);
        // One call that isn't taken is enough while it is watched.
        story = story.at_instant(now).hears(forward(DialOutcome::NoAnswer, &now.to_string())).allowed();
        assert_eq!(health(&story), LineHealth::Down);
    }
    // At two hours it stops growing; the last one waits for Monday's opening.
    assert_eq!(waits[..5], [10, 20, 40, 80, 120]);
    assert_eq!(test_at(&story), Some(at("2026-11-23T08:00:00Z")));
}

/// CONT-1: a mark by hand holds against signals until it ends; a mark that the line works wipes what was held against it.
#[test]
fn a_mark_by_hand_holds_against_signals() {
    let marked = school([]).at(MORNING).when(mark(landline(), LineHealth::Down, None)).allowed();
    assert_eq!(test_at(&marked), None, "nobody is rung on a line that somebody works on");
    let marked = marked.hears(forward(DialOutcome::Taken, MORNING)).allowed();
    assert_eq!(health(&marked), LineHealth::Down);
    let worn = fallen().when(mark(landline(), LineHealth::Up, None)).allowed();
    let worn = worn.hears(forward(DialOutcome::NoAnswer, "2026-11-20T09:04:00Z")).allowed();
    assert_eq!(health(&worn), LineHealth::Up);
    let by_hand = fallen().when(mark(landline(), LineHealth::Down, None)).allowed();
    let Health::Down { by, .. } = &by_hand.state.line(landline()).expect("it").health else { panic!() };
    assert_eq!(*by, JudgedBy::Hand, "the same word, by a person");
}

/// CONT-1: on school days the lines are tested by the school's schedule, while they are staffed; the back-up mobile isn't.
#[test]
fn lines_are_tested_on_school_days_while_they_are_staffed() {
    let with = |cron: &str| {
        let schedule = CronSchedule::parse(cron).expect("a schedule");
        school([]).with_policy(|policy| policy.line_tests = Some(schedule)).at(MORNING)
    };
    let planned = |story: Story<Contacts>| {
        let story = story.when(mark(back_up(), LineHealth::Doubtful, None)).allowed();
        assert_eq!(story.state.line(back_up()).expect("it").watch.test_at(), None);
        test_at(&story)
    };
    // The stories begin on a Friday.
    assert_eq!(planned(with("0 10 9 * * MON-FRI")), Some(at("2026-11-20T09:10:00Z")));
    assert_eq!(planned(with("0 10 9 * * MON")), Some(at("2026-11-23T09:10:00Z")));
    assert_eq!(planned(with("0 0 18 * * *")), None, "nobody is there at six");
    assert_eq!(planned(with("0 0 8,18 * * *")), Some(at("2026-11-23T08:00:00Z")));
    let monday = with("0 10 9 * * MON-FRI").when(close_early(MORNING, "2026-11-20T16:30:00Z")).allowed();
    assert_eq!(test_at(&monday), Some(at("2026-11-23T09:10:00Z")), "the school is closed");
    let story = with("0 10 9 * * MON-FRI").when(mark(back_up(), LineHealth::Doubtful, None)).allowed();
    let story = test_comes_out(story, Some(DialOutcome::Taken));
    assert_eq!((health(&story), test_at(&story)), (LineHealth::Up, Some(at("2026-11-23T09:10:00Z"))));
    // Of a test of which nothing more is heard, another one is made.
    let (story, lost) = at_the_test(
        with("0 10 9 * * MON-FRI")
            .when(mark(back_up(), LineHealth::Up, None))
            .allowed()
            .when(mark(back_up(), LineHealth::Doubtful, None))
            .allowed(),
    );
    assert_eq!(test_at(&story), Some(at("2026-11-20T09:25:00Z")));
    let (story, next) = at_the_test(story);
    assert_ne!(lost, next);
    story.hears(tested(lost, Some(DialOutcome::Failed), "2026-11-20T09:26:00Z")).nothing_happens();
}

/// CONT-1: the office may have a line tested now; while a test is under way, that is the one.
#[test]
fn the_office_may_test_a_line_now() {
    let test = |line: LineId| Command::TestLine { line };
    let story = school([]).at(MORNING).when(test(landline())).allowed();
    let story = story.when(test(landline())).nothing_happens();
    story.when(test(line("none"))).refused(Refusal::UnknownLine { line: line("none") });
    school([]).by_person(lena()).when(test(landline())).refused(Refusal::RoleNeeded {
        roles: [
            proto::v1::people::Role::Office,
            proto::v1::people::Role::Senior,
            proto::v1::people::Role::Head,
            proto::v1::people::Role::Admin,
        ]
        .into(),
    });
}
