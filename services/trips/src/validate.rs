//! What a form must be like to be kept at all, even as a draft. A draft may lack a work mobile, a risk assessment or a
//! consent: those are asked at the gates ([`mod@crate::readiness`]). What contradicts itself is refused at once, naming the
//! field and what would do.

mod people;
mod times;

use proto::Timestamp;
use proto::rules::Rule;
use proto::v1::trips::{Refusal, TripForm};
use proto::values::SchoolZone;

use crate::state::State;

/// The most destinations.
pub const MAX_DESTINATIONS: usize = 20;
/// The most members of staff, the most volunteers, the most pupils with phones, the most who travel directly.
pub const MAX_PEOPLE: usize = 60;
/// The most reserves, the most spare devices.
pub const MAX_RESERVES: usize = 20;
/// The most groups.
pub const MAX_GROUPS: usize = 30;
/// The most quiet windows.
pub const MAX_QUIET_WINDOWS: usize = 20;
/// The most people on one step of the ladder.
pub const MAX_STEP_PEOPLE: usize = 20;
/// How long before the party leaves a pupil who travels directly may be due, in hours.
pub const MAX_DIRECT_BEFORE_HOURS: i64 = 12;
/// The longest trip, in days.
pub const MAX_TRIP_DAYS: i64 = 60;
/// How far ahead a trip may be registered, in days.
pub const MAX_AHEAD_DAYS: i64 = 731;
/// The largest tolerance for delays, in seconds.
pub const MAX_DELAY_TOLERANCE_SECS: u32 = 4 * 60 * 60;
/// The shortest and the longest stretch between check-ins, in minutes.
pub const EVERY_MINUTES: std::ops::RangeInclusive<u16> = 5..=1440;
/// How long after it was due a check-in may still count, in seconds.
pub const GRACE_SECS: std::ops::RangeInclusive<u32> = 60..=3600;
/// The longest time between a reminder and what it reminds of, in seconds.
pub const MAX_REMIND_SECS: u32 = 3600;
/// The longest quiet window, in hours.
pub const MAX_QUIET_HOURS: i64 = 24;
/// When the police are called for a lost child, in minutes.
pub const POLICE_MINUTES: std::ops::RangeInclusive<u16> = 1..=120;

/// Checks a form's structure; the first thing that is wrong is refused.
pub fn validate(state: &State, form: &TripForm, now: Timestamp, zone: &SchoolZone) -> Result<(), Refusal> {
    sizes(form)?;
    people::staff(form)?;
    people::work_mobiles(state, form)?;
    people::groups(form)?;
    people::others(form)?;
    people::direct(form)?;
    people::emergency(form)?;
    times::window(form, now)?;
    times::destinations(form)?;
    times::direct(form)?;
    times::plan(form, zone)?;
    times::quiet(form)
}

/// Checks the times alone: what was sound when it was saved may have been overtaken.
pub(crate) fn check_times(form: &TripForm, now: Timestamp, zone: &SchoolZone) -> Result<(), Refusal> {
    times::window(form, now)?;
    times::plan(form, zone)?;
    times::quiet(form)
}

/// A form that can't be kept: where, why, what would do.
fn invalid(rule: Option<Rule>, field: &str, reason: impl Into<String>, remedy: impl Into<String>) -> Refusal {
    Refusal::FormInvalid {
        field: format!("form.{field}"),
        reason: reason.into(),
        remedy: remedy.into(),
        rule,
    }
}

fn ensure(holds: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal()) }
}

fn sizes(form: &TripForm) -> Result<(), Refusal> {
    let bounds = [
        ("destinations", form.destinations.len(), 0, MAX_DESTINATIONS),
        ("staff", form.staff.len(), 1, MAX_PEOPLE),
        ("reserves", form.reserves.len(), 0, MAX_RESERVES),
        ("spare_devices", form.spare_devices.len(), 0, MAX_RESERVES),
        ("volunteers", form.volunteers.len(), 0, MAX_PEOPLE),
        ("pupil_phones", form.pupil_phones.len(), 0, MAX_PEOPLE),
        ("direct", form.direct.len(), 0, MAX_PEOPLE),
        ("groups", form.groups.len(), 1, MAX_GROUPS),
        ("quiet", form.quiet.len(), 0, MAX_QUIET_WINDOWS),
        ("emergency.office", form.emergency.office.len(), 0, MAX_STEP_PEOPLE),
        ("emergency.dsl", form.emergency.dsl.len(), 0, MAX_STEP_PEOPLE),
        ("emergency.senior", form.emergency.senior.len(), 0, MAX_STEP_PEOPLE),
    ];
    for (field, found, min, max) in bounds {
        ensure((min..=max).contains(&found), || {
            let reason = format!("{min} to {max} fit here, not {found}");
            invalid(None, field, reason, format!("Give {min} to {max}."))
        })?;
    }
    Ok(())
}
