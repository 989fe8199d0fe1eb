//! Weeks of the usage log, and the deadlines of incidents, on the school's clocks.

use decider::Policy;
use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proto::v1::safeguarding::Deadlines;
use proto::values::SchoolZone;

use crate::holidays::is_bank_holiday;

/// An account of an incident is asked for the same day; who reports late in the evening has this long at least.
const LEAST_TO_WRITE_UP: SignedDuration = SignedDuration::from_hours(2);

/// The most days that are looked at for a working day: a school is never closed for longer.
const MAX_CLOSED_DAYS: usize = 60;

/// The Monday of a moment's week.
pub(crate) fn monday(at: Timestamp, zone: &SchoolZone) -> Date {
    let day = zone.local(at).date();
    back(day, i64::from(day.weekday().to_monday_zero_offset()))
}

/// When a week is over: midnight after its Sunday.
pub(crate) fn week_ends(monday: Date, zone: &SchoolZone) -> Timestamp {
    zone.instant(forth(monday, 7).at(0, 0, 0, 0))
}

/// By when a week is reviewed: noon on the Friday after it.
pub(crate) fn review_by(monday: Date, zone: &SchoolZone) -> Timestamp {
    zone.instant(forth(monday, 11).at(12, 0, 0, 0))
}

/// When a day is over.
pub(crate) fn day_ends(day: Date, zone: &SchoolZone) -> Timestamp {
    zone.instant(forth(day, 1).at(0, 0, 0, 0))
}

/// Nine in the morning, so many days before.
pub(crate) fn reminded_before(day: Date, days: u16, zone: &SchoolZone) -> Timestamp {
    zone.instant(back(day, i64::from(days)).at(9, 0, 0, 0))
}

/// Who hands a phone in late in the day has this long at least to fetch it.
const LEAST_TO_FETCH: SignedDuration = SignedDuration::from_mins(30);

/// When a phone that is handed in now is to have been fetched.
pub(crate) fn fetch_by(now: Timestamp, zone: &SchoolZone, policy: &Policy) -> Timestamp {
    let today = zone.local(now).date().to_datetime(policy.own_phones_fetched_by.time());
    zone.instant(today).max(later(now, LEAST_TO_FETCH))
}

/// What comes back in the evening has this long at least to be cleared.
const LEAST_TO_CLEAR: SignedDuration = SignedDuration::from_hours(2);

/// When the recordings of the day are to have been cleared. Where the same day isn't asked: the day after.
pub(crate) fn evening(now: Timestamp, zone: &SchoolZone, policy: &Policy) -> Timestamp {
    if !policy.recordings_same_day {
        return next_evening(now, zone, policy);
    }
    let today = zone.local(now).date().to_datetime(policy.recordings_cleared_by.time());
    zone.instant(today).max(later(now, LEAST_TO_CLEAR))
}

/// The evening of the next day.
pub(crate) fn next_evening(now: Timestamp, zone: &SchoolZone, policy: &Policy) -> Timestamp {
    let tomorrow = forth(zone.local(now).date(), 1);
    zone.instant(tomorrow.to_datetime(policy.recordings_cleared_by.time()))
}

/// What is due when of an incident that is reported now.
pub(crate) fn deadlines(now: Timestamp, zone: &SchoolZone, policy: &Policy) -> Deadlines {
    let midnight = zone.instant(forth(zone.local(now).date(), 1).at(0, 0, 0, 0));
    let told_after = SignedDuration::from_secs(i64::from(policy.told_in_person_secs));
    Deadlines {
        told_in_person: later(now, told_after),
        written_up: midnight.max(later(now, LEAST_TO_WRITE_UP)),
        bodies_told: one_working_day_later(now, zone, policy),
    }
}

/// The same time of day on the next working day: never a weekend, a bank holiday, a day on which the school is closed. What
/// is reported on such a day counts from midnight on, so that it is due by that time of the first working day.
fn one_working_day_later(now: Timestamp, zone: &SchoolZone, policy: &Policy) -> Timestamp {
    let local = zone.local(now).datetime();
    let mut day = forth(local.date(), 1);
    for _ in 0..MAX_CLOSED_DAYS {
        if is_working_day(day, policy) {
            break;
        }
        day = forth(day, 1);
    }
    zone.instant(day.to_datetime(local.time()))
}

fn is_working_day(day: Date, policy: &Policy) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
        && !is_bank_holiday(day)
        && !policy.closed_days.contains(&day)
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn forth(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

fn back(day: Date, days: i64) -> Date {
    day.saturating_sub(days.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(reported: &str) -> String {
        let zone = SchoolZone::london();
        let policy = Policy { closed_days: vec!["2026-12-24".parse().expect("a day")], ..Policy::default() };
        let now = zone.instant(reported.parse().expect("a wall-clock time"));
        zone.local(one_working_day_later(now, &zone, &policy)).strftime("%a %Y-%m-%d %H:%M").to_string()
    }

    /// INC-2: one working day, over weekends, Easter, Christmas, closed days and both clock changes.
    #[test]
    fn one_working_day_is_counted_on_working_days() {
        let table = [
            ("2026-11-19T10:30", "Fri 2026-11-20 10:30"),
            ("2026-11-20T16:00", "Mon 2026-11-23 16:00"),
            ("2026-11-21T15:00", "Mon 2026-11-23 15:00"),
            // Maundy Thursday: Good Friday and Easter Monday are none.
            ("2026-04-02T11:00", "Tue 2026-04-07 11:00"),
            ("2026-04-05T11:00", "Tue 2026-04-07 11:00"),
            // The school is closed on Christmas Eve; Boxing Day's substitute is a Monday.
            ("2026-12-23T09:00", "Tue 2026-12-29 09:00"),
            // The clocks go forward on 29 March 2026, and back on 25 October.
            ("2026-03-27T14:00", "Mon 2026-03-30 14:00"),
            ("2026-10-23T14:00", "Mon 2026-10-26 14:00"),
            // Reported at a time of day that the clocks leave out on the day it is due by, had that been a Sunday; and on the
            // very Sundays: due by that time on Monday.
            ("2026-03-29T01:30", "Mon 2026-03-30 02:30"),
            ("2026-10-25T01:30", "Mon 2026-10-26 01:30"),
            // Easter 2027 and 2028, Christmas 2027 with both substitutes, New Year 2028 with its own.
            ("2027-03-25T11:00", "Tue 2027-03-30 11:00"),
            ("2028-04-13T11:00", "Tue 2028-04-18 11:00"),
            ("2027-12-24T10:00", "Wed 2027-12-29 10:00"),
            ("2027-12-31T10:00", "Tue 2028-01-04 10:00"),
            // Christmas on a Monday; a year that no table lists.
            ("2028-12-22T10:00", "Wed 2028-12-27 10:00"),
            ("2044-04-14T10:00", "Tue 2044-04-19 10:00"),
        ];
        for (reported, expected) in table {
            assert_eq!(due(reported), expected, "reported at {reported}");
        }
    }

    /// INC-1: written up the same day; a report late in the evening leaves two hours.
    #[test]
    fn an_account_is_due_at_the_end_of_the_day() {
        let zone = SchoolZone::london();
        let due = |reported: &str| {
            let now = zone.instant(reported.parse().expect("a wall-clock time"));
            let at = deadlines(now, &zone, &Policy::default()).written_up;
            zone.local(at).strftime("%Y-%m-%d %H:%M").to_string()
        };
        assert_eq!(due("2026-11-20T10:00"), "2026-11-21 00:00");
        assert_eq!(due("2026-11-20T23:30"), "2026-11-21 01:30");
        assert_eq!(due("2026-10-24T10:00"), "2026-10-25 00:00");
    }

    #[test]
    fn a_week_begins_on_monday_and_is_reviewed_by_the_friday_after() {
        let zone = SchoolZone::london();
        let sunday = zone.instant("2026-11-22T23:59".parse().expect("a time"));
        let week = monday(sunday, &zone);
        assert_eq!(week.to_string(), "2026-11-16");
        assert_eq!(week_ends(week, &zone).to_string(), "2026-11-23T00:00:00Z");
        assert_eq!(review_by(week, &zone).to_string(), "2026-11-27T12:00:00Z");
        // The week in which the clocks go back ends an hour later by UTC than it began.
        let october: Date = "2026-10-19".parse().expect("a day");
        assert_eq!(week_ends(october, &zone).to_string(), "2026-10-26T00:00:00Z");
    }
}
