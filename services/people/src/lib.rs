//! Who works here: the register, roles, the right to hold a device, the user agreement, the duty rota.
//!
//! ```text
//!   person:  (unknown) ──AddPerson──► here ──RemovePerson──► left ──AddPerson──► here (nothing is carried over)
//!
//!   night of a duty:
//!     planned ──18:00 (or at once)──► asked ──OK by text, or a command──► confirmed
//!                                       └──answer_by──► unanswered ──OK or a command, while the night lasts──► confirmed
//! ```
//!
//! - A duty that covers any of a night (20:00 to 06:00 on the school's clocks) has a test for each such evening, at
//!   18:00, or at once where the duty was planned later. The answer is expected by 20:00, so that there is still
//!   somebody about to be found instead; a test that comes later leaves half an hour. [FORM-8]
//! - An answer is an OK texted from a phone in the hands of the person on call, or a command. A text from a phone that
//!   is out with a trip is that trip's check-in, never an answer. A late answer still counts while the night lasts.
//! - The policy is the head's: a change names the head who made it, or agreed to it. Each change is an event, which every other
//!   service notes in its own journal. It is reviewed once a year, and reminded until it is. [REV-1]
//! - Somebody can always set Homeward up: the last administrator can't be lost.
//! - Persons act by their roles; accounts of the bus act as far as the broker lets them; phones change nothing here.
//!
//! What it does not do: it keeps no passwords, no numbers of people, and sends nothing. Whether an authorisation has
//! run out is judged by whoever issues a device, at that moment: no event tells it.

mod authority;
mod decide;
mod due;
mod hear;
mod nights;
mod policy;
mod state;

use decider::{Context, News, Service, Tick};
pub use policy::{PolicyChange, PolicyRecord, Review, Reviewed};
use proto::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::people::{Command, Event, Refusal};
use proto::v1::policy::Settings;
pub use state::{Authorisation, Duty, Member, Night, Person, State, Test};

/// The service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct People;

impl Service for People {
    const NAME: ServiceName = ServiceName::People;
    const HEARS: &'static [ServiceName] = &[ServiceName::Gateway];
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

    fn hear(state: &State, news: &News<'_>, _: &Context<'_>) -> Vec<Event> {
        hear::hear(state, news)
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.next_due()
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        due::due(state, tick)
    }

    fn trip_of(_: &Event) -> Option<TripId> {
        None
    }

    fn policy_of(event: &Event) -> Option<&Settings> {
        policy::settings_of(event)
    }

    fn ends_trip(_: &Event) -> bool {
        false
    }
}
