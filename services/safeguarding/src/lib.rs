//! The usage log and its weekly review; incidents, from the report to the debrief; pupils' own phones, arrangements,
//! recordings.
//!
//! ```text
//!   a week:      lines come in ─► over ─► (reminded: by Friday noon, then weekly) ─► signed off ─► a late line opens it again
//!
//!   an incident: reported ─► told in person, judged, written up, outside bodies told,
//!                            devices taken away (held ─► given back, or with the police), parents told ─► debriefed ─► closed
//!                            each step that has a time and misses it is told once
//!
//!   a pouch:     empty ─► a pupil's phone, off ─► (not fetched by the end of the day: told once) ─► given back: empty
//!   recordings:  came back on a phone, in quarantine ─► (open in the evening: told each evening) ─► off it: cleared
//!   an arrangement: agreed ─► (reminded) ─► past its end: expired; a medical one stays, reminded weekly ─► renewed, or ended
//! ```
//!
//! Invariants, as known to this service:
//! - Each issue, return and change of hands of a phone, each text and call that comes from it through the gateway, and each
//!   trip on which it is located is a line of the log, once. [USE-1]
//! - A week is signed off by a DSL, when it is over; what comes in afterwards is not covered by that. [USE-1]
//! - An incident is read by the DSL, deputies and the headteacher, never by the adult it is about; one about the head goes
//!   to the chair or proprietor. To anybody else it doesn't exist. Each reading is an event. [INC-7]
//! - Until it is judged an incident counts as serious. [INC-2]
//! - What may hold evidence is never searched or given back: it goes to the police. [INC-3]
//! - An incident is closed when nothing is missing: told, written up, judged, evidence gone, parents, debrief. [INC-1 to INC-4]
//! - A pouch holds one phone; a year that may not bring one needs a senior's word. [PERS-1, PERS-4]
//! - An arrangement is agreed by whoever its kind asks for; its expiry never takes a medical device away. [PERS-2, PERS-3, PERS-5]
//! - Recordings are open until it is said which works computer has them; what touches an open incident is not deleted. [MEDIA-2]
//!
//! What it does not do: it tells nobody by itself (alerts hears `IncidentReported`, `StepOverdue` and `ReviewReminded`, and
//! tells their readers alone), knows no names, and takes no phone out of use (devices does). What Homeward itself sends to a
//! phone is no use of it by anybody: the board's messages show that.

pub mod arrangements;
mod calendar;
mod decide;
mod due;
mod hear;
pub mod holds;
mod holidays;
pub mod incident;
pub mod personal;
mod readers;
pub mod recordings;
mod state;
pub mod usage;

use decider::{Context, News, Service, Tick};
use proto::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::safeguarding::{Command, Event, Refusal};

pub use arrangements::{Arrangement, Standing};
pub use holds::{Hold, Holds};
pub use incident::Incident;
pub use personal::Pouch;
pub use recordings::Recording;
pub use state::State;
pub use usage::{UsageLog, Week};

/// The safeguarding service.
#[derive(Debug, Clone, Copy)]
pub struct Safeguarding;

impl Service for Safeguarding {
    const NAME: ServiceName = ServiceName::Safeguarding;
    const HEARS: &'static [ServiceName] =
        &[ServiceName::People, ServiceName::Devices, ServiceName::Trips, ServiceName::Gateway];
    // 2: recordings with which phones came back, and which trips are out.
    const LISTENER_VERSION: u32 = 2;

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
        state.next_due()
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        due::due(state, tick)
    }

    // An incident stands on nobody's timeline, and the log is the DSL's. [INC-7]
    fn trip_of(_: &Event) -> Option<TripId> {
        None
    }

    fn ends_trip(_: &Event) -> bool {
        false
    }
}
