//! News of devices: whose phone is in whose hands, what is lost, what is overdue, what is short.

use proto::ids::DeviceId;
use proto::v1::alerts::Reason;
use proto::v1::devices::{Event, Holder};

use super::{Desk, Left};
use crate::topic::CaseTopic;

pub(super) fn hear(desk: &mut Desk<'_>, event: &Event) {
    match event.clone() {
        Event::DeviceIssued { device, holder, .. } => {
            passes_to(desk, device, Some(holder));
            is_accounted_for(desk, device);
        }
        Event::InHandConfirmed { device, person, .. } => {
            passes_to(desk, device, Some(Holder::Person(person)));
        }
        Event::DeviceHandedOver { device, to, .. } => passes_to(desk, device, Some(to)),
        Event::DeviceReturned { device, .. } => {
            passes_to(desk, device, None);
            is_accounted_for(desk, device);
            is_found(desk, device);
        }
        Event::DeviceLost { device, trip, .. } => {
            passes_to(desk, device, None);
            is_accounted_for(desk, device);
            desk.raise(trip, Reason::DeviceLost { device });
        }
        Event::DeviceFound { device, .. } | Event::DeviceRetired { device } => {
            passes_to(desk, device, None);
            is_accounted_for(desk, device);
            is_found(desk, device);
        }
        Event::DeviceQuarantined { device, .. } => passes_to(desk, device, None),
        Event::DeviceWithPolice { device, .. } => {
            passes_to(desk, device, None);
            is_accounted_for(desk, device);
            is_found(desk, device);
        }
        Event::OvernightAgreed { device, .. } => is_accounted_for(desk, device),
        Event::TripDevicesSettled { trip, .. } => {
            desk.gone_of_trip(trip, |reason| matches!(reason, Reason::ReturnOverdue { .. }));
        }
        Event::ReturnOverdue { trip, devices, due_at } => {
            desk.raise(trip, Reason::ReturnOverdue { devices, due_at });
        }
        Event::SupplyShort { day, kind, trips, .. } => {
            let reason = Reason::SupplyShort { day, kind, trips };
            desk.gone_about(CaseTopic::Supply(day, kind), |old| *old != reason);
            desk.raise(None, reason.clone());
        }
        Event::SupplyMet { day, kind } => desk.gone_about(CaseTopic::Supply(day, kind), |_| true),
        Event::DeviceRegistered { .. }
        | Event::PasscodeConfirmed { .. }
        | Event::ChargeNoted { .. }
        | Event::DeviceReserved { .. }
        | Event::ReservationReleased { .. }
        | Event::SimBarred { .. }
        | Event::QuarantineEnded { .. }
        | Event::DeviceRepaired { .. }
        | Event::RecordingsCleared { .. }
        | Event::RecordingsOffNoted { .. }
        | Event::HoldNoted { .. }
        | Event::IssuingStopped { .. }
        | Event::PersonNoted { .. }
        | Event::TripNoted { .. } => {}
    }
}

/// A phone leaves one pair of hands for another. A pupil's phone tells nobody of an alert.
fn passes_to(desk: &mut Desk<'_>, device: DeviceId, to: Option<Holder>) {
    let before = desk.state.index.holders.get(&device).copied();
    let now = match to {
        Some(Holder::Person(person)) => Some(person),
        Some(Holder::Pupil(_)) | None => None,
    };
    if before != now {
        before.into_iter().for_each(|person| desk.in_hand(person, device, false));
        now.into_iter().for_each(|person| desk.in_hand(person, device, true));
    }
}

/// It is no longer overdue. [DEV-9]
fn is_accounted_for(desk: &mut Desk<'_>, device: DeviceId) {
    let cases: Vec<_> = desk.state.index.about_device(device).collect();
    for case in cases {
        desk.change(case, |reason| {
            let Reason::ReturnOverdue { devices, due_at } = reason else { return Left::All };
            let mut left = devices.clone();
            match (left.remove(&device), left.is_empty()) {
                (false, _) => Left::All,
                (true, true) => Left::Nothing,
                (true, false) => Left::Part(Reason::ReturnOverdue { devices: left, due_at: *due_at }),
            }
        });
    }
}

/// It is no longer lost. [DEV-8]
fn is_found(desk: &mut Desk<'_>, found: DeviceId) {
    let cases: Vec<_> = desk.state.index.about_device(found).collect();
    for case in cases {
        let is_it = |reason: &Reason| *reason == Reason::DeviceLost { device: found };
        desk.change(case, |reason| if is_it(reason) { Left::Nothing } else { Left::All });
    }
}
