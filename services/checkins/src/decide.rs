//! Commands: words that people and clients say, calls for help, lost children. Groups are in [`crate::groups`].

use decider::Context;
use jiff::Timestamp;
use proto::envelope::Actor;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::v1::checkins::{Command, Event, Refusal, Via, Word};
use proto::values::{DuressHash, Headcount, Note, Personal};

use crate::arrivals;
use crate::course::plus;
use crate::groups;
use crate::state::{Call, PartyNow, State, Watch};
use crate::word::{self, Said};

/// A device's clock may be ahead by so much, in seconds: the word then counts at its receipt.
pub const CLOCK_AHEAD_SECS: i64 = 5 * 60;

pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::CheckIn { trip, group, device, word, headcount, pressed_at, note, duress, via } => {
            let entry = CheckIn { trip, group, device, word, headcount, pressed_at, note, duress, via };
            check_in(state, entry, context)
        }
        Command::WriteDownCall { trip, group, word, headcount, called_at, words, from, duress } => {
            let call = WrittenDown { trip, group, word, headcount, called_at, words, from, duress };
            write_down_call(state, call, context)
        }
        Command::RecordRelease { trip, group, pupils, to_whom, checked_how, agreed_by } => {
            let release = groups::Release { trip, group, pupils, to_whom, checked_how, agreed_by };
            groups::record_release(state, release, context)
        }
        Command::MovePupils { trip, from, to, pupils } => {
            groups::move_pupils(state, trip, (from, to), pupils, context)
        }
        Command::SplitGroup { trip, group, new_group, name, adult, pupils } => {
            groups::split_group(state, groups::Split { trip, group, new_group, name, adult, pupils }, context)
        }
        Command::JoinGroups { trip, group, into } => groups::join_groups(state, trip, group, into, context),
        Command::CallForHelp { trip, group, device, pressed_at, note } => {
            call_for_help(state, Press { trip, group, device, pressed_at, note }, context)
        }
        Command::ReportLostChild { trip, group, device, pressed_at, last_seen } => {
            report_lost_child(state, Press { trip, group, device, pressed_at, note: last_seen }, context)
        }
        Command::ReportChildFound { trip, with } => report_child_found(state, trip, with, context),
        Command::RecordArrival { trip, pupil, word, said_by, at, note } => {
            arrivals::record(state, arrivals::Record { trip, pupil, word, said_by, at, note }, context)
        }
    }
}

struct CheckIn {
    trip: TripId,
    group: Option<GroupId>,
    device: Option<DeviceId>,
    word: Word,
    headcount: Option<Headcount>,
    pressed_at: Timestamp,
    note: Option<Personal<Note>>,
    duress: Option<DuressHash>,
    via: Via,
}

struct WrittenDown {
    trip: TripId,
    group: GroupId,
    word: Word,
    headcount: Option<Headcount>,
    called_at: Timestamp,
    words: Personal<Note>,
    from: PersonId,
    duress: Option<DuressHash>,
}

struct Press {
    trip: TripId,
    group: Option<GroupId>,
    device: Option<DeviceId>,
    pressed_at: Timestamp,
    note: Option<Personal<Note>>,
}

fn check_in(state: &State, entry: CheckIn, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let (watch, party) = party_out(state, entry.trip)?;
    let duress = entry.duress.is_some() && entry.duress == party.duress;
    let checked = sort_out(party, &entry, context);
    let said = match checked {
        Ok(said) => said,
        // The duress word is never lost over a detail: base hears of it, and whoever reads along sees an answer as ever.
        Err(_) if duress => return Ok(signal_duress(party, &entry, context)),
        Err(refusal) => return Err(refusal),
    };
    Ok(word::events(watch, Said { duress, ..said }, context.zone, context.now))
}

/// Whose word it is, for which group, said when.
fn sort_out(party: &PartyNow, entry: &CheckIn, context: &Context<'_>) -> Result<Said, Refusal> {
    let (device, person) = speaker(party, entry.device, context.actor)?;
    let group = match entry.group {
        Some(group) => known_group(party, group)?,
        None => party.group_meant(person).map_err(|groups| Refusal::WhichGroup { groups })?,
    };
    let said_at =
        word_and_time(party, entry.word, entry.headcount, (entry.pressed_at, "pressed_at"), context.now)?;
    Ok(Said {
        trip: entry.trip,
        group,
        word: entry.word,
        headcount: entry.headcount,
        said_at,
        received_at: context.now,
        via: entry.via,
        device,
        person,
        note: entry.note.clone(),
        inbound: None,
        duress: false,
    })
}

fn signal_duress(party: &PartyNow, entry: &CheckIn, context: &Context<'_>) -> Vec<Event> {
    let device = entry.device.or(actor_device(context.actor));
    let person = device.and_then(|device| party.devices.get(device)).and_then(|carried| carried.by.person);
    let named = entry.group.filter(|group| party.groups.has(*group));
    let group = named.or_else(|| any_group(party, person));
    let at = entry.pressed_at.clamp(party.departed_at.min(context.now), context.now);
    let heard = word::heard_device(party, entry.trip, device, context.now);
    let signal = |group| Event::DuressSignalled { trip: entry.trip, group, device, at };
    group.map(signal).into_iter().chain(heard).collect()
}

/// The group somebody means, or at least one of the trip: for signals that may not be lost.
pub(crate) fn any_group(party: &PartyNow, person: Option<PersonId>) -> Option<GroupId> {
    match party.group_meant(person) {
        Ok(group) => Some(group),
        Err(groups) => groups.first().copied(),
    }
}

fn write_down_call(state: &State, call: WrittenDown, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let (watch, party) = party_out(state, call.trip)?;
    named_person(context.actor)?;
    if !party.has(call.from) {
        return Err(Refusal::NotOnTrip { field: "from".to_owned(), person: call.from });
    }
    if call.words.get().is_some_and(|words| words.has_phone_number()) {
        return Err(Refusal::NumberInWords {});
    }
    let group = known_group(party, call.group)?;
    let said_at =
        word_and_time(party, call.word, call.headcount, (call.called_at, "called_at"), context.now)?;
    let said = Said {
        trip: call.trip,
        group,
        word: call.word,
        headcount: call.headcount,
        said_at,
        received_at: context.now,
        via: Via::WrittenDown,
        device: None,
        person: Some(call.from),
        note: Some(call.words),
        inbound: None,
        duress: call.duress.is_some_and(|said| party.duress == Some(said)),
    };
    Ok(word::events(watch, said, context.zone, context.now))
}

/// Never refused for a party that is known to be out: not for a pupil's phone, a group or a clock. [CHECK-6]
fn call_for_help(state: &State, press: Press, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let (_, party) = party_out(state, press.trip)?;
    let (device, at) = (press.device.or(actor_device(context.actor)), press.pressed_at.min(context.now));
    if party.calls.has(&Call::Help(device, at)) {
        return Ok(Vec::new());
    }
    let help = Event::HelpCalled {
        trip: press.trip,
        group: group_of_press(party, &press, device, context.actor),
        device,
        at,
        via: via_of(context.actor),
        note: press.note,
        inbound: None,
    };
    let heard = word::heard_device(party, press.trip, device, context.now);
    Ok(std::iter::once(help).chain(heard).collect())
}

fn report_lost_child(state: &State, press: Press, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let (_, party) = party_out(state, press.trip)?;
    let (device, at) = (press.device.or(actor_device(context.actor)), press.pressed_at.min(context.now));
    if party.calls.has(&Call::Lost(device, at)) {
        return Ok(Vec::new());
    }
    let lost = Event::ChildLost {
        trip: press.trip,
        group: group_of_press(party, &press, device, context.actor),
        device,
        at,
        police_at: police_at(party, at),
        last_seen: press.note,
        inbound: None,
    };
    let heard = word::heard_device(party, press.trip, device, context.now);
    Ok(std::iter::once(lost).chain(heard).collect())
}

/// The clock that runs already, or one that begins. [CHECK-8]
pub(crate) fn police_at(party: &PartyNow, lost_at: Timestamp) -> Timestamp {
    let begins = || plus(lost_at, i64::from(party.police_minutes) * 60);
    party.lost.map_or_else(begins, |lost| lost.police_at)
}

/// It ends when an adult of the trip has the child. [CHECK-8]
fn report_child_found(
    state: &State,
    trip: TripId,
    with: PersonId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (_, party) = party_out(state, trip)?;
    if !party.has(with) {
        return Err(Refusal::NotOnTrip { field: "with".to_owned(), person: with });
    }
    if party.lost.is_none() {
        return Err(Refusal::NobodyLost { trip });
    }
    Ok(vec![Event::ChildFound { trip, with, at: context.now }])
}

fn group_of_press(
    party: &PartyNow,
    press: &Press,
    device: Option<DeviceId>,
    actor: &Actor,
) -> Option<GroupId> {
    let holder = device.and_then(|device| party.devices.get(device)).and_then(|carried| carried.by.person);
    let named = press.group.filter(|group| party.groups.has(*group));
    named.or_else(|| party.group_meant(holder.or(actor_person(actor))).ok())
}

/// The party, from departure until its last device is back.
pub(crate) fn party_out(state: &State, trip: TripId) -> Result<(&Watch, &PartyNow), Refusal> {
    let watch = state.watch(trip).ok_or(Refusal::NotOut { trip })?;
    let party = watch.party().ok_or(Refusal::NotOut { trip })?;
    Ok((watch, party))
}

pub(crate) fn known_group(party: &PartyNow, group: GroupId) -> Result<GroupId, Refusal> {
    if party.groups.has(group) { Ok(group) } else { Err(Refusal::UnknownGroup { group }) }
}

pub(crate) fn named_person(actor: &Actor) -> Result<PersonId, Refusal> {
    actor_person(actor).ok_or(Refusal::NamedPersonNeeded {})
}

/// Any staff phone of the trip may check in, and any of its staff who is logged in. [CHECK-1]
fn speaker(
    party: &PartyNow,
    device: Option<DeviceId>,
    actor: &Actor,
) -> Result<(Option<DeviceId>, Option<PersonId>), Refusal> {
    let person = actor_person(actor);
    if let Some(device) = device.or(actor_device(actor)) {
        let carried = party.devices.get(device).ok_or(Refusal::NotWithTrip { device })?;
        if carried.by.pupil {
            return Err(Refusal::PupilPhone { device });
        }
        return Ok((Some(device), person.filter(|person| party.has(*person)).or(carried.by.person)));
    }
    match person {
        Some(person) if party.has(person) => Ok((None, Some(person))),
        Some(person) => Err(Refusal::NotOnTrip { field: "device".to_owned(), person }),
        None => Err(Refusal::DeviceNeeded {}),
    }
}

/// Checks the word and its time; the time is capped at now.
fn word_and_time(
    party: &PartyNow,
    word: Word,
    headcount: Option<Headcount>,
    (said_at, field): (Timestamp, &str),
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    check_word(word, headcount)?;
    let field = || field.to_owned();
    if said_at < party.departed_at {
        let departed_at = party.departed_at;
        return Err(Refusal::BeforeDeparture { field: field(), said_at, departed_at });
    }
    if said_at > plus(now, CLOCK_AHEAD_SECS) {
        return Err(Refusal::ClockAhead { field: field(), said_at, now });
    }
    Ok(said_at.min(now))
}

/// Boarding, arrival, hand-over and leaving need a count. [CHECK-5]
pub(crate) fn check_word(word: Word, headcount: Option<Headcount>) -> Result<(), Refusal> {
    match word {
        Word::Late { minutes } if !(1..=Word::MAX_LATE_MINUTES).contains(&minutes) => {
            Err(Refusal::LatenessOutOfRange { minutes })
        }
        word if word.needs_count() && headcount.is_none() => Err(Refusal::CountNeeded { word }),
        Word::Ok
        | Word::Late { .. }
        | Word::Boarded
        | Word::Arrived
        | Word::HandedOver
        | Word::Leaving
        | Word::Back => Ok(()),
    }
}

fn actor_device(actor: &Actor) -> Option<DeviceId> {
    match actor {
        Actor::Device(device) => Some(*device),
        Actor::Person(_) | Actor::Client(_) | Actor::Service(_) => None,
    }
}

fn actor_person(actor: &Actor) -> Option<PersonId> {
    match actor {
        Actor::Person(person) => Some(*person),
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => None,
    }
}

fn via_of(actor: &Actor) -> Via {
    match actor {
        Actor::Person(_) | Actor::Device(_) => Via::PhonePage,
        Actor::Client(_) | Actor::Service(_) => Via::Api,
    }
}
