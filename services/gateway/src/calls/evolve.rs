//! What events make of a call.

use proto::v1::gateway::{Caller, DialOutcome, Event, Meaning};

use super::{Call, Calls, Dialling, Stage};

/// Takes an event of a call in; others say nothing of one.
pub(crate) fn evolve(calls: &mut Calls, event: &Event) {
    match event {
        Event::CallReceived { call, provider_id: _, from, at } => {
            let has_menu = matches!(from, Caller::Device { person: Some(_), trip: Some(_), .. });
            let stage = if has_menu { Stage::Menu {} } else { Stage::Received {} };
            let (from, turn) = (from.clone(), u16::from(has_menu));
            let call_in = Call { from, received_at: *at, since: *at, turn, words: 0, help: false, stage };
            calls.insert(*call, call_in);
        }
        Event::CallCounts { call, at } => calls.change(*call, |c| {
            (c.since, c.turn) = (*at, c.turn.saturating_add(1));
            c.stage = Stage::Counting {};
        }),
        Event::CallSaid { call, inbound, meaning, received_at, .. } => calls.change(*call, |c| {
            (c.since, c.turn) = (*received_at, c.turn.saturating_add(1));
            c.words = c.words.saturating_add(1);
            match meaning {
                Meaning::Help {} => c.help = true,
                Meaning::Says { .. }
                | Meaning::Lost {}
                | Meaning::Owns { .. }
                | Meaning::Either { .. }
                | Meaning::OptOut {}
                | Meaning::OptIn {}
                | Meaning::Miscounted { .. }
                | Meaning::Unclear {} => c.stage = Stage::Said { word: *inbound },
            }
        }),
        Event::CallTold { call, message, at } => calls.change(*call, |c| {
            c.since = *at;
            c.stage = Stage::Told { message: message.clone() };
        }),
        Event::CallRouted { call, audience, trip, steps, at } => calls.change(*call, |c| {
            c.since = *at;
            let (audience, trip, steps) = (*audience, *trip, steps.clone());
            c.stage = Stage::Ringing(Dialling { audience, trip, steps, step: 0 });
        }),
        Event::CallStepTried { call, step, outcome, at, .. } => calls.change(*call, |c| {
            c.since = *at;
            if let (Stage::Ringing(dialling), false) = (&mut c.stage, *outcome == DialOutcome::Taken) {
                dialling.step = step.saturating_add(1);
            }
        }),
        Event::CallBridged { call, at, .. } => calls.change(*call, |c| {
            c.since = *at;
            if let Stage::Ringing(dialling) = &c.stage {
                c.stage = Stage::Through(dialling.clone());
            }
        }),
        Event::CallExhausted { call, at, .. } => calls.change(*call, |c| {
            c.since = *at;
            if let Stage::Ringing(dialling) = &c.stage {
                c.stage = Stage::Exhausted(dialling.clone());
            }
        }),
        Event::CallEnded { call, at } => calls.change(*call, |c| {
            c.since = *at;
            c.stage = Stage::Ended { taken: matches!(c.stage, Stage::Through(_)) };
        }),
        Event::TextReceived { .. }
        | Event::KeyPressed { .. }
        | Event::LineTried { .. }
        | Event::AttemptPlanned { .. }
        | Event::AttemptImpossible { .. }
        | Event::AttemptBegun { .. }
        | Event::AttemptProgressed { .. }
        | Event::AttemptPutOff { .. }
        | Event::AttemptWithdrawn { .. }
        | Event::AttemptFailed { .. }
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
        | Event::CaseNoted { .. } => {}
    }
}
