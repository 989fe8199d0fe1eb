//! Of devices: whose hands each is in. Staff who are given a smart one for a trip get the link to its page.

use decider::Context;
use proto::Timestamp;
use proto::ids::{AttemptId, DeviceId, PersonId, TripId, derive_uuid};
use proto::v1::alerts::Channel;
use proto::v1::devices::{Condition, Event as Devices, Handset, Holder, Recordings};
use proto::v1::gateway::{Event, Message, Reach};

use crate::limits::PAGE_LINK_VALID;
use crate::plan::{Plan, Target};
use crate::state::{Device, State};

pub(super) fn hear(state: &State, event: &Devices, context: &Context<'_>) -> Vec<Event> {
    match event {
        Devices::DeviceRegistered { device, kind, handset, tag, number, .. } => {
            let new = Device {
                kind: *kind,
                handset: *handset,
                tag: tag.clone(),
                number: number.clone(),
                person: None,
                pupil: None,
                trip: None,
                in_service: true,
            };
            if state.devices.contains_key(device) { Vec::new() } else { vec![noted(*device, new)] }
        }
        Devices::DeviceIssued { device, holder, trip, at, .. } => {
            let noted = change(state, *device, |d| Device { trip: *trip, ..in_hands(d, *holder) });
            let link = trip.and_then(|trip| {
                let number = u64::try_from(at.as_second()).unwrap_or_default();
                link(state, *device, *holder, trip, number, *at, context.now)
            });
            noted.into_iter().chain(link).collect()
        }
        Devices::InHandConfirmed { device, person, trip } => {
            let noted = change(state, *device, |d| Device { trip: Some(*trip), ..d });
            let link = link(state, *device, Holder::Person(*person), *trip, 0, context.now, context.now);
            // Heard again, nothing changes, and nothing is sent.
            noted.into_iter().chain(link).collect()
        }
        Devices::DeviceHandedOver { device, to, trip, .. } => {
            one(change(state, *device, |d| Device { trip: trip.or(d.trip), ..in_hands(d, *to) }))
        }
        Devices::DeviceReturned { device, condition, recordings, .. } => {
            let usable = *condition == Condition::Good && *recordings != Recordings::Kept;
            one(change(state, *device, |d| Device { in_service: usable, ..in_store(d) }))
        }
        Devices::DeviceLost { device, .. }
        | Devices::DeviceQuarantined { device, .. }
        | Devices::DeviceWithPolice { device, .. }
        | Devices::DeviceRetired { device } => {
            one(change(state, *device, |d| Device { in_service: false, ..in_store(d) }))
        }
        Devices::DeviceFound { device, .. }
        | Devices::QuarantineEnded { device, .. }
        | Devices::DeviceRepaired { device, .. } => {
            one(change(state, *device, |d| Device { in_service: true, ..d }))
        }
        Devices::TripDevicesSettled { trip, settled } => {
            let of_trip =
                settled.iter().filter(|(id, _)| state.devices.get(id).is_some_and(|d| d.trip == Some(*trip)));
            of_trip.filter_map(|(id, _)| change(state, *id, |d| Device { trip: None, ..d })).collect()
        }
        Devices::PasscodeConfirmed { .. }
        | Devices::ChargeNoted { .. }
        | Devices::DeviceReserved { .. }
        | Devices::ReservationReleased { .. }
        | Devices::SimBarred { .. }
        | Devices::OvernightAgreed { .. }
        | Devices::IssuingStopped { .. }
        | Devices::ReturnOverdue { .. }
        | Devices::SupplyShort { .. }
        | Devices::SupplyMet { .. }
        | Devices::RecordingsCleared { .. }
        | Devices::RecordingsOffNoted { .. }
        | Devices::HoldNoted { .. }
        | Devices::PersonNoted { .. }
        | Devices::TripNoted { .. } => Vec::new(),
    }
}

fn one(event: Option<Event>) -> Vec<Event> {
    event.into_iter().collect()
}

fn in_hands(device: Device, holder: Holder) -> Device {
    let (person, pupil) = match holder {
        Holder::Person(person) => (Some(person), None),
        Holder::Pupil(pupil) => (None, Some(pupil)),
    };
    Device { person, pupil, ..device }
}

fn in_store(device: Device) -> Device {
    Device { person: None, pupil: None, trip: None, ..device }
}

fn change(state: &State, id: DeviceId, change: impl FnOnce(Device) -> Device) -> Option<Event> {
    let known = state.devices.get(&id)?;
    let device = change(known.clone());
    (device != *known).then(|| noted(id, device))
}

fn noted(device: DeviceId, known: Device) -> Event {
    let Device { kind, handset, tag, number, person, pupil, trip, in_service } = known;
    Event::DeviceNoted { device, kind, handset, tag, number, person, pupil, trip, in_service }
}

fn link(
    state: &State,
    device: DeviceId,
    holder: Holder,
    trip: TripId,
    number: u64,
    issued_at: Timestamp,
    now: Timestamp,
) -> Option<Event> {
    let person: PersonId = match holder {
        Holder::Person(person) => person,
        Holder::Pupil(_) => return None,
    };
    if state.devices.get(&device)?.handset == Handset::Button {
        return None;
    }
    let plan = Plan {
        attempt: AttemptId(derive_uuid(device.0, &trip.to_string(), number)),
        to: Target::Phone { via: Reach::Device(device), person: Some(person) },
        channel: Channel::Text,
        message: Message::PageLink { trip },
        in_answer_to: None,
        at: now,
        expires_at: issued_at.saturating_add(PAGE_LINK_VALID).unwrap_or(Timestamp::MAX),
    };
    plan.event(state)
}
