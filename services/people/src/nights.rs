//! The nights that a duty covers, and when each evening's test is. [FORM-8]

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use proto::Timestamp;
use proto::v1::people::DutyNight;
use proto::values::{SchoolZone, Window};

/// The hour of the evening's test, on the school's clocks.
const TEST_HOUR: i8 = 18;
/// The hour a night begins: by then the test is answered.
const NIGHT_BEGINS: i8 = 20;
/// The hour it ends.
const NIGHT_ENDS: i8 = 6;

/// How long a test leaves that comes after its evening's hour: the duty was planned late, or an outage was in between.
pub(crate) const LATE_ANSWER: SignedDuration = SignedDuration::from_mins(30);

/// The nights of a duty that aren't over, in order, as planned at `now`.
pub(crate) fn nights(duty: Window, now: Timestamp, zone: &SchoolZone) -> Vec<DutyNight> {
    let first = zone.local(duty.from).date().saturating_sub(1.day());
    let last = zone.local(duty.to).date();
    first.series(1.day()).take_while(|date| *date <= last).filter_map(|d| night(d, duty, now, zone)).collect()
}

/// The night that begins on a date, if the duty covers any of it and it isn't over.
fn night(date: Date, duty: Window, now: Timestamp, zone: &SchoolZone) -> Option<DutyNight> {
    let begins = zone.instant(date.at(NIGHT_BEGINS, 0, 0, 0));
    let ends = zone.instant(date.saturating_add(1.day()).at(NIGHT_ENDS, 0, 0, 0));
    let night = Window::new(begins.max(duty.from), ends.min(duty.to)).ok().filter(|n| n.to > now)?;
    let test_at = zone.instant(date.at(TEST_HOUR, 0, 0, 0)).max(now);
    Some(DutyNight { night, test_at, answer_by: begins.max(later(test_at, LATE_ANSWER)) })
}

/// A while later.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
