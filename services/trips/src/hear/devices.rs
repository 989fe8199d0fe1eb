//! News of devices: numbers, custody, what is in service; and that a trip's last device is settled.

use decider::{Context, News};
use proto::ids::{DeviceId, PersonId, PupilId, TripId};
use proto::rules::Rule;
use proto::v1::devices::{Condition, DeviceKind, Event as Heard, Holder, Recordings};
use proto::v1::trips::Event;

use super::tell_losses;
use crate::readiness::lost;
use crate::state::{Phase, State, WorkMobile};

pub(super) fn of_devices(state: &State, event: &Heard, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    match event {
        Heard::DeviceRegistered { device, kind, number, .. } => match kind {
            DeviceKind::WorkMobile => registered(state, *device, number),
            DeviceKind::BasicPhone => Vec::new(),
        },
        Heard::DeviceIssued { device, holder, trip, .. } => match (holder, trip) {
            (Holder::Person(person), Some(trip)) => in_hands(state, *device, *person, Some(*trip), false),
            (Holder::Person(person), None) => in_hands(state, *device, *person, None, true),
            (Holder::Pupil(pupil), Some(trip)) => with_pupil(state, *device, *pupil, *trip),
            (Holder::Pupil(_), None) => Vec::new(),
        },
        Heard::InHandConfirmed { device, person, trip } => {
            in_hands(state, *device, *person, Some(*trip), true)
        }
        Heard::DeviceHandedOver { device, to, trip, .. } => match (to, trip) {
            (Holder::Person(person), trip) => {
                let permanent = state.work_mobile(*device).is_some_and(|m| m.permanent);
                in_hands(state, *device, *person, *trip, permanent)
            }
            (Holder::Pupil(pupil), Some(trip)) => with_pupil(state, *device, *pupil, *trip),
            (Holder::Pupil(_), None) => Vec::new(),
        },
        Heard::DeviceReturned { device, condition, recordings, .. } => {
            let in_service = *condition == Condition::Good && *recordings != Recordings::Kept;
            let usable =
                |m: &WorkMobile| WorkMobile { in_service: in_service && m.in_service, ..in_store(m) };
            changed(state, *device, usable)
        }
        Heard::DeviceFound { device, .. }
        | Heard::QuarantineEnded { device, .. }
        | Heard::DeviceRepaired { device, .. } => {
            changed(state, *device, |m| WorkMobile { in_service: true, ..in_store(m) })
        }
        Heard::DeviceLost { device, .. } | Heard::DeviceWithPolice { device, .. } => {
            out_of_service(state, *device, news, |m| WorkMobile { in_service: false, ..in_store(m) })
        }
        Heard::DeviceQuarantined { device, .. } => {
            out_of_service(state, *device, news, |m| WorkMobile { in_service: false, ..m.clone() })
        }
        Heard::DeviceRetired { device } => out_of_service(state, *device, news, |m| WorkMobile {
            in_service: false,
            retired: true,
            ..in_store(m)
        }),
        Heard::TripDevicesSettled { trip, .. } => settled(state, *trip, context),
        Heard::PasscodeConfirmed { .. }
        | Heard::ChargeNoted { .. }
        | Heard::DeviceReserved { .. }
        | Heard::ReservationReleased { .. }
        | Heard::SimBarred { .. }
        | Heard::OvernightAgreed { .. }
        | Heard::IssuingStopped { .. }
        | Heard::ReturnOverdue { .. }
        | Heard::SupplyShort { .. }
        | Heard::SupplyMet { .. }
        | Heard::RecordingsCleared { .. }
        | Heard::RecordingsOffNoted { .. }
        | Heard::HoldNoted { .. }
        | Heard::PersonNoted { .. }
        | Heard::TripNoted { .. } => Vec::new(),
    }
}

fn registered(state: &State, device: DeviceId, number: &proto::values::PhoneNumber) -> Vec<Event> {
    if state.work_mobile(device).is_some() {
        return Vec::new();
    }
    let new = WorkMobile {
        number: number.clone(),
        in_service: true,
        retired: false,
        held_by: None,
        for_trip: None,
        permanent: false,
        in_hand_for: Default::default(),
    };
    vec![noted(device, &new)]
}

fn in_hands(
    state: &State,
    device: DeviceId,
    person: PersonId,
    trip: Option<TripId>,
    permanent: bool,
) -> Vec<Event> {
    let confirmed = |m: &WorkMobile| {
        permanent && m.held_by == Some(person) && trip.is_some_and(|t| m.in_hand_for.contains(&t))
    };
    if state.work_mobile(device).is_some_and(confirmed) {
        return Vec::new();
    }
    changed(state, device, |m| WorkMobile { held_by: Some(person), for_trip: trip, permanent, ..m.clone() })
}

fn in_store(mobile: &WorkMobile) -> WorkMobile {
    WorkMobile { held_by: None, for_trip: None, permanent: false, ..mobile.clone() }
}

/// What changes about a work mobile; a basic phone leaves its pupil's hands.
fn changed(state: &State, device: DeviceId, change: impl Fn(&WorkMobile) -> WorkMobile) -> Vec<Event> {
    if let Some((pupil, trip)) = state.pupil_phones.get(&device) {
        return vec![Event::PupilPhoneNoted { device, pupil: *pupil, trip: *trip, in_hand: false }];
    }
    let Some(before) = state.work_mobile(device) else { return Vec::new() };
    let after = change(before);
    if after == *before { Vec::new() } else { vec![noted(device, &after)] }
}

/// A work mobile that is no longer in service; a party that leaned on it is told of.
fn out_of_service(
    state: &State,
    device: DeviceId,
    news: &News<'_>,
    change: impl Fn(&WorkMobile) -> WorkMobile,
) -> Vec<Event> {
    let mut events = changed(state, device, change);
    let Some(before) = state.work_mobile(device).filter(|m| m.in_service) else { return events };
    let Some(person) = before.held_by else { return events };
    let text = "A work mobile of the party is no longer in service.";
    let remedy = "Reach them by another phone, and hand over a spare.";
    let item = lost(Rule::Form3, Some(person), Some(device), text, remedy);
    let carried = |trip| before.is_with(trip);
    let told =
        tell_losses(state, news, |outing| if outing.has(person) { vec![item.clone()] } else { Vec::new() });
    events.extend(told.into_iter().filter(|event| crate::query::trip_of(event).is_some_and(carried)));
    events
}

fn with_pupil(state: &State, device: DeviceId, pupil: PupilId, trip: TripId) -> Vec<Event> {
    if state.pupil_phones.get(&device) == Some(&(pupil, trip)) || state.trip(trip).is_none() {
        return Vec::new();
    }
    vec![Event::PupilPhoneNoted { device, pupil, trip, in_hand: true }]
}

/// The last device is in, or its absence settled: a trip that is back closes by itself. [DEV-9]
fn settled(state: &State, trip: TripId, context: &Context<'_>) -> Vec<Event> {
    let back = state.trip(trip).is_some_and(|known| matches!(known.phase, Phase::Returned(_)));
    if !back {
        return Vec::new();
    }
    vec![Event::DevicesSettledNoted { trip }, Event::TripClosed { trip, at: context.now }]
}

fn noted(device: DeviceId, mobile: &WorkMobile) -> Event {
    Event::WorkMobileNoted {
        device,
        number: mobile.number.clone(),
        in_service: mobile.in_service,
        held_by: mobile.held_by,
        for_trip: mobile.for_trip,
        permanent: mobile.permanent,
        retired: mobile.retired,
    }
}
