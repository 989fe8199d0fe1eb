//! The trip form from draft to closed.
//!
//! ```text
//!            SaveDraft            SubmitForm          AuthoriseForm          Depart
//!   (none) ────────────► Draft ───────────► Submitted ───────────► Authorised ──────► Out ──RecordReturn──► Returned ──► Closed
//!                          ▲                    │                      │               ▲                        │
//!                          ├──── SaveDraft, SendBack ◄─────────────────┘               │       devices settled, heard of devices
//!                          │     (a change that matters voids the authorisation)       │
//!                          └── RecordLeftWithoutClearance, from any of them (cancelled too) ┘
//!   Draft, Submitted, Authorised ──CancelTrip──► Cancelled          Out ──AmendTrip──► Out, waiting for AuthoriseForm
//! ```
//!
//! Invariants: nobody departs without the number of each one's work mobile (FORM-1), a standing authorisation by a senior
//! who is not on the trip (FORM-2), registered numbers (FORM-3), a covered route (FORM-8) and the phones in hand (DEV-5),
//! as far as heard; whoever leaves all the same is recorded and watched (FORM-9). A trip closes only once its devices are
//! settled and everyone is accounted for (DEV-9).
//!
//! - [`mod@form`]: the form's hash, what changed between two forms, what of it matters to an authorisation.
//! - [`mod@validate`]: what a form must be like to be kept at all, even as a draft.
//! - [`mod@readiness`]: the whole list, green and red, at each gate.
//! - [`mod@party`]: who leaves, with which phones.
//!
//! A whole trip may be a drill: how many a year, and what was learnt, is kept in [`Drills`]. [REV-1]
//!
//! What it does not do: it issues no devices, watches nothing, alerts nobody, knows no names. Roles beyond senior and head
//! are the board's to enforce. It publishes no retained status: checkins does.

mod decide;
mod drills;
mod due;
pub mod form;
mod hear;
pub mod party;
mod query;
pub mod readiness;
mod state;
pub mod validate;

use decider::{Context, News, Service, Tick};
use proto::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::trips::{Command, Event, Refusal};

pub use decide::{MAX_COVER_DAYS, MAX_LIKE_VISITS};
pub use drills::{Drill, Drills};
pub use query::{Changes, PhaseName, devices_due_at};
pub use readiness::{Gate, readiness, readiness_of_form};
pub use state::{
    Authorisation, Clearance, Coverage, EARLIER_FORMS_KEPT, Loss, Outing, Person, Phase, Returned, Settled,
    State, Trip, WorkMobile,
};

/// The service.
#[derive(Debug, Clone, Copy)]
pub struct Trips;

impl Service for Trips {
    const NAME: ServiceName = ServiceName::Trips;
    const HEARS: &'static [ServiceName] =
        &[ServiceName::People, ServiceName::Devices, ServiceName::Contacts, ServiceName::Checkins];
    const LISTENER_VERSION: u32 = 1;

    type State = State;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        decide::decide(state, command, context)
    }

    fn evolve(state: &mut State, event: &Event) {
        state.evolve(event);
    }

    fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
        hear::hear(state, news, context)
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        due::next_due(state)
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        due::due(state, tick)
    }

    fn trip_of(event: &Event) -> Option<TripId> {
        query::trip_of(event)
    }

    fn ends_trip(event: &Event) -> bool {
        query::ends_trip(event)
    }
}
