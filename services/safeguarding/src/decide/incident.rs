//! Incidents: the report, and what is done about it. To whoever may not read one it doesn't exist. [INC-7]

use decider::Context;
use jiff::{SignedDuration, Timestamp};
use proto::ids::{IncidentId, PersonId};
use proto::v1::safeguarding::{Command, Event, Parents, Referral, Refusal};
use proto::values::{Label, Note, Personal};

use super::{Decided, not_ahead};
use crate::calendar;
use crate::incident::{Incident, MAX_OF_EACH};
use crate::state::State;

/// Reading it again within this is the same reading.
const SAME_READING: SignedDuration = SignedDuration::from_mins(10);

/// An incident as that person may know it.
pub(super) fn readable(state: &State, incident: IncidentId, actor: PersonId) -> Result<&Incident, Refusal> {
    state.incident_for(incident, actor).ok_or(Refusal::NotReadable { incident })
}

/// The same, and not closed.
pub(super) fn open_one(state: &State, incident: IncidentId, actor: PersonId) -> Result<&Incident, Refusal> {
    let known = readable(state, incident, actor)?;
    if known.closed.is_some() { Err(Refusal::IsClosed { incident }) } else { Ok(known) }
}

pub(super) fn fits(count: usize) -> Result<(), Refusal> {
    if count < MAX_OF_EACH { Ok(()) } else { Err(Refusal::TooMany { max: MAX_OF_EACH }) }
}

/// Anybody may, and it is never refused for what it says: a report that is lost helps nobody. [INC-1]
pub(super) fn report(state: &State, actor: PersonId, command: Command, context: &Context<'_>) -> Decided {
    let Command::ReportIncident { incident, kind, danger, trip, happened_at, about, what } = command else {
        return Ok(Vec::new());
    };
    if state.incidents.contains_key(&incident) {
        return Err(Refusal::IncidentExists { incident });
    }
    not_ahead(happened_at, context.now)?;
    let about_head = about.is_some_and(|adult| state.leads(adult));
    Ok(vec![Event::IncidentReported {
        incident,
        kind,
        danger,
        trip,
        happened_at,
        about,
        what,
        by: actor,
        at: context.now,
        deadlines: calendar::deadlines(context.now, context.zone, context.policy),
        bodies: context.policy.outside_bodies.clone(),
        readers: state.readers(about, about_head),
    }])
}

pub(super) fn open(state: &State, actor: PersonId, incident: IncidentId, context: &Context<'_>) -> Decided {
    let known = readable(state, incident, actor)?;
    let again = known.last_read_by(actor).is_some_and(|at| context.now.duration_since(at) < SAME_READING);
    if again {
        return Ok(Vec::new());
    }
    Ok(vec![Event::IncidentOpened { incident, by: actor, at: context.now }])
}

/// Whoever was told says so: an alert isn't telling, nor is the teller's word. [INC-1]
pub(super) fn told(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    by: PersonId,
    at: Timestamp,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    not_ahead(at, context.now)?;
    if known.told.is_some() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::IncidentTold { incident, dsl: actor, by, at }])
}

pub(super) fn assess(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    serious: bool,
    reason: Personal<Note>,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    if known.assessed.as_ref().is_some_and(|judged| judged.what == (serious, reason.clone())) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::IncidentAssessed { incident, serious, reason, by: actor, at: context.now }])
}

pub(super) fn write_up(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    account: Personal<Note>,
    reference: Label,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    fits(known.accounts.len())?;
    if known.accounts.last().is_some_and(|last| last.what == (account.clone(), reference.clone())) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::IncidentWrittenUp { incident, account, reference, by: actor, at: context.now }])
}

pub(super) fn refer(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    body: Label,
    referral: Referral,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    if !known.bodies.contains(&body) {
        return Err(Refusal::UnknownBody { incident });
    }
    if known.referrals.get(&body).is_some_and(|before| before.what == referral) {
        return Ok(Vec::new());
    }
    let complete = known.bodies.iter().all(|one| *one == body || known.referrals.contains_key(one));
    Ok(vec![Event::ReferralRecorded { incident, body, referral, complete, by: actor, at: context.now }])
}

pub(super) fn parents(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    parents: Parents,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    if let Parents::Told { at } = &parents {
        not_ahead(*at, context.now)?;
    }
    if known.parents.as_ref().is_some_and(|before| before.what == parents) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ParentsRecorded { incident, parents, by: actor, at: context.now }])
}

/// A closed one takes notes, too.
pub(super) fn add(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    note: Personal<Note>,
    context: &Context<'_>,
) -> Decided {
    let known = readable(state, incident, actor)?;
    if known.notes.last().is_some_and(|last| last.what == note && last.by == actor) {
        return Ok(Vec::new());
    }
    fits(known.notes.len())?;
    Ok(vec![Event::IncidentAddedTo { incident, note, by: actor, at: context.now }])
}

pub(super) fn debrief(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    lessons: Personal<Note>,
    changes: Personal<Note>,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    let same = (lessons.clone(), changes.clone());
    if known.debrief.as_ref().is_some_and(|before| before.what == same) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::IncidentDebriefed { incident, lessons, changes, by: actor, at: context.now }])
}

pub(super) fn close(state: &State, actor: PersonId, incident: IncidentId, context: &Context<'_>) -> Decided {
    let known = readable(state, incident, actor)?;
    if known.closed.is_some() {
        return Ok(Vec::new());
    }
    let missing = known.missing();
    if !missing.is_empty() {
        return Err(Refusal::NotReadyToClose { incident, missing });
    }
    Ok(vec![Event::IncidentClosed { incident, by: actor, at: context.now }])
}
