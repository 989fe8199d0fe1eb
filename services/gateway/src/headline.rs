//! What happened, in a few words for a text: ids and facts only, no names.

use proto::v1::alerts::{Channel, Reason, Severity};
use proto::values::{Label, SchoolZone};

/// The most characters of a headline: with the school's name, the trip and the code it fits one text.
pub(crate) const MAX_HEADLINE: usize = 48;

/// A reason in a few words.
pub(crate) fn headline(reason: &Reason, zone: &SchoolZone) -> Label {
    let text = words(reason, zone);
    debug_assert!(text.chars().count() <= MAX_HEADLINE, "{text}");
    let text: String = text.chars().take(MAX_HEADLINE).collect();
    Label::parse(&text).unwrap_or_else(|_| Label::parse("Alert").expect("a short text is a label"))
}

fn words(reason: &Reason, zone: &SchoolZone) -> String {
    match reason {
        Reason::MissedCheckIn { due_at, .. } => format!("Missed check-in, due {}", zone.clock(*due_at)),
        Reason::MissedInOutage { missed, .. } => {
            format!("{} check-ins missed in an outage", missed.len())
        }
        Reason::MissedArrival { due_at, .. } => {
            format!("A pupil did not arrive, due {}", zone.clock(*due_at))
        }
        Reason::HeadcountDiffers { expected, reported, .. } => {
            format!("Count {reported}, expected {expected}")
        }
        Reason::Help { at, .. } => format!("HELP called at {}", zone.clock(*at)),
        Reason::Duress { at } => format!("DURESS at {}. Do not contact the trip", zone.clock(*at)),
        Reason::LostChild { police_at, .. } => format!("LOST CHILD. Police at {}", zone.clock(*police_at)),
        Reason::PoliceDue { .. } => "Lost child: ring the police now".to_owned(),
        Reason::LeftWithoutClearance { at } => format!("Left without clearance at {}", zone.clock(*at)),
        Reason::Unauthorised { .. } => "Form changed on the trip: authorise it".to_owned(),
        Reason::ReadinessLost { .. } => "A departure check no longer holds".to_owned(),
        Reason::DeviceLost { .. } => "A phone is lost".to_owned(),
        Reason::ReturnOverdue { devices, .. } => format!("{} phones not back in time", devices.len()),
        Reason::AllDevicesSilent { since } => format!("All phones silent since {}", zone.clock(*since)),
        Reason::OffArea { since, .. } => format!("A phone left its area at {}", zone.clock(*since)),
        Reason::RouteGap { .. } => "The emergency route has a gap".to_owned(),
        Reason::BaseUnheld { .. } => "Nobody holds base".to_owned(),
        Reason::LineDown { since, .. } => format!("A school line is down since {}", zone.clock(*since)),
        Reason::PolicyReviewDue { late: false, .. } => "The policy is due for its yearly review".to_owned(),
        Reason::PolicyReviewDue { late: true, .. } => "The yearly review of the policy is late".to_owned(),
        Reason::DrillDue { weekend: false, .. } => "A drill is due".to_owned(),
        Reason::DrillDue { weekend: true, .. } => "A drill is due, one at a weekend".to_owned(),
        Reason::DutyTestUnanswered { .. } => "An on-call test was not answered".to_owned(),
        Reason::ProviderDown { since, channel, instead, .. } => {
            let what = match channel {
                Some(Channel::Text) => "Texts",
                Some(Channel::Voice) => "Calls",
                Some(Channel::Email) => "E-mails",
                None => "Texts and calls",
            };
            let how = if instead.is_some() { "go by the other provider" } else { "fail" };
            format!("{what} {how} since {}", zone.clock(*since))
        }
        Reason::Unreachable { .. } => "Somebody on the ladder can't be reached".to_owned(),
        Reason::CallNotTaken { at, .. } => format!("A caller reached nobody at {}", zone.clock(*at)),
        Reason::RouteBroken { since } => format!("No way to reach base since {}", zone.clock(*since)),
        Reason::SupplyShort { day, .. } => format!("Too few phones on {}", day.strftime("%d %b")),
        Reason::Incident { danger: true, at, .. } => {
            format!("SAFEGUARDING, danger: reported {}", zone.clock(*at))
        }
        Reason::Incident { danger: false, at, .. } => {
            format!("Safeguarding incident reported at {}", zone.clock(*at))
        }
        Reason::IncidentOverdue { due_at, .. } => {
            format!("Safeguarding step overdue since {}", zone.clock(*due_at))
        }
        Reason::UseUnreviewed { week, .. } => format!("Usage log of {} not reviewed", week.strftime("%d %b")),
        Reason::PhonesUncollected { pouches, .. } => {
            format!("{} pupils' phones not fetched", pouches.len())
        }
        Reason::ArrangementEnds { over: false, until, .. } => {
            format!("An arrangement ends on {}", until.strftime("%d %b"))
        }
        Reason::ArrangementEnds { over: true, until, .. } => {
            format!("An arrangement ended on {}", until.strftime("%d %b"))
        }
        Reason::RecordingsOpen { phones, .. } => format!("Recordings on {phones} phones not cleared"),
        Reason::Raised { severity, .. } => match severity {
            Severity::Notice => "Notice from the office".to_owned(),
            Severity::Warning => "Warning from the office".to_owned(),
            Severity::Urgent => "URGENT alert from the office".to_owned(),
            Severity::Emergency => "EMERGENCY raised by the office".to_owned(),
        },
    }
}

/// What must not reach, or show on, the trip's own phones, nor stand in a mailbox that others read. [CHECK-6, INC-7]
pub(crate) fn is_for_base_alone(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::Duress { .. }
            | Reason::Incident { .. }
            | Reason::IncidentOverdue { .. }
            | Reason::UseUnreviewed { .. }
            | Reason::ArrangementEnds { .. }
            | Reason::RecordingsOpen { .. }
    )
}
