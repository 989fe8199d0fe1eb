//! Test calls to lines: whoever answers presses 1; anything else is held against the line. Contacts judges. [CONT-1]

use proto::Timestamp;
use proto::ids::{AttemptId, LineId};
use proto::v1::gateway::{AttemptStep, DialOutcome, Event, LineTrial, MessageClass};

use crate::attempt::{Attempt, Phase};
use crate::state::State;

/// The events, and after each end of a test call what it tells of the line.
pub(crate) fn with_what_they_tell(state: &State, events: Vec<Event>, now: Timestamp) -> Vec<Event> {
    let told = |event: Event| {
        let tells = told_by(state, &event, now);
        std::iter::once(event).chain(tells)
    };
    events.into_iter().flat_map(told).collect()
}

fn told_by(state: &State, event: &Event, now: Timestamp) -> Option<Event> {
    let (id, step) = event.attempt()?;
    let attempt = state.attempts.get(id)?;
    let line = line_tested(attempt)?;
    match step {
        AttemptStep::Failed => Some(tried(line, id, outcome(attempt), now)),
        AttemptStep::Key('1') => Some(tried(line, id, Some(DialOutcome::Taken), now)),
        AttemptStep::Key(_)
        | AttemptStep::Planned
        | AttemptStep::Impossible
        | AttemptStep::Begun
        | AttemptStep::Progressed
        | AttemptStep::PutOff
        | AttemptStep::HeldBack
        | AttemptStep::Bundled
        | AttemptStep::Withdrawn => None,
    }
}

/// What a test call tells of its line.
pub(crate) fn tried(line: LineId, attempt: AttemptId, outcome: Option<DialOutcome>, at: Timestamp) -> Event {
    Event::LineTried { line, trial: LineTrial::Test { attempt }, outcome, at }
}

fn line_tested(attempt: &Attempt) -> Option<LineId> {
    match attempt.message.class() {
        MessageClass::LineTest { line } => Some(line),
        MessageClass::Alert { .. }
        | MessageClass::Prompt(_)
        | MessageClass::Word(_)
        | MessageClass::Answer
        | MessageClass::News(_) => None,
    }
}

/// How far the call had come when it failed. One that never reached the carrier tells nothing of the line.
fn outcome(attempt: &Attempt) -> Option<DialOutcome> {
    match attempt.phase {
        Phase::Accepted { .. } => Some(DialOutcome::Failed),
        Phase::Ringing { .. } => Some(DialOutcome::NoAnswer),
        Phase::Answered { .. } => Some(DialOutcome::NotTaken),
        Phase::Planned { .. }
        | Phase::Begun { .. }
        | Phase::Unknown { .. }
        | Phase::Sent {}
        | Phase::Delivered {}
        | Phase::Completed {}
        | Phase::Failed {}
        | Phase::Bundled { .. }
        | Phase::Withdrawn {} => None,
    }
}
