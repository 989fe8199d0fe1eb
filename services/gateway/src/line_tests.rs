//! Test calls to lines: whoever answers presses 1; anything else is held against the line. Contacts judges. [CONT-1]

use proto::Timestamp;
use proto::ids::{AttemptId, LineId};
use proto::v1::gateway::{DialOutcome, Event, LineTrial, Message};

use crate::attempt::Phase;
use crate::state::State;

/// The events, and after each end of a test call what it tells of the line.
pub(crate) fn with_what_they_tell(state: &State, events: Vec<Event>, now: Timestamp) -> Vec<Event> {
    let told = |event: Event| {
        let tells =
            match &event {
                Event::AttemptFailed { attempt, .. } => line_tested(state, *attempt)
                    .map(|line| tried(line, *attempt, outcome(state, *attempt), now)),
                Event::KeyPressed { attempt, key: '1', .. } => line_tested(state, *attempt)
                    .map(|line| tried(line, *attempt, Some(DialOutcome::Taken), now)),
                Event::KeyPressed { .. }
                | Event::TextReceived { .. }
                | Event::CallReceived { .. }
                | Event::CallCounts { .. }
                | Event::CallSaid { .. }
                | Event::CallTold { .. }
                | Event::CallRouted { .. }
                | Event::CallStepTried { .. }
                | Event::CallBridged { .. }
                | Event::CallExhausted { .. }
                | Event::CallEnded { .. }
                | Event::LineTried { .. }
                | Event::AttemptPlanned { .. }
                | Event::AttemptImpossible { .. }
                | Event::AttemptBegun { .. }
                | Event::AttemptProgressed { .. }
                | Event::AttemptPutOff { .. }
                | Event::AttemptWithdrawn { .. }
                | Event::PositionReceived { .. }
                | Event::WaypointsSent { .. }
                | Event::SetUpShown { .. }
                | Event::OptedOut { .. }
                | Event::OptedIn { .. }
                | Event::AttemptHeldBack { .. }
                | Event::AttemptBundled { .. }
                | Event::ProvidersNoted { .. }
                | Event::ProviderFaulted { .. }
                | Event::ProviderProbed { .. }
                | Event::ProviderDown { .. }
                | Event::ProviderUp { .. }
                | Event::DeviceNoted { .. }
                | Event::LineNoted { .. }
                | Event::ContactsNoted { .. }
                | Event::TripNoted { .. }
                | Event::CaseNoted { .. } => None,
            };
        std::iter::once(event).chain(tells)
    };
    events.into_iter().flat_map(told).collect()
}

/// What a test call tells of its line.
pub(crate) fn tried(line: LineId, attempt: AttemptId, outcome: Option<DialOutcome>, at: Timestamp) -> Event {
    Event::LineTried { line, trial: LineTrial::Test { attempt }, outcome, at }
}

fn line_tested(state: &State, attempt: AttemptId) -> Option<LineId> {
    match state.attempts.get(attempt)?.message {
        Message::LineTest { line } => Some(line),
        Message::Alert { .. }
        | Message::Reminder { .. }
        | Message::Understood { .. }
        | Message::HelpHeard { .. }
        | Message::LostHeard { .. }
        | Message::NotUnderstood {}
        | Message::CountNeeded {}
        | Message::PupilPhone {}
        | Message::NotOut {}
        | Message::WhichGroup {}
        | Message::WhichMeant { .. }
        | Message::Owned { .. }
        | Message::CodeUnknown { .. }
        | Message::NoTrip { .. }
        | Message::Stranger {}
        | Message::DutyTest { .. }
        | Message::DutyConfirmed {}
        | Message::PageLink { .. }
        | Message::LineBack { .. } => None,
    }
}

/// How far the call had come when it failed. One that never reached the carrier tells nothing of the line.
fn outcome(state: &State, attempt: AttemptId) -> Option<DialOutcome> {
    match state.attempts.get(attempt)?.phase {
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
