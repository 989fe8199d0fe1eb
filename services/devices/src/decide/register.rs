//! Onto the register and off it; the passcode. [DEV-1, DEV-8]

use decider::Context;
use proto::ids::DeviceId;
use proto::v1::devices::{Event, Refusal};

use super::{checks, known, release_all};
use crate::device::{Custody, Device, Issued};
use crate::state::State;

/// `RegisterDevice`, as the event it would be: its tag, number and IMEI are its own.
pub(crate) fn register(state: &State, entry: Event) -> Result<Vec<Event>, Refusal> {
    let Some((device, new)) = Device::registered(&entry) else { return Ok(vec![]) };
    if !new.number.can_be_texted() {
        return Err(Refusal::NotAMobile {});
    }
    if let Some(there) = state.device(device) {
        return if same(there, &new) { Ok(vec![]) } else { Err(Refusal::DeviceExists { device }) };
    }
    if let Some(by) = state.by_tag(&new.tag) {
        return Err(Refusal::TagTaken { tag: new.tag, by });
    }
    if let Some(by) = state.by_number(&new.number) {
        return Err(Refusal::NumberTaken { by });
    }
    if let Some(by) = new.imei.as_ref().and_then(|imei| state.by_imei.get(imei)) {
        return Err(Refusal::ImeiTaken { by: *by });
    }
    Ok(vec![entry])
}

/// The same entry of the register, wherever the device is by now.
fn same(there: &Device, new: &Device) -> bool {
    let entry = |d: &Device| (d.kind, d.handset, d.owner, d.tag.clone(), d.number.clone(), d.imei.clone());
    entry(there) == entry(new) && there.custody != Custody::Retired
}

/// `ConfirmPasscode`: whoever has it at hand has seen that it asks for its passcode.
pub(crate) fn confirm_passcode(
    state: &State,
    id: DeviceId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    match &device.custody {
        Custody::Lost { .. } | Custody::WithPolice { .. } | Custody::Retired => {
            if let Some(refusal) = checks::out_of_use(id, device) {
                return Err(refusal);
            }
        }
        Custody::InStore { .. }
        | Custody::Issued(_)
        | Custody::Damaged { .. }
        | Custody::Quarantined { .. } => {}
    }
    if device.passcode_confirmed_at == Some(context.now) {
        return Ok(vec![]);
    }
    Ok(vec![Event::PasscodeConfirmed { device: id, at: context.now }])
}

/// `RetireDevice`: its tag, number and IMEI may go to another one.
pub(crate) fn retire(state: &State, id: DeviceId) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    match &device.custody {
        Custody::Retired => return Ok(vec![]),
        Custody::Issued(Issued::ToTrip { trip, .. }) => {
            return Err(Refusal::OutOnATrip { device: id, trip: *trip });
        }
        Custody::Issued(issued @ Issued::Permanently { .. }) => {
            let (tag, holder) = (device.tag.clone(), issued.holder());
            return Err(Refusal::InSomebodysHands { device: id, tag, holder });
        }
        Custody::Quarantined { .. } => {
            return Err(Refusal::InQuarantine { device: id, tag: device.tag.clone() });
        }
        Custody::InStore { .. }
        | Custody::Damaged { .. }
        | Custody::Lost { .. }
        | Custody::WithPolice { .. } => {}
    }
    let mut events: Vec<Event> = release_all(id, device).collect();
    events.push(Event::DeviceRetired { device: id });
    Ok(events)
}
