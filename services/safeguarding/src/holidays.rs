//! The bank holidays of England and Wales, for any year: the Banking and Financial Dealings Act 1971 and the proclamations
//! that moved or added a day. A day that falls on a weekend has a substitute on the next working day that is none itself.
//! A day that is proclaimed after this was written goes into the setting `closed_days`.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Days that were proclaimed for one year, and days that they took the place of.
const PROCLAIMED: [Proclaimed; 6] = [
    // The Queen's Diamond Jubilee: spring bank holiday moved, a day more.
    Proclaimed { instead_of: Some((2012, 5, 28)), days: &[(2012, 6, 4), (2012, 6, 5)] },
    // Seventy-five years since VE Day: early May moved.
    Proclaimed { instead_of: Some((2020, 5, 4)), days: &[(2020, 5, 8)] },
    // The Queen's Platinum Jubilee.
    Proclaimed { instead_of: Some((2022, 5, 30)), days: &[(2022, 6, 2), (2022, 6, 3)] },
    // Her funeral.
    Proclaimed { instead_of: None, days: &[(2022, 9, 19)] },
    // The King's coronation.
    Proclaimed { instead_of: None, days: &[(2023, 5, 8)] },
    // The royal wedding.
    Proclaimed { instead_of: None, days: &[(2011, 4, 29)] },
];

struct Proclaimed {
    instead_of: Option<(i16, i8, i8)>,
    days: &'static [(i16, i8, i8)],
}

/// Whether nobody works on that day by proclamation. Weekends are not asked about.
pub(crate) fn is_bank_holiday(day: Date) -> bool {
    let same = |(year, month, of): (i16, i8, i8)| day == date(year, month, of);
    if PROCLAIMED.iter().any(|one| one.days.iter().copied().any(same)) {
        return true;
    }
    let moved = PROCLAIMED.iter().filter_map(|one| one.instead_of).any(same);
    !moved && of_year(day.year()).contains(&day)
}

/// The eight of a year, as the Act has them.
fn of_year(year: i16) -> [Date; 8] {
    let easter = easter_sunday(year);
    let (christmas, boxing) = christmas(year);
    [
        after_the_weekend(date(year, 1, 1)),
        plus(easter, -2),
        plus(easter, 1),
        first_monday(date(year, 5, 1)),
        plus(first_monday(date(year, 6, 1)), -7),
        plus(first_monday(date(year, 9, 1)), -7),
        christmas,
        boxing,
    ]
}

/// Christmas Day and Boxing Day. Where the first is a Saturday or a Sunday, and the second too, the substitutes are the Monday
/// and the Tuesday after.
fn christmas(year: i16) -> (Date, Date) {
    let (christmas, boxing) = (date(year, 12, 25), date(year, 12, 26));
    match christmas.weekday() {
        Weekday::Saturday => (plus(christmas, 2), plus(christmas, 3)),
        // Boxing Day is the Monday; Christmas Day's substitute the Tuesday.
        Weekday::Sunday => (plus(christmas, 2), boxing),
        Weekday::Friday => (christmas, plus(boxing, 2)),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => (christmas, boxing),
    }
}

fn after_the_weekend(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => plus(day, 2),
        Weekday::Sunday => plus(day, 1),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => day,
    }
}

fn first_monday(from: Date) -> Date {
    let days = (7 - from.weekday().to_monday_zero_offset()) % 7;
    plus(from, i64::from(days))
}

fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// The Gregorian Easter: the anonymous algorithm (Meeus, Jones, Butcher).
fn easter_sunday(year: i16) -> Date {
    let year = i32::from(year);
    let (golden, century, of_century) = (year % 19, year / 100, year % 100);
    let shift = (century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 19 * golden + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - shift - of_century % 4) % 7;
    let late = (golden + 11 * shift + 22 * weekday) / 451;
    let days = shift + weekday - 7 * late + 114;
    let (month, day) = (days / 31, days % 31 + 1);
    // March or April, and a day of it.
    let fits = |number: i32| i8::try_from(number).unwrap_or(1);
    i16::try_from(year).map_or(Date::MAX, |year| date(year, fits(month), fits(day)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The bank holidays of 2012 to 2040 that are no weekends, as another implementation has them that many rely on
    /// (the Python package `holidays`); those to 2028 are on gov.uk, too.
    const KNOWN: &str = include_str!("../data/bank-holidays.txt");

    /// INC-2: substitute days, Easter, jubilees: every day of twenty-nine years.
    #[test]
    fn every_bank_holiday_is_known() {
        let lines = KNOWN.lines().filter(|line| !line.starts_with('#'));
        let known: BTreeSet<Date> = lines.map(|line| line.parse().expect("a day")).collect();
        assert!(known.len() > 230, "{}", known.len());
        let mut day = date(2012, 1, 1);
        while day < date(2041, 1, 1) {
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            assert_eq!(is_bank_holiday(day), known.contains(&day), "{day}");
            assert!(!(weekend && is_bank_holiday(day)), "{day}");
            day = plus(day, 1);
        }
    }
}
