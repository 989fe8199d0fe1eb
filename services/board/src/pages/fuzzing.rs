//! What fuzz targets reach of the pages. See tests/fuzz.

use decider::policy::Kind;
use proto::values::{DailyHours, Weekday};
use serde_json::Value;

/// Where a browser goes after it logged in.
pub fn goes_on_to(next: &str) -> &str {
    super::login::ours(next)
}

/// The hours of a day, and how they are typed.
pub fn hours(text: &str) -> Result<(Vec<DailyHours>, String), String> {
    let hours = super::line::read_day(Weekday::Monday, text)?;
    let typed = super::line::typed(&proto::values::WeeklyHours(hours.clone()), Weekday::Monday);
    Ok((hours, typed))
}

/// A setting, and how it is typed.
pub fn setting(kind: Kind, text: &str) -> (Value, String) {
    let value = super::policy_fields::read(kind, text);
    let typed = super::policy_fields::typed(kind, &value);
    (value, typed)
}
