//! What is decided of a call: whom the caller is put through to, what their keys say, what came of ringing.

use contacts::Setting;
use decider::Context;
use proto::Timestamp;
use proto::envelope::Actor;
use proto::ids::InboundId;
use proto::v1::checkins::Word;
use proto::v1::contacts::Audience;
use proto::v1::gateway::{Caller, DialOutcome, Event, LineTrial, Meaning, Message, Reach, Refusal};
use proto::values::{Headcount, Personal, PhoneNumber};

use super::way;
use super::{Call, Dialling, Stage};
use crate::limits::MAX_PROVIDER_TEXT;
use crate::state::State;

type Decided = Result<Vec<Event>, Refusal>;

/// The key that checks in.
const CHECK_IN: char = '1';

/// The key that calls for help.
const HELP: char = '9';

/// The key that asks for base.
const BASE: char = '2';

/// So often a count that can't be read is asked for; then the word stands without one: a count is never guessed.
const COUNT_ASKED: u16 = 3;

/// What providers write where a number is withheld: words, or these digits.
const WITHHELD: [&str; 5] = ["266696687", "7378742883", "2562533", "8566696", "86282452253"];

/// A call that came in.
pub(crate) struct Incoming {
    pub(crate) call: InboundId,
    pub(crate) provider_id: String,
    pub(crate) from: String,
    pub(crate) received_at: Timestamp,
}

/// Staff of a trip are asked what they want; everybody else is put through at once.
pub(crate) fn take(state: &State, incoming: Incoming, context: &Context<'_>) -> Decided {
    let Incoming { call, provider_id, from, received_at } = incoming;
    if [&provider_id, &from].iter().any(|text| text.chars().count() > MAX_PROVIDER_TEXT) {
        return Err(Refusal::TooLong { max: MAX_PROVIDER_TEXT });
    }
    if state.calls.get(call).is_some() {
        return Ok(Vec::new());
    }
    let from = caller(state, &from);
    let received = Event::CallReceived { call, provider_id, from: from.clone(), at: received_at };
    let asked = matches!(from, Caller::Device { person: Some(_), trip: Some(_), .. });
    let through = if asked { Vec::new() } else { put_through(state, call, &from, context) };
    Ok(std::iter::once(received).chain(through).collect())
}

/// Who it is, by the number alone. A phone that is lost, or with nobody who answers for it, speaks for nobody.
fn caller(state: &State, from: &str) -> Caller {
    let digits: String = from.chars().filter(char::is_ascii_digit).collect();
    let withheld = digits.len() < 5 || WITHHELD.contains(&digits.as_str());
    let number = PhoneNumber::parse(from).ok();
    let known = number.and_then(|number| state.device_of_number(&number)).filter(|(_, d)| d.in_service);
    match known {
        Some((device, held)) => {
            Caller::Device { device, person: held.person, pupil: held.pupil, trip: held.trip }
        }
        None if withheld => Caller::Stranger { number: None },
        None => Caller::Stranger { number: Some(Personal::known(from.trim().to_owned())) },
    }
}

fn put_through(state: &State, call: InboundId, from: &Caller, context: &Context<'_>) -> Vec<Event> {
    let (audience, trip) = way::audience(state, from);
    let setting = Setting { now: context.now, zone: context.zone, policy: context.policy };
    let (steps, at) = (way::steps(state, audience, trip, from, &setting), context.now);
    let dialling = Dialling { audience, trip, steps: steps.clone(), step: 0 };
    let routed = Event::CallRouted { call, audience, trip, steps, at };
    std::iter::once(routed).chain(onward(state, call, &dialling, 0, at)).collect()
}

/// From that step on: steps whose phone has no number any more are passed over; after the last one nobody is left.
fn onward(state: &State, call: InboundId, dialling: &Dialling, from: u16, at: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    for (step, ahead) in (0_u16..).zip(&dialling.steps).skip(usize::from(from)) {
        if state.number_of(ahead.via).is_some() {
            return events;
        }
        events.push(Event::CallStepTried { call, step, via: ahead.via, outcome: DialOutcome::Failed, at });
    }
    events.push(Event::CallExhausted { call, audience: dialling.audience, trip: dialling.trip, at });
    events
}

/// What keys say, to the question that was asked last.
pub(crate) fn keys(state: &State, call: InboundId, turn: u16, keys: &str, context: &Context<'_>) -> Decided {
    let found = state.calls.get(call).ok_or(Refusal::UnknownCall { call })?;
    if found.turn != turn {
        return Ok(Vec::new());
    }
    let first = keys.chars().next();
    let help = || {
        let said = said(call, found, Meaning::Help {}, context.now);
        std::iter::once(said).chain(put_through(state, call, &found.from, context)).collect()
    };
    let counts = || vec![Event::CallCounts { call, at: context.now }];
    Ok(match (&found.stage, first) {
        (Stage::Menu {} | Stage::Told { .. } | Stage::Said { .. }, Some(HELP)) => help(),
        (Stage::Menu {} | Stage::Told { .. }, Some(CHECK_IN)) => counts(),
        (Stage::Menu {}, _) | (Stage::Told { .. } | Stage::Said { .. }, Some(BASE)) => {
            put_through(state, call, &found.from, context)
        }
        (Stage::Told { .. } | Stage::Said { .. }, _) => vec![Event::CallEnded { call, at: context.now }],
        (Stage::Counting {}, Some(_)) => match count(keys) {
            Some(count) => vec![checks_in(call, found, Some(count), context.now)],
            None if turn < found.words.saturating_mul(2).saturating_add(1 + COUNT_ASKED) => counts(),
            None => vec![checks_in(call, found, None, context.now)],
        },
        (Stage::Counting {}, None) => vec![checks_in(call, found, None, context.now)],
        (
            Stage::Received {}
            | Stage::Ringing(_)
            | Stage::Through(_)
            | Stage::Exhausted(_)
            | Stage::Ended { .. },
            _,
        ) => Vec::new(),
    })
}

/// What was keyed, if it is a headcount. Nothing is left out, and nothing made up.
fn count(keys: &str) -> Option<Headcount> {
    let keys = keys.strip_suffix('#').unwrap_or(keys);
    let digits = !keys.is_empty() && keys.chars().all(|key| key.is_ascii_digit());
    keys.parse().ok().filter(|_| digits).and_then(|count| Headcount::new(count).ok())
}

fn checks_in(call: InboundId, found: &Call, headcount: Option<Headcount>, at: Timestamp) -> Event {
    said(call, found, Meaning::Says { word: Word::Ok, headcount }, at)
}

fn said(call: InboundId, found: &Call, meaning: Meaning, at: Timestamp) -> Event {
    let inbound = InboundId::derived(call.0, u64::from(found.words) + 1);
    Event::CallSaid { call, inbound, from: found.from.clone(), meaning, received_at: at }
}

/// What became of a word is told to the caller, if they still wait for it.
pub(crate) fn told(state: &State, word: InboundId, message: Message, at: Timestamp) -> Option<Event> {
    Some(Event::CallTold { call: state.calls.of_word(word)?, message, at })
}

/// Whoever was rung pressed 1.
pub(crate) fn accept(state: &State, call: InboundId, step: u16, at: Timestamp) -> Decided {
    let found = state.calls.get(call).ok_or(Refusal::UnknownCall { call })?;
    let Stage::Ringing(dialling) = &found.stage else { return Ok(Vec::new()) };
    let current = dialling.current().filter(|_| dialling.step == step);
    Ok(current.map(|step_now| Event::CallBridged { call, step, via: step_now.via, at }).into_iter().collect())
}

/// What came of ringing a step: the next one, or nobody is left. [CONT-1, CONT-2]
pub(crate) fn record_dial(
    state: &State,
    call: InboundId,
    step: u16,
    outcome: DialOutcome,
    at: Timestamp,
) -> Decided {
    let found = state.calls.get(call).ok_or(Refusal::UnknownCall { call })?;
    let (dialling, through) = match &found.stage {
        Stage::Ringing(dialling) => (dialling, false),
        Stage::Through(dialling) => (dialling, true),
        Stage::Received {}
        | Stage::Menu {}
        | Stage::Counting {}
        | Stage::Said { .. }
        | Stage::Told { .. }
        | Stage::Exhausted(_)
        | Stage::Ended { .. } => return Ok(Vec::new()),
    };
    let Some(current) = dialling.current().filter(|_| dialling.step == step) else { return Ok(Vec::new()) };
    let via = current.via;
    // Who pressed 1 took it, however the provider words the end of it.
    let outcome = if through { DialOutcome::Taken } else { outcome };
    let mut events = Vec::new();
    if outcome == DialOutcome::Taken && !through {
        events.push(Event::CallBridged { call, step, via, at });
    }
    events.push(Event::CallStepTried { call, step, via, outcome, at });
    events.extend(line_tried(via, outcome, at));
    match outcome {
        DialOutcome::Taken | DialOutcome::CallerGone => events.push(Event::CallEnded { call, at }),
        DialOutcome::NoAnswer | DialOutcome::Busy | DialOutcome::Failed | DialOutcome::NotTaken => {
            events.extend(onward(state, call, dialling, step.saturating_add(1), at));
        }
    }
    Ok(events)
}

fn line_tried(via: Reach, outcome: DialOutcome, at: Timestamp) -> Option<Event> {
    let Reach::Line(line) = via else { return None };
    let tells = outcome != DialOutcome::CallerGone;
    tells.then_some(Event::LineTried { line, trial: LineTrial::Forward {}, outcome: Some(outcome), at })
}

/// The caller has hung up.
pub(crate) fn end(state: &State, call: InboundId, at: Timestamp) -> Decided {
    let found = state.calls.get(call).ok_or(Refusal::UnknownCall { call })?;
    Ok(over(call, found, at))
}

/// A person rang back whom nobody had taken. Said twice, it was done once.
pub(crate) fn rung_back(state: &State, call: InboundId, context: &Context<'_>) -> Decided {
    let by = match context.actor {
        Actor::Person(person) => *person,
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => return Err(Refusal::NoNamedPerson {}),
    };
    let found = state.calls.get(call).ok_or(Refusal::UnknownCall { call })?;
    if found.rung_back.is_some() {
        return Ok(Vec::new());
    }
    // As the alert about it was told: of the trip for which it was put through.
    let trip = found.trip;
    let rung = Event::CallRungBack { call, trip, by, at: context.now };
    found.not_taken_at.map(|_| vec![rung]).ok_or(Refusal::NobodyToRingBack { call })
}

/// What follows once nothing more is heard of a call. Who pressed 1 to check in, and hung up before the count, has
/// checked in.
pub(crate) fn over(call: InboundId, found: &Call, at: Timestamp) -> Vec<Event> {
    let ended = Event::CallEnded { call, at };
    let before = match &found.stage {
        Stage::Ended { .. } => return Vec::new(),
        Stage::Counting {} => Some(checks_in(call, found, None, at)),
        Stage::Ringing(dialling) => dialling.current().map(|current| {
            let (step, via, outcome) = (dialling.step, current.via, DialOutcome::CallerGone);
            Event::CallStepTried { call, step, via, outcome, at }
        }),
        Stage::Received {}
        | Stage::Menu {}
        | Stage::Said { .. }
        | Stage::Told { .. }
        | Stage::Through(_)
        | Stage::Exhausted(_) => None,
    };
    before.into_iter().chain([ended]).collect()
}

/// For whom a call's route is, for those who speak of it.
pub(super) fn is_from_outside(audience: Audience) -> bool {
    match audience {
        Audience::Parent | Audience::HostOrganisation | Audience::StaffFamily => true,
        Audience::Pupil | Audience::StaffOffSite | Audience::Base => false,
    }
}
