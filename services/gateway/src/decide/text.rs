//! A text came in.

use decider::Context;
use proto::Timestamp;
use proto::ids::{AttemptId, InboundId, PersonId, derive_uuid};
use proto::v1::alerts::{Channel, Recipient};
use proto::v1::checkins::Word;
use proto::v1::gateway::{Caller, Event, Meaning, Message, Reach, Refusal};
use proto::values::{Note, Personal, PhoneNumber};

use super::Decided;
use crate::limits::{
    MAX_PROVIDER_TEXT, REPLY_VALID, STRANGER_REPLIES_PER_HOUR, STRANGER_REPLIES_PER_HOUR_IN_ALL,
};
use crate::plan::{Plan, Target};
use crate::state::State;
use crate::{grammar, plan};

pub(super) struct Incoming {
    pub(super) inbound: InboundId,
    pub(super) provider_id: String,
    pub(super) from: String,
    pub(super) body: Personal<Note>,
    pub(super) duress: bool,
    pub(super) received_at: Timestamp,
}

pub(super) fn take(state: &State, text: Incoming, context: &Context<'_>) -> Decided {
    let Incoming { inbound, provider_id, from, body, duress, received_at } = text;
    if [&provider_id, &from].iter().any(|t| t.chars().count() > MAX_PROVIDER_TEXT) {
        return Err(Refusal::TooLong { max: MAX_PROVIDER_TEXT });
    }
    if state.has_text(&provider_id) {
        return Ok(Vec::new());
    }
    let caller = caller(state, &from);
    let meaning = meaning(state, body.get(), duress);
    let received = Event::TextReceived {
        inbound,
        provider_id,
        from: caller.clone(),
        body,
        meaning: meaning.clone(),
        duress,
        received_at,
    };
    let follows = match &caller {
        Caller::Device { .. } => follows_from_device(state, inbound, &caller, &meaning, context.now),
        Caller::Stranger { .. } => answer_to_stranger(state, inbound, &from, &meaning, context.now),
    };
    Ok(std::iter::once(received).chain(follows).collect())
}

/// Who it is, by the sender's number alone.
fn caller(state: &State, from: &str) -> Caller {
    let known = PhoneNumber::parse(from).ok().and_then(|number| state.device_of_number(&number));
    match known {
        Some((device, held)) => {
            Caller::Device { device, person: held.person, pupil: held.pupil, trip: held.trip }
        }
        None => {
            let number = Some(from.trim()).filter(|from| !from.is_empty());
            Caller::Stranger { number: number.map(|n| Personal::known(n.to_owned())) }
        }
    }
}

/// A duress word is answered like an OK, so a text with nothing else in it counts as one. [CHECK-6]
fn meaning(state: &State, body: Option<&Note>, duress: bool) -> Meaning {
    let is_open = |code| state.case_of_code(code).is_some();
    let read = body.map_or(Meaning::Unclear {}, |body| grammar::read(body.as_str(), is_open));
    match read {
        Meaning::Unclear {} if duress => Meaning::Says { word: Word::Ok, headcount: None },
        read => read,
    }
}

fn follows_from_device(
    state: &State,
    inbound: InboundId,
    caller: &Caller,
    meaning: &Meaning,
    now: Timestamp,
) -> Option<Event> {
    let Caller::Device { device, person, trip, .. } = caller else { return None };
    let (device, person, opted_out) = (*device, *person, state.has_opted_out(*device));
    match meaning {
        Meaning::OptOut {} if !opted_out => return Some(Event::OptedOut { device, person }),
        Meaning::OptIn {} if opted_out => return Some(Event::OptedIn { device, person }),
        Meaning::OptOut {} | Meaning::OptIn {} => return None,
        // A code is answered by alerts, whoever it comes from.
        Meaning::Owns { .. } | Meaning::Either { .. } => return None,
        Meaning::Says { .. }
        | Meaning::Miscounted { .. }
        | Meaning::Help {}
        | Meaning::Lost {}
        | Meaning::Unclear {} => {}
    }
    // On a trip it is answered by checkins; off it, by people if a duty's test is open.
    let others_answer = trip.is_some() || person.is_some_and(|person| has_open_duty_test(state, person, now));
    if others_answer {
        return None;
    }
    let via = Reach::Device(device);
    // A call for help is heard by alerts, with a trip or without.
    let called_for_help = matches!(meaning, Meaning::Help {} | Meaning::Lost {});
    answer(state, inbound, Message::NoTrip { called_for_help }, Target::Phone { via, person }, now)
}

fn has_open_duty_test(state: &State, person: PersonId, now: Timestamp) -> bool {
    state.attempts.iter().any(|(_, attempt)| {
        let is_open = matches!(attempt.message, Message::DutyTest { answer_by } if now <= answer_by);
        attempt.to == Some(Recipient::Person(person)) && is_open
    })
}

/// A stranger's text is answered once or twice an hour: it helps, and gives nothing away.
fn answer_to_stranger(
    state: &State,
    inbound: InboundId,
    from: &str,
    meaning: &Meaning,
    now: Timestamp,
) -> Option<Event> {
    let can_be_texted = PhoneNumber::parse(from).is_ok_and(|number| number.can_be_texted());
    let (to_them, to_all) = state.stranger_replies(from.trim(), now);
    let within = to_them < STRANGER_REPLIES_PER_HOUR && to_all < STRANGER_REPLIES_PER_HOUR_IN_ALL;
    let answered = can_be_texted && within && *meaning != Meaning::OptOut {};
    let via = Reach::Inbound(inbound);
    answered
        .then(|| answer(state, inbound, Message::Stranger {}, Target::Phone { via, person: None }, now))
        .flatten()
}

fn answer(state: &State, inbound: InboundId, message: Message, to: Target, now: Timestamp) -> Option<Event> {
    let attempt = AttemptId(derive_uuid(inbound.0, plan::kind(&message), 0));
    let expires_at = now.saturating_add(REPLY_VALID).unwrap_or(Timestamp::MAX);
    let channel = Channel::Text;
    Plan { attempt, to, channel, message, in_answer_to: Some(inbound), at: now, expires_at }.event(state)
}
