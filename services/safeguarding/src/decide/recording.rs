//! Recordings: off the phone, on a works computer, sent on as consented, witnessed. [MEDIA-1, MEDIA-2]

use decider::Context;
use proto::ids::{DeviceId, PersonId, RecordingId, TripId};
use proto::v1::devices::{Clearing, Holder};
use proto::v1::safeguarding::{Event, Refusal};

use super::Decided;
use crate::state::State;

/// They are off the phone. Nothing that touches an incident is deleted. [MEDIA-2]
pub(super) fn clear(
    state: &State,
    actor: PersonId,
    recording: RecordingId,
    clearing: Clearing,
    context: &Context<'_>,
) -> Decided {
    let known = state.recordings.open.get(&recording).ok_or(Refusal::NoRecordings { recording })?;
    let device = known.device;
    may_be_deleted(state, device, known.trip)?;
    witnessed_by_another(&clearing, actor)?;
    let last = known.told && state.recordings.is_last_told(Some(recording), None);
    let (clearing, by, at) = (Some(clearing), Some(actor), context.now);
    Ok(vec![Event::RecordingsCleared { recording, device, clearing, last, by, at }])
}

/// On tour, nightly, in the holder's hands. [MEDIA-2]
pub(super) fn clear_on_tour(
    state: &State,
    actor: PersonId,
    device: DeviceId,
    clearing: Option<Clearing>,
    context: &Context<'_>,
) -> Decided {
    let theirs = state.usage.in_hands(device).filter(|(holder, _)| *holder == Holder::Person(actor));
    let is_tour = |trip: &TripId| {
        state.recordings.is_out(*trip) && state.recordings.trip(*trip).is_some_and(|known| known.tour)
    };
    let Some(trip) = theirs.and_then(|(_, trip)| trip).filter(is_tour) else {
        return Err(Refusal::NotOnTour { device });
    };
    if let Some(clearing) = &clearing {
        may_be_deleted(state, device, Some(trip))?;
        witnessed_by_another(clearing, actor)?;
    }
    let day = context.zone.local(context.now).date();
    if state.recordings.was_cleared(trip, device, day) && clearing.is_none() {
        return Ok(Vec::new());
    }
    let told = state.recordings.told_on_tour.contains(&(trip, device));
    let last = told && state.recordings.is_last_told(None, Some((trip, device)));
    Ok(vec![Event::TourCleared { device, trip, day, clearing, last, by: actor, at: context.now }])
}

/// Whether an open incident is about that trip, or has taken that phone away. Whoever asks isn't told which.
fn may_be_deleted(state: &State, device: DeviceId, trip: Option<TripId>) -> Result<(), Refusal> {
    let touches = state.incidents.values().filter(|incident| incident.closed.is_none());
    let touched = touches
        .into_iter()
        .any(|incident| incident.has_taken(device) || (incident.trip.is_some() && incident.trip == trip));
    if touched { Err(Refusal::RecordingsKept {}) } else { Ok(()) }
}

fn witnessed_by_another(clearing: &Clearing, actor: PersonId) -> Result<(), Refusal> {
    match clearing.witness {
        Some(person) if person == actor => Err(Refusal::WitnessDeleted { person }),
        Some(_) | None => Ok(()),
    }
}
