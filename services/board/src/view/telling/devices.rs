//! What devices records, in words.

use proto::v1::devices::{Condition, Event, Recordings};

use super::moment;
use crate::view::SchoolView;

pub(super) fn tell(view: &SchoolView, event: &Event) -> Option<String> {
    let tag = |device| view.device_tag(device);
    let holder = |of| view.holder_name(of);
    Some(match event {
        Event::DeviceReserved { device, holder: of, .. } => {
            format!("Phone {} is kept for {}.", tag(*device), holder(*of))
        }
        Event::ReservationReleased { device, .. } => format!("Phone {} is no longer kept.", tag(*device)),
        Event::DeviceIssued { device, holder: of, .. } => {
            format!("Phone {} was issued to {}.", tag(*device), holder(*of))
        }
        Event::InHandConfirmed { device, person, .. } => {
            format!("{} has phone {} in hand.", view.person_name(*person), tag(*device))
        }
        Event::DeviceHandedOver { device, from, to, .. } => {
            format!("{} handed phone {} to {}.", holder(*from), tag(*device), holder(*to))
        }
        Event::DeviceReturned { device, condition, storage, recordings, .. } => {
            let condition = match condition {
                Condition::Good => "",
                Condition::Damaged => ", damaged",
            };
            let recordings = match recordings {
                Recordings::None => "",
                Recordings::Cleared => ", recordings cleared",
                Recordings::Kept => ", recordings still on it",
            };
            format!("Phone {} is back{condition}{recordings}, in {storage}.", tag(*device))
        }
        Event::RecordingsCleared { device, clearing, .. } => {
            format!("The recordings on phone {} are on {}.", tag(*device), clearing.computer)
        }
        Event::DeviceLost { device, note, .. } => {
            format!("Phone {} was declared lost: {}", tag(*device), note.shown())
        }
        Event::DeviceWithPolice { device, reference, .. } => {
            format!("The police have phone {}, reference {reference}.", tag(*device))
        }
        Event::OvernightAgreed { device, until, by, .. } => format!(
            "{} agreed that phone {} is kept until {}.",
            view.person_name(*by),
            tag(*device),
            moment(view, *until)
        ),
        Event::IssuingStopped { out, .. } if out.is_empty() => "No phone is awaited.".to_owned(),
        Event::IssuingStopped { out, .. } => {
            format!("Phones awaited: {}.", view.device_tags(out))
        }
        Event::TripDevicesSettled { .. } => "Every phone is in, or settled.".to_owned(),
        Event::ReturnOverdue { devices, due_at, .. } => {
            format!("Overdue since {}: {}.", moment(view, *due_at), view.device_tags(devices))
        }
        Event::DeviceRegistered { .. }
        | Event::PasscodeConfirmed { .. }
        | Event::ChargeNoted { .. }
        | Event::SimBarred { .. }
        | Event::DeviceFound { .. }
        | Event::DeviceQuarantined { .. }
        | Event::QuarantineEnded { .. }
        | Event::DeviceRepaired { .. }
        | Event::DeviceRetired { .. }
        | Event::SupplyShort { .. }
        | Event::SupplyMet { .. }
        | Event::RecordingsOffNoted { .. }
        | Event::HoldNoted { .. }
        | Event::PersonNoted { .. }
        | Event::TripNoted { .. } => return None,
    })
}
