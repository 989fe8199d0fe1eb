//! What devices is asked: one function for each command, in a file for each part of a device's life.

mod checks;
mod issue;
mod out_of_use;
mod register;
mod reserve;
pub(crate) mod take_in;

use decider::Context;
use proto::envelope::Actor;
use proto::ids::{DeviceId, PersonId};
use proto::v1::devices::{Command, Event, Refusal};
use proto::values::Note;

use crate::device::Device;
use crate::state::State;

/// Decides a command; what follows from it for trips and supply is added by the caller.
pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::RegisterDevice { device, kind, handset, owner, tag, number, imei, storage } => {
            let entry = Event::DeviceRegistered { device, kind, handset, owner, tag, number, imei, storage };
            register::register(state, entry)
        }
        Command::ConfirmPasscode { device } => register::confirm_passcode(state, device, context),
        Command::RetireDevice { device } => register::retire(state, device),
        Command::ReserveDevice { device, trip, holder } => reserve::reserve(state, device, trip, holder),
        Command::ReleaseReservation { device, trip } => reserve::release(state, device, trip),
        Command::IssueDevices { trip, issues } => issue::issue_tray(state, trip, issues, context),
        Command::IssuePermanently { device, person } => {
            issue::issue_permanently(state, device, person, context)
        }
        Command::ConfirmInHand { device, trip } => issue::confirm_in_hand(state, device, trip, context),
        Command::SwapDevice { returned, replacement } => issue::swap(state, returned, replacement, context),
        Command::HandOverDevice { device, to } => take_in::hand_over(state, device, to, context),
        Command::ReturnDevice { returned } => take_in::take_in(state, returned, context),
        Command::AgreeOvernight { device, until } => take_in::agree_overnight(state, device, until, context),
        Command::DeclareLost { device, note } => out_of_use::declare_lost(state, device, note, context),
        Command::RecordSimBarred { device } => out_of_use::record_sim_barred(state, device),
        Command::RecordFound { device, storage } => out_of_use::record_found(state, device, storage),
        Command::QuarantineDevice { device, reason } => out_of_use::quarantine(state, device, reason),
        Command::ReleaseFromQuarantine { device, storage } => {
            out_of_use::release_from_quarantine(state, device, storage)
        }
        Command::RecordRepaired { device, storage } => out_of_use::record_repaired(state, device, storage),
        Command::HandToPolice { device, reference } => {
            out_of_use::hand_to_police(state, device, reference, context)
        }
    }
}

fn known(state: &State, device: DeviceId) -> Result<&Device, Refusal> {
    state.device(device).ok_or(Refusal::UnknownDevice { device })
}

/// The person who acts; another actor can't say such a thing.
fn named_person(context: &Context<'_>) -> Result<PersonId, Refusal> {
    match context.actor {
        Actor::Person(person) => Ok(*person),
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => Err(Refusal::NamedPersonNeeded {}),
    }
}

/// Gives up all that a device was kept for: it can't serve any longer.
pub(crate) fn release_all(id: DeviceId, device: &Device) -> impl Iterator<Item = Event> + '_ {
    device.reservations.keys().map(move |trip| Event::ReservationReleased { device: id, trip: *trip })
}

/// A reason that the system gives itself.
pub(crate) fn own_words(text: &str) -> Note {
    Note::parse(text).expect("a short text without control characters")
}
