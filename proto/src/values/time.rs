//! Time: instants are UTC; schedules are local time in the school's zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The school's time zone, by its IANA name: `Europe/London`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchoolZone(TimeZone);

impl SchoolZone {
    /// Looks a zone up by its name.
    pub fn parse(name: &str) -> Result<Self, String> {
        TimeZone::get(name)
            .map(Self)
            .map_err(|_| format!("a time zone is an IANA name such as Europe/London, not {name:?}"))
    }

    /// Where schools of the demonstration are.
    pub fn london() -> Self {
        Self(TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC))
    }

    /// An instant as the school's clocks show it.
    pub fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.0.clone())
    }

    /// The instant of a wall-clock time ('compatible' rule: a time skipped in spring is an hour later, one that comes
    /// twice in autumn is the first).
    pub fn instant(&self, wall: civil::DateTime) -> Timestamp {
        self.0.to_ambiguous_timestamp(wall).compatible().unwrap_or(Timestamp::MAX)
    }

    /// `09:30`, as the school's clocks show it.
    pub fn clock(&self, at: Timestamp) -> String {
        self.local(at).strftime("%H:%M").to_string()
    }

    /// The zone.
    pub fn tz(&self) -> &TimeZone {
        &self.0
    }
}

impl TryFrom<String> for SchoolZone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name)
    }
}

impl From<SchoolZone> for String {
    fn from(zone: SchoolZone) -> Self {
        zone.0.iana_name().unwrap_or("UTC").to_owned()
    }
}

impl JsonSchema for SchoolZone {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SchoolZone".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "An IANA time zone: Europe/London" })
    }
}

/// A stretch of time: from (with) to (without), never empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawWindow")]
pub struct Window {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Window")]
struct RawWindow {
    from: Timestamp,
    to: Timestamp,
}

/// A window that ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the end ({to}) must be later than the beginning ({from})")]
pub struct BadWindow {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    /// Parses it.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, BadWindow> {
        if from < to { Ok(Self { from, to }) } else { Err(BadWindow { from, to }) }
    }

    /// Whether the instant lies in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether the two share an instant.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

impl TryFrom<RawWindow> for Window {
    type Error = BadWindow;
    fn try_from(raw: RawWindow) -> Result<Self, BadWindow> {
        Self::new(raw.from, raw.to)
    }
}

/// A time of day on the school's clocks: `09:30`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime(civil::Time);

impl ClockTime {
    /// Hours and minutes.
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        civil::Time::new(hour, minute, 0, 0).ok().map(Self)
    }

    /// As jiff has it.
    pub fn time(self) -> civil::Time {
        self.0
    }
}

impl FromStr for ClockTime {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("a time of day is HH:MM, such as 09:30, not {text:?}");
        let (hour, minute) = text.trim().split_once(':').ok_or_else(bad)?;
        let number = |s: &str| if s.len() == 2 { s.parse::<i8>().ok() } else { None };
        Self::new(number(hour).ok_or_else(bad)?, number(minute).ok_or_else(bad)?).ok_or_else(bad)
    }
}

impl TryFrom<String> for ClockTime {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl JsonSchema for ClockTime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClockTime".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$" })
    }
}

/// A day of the week.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the days need no explanation")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<civil::Weekday> for Weekday {
    fn from(day: civil::Weekday) -> Self {
        match day {
            civil::Weekday::Monday => Self::Monday,
            civil::Weekday::Tuesday => Self::Tuesday,
            civil::Weekday::Wednesday => Self::Wednesday,
            civil::Weekday::Thursday => Self::Thursday,
            civil::Weekday::Friday => Self::Friday,
            civil::Weekday::Saturday => Self::Saturday,
            civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// Opening hours of one day, local time; `to` of 00:00 means midnight at its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DailyHours {
    /// The day.
    pub day: Weekday,
    /// Opens.
    pub from: ClockTime,
    /// Closes.
    pub to: ClockTime,
}

/// Opening hours of a week. At most 21 stretches (three a day).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WeeklyHours(#[schemars(length(max = 21))] pub Vec<DailyHours>);

impl WeeklyHours {
    /// The open windows that touch a stretch of time, in order, as instants.
    pub fn windows(&self, within: Window, zone: &SchoolZone) -> Vec<Window> {
        let mut found = Vec::new();
        let mut date = zone.local(within.from).date().saturating_sub(1.day());
        let last = zone.local(within.to).date();
        while date <= last {
            for hours in self.0.iter().filter(|h| h.day == date.weekday().into()) {
                let end_date = if hours.to.0 > hours.from.0 { date } else { date.saturating_add(1.day()) };
                let from = zone.instant(date.to_datetime(hours.from.0));
                let to = zone.instant(end_date.to_datetime(hours.to.0));
                found.extend(Window::new(from, to).ok().filter(|w| w.overlaps(&within)));
            }
            date = date.saturating_add(1.day());
        }
        found.sort_unstable();
        found
    }

    /// Whether it is open at an instant.
    pub fn is_open(&self, at: Timestamp, zone: &SchoolZone) -> bool {
        let moment =
            Window { from: at, to: at.saturating_add(jiff::SignedDuration::from_secs(1)).unwrap_or(at) };
        self.windows(moment, zone).iter().any(|w| w.contains(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn office_hours_follow_the_wall_clock_over_both_clock_changes() {
        let zone = SchoolZone::london();
        let hours = |day| {
            WeeklyHours(vec![DailyHours {
                day,
                from: ClockTime::new(8, 0).expect("time"),
                to: ClockTime::new(16, 0).expect("time"),
            }])
        };
        let monday = hours(Weekday::Monday);
        assert!(monday.is_open(at("2026-03-23T08:00:00Z"), &zone), "GMT");
        assert!(monday.is_open(at("2026-03-30T07:00:00Z"), &zone), "BST: 08:00 local is 07:00 UTC");
        assert!(!monday.is_open(at("2026-03-30T15:00:00Z"), &zone));
        assert!(monday.is_open(at("2026-10-26T15:59:59Z"), &zone), "GMT again");
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_begin() {
        let zone = SchoolZone::london();
        let night = WeeklyHours(vec![DailyHours {
            day: Weekday::Friday,
            from: ClockTime::new(22, 0).expect("time"),
            to: ClockTime::new(6, 0).expect("time"),
        }]);
        assert!(night.is_open(at("2026-11-21T05:00:00Z"), &zone), "Saturday morning");
        assert!(!night.is_open(at("2026-11-21T06:00:00Z"), &zone));
    }
}
