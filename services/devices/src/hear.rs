//! What is heard of people, trips and safeguarding, as events of its own. The same news twice leads to nothing.

mod kept;

use std::collections::BTreeSet;

use decider::{Context, News};
use jiff::{SignedDuration, Timestamp};
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::devices::{Event, Holder, HolderStanding, Settlement, TripNeeds, TripPhase};
use proto::v1::people::Role;
use proto::v1::trips::{Party, TripForm};
use proto::v1::{AnyEvent, people, trips};

use crate::device::{Device, Issued};
use crate::state::State;
use crate::trip::{Link, Trip};

/// Turns another service's news into events.
pub(crate) fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    match news.event {
        AnyEvent::People(event) => hear_people(state, event),
        AnyEvent::Trips(event) => hear_trips(state, event, context),
        AnyEvent::Safeguarding(event) => kept::hear(state, event, context),
        AnyEvent::Devices(_)
        | AnyEvent::Checkins(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Alerts(_)
        | AnyEvent::Gateway(_) => vec![],
    }
}

fn hear_people(state: &State, event: &people::Event) -> Vec<Event> {
    use people::Event as P;
    match event {
        P::PersonAdded { person, roles, .. } | P::PersonChanged { person, roles, .. } => {
            let senior = roles.contains(&Role::Senior) || roles.contains(&Role::Head);
            note_person(state, *person, |standing| {
                standing.here = true;
                standing.senior = senior;
            })
        }
        P::PersonLeft { person } => note_person(state, *person, |standing| {
            let agreement = standing.agreement;
            *standing = HolderStanding { agreement, ..HolderStanding::default() };
        }),
        P::HolderAuthorised { person, until } => note_person(state, *person, |standing| {
            standing.authorised = true;
            standing.until = *until;
        }),
        P::AuthorisationWithdrawn { person, .. } => note_person(state, *person, |standing| {
            standing.authorised = false;
            standing.until = None;
        }),
        P::AgreementAccepted { person, version, .. } => note_person(state, *person, |standing| {
            standing.agreement = standing.agreement.max(Some(*version));
        }),
        P::DutyPlanned { .. }
        | P::DutyRemoved { .. }
        | P::DutyTested { .. }
        | P::DutyConfirmed { .. }
        | P::DutyTestUnanswered { .. }
        | P::PolicyChanged { .. }
        | P::PolicyReviewed { .. }
        | P::PolicyReviewReminded { .. } => vec![],
    }
}

fn note_person(state: &State, person: PersonId, change: impl FnOnce(&mut HolderStanding)) -> Vec<Event> {
    let known = state.person(person);
    let mut standing = known.cloned().unwrap_or_default();
    change(&mut standing);
    if known == Some(&standing) { vec![] } else { vec![Event::PersonNoted { person, standing }] }
}

fn hear_trips(state: &State, event: &trips::Event, context: &Context<'_>) -> Vec<Event> {
    use trips::Event as T;
    match event {
        T::DraftSaved { trip, form, .. } => match state.trip(*trip).map(|known| known.needs.phase) {
            None | Some(TripPhase::Planned) => note(state, *trip, planned(form)),
            Some(TripPhase::Out | TripPhase::Returning | TripPhase::Cancelled | TripPhase::Ended) => vec![],
        },
        T::Departed { trip, party, .. } | T::LeftWithoutClearance { trip, party, .. } => {
            left(state, *trip, party)
        }
        T::TripAmended { trip, form, party, .. } => amended(state, *trip, form, party),
        T::Returned { trip, devices_due_at, .. } => {
            take_in(state, *trip, TripPhase::Returning, *devices_due_at, context)
        }
        T::TripCancelled { trip, .. } => called_off(state, *trip, context),
        T::TripClosed { trip, .. } => end(state, *trip),
        T::FormSubmitted { .. }
        | T::FormAuthorised { .. }
        | T::SentBack { .. }
        | T::AuthorisationVoided { .. }
        | T::ClearanceSettled { .. }
        | T::ReadinessLost { .. }
        | T::PersonNoted { .. }
        | T::WorkMobileNoted { .. }
        | T::NoteAdded { .. }
        | T::PupilPhoneNoted { .. }
        | T::DevicesSettledNoted { .. }
        | T::CoverageNoted { .. }
        | T::DrillDone { .. }
        | T::DrillReviewed { .. }
        | T::DrillReminded { .. }
        | T::ReleaseNoted { .. } => vec![],
    }
}

/// What a form needs.
fn planned(form: &TripForm) -> TripNeeds {
    TripNeeds {
        window: form.window,
        staff: form.staff.iter().map(|staff| (staff.person, staff.work_mobile.clone())).collect(),
        reserves: form.reserves.iter().map(|reserve| reserve.person).collect(),
        pupils: form.pupil_phones.iter().map(|phone| phone.pupil).collect(),
        spares: form.spare_devices.clone(),
        phase: TripPhase::Planned,
        return_due: None,
    }
}

/// The party left: whoever went along without being on the form may be given a phone, too.
fn left(state: &State, trip: TripId, party: &Party) -> Vec<Event> {
    let known = state.trip(trip).map(|known| &known.needs);
    let mut needs = match known.map(|needs| needs.phase) {
        Some(TripPhase::Planned | TripPhase::Out) | None => known.cloned().unwrap_or(TripNeeds {
            window: party.window,
            staff: vec![],
            reserves: vec![],
            pupils: vec![],
            spares: vec![],
            phase: TripPhase::Out,
            return_due: None,
        }),
        Some(TripPhase::Returning | TripPhase::Cancelled | TripPhase::Ended) => return vec![],
    };
    needs.phase = TripPhase::Out;
    needs.window = party.window;
    add_party(&mut needs, party);
    note(state, trip, needs)
}

/// The form changed on the way; where the trip stands has not.
fn amended(state: &State, trip: TripId, form: &TripForm, party: &Party) -> Vec<Event> {
    let known = state.trip(trip).map(|known| &known.needs);
    let mut needs = planned(form);
    needs.phase = known.map_or(TripPhase::Out, |known| known.phase).max(TripPhase::Out);
    needs.return_due = known.and_then(|known| known.return_due);
    add_party(&mut needs, party);
    note(state, trip, needs)
}

fn add_party(needs: &mut TripNeeds, party: &Party) {
    for member in &party.staff {
        if !needs.names(member.person) {
            needs.staff.push((member.person, None));
        }
    }
}

/// Notes a trip's needs, if they are news, and gives up reservations that no longer fit them.
fn note(state: &State, trip: TripId, needs: TripNeeds) -> Vec<Event> {
    let ended = state.trips.ended.contains(&trip);
    if ended || state.trip(trip).is_some_and(|known| known.needs == needs) {
        return vec![];
    }
    let mut events = reservations_that(state, trip, |device| no_longer_fits(state, trip, &needs, device));
    events.push(Event::TripNoted { trip, needs });
    events
}

/// The holder is off the form, or another trip that the device is kept for is at the same time now.
fn no_longer_fits(state: &State, trip: TripId, needs: &TripNeeds, device: DeviceId) -> bool {
    let Some(device) = state.device(device) else { return false };
    let on_form = device.reservations.get(&trip).is_none_or(|holder| match holder {
        Holder::Person(person) => needs.names(*person),
        Holder::Pupil(pupil) => needs.pupils.contains(pupil),
    });
    let clashes = |other: &TripId| {
        *other != trip && state.trip(*other).is_some_and(|known| known.needs.window.overlaps(&needs.window))
    };
    !on_form || device.reservations.keys().any(clashes)
}

/// Gives up the reservations of a trip on the devices of which it is true.
fn reservations_that(state: &State, trip: TripId, test: impl Fn(DeviceId) -> bool) -> Vec<Event> {
    let kept = state.devices().filter(|(_, device)| device.reservations.contains_key(&trip));
    let given_up = kept.filter(|(device, _)| test(*device));
    given_up.map(|(device, _)| Event::ReservationReleased { device, trip }).collect()
}

/// The first step of closing: nothing more is issued, what is out is awaited. [DEV-9]
fn take_in(
    state: &State,
    trip: TripId,
    phase: TripPhase,
    due: Timestamp,
    context: &Context<'_>,
) -> Vec<Event> {
    let Some(known) = state.trip(trip) else { return vec![] };
    match known.needs.phase {
        TripPhase::Planned | TripPhase::Out => {}
        TripPhase::Returning | TripPhase::Cancelled | TripPhase::Ended => return vec![],
    }
    let mut needs = known.needs.clone();
    needs.phase = phase;
    needs.return_due = Some(due);
    let awaited: BTreeSet<DeviceId> =
        known.awaited().into_iter().filter(|id| is_awaited(state, *id, phase, context)).collect();
    let mut events = reservations_that(state, trip, |_| true);
    events.push(Event::TripNoted { trip, needs: needs.clone() });
    events.push(Event::IssuingStopped { trip, out: awaited.clone() });
    if awaited.is_empty() {
        events.push(Event::TripDevicesSettled { trip, settled: settled(state, known) });
        if phase == TripPhase::Cancelled {
            needs.phase = TripPhase::Ended;
            events.push(Event::TripNoted { trip, needs });
        }
    }
    events
}

/// Not one that is kept overnight as agreed, nor, for a trip that was called off, one on permanent issue.
fn is_awaited(state: &State, id: DeviceId, phase: TripPhase, context: &Context<'_>) -> bool {
    match state.device(id).and_then(Device::issued) {
        Some(Issued::ToTrip { overnight, .. }) => overnight.is_none_or(|until| until <= context.now),
        Some(Issued::Permanently { .. }) => phase == TripPhase::Returning,
        None => false,
    }
}

/// How each device is settled when none is awaited.
fn settled(state: &State, known: &Trip) -> Vec<(DeviceId, Settlement)> {
    let permanent =
        |id| matches!(state.device(id).and_then(Device::issued), Some(Issued::Permanently { .. }));
    let how = |(id, link): (&DeviceId, &Link)| match link {
        Link::Settled(settlement) => (*id, *settlement),
        Link::Awaited if permanent(*id) => (*id, Settlement::PermanentIssue),
        Link::Awaited => (*id, Settlement::KeptOvernight),
    };
    known.devices.iter().map(how).collect()
}

/// It doesn't take place: what was kept for it is free, what is out is expected back.
fn called_off(state: &State, trip: TripId, context: &Context<'_>) -> Vec<Event> {
    let Some(known) = state.trip(trip) else { return vec![] };
    if known.awaited().is_empty() {
        return end(state, trip);
    }
    let allowed = SignedDuration::from_secs(i64::from(context.policy.device_return_secs));
    let due = context.now.saturating_add(allowed).unwrap_or(context.now);
    take_in(state, trip, TripPhase::Cancelled, due, context)
}

fn end(state: &State, trip: TripId) -> Vec<Event> {
    let Some(known) = state.trip(trip) else { return vec![] };
    let mut needs = known.needs.clone();
    needs.phase = TripPhase::Ended;
    let mut events = reservations_that(state, trip, |_| true);
    events.push(Event::TripNoted { trip, needs });
    events
}
