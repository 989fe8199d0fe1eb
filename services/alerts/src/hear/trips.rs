//! News of trips: who is on the ladder, what is not cleared or authorised, and when a trip ends.

use proto::ids::TripId;
use proto::v1::alerts::{Event as Own, Reason};
use proto::v1::trips::{Event, Party, TripForm};

use super::Desk;
use crate::reasons::{Ends, weight};
use crate::state::Ladder;
use crate::topic::CaseTopic;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event {
        Event::Departed { trip, party, .. } => note_ladder(desk, *trip, party),
        Event::LeftWithoutClearance { trip, at, party, .. } => {
            note_ladder(desk, *trip, party);
            desk.raise(Some(*trip), Reason::LeftWithoutClearance { at: *at });
        }
        Event::ClearanceSettled { trip, .. } => {
            desk.gone_of_trip(*trip, |reason| matches!(reason, Reason::LeftWithoutClearance { .. }));
        }
        Event::TripAmended { trip, party, changed, .. } => {
            note_ladder(desk, *trip, party);
            if changed.is_empty() { authorised(desk, *trip) } else { unauthorised(desk, *trip) }
        }
        Event::AuthorisationVoided { trip, .. } => {
            if desk.state.is_out(*trip) {
                unauthorised(desk, *trip);
            }
        }
        Event::FormAuthorised { trip, .. } => authorised(desk, *trip),
        Event::ReadinessLost { trip, .. } => {
            let at = desk.recorded_at;
            desk.raise(Some(*trip), Reason::ReadinessLost { at });
        }
        Event::Returned { trip, .. } => super::checkins::all_are_back(desk, *trip),
        Event::TripClosed { trip, .. } | Event::TripCancelled { trip, .. } => end(desk, *trip),
        Event::DrillReminded { due_by, weekend, .. } => {
            desk.raise(None, Reason::DrillDue { by: *due_by, weekend: *weekend });
        }
        Event::DrillDone { .. } => desk.gone_about(CaseTopic::Drill, |_| true),
        Event::DraftSaved { trip, form, .. } => note_named(desk, *trip, form),
        Event::DrillReviewed { .. }
        | Event::FormSubmitted { .. }
        | Event::SentBack { .. }
        | Event::PersonNoted { .. }
        | Event::WorkMobileNoted { .. }
        | Event::NoteAdded { .. }
        | Event::PupilPhoneNoted { .. }
        | Event::DevicesSettledNoted { .. }
        | Event::CoverageNoted { .. }
        | Event::ReleaseNoted { .. } => {}
    }
}

/// A pupil who travels directly may be missing before the party leaves: those at base whom the form names are told of it, and
/// nobody of the party is on that ladder. [FORM-6, FORM-8]
fn note_named(desk: &mut Desk<'_>, trip: TripId, form: &TripForm) {
    if form.direct.is_empty() || desk.state.is_out(trip) {
        return;
    }
    let ladder = Ladder {
        title: form.title.clone(),
        leader: form.leader,
        deputy: form.deputy,
        staff: Vec::new(),
        office: form.emergency.office.clone(),
        dsl: form.emergency.dsl.clone(),
        senior: form.emergency.senior.clone(),
        base: form.emergency.base_contact,
    };
    note(desk, trip, ladder);
}

/// Who is on the ladder of a party, if it is news.
pub(super) fn note_ladder(desk: &mut Desk<'_>, trip: TripId, party: &Party) {
    let ladder = Ladder {
        title: party.title.clone(),
        leader: party.leader,
        deputy: party.deputy,
        staff: party.staff.iter().map(|member| member.person).collect(),
        office: party.emergency.office.clone(),
        dsl: party.emergency.dsl.clone(),
        senior: party.emergency.senior.clone(),
        base: party.emergency.base_contact,
    };
    note(desk, trip, ladder);
}

fn note(desk: &mut Desk<'_>, trip: TripId, ladder: Ladder) {
    if desk.state.ended.contains(&trip) || desk.state.ladder_of(trip) == Some(&ladder) {
        return;
    }
    let Ladder { title, leader, deputy, staff, office, dsl, senior, base } = ladder;
    desk.note(Own::LadderNoted { trip, title, leader, deputy, staff, office, dsl, senior, base });
}

/// One such reason stands at a time, however often the form changes. [FORM-4]
fn unauthorised(desk: &mut Desk<'_>, trip: TripId) {
    let stands = |r: &Reason| matches!(r, Reason::Unauthorised { .. });
    let known = desk.state.case_of_trip(trip).is_some_and(|c| c.reasons.iter().any(|(r, _)| stands(r)));
    if !known {
        let since = desk.recorded_at;
        desk.raise(Some(trip), Reason::Unauthorised { since });
    }
}

fn authorised(desk: &mut Desk<'_>, trip: TripId) {
    desk.gone_of_trip(trip, |reason| matches!(reason, Reason::Unauthorised { .. }));
}

fn end(desk: &mut Desk<'_>, trip: TripId) {
    if desk.state.ended.contains(&trip) {
        return;
    }
    desk.gone_of_trip(trip, |reason| weight(reason).ends <= Ends::WithTheTrip);
    if desk.state.trips.contains_key(&trip) {
        desk.note(Own::LadderEndedNoted { trip });
    }
}
