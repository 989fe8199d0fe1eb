//! What trips records, in words.

use proto::v1::trips::{ClearanceDecision, Event};

use super::moment;
use crate::view::SchoolView;

pub(super) fn tell(view: &SchoolView, event: &Event) -> Option<String> {
    let name = |person| view.person_name(person);
    Some(match event {
        Event::DraftSaved { .. } => "The form was saved.".to_owned(),
        Event::FormSubmitted { .. } => "The form was submitted for authorising.".to_owned(),
        Event::FormAuthorised { by, .. } => format!("{} authorised the form.", name(*by)),
        Event::SentBack { by, reason, .. } => format!("{} sent the form back: {reason}", name(*by)),
        Event::AuthorisationVoided { changed, .. } => {
            format!("The authorisation no longer holds: {} changed.", changed.join(", "))
        }
        Event::TripAmended { reason, changed, .. } if changed.is_empty() => {
            format!("The form was changed on the way: {reason}")
        }
        Event::TripAmended { reason, changed, .. } => {
            let changed = changed.join(", ");
            format!("The form was changed on the way ({changed}) and waits for authorising: {reason}")
        }
        Event::Departed { party, .. } => format!("The party left, {}.", party_size(party)),
        Event::LeftWithoutClearance { party, reason, .. } => {
            format!("The party left without clearance, {}: {reason}", party_size(party))
        }
        Event::ClearanceSettled { decision, reason, by, heard_by, .. } => {
            let decided = match decision {
                ClearanceDecision::Recall => "recalls the party",
                ClearanceDecision::Accept => "accepts that the party left without clearance",
            };
            let heard = heard_by.map(|p| format!(" (by voice, recorded by {})", name(p)));
            format!("{} {decided}{}: {reason}", name(*by), heard.unwrap_or_default())
        }
        Event::ReadinessLost { items, .. } => {
            let lost: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
            format!("No longer as it was at departure: {}", lost.join(" "))
        }
        Event::Returned { accounted, by, devices_due_at, .. } => format!(
            "The party is back: {} back, {} released, {} in hospital, says {}. Devices are due at {}.",
            accounted.back,
            accounted.released,
            accounted.in_hospital,
            name(*by),
            moment(view, *devices_due_at)
        ),
        Event::TripClosed { .. } => "The trip is closed.".to_owned(),
        Event::TripCancelled { reason, .. } => format!("The trip was called off: {reason}"),
        Event::DrillDone { next_by, .. } => {
            format!("The drill is over. The next one is due by {}.", moment(view, *next_by))
        }
        Event::DrillReviewed { learnt, by, .. } => {
            format!("{} wrote down what was learnt: {learnt}", name(*by))
        }
        Event::NoteAdded { note, .. } => format!("Note: {}", note.shown()),
        Event::PersonNoted { .. }
        | Event::WorkMobileNoted { .. }
        | Event::PupilPhoneNoted { .. }
        | Event::DevicesSettledNoted { .. }
        | Event::CoverageNoted { .. }
        | Event::DrillReminded { .. }
        | Event::ReleaseNoted { .. } => return None,
    })
}

fn party_size(party: &proto::v1::trips::Party) -> String {
    let pupils: u32 = party.groups.iter().map(|group| group.expected.get()).sum();
    format!("{pupils} pupils and {} staff", party.staff.len())
}
