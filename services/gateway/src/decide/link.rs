//! The office asks that the link to the phone page is sent again.

use decider::Context;
use proto::Timestamp;
use proto::ids::{AttemptId, DeviceId, TripId};
use proto::v1::alerts::Channel;
use proto::v1::devices::Handset;
use proto::v1::gateway::{Message, Reach, Refusal};

use super::Decided;
use crate::limits::PAGE_LINK_VALID;
use crate::plan::{Plan, Target};
use crate::state::State;

pub(super) fn send(state: &State, trip: TripId, id: DeviceId, context: &Context<'_>) -> Decided {
    let device = state.devices.get(&id).ok_or(Refusal::UnknownDevice { device: id })?;
    let Some(person) = device.person.filter(|_| device.trip == Some(trip)) else {
        return Err(Refusal::NotOnTrip { device: id, trip });
    };
    if device.handset == Handset::Button {
        return Err(Refusal::ButtonPhone { device: id });
    }
    if state.has_opted_out(id) {
        return Err(Refusal::HasOptedOut { device: id });
    }
    if state.providers.is_missing(Channel::Text) {
        return Err(Refusal::NoProvider {});
    }
    if is_on_its_way(state, trip, id) {
        return Ok(Vec::new());
    }
    let plan = Plan {
        attempt: AttemptId::derived(context.cause, 0),
        to: Target::Phone { via: Reach::Device(id), person: Some(person) },
        channel: Channel::Text,
        message: Message::PageLink { trip },
        in_answer_to: None,
        at: context.now,
        expires_at: context.now.saturating_add(PAGE_LINK_VALID).unwrap_or(Timestamp::MAX),
    };
    Ok(plan.event(state).into_iter().collect())
}

/// One that the carrier does not have yet.
fn is_on_its_way(state: &State, trip: TripId, device: DeviceId) -> bool {
    state.attempts.iter().any(|(_, attempt)| {
        attempt.message == Message::PageLink { trip }
            && attempt.via == Reach::Device(device)
            && !attempt.was_accepted()
    })
}
