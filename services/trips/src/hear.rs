//! News of others, as events of our own: only what changes what is known here. What the gate leaned on and no longer holds
//! is told for each party that is out, once for each fact.

mod devices;

use decider::{Context, News};
use proto::ids::{PersonId, TripId};
use proto::rules::Rule;
use proto::v1::people::Role;
use proto::v1::trips::{Event, ReadinessItem};
use proto::v1::{AnyEvent, checkins, contacts, people};

use crate::readiness::lost;
use crate::state::{Outing, Person, Phase, State};

pub(crate) fn hear(state: &State, news: &News<'_>, context: &Context<'_>) -> Vec<Event> {
    match news.event {
        AnyEvent::People(event) => of_people(state, event, news),
        AnyEvent::Devices(event) => devices::of_devices(state, event, news, context),
        AnyEvent::Contacts(event) => of_contacts(state, event),
        AnyEvent::Checkins(event) => of_checkins(state, event, news),
        AnyEvent::Trips(_) | AnyEvent::Alerts(_) | AnyEvent::Safeguarding(_) | AnyEvent::Gateway(_) => {
            Vec::new()
        }
    }
}

fn of_people(state: &State, event: &people::Event, news: &News<'_>) -> Vec<Event> {
    match event {
        people::Event::PersonAdded { person, roles, .. }
        | people::Event::PersonChanged { person, roles, .. } => {
            let head = roles.contains(&Role::Head);
            let now = Person { here: true, senior: head || roles.contains(&Role::Senior), head };
            person_noted(state, *person, now, news)
        }
        people::Event::PersonLeft { person } => {
            person_noted(state, *person, Person { here: false, senior: false, head: false }, news)
        }
        people::Event::HolderAuthorised { .. }
        | people::Event::AuthorisationWithdrawn { .. }
        | people::Event::AgreementAccepted { .. }
        | people::Event::DutyPlanned { .. }
        | people::Event::DutyRemoved { .. }
        | people::Event::DutyTested { .. }
        | people::Event::DutyConfirmed { .. }
        | people::Event::DutyTestUnanswered { .. }
        | people::Event::PolicyChanged { .. }
        | people::Event::PolicyReviewed { .. }
        | people::Event::PolicyReviewReminded { .. } => Vec::new(),
    }
}

fn person_noted(state: &State, person: PersonId, now: Person, news: &News<'_>) -> Vec<Event> {
    let before = state.person(person).copied();
    if before == Some(now) || (before.is_none() && !now.here) {
        return Vec::new();
    }
    let noted = Event::PersonNoted { person, here: now.here, senior: now.senior, head: now.head };
    let lost = before.map(|before| people_lost(state, person, before, now, news)).unwrap_or_default();
    [noted].into_iter().chain(lost).collect()
}

/// Who was leaned on and is gone, or may no longer authorise.
fn people_lost(state: &State, person: PersonId, before: Person, now: Person, news: &News<'_>) -> Vec<Event> {
    let left = before.here && !now.here;
    let no_longer_senior = before.senior && !now.senior;
    let about = |rule, text: &str, remedy: &str| lost(rule, Some(person), None, text, remedy);
    tell_losses(state, news, |outing| {
        let mut items = Vec::new();
        let plan = &outing.party.emergency;
        if left && outing.has(person) {
            items.push(about(
                Rule::Dev2,
                "Somebody on the trip is no longer on the staff register.",
                "Find out who is with the group, and change the form.",
            ));
        }
        if left && plan.base_contact == person {
            items.push(about(
                Rule::Cont6,
                "Whoever held base is no longer on the staff register.",
                "Hand base over to somebody by name.",
            ));
        }
        if left && [&plan.office, &plan.dsl, &plan.senior].into_iter().flatten().any(|p| *p == person) {
            items.push(about(
                Rule::Form8,
                "Somebody of the ladder is no longer on the staff register.",
                "Name somebody else for this step.",
            ));
        }
        if no_longer_senior && outing.authorisation.as_ref().is_some_and(|a| a.by == person) {
            items.push(about(
                Rule::Form2,
                "Whoever authorised the form is no longer a senior member of staff.",
                "Have another senior look at the form.",
            ));
        }
        items
    })
}

/// For each party that is out, the facts it lost by this very news: heard again, it changes nothing, so each is told once. History is recorded without alerting on it.
fn tell_losses(state: &State, news: &News<'_>, items: impl Fn(&Outing) -> Vec<ReadinessItem>) -> Vec<Event> {
    if news.history {
        return Vec::new();
    }
    let parties =
        state.out.iter().filter_map(|trip| state.trip(*trip)?.outing().map(|outing| (*trip, outing)));
    let told = parties.filter_map(|(trip, outing): (TripId, &Outing)| {
        let items = items(outing);
        (!items.is_empty()).then_some(Event::ReadinessLost { trip, items })
    });
    told.collect()
}

fn of_contacts(state: &State, event: &contacts::Event) -> Vec<Event> {
    match event {
        contacts::Event::CoverageAssessed { trip, form_hash, gaps, .. } => {
            let Some(known) = state.trip(*trip) else { return Vec::new() };
            let over = matches!(known.phase, Phase::Closed { .. } | Phase::Cancelled { .. });
            let noted = known.coverage.as_ref().is_some_and(|c| c.form_hash == *form_hash && c.gaps == *gaps);
            // Of a form that was replaced meanwhile: the new one's will come.
            let stale = known.form_hash != *form_hash;
            if over || noted || stale {
                return Vec::new();
            }
            vec![Event::CoverageNoted { trip: *trip, form_hash: *form_hash, gaps: gaps.clone() }]
        }
        contacts::Event::LineAdded { .. }
        | contacts::Event::LineSignalled { .. }
        | contacts::Event::LineTestCalled { .. }
        | contacts::Event::LineTestScheduled { .. }
        | contacts::Event::RouteChecked { .. }
        | contacts::Event::LineChanged { .. }
        | contacts::Event::LineRemoved { .. }
        | contacts::Event::LineHealthChanged { .. }
        | contacts::Event::ClosedEarly { .. }
        | contacts::Event::BaseHeld { .. }
        | contacts::Event::BaseUnheld { .. }
        | contacts::Event::DutyNoted { .. }
        | contacts::Event::DutyEndedNoted { .. }
        | contacts::Event::PersonNoted { .. }
        | contacts::Event::WorkMobileNoted { .. }
        | contacts::Event::TripNoted { .. }
        | contacts::Event::TripPhaseNoted { .. } => Vec::new(),
    }
}

fn of_checkins(state: &State, event: &checkins::Event, news: &News<'_>) -> Vec<Event> {
    match event {
        checkins::Event::ReleaseRecorded { trip, pupils, .. } => {
            let heard_before = news.sequence <= state.releases_heard;
            if heard_before || !state.out.contains(trip) {
                return Vec::new();
            }
            vec![Event::ReleaseNoted { trip: *trip, pupils: *pupils, heard: news.sequence }]
        }
        checkins::Event::WatchStarted { .. }
        | checkins::Event::WatchChanged { .. }
        | checkins::Event::Reminded { .. }
        | checkins::Event::CheckedIn { .. }
        | checkins::Event::HeadcountDiffered { .. }
        | checkins::Event::HeadcountAgreed { .. }
        | checkins::Event::WordUnusual { .. }
        | checkins::Event::WordNotTaken { .. }
        | checkins::Event::CheckInMissed { .. }
        | checkins::Event::OutageTold { .. }
        | checkins::Event::OutageNoted { .. }
        | checkins::Event::HeardAgain { .. }
        | checkins::Event::PupilsMoved { .. }
        | checkins::Event::GroupSplit { .. }
        | checkins::Event::GroupsJoined { .. }
        | checkins::Event::HelpCalled { .. }
        | checkins::Event::DuressSignalled { .. }
        | checkins::Event::ChildLost { .. }
        | checkins::Event::PoliceDue { .. }
        | checkins::Event::ChildFound { .. }
        | checkins::Event::PositionNoted { .. }
        | checkins::Event::OffArea { .. }
        | checkins::Event::OffAreaEnded { .. }
        | checkins::Event::BatteryLow { .. }
        | checkins::Event::AreaEntered { .. }
        | checkins::Event::AreaLeft { .. }
        | checkins::Event::DeviceSilent { .. }
        | checkins::Event::AllDevicesSilent { .. }
        | checkins::Event::DeviceHeard { .. }
        | checkins::Event::DownToDevices { .. }
        | checkins::Event::WatchEnded { .. }
        | checkins::Event::ArrivalsExpected { .. }
        | checkins::Event::ArrivalMissed { .. }
        | checkins::Event::ArrivalRecorded { .. }
        | checkins::Event::TripDeviceNoted { .. } => Vec::new(),
    }
}
