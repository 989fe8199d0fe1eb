//! What a reason weighs: its severity, where its ladder begins, whom it concerns, and what ends it.

use proto::v1::alerts::{LadderStart, Reason, Severity};
use proto::v1::safeguarding::Readers;

/// The row of the table below for one reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Weight {
    /// How urgent it is by itself.
    pub severity: Severity,
    /// Where its ladder begins.
    pub start: LadderStart,
    /// Whether the trip's own staff are on the ladder while it stands (never while a duress word stands beside it).
    pub tells_the_trip: bool,
    /// What ends it at the latest.
    pub ends: Ends,
}

/// What ends a reason, besides its own end and a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ends {
    /// A person has accounted for everyone. Heard after the trip has closed, it is moot.
    WhenAllAreBack,
    /// The trip has closed. Heard after that, it is moot.
    WithTheParty,
    /// The trip has closed; but it may be heard after that, too.
    WithTheTrip,
    /// Nothing else: its own end, or a person.
    ByItsOwnEnd,
}

/// The table: one row for each reason.
pub fn weight(reason: &Reason) -> Weight {
    use Ends::{ByItsOwnEnd, WhenAllAreBack, WithTheParty, WithTheTrip};
    use LadderStart::{Base, Bottom, Everyone, Office};
    use Severity::{Emergency, Notice, Urgent, Warning};
    let row = |severity, start, tells_the_trip, ends| Weight { severity, start, tells_the_trip, ends };
    match reason {
        Reason::Help { .. } => row(Emergency, Everyone, true, ByItsOwnEnd),
        Reason::LostChild { .. } | Reason::PoliceDue { .. } => row(Emergency, Everyone, true, ByItsOwnEnd),
        Reason::Duress { .. } => row(Emergency, Everyone, false, ByItsOwnEnd),
        Reason::MissedCheckIn { .. } => row(Urgent, Bottom, true, WhenAllAreBack),
        Reason::MissedInOutage { .. } => row(Urgent, Bottom, true, WhenAllAreBack),
        // The pupil travels alone: the party can't look, the office rings the provider. It stands until somebody knows. [FORM-6]
        Reason::MissedArrival { .. } => row(Urgent, Office, false, ByItsOwnEnd),
        // The office knows at once. [CHECK-5]
        Reason::HeadcountDiffers { .. } => row(Urgent, Office, true, WhenAllAreBack),
        // The DSL and the seniors are told at once; the party on the road is not rung. [FORM-9]
        Reason::LeftWithoutClearance { .. } => row(Urgent, Base, false, ByItsOwnEnd),
        Reason::BaseUnheld { .. } => row(Urgent, Office, false, WhenAllAreBack),
        Reason::AllDevicesSilent { .. } | Reason::OffArea { .. } => {
            row(Warning, Office, false, WhenAllAreBack)
        }
        // Somebody needs the school, and couldn't reach it.
        Reason::CallNotTaken { .. } => row(Urgent, Office, false, ByItsOwnEnd),
        Reason::RouteBroken { .. } => row(Urgent, Office, false, WhenAllAreBack),
        Reason::RouteGap { .. } => row(Warning, Office, false, WhenAllAreBack),
        Reason::Unauthorised { .. } | Reason::ReadinessLost { .. } => {
            row(Warning, Office, false, WithTheParty)
        }
        Reason::DeviceLost { .. } | Reason::ReturnOverdue { .. } => row(Warning, Office, false, WithTheTrip),
        Reason::Unreachable { .. } => row(Warning, Office, false, WithTheTrip),
        Reason::LineDown { .. } | Reason::DutyTestUnanswered { .. } | Reason::ProviderDown { .. } => {
            row(Warning, Office, false, ByItsOwnEnd)
        }
        Reason::SupplyShort { .. } => row(Notice, Office, false, ByItsOwnEnd),
        // Someone in danger: its readers are all told at once. Else the DSL first, then the head.
        Reason::Incident { danger, .. } => {
            row(if *danger { Emergency } else { Urgent }, Office, false, ByItsOwnEnd)
        }
        Reason::IncidentOverdue { .. } => row(Urgent, Office, false, ByItsOwnEnd),
        Reason::UseUnreviewed { late, .. } => {
            row(if *late { Warning } else { Notice }, Office, false, ByItsOwnEnd)
        }
        Reason::PhonesUncollected { .. } => row(Notice, Office, false, ByItsOwnEnd),
        // A medical device stays past its end: somebody has to look at it again.
        Reason::ArrangementEnds { over, medical, .. } => {
            row(if *over && *medical { Warning } else { Notice }, Office, false, ByItsOwnEnd)
        }
        Reason::RecordingsOpen { .. } => row(Warning, Office, false, ByItsOwnEnd),
        Reason::PolicyReviewDue { .. } | Reason::DrillDue { .. } => row(Notice, Office, false, ByItsOwnEnd),
        Reason::Raised { severity, .. } => match severity {
            Emergency => row(Emergency, Everyone, true, ByItsOwnEnd),
            Urgent => row(Urgent, Bottom, true, ByItsOwnEnd),
            Warning | Notice => row(*severity, Office, false, ByItsOwnEnd),
        },
    }
}

/// How urgent a reason is by itself.
pub fn severity(reason: &Reason) -> Severity {
    weight(reason).severity
}

/// Whether the very same reason, once over, can't come again: it carries its time. (A device may be lost twice; an
/// arrival that was confirmed by mistake is missed again.)
pub(crate) fn happens_once(reason: &Reason) -> bool {
    !matches!(reason, Reason::DeviceLost { .. } | Reason::Unreachable { .. } | Reason::MissedArrival { .. })
}

/// Who alone may know of it, and is told of it; none where anybody at base may. [INC-7]
pub fn readers(reason: &Reason) -> Option<&Readers> {
    match reason {
        Reason::Incident { readers, .. }
        | Reason::IncidentOverdue { readers, .. }
        | Reason::ArrangementEnds { readers, .. }
        | Reason::RecordingsOpen { readers, .. }
        | Reason::UseUnreviewed { readers, .. } => Some(readers),
        Reason::MissedCheckIn { .. }
        | Reason::MissedInOutage { .. }
        | Reason::MissedArrival { .. }
        | Reason::HeadcountDiffers { .. }
        | Reason::Help { .. }
        | Reason::Duress { .. }
        | Reason::LostChild { .. }
        | Reason::PoliceDue { .. }
        | Reason::LeftWithoutClearance { .. }
        | Reason::Unauthorised { .. }
        | Reason::ReadinessLost { .. }
        | Reason::DeviceLost { .. }
        | Reason::ReturnOverdue { .. }
        | Reason::AllDevicesSilent { .. }
        | Reason::OffArea { .. }
        | Reason::RouteGap { .. }
        | Reason::BaseUnheld { .. }
        | Reason::LineDown { .. }
        | Reason::DutyTestUnanswered { .. }
        | Reason::ProviderDown { .. }
        | Reason::Unreachable { .. }
        | Reason::CallNotTaken { .. }
        | Reason::RouteBroken { .. }
        | Reason::SupplyShort { .. }
        | Reason::PhonesUncollected { .. }
        | Reason::PolicyReviewDue { .. }
        | Reason::DrillDue { .. }
        | Reason::Raised { .. } => None,
    }
}
