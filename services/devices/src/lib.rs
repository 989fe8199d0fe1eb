//! Basic phones and work mobiles: the register, whose hands each device is in, whether there are enough.
//!
//! ```text
//!                      ┌──────────── hand over, agree overnight, confirm in hand
//!                      ▼   │
//!   registered ► in store ► issued (to a trip, or for good)
//!                 ▲  │ ▲       │ return ► in store · damaged · in quarantine (recordings kept)
//!        repaired │  │ │       │
//!        cleared  │  │ └ found ┴► lost ─► (SIM barred) ─► found: in quarantine until IT restored the SIM
//!                 │  └► quarantine, damaged        any of them ─► with the police; in store, lost … ─► retired
//!
//!   a trip:  planned ► out ► returning ► (all settled) ► ended
//!                  └► cancelled, if devices are out ─┘
//! ```
//!
//! Invariants, as known to this service:
//! - A device has one holder at most: custody is one value of [`Custody`], and every change of it is an event. [DEV-8]
//! - Nothing is issued but what is in store, protected by a passcode, and to somebody who may hold it and is on that
//!   trip's form. A tray goes out whole or not at all, and every fault of it is named. [DEV-1, DEV-2, DEV-3, DEV-7]
//! - Closing a trip takes two steps: on hearing `Returned` nothing more is issued to it (`IssuingStopped`); when its last
//!   device is in or settled, `TripDevicesSettled` follows in the same batch. [DEV-9]
//! - What safeguarding keeps for an incident, or has recordings on it, is not cleared for use. [INC-3, MEDIA-2]
//! - A registered trip that can't be supplied is flagged at once, day by day and kind by kind. [DEV-6]
//!
//! What it does not do: it doesn't decide whether a party may leave or a trip may close (trips), doesn't alert anyone
//! (alerts hears `ReturnOverdue` and `SupplyShort`), doesn't know names, and doesn't send anything.

mod deadlines;
mod decide;
mod device;
mod due;
mod hear;
mod query;
mod settle;
mod state;
mod supply;
mod trip;

use decider::{Context, News, Service, Tick};
pub use device::{Custody, Device, Issued, MAX_HISTORY, Step};
use proto::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::devices::{Command, Event, Refusal, TripPhase};
pub use query::{number_holder, out_of_trip, overdue};
pub use state::State;
pub use supply::{DaySupply, FORECAST_DAYS, supply};
pub use trip::{Link, Trip};

/// The devices service.
#[derive(Debug, Clone, Copy)]
pub struct Devices;

impl Service for Devices {
    const NAME: ServiceName = ServiceName::Devices;
    const HEARS: &'static [ServiceName] =
        &[ServiceName::People, ServiceName::Trips, ServiceName::Safeguarding];
    const LISTENER_VERSION: u32 = 1;

    type State = State;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        let mut events = decide::decide(state, command, context)?;
        settle::append(state, &mut events);
        supply::append_flags(state, &mut events, context);
        Ok(events)
    }

    fn evolve(state: &mut State, event: &Event) {
        state.evolve(event);
    }

    fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
        let mut events = hear::hear(state, news, context);
        settle::append(state, &mut events);
        if !news.history {
            supply::append_flags(state, &mut events, context);
        }
        events
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.deadlines.next()
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        due::due(state, tick)
    }

    fn trip_of(event: &Event) -> Option<TripId> {
        match event {
            Event::DeviceReserved { trip, .. }
            | Event::ReservationReleased { trip, .. }
            | Event::InHandConfirmed { trip, .. }
            | Event::OvernightAgreed { trip, .. }
            | Event::IssuingStopped { trip, .. }
            | Event::TripDevicesSettled { trip, .. }
            | Event::TripNoted { trip, .. } => Some(*trip),
            Event::DeviceIssued { trip, .. }
            | Event::DeviceHandedOver { trip, .. }
            | Event::DeviceReturned { trip, .. }
            | Event::RecordingsCleared { trip, .. }
            | Event::DeviceLost { trip, .. }
            | Event::DeviceWithPolice { trip, .. }
            | Event::ReturnOverdue { trip, .. } => *trip,
            Event::DeviceRegistered { .. }
            | Event::PasscodeConfirmed { .. }
            | Event::ChargeNoted { .. }
            | Event::SimBarred { .. }
            | Event::RecordingsOffNoted { .. }
            | Event::HoldNoted { .. }
            | Event::DeviceFound { .. }
            | Event::DeviceQuarantined { .. }
            | Event::QuarantineEnded { .. }
            | Event::DeviceRepaired { .. }
            | Event::DeviceRetired { .. }
            | Event::SupplyShort { .. }
            | Event::SupplyMet { .. }
            | Event::PersonNoted { .. } => None,
        }
    }

    fn ends_trip(event: &Event) -> bool {
        matches!(event, Event::TripNoted { needs, .. } if needs.phase == TripPhase::Ended)
    }
}
