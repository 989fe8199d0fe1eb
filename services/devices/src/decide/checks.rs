//! What stands against a device going to somebody. All of it is found, not just the first. [DEV-1, DEV-2, DEV-3, DEV-5, DEV-7, DEV-8]

use decider::Context;
use jiff::SignedDuration;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::devices::{DeviceKind, Holder, Refusal, TripPhase};

use crate::device::{Custody, Device, Issued};
use crate::state::State;
use crate::trip::{Link, Trip};

/// A trip to which devices may be issued.
pub(crate) fn open_trip(state: &State, trip: TripId) -> Result<&Trip, Refusal> {
    let known = state.trip(trip).ok_or(Refusal::UnknownTrip { trip })?;
    match known.needs.phase {
        TripPhase::Planned | TripPhase::Out => Ok(known),
        TripPhase::Returning | TripPhase::Cancelled => Err(Refusal::IssuingHasStopped { trip }),
        TripPhase::Ended => Err(Refusal::UnknownTrip { trip }),
    }
}

/// Why a device can't go out: anything but in store.
pub(crate) fn not_in_store(id: DeviceId, device: &Device) -> Option<Refusal> {
    match &device.custody {
        Custody::InStore { .. } => None,
        Custody::Issued(issued) => {
            Some(Refusal::InSomebodysHands { device: id, tag: device.tag.clone(), holder: issued.holder() })
        }
        Custody::Damaged { .. }
        | Custody::Quarantined { .. }
        | Custody::Lost { .. }
        | Custody::WithPolice { .. }
        | Custody::Retired => out_of_use(id, device),
    }
}

/// Why a device is out of use, if it is.
pub(crate) fn out_of_use(id: DeviceId, device: &Device) -> Option<Refusal> {
    let tag = device.tag.clone();
    match &device.custody {
        Custody::InStore { .. } | Custody::Issued(_) => None,
        Custody::Damaged { .. } => Some(Refusal::IsDamaged { device: id, tag }),
        Custody::Quarantined { .. } => Some(Refusal::InQuarantine { device: id, tag }),
        Custody::Lost { .. } => Some(Refusal::IsLost { device: id, tag }),
        Custody::WithPolice { .. } => Some(Refusal::IsWithPolice { device: id, tag }),
        Custody::Retired => Some(Refusal::IsRetired { device: id, tag }),
    }
}

/// In whose hands a device is, or why it is in nobody's.
pub(crate) fn in_hands(id: DeviceId, device: &Device) -> Result<&Issued, Refusal> {
    match device.issued() {
        Some(issued) => Ok(issued),
        None => Err(out_of_use(id, device)
            .unwrap_or_else(|| Refusal::NotIssued { device: id, tag: device.tag.clone() })),
    }
}

/// DEV-1: no issue without a passcode confirmation not older than the set age. Of a device that is out of use it isn't
/// asked: there is nothing to lock.
pub(crate) fn passcode(id: DeviceId, device: &Device, context: &Context<'_>) -> Option<Refusal> {
    let max_days = context.policy.passcode_max_age_days;
    let max_age = SignedDuration::from_hours(24 * i64::from(max_days));
    let confirmed_at = device.passcode_confirmed_at;
    let fresh = confirmed_at.is_some_and(|at| context.now.duration_since(at) <= max_age);
    let refusal =
        || Refusal::PasscodeNotConfirmed { device: id, tag: device.tag.clone(), max_days, confirmed_at };
    (!fresh && out_of_use(id, device).is_none()).then(refusal)
}

/// DEV-2, DEV-3: what stands against a person having a work mobile now.
pub(crate) fn person(state: &State, person: PersonId, context: &Context<'_>) -> Vec<Refusal> {
    let Some(standing) = state.person(person).filter(|standing| standing.here) else {
        return vec![Refusal::UnknownPerson { person }];
    };
    let mut faults = Vec::new();
    if !standing.authorised || standing.until.is_some_and(|until| until <= context.now) {
        faults.push(Refusal::NotAuthorised { person });
    }
    let version = context.policy.agreement_version;
    if standing.agreement.is_none_or(|accepted| accepted < version) {
        faults.push(Refusal::AgreementNotAccepted { person, version });
    }
    faults
}

/// DEV-5, DEV-7: whether the kind of device is for such a holder.
pub(crate) fn kind(id: DeviceId, device: &Device, holder: Holder) -> Option<Refusal> {
    match (device.kind, holder) {
        (DeviceKind::WorkMobile, Holder::Person(_)) | (DeviceKind::BasicPhone, Holder::Pupil(_)) => None,
        (DeviceKind::WorkMobile, Holder::Pupil(_)) => Some(Refusal::WorkMobileForPupil { device: id }),
        (DeviceKind::BasicPhone, Holder::Person(person)) => {
            Some(Refusal::BasicPhoneForStaff { device: id, person })
        }
    }
}

/// Whether the holder is on the form.
pub(crate) fn on_form(trip: &Trip, holder: Holder) -> Option<Refusal> {
    match holder {
        Holder::Person(person) if !trip.needs.names(person) => Some(Refusal::NotOnForm { person }),
        Holder::Pupil(pupil) if !trip.needs.pupils.contains(&pupil) => {
            Some(Refusal::PupilNotOnForm { pupil })
        }
        Holder::Person(_) | Holder::Pupil(_) => None,
    }
}

/// Another device of the kind that is in the same hands on the trip; spares of the form don't count. `besides`: one
/// that comes in with this very command.
pub(crate) fn holds_another(
    state: &State,
    trip: &Trip,
    (id, kind): (DeviceId, DeviceKind),
    holder: Holder,
    besides: Option<DeviceId>,
) -> Option<Refusal> {
    if trip.needs.spares.contains(&id) {
        return None;
    }
    let counts = |other: &DeviceId| {
        *other != id
            && Some(*other) != besides
            && !trip.needs.spares.contains(other)
            && state.device(*other).is_some_and(|d| d.kind == kind && d.holder() == Some(holder))
    };
    let still_with_trip = |(_, link): &(&DeviceId, &Link)| **link == Link::Awaited;
    let other = trip.devices.iter().filter(still_with_trip).map(|(other, _)| *other).find(counts)?;
    Some(Refusal::HoldsAnother { holder, device: other })
}

/// A trip at the same time for which the device is kept.
pub(crate) fn kept_for_another(
    state: &State,
    id: DeviceId,
    device: &Device,
    trip: TripId,
) -> Option<Refusal> {
    let wanted = state.trip(trip)?.needs.window;
    let clashes = |other: &&TripId| {
        **other != trip && state.trip(**other).is_some_and(|known| known.needs.window.overlaps(&wanted))
    };
    let other = device.reservations.keys().find(clashes)?;
    Some(Refusal::ReservedForAnother { device: id, tag: device.tag.clone(), trip: *other })
}

/// DEV-2, DEV-3: what stands against a person having a work mobile for good.
pub(crate) fn for_good(state: &State, id: PersonId, context: &Context<'_>) -> Vec<Refusal> {
    let mut faults = person(state, id, context);
    let until = state.person(id).filter(|standing| standing.authorised).and_then(|standing| standing.until);
    if let Some(until) = until.filter(|until| *until > context.now) {
        faults.push(Refusal::AuthorisedForATimeOnly { person: id, until });
    }
    faults
}

/// Another device that the person has for good. `besides`: one that comes in with this very command.
pub(crate) fn has_for_good(
    state: &State,
    id: DeviceId,
    person: PersonId,
    besides: Option<DeviceId>,
) -> Option<Refusal> {
    let theirs = |(other, device): &(DeviceId, &Device)| {
        let permanent =
            matches!(device.issued(), Some(Issued::Permanently { person: p, .. }) if *p == person);
        permanent && *other != id && Some(*other) != besides
    };
    let (other, _) = state.devices().find(theirs)?;
    Some(Refusal::HoldsAnother { holder: Holder::Person(person), device: other })
}
