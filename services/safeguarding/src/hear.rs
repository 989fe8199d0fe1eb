//! News of others: who works here; every use of a phone, as a line of the log [USE-1]; recordings with which one came back
//! [MEDIA-1]; which trips are out.

mod trips;

use decider::{Context, News};
use jiff::Timestamp;
use proto::ids::{DeviceId, RecordingId, TripId, UseId};
use proto::v1::alerts::Recipient;
use proto::v1::devices::{Clearing, Holder, Recordings};
use proto::v1::gateway::{Caller, Reach};
use proto::v1::people::{Event as People, Standing};
use proto::v1::safeguarding::{Event, Use, UseKind, UseSource};
use proto::v1::{AnyEvent, devices, gateway};

use crate::calendar;
use crate::readers::Person;
use crate::state::State;

pub(crate) fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    let found = match news.event {
        AnyEvent::People(event) => return people(state, event).into_iter().collect(),
        AnyEvent::Trips(event) => return trips::hear(state, event, context).into_iter().collect(),
        AnyEvent::Devices(event) => of_devices(state, event, news.recorded_at),
        AnyEvent::Gateway(event) => of_gateway(state, event),
        AnyEvent::Checkins(_) | AnyEvent::Contacts(_) | AnyEvent::Alerts(_) | AnyEvent::Safeguarding(_) => {
            None
        }
    };
    let source = UseSource { service: news.event.service(), sequence: news.sequence };
    let known = state.usage.heard.get(&source.service).is_some_and(|last| *last >= source.sequence);
    let line = found.filter(|_| !known);
    let line = line.map(|line| line.recorded(source, context));
    let recordings = match news.event {
        AnyEvent::Devices(event) => recordings(state, event, source, context),
        AnyEvent::People(_)
        | AnyEvent::Trips(_)
        | AnyEvent::Gateway(_)
        | AnyEvent::Checkins(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Alerts(_)
        | AnyEvent::Safeguarding(_) => None,
    };
    line.into_iter().chain(recordings).collect()
}

/// A phone came back with recordings on it, or with word of what had become of them; or it was let go of without. [MEDIA-1]
fn recordings(
    state: &State,
    event: &devices::Event,
    source: UseSource,
    context: &Context<'_>,
) -> Option<Event> {
    use devices::Event as Devices;
    let recording = RecordingId::derived(context.cause, source.sequence);
    let noted = |device, holder, trip: Option<TripId>, clearing: Option<Clearing>, at| {
        let known = trip.and_then(|trip| state.recordings.trip(trip));
        let noted = Event::RecordingsNoted {
            recording,
            device,
            holder: Some(holder),
            trip,
            consent: known.and_then(|known| known.consent.clone()),
            clearing,
            at,
            evening: calendar::evening(at, context.zone, context.policy),
        };
        (!state.recordings.knows(recording)).then_some(noted)
    };
    match event.clone() {
        Devices::DeviceReturned { device, holder, trip, recordings: Recordings::Kept, at, .. } => {
            noted(device, holder, trip, None, at)
        }
        Devices::RecordingsCleared { device, holder, trip, clearing, at } => {
            noted(device, holder, trip, Some(clearing), at)
        }
        Devices::QuarantineEnded { device, .. } => {
            let (recording, known) = state.recordings.open_on(device)?;
            let last = known.told && state.recordings.is_last_told(Some(recording), None);
            let (clearing, by, at) = (None, None, context.now);
            Some(Event::RecordingsCleared { recording, device, clearing, last, by, at })
        }
        Devices::DeviceRegistered { .. }
        | Devices::PasscodeConfirmed { .. }
        | Devices::DeviceReserved { .. }
        | Devices::ReservationReleased { .. }
        | Devices::DeviceIssued { .. }
        | Devices::InHandConfirmed { .. }
        | Devices::DeviceHandedOver { .. }
        | Devices::DeviceReturned { .. }
        | Devices::HoldNoted { .. }
        | Devices::RecordingsOffNoted { .. }
        | Devices::DeviceLost { .. }
        | Devices::SimBarred { .. }
        | Devices::ChargeNoted { .. }
        | Devices::DeviceFound { .. }
        | Devices::DeviceQuarantined { .. }
        | Devices::DeviceRepaired { .. }
        | Devices::DeviceWithPolice { .. }
        | Devices::OvernightAgreed { .. }
        | Devices::DeviceRetired { .. }
        | Devices::IssuingStopped { .. }
        | Devices::TripDevicesSettled { .. }
        | Devices::ReturnOverdue { .. }
        | Devices::SupplyShort { .. }
        | Devices::SupplyMet { .. }
        | Devices::PersonNoted { .. }
        | Devices::TripNoted { .. } => None,
    }
}

fn people(state: &State, event: &People) -> Option<Event> {
    let (person, now) = match event.clone() {
        People::PersonAdded { person, roles, standing, .. }
        | People::PersonChanged { person, roles, standing, .. } => {
            (person, Person { here: true, roles, trust: standing == Standing::Trust })
        }
        // The roles stay: what concerned the head still does after the head has left. [INC-7]
        People::PersonLeft { person } => {
            let known = state.people.get(&person).cloned().unwrap_or_default();
            (person, Person { here: false, ..known })
        }
        People::HolderAuthorised { .. }
        | People::AuthorisationWithdrawn { .. }
        | People::AgreementAccepted { .. }
        | People::DutyPlanned { .. }
        | People::DutyRemoved { .. }
        | People::DutyTested { .. }
        | People::DutyConfirmed { .. }
        | People::DutyTestUnanswered { .. }
        | People::PolicyChanged { .. }
        | People::PolicyReviewed { .. }
        | People::PolicyReviewReminded { .. } => return None,
    };
    let Person { here, roles, trust } = now.clone();
    (state.people.get(&person) != Some(&now)).then_some(Event::PersonNoted { person, here, roles, trust })
}

/// What happened with a phone.
struct Line {
    at: Timestamp,
    device: DeviceId,
    holder: Option<Holder>,
    trip: Option<TripId>,
    kind: UseKind,
}

impl Line {
    fn recorded(self, source: UseSource, context: &Context<'_>) -> Event {
        let Self { at, device, holder, trip, kind } = self;
        let week = calendar::monday(at, context.zone);
        Event::UseRecorded {
            entry: UseId::derived(context.cause, source.sequence),
            week,
            used: Use { at, device, holder, trip, kind, questioned: false, source: Some(source) },
            ends_at: calendar::week_ends(week, context.zone),
            review_by: calendar::review_by(week, context.zone),
        }
    }
}

fn of_devices(state: &State, event: &devices::Event, recorded_at: Timestamp) -> Option<Line> {
    use devices::Event as Devices;
    let line = |at, device, holder, trip, kind| Some(Line { at, device, holder, trip, kind });
    match event.clone() {
        Devices::DeviceIssued { device, holder, trip, at, .. } => {
            line(at, device, Some(holder), trip, UseKind::Issued {})
        }
        Devices::InHandConfirmed { device, person, trip } => {
            line(recorded_at, device, Some(Holder::Person(person)), Some(trip), UseKind::InHand {})
        }
        Devices::DeviceHandedOver { device, from, to, trip } => {
            line(recorded_at, device, Some(to), trip, UseKind::HandedOver { from })
        }
        Devices::DeviceReturned { device, holder, trip, at, .. } => {
            line(at, device, Some(holder), trip, UseKind::Returned {})
        }
        Devices::DeviceLost { device, holder, trip, .. } => {
            line(recorded_at, device, holder, trip, UseKind::Lost {})
        }
        Devices::DeviceWithPolice { device, trip, .. } => {
            let holder = state.usage.in_hands(device).map(|(holder, _)| holder);
            line(recorded_at, device, holder, trip, UseKind::WithPolice {})
        }
        Devices::DeviceRegistered { .. }
        | Devices::PasscodeConfirmed { .. }
        | Devices::ChargeNoted { .. }
        | Devices::DeviceReserved { .. }
        | Devices::ReservationReleased { .. }
        | Devices::SimBarred { .. }
        | Devices::DeviceFound { .. }
        | Devices::DeviceQuarantined { .. }
        | Devices::QuarantineEnded { .. }
        | Devices::DeviceRepaired { .. }
        | Devices::OvernightAgreed { .. }
        | Devices::DeviceRetired { .. }
        | Devices::IssuingStopped { .. }
        | Devices::TripDevicesSettled { .. }
        | Devices::ReturnOverdue { .. }
        | Devices::SupplyShort { .. }
        | Devices::SupplyMet { .. }
        | Devices::RecordingsCleared { .. }
        | Devices::RecordingsOffNoted { .. }
        | Devices::HoldNoted { .. }
        | Devices::PersonNoted { .. }
        | Devices::TripNoted { .. } => None,
    }
}

fn of_gateway(state: &State, event: &gateway::Event) -> Option<Line> {
    use gateway::Event as Gateway;
    let in_hands = |at, device, kind| {
        let hands = state.usage.in_hands(device);
        let (holder, trip) = (hands.map(|(holder, _)| holder), hands.and_then(|(_, trip)| trip));
        Some(Line { at, device, holder, trip, kind })
    };
    match event {
        Gateway::TextReceived { from, received_at, .. } => {
            from_phone(from, *received_at, UseKind::TextedIn {})
        }
        Gateway::CallReceived { from, at, .. } => from_phone(from, *at, UseKind::RangIn {}),
        Gateway::CallBridged { via: Reach::Device(device), at, .. } => {
            in_hands(*at, *device, UseKind::TookCall {})
        }
        Gateway::KeyPressed { by: Recipient::Person(person), received_at, .. } => {
            let (device, trip) = state.usage.phone_of(*person)?;
            let holder = Some(Holder::Person(*person));
            Some(Line { at: *received_at, device, holder, trip, kind: UseKind::AnsweredAlert {} })
        }
        Gateway::PositionReceived { device, trip, received_at, .. } => {
            let new = !state.usage.was_located(*device, *trip);
            let holder = state.usage.in_hands(*device).map(|(holder, _)| holder);
            let (device, trip) = (*device, Some(*trip));
            new.then_some(Line { at: *received_at, device, holder, trip, kind: UseKind::Located {} })
        }
        Gateway::SetUpShown { device, at, .. } => in_hands(*at, *device, UseKind::SetUpShown {}),
        Gateway::CallBridged { via: Reach::Line(_) | Reach::Inbound(_) | Reach::Mailbox(_), .. }
        | Gateway::KeyPressed { by: Recipient::Line(_), .. }
        | Gateway::CallCounts { .. }
        | Gateway::CallSaid { .. }
        | Gateway::CallTold { .. }
        | Gateway::CallRouted { .. }
        | Gateway::CallStepTried { .. }
        | Gateway::CallExhausted { .. }
        | Gateway::CallEnded { .. }
        | Gateway::CallRungBack { .. }
        | Gateway::LineTried { .. }
        | Gateway::AttemptPlanned { .. }
        | Gateway::AttemptImpossible { .. }
        | Gateway::AttemptBegun { .. }
        | Gateway::AttemptProgressed { .. }
        | Gateway::AttemptPutOff { .. }
        | Gateway::AttemptHeldBack { .. }
        | Gateway::AttemptBundled { .. }
        | Gateway::AttemptWithdrawn { .. }
        | Gateway::AttemptFailed { .. }
        | Gateway::WaypointsSent { .. }
        | Gateway::OptedOut { .. }
        | Gateway::OptedIn { .. }
        | Gateway::ProvidersNoted { .. }
        | Gateway::ProviderFaulted { .. }
        | Gateway::ProviderProbed { .. }
        | Gateway::ProviderDown { .. }
        | Gateway::ProviderUp { .. }
        | Gateway::DeviceNoted { .. }
        | Gateway::LineNoted { .. }
        | Gateway::ContactsNoted { .. }
        | Gateway::TripNoted { .. }
        | Gateway::CaseNoted { .. } => None,
    }
}

/// A text or a call that came from a phone of the school.
fn from_phone(from: &Caller, at: Timestamp, kind: UseKind) -> Option<Line> {
    match from {
        Caller::Device { device, person, pupil, trip } => {
            let holder = person.map(Holder::Person).or(pupil.map(Holder::Pupil));
            Some(Line { at, device: *device, holder, trip: *trip, kind })
        }
        Caller::Stranger { .. } => None,
    }
}
