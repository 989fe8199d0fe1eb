//! The trip form, from typed fields and back. Inputs are named as the form's own fields are, so that a refusal finds its
//! input; seconds are typed as minutes (`plan.grace_minutes`), and a destination's area as `where` and `radius_m`.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{blank, write};

use super::rows::List;

/// The form's lists, with the parts that make a row.
pub(crate) const LISTS: &[List] = &[
    ("destinations", &["name", "where", "radius_m", "arrive_at", "leave_at"]),
    ("staff", &["person", "work_mobile"]),
    ("reserves", &["person", "work_mobile"]),
    ("spare_devices", &[""]),
    ("volunteers", &["name"]),
    ("pupil_phones", &["name", "reason"]),
    ("direct", &["name", "provider", "contact", "number", "due_at", "devices"]),
    ("groups", &["name", "adult", "expected"]),
    ("quiet", &["from", "to", "reason", "fallback"]),
    ("emergency.office", &[""]),
    ("emergency.dsl", &[""]),
    ("emergency.senior", &[""]),
    ("emergency.tour_numbers.whose", &[""]),
];

/// The input that a refusal's field is shown at.
pub(crate) fn input_of(field: &str) -> String {
    let field = field.strip_prefix("form.").unwrap_or(field);
    match field {
        "window" => "window.to".to_owned(),
        "quiet" | "groups" | "staff" | "destinations" | "direct" => field.to_owned(),
        _ => field
            .replace("_secs", "_minutes")
            .replace(".area.radius_m", ".radius_m")
            .replace(".area", ".where"),
    }
}
