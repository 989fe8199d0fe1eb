//! Hand over, take in, keep overnight. [DEV-4, DEV-8, DEV-9]

use decider::Context;
use proto::Timestamp;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::devices::{DeviceKind, Event, Holder, Recordings, Refusal, Return};
use proto::values::Charge;

use super::{checks, known, named_person, own_words, release_all};
use crate::device::{Back, Device, Issued, Step};
use crate::state::State;
use crate::trip::Trip;

/// `ReturnDevice`: it comes in, with its condition and its locked place. Recordings that are still on it put it into
/// quarantine. [MEDIA-1]
pub(crate) fn take_in(state: &State, returned: Return, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let device = known(state, returned.device)?;
    if already_back(device, &returned) {
        return Ok(vec![]);
    }
    let issued = checks::in_hands(returned.device, device)?;
    said_what_became(device, &returned)?;
    Ok(return_events(device, issued, returned, context))
}

/// Recordings that are off it are on a works computer: which one is asked at return. [MEDIA-1]
pub(crate) fn said_what_became(device: &Device, returned: &Return) -> Result<(), Refusal> {
    match (returned.recordings, &returned.clearing) {
        (Recordings::None | Recordings::Kept, _) | (Recordings::Cleared, Some(_)) => Ok(()),
        (Recordings::Cleared, None) => {
            Err(Refusal::NoClearing { device: returned.device, tag: device.tag.clone() })
        }
    }
}

/// How full its battery is, as somebody read it off the phone.
pub(crate) fn charge_noted(device: DeviceId, charge: Charge, context: &Context<'_>) -> Event {
    Event::ChargeNoted { device, charge, at: context.now }
}

/// It came in just so, and nothing has become of it since.
pub(crate) fn already_back(device: &Device, returned: &Return) -> bool {
    let back = Back {
        condition: returned.condition,
        storage: returned.storage.clone(),
        recordings: returned.recordings,
    };
    let mut steps = device.history.iter().rev().skip_while(|step| **step == Step::Quarantined);
    matches!(steps.next(), Some(Step::Returned { back: was, .. }) if *was == back)
}

/// A device comes in. One that is damaged can't be kept for anybody.
pub(crate) fn return_events(
    device: &Device,
    issued: &Issued,
    returned: Return,
    context: &Context<'_>,
) -> Vec<Event> {
    use proto::v1::devices::Condition;
    let Return { device: id, condition, storage, recordings, clearing, charge } = returned;
    let (holder, trip, at) = (issued.holder(), issued.trip(), context.now);
    let mut events: Vec<Event> = charge.map(|charge| charge_noted(id, charge, context)).into_iter().collect();
    events.push(Event::DeviceReturned { device: id, holder, trip, condition, storage, recordings, at });
    match recordings {
        Recordings::None => {}
        Recordings::Cleared => {
            let cleared = |clearing| Event::RecordingsCleared { device: id, holder, trip, clearing, at };
            events.extend(clearing.map(cleared));
        }
        Recordings::Kept => events.push(Event::DeviceQuarantined {
            device: id,
            reason: own_words("Recordings were still on it when it came back.").into(),
        }),
    }
    match condition {
        Condition::Good => {}
        Condition::Damaged => events.extend(release_all(id, device)),
    }
    events
}

/// `HandOverDevice`: whoever gets it may hold it, and is on the trip's form. A member of staff may take a pupil's basic
/// phone back; a pupil never gets a work mobile. [DEV-7]
pub(crate) fn hand_over(
    state: &State,
    id: DeviceId,
    to: Holder,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let issued = checks::in_hands(id, device)?;
    if issued.holder() == to {
        return Ok(vec![]);
    }
    let trips = issued.trips();
    let against = not_for(state, id, device, to, context)
        .or_else(|| trips.iter().find_map(|trip| not_on(state.trip(*trip), state, (id, device), to)))
        .or_else(|| match (issued, to) {
            (Issued::Permanently { .. }, Holder::Person(person)) => not_for_good(state, id, person, context),
            (Issued::Permanently { .. }, Holder::Pupil(_)) | (Issued::ToTrip { .. }, _) => None,
        });
    match against {
        Some(refusal) => Err(refusal),
        None => {
            Ok(vec![Event::DeviceHandedOver { device: id, from: issued.holder(), to, trip: issued.trip() }])
        }
    }
}

/// Whether the holder may have such a device at all.
fn not_for(
    state: &State,
    id: DeviceId,
    device: &Device,
    to: Holder,
    context: &Context<'_>,
) -> Option<Refusal> {
    match (device.kind, to) {
        (DeviceKind::WorkMobile, Holder::Pupil(_)) => Some(Refusal::WorkMobileForPupil { device: id }),
        (DeviceKind::WorkMobile, Holder::Person(person)) => {
            checks::person(state, person, context).into_iter().next()
        }
        (DeviceKind::BasicPhone, Holder::Person(person)) => {
            let here = state.person(person).is_some_and(|standing| standing.here);
            (!here).then_some(Refusal::UnknownPerson { person })
        }
        (DeviceKind::BasicPhone, Holder::Pupil(_)) => None,
    }
}

/// Whether the holder is on the trip, without another device of the kind (a member of staff may collect basic phones).
fn not_on(
    trip: Option<&Trip>,
    state: &State,
    (id, device): (DeviceId, &Device),
    to: Holder,
) -> Option<Refusal> {
    let trip = trip?;
    checks::on_form(trip, to).or_else(|| match (device.kind, to) {
        (DeviceKind::BasicPhone, Holder::Person(_)) => None,
        (DeviceKind::BasicPhone | DeviceKind::WorkMobile, _) => {
            checks::holds_another(state, trip, (id, device.kind), to, None)
        }
    })
}

fn not_for_good(state: &State, id: DeviceId, person: PersonId, context: &Context<'_>) -> Option<Refusal> {
    checks::for_good(state, person, context)
        .into_iter()
        .next()
        .or_else(|| checks::has_for_good(state, id, person, None))
}

/// `AgreeOvernight`: a senior, by name, agrees that it is kept until a time that lies ahead. [DEV-9]
pub(crate) fn agree_overnight(
    state: &State,
    id: DeviceId,
    until: Timestamp,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    let by = named_person(context)?;
    if !state.person(by).is_some_and(|standing| standing.here && standing.senior) {
        return Err(Refusal::NotSenior {});
    }
    if until <= context.now {
        return Err(Refusal::UntilInThePast { until });
    }
    let (trip, agreed) = on_a_trip(id, device)?;
    if agreed == Some(until) {
        return Ok(vec![]);
    }
    Ok(vec![Event::OvernightAgreed { device: id, trip, until, by }])
}

/// The trip a device is out with, and until when it may be kept.
fn on_a_trip(id: DeviceId, device: &Device) -> Result<(TripId, Option<Timestamp>), Refusal> {
    match checks::in_hands(id, device)? {
        Issued::ToTrip { trip, overnight, .. } => Ok((*trip, *overnight)),
        Issued::Permanently { .. } => Err(Refusal::OnPermanentIssue { device: id, tag: device.tag.clone() }),
    }
}
