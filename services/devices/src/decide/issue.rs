//! Handing out: a tray for a trip, a device for good, one instead of another; and the word that one is in hand.

use std::collections::BTreeMap;

use decider::Context;
use proto::envelope::Actor;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::devices::{DeviceKind, Event, Holder, Issue, MAX_TRAY, Refusal, Return, TripPhase};

use super::take_in::{already_back, return_events, said_what_became};
use super::{checks, known};
use crate::device::{Device, Issued, Step};
use crate::state::State;
use crate::trip::{Link, Trip};

type Fault = (DeviceId, Box<Refusal>);

/// `IssueDevices`: all of the tray or none, and every fault of it is named.
pub(crate) fn issue_tray(
    state: &State,
    trip: TripId,
    issues: Vec<Issue>,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    if issues.is_empty() || issues.len() > MAX_TRAY {
        return Err(Refusal::TraySize { max: MAX_TRAY, found: issues.len() });
    }
    let open = checks::open_trip(state, trip)?;
    let mut faults = Vec::new();
    let mut in_tray = Tray::default();
    for issue in &issues {
        let against = in_tray.take(state, open, issue);
        faults.extend(against.map(|refusal| (issue.device, Box::new(refusal))));
        if !is_with(state, issue, trip) {
            faults.extend(faults_of(state, trip, open, issue, None, context));
        }
    }
    refuse(faults)?;
    let new = issues.into_iter().filter(|issue| !is_with(state, issue, trip));
    Ok(new.flat_map(|issue| issue_events(state, trip, issue, context)).collect())
}

/// What the tray holds so far: a device stands in it once, and nobody is given two of a kind.
#[derive(Default)]
struct Tray {
    devices: BTreeMap<DeviceId, Holder>,
    of_holder: BTreeMap<(Holder, DeviceKind), DeviceId>,
}

impl Tray {
    fn take(&mut self, state: &State, trip: &Trip, issue: &Issue) -> Option<Refusal> {
        if self.devices.insert(issue.device, issue.holder).is_some() {
            return Some(Refusal::TwiceInTray { device: issue.device });
        }
        let kind = state.device(issue.device)?.kind;
        if trip.needs.spares.contains(&issue.device) {
            return None;
        }
        let other = self.of_holder.insert((issue.holder, kind), issue.device)?;
        Some(Refusal::HoldsAnother { holder: issue.holder, device: other })
    }
}

/// It was handed out already, just so.
fn is_with(state: &State, issue: &Issue, trip: TripId) -> bool {
    let issued = state.device(issue.device).and_then(Device::issued);
    issued.is_some_and(|issued| issued.trip() == Some(trip) && issued.holder() == issue.holder)
}

/// All that stands against one device of a tray.
fn faults_of(
    state: &State,
    trip: TripId,
    open: &Trip,
    issue: &Issue,
    besides: Option<DeviceId>,
    context: &Context<'_>,
) -> Vec<Fault> {
    let (id, holder) = (issue.device, issue.holder);
    let Some(device) = state.device(id) else {
        return vec![(id, Box::new(Refusal::UnknownDevice { device: id }))];
    };
    let mut against: Vec<Refusal> = Vec::new();
    against.extend(checks::not_in_store(id, device));
    against.extend(checks::kept_for_another(state, id, device, trip));
    against.extend(checks::kind(id, device, holder));
    against.extend(checks::passcode(id, device, context));
    against.extend(checks::on_form(open, holder));
    match holder {
        Holder::Person(person) => against.extend(checks::person(state, person, context)),
        Holder::Pupil(_) => {
            let stated = issue.reason.as_ref().is_some_and(|reason| reason.get().is_some());
            against.extend((!stated).then_some(Refusal::ReasonMissing { device: id }));
        }
    }
    against.extend(checks::holds_another(state, open, (id, device.kind), holder, besides));
    against.into_iter().map(|refusal| (id, Box::new(refusal))).collect()
}

/// A single fault is refused as itself, several as a list.
fn refuse(mut faults: Vec<Fault>) -> Result<(), Refusal> {
    match (faults.len(), faults.pop()) {
        (0, _) | (_, None) => Ok(()),
        (1, Some((_, refusal))) => Err(*refusal),
        (_, Some(last)) => {
            faults.push(last);
            Err(Refusal::TrayRefused { faults })
        }
    }
}

/// It goes out; what else was kept for the same holder on that trip is free again (spares stay kept).
fn issue_events(state: &State, trip: TripId, issue: Issue, context: &Context<'_>) -> Vec<Event> {
    let Issue { device, holder, reason, charge } = issue;
    let noted = charge.map(|charge| super::take_in::charge_noted(device, charge, context));
    let mut events: Vec<Event> = noted.into_iter().collect();
    if let Some((open, kind)) = state.trip(trip).zip(state.device(device).map(|d| d.kind)) {
        let spare = |id: &DeviceId| open.needs.spares.contains(id);
        let needless = |(id, d): &(DeviceId, &Device)| {
            *id != device && d.kind == kind && d.reservations.get(&trip) == Some(&holder) && !spare(id)
        };
        let release = |(id, _)| Event::ReservationReleased { device: id, trip };
        if !spare(&device) {
            events.extend(state.devices().filter(needless).map(release));
        }
    }
    events.push(Event::DeviceIssued { device, holder, trip: Some(trip), reason, at: context.now });
    events
}

/// `IssuePermanently`.
pub(crate) fn issue_permanently(
    state: &State,
    id: DeviceId,
    person: PersonId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    if matches!(device.issued(), Some(Issued::Permanently { person: holder, .. }) if *holder == person) {
        return Ok(vec![]);
    }
    refuse(permanent_faults(state, id, device, person, None, context))?;
    Ok(vec![permanent_issue(id, person, context)])
}

fn permanent_issue(device: DeviceId, person: PersonId, context: &Context<'_>) -> Event {
    let holder = Holder::Person(person);
    Event::DeviceIssued { device, holder, trip: None, reason: None, at: context.now }
}

fn permanent_faults(
    state: &State,
    id: DeviceId,
    device: &Device,
    person: PersonId,
    besides: Option<DeviceId>,
    context: &Context<'_>,
) -> Vec<Fault> {
    let mut against: Vec<Refusal> = Vec::new();
    against.extend(checks::not_in_store(id, device));
    against.extend(device.reservations.keys().next().map(|trip| Refusal::ReservedForAnother {
        device: id,
        tag: device.tag.clone(),
        trip: *trip,
    }));
    against.extend(checks::kind(id, device, Holder::Person(person)));
    against.extend(checks::passcode(id, device, context));
    against.extend(checks::for_good(state, person, context));
    against.extend(checks::has_for_good(state, id, person, besides));
    against.into_iter().map(|refusal| (id, Box::new(refusal))).collect()
}

/// `SwapDevice`: the first comes in, the other goes out into the same hands. Both, or neither.
pub(crate) fn swap(
    state: &State,
    returned: Return,
    replacement: DeviceId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let (id, device) = (returned.device, known(state, returned.device)?);
    if id == replacement {
        return Err(Refusal::TwiceInTray { device: id });
    }
    if already_back(device, &returned) && is_swapped(state, device, replacement) {
        return Ok(vec![]);
    }
    let issued = checks::in_hands(id, device)?;
    let out = match issued {
        Issued::ToTrip { holder, trip, reason, .. } => {
            let open = checks::open_trip(state, *trip)?;
            let issue = Issue { device: replacement, holder: *holder, reason: reason.clone(), charge: None };
            refuse(faults_of(state, *trip, open, &issue, Some(id), context))?;
            issue_events(state, *trip, issue, context)
        }
        Issued::Permanently { person, .. } => {
            let new = known(state, replacement)?;
            refuse(permanent_faults(state, replacement, new, *person, Some(id), context))?;
            vec![permanent_issue(replacement, *person, context)]
        }
    };
    said_what_became(device, &returned)?;
    let mut events = return_events(device, issued, returned, context);
    events.extend(out);
    Ok(events)
}

/// The replacement is in the hands that gave the device in.
fn is_swapped(state: &State, device: &Device, replacement: DeviceId) -> bool {
    let back = device.history.iter().rev().find_map(|step| match step {
        Step::Returned { holder, trip, .. } => Some((*holder, *trip)),
        _ => None,
    });
    let out =
        state.device(replacement).and_then(Device::issued).map(|issued| (issued.holder(), issued.trip()));
    back.is_some() && back == out
}

/// `ConfirmInHand`: the holder's word, or that device's own, given before leaving and again when the trip is back.
pub(crate) fn confirm_in_hand(
    state: &State,
    id: DeviceId,
    trip: TripId,
    context: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    let device = known(state, id)?;
    match context.actor {
        Actor::Person(_) => {}
        Actor::Device(own) if *own == id => {}
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => {
            return Err(Refusal::NamedPersonNeeded {});
        }
    }
    if let Some(refusal) = checks::out_of_use(id, device) {
        return Err(refusal);
    }
    let Some(Issued::Permanently { person, .. }) = device.issued() else {
        return Err(Refusal::NotOnPermanentIssue { device: id });
    };
    let open = state.trip(trip).ok_or(Refusal::UnknownTrip { trip })?;
    let word = Event::InHandConfirmed { device: id, person: *person, trip };
    match (open.needs.phase, open.devices.get(&id)) {
        (TripPhase::Planned | TripPhase::Out, Some(Link::Awaited)) => Ok(vec![]),
        (TripPhase::Planned | TripPhase::Out, Some(Link::Settled(_)) | None) => {
            let holder = Holder::Person(*person);
            let faults: Vec<Refusal> = checks::on_form(open, holder)
                .into_iter()
                .chain(checks::person(state, *person, context))
                .chain(checks::holds_another(state, open, (id, device.kind), holder, None))
                .collect();
            refuse(faults.into_iter().map(|refusal| (id, Box::new(refusal))).collect())?;
            Ok(vec![word])
        }
        (TripPhase::Returning | TripPhase::Cancelled, Some(Link::Awaited)) => Ok(vec![word]),
        (TripPhase::Returning | TripPhase::Cancelled, Some(Link::Settled(_))) => Ok(vec![]),
        (TripPhase::Returning | TripPhase::Cancelled, None) => Err(Refusal::IssuingHasStopped { trip }),
        (TripPhase::Ended, _) => Err(Refusal::UnknownTrip { trip }),
    }
}
