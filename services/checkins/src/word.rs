//! What follows from a word that came: by phone page, API, text or written down, it is judged the same.

use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, InboundId, PersonId, TripId};
use proto::v1::checkins::{Event, NextDue, Punctuality, Via, Word};
use proto::values::{Headcount, Note, Personal, SchoolZone};

use crate::positions;
use crate::progress::Progress;
use crate::state::{Clock, Group, Out, PartyNow, Watch};

/// A word that may be taken: the group is the trip's, the count is there if it is needed.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) trip: TripId,
    pub(crate) group: GroupId,
    pub(crate) word: Word,
    pub(crate) headcount: Option<Headcount>,
    /// Capped at its receipt.
    pub(crate) said_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) via: Via,
    pub(crate) device: Option<DeviceId>,
    pub(crate) person: Option<PersonId>,
    pub(crate) note: Option<Personal<Note>>,
    pub(crate) inbound: Option<InboundId>,
    /// The duress word came with it.
    pub(crate) duress: bool,
}

/// A word that is no older than this when it is judged was said now: it didn't wait in a queue.
const AT_ONCE_SECS: i64 = 60;

/// How a word stands to what is due.
struct Judged {
    /// When it counts as said.
    counts_at: Timestamp,
    punctuality: Punctuality,
    next: Option<NextDue>,
    /// When the misses were due that it resolves.
    resolved: Vec<Timestamp>,
}

/// The events of a word. None for one that was taken already.
pub(crate) fn events(watch: &Watch, said: Said, zone: &SchoolZone, now: Timestamp) -> Vec<Event> {
    let Some((party, group)) = watch.party().and_then(|p| Some((p, p.groups.get(said.group)?))) else {
        return Vec::new();
    };
    if taken_already(party, group, &said) {
        return Vec::new();
    }
    let counts_at = counts_at(watch, group, &said, now);
    let stale = group.last.is_some_and(|last| counts_at < last.said_at);
    let judged = match watch {
        Watch::Out(out) if !stale => out.judge(&said, counts_at, zone, now),
        Watch::Out(_) | Watch::Returned(_) | Watch::Ahead { .. } => Judged {
            counts_at,
            punctuality: if stale { Punctuality::Stale } else { Punctuality::Unasked },
            next: None,
            resolved: Vec::new(),
        },
    };
    let counts = judged.next.is_some();
    let mut events = vec![checked_in(&said, group, &judged)];
    if counts {
        events.extend(headcount(&said, group));
    }
    let (trip, at) = (said.trip, said.said_at);
    events.extend(judged.resolved.into_iter().map(|missed_due_at| Event::HeardAgain {
        trip,
        group: said.group,
        missed_due_at,
        at,
    }));
    if let (Watch::Out(out), false) = (watch, stale) {
        events.extend(positions::leaves(out, trip, said.group, said.word, at));
    }
    events.extend(heard_device(party, trip, said.device, said.received_at));
    if said.duress {
        events.push(Event::DuressSignalled { trip, group: said.group, device: said.device, at });
    }
    events
}

/// A device that was silent is heard again.
pub(crate) fn heard_device(
    party: &PartyNow,
    trip: TripId,
    device: Option<DeviceId>,
    at: Timestamp,
) -> Option<Event> {
    let device = device?;
    let track = party.devices.get(device)?.track.as_ref()?;
    track.silent.then_some(Event::DeviceHeard { trip, device, at })
}

/// A word that comes at once was said after all that its group was told and all it said before, even where the clock was
/// set back since. One that waited counts at its own time. [CHECK-3]
fn counts_at(watch: &Watch, group: &Group, said: &Said, now: Timestamp) -> Timestamp {
    if now.duration_since(said.said_at).as_secs() > AT_ONCE_SECS {
        return said.said_at;
    }
    let clock = match watch {
        Watch::Out(out) => out.clocks.get(said.group),
        Watch::Returned(_) | Watch::Ahead { .. } => None,
    };
    let reached = clock.and_then(Clock::reached).max(group.last.map(|last| last.said_at));
    reached.map_or(said.said_at, |reached| reached.max(said.said_at))
}

fn taken_already(party: &PartyNow, group: &Group, said: &Said) -> bool {
    let same_text = said.inbound.is_some_and(|inbound| party.inbound.has(&inbound));
    // Texts have ids of their own: two of them in one second are two.
    let same_press = said.inbound.is_none() && group.heard.has(&(said.said_at, said.word, said.device));
    same_text || same_press
}

fn checked_in(said: &Said, group: &Group, judged: &Judged) -> Event {
    Event::CheckedIn {
        trip: said.trip,
        group: said.group,
        word: said.word,
        headcount: said.headcount,
        expected: group.expected,
        said_at: said.said_at,
        received_at: said.received_at,
        counts_at: Some(judged.counts_at).filter(|at| *at != said.said_at),
        punctuality: judged.punctuality,
        via: said.via,
        device: said.device,
        person: said.person,
        note: said.note.clone(),
        inbound: said.inbound,
        next: judged.next.clone(),
    }
}

/// A count that differs is told each time, the repeated one too. [CHECK-5]
fn headcount(said: &Said, group: &Group) -> Option<Event> {
    let (trip, at, reported) = (said.trip, said.said_at, said.headcount?);
    let (group_id, expected) = (said.group, group.expected);
    if reported != expected {
        Some(Event::HeadcountDiffered { trip, group: group_id, expected, reported, at })
    } else {
        group.differs.map(|_| Event::HeadcountAgreed { trip, group: group_id, at })
    }
}

impl Out {
    fn judge(&self, said: &Said, counts_at: Timestamp, zone: &SchoolZone, now: Timestamp) -> Judged {
        let Some(clock) = self.clocks.get(said.group) else {
            return Judged { counts_at, punctuality: Punctuality::Unasked, next: None, resolved: Vec::new() };
        };
        let mut progress = clock.progress.clone();
        progress.take(&self.course, &clock.next, said.word, said.headcount.is_some(), counts_at);
        let armed = self.course.arm(&progress, zone, now);
        let same = (armed.at, &armed.what) == (clock.next.at, &clock.next.what);
        let next = if same { clock.next.clone() } else { armed };
        let resolved: Vec<_> = self.resolved_by(clock, counts_at).collect();
        let punctuality = self.punctuality(clock, &progress, said, counts_at, &resolved);
        Judged { counts_at, punctuality, next: Some(next), resolved }
    }

    /// The misses that a word resolves: those for which it was said in time, or later. One that was said before, and
    /// arrived after, resolves nothing: it satisfies only what was due by its own time.
    fn resolved_by<'a>(
        &'a self,
        clock: &'a Clock,
        counts_at: Timestamp,
    ) -> impl Iterator<Item = Timestamp> + 'a {
        clock.missed.keys().copied().filter(move |due_at| counts_at >= self.course.early_from(*due_at))
    }

    fn punctuality(
        &self,
        clock: &Clock,
        after: &Progress,
        said: &Said,
        counts_at: Timestamp,
        resolved: &[Timestamp],
    ) -> Punctuality {
        let latest = resolved.last().and_then(|due_at| clock.missed.get(due_at));
        if let Some(missed_at) = latest {
            return if counts_at < *missed_at { Punctuality::QueuedInTime } else { Punctuality::Late };
        }
        let open = &clock.next;
        let asked = match said.word {
            Word::Late { .. } => counts_at >= self.course.early_from(open.at),
            Word::Ok | Word::Boarded | Word::Arrived | Word::HandedOver | Word::Leaving | Word::Back => {
                after.has_settled(open)
            }
        };
        match (asked, counts_at < open.missed_at, said.received_at < open.missed_at) {
            (false, _, _) => Punctuality::Unasked,
            (true, true, true) => Punctuality::InTime,
            (true, true, false) => Punctuality::QueuedInTime,
            (true, false, _) => Punctuality::Late,
        }
    }
}
