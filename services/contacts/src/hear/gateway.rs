//! What calls told of the lines. [CONT-1]

use proto::v1::contacts::{Event, LineSignal};
use proto::v1::gateway::{self, DialOutcome, LineTrial};

use crate::health::{Signalled, signalled};
use crate::state::State;

pub(super) fn hear(state: &State, event: &gateway::Event) -> Vec<Event> {
    use gateway::Event as Gateway;
    match event {
        Gateway::LineTried { line, trial, outcome, at } => {
            let line = match trial {
                LineTrial::Forward {} => Some(*line),
                // One that was given up meanwhile tells nothing.
                LineTrial::Test { attempt } => state.line_tested_by(*attempt),
            };
            let signal = line.zip(signal(*trial, *outcome));
            signal.map_or_else(Vec::new, |(line, signal)| {
                signalled(&state.facts, Signalled { line, signal, at: *at })
            })
        }
        Gateway::TextReceived { .. }
        | Gateway::KeyPressed { .. }
        | Gateway::CallReceived { .. }
        | Gateway::CallCounts { .. }
        | Gateway::CallSaid { .. }
        | Gateway::CallTold { .. }
        | Gateway::CallRouted { .. }
        | Gateway::CallStepTried { .. }
        | Gateway::CallBridged { .. }
        | Gateway::CallExhausted { .. }
        | Gateway::CallEnded { .. }
        | Gateway::CallRungBack { .. }
        | Gateway::AttemptPlanned { .. }
        | Gateway::AttemptImpossible { .. }
        | Gateway::AttemptBegun { .. }
        | Gateway::AttemptProgressed { .. }
        | Gateway::AttemptPutOff { .. }
        | Gateway::AttemptWithdrawn { .. }
        | Gateway::AttemptFailed { .. }
        | Gateway::PositionReceived { .. }
        | Gateway::WaypointsSent { .. }
        | Gateway::SetUpShown { .. }
        | Gateway::OptedOut { .. }
        | Gateway::OptedIn { .. }
        | Gateway::AttemptHeldBack { .. }
        | Gateway::AttemptBundled { .. }
        | Gateway::ProvidersNoted { .. }
        | Gateway::ProviderFaulted { .. }
        | Gateway::ProviderProbed { .. }
        | Gateway::ProviderDown { .. }
        | Gateway::ProviderUp { .. }
        | Gateway::DeviceNoted { .. }
        | Gateway::LineNoted { .. }
        | Gateway::ContactsNoted { .. }
        | Gateway::TripNoted { .. }
        | Gateway::CaseNoted { .. } => vec![],
    }
}

fn signal(trial: LineTrial, outcome: Option<DialOutcome>) -> Option<LineSignal> {
    Some(match (trial, outcome) {
        (LineTrial::Forward {}, Some(DialOutcome::Taken)) => LineSignal::ForwardTaken,
        (LineTrial::Forward {}, Some(DialOutcome::NoAnswer | DialOutcome::Busy | DialOutcome::NotTaken)) => {
            LineSignal::ForwardNotTaken
        }
        (LineTrial::Forward {}, Some(DialOutcome::Failed)) => LineSignal::ForwardFailed,
        (LineTrial::Forward {}, Some(DialOutcome::CallerGone) | None) => return None,
        (LineTrial::Test { .. }, Some(DialOutcome::Taken)) => LineSignal::TestTaken,
        (LineTrial::Test { .. }, Some(DialOutcome::NoAnswer | DialOutcome::Busy | DialOutcome::NotTaken)) => {
            LineSignal::TestNotTaken
        }
        (LineTrial::Test { .. }, Some(DialOutcome::Failed)) => LineSignal::TestFailed,
        (LineTrial::Test { .. }, Some(DialOutcome::CallerGone) | None) => LineSignal::TestNotMade,
    })
}
