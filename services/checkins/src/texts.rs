//! Texts from a device of a trip, and words said with keys in a call: each becomes exactly one of `CheckedIn`, `WordNotTaken`, `HelpCalled`, `ChildLost`.
//!
//! Left to others: strangers and devices without a trip (the gateway answers), STOP and START (the gateway records them), and a
//! reply code alone (alerts). "ok 417" could be both: of a party that has left its sender is asked which, and alerts leaves
//! it to us; before departure it is a reply.
//!
//! Of one that checks in while its phone is elsewhere, `WordUnusual` besides ([`crate::unusual`]).
//!
//! A text with the duress word is taken as it stands (the duress word alone as OK), and `DuressSignalled` comes besides,
//! whatever else becomes of it.

use decider::Context;
use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, InboundId, TripId};
use proto::v1::checkins::{Event, NotTaken, Refusal, Via, Word};
use proto::v1::gateway::{Caller, Meaning};
use proto::values::{Headcount, Note, Personal};

use crate::decide::{any_group, check_word, police_at};
use crate::state::{Carrier, PartyNow, State, Watch};
use crate::unusual::unusual;
use crate::word::{self, Said};

/// A text, as the gateway read it.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) inbound: InboundId,
    pub(crate) body: &'a Personal<Note>,
    pub(crate) meaning: &'a Meaning,
    pub(crate) duress: bool,
    pub(crate) received_at: Timestamp,
    /// A text, or keys in a call.
    pub(crate) via: Via,
}

/// The device a text came from, and whose hands it is in.
#[derive(Clone, Copy)]
struct Sender {
    device: DeviceId,
    by: Carrier,
}

pub(crate) fn hear(state: &State, from: &Caller, text: Text<'_>, context: &Context<'_>) -> Vec<Event> {
    let Caller::Device { device, person, pupil, trip } = from else { return Vec::new() };
    // What devices said of it is trusted first; the gateway may have heard of a swap before.
    let Some(trip) = state.trip_with(*device).or(*trip) else { return Vec::new() };
    let claimed = Carrier { person: *person, pupil: pupil.is_some() };
    let Some((watch, party)) = state.watch(trip).and_then(|watch| Some((watch, watch.party()?))) else {
        return not_out(trip, *device, text);
    };
    if party.inbound.has(&text.inbound) {
        return Vec::new();
    }
    let by = party.devices.get(*device).map_or(claimed, |carried| carried.by);
    let sender = Sender { device: *device, by };
    if party.gone.contains(device) && !calls(text.meaning) {
        // Lost, or taken in: whoever has it doesn't speak for the party. A call for help is heard all the same.
        return Vec::new();
    }
    let mut events = take(trip, watch, party, sender, text, context);
    if !events.iter().any(|event| matches!(event, Event::CheckedIn { .. })) {
        events.extend(word::heard_device(party, trip, Some(*device), text.received_at));
        let group = any_group(party, by.person).filter(|_| text.duress);
        let at = text.received_at;
        events.extend(group.map(|group| Event::DuressSignalled { trip, group, device: Some(*device), at }));
    }
    events
}

fn take(
    trip: TripId,
    watch: &Watch,
    party: &PartyNow,
    sender: Sender,
    text: Text<'_>,
    context: &Context<'_>,
) -> Vec<Event> {
    match text.meaning {
        Meaning::Says { word, headcount } => {
            say(trip, watch, party, sender, (*word, *headcount), text, context)
        }
        // A duress word is answered like an OK, whatever stands beside it. [CHECK-6]
        Meaning::Either { word, .. } if text.duress => {
            say(trip, watch, party, sender, (*word, None), text, context)
        }
        // Neither is guessed: a check-in that was none would silence an alert.
        Meaning::Either { code, .. } => {
            let why =
                if sender.by.pupil { NotTaken::PupilPhone {} } else { NotTaken::WhichMeant { code: *code } };
            vec![not_taken(trip, sender.device, text, why)]
        }
        Meaning::Miscounted { .. } => {
            let why = if sender.by.pupil { NotTaken::PupilPhone {} } else { NotTaken::CountNeeded {} };
            vec![not_taken(trip, sender.device, text, why)]
        }
        Meaning::Help {} => vec![help(trip, party, sender, text)],
        Meaning::Lost {} => vec![lost(trip, party, sender, text)],
        Meaning::Unclear {} if text.duress => {
            say(trip, watch, party, sender, (Word::Ok, None), text, context)
        }
        Meaning::Unclear {} => vec![not_taken(trip, sender.device, text, NotTaken::Unclear {})],
        Meaning::Owns { .. } | Meaning::OptOut {} | Meaning::OptIn {} => Vec::new(),
    }
}

fn say(
    trip: TripId,
    watch: &Watch,
    party: &PartyNow,
    sender: Sender,
    (word, headcount): (Word, Option<Headcount>),
    text: Text<'_>,
    context: &Context<'_>,
) -> Vec<Event> {
    let group = match group_of(party, sender, word, headcount) {
        Ok(group) => group,
        Err(why) => return vec![not_taken(trip, sender.device, text, why)],
    };
    let said = Said {
        trip,
        group,
        word,
        headcount,
        said_at: text.received_at,
        received_at: text.received_at,
        via: text.via,
        device: Some(sender.device),
        person: sender.by.person,
        note: None,
        inbound: Some(text.inbound),
        duress: text.duress,
    };
    let mut events = word::events(watch, said.clone(), context.zone, context.now);
    let counts = events.iter().any(|event| matches!(event, Event::CheckedIn { next: Some(_), .. }));
    if let (Watch::Out(out), true) = (watch, counts) {
        let (group, device, said_at) = (said.group, sender.device, said.said_at);
        let odd = unusual(out, &said);
        events.extend(odd.map(|why| Event::WordUnusual { trip, group, device, said_at, why }));
    }
    events
}

/// For which group a text may speak.
fn group_of(
    party: &PartyNow,
    sender: Sender,
    word: Word,
    headcount: Option<Headcount>,
) -> Result<GroupId, NotTaken> {
    if sender.by.pupil {
        return Err(NotTaken::PupilPhone {});
    }
    match check_word(word, headcount) {
        Ok(()) => {}
        Err(Refusal::CountNeeded { .. }) => return Err(NotTaken::CountNeeded {}),
        // A lateness that can't be is no word.
        Err(_) => return Err(NotTaken::Unclear {}),
    }
    party.group_meant(sender.by.person).map_err(|groups| NotTaken::WhichGroup { groups })
}

fn help(trip: TripId, party: &PartyNow, sender: Sender, text: Text<'_>) -> Event {
    Event::HelpCalled {
        trip,
        group: party.group_meant(sender.by.person).ok(),
        device: Some(sender.device),
        at: text.received_at,
        via: text.via,
        note: Some(text.body.clone()),
        inbound: Some(text.inbound),
    }
}

fn lost(trip: TripId, party: &PartyNow, sender: Sender, text: Text<'_>) -> Event {
    Event::ChildLost {
        trip,
        group: party.group_meant(sender.by.person).ok(),
        device: Some(sender.device),
        at: text.received_at,
        police_at: police_at(party, text.received_at),
        last_seen: Some(text.body.clone()),
        inbound: Some(text.inbound),
    }
}

/// A device of a trip that isn't out, as far as is known here. A call for help is passed on: it can't be suppressed. [CHECK-6]
fn not_out(trip: TripId, device: DeviceId, text: Text<'_>) -> Vec<Event> {
    match text.meaning {
        Meaning::Help {} | Meaning::Lost {} => vec![Event::HelpCalled {
            trip,
            group: None,
            device: Some(device),
            at: text.received_at,
            via: text.via,
            note: Some(text.body.clone()),
            inbound: Some(text.inbound),
        }],
        Meaning::Says { .. } | Meaning::Miscounted { .. } | Meaning::Unclear {} => {
            vec![not_taken(trip, device, text, NotTaken::NotOut {})]
        }
        Meaning::Either { .. } | Meaning::Owns { .. } | Meaning::OptOut {} | Meaning::OptIn {} => Vec::new(),
    }
}

fn calls(meaning: &Meaning) -> bool {
    match meaning {
        Meaning::Help {} | Meaning::Lost {} => true,
        Meaning::Says { .. }
        | Meaning::Miscounted { .. }
        | Meaning::Owns { .. }
        | Meaning::Either { .. }
        | Meaning::OptOut {}
        | Meaning::OptIn {}
        | Meaning::Unclear {} => false,
    }
}

fn not_taken(trip: TripId, device: DeviceId, text: Text<'_>, why: NotTaken) -> Event {
    Event::WordNotTaken { trip, device, inbound: text.inbound, why }
}
