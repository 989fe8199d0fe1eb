//! Where what an alert asks for is done: the page, for alerts that are about no trip and are told to those who keep it.

use proto::v1::alerts::Reason;

/// The page's name and its address; none where it is done on the alert itself, or on its trip. [MEDIA-2, USE-1, PERS-1, PERS-2,
/// INC-1, REV-1]
pub(super) fn done_at(reason: &Reason) -> Option<(&'static str, String)> {
    let at = |name, address: &str| Some((name, address.to_owned()));
    match reason {
        Reason::RecordingsOpen { .. } => at("Clear the recordings", "/safeguarding/recordings"),
        Reason::UseUnreviewed { week, .. } => {
            Some(("Review the usage log", format!("/safeguarding/use?week={week}")))
        }
        Reason::PhonesUncollected { .. } => at("Pupils' own phones", "/safeguarding/phones"),
        Reason::ArrangementEnds { .. } => at("Arrangements", "/safeguarding/arrangements"),
        Reason::Incident { incident, .. } | Reason::IncidentOverdue { incident, .. } => {
            Some(("Open the incident", format!("/incidents/{incident}")))
        }
        Reason::PolicyReviewDue { .. } | Reason::DrillDue { .. } => at("Policy", "/policy"),
        Reason::LineDown { .. } => at("Lines", "/lines"),
        Reason::CallNotTaken { .. } => at("Calls", "/calls"),
        Reason::DeviceLost { device } => Some(("The phone", format!("/devices/{device}"))),
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
        | Reason::ReturnOverdue { .. }
        | Reason::AllDevicesSilent { .. }
        | Reason::OffArea { .. }
        | Reason::RouteGap { .. }
        | Reason::BaseUnheld { .. }
        | Reason::DutyTestUnanswered { .. }
        | Reason::ProviderDown { .. }
        | Reason::Unreachable { .. }
        | Reason::RouteBroken { .. }
        | Reason::SupplyShort { .. }
        | Reason::Raised { .. } => None,
    }
}
