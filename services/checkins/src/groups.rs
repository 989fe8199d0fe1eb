//! What changes the number expected of a group: releases, moves, splits and joins, and nothing else. [CHECK-5]

use decider::Context;
use proto::ids::{GroupId, PersonId, TripId};
use proto::v1::checkins::{Event, Refusal};
use proto::values::{Headcount, Label, Note, Personal};

use crate::decide::{known_group, named_person};
use crate::progress::Progress;
use crate::state::{Group, Out, State, Watch};

pub(crate) struct Release {
    pub(crate) trip: TripId,
    pub(crate) group: GroupId,
    pub(crate) pupils: Headcount,
    pub(crate) to_whom: Personal<Note>,
    pub(crate) checked_how: Label,
    pub(crate) agreed_by: PersonId,
}

pub(crate) struct Split {
    pub(crate) trip: TripId,
    pub(crate) group: GroupId,
    pub(crate) new_group: GroupId,
    pub(crate) name: Label,
    pub(crate) adult: PersonId,
    pub(crate) pupils: Headcount,
}

/// To whom, checked how, agreed by base.
pub(crate) fn record_release(
    state: &State,
    release: Release,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let Release { trip, group, pupils, to_whom, checked_how, agreed_by } = release;
    let out = still_out(state, trip)?;
    named_person(context.actor)?;
    if out.party.has(agreed_by) {
        return Err(Refusal::AgreedOnTrip { person: agreed_by });
    }
    let before = members(out, group, pupils)?;
    let expected = take_away(group, before, pupils)?;
    let released = Event::ReleaseRecorded { trip, group, pupils, to_whom, checked_how, agreed_by, expected };
    let agreed =
        fits_now(before, expected).then_some(Event::HeadcountAgreed { trip, group, at: context.now });
    Ok(std::iter::once(released).chain(agreed).collect())
}

pub(crate) fn move_pupils(
    state: &State,
    trip: TripId,
    (from, to): (GroupId, GroupId),
    pupils: Headcount,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let out = still_out(state, trip)?;
    named_person(context.actor)?;
    if from == to {
        return Err(Refusal::SameGroup { group: from });
    }
    let (source, target) = (members(out, from, pupils)?, members(out, to, pupils)?);
    let left = take_away(from, source, pupils)?;
    let joined = add(to, target.expected, pupils)?;
    let mut events = vec![Event::PupilsMoved { trip, from, to, pupils }];
    let at = context.now;
    for (group, before, expected) in [(from, source, left), (to, target, joined)] {
        events.extend(fits_now(before, expected).then_some(Event::HeadcountAgreed { trip, group, at }));
    }
    Ok(events)
}

/// A group that splits has its own adult, phone and watch: no phone, no separate group. [CHECK-5, DEV-5]
pub(crate) fn split_group(state: &State, split: Split, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let Split { trip, group, new_group, name, adult, pupils } = split;
    let out = still_out(state, trip)?;
    named_person(context.actor)?;
    if let Some(there) = out.party.groups.get(new_group) {
        let same = there.adult == adult && there.name == name && there.planned.is_none();
        return if same { Ok(Vec::new()) } else { Err(Refusal::GroupExists { group: new_group }) };
    }
    if out.party.joined.has(new_group) {
        return Err(Refusal::GroupExists { group: new_group });
    }
    let parent = members(out, group, pupils)?;
    if pupils >= parent.expected {
        return Err(Refusal::TooManyPupils { group, expected: parent.expected, asked: pupils });
    }
    let device = adult_for_group(out, adult)?;
    let late_secs = out.clocks.get(group).map_or(0, |clock| clock.progress.late_secs);
    let next = out.course.arm(&Progress::from(context.now, late_secs), context.zone, context.now);
    let fits = fits_now(parent, take_away(group, parent, pupils)?);
    let at = context.now;
    let made = Event::GroupSplit { trip, group, new_group, name, adult, device, pupils, at, next };
    let agreed = fits.then_some(Event::HeadcountAgreed { trip, group, at });
    Ok(std::iter::once(made).chain(agreed).collect())
}

/// One of the staff, with a phone, who leads no other group.
fn adult_for_group(out: &Out, adult: PersonId) -> Result<proto::ids::DeviceId, Refusal> {
    if !out.party.has(adult) {
        return Err(Refusal::NotOnTrip { field: "adult".to_owned(), person: adult });
    }
    if let Some((group, _)) = out.party.groups.iter().find(|(_, g)| g.adult == adult) {
        return Err(Refusal::LeadsAnother { person: adult, group });
    }
    out.party.device_of(adult).ok_or(Refusal::NoPhone { person: adult })
}

/// The group ends; its pupils are expected in the other one. A named person says where it is: its misses are resolved.
pub(crate) fn join_groups(
    state: &State,
    trip: TripId,
    group: GroupId,
    into: GroupId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let out = still_out(state, trip)?;
    named_person(context.actor)?;
    if group == into {
        return Err(Refusal::SameGroup { group });
    }
    if out.party.joined.get(group) == Some(&into) {
        return Ok(Vec::new());
    }
    known_group(&out.party, group)?;
    known_group(&out.party, into)?;
    let (Some(ending), Some(kept)) = (out.party.groups.get(group), out.party.groups.get(into)) else {
        return Err(Refusal::UnknownGroup { group });
    };
    let expected = add(into, kept.expected, ending.expected)?;
    let at = context.now;
    let missed = out.clocks.get(group).into_iter().flat_map(|clock| clock.missed.keys().copied());
    let heard = missed.map(|missed_due_at| Event::HeardAgain { trip, group, missed_due_at, at });
    let mut events: Vec<_> = heard.collect();
    events.push(Event::GroupsJoined { trip, group, into });
    events.extend(fits_now(kept, expected).then_some(Event::HeadcountAgreed { trip, group: into, at }));
    Ok(events)
}

fn still_out(state: &State, trip: TripId) -> Result<&Out, Refusal> {
    match state.watch(trip) {
        Some(Watch::Out(out)) => Ok(out),
        Some(Watch::Returned(_)) => Err(Refusal::AllBack { trip }),
        Some(Watch::Ahead { .. }) | None => Err(Refusal::NotOut { trip }),
    }
}

fn members(out: &Out, group: GroupId, pupils: Headcount) -> Result<&Group, Refusal> {
    let found = out.party.groups.get(group).ok_or(Refusal::UnknownGroup { group })?;
    if pupils == Headcount::ZERO { Err(Refusal::NobodyMeant {}) } else { Ok(found) }
}

fn take_away(group: GroupId, from: &Group, pupils: Headcount) -> Result<Headcount, Refusal> {
    let too_many = Refusal::TooManyPupils { group, expected: from.expected, asked: pupils };
    from.expected.minus(pupils).ok_or(too_many)
}

fn add(group: GroupId, expected: Headcount, pupils: Headcount) -> Result<Headcount, Refusal> {
    expected.plus(pupils).map_err(|_| Refusal::GroupTooLarge { group })
}

/// A count that differed is right with the number that is expected now.
fn fits_now(group: &Group, expected: Headcount) -> bool {
    group.differs == Some(expected)
}
