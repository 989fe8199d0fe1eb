//! What people ask of safeguarding: one function for each command.

pub(crate) mod arrangement;
mod hold;
mod incident;
mod personal;
mod recording;
mod seized;
mod usage;

use decider::Context;
use jiff::{SignedDuration, Timestamp};
use proto::envelope::Actor;
use proto::ids::PersonId;
use proto::v1::safeguarding::{Command, Event, Refusal};

use crate::state::State;

type Decided = Result<Vec<Event>, Refusal>;

/// A phone's or a browser's clock may be ahead of ours by this.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Decided {
    let actor = named_person(context.actor)?;
    match command {
        Command::LogUse { .. } => usage::log(state, actor, command, context),
        Command::SignOffWeek { week, remarks } => usage::sign_off(state, actor, week, remarks, context),
        Command::ReportIncident { .. } => incident::report(state, actor, command, context),
        Command::OpenIncident { incident } => incident::open(state, actor, incident, context),
        Command::RecordTold { incident, by, at } => incident::told(state, actor, incident, by, at, context),
        Command::AssessIncident { incident, serious, reason } => {
            incident::assess(state, actor, incident, serious, reason, context)
        }
        Command::WriteUp { incident, account, reference } => {
            incident::write_up(state, actor, incident, account, reference, context)
        }
        Command::RecordReferral { incident, body, referral } => {
            incident::refer(state, actor, incident, body, referral, context)
        }
        Command::SeizeDevice { incident, seized, evidence, storage } => {
            seized::seize(state, actor, incident, seized, evidence, storage, context)
        }
        Command::HandSeizedToPolice { incident, number, reference, officer } => {
            seized::to_police(state, actor, incident, number, reference, officer, context)
        }
        Command::GiveSeizedBack { incident, number, to } => {
            seized::give_back(state, actor, incident, number, to, context)
        }
        Command::RecordSearch { .. } => seized::search(state, actor, command, context),
        Command::RecordDisposal { .. } => seized::dispose(state, actor, command, context),
        Command::RecordParents { incident, parents } => {
            incident::parents(state, actor, incident, parents, context)
        }
        Command::AddToIncident { incident, note } => incident::add(state, actor, incident, note, context),
        Command::RecordDebrief { incident, lessons, changes } => {
            incident::debrief(state, actor, incident, lessons, changes, context)
        }
        Command::CloseIncident { incident } => incident::close(state, actor, incident, context),
        Command::HandInPhone { pouch, phone } => personal::hand_in(state, actor, pouch, phone, context),
        Command::GivePhoneBack { pouch } => personal::give_back(state, actor, pouch, context),
        Command::AgreeArrangement { arrangement, terms } => {
            arrangement::agree(state, actor, arrangement, *terms, context)
        }
        Command::RenewArrangement { .. } => arrangement::renew(state, actor, command, context),
        Command::EndArrangement { arrangement, reason } => {
            arrangement::end(state, actor, arrangement, reason, context)
        }
        Command::PutArrangementOnTrip { arrangement, trip, on } => {
            arrangement::put_on_trip(state, actor, arrangement, (trip, on), context)
        }
        Command::HoldRecords { hold, of, reason } => hold::place(state, actor, (hold, of), reason, context),
        Command::LiftHold { hold, reason } => hold::lift(state, actor, hold, reason, context),
        Command::ClearRecordings { recording, clearing } => {
            recording::clear(state, actor, recording, clearing, context)
        }
        Command::ClearOnTour { device, clearing } => {
            recording::clear_on_tour(state, actor, device, clearing, context)
        }
    }
}

fn named_person(actor: &Actor) -> Result<PersonId, Refusal> {
    match actor {
        Actor::Person(person) => Ok(*person),
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => Err(Refusal::NamedPersonNeeded {}),
    }
}

fn not_ahead(at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if at > now.saturating_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX) {
        Err(Refusal::InTheFuture { at })
    } else {
        Ok(())
    }
}
