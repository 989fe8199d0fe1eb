//! Lines, opening hours, line health, who holds base, routes, and whether the emergency route covers a trip.
//!
//! ```text
//!   line:  (unknown) ──AddLine──► up, doubtful, down, back: see [`health`] ──RemoveLine──► removed
//!
//!   base of a trip:
//!     not yet ──departure──► held by form ──HoldBase, HandOverBase──► held by name ──HandOverBase──► held by name
//!        │                        └──────────── the school closes early, the holder leaves ─────────┘
//!        └──departure, contact unfit──► unheld ◄───────────────────────┘
//!                                         └──HoldBase──► held by name
//!
//!   coverage: assessed when a form is first heard, and again whenever the answer changes, until the trip ends
//! ```
//!
//! - [`route`] answers who reaches whom by which lines; [`gaps`] whether a trip's emergency route covers all its time.
//!   Both are pure functions of what was heard, and say nothing about what was not.
//! - [`card`] answers which numbers a printed card shows, and why: a work mobile's only to those who may have it. [CONT-5]
//! - Base is held by a named person who works here and is not on the trip. An early closing ends what the form said, and
//!   what was taken before the closing was known: it asks for somebody's word. [CONT-1, CONT-6]
//! - There is no number of a person here: only lines and work mobiles. [CONT-4]
//!
//! What it does not do: it rings nobody and alerts nobody. It says when a line is to be tested; the gateway rings it, and
//! tells what came of that and of the calls it put through.

mod authority;
mod cards;
mod coverage;
mod decide;
mod due;
mod facts;
mod follow;
pub mod health;
mod hear;
mod route;
mod spans;
mod state;
mod trip;

pub use cards::{Card, CardNumber, NumberOf, Printed, card};
pub use coverage::{Covered, Setting, covered, gaps};
use decider::{Context, News, Service, Tick};
pub use facts::{Closing, Duty, Facts, Health, Line, Mobile, Person};
use proto::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::contacts::{Command, Event, Refusal, TripPhase};
pub use route::{Route, RouteStep, RouteTarget, route};
pub use state::State;
pub use trip::{Base, Coverage, Plan, RouteNow, Trip};

/// The service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contacts;

impl Service for Contacts {
    const NAME: ServiceName = ServiceName::Contacts;
    const HEARS: &'static [ServiceName] =
        &[ServiceName::People, ServiceName::Devices, ServiceName::Trips, ServiceName::Gateway];
    const LISTENER_VERSION: u32 = 1;

    type State = State;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        let first = decide::decide(state, command, context)?;
        Ok(follow::with_what_follows(state, first, &setting(context)))
    }

    fn evolve(state: &mut State, event: &Event) {
        state.evolve(event);
    }

    fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
        hear::hear(state, news, &setting(context))
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.next_due()
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        due::due(state, tick)
    }

    fn trip_of(event: &Event) -> Option<TripId> {
        match event {
            Event::BaseHeld { trip, .. }
            | Event::BaseUnheld { trip, .. }
            | Event::CoverageAssessed { trip, .. }
            | Event::RouteChecked { trip, .. }
            | Event::TripNoted { trip, .. }
            | Event::TripPhaseNoted { trip, .. } => Some(*trip),
            Event::LineAdded { .. }
            | Event::LineChanged { .. }
            | Event::LineRemoved { .. }
            | Event::LineHealthChanged { .. }
            | Event::LineSignalled { .. }
            | Event::LineTestCalled { .. }
            | Event::LineTestScheduled { .. }
            | Event::ClosedEarly { .. }
            | Event::DutyNoted { .. }
            | Event::DutyEndedNoted { .. }
            | Event::PersonNoted { .. }
            | Event::WorkMobileNoted { .. } => None,
        }
    }

    fn ends_trip(event: &Event) -> bool {
        matches!(event, Event::TripPhaseNoted { phase: TripPhase::Ended, .. })
    }
}

fn setting<'a>(context: &Context<'a>) -> Setting<'a> {
    Setting { now: context.now, zone: context.zone, policy: context.policy }
}
