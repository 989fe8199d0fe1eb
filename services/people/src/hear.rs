//! An OK texted by whoever is on call answers the evening's test. [FORM-8]

use decider::News;
use proto::Timestamp;
use proto::ids::{InboundId, PersonId};
use proto::v1::AnyEvent;
use proto::v1::checkins::Word;
use proto::v1::gateway::{self, Caller, Meaning};
use proto::v1::people::Event;

use crate::state::{State, Test};

pub(crate) fn hear(state: &State, news: &News<'_>) -> Vec<Event> {
    match news.event {
        AnyEvent::Gateway(event) => hear_gateway(state, event),
        AnyEvent::People(_)
        | AnyEvent::Devices(_)
        | AnyEvent::Trips(_)
        | AnyEvent::Checkins(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Alerts(_)
        | AnyEvent::Safeguarding(_) => vec![],
    }
}

fn hear_gateway(state: &State, event: &gateway::Event) -> Vec<Event> {
    use gateway::Event as Gateway;
    match event {
        Gateway::TextReceived { inbound, from, meaning, received_at, .. } => {
            match (on_call(from), is_ok(meaning)) {
                (Some(person), true) => answers(state, person, *inbound, *received_at),
                (Some(_) | None, true | false) => vec![],
            }
        }
        Gateway::KeyPressed { .. }
        | Gateway::CallReceived { .. }
        | Gateway::CallCounts { .. }
        | Gateway::CallTold { .. }
        | Gateway::CallRouted { .. }
        | Gateway::CallStepTried { .. }
        | Gateway::CallBridged { .. }
        | Gateway::CallExhausted { .. }
        | Gateway::CallEnded { .. }
        | Gateway::CallRungBack { .. }
        | Gateway::LineTried { .. }
        | Gateway::ContactsNoted { .. }
        | Gateway::CallSaid { .. }
        | Gateway::AttemptPlanned { .. }
        | Gateway::AttemptImpossible { .. }
        | Gateway::AttemptBegun { .. }
        | Gateway::AttemptProgressed { .. }
        | Gateway::AttemptFailed { .. }
        | Gateway::AttemptPutOff { .. }
        | Gateway::AttemptHeldBack { .. }
        | Gateway::AttemptBundled { .. }
        | Gateway::ProvidersNoted { .. }
        | Gateway::ProviderFaulted { .. }
        | Gateway::ProviderProbed { .. }
        | Gateway::AttemptWithdrawn { .. }
        | Gateway::PositionReceived { .. }
        | Gateway::WaypointsSent { .. }
        | Gateway::SetUpShown { .. }
        | Gateway::OptedOut { .. }
        | Gateway::OptedIn { .. }
        | Gateway::ProviderDown { .. }
        | Gateway::ProviderUp { .. }
        | Gateway::DeviceNoted { .. }
        | Gateway::LineNoted { .. }
        | Gateway::TripNoted { .. }
        | Gateway::CaseNoted { .. } => vec![],
    }
}

/// Whoever holds the phone the text came from, unless it is out with a trip: then its OK is a check-in.
fn on_call(from: &Caller) -> Option<PersonId> {
    match from {
        Caller::Device { person, trip: None, device: _, pupil: _ } => *person,
        Caller::Device { trip: Some(_), .. } | Caller::Stranger { .. } => None,
    }
}

fn is_ok(meaning: &Meaning) -> bool {
    match meaning {
        // No count was asked for: one that can't be does no harm.
        Meaning::Says { word: Word::Ok, .. } | Meaning::Miscounted { word: Word::Ok } => true,
        Meaning::Says {
            word:
                Word::Late { .. } | Word::Boarded | Word::Arrived | Word::HandedOver | Word::Leaving | Word::Back,
            ..
        }
        | Meaning::Miscounted {
            word:
                Word::Late { .. } | Word::Boarded | Word::Arrived | Word::HandedOver | Word::Leaving | Word::Back,
        }
        | Meaning::Help {}
        | Meaning::Lost {}
        | Meaning::Owns { .. }
        | Meaning::Either { .. }
        | Meaning::OptOut {}
        | Meaning::OptIn {}
        | Meaning::Unclear {} => false,
    }
}

/// One OK answers every test of that evening which the person was asked, the late ones too while the night lasts.
fn answers(state: &State, person: PersonId, inbound: InboundId, at: Timestamp) -> Vec<Event> {
    let nights = state.asked_of(person).flat_map(|(id, duty)| duty.nights.iter().map(move |n| (id, n)));
    nights
        .filter(|(_, night)| match night.test {
            Test::Asked { .. } | Test::Unanswered => night.test_at <= at && at < night.hours.to,
            Test::Planned { .. } | Test::Confirmed { .. } => false,
        })
        .map(|(duty, night)| Event::DutyConfirmed { duty, at, inbound: Some(inbound), night: night.hours })
        .collect()
}
