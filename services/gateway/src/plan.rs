//! Who is reached how: a recipient becomes a phone, or it is said why that can't be.

use proto::Timestamp;
use proto::ids::{AttemptId, InboundId, PersonId, derive_uuid};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::gateway::{Event, Message, MessageClass, Reach};

use crate::limits::{REPLY_VALID, UNCLEAR_REPLIES_PER_HOUR};
use crate::state::{Sender, State};

/// Something that is to be said to somebody.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) attempt: AttemptId,
    pub(crate) to: Target,
    pub(crate) channel: Channel,
    pub(crate) message: Message,
    pub(crate) in_answer_to: Option<InboundId>,
    pub(crate) at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// To whom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// A person or line: the phone is looked for.
    Recipient(Recipient),
    /// A phone that is known.
    Phone { via: Reach, person: Option<PersonId> },
}

impl Plan {
    /// The event that follows; nothing when it was planned before, or is too late.
    pub(crate) fn event(self, state: &State) -> Option<Event> {
        if state.attempts.is_known(self.attempt) || self.expires_at <= self.at {
            return None;
        }
        let Self { attempt, to: target, channel, message, in_answer_to, at, expires_at } = self;
        let (to, found) = match target {
            Target::Recipient(recipient) => (Some(recipient), resolve(state, recipient)),
            Target::Phone { via, person } => (person.map(Recipient::Person), Ok(via)),
        };
        let channel = found.map_or(channel, |via| by_call_instead(state, via, channel, &message));
        let asked = found.and_then(|via| usable(state, via, channel, &message));
        Some(match asked.and_then(|via| not_too_often(state, via, &message, at)) {
            Ok(via) => {
                Event::AttemptPlanned { attempt, to, via, channel, message, in_answer_to, at, expires_at }
            }
            Err(why) => {
                let case = message.case();
                Event::AttemptImpossible { attempt, to, channel, case, why: why.to_owned(), at }
            }
        })
    }
}

fn resolve(state: &State, recipient: Recipient) -> Result<Reach, &'static str> {
    match recipient {
        Recipient::Person(person) => match state.phone_of(person) {
            Some((device, _)) => Ok(Reach::Device(device)),
            None => Err("no work mobile is in this person's hands"),
        },
        Recipient::Line(line) if state.lines.contains_key(&line) => Ok(Reach::Line(line)),
        Recipient::Line(_) => Err("there is no such line"),
    }
}

fn usable(state: &State, via: Reach, channel: Channel, message: &Message) -> Result<Reach, &'static str> {
    if state.providers.is_missing(channel) {
        return Err("no provider is configured");
    }
    match (via, channel) {
        (Reach::Line(_), Channel::Text) => return Err("a line is called, never texted"),
        (Reach::Device(device), Channel::Text) if state.has_opted_out(device) => {
            return Err("this phone opted out of texts");
        }
        (Reach::Device(_) | Reach::Line(_), Channel::Voice)
        | (Reach::Device(_), Channel::Text)
        | (Reach::Inbound(_) | Reach::Mailbox(_), _)
        | (Reach::Device(_) | Reach::Line(_), Channel::Email) => {}
    }
    match (via, message) {
        (Reach::Device(device), Message::Alert { case, .. }) if is_kept_from(state, device, *case) => {
            Err("nothing of this reaches a phone of the trip")
        }
        _ => Ok(via),
    }
}

/// Whoever can't be texted is called where nobody else would: alerts calls by itself.
fn by_call_instead(state: &State, via: Reach, channel: Channel, message: &Message) -> Channel {
    let must_be_said = matches!(message.class(), MessageClass::Prompt(_));
    match (via, channel) {
        (Reach::Device(device), Channel::Text) if must_be_said && state.has_opted_out(device) => {
            Channel::Voice
        }
        (_, channel) => channel,
    }
}

/// One helpful answer, not a quarrel: the office sees every text.
fn not_too_often(
    state: &State,
    via: Reach,
    message: &Message,
    now: Timestamp,
) -> Result<Reach, &'static str> {
    match (via, message) {
        (Reach::Device(device), Message::NotUnderstood {})
            if state.unclear_replies(device, now) >= UNCLEAR_REPLIES_PER_HOUR =>
        {
            Err("it was told so often enough within the hour")
        }
        _ => Ok(via),
    }
}

/// CHECK-6: what base alone may know never reaches a phone of that trip.
fn is_kept_from(state: &State, device: proto::ids::DeviceId, case: proto::ids::CaseId) -> bool {
    let trip_of_phone = state.devices.get(&device).and_then(|d| d.trip);
    let kept = state.cases.get(&case).filter(|case| case.base_only);
    kept.is_some_and(|case| case.trip.is_some() && case.trip == trip_of_phone)
}

/// The answer to a text: to the phone it came from, while it is worth sending. One of a kind for each text.
pub(crate) fn reply(
    state: &State,
    inbound: InboundId,
    message: Message,
    said_at: Timestamp,
    now: Timestamp,
) -> Option<Event> {
    let text = state.text(inbound)?;
    let target = match &text.from {
        Sender::Device(device) => Target::Phone {
            via: Reach::Device(*device),
            person: state.devices.get(device).and_then(|d| d.person),
        },
        Sender::Stranger(Some(_)) => Target::Phone { via: Reach::Inbound(inbound), person: None },
        Sender::Stranger(None) => return None,
    };
    let plan = Plan {
        attempt: AttemptId(derive_uuid(inbound.0, kind(&message), 0)),
        to: target,
        channel: Channel::Text,
        message,
        in_answer_to: Some(inbound),
        at: now,
        expires_at: said_at.saturating_add(REPLY_VALID).unwrap_or(Timestamp::MAX),
    };
    plan.event(state)
}

/// A message's kind, by name.
pub fn kind(message: &Message) -> &'static str {
    match message {
        Message::Alert { .. } => "alert",
        Message::Reminder { .. } => "reminder",
        Message::Understood { .. } => "understood",
        Message::HelpHeard { .. } => "help_heard",
        Message::LostHeard { .. } => "lost_heard",
        Message::NotUnderstood {} => "not_understood",
        Message::CountNeeded {} => "count_needed",
        Message::PupilPhone {} => "pupil_phone",
        Message::NotOut {} => "not_out",
        Message::NoTrip { .. } => "no_trip",
        Message::WhichGroup {} => "which_group",
        Message::WhichMeant { .. } => "which_meant",
        Message::Owned { .. } => "owned",
        Message::CodeUnknown { .. } => "code_unknown",
        Message::Stranger {} => "stranger",
        Message::DutyTest { .. } => "duty_test",
        Message::DutyConfirmed {} => "duty_confirmed",
        Message::NotByText { .. } => "not_by_text",
        Message::PageLink { .. } => "page_link",
        Message::PageWord { .. } => "page_word",
        Message::TestText {} => "test_text",
        Message::LineTest { .. } => "line_test",
        Message::LineBack { .. } => "line_back",
    }
}
