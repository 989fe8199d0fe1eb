//! What the gateway hears of the other services: it notes what its texts need, and plans what is to be said.
//!
//! News heard again because the listener grew is noted, and nothing is sent.

mod alerts;
mod checkins;
mod contacts;
mod devices;
mod people;
mod trips;

use decider::{Context, News};
use proto::v1::AnyEvent;
use proto::v1::gateway::Event;

use crate::state::State;

/// Turns news into events of its own.
pub(crate) fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    let mut events = match news.event {
        AnyEvent::People(event) => people::hear(state, event, news, context),
        AnyEvent::Devices(event) => devices::hear(state, event, context),
        AnyEvent::Trips(event) => trips::hear(state, event),
        AnyEvent::Checkins(event) => checkins::hear(state, event, news, context),
        AnyEvent::Contacts(event) => contacts::hear(state, event, news, context),
        AnyEvent::Alerts(event) => alerts::hear(state, event, context),
        AnyEvent::Safeguarding(_) | AnyEvent::Gateway(_) => Vec::new(),
    };
    if news.history {
        events.retain(|event| {
            !matches!(
                event,
                Event::AttemptPlanned { .. }
                    | Event::AttemptImpossible { .. }
                    | Event::CallTold { .. }
                    | Event::LineTried { .. }
            )
        });
    }
    events
}
