//! News of safeguarding: incidents that the DSL is to be told of in person, steps that are overdue, weeks without review. Nobody
//! but their readers is told, or sees the case. [INC-1, INC-7]

use proto::v1::alerts::Reason;
use proto::v1::safeguarding::{Danger, Event, Step};

use super::Desk;
use crate::topic::CaseTopic;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event.clone() {
        Event::IncidentReported { incident, danger, at, readers, .. } => {
            let danger = matches!(danger, Danger::Now { .. });
            desk.raise(None, Reason::Incident { incident, at, danger, readers });
        }
        Event::StepOverdue { incident, step, due_at, readers, .. } => {
            desk.raise(None, Reason::IncidentOverdue { incident, step, due_at, readers });
        }
        // An alert isn't telling: only this ends it. [INC-1]
        Event::IncidentTold { incident, .. } => {
            let topic = CaseTopic::Incident(incident);
            desk.gone_about(topic, |reason| {
                matches!(reason, Reason::Incident { .. }) || is_step(reason, Step::ToldInPerson)
            });
        }
        Event::IncidentWrittenUp { incident, .. } => {
            desk.gone_about(CaseTopic::Incident(incident), |reason| is_step(reason, Step::WrittenUp));
        }
        Event::IncidentAssessed { incident, serious: false, .. }
        | Event::ReferralRecorded { incident, complete: true, .. } => {
            desk.gone_about(CaseTopic::Incident(incident), |reason| is_step(reason, Step::BodiesTold));
        }
        Event::IncidentClosed { incident, .. } => desk.gone_about(CaseTopic::Incident(incident), |_| true),
        Event::ReviewReminded { week, nth, readers, .. } => {
            desk.raise(None, Reason::UseUnreviewed { week, late: nth > 1, readers });
        }
        Event::WeekSignedOff { week: signed, .. } => {
            let is_it =
                |reason: &Reason| matches!(reason, Reason::UseUnreviewed { week, .. } if *week == signed);
            desk.gone_about(CaseTopic::UseReview, is_it);
        }
        Event::UseRecorded { .. }
        | Event::IncidentOpened { .. }
        | Event::IncidentAssessed { .. }
        | Event::ReferralRecorded { .. }
        | Event::DeviceSeized { .. }
        | Event::SeizedToPolice { .. }
        | Event::SeizedGivenBack { .. }
        | Event::SearchRecorded { .. }
        | Event::DisposalRecorded { .. }
        | Event::ParentsRecorded { .. }
        | Event::IncidentAddedTo { .. }
        | Event::IncidentDebriefed { .. }
        | Event::PersonNoted { .. } => {}
    }
}

fn is_step(reason: &Reason, done: Step) -> bool {
    matches!(reason, Reason::IncidentOverdue { step, .. } if *step == done)
}
