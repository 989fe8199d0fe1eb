//! Values in words, and instants as the school's clocks show them.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::v1::alerts::{Channel, Rung, Severity};
use proto::v1::contacts::{LineHealth, LineKind};
use proto::v1::devices::{DeviceKind, Handset, Owner, Recordings};
use proto::v1::people::{DutyRole, Role, Standing};
use proto::v1::trips::{NamedPoint, QuietReason, TripKind};
use proto::values::{SchoolZone, Window};
use trips::PhaseName;

/// Says when something is, seen from now.
#[derive(Clone, Copy)]
pub(crate) struct When<'a> {
    pub(crate) zone: &'a SchoolZone,
    pub(crate) now: Timestamp,
}

impl When<'_> {
    /// `10:42` today, `Fri 20 Nov, 10:42` on another day.
    pub(crate) fn at(&self, at: Timestamp) -> String {
        let (local, today) = (self.zone.local(at), self.zone.local(self.now).date());
        let form = match (local.date() == today, local.year() == today.year()) {
            (true, _) => "%H:%M",
            (false, true) => "%a %-d %b, %H:%M",
            (false, false) => "%a %-d %b %Y, %H:%M",
        };
        local.strftime(form).to_string()
    }

    /// `Fri 20 Nov, 09:10 to 13:10`.
    pub(crate) fn window(&self, window: Window) -> String {
        let (from, to) = (self.zone.local(window.from), self.zone.local(window.to));
        let end = if from.date() == to.date() { "%H:%M" } else { "%a %-d %b, %H:%M" };
        format!("{} to {}", from.strftime("%a %-d %b %Y, %H:%M"), to.strftime(end))
    }

    /// `Friday 20 November 2026`.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        self.zone.local(at).strftime("%A %-d %B %Y").to_string()
    }

    /// What an input of the kind `datetime-local` takes.
    pub(crate) fn typed(&self, at: Timestamp) -> String {
        typed(self.zone, at)
    }

    /// An instant some hours from now, at a full minute.
    pub(crate) fn ahead(&self, hours: i64) -> Timestamp {
        let at = self.now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(self.now);
        Timestamp::from_second(at.as_second() / 60 * 60).unwrap_or(at)
    }
}

/// What an input of the kind `datetime-local` takes.
pub(crate) fn typed(zone: &SchoolZone, at: Timestamp) -> String {
    zone.local(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// With a capital and a full stop, as a sentence stands.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let rest = letters.as_str();
    let ends = rest.ends_with(['.', '!', '?']);
    format!("{first}{rest}{}", if ends || rest.is_empty() { "" } else { "." })
}

/// `1 pupil`, `24 pupils`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `no pupils`, `1 pupil`, `24 pupils`.
pub(crate) fn pupils(number: &u32) -> String {
    if *number == 0 { "no pupils".to_owned() } else { count(u64::from(*number), "pupil", "pupils") }
}

pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Leader => "visit leader",
        Role::Office => "office",
        Role::Senior => "senior leader",
        Role::Head => "head",
        Role::Dsl => "safeguarding lead",
        Role::Admin => "administrator",
    }
}

pub(crate) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Staff => "staff",
        Standing::Supply => "supply staff",
        Standing::Volunteer => "volunteer",
        Standing::Trust => "trust or council",
    }
}

pub(crate) fn duty_role(role: DutyRole) -> &'static str {
    match role {
        DutyRole::Base => "base",
        DutyRole::Office => "office mobile",
        DutyRole::Dsl => "safeguarding lead",
        DutyRole::Senior => "senior leader",
    }
}

pub(crate) fn trip_kind(kind: TripKind) -> &'static str {
    match kind {
        TripKind::LocalVisit => "local visit",
        TripKind::DayVisit => "day visit",
        TripKind::Residential => "residential",
        TripKind::WorkPlacement => "work placement",
        TripKind::HomeVisit => "home visit",
        TripKind::Tour => "tour",
    }
}

pub(crate) fn quiet_reason(reason: QuietReason) -> &'static str {
    match reason {
        QuietReason::NoSignal => "no signal",
        QuietReason::Night => "night",
        QuietReason::Flight => "flight",
        QuietReason::Driving => "driving",
        QuietReason::Water => "supervising water",
    }
}

pub(crate) fn point(point: NamedPoint) -> &'static str {
    match point {
        NamedPoint::Arrival => "on arrival",
        NamedPoint::Leaving => "before leaving",
        NamedPoint::Return => "back at school",
    }
}

/// The phase's word, and how its tag looks.
pub(crate) fn phase(phase: PhaseName) -> (&'static str, &'static str) {
    match phase {
        PhaseName::Draft => ("draft", ""),
        PhaseName::Submitted => ("waits to be authorised", "soon"),
        PhaseName::Authorised => ("authorised", "good"),
        PhaseName::Out => ("out", "note"),
        PhaseName::Returned => ("back, devices due", "soon"),
        PhaseName::Closed => ("closed", ""),
        PhaseName::Cancelled => ("cancelled", ""),
    }
}

/// A way to reach somebody, as the beginning of a sentence.
pub(crate) fn channels(channel: Channel) -> &'static str {
    match channel {
        Channel::Text => "Texts",
        Channel::Voice => "Calls",
        Channel::Email => "E-mails",
    }
}

/// By what one message goes.
pub(crate) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Text => "text",
        Channel::Voice => "call",
        Channel::Email => "e-mail",
    }
}

/// How urgent.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "notice",
        Severity::Warning => "warning",
        Severity::Urgent => "urgent",
        Severity::Emergency => "emergency",
    }
}

pub(crate) fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Leader => "Leader",
        Rung::Deputy => "Deputy",
        Rung::OtherStaff => "Other staff",
        Rung::Office => "Office",
        Rung::Dsl => "DSL",
        Rung::Senior => "Senior leader",
    }
}

pub(crate) fn device_kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::WorkMobile => "work mobile",
        DeviceKind::BasicPhone => "basic phone",
    }
}

pub(crate) fn handset(handset: Handset) -> &'static str {
    match handset {
        Handset::Smart => "smartphone",
        Handset::Button => "button phone",
    }
}

pub(crate) fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::School => "the school's own",
        Owner::Trust => "lent by the trust",
        Owner::Host => "lent by the host",
    }
}

pub(crate) fn recordings(recordings: Recordings) -> &'static str {
    match recordings {
        Recordings::None => "no recordings",
        Recordings::Cleared => "recordings cleared",
        Recordings::Kept => "recordings still on it",
    }
}

pub(crate) fn line_kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Landline => "landline",
        LineKind::Office => "office line",
        LineKind::BackUpMobile => "back-up mobile",
    }
}

/// The word for a line's health, and how its tag looks.
pub(crate) fn health(health: LineHealth) -> (&'static str, &'static str) {
    match health {
        LineHealth::Up => ("working", "good"),
        LineHealth::Doubtful => ("doubtful", "soon"),
        LineHealth::Down => ("down", "bad"),
        LineHealth::Back => ("works again", "soon"),
    }
}

/// Enough to tell one from another; the office has the families' numbers.
pub(crate) fn stranger(number: Option<&String>) -> String {
    let digits: String =
        number.into_iter().flat_map(|number| number.chars()).filter(char::is_ascii_digit).collect();
    match digits.len().checked_sub(3).and_then(|from| digits.get(from..)) {
        Some(last) => format!("a number that is not ours, ending in {last}"),
        None => "a number that is not ours".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn today_is_told_by_the_clock_alone_and_on_the_schools_clocks() {
        let zone = SchoolZone::london();
        let when = When { zone: &zone, now: at("2026-07-03T12:00:00Z") };
        assert_eq!(when.at(at("2026-07-03T08:10:00Z")), "09:10");
        assert_eq!(when.at(at("2026-07-03T23:30:00Z")), "Sat 4 Jul, 00:30");
        assert_eq!(when.at(at("2027-01-03T23:30:00Z")), "Sun 3 Jan 2027, 23:30");
    }

    #[test]
    fn a_sentence_has_one_capital_and_one_full_stop() {
        assert_eq!(sentence("the form waits"), "The form waits.");
        assert_eq!(sentence("Stop!"), "Stop!");
        assert_eq!(sentence(""), "");
    }
}
