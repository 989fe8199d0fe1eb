//! Raise, escalate, own, resolve.
//!
//! ```text
//!                        a further reason that is graver, or that its owner does not know of
//!                       ┌──────────────────────────────────────────────────────────┐
//!   a reason ──► Climbing ── a named person's click, reply code or key press ──► Owned
//!                  │  ▲ ▲                                                          │
//!   next rung, ────┘  │ └── ownership lapses, or is handed back: on from the office ┘
//!   calls, next round │
//!                     └── Shown (a notice: on the board, nobody is rung)
//!
//!   any of them ──► resolved: all reasons are gone by themselves, or a named person says why
//! ```
//!
//! Invariants:
//! - One open case at most for each trip (and for each topic of the school, see [`CaseTopic`]): it gathers further reasons.
//! - A case of a warning or more that nobody owns always has a next step at a known time. Delivery owns nothing. [CHECK-2]
//! - The same reason alerts once. History that is read again alerts nobody, and touches no case.
//! - Nothing is told of a case that is resolved.
//! - While a duress word stands on a trip's case, nothing of that case goes to the trip's staff, for whatever reason, and
//!   none of them can see, own or resolve it; a code they reply is answered as if it had been taken. [CHECK-6]
//!
//! How a ladder climbs (the waits are in [`ladder::wait`]):
//! - On a rung people are texted at once, and called after half of its wait; lines are called at once. A text that fails is
//!   a call at once; when nobody of a rung is left who can be told, the next rung is due at once.
//! - An emergency tells every rung at once by text and call, and again every three minutes until a person owns it. Who
//!   called for help is only texted: a ringing phone could give them away.
//! - After the last rung the whole ladder begins again, round after round. Only a rung with nobody who can be reached is
//!   skipped, at once; a round that reaches nobody says so, and begins again after a minute.
//! - Every count that differs is told to the office at once, the second one too: where its rung was reached before, those at
//!   base who were told in this round are told again, and the ladder goes on as it was. The very same count of a group within
//!   a minute is taken for the same text twice. [CHECK-5]
//! - A miss after a quiet window, a count that differs, and all that is less than urgent begin at the office. Ownership
//!   that lapsed, or was handed back, goes on from the office: the trip's staff knew, and did not settle it.
//!
//! What it doesn't do: it resolves no numbers and words no messages (gateway); it judges no absence (checkins); it
//! decides nothing about a trip. Opening a case and telling the first rung are two steps: the first is due at once.

mod alarm;
mod case;
mod codes;
mod decide;
mod due;
mod hear;
mod index;
pub mod ladder;
pub mod reasons;
mod state;
mod take;
mod topic;
pub mod view;

pub use alarm::alarm;
pub use case::{Climb, OpenCase, Stage, Told};
use decider::{Context, News, Retained, Service, Summary, Tick};
use jiff::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::alerts::{Command, Event, Refusal};
pub use state::{Ladder, State};
pub use topic::CaseTopic;

/// The decider of alerts.
#[derive(Debug, Clone, Copy)]
pub struct Alerts;

impl Service for Alerts {
    const NAME: ServiceName = ServiceName::Alerts;
    const HEARS: &'static [ServiceName] = &[
        ServiceName::Checkins,
        ServiceName::Trips,
        ServiceName::Devices,
        ServiceName::People,
        ServiceName::Contacts,
        ServiceName::Safeguarding,
        ServiceName::Gateway,
    ];
    const LISTENER_VERSION: u32 = 1;
    // A reply may wait in the gateway. A click may wait with the board, too; but no call for help waits for that.
    const WAITS_FOR: &'static [ServiceName] = &[ServiceName::Gateway];

    // A case is opened, and its first rung told of in a step of its own.
    const STEPS_AT_ONCE: bool = true;

    type State = State;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        decide::decide(state, command, context)
    }

    fn evolve(state: &mut State, event: &Event) {
        state::evolve(state, event);
    }

    fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
        hear::hear(state, news, context)
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.index.due.first().map(|(at, _)| *at)
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        due::due(state, tick)
    }

    fn trip_of(event: &Event) -> Option<TripId> {
        match event {
            Event::CaseOpened { trip, .. }
            | Event::ReasonAdded { trip, .. }
            | Event::ReasonNarrowed { trip, .. }
            | Event::ReasonGone { trip, .. }
            | Event::RungReached { trip, .. }
            | Event::RungCalled { trip, .. }
            | Event::RungToldAgain { trip, .. }
            | Event::RungSkipped { trip, .. }
            | Event::NobodyReached { trip, .. }
            | Event::ChannelChanged { trip, .. }
            | Event::NoticeFailed { trip, .. }
            | Event::CaseOwned { trip, .. }
            | Event::OwnershipLapsed { trip, .. }
            | Event::CaseHandedBack { trip, .. }
            | Event::CaseResolved { trip, .. }
            | Event::NoteAdded { trip, .. }
            | Event::ReplySetAside { trip, .. }
            | Event::ReplyNotEnough { trip, .. } => *trip,
            Event::LadderNoted { trip, .. }
            | Event::BaseNoted { trip, .. }
            | Event::LadderEndedNoted { trip } => Some(*trip),
            Event::CodeNotTaken { .. }
            | Event::PersonNoted { .. }
            | Event::DutyNoted { .. }
            | Event::DutyEndedNoted { .. }
            | Event::ReachNoted { .. }
            | Event::LineNoted { .. }
            | Event::ClosedNoted { .. } => None,
        }
    }

    fn ends_trip(event: &Event) -> bool {
        matches!(event, Event::LadderEndedNoted { .. })
    }

    fn changes(event: &Event) -> Option<Summary> {
        let may_change_it = matches!(
            event,
            Event::CaseOpened { .. }
                | Event::ReasonAdded { .. }
                | Event::ReasonGone { .. }
                | Event::CaseOwned { .. }
                | Event::OwnershipLapsed { .. }
                | Event::CaseHandedBack { .. }
                | Event::CaseResolved { .. }
        );
        may_change_it.then_some(Summary::Alarm)
    }

    fn summary(state: &State, of: Summary) -> Option<Retained> {
        match of {
            Summary::Alarm => Some(Retained::Alarm(alarm::json(state))),
            Summary::Trip(_) => None,
        }
    }

    fn retained_now(state: &State) -> Vec<Retained> {
        vec![Retained::Alarm(alarm::json(state))]
    }
}
