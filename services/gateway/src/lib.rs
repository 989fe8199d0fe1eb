//! The only door to the outside: texts and calls out, texts and keys in, positions.
//!
//! A pure decider ([`Gateway`]) with thin effects around it. The decider notes what its texts need of the others (whose
//! hands a phone is in, a case's code), reads texts ([`grammar`]), plans attempts and follows them to their end:
//!
//! ```text
//!   planned ─► begun (journalled before it is sent) ─► accepted ─► sent ─► delivered
//!      ▲         └► unknown ─► looked up before it is sent again      └► ringing ─► answered ─► completed
//!      └── put off (bounded)      failed, expired: told to alerts at once
//! ```
//!
//! Calls in are put through by a decider of their own ([`calls`]).
//!
//! Invariants: nothing is sent that was not journalled; delivery, and an answered call, are not acknowledgement, only a
//! key or a reply is [CHECK-2]; stale callbacks never move an attempt backwards; what base alone may know never goes to
//! a phone of that trip, and a duress word never enters [CHECK-6]; a pupil's phone is never located [CHECK-7].
//!
//! What it does not do: decide who is told and when (alerts), what a word counts for (checkins), by which route somebody is
//! reached (contacts).

pub mod attempt;
pub mod attempts;
pub mod breaker;
pub mod calls;
pub mod channels;
mod decide;
pub mod door;
mod drills;
mod due;
mod duress;
mod evolve;
pub mod grammar;
pub mod gsm;
mod headline;
mod hear;
mod incoming;
pub mod limits;
mod line_tests;
mod mail;
pub mod messages;
mod plan;
pub mod positions;
pub mod providers;
pub mod state;
pub mod twilio;
pub mod twilio_codes;

use decider::{Context, News, Service, Tick};
use proto::Timestamp;
use proto::ids::TripId;
use proto::topics::ServiceName;
use proto::v1::gateway::{Caller, Command, Event, Refusal};

pub use crate::attempt::{Attempt, Phase};
pub use crate::channels::{Channels, ProviderConfig, SmsGateConfig, SmtpConfig};
pub use crate::door::{Commands, Door, DoorShell, GatewayConfig, Instances, Whose};
pub use crate::plan::kind as message_kind;
pub use crate::positions::account::{device_password, encryption_key};
pub use crate::state::State;
pub use crate::twilio::TwilioConfig;

/// The gateway's decider.
#[derive(Debug, Clone, Copy)]
pub struct Gateway;

impl Service for Gateway {
    const NAME: ServiceName = ServiceName::Gateway;
    const HEARS: &'static [ServiceName] = &[
        ServiceName::People,
        ServiceName::Devices,
        ServiceName::Contacts,
        ServiceName::Trips,
        ServiceName::Checkins,
        ServiceName::Alerts,
    ];
    /// 2: it hears all that a route needs of contacts.
    const LISTENER_VERSION: u32 = 2;

    type State = State;
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(state: &State, command: Command, context: &Context<'_>) -> Result<Vec<Event>, Refusal> {
        let decided = decide::decide(state, command, context)?;
        Ok(line_tests::with_what_they_tell(state, decided, context.now))
    }

    fn evolve(state: &mut State, event: &Event) {
        evolve::evolve(state, event);
    }

    fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
        hear::hear(state, news, context)
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.attempts.next_deadline().into_iter().chain(state.calls.next_deadline()).min()
    }

    fn due(state: &State, tick: &Tick<'_>) -> Vec<Event> {
        line_tests::with_what_they_tell(state, due::due(state, tick), tick.now)
    }

    fn trip_of(event: &Event) -> Option<TripId> {
        match event {
            Event::TextReceived { from: Caller::Device { trip, .. }, .. }
            | Event::CallReceived { from: Caller::Device { trip, .. }, .. }
            | Event::CallSaid { from: Caller::Device { trip, .. }, .. }
            | Event::CallRouted { trip, .. }
            | Event::CallExhausted { trip, .. }
            | Event::CallRungBack { trip, .. } => *trip,
            Event::DeviceNoted { trip, .. } | Event::CaseNoted { trip, .. } => *trip,
            Event::PositionReceived { trip, .. }
            | Event::WaypointsSent { trip, .. }
            | Event::TripNoted { trip, .. } => Some(*trip),
            Event::AttemptPlanned { message, .. } | Event::CallTold { message, .. } => message.trip(),
            Event::ContactsNoted { event, .. } => contacts::Contacts::trip_of(event),
            Event::TextReceived { from: Caller::Stranger { .. }, .. }
            | Event::CallReceived { from: Caller::Stranger { .. }, .. }
            | Event::CallSaid { from: Caller::Stranger { .. }, .. }
            | Event::CallCounts { .. }
            | Event::CallStepTried { .. }
            | Event::CallBridged { .. }
            | Event::CallEnded { .. }
            | Event::LineTried { .. }
            | Event::KeyPressed { .. }
            | Event::AttemptImpossible { .. }
            | Event::AttemptBegun { .. }
            | Event::AttemptProgressed { .. }
            | Event::AttemptPutOff { .. }
            | Event::AttemptHeldBack { .. }
            | Event::AttemptBundled { .. }
            | Event::ProvidersNoted { .. }
            | Event::ProviderFaulted { .. }
            | Event::ProviderProbed { .. }
            | Event::AttemptWithdrawn { .. }
            | Event::AttemptFailed { .. }
            | Event::SetUpShown { .. }
            | Event::OptedOut { .. }
            | Event::OptedIn { .. }
            | Event::ProviderDown { .. }
            | Event::ProviderUp { .. }
            | Event::LineNoted { .. } => None,
        }
    }

    fn ends_trip(event: &Event) -> bool {
        matches!(event, Event::TripNoted { ended: true, .. })
    }

    fn open_to_bus(command: &Command) -> bool {
        match command {
            Command::SendPageLink { .. }
            | Command::SendPageWord { .. }
            | Command::SendTestText { .. }
            | Command::ShowSetUp { .. }
            | Command::RecordRungBack { .. } => true,
            Command::TakeText { .. }
            | Command::TakeKey { .. }
            | Command::TakeCall { .. }
            | Command::TakeCallKeys { .. }
            | Command::AcceptCall { .. }
            | Command::RecordDial { .. }
            | Command::EndCall { .. }
            | Command::RecordProgress { .. }
            | Command::BeginAttempt { .. }
            | Command::TakePosition { .. }
            | Command::RecordWaypointsSent { .. }
            | Command::SetUp { .. }
            | Command::BeginProbe { .. }
            | Command::RecordContact { .. } => false,
        }
    }
}
