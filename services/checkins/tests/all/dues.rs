//! When check-ins are due, when somebody is reminded, when one is missed.

use checkins::Checkins;
use decider::Service;
use proto::v1::checkins::{DueFor, Event, NextDue, Punctuality, Word};
use proto::v1::trips::{NamedPoint, Party, QuietReason};
use proto::values::CronSchedule;

use crate::cast::*;

fn next(story: &Watched) -> NextDue {
    story.state.watch(museum()).unwrap().groups()[0].next.clone()
}

fn arrival() -> DueFor {
    DueFor::Arrival { destination: label("Museum") }
}

fn leaving() -> DueFor {
    DueFor::Leaving { destination: label("Museum") }
}

/// The museum from 10:00 to 13:00, with named points only.
fn by_points() -> Party {
    with(otters_alone(), |p| {
        p.plan.every_minutes = None;
        p.plan.points = [NamedPoint::Arrival, NamedPoint::Leaving, NamedPoint::Return].into();
        p.destinations = vec![destination("10:00", "13:00")];
    })
}

/// CHECK-2: a reminder, then the miss, once for each due time; the next one is armed all the same [CHECK-1].
#[test]
fn a_check_in_that_does_not_come_is_missed_once_and_the_next_is_armed() {
    let story = out(&otters_alone());
    let story = story.passes_to("09:24:59").nothing_happens();
    let story = story.passes_to("09:25").then([reminded("09:30")]).time_passes().nothing_happens();
    let story = story.passes_to("09:39:59").nothing_happens();
    let story =
        story.passes_to("09:40").then([missed("09:30", due("10:00"))]).time_passes().nothing_happens();
    let story = story.passes_to("10:10").then([reminded("10:00"), missed("10:00", due("10:30"))]);
    assert_eq!(Checkins::next_due(&story.state), Some(t("10:25")));
}

/// CHECK-1: the grid of the interval is counted from departure; no check-in moves it.
#[test]
fn a_check_in_does_not_move_the_grid() {
    let story = out(&otters_alone()).at_clock("09:33").by(by_ann());
    let story =
        story.when(press("09:33", Word::Ok).command()).then([taken("09:33", Word::Ok, due("10:00")).event()]);
    let story = story.at_clock("09:58").when(press("09:58", Word::Ok).command());
    story.then([taken("09:58", Word::Ok, due("10:30")).event()]);
}

/// CHECK-1: no reminder where the form asks for none.
#[test]
fn a_plan_without_reminders_sends_none() {
    let party = with(otters_alone(), |p| p.plan.remind_before_secs = 0);
    out(&party).passes_to("09:40").then([missed("09:30", unprompted(due("10:00")))]);
}

/// CHECK-1: times of the plan are local times.
#[test]
fn times_of_the_plan_are_due_as_well() {
    let party = with(otters_alone(), |p| {
        p.plan.at = Some(CronSchedule::parse("0 15 11 * * *").unwrap());
        p.plan.every_minutes = Some(120);
    });
    let story = out(&party);
    assert_eq!(next(&story), due("11:00"));
    let story = story.passes_to("11:10").then([reminded("11:00"), missed("11:00", unprompted(due("11:15")))]);
    story.passes_to("11:25").then([missed("11:15", due("13:00"))]);
}

/// CHECK-5: named points are due at their times, each with a count.
#[test]
fn named_points_are_due_in_their_order() {
    let story = out(&by_points()).by(by_ann());
    assert_eq!(next(&story), due_for("10:00", arrival()));
    let story = story.at_clock("10:02").when(press("10:02", Word::Arrived).counted(14).command());
    let arrived = taken("10:02", Word::Arrived, due_for("13:00", leaving())).but(|c| c.headcount = Some(14));
    let story = story.then([arrived.event()]);
    let story = story.at_clock("13:01").when(press("13:01", Word::Ok).counted(14).command());
    let left = taken("13:01", Word::Ok, due_for("15:00", DueFor::Return {})).but(|c| c.headcount = Some(14));
    let story = story.then([left.event()]);
    let story = story.at_clock("14:40").when(press("14:40", Word::Back).counted(14).command());
    let back = taken("14:40", Word::Back, due("15:30")).but(|c| c.headcount = Some(14));
    story.then([back.event()]);
}

/// CHECK-5: a word without a count is recorded, and doesn't stand for an arrival.
#[test]
fn a_word_without_a_count_does_not_satisfy_a_named_point() {
    let story = out(&by_points()).by(by_ann()).at_clock("10:02").when(press("10:02", Word::Ok).command());
    let ok =
        taken("10:02", Word::Ok, due_for("10:00", arrival())).but(|c| c.punctuality = Punctuality::Unasked);
    let story = story.then([ok.event()]);
    let miss = missed("10:00", due_for("13:00", leaving()));
    story.passes_to("10:10").then([reminded("10:00"), miss]);
}

/// An early arrival is an arrival: the word names the point. Said again it doesn't stand for the next one.
#[test]
fn arriving_early_settles_the_arrival_and_only_that() {
    let story = out(&by_points()).by(by_ann()).at_clock("09:20");
    let story = story.when(press("09:20", Word::Arrived).counted(14).command()).allowed();
    assert_eq!(next(&story), due_for("13:00", leaving()));
    let story = story.at_clock("09:21").when(press("09:21", Word::Arrived).counted(14).command()).allowed();
    assert_eq!(next(&story), due_for("13:00", leaving()));
}

/// CHECK-1: a plan of times and points alone still has the return due, and asks on while the party is overdue.
#[test]
fn an_overdue_party_is_asked_again_and_again() {
    let once = with(otters_alone(), |p| {
        p.plan.every_minutes = None;
        p.plan.at = Some(CronSchedule::parse("0 0 12 * * *").unwrap());
    });
    let story = out(&once).by(by_ann());
    assert_eq!(next(&story), due("12:00"));
    let story = story.at_clock("12:00").when(press("12:00", Word::Ok).command()).allowed();
    assert_eq!(next(&story), due_for("15:00", DueFor::Return {}));
    let story = story.passes_to("15:10").then([reminded("15:00"), missed("15:00", due("15:30"))]);
    story.passes_to("15:40").then([reminded("15:30"), missed("15:30", due("16:00"))]);
}

/// CHECK-1: nobody driving is prompted: dues inside a quiet window are dropped, one falls at its end, without a reminder
/// inside the window, and a miss after it starts at the office.
#[test]
fn a_quiet_window_drops_dues_and_ends_with_one() {
    let party = with(otters_alone(), |p| p.quiet = vec![quiet("09:20", "10:20", QuietReason::Driving)]);
    let after = unprompted(due_for("10:20", DueFor::AfterQuiet {}));
    let story = out(&party);
    assert_eq!(next(&story), after);
    let miss = Event::CheckInMissed {
        trip: museum(),
        group: otters(),
        due_at: t("10:20"),
        missed_at: t("10:30"),
        start_at_office: true,
        next: unprompted(due("10:30")),
    };
    story.passes_to("10:19:59").nothing_happens().passes_to("10:30").then([miss]);
}

/// CHECK-1: a miss that falls into a quiet window starts at the office too: nobody driving is rung.
#[test]
fn a_miss_inside_a_quiet_window_starts_at_the_office() {
    let party = with(otters_alone(), |p| p.quiet = vec![quiet("09:35", "10:20", QuietReason::Water)]);
    let miss = Event::CheckInMissed {
        trip: museum(),
        group: otters(),
        due_at: t("09:30"),
        missed_at: t("09:40"),
        start_at_office: true,
        next: unprompted(due_for("10:20", DueFor::AfterQuiet {})),
    };
    out(&party).passes_to("09:40").then([reminded("09:30"), miss]);
}

/// CHECK-1: quiet windows that touch or overlap are one; a named point inside is dropped.
#[test]
fn quiet_windows_that_overlap_end_once() {
    let party = with(by_points(), |p| {
        p.quiet = vec![
            quiet("09:30", "10:30", QuietReason::Driving),
            quiet("10:15", "11:00", QuietReason::NoSignal),
        ];
    });
    let story = out(&party);
    assert_eq!(next(&story), unprompted(due_for("11:00", DueFor::AfterQuiet {})));
}

/// CHECK-1: a named point that a quiet window dropped stays dropped, however late the party runs.
#[test]
fn a_lateness_does_not_bring_back_what_a_quiet_window_dropped() {
    let party = with(by_points(), |p| {
        p.plan.every_minutes = Some(30);
        p.quiet = vec![quiet("09:40", "10:20", QuietReason::Driving)];
    });
    let ok = |story: Watched, clock| story.at_clock(clock).when(press(clock, Word::Ok).command()).allowed();
    let story = ok(ok(out(&party).by(by_ann()), "09:30"), "10:20");
    assert_eq!(next(&story), due("10:30"), "the arrival at 10:00 was dropped");
    let story = story.at_clock("10:21").when(press("10:21", Word::Late { minutes: 60 }).command()).allowed();
    assert_eq!(next(&story), due_for("11:30", DueFor::RunningLate {}), "and is not due at 11:00");
}

/// LATE n moves what is due and the return by n minutes, and says so.
#[test]
fn a_party_that_runs_late_moves_what_is_due() {
    let story = out(&by_points()).by(by_ann()).at_clock("09:56");
    let late = Word::Late { minutes: 20 };
    let story = story.when(press("09:56", late).command());
    let story = story.then([taken("09:56", late, due_for("10:20", arrival())).event()]);
    let story = story.at_clock("10:20").when(press("10:20", Word::Arrived).counted(14).command()).allowed();
    assert_eq!(next(&story), due_for("13:20", leaving()), "the named points that are left move along");
}

/// LATE n of a routine check-in gives a new time; the grid goes on after it.
#[test]
fn a_routine_check_in_that_runs_late_gets_a_time_of_its_own() {
    let late = Word::Late { minutes: 20 };
    let story = out(&otters_alone()).by(by_ann()).at_clock("09:28").when(press("09:28", late).command());
    let story = story.then([taken("09:28", late, due_for("09:50", DueFor::RunningLate {})).event()]);
    let story = story.at_clock("09:50").when(press("09:50", Word::Ok).command());
    story.then([taken("09:50", Word::Ok, due("10:00")).but(|c| c.next = Some(due("10:00"))).event()]);
}

/// LATE n said within the grace counts from the word itself: n minutes from now.
#[test]
fn a_lateness_said_within_the_grace_counts_from_the_word() {
    let late = Word::Late { minutes: 5 };
    let story = out(&otters_alone()).passes_to("09:25").then([reminded("09:30")]);
    let story = story.by(by_ann()).at_clock("09:38").when(press("09:38", late).command());
    let next = unprompted(due_for("09:43", DueFor::RunningLate {}));
    let story = story.then([taken("09:38", late, next).event()]);
    story.passes_to("09:53").then([missed("09:43", due("10:00"))]);
}

/// CHECK-2: whoever has a phone is reminded, if the group's adult has none.
#[test]
fn somebody_with_a_phone_is_reminded_for_an_adult_without_one() {
    let party = with(otters_alone(), |p| {
        p.staff[0].device = None;
        p.groups[0].device = None;
    });
    let to_ben = Event::Reminded {
        trip: museum(),
        group: otters(),
        due_at: t("09:30"),
        adult: ben(),
        device: Some(bens_phone()),
    };
    out(&party).passes_to("09:25").then([to_ben]);
    let bare = with(party, |p| p.staff.iter_mut().for_each(|member| member.device = None));
    let to_nobody =
        Event::Reminded { trip: museum(), group: otters(), due_at: t("09:30"), adult: ann(), device: None };
    out(&bare).passes_to("09:25").then([to_nobody]);
}
