//! What is due, what came, what was missed: the watch over each trip from departure to the last device back.
//!
//! ```text
//!              devices: issued          trips: Departed,            trips: Returned
//!                                       LeftWithoutClearance
//!   (unknown) ────────────────► Ahead ──────────────────────► Out ──────────────────► Returned
//!       │                         │                            │ next due, always          │ only the devices
//!       └──── Departed ───────────┼───────────────────────────►│                           │ are due
//!                                 └── TripCancelled ──► ended ◄┴────── TripClosed ─────────┘
//!
//!   each group of a party that is out:
//!     due ──reminder──► due ──word──► next due            (CheckedIn)
//!                        └──grace over──► missed, next due (CheckInMissed) ──word──► HeardAgain
//! ```
//!
//! Pupils who travel directly to a provider are watched apart from the party, from the authorised form on: see [`arrivals`].
//!
//! When something is due says [`course`]; what a word satisfies says [`progress`]; which texts are words says [`texts`].
//!
//! Invariants:
//! - A party that is out has something due for each group, at a known time, always. [CHECK-1]
//! - Each due time is either satisfied or reported missed, once. [CHECK-2]
//! - A position never checks in. [CHECK-4]
//! - The number expected of a group follows from releases, moves, splits, joins and an amended form alone. [CHECK-5]
//! - A call for help is never refused for a party that is out. [CHECK-6]
//! - An arrival that is expected is confirmed, or reported missed, once. [FORM-6]
//! - Older news never moves a group's last word, or a device's last fix, back.
//!
//! What it does not do: it raises no alert and sends nothing (alerts and the gateway hear it), keeps no names or numbers, and
//! judges no absence while it can't know (the shell says when there was an outage).

mod area;
mod arrivals;
mod course;
mod decide;
mod due;
mod evolve;
mod groups;
mod hear;
mod party;
mod planned;
mod positions;
mod progress;
mod sorted;
mod state;
mod status;
mod texts;
mod track;
mod unusual;
mod view;
mod word;

use decider::{Context, News, Retained, Service, Summary, Tick};
use jiff::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::checkins::{Command, Event, Refusal};

pub use area::{DWELL_ALONE_SECS, DWELL_FIXES, DWELL_SECS, Side, side_of, signed_distance_m};
pub use arrivals::{Arrival, Said, Stands};
pub use course::{Course, EARLY_AT_LEAST_SECS, OVERDUE_EVERY_SECS};
pub use decide::CLOCK_AHEAD_SECS;
pub use due::MAX_TOLD;
pub use planned::planned;
pub use progress::Progress;
pub use sorted::Sorted;
pub use state::{Carried, Carrier, Group, LastWord, LostChild, Out, PartyNow, Returned, State, Watch};
pub use track::{
    BATTERY_CHARGED_PERCENT, BATTERY_LOW_PERCENT, COARSE_FROM_M, FIX_AHEAD_SECS, LATE_FIX_SECS,
    MAX_SPEED_M_S, Track,
};
pub use view::GroupView;

/// The service.
#[derive(Clone, Copy, Debug)]
pub struct Checkins;

impl Service for Checkins {
    const NAME: ServiceName = ServiceName::Checkins;
    /// People for the policy alone, which the engine notes.
    const HEARS: &'static [ServiceName] =
        &[ServiceName::People, ServiceName::Trips, ServiceName::Devices, ServiceName::Gateway];
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
        Some(trip_of(event))
    }

    fn ends_trip(event: &Event) -> bool {
        matches!(event, Event::WatchEnded { .. })
    }

    fn changes(event: &Event) -> Option<Summary> {
        status::changes(event).map(Summary::Trip)
    }

    fn summary(state: &State, of: Summary) -> Option<Retained> {
        match of {
            Summary::Trip(trip) => status::summary(state, trip),
            Summary::Alarm => None,
        }
    }
}

/// Every event here is about a trip.
fn trip_of(event: &Event) -> TripId {
    match event {
        Event::WatchStarted { trip, .. }
        | Event::WatchChanged { trip, .. }
        | Event::Reminded { trip, .. }
        | Event::CheckedIn { trip, .. }
        | Event::HeadcountDiffered { trip, .. }
        | Event::HeadcountAgreed { trip, .. }
        | Event::WordUnusual { trip, .. }
        | Event::WordNotTaken { trip, .. }
        | Event::CheckInMissed { trip, .. }
        | Event::OutageTold { trip, .. }
        | Event::OutageNoted { trip, .. }
        | Event::HeardAgain { trip, .. }
        | Event::ReleaseRecorded { trip, .. }
        | Event::PupilsMoved { trip, .. }
        | Event::GroupSplit { trip, .. }
        | Event::GroupsJoined { trip, .. }
        | Event::HelpCalled { trip, .. }
        | Event::DuressSignalled { trip, .. }
        | Event::ChildLost { trip, .. }
        | Event::PoliceDue { trip, .. }
        | Event::ChildFound { trip, .. }
        | Event::PositionNoted { trip, .. }
        | Event::AreaEntered { trip, .. }
        | Event::AreaLeft { trip, .. }
        | Event::OffArea { trip, .. }
        | Event::OffAreaEnded { trip, .. }
        | Event::BatteryLow { trip, .. }
        | Event::DeviceSilent { trip, .. }
        | Event::AllDevicesSilent { trip, .. }
        | Event::DeviceHeard { trip, .. }
        | Event::DownToDevices { trip, .. }
        | Event::WatchEnded { trip, .. }
        | Event::ArrivalsExpected { trip, .. }
        | Event::ArrivalMissed { trip, .. }
        | Event::ArrivalRecorded { trip, .. }
        | Event::TripDeviceNoted { trip, .. } => *trip,
    }
}
