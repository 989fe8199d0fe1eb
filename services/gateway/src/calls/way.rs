//! Whom a caller reaches: the route of contacts, as it is at that moment.

use contacts::{Health, RouteTarget, Setting, route};
use proto::Timestamp;
use proto::ids::TripId;
use proto::v1::alerts::Channel;
use proto::v1::contacts::{Audience, LineKind};
use proto::v1::devices::DeviceKind;
use proto::v1::gateway::{CallStep, Caller, Reach};
use proto::values::PhoneNumber;
use serde::Serialize;

use crate::state::State;

/// The most steps that a caller waits through.
const MAX_STEPS: usize = 20;

/// For whom a caller's route is, and of which party. Who rings from the number that the form of a trip under way gives for
/// its host is the host; withheld and unknown callers are the public.
pub(super) fn audience(state: &State, from: &Caller) -> (Audience, Option<TripId>) {
    match from {
        Caller::Stranger { number } => {
            let number = number.as_ref().and_then(|n| PhoneNumber::parse(n.get()?).ok());
            match number.and_then(|number| state.hosted_by(&number)) {
                Some(trip) => (Audience::HostOrganisation, Some(trip)),
                None => (Audience::Parent, None),
            }
        }
        Caller::Device { pupil: Some(_), trip, .. } => (Audience::Pupil, *trip),
        Caller::Device { device, trip, .. } => {
            let basic = state.devices.get(device).is_some_and(|d| d.kind == DeviceKind::BasicPhone);
            (if basic { Audience::Pupil } else { Audience::StaffOffSite }, *trip)
        }
    }
}

/// The steps of a caller's route. Nobody is put through to the phone they ring with.
pub(super) fn steps(
    state: &State,
    audience: Audience,
    trip: Option<TripId>,
    from: &Caller,
    setting: &Setting<'_>,
) -> Vec<CallStep> {
    let own = match from {
        Caller::Device { device, .. } => state.devices.get(device).map(|d| &d.number),
        Caller::Stranger { .. } => None,
    };
    let found = route(&state.contacts, audience, trip, setting).lines;
    let steps = found.into_iter().map(|step| {
        let via = match step.target {
            RouteTarget::Line(line) => Reach::Line(line),
            RouteTarget::Device(device, _) => Reach::Device(device),
        };
        CallStep { via, ring_secs: step.ring }
    });
    let others = steps.filter(|step| own.is_none() || state.number_of(step.via).as_ref() != own);
    others.take(MAX_STEPS).collect()
}

/// Which way callers from outside take now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// The landline or office first.
    InHours,
    /// The lines are outside their hours: work mobiles take over. [CONT-2]
    OutOfHours,
    /// The school closed early.
    ClosedEarly,
    /// The landline is down: what follows it takes over. [CONT-2]
    LandlineDown,
    /// No call reaches the school's number: callers ring the landline itself, as cards print it.
    ProviderDown,
    /// Nobody can be reached.
    Nobody,
}

/// What callers from outside meet now.
#[derive(Clone, PartialEq, Debug)]
pub struct WayIn {
    /// Which way.
    pub path: Path,
    /// The route, and why it is so.
    pub route: contacts::Route,
}

/// What callers from outside meet now: shown on the board, and the same that drives their calls.
pub fn way_in(state: &State, setting: &Setting<'_>) -> WayIn {
    let route = route(&state.contacts, Audience::Parent, None, setting);
    WayIn { path: path(state, &route, setting.now), route }
}

fn path(state: &State, route: &contacts::Route, now: Timestamp) -> Path {
    let kind = |target: RouteTarget| match target {
        RouteTarget::Line(line) => state.contacts.line(line).map(|line| line.kind),
        RouteTarget::Device(..) => None,
    };
    let landline = |line: &contacts::Line| line.kind == LineKind::Landline;
    let is_down = |line: &contacts::Line| matches!(line.health, Health::Down { .. });
    let mut landlines = state.contacts.lines().map(|(_, line)| line).filter(|line| landline(line)).peekable();
    if !state.providers.serves(Channel::Voice) {
        return Path::ProviderDown;
    }
    match route.lines.first().map(|step| kind(step.target)) {
        None => Path::Nobody,
        Some(Some(LineKind::Landline)) => Path::InHours,
        Some(_) if landlines.peek().is_some() && landlines.all(is_down) => Path::LandlineDown,
        Some(Some(LineKind::Office)) => Path::InHours,
        Some(Some(LineKind::BackUpMobile) | None) => {
            let closed = state.contacts.closings().any(|closing| closing.window.contains(now));
            if closed { Path::ClosedEarly } else { Path::OutOfHours }
        }
    }
}
