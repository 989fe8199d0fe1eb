//! What people ask of alerts: one function for each command.

use decider::Context;
use proto::envelope::Actor;
use proto::ids::{CaseId, PersonId, TripId};
use proto::v1::alerts::{Command, Event, MAX_NOTES, OwnedVia, Reason, Refusal, Resolution, Severity};
use proto::values::{Note, Personal};

use crate::case::OpenCase;
use crate::reasons::weight;
use crate::state::State;
use crate::{hear, take};

type Decided = Result<Vec<Event>, Refusal>;

pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Decided {
    let person = named_person(state, context.actor)?;
    match command {
        Command::OwnCase { case } => own_case(state, case, person, context),
        Command::HandBackCase { case } => hand_back_case(state, case, person, context),
        Command::ResolveCase { case, reason } => resolve_case(state, case, person, reason, context),
        Command::RaiseAlert { case, trip, severity, note } => {
            raise_alert(state, case, trip, severity, note, context)
        }
        Command::AddNote { case, note } => add_note(state, case, person, note, context),
    }
}

fn own_case(state: &State, case: CaseId, by: PersonId, context: &Context<'_>) -> Decided {
    let open = open_case(state, case, by)?;
    Ok(take::own(open, by, OwnedVia::Click, None, context).into_iter().collect())
}

fn hand_back_case(state: &State, case: CaseId, by: PersonId, context: &Context<'_>) -> Decided {
    let open = open_case(state, case, by)?;
    match open.owner() {
        None => Err(Refusal::NotOwned { case }),
        Some(owner) if owner != by => Err(Refusal::NotOwner { case, owner }),
        Some(_) => Ok(vec![Event::CaseHandedBack { case, trip: open.trip, by, at: context.now }]),
    }
}

fn resolve_case(
    state: &State,
    case: CaseId,
    person: PersonId,
    reason: Note,
    context: &Context<'_>,
) -> Decided {
    // Two people press the button: the second finds it done.
    if state.resolved_at(case).is_some() {
        return Ok(Vec::new());
    }
    let open = open_case(state, case, person)?;
    let how = Resolution::ByPerson { person, reason: Personal::known(reason) };
    Ok(vec![Event::CaseResolved { case, trip: open.trip, how, at: context.now }])
}

/// An alert of a trip that has an open case is a further reason of that case.
fn raise_alert(
    state: &State,
    case: CaseId,
    trip: Option<TripId>,
    severity: Severity,
    note: Note,
    context: &Context<'_>,
) -> Decided {
    let reason = Reason::Raised { severity, note: Personal::known(note) };
    if let Some(open) = state.case(case) {
        let same = open.trip == trip && open.has(&reason);
        return if same { Ok(Vec::new()) } else { Err(Refusal::CaseExists { case }) };
    }
    if let Some(at) = state.resolved_at(case) {
        return Err(Refusal::AlreadyResolved { case, at });
    }
    let start = weight(&reason).start;
    Ok(hear::raise(state, trip, reason, start, case, context).into_iter().collect())
}

fn add_note(state: &State, case: CaseId, by: PersonId, note: Note, context: &Context<'_>) -> Decided {
    let open = open_case(state, case, by)?;
    let note = Personal::known(note);
    if open.notes.last() == Some(&(by, note.clone())) {
        return Ok(Vec::new());
    }
    if open.notes.len() >= MAX_NOTES {
        return Err(Refusal::TooManyNotes { case, max: MAX_NOTES });
    }
    Ok(vec![Event::NoteAdded { case, trip: open.trip, note, by, at: context.now }])
}

/// A case as that person may know it: to the staff of a trip under duress it doesn't exist. [CHECK-6]
fn open_case(state: &State, case: CaseId, person: PersonId) -> Result<&OpenCase, Refusal> {
    if let Some(at) = state.resolved_at(case) {
        return Err(Refusal::AlreadyResolved { case, at });
    }
    let open = state.case(case).filter(|open| !take::is_kept_from(state, open, person));
    open.ok_or(Refusal::UnknownCase { case })
}

fn named_person(state: &State, actor: &Actor) -> Result<PersonId, Refusal> {
    let person = match actor {
        Actor::Person(person) => *person,
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => return Err(Refusal::NamedPersonNeeded {}),
    };
    let gone = state.people.get(&person).is_some_and(|p| p.here == Some(false));
    if gone { Err(Refusal::PersonGone { person }) } else { Ok(person) }
}
