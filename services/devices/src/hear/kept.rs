//! What is heard of safeguarding: a phone that was taken away in an incident, and recordings that are off one. [INC-3, MEDIA-2]

use decider::Context;
use proto::ids::DeviceId;
use proto::v1::devices::{Condition, Event, Recordings, Return};
use proto::v1::safeguarding::{Event as Safeguarding, Seized};
use proto::values::Label;

use crate::decide::{own_words, take_in};
use crate::device::{Custody, Device};
use crate::state::State;

pub(super) fn hear(state: &State, event: &Safeguarding, context: &Context<'_>) -> Vec<Event> {
    match event {
        Safeguarding::DeviceSeized { seized: Seized::School { device }, storage, .. } => {
            seized(state, *device, storage, context)
        }
        Safeguarding::SeizedToPolice { device: Some(device), reference, .. } => {
            to_police(state, *device, reference)
        }
        Safeguarding::SeizedGivenBack { device: Some(device), .. } => hold(state, *device, false),
        Safeguarding::RecordingsCleared { device, .. } => cleared(state, *device),
        Safeguarding::DeviceSeized { seized: Seized::Personal { .. }, .. }
        | Safeguarding::SeizedToPolice { device: None, .. }
        | Safeguarding::SeizedGivenBack { device: None, .. }
        | Safeguarding::UseRecorded { .. }
        | Safeguarding::WeekSignedOff { .. }
        | Safeguarding::ReviewReminded { .. }
        | Safeguarding::IncidentReported { .. }
        | Safeguarding::IncidentOpened { .. }
        | Safeguarding::IncidentTold { .. }
        | Safeguarding::IncidentAssessed { .. }
        | Safeguarding::IncidentWrittenUp { .. }
        | Safeguarding::ReferralRecorded { .. }
        | Safeguarding::SearchRecorded { .. }
        | Safeguarding::DisposalRecorded { .. }
        | Safeguarding::ParentsRecorded { .. }
        | Safeguarding::IncidentAddedTo { .. }
        | Safeguarding::IncidentDebriefed { .. }
        | Safeguarding::IncidentClosed { .. }
        | Safeguarding::StepOverdue { .. }
        | Safeguarding::PhoneHandedIn { .. }
        | Safeguarding::PhoneGivenBack { .. }
        | Safeguarding::PhonesUncollected { .. }
        | Safeguarding::ArrangementAgreed { .. }
        | Safeguarding::ArrangementRenewed { .. }
        | Safeguarding::ArrangementEnded { .. }
        | Safeguarding::ArrangementOnTrip { .. }
        | Safeguarding::RecordsHeld { .. }
        | Safeguarding::HoldLifted { .. }
        | Safeguarding::ArrangementReminded { .. }
        | Safeguarding::RecordingsNoted { .. }
        | Safeguarding::TourCleared { .. }
        | Safeguarding::RecordingsLeftOpen { .. }
        | Safeguarding::TripNoted { .. }
        | Safeguarding::PersonNoted { .. } => vec![],
    }
}

fn hold(state: &State, id: DeviceId, held: bool) -> Vec<Event> {
    let changes = state.device(id).is_some_and(|device| device.held != held);
    if changes { vec![Event::HoldNoted { device: id, held }] } else { vec![] }
}

/// It is out of whosever hands it was in, and out of use as it is: what is on it stays on it. Nobody reads here why.
fn seized(state: &State, id: DeviceId, storage: &Label, context: &Context<'_>) -> Vec<Event> {
    let Some(device) = state.device(id) else { return vec![] };
    if device.held {
        return vec![];
    }
    let mut events = hold(state, id, true);
    match &device.custody {
        Custody::Issued(issued) => {
            let returned = Return {
                device: id,
                condition: Condition::Good,
                storage: storage.clone(),
                recordings: Recordings::Kept,
                clearing: None,
                charge: None,
            };
            events.extend(take_in::return_events(device, issued, returned, context));
        }
        Custody::InStore { .. } | Custody::Damaged { .. } => {
            let reason = own_words("The DSL keeps it as it is.").into();
            events.push(Event::DeviceQuarantined { device: id, reason });
        }
        Custody::Quarantined { .. }
        | Custody::Lost { .. }
        | Custody::WithPolice { .. }
        | Custody::Retired => {}
    }
    events
}

fn to_police(state: &State, id: DeviceId, reference: &Label) -> Vec<Event> {
    let Some(device) = state.device(id) else { return vec![] };
    match &device.custody {
        Custody::WithPolice { .. } | Custody::Retired => vec![],
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Quarantined { .. }
        | Custody::Lost { .. } => police_events(id, device, reference),
    }
}

fn police_events(id: DeviceId, device: &Device, reference: &Label) -> Vec<Event> {
    let taken = Event::DeviceWithPolice { device: id, trip: device.trip(), reference: reference.clone() };
    std::iter::once(taken).chain(crate::decide::release_all(id, device)).collect()
}

/// Nothing is on it any more: it is back in use, unless it is kept or broken for another reason.
fn cleared(state: &State, id: DeviceId) -> Vec<Event> {
    let Some(device) = state.device(id).filter(|device| device.recordings_on) else { return vec![] };
    let off = Event::RecordingsOffNoted { device: id };
    match &device.custody {
        Custody::Quarantined { storage, damaged: false } if !device.held => {
            vec![off, Event::QuarantineEnded { device: id, storage: storage.clone() }]
        }
        Custody::Quarantined { .. }
        | Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Lost { .. }
        | Custody::WithPolice { .. }
        | Custody::Retired => vec![off],
    }
}
