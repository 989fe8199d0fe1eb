//! Devices that were taken away: to the police unsearched, searched by leave, or given back. [INC-3, INC-5]

use decider::Context;
use proto::ids::{IncidentId, PersonId};
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, Event, Refusal, Seized};
use proto::values::{Label, Name, Personal};

use super::Decided;
use super::incident::{fits, open_one};
use crate::incident::{Incident, Item, Stands};
use crate::state::State;

pub(super) fn seize(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    seized: Seized,
    evidence: bool,
    storage: Label,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, incident, actor)?;
    fits(known.seized.len())?;
    let held = |item: &Item| item.seized == seized && item.stands == Stands::Held;
    if known.seized.iter().any(held) {
        return Ok(Vec::new());
    }
    let number = u16::try_from(known.seized.len() + 1).unwrap_or(u16::MAX);
    Ok(vec![Event::DeviceSeized { incident, number, seized, evidence, storage, by: actor, at: context.now }])
}

/// The police have it as it was taken: what was searched before is on record, and they are told so. [INC-3]
pub(super) fn to_police(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    number: u16,
    reference: Label,
    officer: Personal<Name>,
    context: &Context<'_>,
) -> Decided {
    let device = held(open_one(state, incident, actor)?, incident, number)?.of_school();
    let (by, at) = (actor, context.now);
    Ok(vec![Event::SeizedToPolice { incident, number, device, reference, officer, by, at }])
}

pub(super) fn give_back(
    state: &State,
    actor: PersonId,
    incident: IncidentId,
    number: u16,
    to: Personal<Name>,
    context: &Context<'_>,
) -> Decided {
    let device = no_evidence(open_one(state, incident, actor)?, incident, number)?.of_school();
    Ok(vec![Event::SeizedGivenBack { incident, number, device, to, by: actor, at: context.now }])
}

/// By the headteacher, or whom the headteacher authorised; seen by somebody else; the DSL told. [INC-5]
pub(super) fn search(state: &State, actor: PersonId, command: Command, context: &Context<'_>) -> Decided {
    let Command::RecordSearch { incident, number, by, authorised_by, consent, witness, told_dsl, reason } =
        command
    else {
        return Ok(Vec::new());
    };
    let item = no_evidence(open_one(state, incident, actor)?, incident, number)?;
    fits(item.searches.len())?;
    if !state.has_role(authorised_by, Role::Head) {
        return Err(Refusal::SearchNotAuthorised { by: authorised_by });
    }
    if !state.has_role(told_dsl, Role::Dsl) {
        return Err(Refusal::NotTheDsl { person: told_dsl });
    }
    if witness == by {
        return Err(Refusal::WitnessIsTheSame { person: witness });
    }
    Ok(vec![Event::SearchRecorded {
        incident,
        number,
        searched_by: by,
        authorised_by,
        consent,
        witness,
        told_dsl,
        reason,
        by: actor,
        at: context.now,
    }])
}

/// Only with the headteacher's permission, and seen by somebody else; nothing that may be evidence. [INC-5, MEDIA-2]
pub(super) fn dispose(state: &State, actor: PersonId, command: Command, context: &Context<'_>) -> Decided {
    let Command::RecordDisposal { incident, number, by, permitted_by, witness, reason } = command else {
        return Ok(Vec::new());
    };
    let item = no_evidence(open_one(state, incident, actor)?, incident, number)?;
    fits(item.disposals.len())?;
    if !state.has_role(permitted_by, Role::Head) {
        return Err(Refusal::NoPermission { by: permitted_by });
    }
    if witness == by {
        return Err(Refusal::WitnessIsTheSame { person: witness });
    }
    Ok(vec![Event::DisposalRecorded {
        incident,
        number,
        done_by: by,
        permitted_by,
        witness,
        reason,
        by: actor,
        at: context.now,
    }])
}

/// A device that is still here.
fn held(known: &Incident, incident: IncidentId, number: u16) -> Result<&Item, Refusal> {
    let item = known.seized.iter().find(|item| item.number == number);
    let item = item.ok_or(Refusal::UnknownSeized { incident, number })?;
    match item.stands {
        Stands::Held => Ok(item),
        Stands::WithPolice { .. } | Stands::GivenBack { .. } => {
            Err(Refusal::SeizedIsGone { incident, number })
        }
    }
}

/// A device that is still here and holds no evidence. [INC-3]
fn no_evidence(known: &Incident, incident: IncidentId, number: u16) -> Result<&Item, Refusal> {
    let item = held(known, incident, number)?;
    if item.evidence { Err(Refusal::HoldsEvidence { incident, number }) } else { Ok(item) }
}
