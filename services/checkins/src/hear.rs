//! News of others: trips begin and end a watch, devices say whose hands a phone is in, the gateway brings texts
//! ([`crate::texts`]) and positions ([`crate::positions`]).

use decider::{Context, News};
use jiff::Timestamp;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::v1::checkins::{Event, NextDue, Via};
use proto::v1::trips::{Party, PartyGroup};
use proto::v1::{AnyEvent, devices, gateway, trips};
use proto::values::{Headcount, Label, Note, Personal};

use crate::course::Course;
use crate::progress::Progress;
use crate::state::{Carrier, Out, State, Watch};
use crate::{arrivals, positions, texts};

pub(crate) fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    match news.event {
        AnyEvent::Trips(event) => hear_trips(state, event, news, context),
        AnyEvent::Devices(event) => hear_devices(state, event, context.now),
        AnyEvent::Gateway(event) => hear_gateway(state, event, news, context),
        AnyEvent::People(_)
        | AnyEvent::Checkins(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Alerts(_)
        | AnyEvent::Safeguarding(_) => Vec::new(),
    }
}

fn hear_trips(state: &State, event: &trips::Event, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    match event {
        // FORM-9: who left without clearance is watched the same.
        trips::Event::Departed { trip, at, party, .. }
        | trips::Event::LeftWithoutClearance { trip, at, party, .. } => {
            let started = start(state, *trip, *at, party, news, context);
            let expected = arrivals::at_departure(state, *trip, &party.arrivals, news, context);
            started.into_iter().chain(expected).collect()
        }
        // Whoever travels directly sets off when the form says so, whenever the party does. [FORM-6]
        trips::Event::FormAuthorised { trip, arrivals, .. } => {
            arrivals::expect(state, *trip, arrivals, news, context).into_iter().collect()
        }
        trips::Event::TripAmended { trip, party, .. } => match state.watch(*trip) {
            Some(Watch::Out(out)) if !news.history => {
                let moved = party.destinations != out.course.destinations;
                let let_go =
                    if moved { positions::let_go(out, *trip, None, context.now) } else { Vec::new() };
                let expected = arrivals::expect(state, *trip, &party.arrivals, news, context);
                let_go.into_iter().chain(amend(out, *trip, party, context)).chain(expected).collect()
            }
            Some(Watch::Out(_) | Watch::Returned(_) | Watch::Ahead { .. }) | None => Vec::new(),
        },
        trips::Event::Returned { trip, at, devices_due_at, .. } => match state.watch(*trip) {
            Some(Watch::Out(out)) => come_down(out, *trip, *at, *devices_due_at),
            Some(Watch::Returned(_) | Watch::Ahead { .. }) | None => Vec::new(),
        },
        trips::Event::TripClosed { trip, at } => end(state, *trip, *at),
        trips::Event::TripCancelled { trip, .. } => {
            let ended = end(state, *trip, context.now);
            ended.into_iter().chain(arrivals::called_off(state, *trip, context)).collect()
        }
        trips::Event::DraftSaved { .. }
        | trips::Event::FormSubmitted { .. }
        | trips::Event::SentBack { .. }
        | trips::Event::AuthorisationVoided { .. }
        | trips::Event::ClearanceSettled { .. }
        | trips::Event::ReadinessLost { .. }
        | trips::Event::PersonNoted { .. }
        | trips::Event::WorkMobileNoted { .. }
        | trips::Event::NoteAdded { .. }
        | trips::Event::PupilPhoneNoted { .. }
        | trips::Event::DevicesSettledNoted { .. }
        | trips::Event::CoverageNoted { .. }
        | trips::Event::DrillDone { .. }
        | trips::Event::DrillReviewed { .. }
        | trips::Event::DrillReminded { .. }
        | trips::Event::ReleaseNoted { .. } => Vec::new(),
    }
}

/// The first due of each group lies after the party was reported to have left: nobody could be asked before.
fn start(
    state: &State,
    trip: TripId,
    at: Timestamp,
    party: &Party,
    news: &News<'_>,
    context: &Context<'_>,
) -> Option<Event> {
    if state.ended.contains(&trip) || state.watch(trip).is_some_and(|watch| watch.party().is_some()) {
        return None;
    }
    let reported_at = if news.history { context.now } else { news.recorded_at.max(at) };
    let party = Box::new(with_a_group(party, context));
    let course = Course::of(&party, at);
    let next = course.arm(&Progress::from(reported_at, 0), context.zone, context.now);
    let due = party.groups.iter().map(|group| (group.group, next.clone())).collect();
    let silent_after_secs = context.policy.silent_after_secs;
    Some(Event::WatchStarted { trip, at, party, due, silent_after_secs })
}

/// A party that left without clearance may have no groups on its form. It is watched all the same, as one. [CHECK-1, FORM-9]
fn with_a_group(party: &Party, context: &Context<'_>) -> Party {
    let mut party = party.clone();
    if party.groups.is_empty() {
        let device = party.staff.iter().find(|member| member.person == party.leader);
        party.groups.push(PartyGroup {
            group: GroupId::derived(context.cause, 0),
            name: Label::parse("The whole party").expect("a label"),
            adult: party.leader,
            device: device.and_then(|member| member.device),
            expected: Headcount::ZERO,
        });
    }
    party
}

fn amend(out: &Out, trip: TripId, party: &Party, context: &Context<'_>) -> Option<Event> {
    let course = Course::of(party, out.course.departed_at);
    let at = context.now;
    let mut due: Vec<(GroupId, NextDue)> = Vec::new();
    for (group, clock) in out.clocks.iter() {
        let split_off = out.party.groups.get(group).is_some_and(|g| g.planned.is_none());
        if split_off || party.groups.iter().any(|planned| planned.group == group) {
            let same_window =
                course.window == out.course.window && course.destinations == out.course.destinations;
            let late_secs = if same_window { clock.progress.late_secs } else { 0 };
            let next = match (course == out.course, clock.next.at <= at) {
                (true, _) => clock.next.clone(),
                // What was due already stays due, whatever the new plan says; any word will do.
                (false, true) => routine(&clock.next),
                (false, false) => course.arm(&Progress::from(at, late_secs), context.zone, at),
            };
            due.push((group, next));
        }
    }
    let known = |group: GroupId| out.clocks.has(group) || out.party.joined.has(group);
    for planned in party.groups.iter().filter(|planned| !known(planned.group)) {
        due.push((planned.group, course.arm(&Progress::from(at, 0), context.zone, at)));
    }
    if due.is_empty() {
        // An amended form without any group that is watched: those that are out stay watched.
        due = out.clocks.iter().map(|(group, clock)| (group, clock.next.clone())).collect();
    }
    let mut changed = out.clone();
    changed.amend(at, party, &due);
    (changed != *out).then(|| Event::WatchChanged { trip, at, party: Box::new(party.clone()), due })
}

fn routine(due: &NextDue) -> NextDue {
    let what =
        if due.what.needs_count() { proto::v1::checkins::DueFor::Routine {} } else { due.what.clone() };
    NextDue { what, ..due.clone() }
}

/// Everyone is accounted for by a named person: what was missed is resolved by it.
fn come_down(out: &Out, trip: TripId, at: Timestamp, due_at: Timestamp) -> Vec<Event> {
    let misses =
        out.clocks.iter().flat_map(|(group, clock)| clock.missed.keys().map(move |due| (group, *due)));
    let heard = misses.map(|(group, missed_due_at)| Event::HeardAgain { trip, group, missed_due_at, at });
    heard.chain([Event::DownToDevices { trip, due_at }]).collect()
}

fn end(state: &State, trip: TripId, at: Timestamp) -> Vec<Event> {
    state.watch(trip).map(|_| Event::WatchEnded { trip, at }).into_iter().collect()
}

fn hear_devices(state: &State, event: &devices::Event, now: Timestamp) -> Vec<Event> {
    match event {
        devices::Event::DeviceIssued { device, holder, trip: Some(trip), .. } => {
            note(state, *trip, *device, Some(carrier(holder)), now)
        }
        devices::Event::InHandConfirmed { device, person, trip } => {
            note(state, *trip, *device, Some(Carrier { person: Some(*person), pupil: false }), now)
        }
        devices::Event::DeviceHandedOver { device, to, trip, .. } => trips_of(state, *device, *trip)
            .flat_map(|trip| note(state, trip, *device, Some(carrier(to)), now))
            .collect(),
        devices::Event::DeviceReturned { device, trip, .. }
        | devices::Event::DeviceLost { device, trip, .. }
        | devices::Event::DeviceWithPolice { device, trip, .. } => {
            trips_of(state, *device, *trip).flat_map(|trip| note(state, trip, *device, None, now)).collect()
        }
        devices::Event::DeviceIssued { trip: None, .. }
        | devices::Event::DeviceRegistered { .. }
        | devices::Event::PasscodeConfirmed { .. }
        | devices::Event::ChargeNoted { .. }
        | devices::Event::DeviceReserved { .. }
        | devices::Event::ReservationReleased { .. }
        | devices::Event::SimBarred { .. }
        | devices::Event::DeviceFound { .. }
        | devices::Event::DeviceQuarantined { .. }
        | devices::Event::QuarantineEnded { .. }
        | devices::Event::DeviceRepaired { .. }
        | devices::Event::OvernightAgreed { .. }
        | devices::Event::DeviceRetired { .. }
        | devices::Event::IssuingStopped { .. }
        | devices::Event::TripDevicesSettled { .. }
        | devices::Event::ReturnOverdue { .. }
        | devices::Event::SupplyShort { .. }
        | devices::Event::SupplyMet { .. }
        | devices::Event::RecordingsCleared { .. }
        | devices::Event::RecordingsOffNoted { .. }
        | devices::Event::HoldNoted { .. }
        | devices::Event::PersonNoted { .. }
        | devices::Event::TripNoted { .. } => Vec::new(),
    }
}

/// The trip that is named, or (a permanent issue) those that it was confirmed for.
fn trips_of(state: &State, device: DeviceId, named: Option<TripId>) -> impl Iterator<Item = TripId> + '_ {
    let noted = state.trips_noted(device).filter(move |_| named.is_none());
    named.into_iter().chain(noted)
}

fn carrier(holder: &devices::Holder) -> Carrier {
    match holder {
        devices::Holder::Person(person) => Carrier { person: Some(*person), pupil: false },
        devices::Holder::Pupil(_) => Carrier { person: None, pupil: true },
    }
}

/// Notes it if it changes what is known.
fn note(state: &State, trip: TripId, device: DeviceId, now: Option<Carrier>, at: Timestamp) -> Vec<Event> {
    let known = match state.watch(trip) {
        Some(Watch::Ahead { devices }) => devices.get(device).copied().flatten(),
        Some(Watch::Out(out)) => out.party.devices.get(device).map(|carried| carried.by),
        Some(Watch::Returned(returned)) => returned.party.devices.get(device).map(|carried| carried.by),
        None => None,
    };
    if known == now || state.ended.contains(&trip) {
        return Vec::new();
    }
    let person: Option<PersonId> = now.and_then(|by| by.person);
    let pupil = now.or(known).is_some_and(|by| by.pupil);
    let noted = Event::TripDeviceNoted { trip, device, person, pupil, with_trip: now.is_some() };
    // Nobody is told any more where it is: what stands of it ends.
    let let_go = match state.watch(trip) {
        Some(Watch::Out(out)) if now.is_none_or(|by| by.pupil) => {
            positions::let_go(out, trip, Some(device), at)
        }
        Some(Watch::Out(_) | Watch::Returned(_) | Watch::Ahead { .. }) | None => Vec::new(),
    };
    let_go.into_iter().chain([noted]).collect()
}

fn hear_gateway(state: &State, event: &gateway::Event, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    // What came before a listener grew was answered then: history alerts nobody.
    if news.history {
        return Vec::new();
    }
    match event {
        gateway::Event::TextReceived { inbound, from, body, meaning, duress, received_at, .. } => {
            let text = texts::Text {
                inbound: *inbound,
                body,
                meaning,
                duress: *duress,
                received_at: (*received_at).min(context.now),
                via: Via::Text,
            };
            texts::hear(state, from, text, context)
        }
        // Said with keys, it counts as if it had been texted. A duress word comes by text alone.
        gateway::Event::CallSaid { inbound, from, meaning, received_at, .. } => {
            let text = texts::Text {
                inbound: *inbound,
                body: &Personal::known(Note::parse("Said with keys in a call.").expect("a note")),
                meaning,
                duress: false,
                received_at: (*received_at).min(context.now),
                via: Via::Call,
            };
            texts::hear(state, from, text, context)
        }
        gateway::Event::PositionReceived {
            device,
            trip,
            position,
            fix_at,
            received_at,
            battery_percent,
            charging,
            ..
        } => {
            // Blanked: it is long over.
            let Some(position) = position.get() else { return Vec::new() };
            let fix = positions::Fix {
                device: *device,
                position: *position,
                fix_at: *fix_at,
                received_at: (*received_at).min(context.now),
                battery_percent: *battery_percent,
                charging: *charging,
            };
            positions::hear(state, *trip, fix)
        }
        gateway::Event::KeyPressed { .. }
        | gateway::Event::CallReceived { .. }
        | gateway::Event::CallCounts { .. }
        | gateway::Event::CallTold { .. }
        | gateway::Event::CallRouted { .. }
        | gateway::Event::CallStepTried { .. }
        | gateway::Event::CallBridged { .. }
        | gateway::Event::CallExhausted { .. }
        | gateway::Event::CallEnded { .. }
        | gateway::Event::CallRungBack { .. }
        | gateway::Event::LineTried { .. }
        | gateway::Event::ContactsNoted { .. }
        | gateway::Event::AttemptPlanned { .. }
        | gateway::Event::AttemptImpossible { .. }
        | gateway::Event::AttemptBegun { .. }
        | gateway::Event::AttemptPutOff { .. }
        | gateway::Event::AttemptHeldBack { .. }
        | gateway::Event::AttemptBundled { .. }
        | gateway::Event::ProvidersNoted { .. }
        | gateway::Event::ProviderFaulted { .. }
        | gateway::Event::ProviderProbed { .. }
        | gateway::Event::AttemptWithdrawn { .. }
        | gateway::Event::AttemptProgressed { .. }
        | gateway::Event::AttemptFailed { .. }
        | gateway::Event::WaypointsSent { .. }
        | gateway::Event::SetUpShown { .. }
        | gateway::Event::OptedOut { .. }
        | gateway::Event::OptedIn { .. }
        | gateway::Event::ProviderDown { .. }
        | gateway::Event::ProviderUp { .. }
        | gateway::Event::DeviceNoted { .. }
        | gateway::Event::LineNoted { .. }
        | gateway::Event::TripNoted { .. }
        | gateway::Event::CaseNoted { .. } => Vec::new(),
    }
}
