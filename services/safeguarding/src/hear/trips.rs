//! What is heard of trips: whether recording is planned, and whether they are out. [MEDIA-2, MEDIA-3, PERS-1]

use decider::Context;
use jiff::SignedDuration;
use proto::ids::TripId;
use proto::v1::safeguarding::{Event, KnownTrip, TripStands};
use proto::v1::trips::{Event as Trips, TripForm, TripKind};

use crate::calendar;
use crate::state::State;

/// Pupils who come back have so long to fetch their phones.
const TO_FETCH: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn hear(state: &State, event: &Trips, context: &Context<'_>) -> Option<Event> {
    let (trip, now) = match event {
        Trips::DraftSaved { trip, form, .. } => (*trip, with_form(state.recordings.trip(*trip), form)),
        Trips::TripAmended { trip, form, .. } => {
            let known = with_form(state.recordings.trip(*trip), form);
            (*trip, KnownTrip { evening: evening(&known, context), ..known })
        }
        Trips::Departed { trip, .. } | Trips::LeftWithoutClearance { trip, .. } => {
            let known = KnownTrip { stands: TripStands::Out, ..known(state, *trip) };
            (*trip, KnownTrip { evening: evening(&known, context), ..known })
        }
        Trips::Returned { trip, at, .. } => {
            let fetch_by = at.saturating_add(TO_FETCH).ok();
            (*trip, KnownTrip { stands: TripStands::Over, fetch_by, evening: None, ..known(state, *trip) })
        }
        Trips::TripCancelled { trip, .. } | Trips::TripClosed { trip, .. } => {
            (*trip, KnownTrip { stands: TripStands::Over, evening: None, ..known(state, *trip) })
        }
        Trips::FormSubmitted { .. }
        | Trips::FormAuthorised { .. }
        | Trips::SentBack { .. }
        | Trips::AuthorisationVoided { .. }
        | Trips::ClearanceSettled { .. }
        | Trips::ReadinessLost { .. }
        | Trips::NoteAdded { .. }
        | Trips::PersonNoted { .. }
        | Trips::WorkMobileNoted { .. }
        | Trips::PupilPhoneNoted { .. }
        | Trips::DevicesSettledNoted { .. }
        | Trips::CoverageNoted { .. }
        | Trips::DrillDone { .. }
        | Trips::DrillReviewed { .. }
        | Trips::DrillReminded { .. }
        | Trips::ReleaseNoted { .. } => return None,
    };
    (state.recordings.trip(trip) != Some(&now)).then_some(Event::TripNoted { trip, known: now })
}

fn known(state: &State, trip: TripId) -> KnownTrip {
    state.recordings.trip(trip).cloned().unwrap_or(KnownTrip {
        tour: false,
        records: false,
        consent: None,
        stands: TripStands::Planned,
        fetch_by: None,
        evening: None,
    })
}

fn with_form(before: Option<&KnownTrip>, form: &TripForm) -> KnownTrip {
    KnownTrip {
        tour: form.kind == TripKind::Tour,
        records: form.recording.is_some(),
        consent: form.recording.as_ref().and_then(|planned| planned.consent.clone()),
        stands: before.map_or(TripStands::Planned, |known| known.stands),
        fetch_by: before.and_then(|known| known.fetch_by),
        evening: before.and_then(|known| known.evening),
    }
}

/// When a tour that is out, and records, is to have cleared its day.
fn evening(known: &KnownTrip, context: &Context<'_>) -> Option<jiff::Timestamp> {
    let nightly = known.tour && known.records && known.stands == TripStands::Out;
    let asked = nightly && context.policy.recordings_same_day;
    asked.then(|| calendar::evening(context.now, context.zone, context.policy))
}
