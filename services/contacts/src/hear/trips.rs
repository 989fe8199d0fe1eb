//! Forms, departures, returns.

use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::TripId;
use proto::v1::contacts::{Event, TripPhase};
use proto::v1::trips::{self, Party, TripForm};

use crate::follow::may_hold_base;
use crate::state::State;
use crate::trip::{Plan, Trip};

pub(super) fn hear(state: &State, event: &trips::Event) -> Vec<Event> {
    use trips::Event as Trips;
    match event {
        Trips::DraftSaved { trip, form, form_hash } => note_plan(state, *trip, plan_of(form, *form_hash)),
        Trips::TripAmended { trip, party, form_hash, .. } => {
            note_plan(state, *trip, party_plan(party, *form_hash))
        }
        Trips::Departed { trip, at, form_hash, party } => left(state, *trip, *at, *form_hash, party),
        Trips::LeftWithoutClearance { trip, at, party, .. } => {
            let form_hash = state.trips.get(trip).map_or(Hash::ZERO, |known| known.plan.form_hash);
            left(state, *trip, *at, form_hash, party)
        }
        Trips::Returned { trip, .. } => note_phase(state, *trip, TripPhase::Returned),
        Trips::TripClosed { trip, .. } | Trips::TripCancelled { trip, .. } => {
            note_phase(state, *trip, TripPhase::Ended)
        }
        Trips::FormSubmitted { .. }
        | Trips::FormAuthorised { .. }
        | Trips::SentBack { .. }
        | Trips::AuthorisationVoided { .. }
        | Trips::ClearanceSettled { .. }
        | Trips::ReadinessLost { .. }
        | Trips::PersonNoted { .. }
        | Trips::WorkMobileNoted { .. }
        | Trips::NoteAdded { .. }
        | Trips::PupilPhoneNoted { .. }
        | Trips::DevicesSettledNoted { .. }
        | Trips::CoverageNoted { .. }
        | Trips::DrillDone { .. }
        | Trips::DrillReviewed { .. }
        | Trips::DrillReminded { .. }
        | Trips::ReleaseNoted { .. } => vec![],
    }
}

fn plan_of(form: &TripForm, form_hash: Hash) -> Plan {
    Plan {
        form_hash,
        kind: form.kind,
        window: form.window,
        leader: form.leader,
        deputy: form.deputy,
        staff: form.staff.iter().map(|s| s.person).collect(),
        emergency: form.emergency.clone(),
    }
}

fn party_plan(party: &Party, form_hash: Hash) -> Plan {
    Plan {
        form_hash,
        kind: party.kind,
        window: party.window,
        leader: party.leader,
        deputy: party.deputy,
        staff: party.staff.iter().map(|s| s.person).collect(),
        emergency: party.emergency.clone(),
    }
}

fn note_plan(state: &State, trip: TripId, plan: Plan) -> Vec<Event> {
    if state.trips.get(&trip).is_some_and(|known| known.plan == plan) {
        return vec![];
    }
    let Plan { form_hash, kind, window, leader, deputy, staff, emergency } = plan;
    let emergency = Box::new(emergency);
    vec![Event::TripNoted { trip, form_hash, kind, window, leader, deputy, staff, emergency }]
}

fn note_phase(state: &State, trip: TripId, phase: TripPhase) -> Vec<Event> {
    match state.trips.get(&trip) {
        Some(known) if known.phase != phase => vec![Event::TripPhaseNoted { trip, phase }],
        Some(_) | None => vec![],
    }
}

/// At departure base is held by whom the form names. [CONT-6]
fn left(state: &State, trip: TripId, at: Timestamp, form_hash: Hash, party: &Party) -> Vec<Event> {
    let mut events = note_plan(state, trip, party_plan(party, form_hash));
    let mut slot = state.trips.get(&trip).cloned();
    events.iter().for_each(|event| Trip::apply(&mut slot, event));
    let Some(as_it_left) = slot.filter(|t| t.phase == TripPhase::Planned) else { return events };
    let person = party.emergency.base_contact;
    events.push(Event::TripPhaseNoted { trip, phase: TripPhase::Out });
    events.push(match may_hold_base(&state.facts, &as_it_left, person) {
        true => Event::BaseHeld { trip, person, from: None, at },
        false => Event::BaseUnheld { trip, since: at },
    });
    events
}
