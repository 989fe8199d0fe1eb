//! Which work mobile is in whose hands, and whether it can be used.

use proto::ids::{DeviceId, PersonId};
use proto::v1::contacts::Event;
use proto::v1::devices::{self, Condition, DeviceKind, Holder, Recordings};

use crate::facts::{Facts, Mobile};

pub(super) fn hear(facts: &Facts, event: &devices::Event) -> Vec<Event> {
    use devices::Event as Devices;
    match event {
        Devices::DeviceRegistered { device, kind: DeviceKind::WorkMobile, number, .. } => {
            let noted = Mobile { number: number.clone(), person: None, in_service: true };
            if facts.mobiles.contains_key(device) { vec![] } else { vec![noted_event(*device, noted)] }
        }
        Devices::DeviceIssued { device, holder, .. } => change(facts, *device, |m| m.person = hands(*holder)),
        Devices::DeviceHandedOver { device, to, .. } => change(facts, *device, |m| m.person = hands(*to)),
        Devices::DeviceReturned { device, condition, recordings, .. } => change(facts, *device, |m| {
            m.person = None;
            m.in_service = is_usable(*condition, *recordings);
        }),
        Devices::DeviceLost { device, .. }
        | Devices::DeviceWithPolice { device, .. }
        | Devices::DeviceRetired { device } => change(facts, *device, |m| {
            m.person = None;
            m.in_service = false;
        }),
        Devices::DeviceQuarantined { device, .. } => change(facts, *device, |m| m.in_service = false),
        Devices::DeviceFound { device, .. }
        | Devices::QuarantineEnded { device, .. }
        | Devices::DeviceRepaired { device, .. } => change(facts, *device, |m| {
            m.person = None;
            m.in_service = true;
        }),
        Devices::DeviceRegistered { kind: DeviceKind::BasicPhone, .. }
        | Devices::PasscodeConfirmed { .. }
        | Devices::ChargeNoted { .. }
        | Devices::DeviceReserved { .. }
        | Devices::ReservationReleased { .. }
        | Devices::InHandConfirmed { .. }
        | Devices::SimBarred { .. }
        | Devices::OvernightAgreed { .. }
        | Devices::IssuingStopped { .. }
        | Devices::TripDevicesSettled { .. }
        | Devices::ReturnOverdue { .. }
        | Devices::SupplyShort { .. }
        | Devices::SupplyMet { .. }
        | Devices::RecordingsCleared { .. }
        | Devices::RecordingsOffNoted { .. }
        | Devices::HoldNoted { .. }
        | Devices::PersonNoted { .. }
        | Devices::TripNoted { .. } => vec![],
    }
}

fn hands(holder: Holder) -> Option<PersonId> {
    match holder {
        Holder::Person(person) => Some(person),
        Holder::Pupil(_) => None,
    }
}

fn is_usable(condition: Condition, recordings: Recordings) -> bool {
    match (condition, recordings) {
        (Condition::Good, Recordings::None | Recordings::Cleared) => true,
        (Condition::Good, Recordings::Kept) | (Condition::Damaged, _) => false,
    }
}

/// A device that isn't a work mobile was never noted, and is passed over.
fn change(facts: &Facts, device: DeviceId, change: impl FnOnce(&mut Mobile)) -> Vec<Event> {
    let Some(known) = facts.mobiles.get(&device) else { return vec![] };
    let mut noted = known.clone();
    change(&mut noted);
    if noted == *known { vec![] } else { vec![noted_event(device, noted)] }
}

fn noted_event(device: DeviceId, noted: Mobile) -> Event {
    let Mobile { number, person, in_service } = noted;
    Event::WorkMobileNoted { device, number, person, in_service }
}
