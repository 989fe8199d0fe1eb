//! When: the trip's window, arrivals, the check-in plan, quiet windows. [CHECK-1]

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proto::Timestamp;
use proto::rules::Rule;
use proto::v1::trips::{NamedPoint, Refusal, TripForm};
use proto::values::{CronSchedule, SchoolZone, Window};

use super::{
    EVERY_MINUTES, GRACE_SECS, MAX_AHEAD_DAYS, MAX_DELAY_TOLERANCE_SECS, MAX_DIRECT_BEFORE_HOURS,
    MAX_QUIET_HOURS, MAX_REMIND_SECS, MAX_TRIP_DAYS, ensure, invalid,
};

/// How many times of a schedule are looked at for being too close together.
const TIMES_LOOKED_AT: usize = 300;

fn length(window: Window) -> SignedDuration {
    window.to.duration_since(window.from)
}

pub(super) fn window(form: &TripForm, now: Timestamp) -> Result<(), Refusal> {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    ensure(form.window.to > now, || {
        invalid(None, "window", "the trip would be over already", "Give an expected return that lies ahead.")
    })?;
    ensure(length(form.window) <= days(MAX_TRIP_DAYS), || {
        let reason = format!("a trip lasts {MAX_TRIP_DAYS} days at most");
        invalid(None, "window", reason, "Check the dates, or register the trip in parts.")
    })?;
    ensure(form.window.from.duration_since(now) <= days(MAX_AHEAD_DAYS), || {
        let reason = format!("a trip is registered {MAX_AHEAD_DAYS} days ahead at most");
        invalid(None, "window", reason, "Check the dates.")
    })?;
    ensure(form.delay_tolerance_secs <= MAX_DELAY_TOLERANCE_SECS, || {
        let reason = format!("a delay of {MAX_DELAY_TOLERANCE_SECS} seconds at most can be allowed for");
        let remedy = format!("Give 0 to {MAX_DELAY_TOLERANCE_SECS} seconds.");
        invalid(Some(Rule::Form4), "delay_tolerance_secs", reason, remedy)
    })
}

/// Each destination once, with times in order and within the trip.
pub(super) fn destinations(form: &TripForm) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    for (place, destination) in form.destinations.iter().enumerate() {
        let field = |part: &str| format!("destinations[{place}].{part}");
        ensure(names.insert(destination.name.as_str().to_lowercase()), || {
            let reason = format!("two destinations are called {}", destination.name);
            invalid(None, &field("name"), reason, "Give each destination a name of its own.")
        })?;
        for (part, at) in [("arrive_at", destination.arrive_at), ("leave_at", destination.leave_at)] {
            ensure(at.is_none_or(|at| form.window.from <= at && at <= form.window.to), || {
                let reason =
                    format!("the party would be at {} outside the trip's own time", destination.name);
                invalid(None, &field(part), reason, "Give a time between leaving school and the return.")
            })?;
        }
        let in_order =
            destination.arrive_at.zip(destination.leave_at).is_none_or(|(arrive, leave)| arrive < leave);
        ensure(in_order, || {
            let reason = format!("the party would leave {} before it arrives", destination.name);
            invalid(None, &field("leave_at"), reason, "Give a time after the arrival.")
        })?;
    }
    Ok(())
}

/// Who travels directly is due during the trip, or in the hours before the party leaves. [FORM-6]
pub(super) fn direct(form: &TripForm) -> Result<(), Refusal> {
    let before = SignedDuration::from_hours(MAX_DIRECT_BEFORE_HOURS);
    let first = form.window.from.saturating_sub(before).unwrap_or(form.window.from);
    for (place, traveller) in form.direct.iter().enumerate() {
        ensure(traveller.due_at.is_none_or(|at| (first..=form.window.to).contains(&at)), || {
            let reason = format!("the arrival at {} would be due on another day", traveller.provider);
            let remedy = "Give a time of the trip, or of the hours before the party leaves.";
            invalid(Some(Rule::Form6), &format!("direct[{place}].due_at"), reason, remedy)
        })?;
    }
    Ok(())
}

/// A plan always has something due, within bounds. [CHECK-1]
pub(super) fn plan(form: &TripForm, zone: &SchoolZone) -> Result<(), Refusal> {
    let plan = &form.plan;
    let check1 =
        |field: &str, reason: String, remedy: String| invalid(Some(Rule::Check1), field, reason, remedy);
    ensure(plan.every_minutes.is_some() || plan.at.is_some() || !plan.points.is_empty(), || {
        let remedy = "Give an interval, times of day, or points of the day such as arrival and return.";
        check1("plan", "no check-in would ever be due".into(), remedy.into())
    })?;
    if let Some(minutes) = plan.every_minutes {
        let (min, max) = (EVERY_MINUTES.start(), EVERY_MINUTES.end());
        ensure(EVERY_MINUTES.contains(&minutes), || {
            let reason = format!("check-ins are {min} to {max} minutes apart, not {minutes}");
            check1("plan.every_minutes", reason, format!("Give {min} to {max} minutes."))
        })?;
    }
    let (min, max) = (GRACE_SECS.start(), GRACE_SECS.end());
    ensure(GRACE_SECS.contains(&plan.grace_secs), || {
        let reason =
            format!("a check-in counts {min} to {max} seconds after it was due, not {}", plan.grace_secs);
        check1("plan.grace_secs", reason, format!("Give {min} to {max} seconds."))
    })?;
    ensure(plan.remind_before_secs <= MAX_REMIND_SECS, || {
        let reason = format!("a reminder comes {MAX_REMIND_SECS} seconds before at most");
        check1("plan.remind_before_secs", reason, format!("Give 0 to {MAX_REMIND_SECS} seconds; 0 for none."))
    })?;
    if let Some(schedule) = &plan.at {
        not_too_often(schedule, form.window, zone)?;
    }
    ensure(something_is_due(form, zone), || {
        let reason = "nothing of the plan falls within the trip".to_owned();
        check1(
            "plan",
            reason,
            "Give a shorter interval, times within the trip, or the return as a point.".into(),
        )
    })
}

fn not_too_often(schedule: &CronSchedule, window: Window, zone: &SchoolZone) -> Result<(), Refusal> {
    let least = SignedDuration::from_mins(i64::from(*EVERY_MINUTES.start()));
    let mut before = window.from;
    let times = std::iter::from_fn(|| {
        before = schedule.next_after(before, zone).filter(|at| *at < window.to)?;
        Some(before)
    });
    let times: Vec<Timestamp> = times.take(TIMES_LOOKED_AT).collect();
    ensure(times.windows(2).all(|pair| pair[1].duration_since(pair[0]) >= least), || {
        let reason = format!("check-ins would be less than {} minutes apart", EVERY_MINUTES.start());
        invalid(Some(Rule::Check1), "plan.at", reason, "Give fewer times.")
    })
}

fn something_is_due(form: &TripForm, zone: &SchoolZone) -> bool {
    let by_interval = form
        .plan
        .every_minutes
        .is_some_and(|minutes| SignedDuration::from_mins(i64::from(minutes)) <= length(form.window));
    let by_schedule = form.plan.at.as_ref().is_some_and(|schedule| {
        schedule.next_after(form.window.from, zone).is_some_and(|at| at <= form.window.to)
    });
    let by_point = form.plan.points.iter().any(|point| match point {
        NamedPoint::Arrival => form.destinations.iter().any(|d| d.arrive_at.is_some()),
        NamedPoint::Leaving => form.destinations.iter().any(|d| d.leave_at.is_some()),
        NamedPoint::Return => true,
    });
    by_interval || by_schedule || by_point
}

/// Quiet windows lie inside the trip, apart from one another, end, and leave something of the trip. [CHECK-1]
pub(super) fn quiet(form: &TripForm) -> Result<(), Refusal> {
    for (place, quiet) in form.quiet.iter().enumerate() {
        let field = format!("quiet[{place}].window");
        let check1 = |reason: String, remedy: &str| invalid(Some(Rule::Check1), &field, reason, remedy);
        let inside = form.window.from <= quiet.window.from && quiet.window.to <= form.window.to;
        ensure(inside, || {
            let reason = "a quiet window lies outside the trip".to_owned();
            check1(reason, "Let it begin after leaving school and end before the return.")
        })?;
        ensure(length(quiet.window) <= SignedDuration::from_hours(MAX_QUIET_HOURS), || {
            let reason = format!("nobody may be out of reach for more than {MAX_QUIET_HOURS} hours");
            check1(reason, "Let it end earlier, with a check-in before the next one.")
        })?;
        ensure(form.quiet[..place].iter().all(|other| !other.window.overlaps(&quiet.window)), || {
            check1(
                "two quiet windows overlap".to_owned(),
                "Join them, or let one end before the other begins.",
            )
        })?;
    }
    let silent: SignedDuration = form.quiet.iter().map(|q| length(q.window)).sum();
    ensure(form.quiet.is_empty() || silent < length(form.window), || {
        let reason = "the whole trip would be quiet";
        invalid(Some(Rule::Check1), "quiet", reason, "Leave time for a check-in before or after.")
    })
}
