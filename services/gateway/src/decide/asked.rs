//! What the office asks to be texted to a school phone: the link to the phone page again, and a test.

use decider::Context;
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{AttemptId, DeviceId, TripId};
use proto::v1::alerts::Channel;
use proto::v1::devices::Handset;
use proto::v1::gateway::{Message, Reach, Refusal};

use super::Decided;
use crate::attempt::{Attempt, Phase};
use crate::limits::{PAGE_LINK_VALID, PAGE_WORD_AGAIN, PAGE_WORD_VALID, TEST_TEXT_VALID};
use crate::plan::{Plan, Target};
use crate::state::{Device, State};

pub(super) fn page_link(state: &State, trip: TripId, id: DeviceId, context: &Context<'_>) -> Decided {
    let device = known(state, id)?;
    if device.person.is_none() || device.trip != Some(trip) {
        return Err(Refusal::NotOnTrip { device: id, trip });
    }
    if device.handset == Handset::Button {
        return Err(Refusal::ButtonPhone { device: id });
    }
    send(state, id, device, Message::PageLink { trip }, PAGE_LINK_VALID, context)
}

/// The word for a further browser. Whoever has a copied link may ask too: so seldom that no alert's text is held back for it.
pub(super) fn page_word(state: &State, trip: TripId, id: DeviceId, context: &Context<'_>) -> Decided {
    let device = known(state, id)?;
    if device.person.is_none() || device.trip != Some(trip) {
        return Err(Refusal::NotOnTrip { device: id, trip });
    }
    let message = Message::PageWord { trip };
    let since = context.now.saturating_sub(PAGE_WORD_AGAIN).unwrap_or(Timestamp::MIN);
    let is_recent = |attempt: &Attempt| {
        attempt.message == message
            && attempt.via == Reach::Device(id)
            && attempt.planned_at > since
            && !matches!(attempt.phase, Phase::Failed {})
    };
    if state.attempts.iter().any(|(_, attempt)| is_recent(attempt)) {
        return Ok(Vec::new());
    }
    send(state, id, device, message, PAGE_WORD_VALID, context)
}

pub(super) fn test_text(state: &State, id: DeviceId, context: &Context<'_>) -> Decided {
    let device = known(state, id)?;
    if !device.in_service {
        return Err(Refusal::NotInService { device: id });
    }
    send(state, id, device, Message::TestText {}, TEST_TEXT_VALID, context)
}

fn known(state: &State, id: DeviceId) -> Result<&Device, Refusal> {
    state.devices.get(&id).ok_or(Refusal::UnknownDevice { device: id })
}

/// Unless it can't be, or the same is on its way already.
fn send(
    state: &State,
    id: DeviceId,
    device: &Device,
    message: Message,
    valid: SignedDuration,
    context: &Context<'_>,
) -> Decided {
    if state.has_opted_out(id) {
        return Err(Refusal::HasOptedOut { device: id });
    }
    if state.providers.is_missing(Channel::Text) {
        return Err(Refusal::NoProvider {});
    }
    if is_on_its_way(state, id, &message) {
        return Ok(Vec::new());
    }
    let plan = Plan {
        attempt: AttemptId::derived(context.cause, 0),
        to: Target::Phone { via: Reach::Device(id), person: device.person },
        channel: Channel::Text,
        message,
        in_answer_to: None,
        at: context.now,
        expires_at: context.now.saturating_add(valid).unwrap_or(Timestamp::MAX),
    };
    Ok(plan.event(state).into_iter().collect())
}

/// One that the carrier does not have yet.
fn is_on_its_way(state: &State, device: DeviceId, message: &Message) -> bool {
    state.attempts.iter().any(|(_, attempt)| {
        attempt.message == *message && attempt.via == Reach::Device(device) && !attempt.was_accepted()
    })
}
