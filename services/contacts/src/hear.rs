//! What others say: people, devices, trips. What changes nothing that is known is not noted.

mod devices;
mod gateway;
mod people;
mod trips;

use decider::News;
use proto::v1::AnyEvent;
use proto::v1::contacts::Event;

use crate::coverage::Setting;
use crate::follow::with_what_follows;
use crate::state::State;

/// History heard again is noted, and nobody is told of what it would have meant.
pub(crate) fn hear(state: &State, news: &News<'_>, setting: &Setting<'_>) -> Vec<Event> {
    let noted = match news.event {
        AnyEvent::People(event) => people::hear(&state.facts, event),
        AnyEvent::Devices(event) => devices::hear(&state.facts, event),
        AnyEvent::Trips(event) => trips::hear(state, event),
        // What calls told before the listener grew is of no use now.
        AnyEvent::Gateway(event) if !news.history => gateway::hear(state, event),
        AnyEvent::Checkins(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Alerts(_)
        | AnyEvent::Safeguarding(_)
        | AnyEvent::Gateway(_) => vec![],
    };
    if news.history { noted } else { with_what_follows(state, noted, setting) }
}
