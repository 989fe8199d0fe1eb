//! News of safeguarding: incidents that the DSL is to be told of in person, steps that are overdue, weeks without review,
//! recordings left open, arrangements that end. Nobody but their readers is told, or sees the case [INC-1, INC-7]; but
//! pouches that nobody emptied are the office's.

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
        // On the board, for the office: nobody is rung for a phone in a pouch. [PERS-1]
        Event::PhonesUncollected { day, pouches, .. } => {
            desk.raise(None, Reason::PhonesUncollected { day, pouches });
        }
        Event::PhoneGivenBack { last: true, .. } => desk.gone_about(CaseTopic::OwnPhones, |_| true),
        Event::ArrangementReminded { arrangement, until, over, medical, readers, .. } => {
            let topic = CaseTopic::Arrangement(arrangement);
            let reason = Reason::ArrangementEnds { arrangement, until, over, medical, readers };
            desk.gone_about(topic, |old| *old != reason);
            desk.raise(None, reason.clone());
        }
        Event::ArrangementRenewed { arrangement, .. } | Event::ArrangementEnded { arrangement, .. } => {
            desk.gone_about(CaseTopic::Arrangement(arrangement), |_| true);
        }
        Event::RecordingsLeftOpen { day, recordings, tours, readers, .. } => {
            let phones = u16::try_from(recordings.len() + tours.len()).unwrap_or(u16::MAX);
            let reason = Reason::RecordingsOpen { day, phones, readers };
            desk.gone_about(CaseTopic::Recordings, |old| *old != reason);
            desk.raise(None, reason.clone());
        }
        Event::RecordingsCleared { last: true, .. } | Event::TourCleared { last: true, .. } => {
            desk.gone_about(CaseTopic::Recordings, |_| true);
        }
        Event::UseRecorded { .. }
        | Event::PhoneHandedIn { .. }
        | Event::PhoneGivenBack { last: false, .. }
        | Event::ArrangementAgreed { .. }
        | Event::ArrangementOnTrip { .. }
        | Event::RecordsHeld { .. }
        | Event::HoldLifted { .. }
        | Event::RecordingsNoted { .. }
        | Event::RecordingsCleared { last: false, .. }
        | Event::TourCleared { last: false, .. }
        | Event::TripNoted { .. }
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
