//! What a case is about: there is one open case at most for each topic.

use jiff::civil;
use proto::ids::{ArrangementId, CaseId, DeviceId, IncidentId, LineId, PersonId, TripId};
use proto::v1::alerts::Reason;
use proto::v1::devices::DeviceKind;
use serde::{Deserialize, Serialize};

/// What a case gathers reasons about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum CaseTopic {
    /// A trip: all that happens on it.
    Trip(TripId),
    /// A line of the school.
    Line(LineId),
    /// Somebody on the rota who did not answer the evening's test.
    Duty(PersonId),
    /// Somebody who can't be texted.
    Unreachable(PersonId),
    /// The provider of texts and calls.
    Provider,
    /// The supply of one kind of device on one day.
    Supply(civil::Date, DeviceKind),
    /// A device that is lost, of no trip.
    Lost(DeviceId),
    /// Devices kept overnight after their trip had closed, and not back.
    Overdue,
    /// Callers who reached nobody.
    Calls,
    /// A safeguarding incident.
    Incident(IncidentId),
    /// Weeks of the usage log that wait for review.
    UseReview,
    /// Pupils' own phones that nobody fetched.
    OwnPhones,
    /// An arrangement that ends.
    Arrangement(ArrangementId),
    /// Recordings that are still on phones.
    Recordings,
    /// The yearly review of the policy.
    PolicyReview,
    /// The next drill.
    Drill,
    /// Something that stands for itself.
    Alone(CaseId),
}

impl CaseTopic {
    /// The topic of a reason; `case` is the id that its case would have.
    pub fn of(case: CaseId, trip: Option<TripId>, reason: &Reason) -> Self {
        if let Some(trip) = trip {
            return Self::Trip(trip);
        }
        match reason {
            Reason::LineDown { line, .. } => Self::Line(*line),
            Reason::DutyTestUnanswered { person } => Self::Duty(*person),
            Reason::Unreachable { person } => Self::Unreachable(*person),
            Reason::ProviderDown { .. } => Self::Provider,
            Reason::SupplyShort { day, kind, .. } => Self::Supply(*day, *kind),
            Reason::DeviceLost { device } => Self::Lost(*device),
            Reason::ReturnOverdue { .. } => Self::Overdue,
            Reason::CallNotTaken { .. } => Self::Calls,
            Reason::Incident { incident, .. } | Reason::IncidentOverdue { incident, .. } => {
                Self::Incident(*incident)
            }
            Reason::UseUnreviewed { .. } => Self::UseReview,
            Reason::PhonesUncollected { .. } => Self::OwnPhones,
            Reason::ArrangementEnds { arrangement, .. } => Self::Arrangement(*arrangement),
            Reason::RecordingsOpen { .. } => Self::Recordings,
            Reason::PolicyReviewDue { .. } => Self::PolicyReview,
            Reason::DrillDue { .. } => Self::Drill,
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
            | Reason::AllDevicesSilent { .. }
            | Reason::OffArea { .. }
            | Reason::RouteGap { .. }
            | Reason::RouteBroken { .. }
            | Reason::BaseUnheld { .. }
            | Reason::Raised { .. } => Self::Alone(case),
        }
    }
}
