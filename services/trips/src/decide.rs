//! One function for each command.

mod authorising;
mod departing;
mod drafting;
mod returning;

pub use authorising::{MAX_COVER_DAYS, MAX_LIKE_VISITS};
use decider::Context;
use proto::envelope::{Actor, Hash};
use proto::ids::{PersonId, TripId};
use proto::v1::trips::{Command, Event, MAX_NOTES, Refusal, TripForm};
use proto::values::{Note, Personal};

use crate::state::{State, Trip};

type Decision = Result<Vec<Event>, Refusal>;

pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Decision {
    match command {
        Command::SaveDraft { trip, base, form } => drafting::save_draft(state, trip, base, form, context),
        Command::CopyTrip { trip, from, window } => drafting::copy_trip(state, trip, from, window, context),
        Command::SubmitForm { trip, form_hash } => authorising::submit_form(state, trip, form_hash, context),
        Command::AuthoriseForm { trip, form_hash, also_on } => {
            authorising::authorise_form(state, trip, form_hash, &also_on, context)
        }
        Command::SendBack { trip, reason } => authorising::send_back(state, trip, reason, context),
        Command::AmendTrip { trip, base, form, reason } => {
            departing::amend_trip(state, trip, base, form, reason, context)
        }
        Command::Depart { trip, form_hash, counts, stand_ins, duress, toolkit, own_phones_in } => {
            let leaving = departing::Leaving {
                counts: &counts,
                stand_ins: &stand_ins,
                duress,
                toolkit: &toolkit,
                own_phones_in,
            };
            departing::depart(state, trip, form_hash, &leaving, context)
        }
        Command::RecordLeftWithoutClearance { trip, left_at, counts, staff, reason } => {
            departing::record_left_without_clearance(state, trip, left_at, (&counts, &staff), reason, context)
        }
        Command::SettleClearance { trip, decision, reason, decided_by, heard_by } => {
            let settled = crate::state::Settled { decision, by: decided_by, reason, heard_by };
            departing::settle_clearance(state, trip, settled, context)
        }
        Command::RecordReturn { trip, accounted, note } => {
            returning::record_return(state, trip, accounted, note, context)
        }
        Command::CloseTrip { trip } => returning::close_trip(state, trip),
        Command::CancelTrip { trip, reason } => returning::cancel_trip(state, trip, reason),
        Command::ReviewDrill { trip, learnt } => {
            known(state, trip)?;
            crate::drills::review(state, trip, learnt, named_person(context)?, context)
        }
        Command::AddNote { trip, note } => add_note(state, trip, note, context),
    }
}

/// In every phase: what is learned after a trip belongs to it too.
fn add_note(state: &State, trip: TripId, note: Note, context: &Context<'_>) -> Decision {
    let known = known(state, trip)?;
    let by = named_person(context)?;
    if known.notes >= MAX_NOTES {
        return Err(Refusal::TooManyNotes { trip, max: MAX_NOTES });
    }
    Ok(vec![Event::NoteAdded { trip, note: Personal::known(note), by, at: context.now }])
}

fn known(state: &State, trip: TripId) -> Result<&Trip, Refusal> {
    state.trip(trip).ok_or(Refusal::UnknownTrip { trip })
}

fn wrong_phase(trip: &Trip, possible: &str) -> Refusal {
    Refusal::WrongPhase { phase: trip.phase_name().to_string(), possible: possible.to_owned() }
}

/// The named person who acts.
fn named_person(context: &Context<'_>) -> Result<PersonId, Refusal> {
    match context.actor {
        Actor::Person(person) => Ok(*person),
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => Err(Refusal::NamedPersonNeeded {}),
    }
}

/// The senior who acts. [FORM-2]
fn senior(state: &State, context: &Context<'_>) -> Result<PersonId, Refusal> {
    let person = named_person(context)?;
    if state.is_senior(person) { Ok(person) } else { Err(Refusal::NotSenior {}) }
}

/// The form that somebody looked at is the form as it is; else they are told what changed meanwhile. [FORM-4]
fn same_form(id: TripId, trip: &Trip, seen: Option<Hash>, offered: Option<&TripForm>) -> Result<(), Refusal> {
    if seen == Some(trip.form_hash) {
        return Ok(());
    }
    Err(Refusal::StaleForm {
        trip: id,
        expected: Some(trip.form_hash),
        found: seen,
        changed: trip.changed_since(seen, offered),
    })
}
