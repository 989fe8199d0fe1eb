//! Lost, found, in quarantine, damaged, with the police. [DEV-8, DEV-9, INC-3]

use decider::Context;
use proto::ids::DeviceId;
use proto::v1::devices::{Event, Refusal};
use proto::values::{Label, Note, Personal};

use super::{checks, known, named_person, own_words, release_all};
use crate::device::{Custody, Step};
use crate::state::State;

/// `DeclareLost`: a named person says so, and IT is told to bar the SIM.
pub(crate) fn declare_lost(
    state: &State,
    id: DeviceId,
    note: Personal<Note>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    named_person(context)?;
    match &device.custody {
        Custody::Lost { .. } => return Ok(vec![]),
        Custody::WithPolice { .. } | Custody::Retired => {
            if let Some(refusal) = checks::out_of_use(id, device) {
                return Err(refusal);
            }
        }
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Quarantined { .. } => {}
    }
    let mut events =
        vec![Event::DeviceLost { device: id, holder: device.holder(), trip: device.trip(), note }];
    events.extend(release_all(id, device));
    Ok(events)
}

/// `RecordSimBarred`.
pub(crate) fn record_sim_barred(state: &State, id: DeviceId) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    match &device.custody {
        Custody::Lost { sim_barred: true } => Ok(vec![]),
        Custody::Lost { sim_barred: false } => Ok(vec![Event::SimBarred { device: id }]),
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Quarantined { .. }
        | Custody::WithPolice { .. }
        | Custody::Retired => Err(Refusal::NotLost { device: id, tag: device.tag.clone() }),
    }
}

/// `RecordFound`: with its SIM barred nobody could be reached on it, so it goes into quarantine until IT restored it.
pub(crate) fn record_found(state: &State, id: DeviceId, storage: Label) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let mut steps = device.history.iter().rev().skip_while(|step| **step == Step::Quarantined);
    if steps.next() == Some(&Step::Found { storage: storage.clone() }) {
        return Ok(vec![]);
    }
    let Custody::Lost { sim_barred } = &device.custody else {
        return Err(Refusal::NotLost { device: id, tag: device.tag.clone() });
    };
    let mut events = vec![Event::DeviceFound { device: id, storage }];
    if device.held || device.recordings_on {
        let reason = own_words("What is on it has not been seen to since before it was lost.").into();
        events.push(Event::DeviceQuarantined { device: id, reason });
    } else if *sim_barred {
        let reason = own_words("Its SIM was barred when it was lost: IT must restore it first.").into();
        events.push(Event::DeviceQuarantined { device: id, reason });
    }
    Ok(events)
}

/// `QuarantineDevice`: it must be in store; in somebody's hands it is taken in first.
pub(crate) fn quarantine(state: &State, id: DeviceId, reason: Personal<Note>) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let against = match &device.custody {
        Custody::Quarantined { .. } => return Ok(vec![]),
        Custody::InStore { .. } | Custody::Damaged { .. } => None,
        Custody::Issued(_) | Custody::Lost { .. } | Custody::WithPolice { .. } | Custody::Retired => {
            checks::not_in_store(id, device)
        }
    };
    match against {
        Some(refusal) => Err(refusal),
        None => Ok(vec![Event::DeviceQuarantined { device: id, reason }]),
    }
}

/// `ReleaseFromQuarantine`: back in use; a damaged one must be repaired first, recordings must be off it [MEDIA-2], and one
/// that safeguarding keeps stays [INC-3].
pub(crate) fn release_from_quarantine(
    state: &State,
    id: DeviceId,
    storage: Label,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let tag = device.tag.clone();
    match &device.custody {
        Custody::Quarantined { .. } if device.held => Err(Refusal::KeptByDsl { device: id, tag }),
        Custody::Quarantined { damaged: false, .. } if device.recordings_on => {
            Err(Refusal::RecordingsStillOn { device: id, tag })
        }
        Custody::Quarantined { damaged: false, .. } => {
            Ok(vec![Event::QuarantineEnded { device: id, storage }])
        }
        Custody::Quarantined { damaged: true, .. } => Err(Refusal::IsDamaged { device: id, tag }),
        Custody::WithPolice { .. } => Err(Refusal::IsWithPolice { device: id, tag }),
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Lost { .. }
        | Custody::Retired => {
            if device.last_step() == Some(&Step::QuarantineEnded { storage }) {
                return Ok(vec![]);
            }
            Err(Refusal::NotInQuarantine { device: id, tag })
        }
    }
}

/// `RecordRepaired`: one that is in quarantine, too, stays there.
pub(crate) fn record_repaired(state: &State, id: DeviceId, storage: Label) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let repaired = Event::DeviceRepaired { device: id, storage: storage.clone() };
    match &device.custody {
        Custody::Damaged { .. } => Ok(vec![repaired]),
        Custody::Quarantined { damaged: true, .. } => {
            let reason = own_words("It was in quarantine before its repair and isn't cleared yet.").into();
            Ok(vec![repaired, Event::DeviceQuarantined { device: id, reason }])
        }
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Quarantined { damaged: false, .. }
        | Custody::Lost { .. }
        | Custody::WithPolice { .. }
        | Custody::Retired => {
            let mut steps = device.history.iter().rev().skip_while(|step| **step == Step::Quarantined);
            if steps.next() == Some(&Step::Repaired { storage }) {
                return Ok(vec![]);
            }
            Err(Refusal::NotDamaged { device: id, tag: device.tag.clone() })
        }
    }
}

/// `HandToPolice`: a named person says so, from wherever it is. It can't be issued or cleared afterwards.
pub(crate) fn hand_to_police(
    state: &State,
    id: DeviceId,
    reference: Label,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    named_person(context)?;
    match &device.custody {
        Custody::WithPolice { reference: there } if *there == reference => return Ok(vec![]),
        Custody::WithPolice { .. } | Custody::Retired => {
            if let Some(refusal) = checks::out_of_use(id, device) {
                return Err(refusal);
            }
        }
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Quarantined { .. }
        | Custody::Lost { .. } => {}
    }
    let mut events = vec![Event::DeviceWithPolice { device: id, trip: device.trip(), reference }];
    events.extend(release_all(id, device));
    Ok(events)
}
