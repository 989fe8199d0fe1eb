//! Times that come again: `10:30, 12:15`, or a cron expression. The one place where the `cron` crate (and chrono inside it)
//! is used.
//!
//! `cron` alone skips 01:30 on the March clock change and runs it twice in October. Here it is fed wall-clock time only
//! (as if it were UTC), and its answer is resolved by jiff with the 'compatible' rule, later instants only: each daily
//! job runs once on either clock-change day.

use std::fmt;
use std::str::FromStr;

use jiff::{Timestamp, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::time::{ClockTime, SchoolZone};

/// Times of each day (`10:30, 12:15`), or a cron expression of six fields: second, minute, hour, day of month, month, day of
/// week (1 is Sunday). Local time.
#[derive(Clone)]
pub struct CronSchedule {
    text: String,
    /// One for each time of the day, or the expression's.
    due: Box<[cron::Schedule]>,
}

/// Text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a schedule is times of the day (10:30, 12:15), or six fields: second minute hour day-of-month month day-of-week \
     (0 30 9 * * MON-FRI); {0:?} is neither"
)]
pub struct BadSchedule(pub String);

impl CronSchedule {
    /// The longest expression, in characters.
    pub const MAX_LENGTH: usize = 120;

    /// Parses times of the day, or six fields.
    pub fn parse(text: &str) -> Result<Self, BadSchedule> {
        let bad = || BadSchedule(text.chars().take(Self::MAX_LENGTH).collect());
        let text = text.trim();
        if text.len() > Self::MAX_LENGTH {
            return Err(bad());
        }
        let expressions = match times_of_day(text) {
            Some(times) => times
                .iter()
                .map(|at| format!("0 {} {} * * *", at.time().minute(), at.time().hour()))
                .collect(),
            None if text.split_whitespace().count() == 6 => vec![text.to_owned()],
            None => return Err(bad()),
        };
        let due: Result<Box<[_]>, _> = expressions.iter().map(|one| cron::Schedule::from_str(one)).collect();
        Ok(Self { text: text.to_owned(), due: due.map_err(|_| bad())? })
    }

    /// The first instant after `after` at which it is due; `None` when it never is again.
    pub fn next_after(&self, after: Timestamp, zone: &SchoolZone) -> Option<Timestamp> {
        let wall = zone.local(after).datetime();
        // An hour earlier on the wall, so that the hour that comes twice in October is looked at whole.
        let begin = wall.checked_sub(jiff::Span::new().hours(1)).ok()?;
        let begin = to_chrono(begin)?;
        let first = |due: &cron::Schedule| {
            let found = due.after(&begin).take(10_000);
            found.filter_map(|w| from_chrono(&w)).map(|w| zone.instant(w)).find(|instant| *instant > after)
        };
        self.due.iter().filter_map(first).min()
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// For people: `at 10:30, 12:15`, `by the schedule 0 30 9 * * MON-FRI`.
    pub fn in_words(&self) -> String {
        if self.is_times() { format!("at {}", self.text) } else { format!("by the schedule {}", self.text) }
    }

    /// Whether it is plain times of the day.
    pub fn is_times(&self) -> bool {
        times_of_day(&self.text).is_some()
    }
}

/// `10:30, 12:15`: at least one, with a comma, a semicolon or a space between.
fn times_of_day(text: &str) -> Option<Vec<ClockTime>> {
    let words = text.split([',', ';', ' ']).filter(|word| !word.is_empty());
    let times: Option<Vec<ClockTime>> = words.map(|word| word.replace('.', ":").parse().ok()).collect();
    times.filter(|times| !times.is_empty())
}

fn to_chrono(wall: civil::DateTime) -> Option<chrono::DateTime<chrono::Utc>> {
    let seconds = wall.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    chrono::DateTime::from_timestamp(seconds, 0)
}

fn from_chrono(wall: &chrono::DateTime<chrono::Utc>) -> Option<civil::DateTime> {
    Some(Timestamp::from_second(wall.timestamp()).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronSchedule {}

impl fmt::Debug for CronSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({})", self.text)
    }
}

impl Serialize for CronSchedule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for CronSchedule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for CronSchedule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CronSchedule".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "maxLength": 120,
            "description": "Local time. Times of each day (10:30, 12:15), or six fields: second minute hour day-of-month \
                            month day-of-week (1 is Sunday)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(cron: &str, from: &str, to: &str) -> Vec<String> {
        let (zone, schedule) = (SchoolZone::london(), CronSchedule::parse(cron).expect("a schedule"));
        let (mut at, end): (Timestamp, Timestamp) = (from.parse().expect("time"), to.parse().expect("time"));
        let mut found = Vec::new();
        while let Some(next) = schedule.next_after(at, &zone).filter(|n| *n < end) {
            found.push(next.to_string());
            at = next;
        }
        found
    }

    /// CHECK-3: a clock change neither skips nor doubles a daily job.
    #[test]
    fn a_daily_job_runs_once_on_either_clock_change_day() {
        assert_eq!(
            runs("0 30 1 * * *", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
            ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            runs("0 30 1 * * *", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    /// CHECK-1: times as a teacher writes them; of several, each once, in order, on either clock-change day too.
    #[test]
    fn times_of_the_day_are_due_each_day_in_order() {
        assert_eq!(
            runs("12:15, 10.30", "2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z"),
            ["2026-11-20T10:30:00Z", "2026-11-20T12:15:00Z", "2026-11-21T10:30:00Z", "2026-11-21T12:15:00Z"]
        );
        assert_eq!(
            runs("01:30", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        for bad in ["", " , ", "10", "25:00", "10:61", "half past ten", "10:30 12"] {
            assert!(CronSchedule::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn times_are_told_to_people_as_times() {
        let words = |text: &str| CronSchedule::parse(text).expect("a schedule").in_words();
        assert_eq!(words("10:30, 12:15"), "at 10:30, 12:15");
        assert_eq!(words("0 30 9 * * MON-FRI"), "by the schedule 0 30 9 * * MON-FRI");
    }

    #[test]
    fn day_of_week_names_are_understood_and_wrong_fields_refused() {
        assert_eq!(
            runs("0 0 9 * * MON", "2026-11-20T00:00:00Z", "2026-11-25T00:00:00Z"),
            ["2026-11-23T09:00:00Z"]
        );
        assert!(CronSchedule::parse("30 9 * * *").is_err(), "five fields");
        assert!(CronSchedule::parse("0 61 9 * * *").is_err());
    }
}
