//! News of people: who is here, with which roles, who is on call, and who did not answer.

use proto::v1::alerts::{Event as Own, Reason};
use proto::v1::people::Event;

use super::Desk;
use crate::state::Duty;
use crate::topic::CaseTopic;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event.clone() {
        Event::PersonAdded { person, roles, .. } | Event::PersonChanged { person, roles, .. } => {
            let known = desk.state.people.get(&person);
            if !known.is_some_and(|p| p.here == Some(true) && p.roles == roles) {
                desk.note(Own::PersonNoted { person, here: true, roles });
            }
        }
        Event::PersonLeft { person } => {
            let known = desk.state.people.get(&person);
            if known.is_none_or(|p| p.here != Some(false)) {
                let roles = known.map(|p| p.roles.clone()).unwrap_or_default();
                desk.note(Own::PersonNoted { person, here: false, roles });
            }
        }
        Event::DutyPlanned { duty, person, role, window, .. } => {
            if desk.state.duties.get(&duty) != Some(&Duty { person, role, window }) {
                desk.note(Own::DutyNoted { duty, person, role, window });
            }
        }
        Event::DutyRemoved { duty } => {
            answered(desk, duty);
            if desk.state.duties.contains_key(&duty) {
                desk.note(Own::DutyEndedNoted { duty });
            }
        }
        Event::DutyConfirmed { duty, .. } => answered(desk, duty),
        // They stay on the ladder: a text more costs nothing, and one fewer could cost a night.
        Event::DutyTestUnanswered { person, asked: true, .. } => {
            desk.raise(None, Reason::DutyTestUnanswered { person });
        }
        Event::PolicyReviewReminded { at, due_by, remind_at: _ } => {
            desk.raise(None, Reason::PolicyReviewDue { by: due_by, late: due_by <= at });
        }
        Event::PolicyReviewed { .. } => desk.gone_about(CaseTopic::PolicyReview, |_| true),
        Event::PolicyChanged { .. }
        | Event::DutyTestUnanswered { asked: false, .. }
        | Event::HolderAuthorised { .. }
        | Event::AuthorisationWithdrawn { .. }
        | Event::AgreementAccepted { .. }
        | Event::DutyTested { .. } => {}
    }
}

fn answered(desk: &mut Desk<'_>, duty: proto::ids::DutyId) {
    if let Some(duty) = desk.state.duties.get(&duty) {
        desk.gone_about(CaseTopic::Duty(duty.person), |_| true);
    }
}
