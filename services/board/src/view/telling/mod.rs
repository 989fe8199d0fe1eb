//! What happened, in plain words: one sentence for each event that a timeline shows.
//!
//! Names are put in when it is shown, so that what was blanked stays blank. Events that only note what was heard
//! elsewhere, and positions, tell nothing here.

mod alerts;
pub use alerts::Pupils;
mod checkins;
mod devices;
mod gateway;
mod trips;

use proto::Timestamp;
use proto::v1::AnyEvent;
use proto::v1::contacts::{CoverageGap, Event as Contact, LadderStep, MissingNow};

use super::SchoolView;
pub(crate) use checkins::{due_text, unusual, word_text};

/// An event in one sentence; none for what a timeline doesn't show.
pub fn tell(view: &SchoolView, event: &AnyEvent) -> Option<String> {
    match event {
        AnyEvent::People(_) => None,
        AnyEvent::Devices(event) => devices::tell(view, event),
        AnyEvent::Trips(event) => trips::tell(view, event),
        AnyEvent::Checkins(event) => checkins::tell(view, event),
        AnyEvent::Contacts(event) => contacts(view, event),
        AnyEvent::Alerts(event) => alerts::tell(view, event),
        // Nothing of it stands on a timeline. [INC-7]
        AnyEvent::Safeguarding(_) => None,
        AnyEvent::Gateway(event) => gateway::tell(view, event),
    }
}

fn contacts(view: &SchoolView, event: &Contact) -> Option<String> {
    match event {
        Contact::BaseHeld { person, from: None, .. } => {
            Some(format!("{} holds base.", view.person_name(*person)))
        }
        Contact::BaseHeld { person, from: Some(from), .. } => {
            let (to, from) = (view.person_name(*person), view.person_name(*from));
            Some(format!("{from} handed base over to {to}."))
        }
        Contact::BaseUnheld { .. } => Some("Nobody holds base.".to_owned()),
        Contact::CoverageAssessed { gaps, .. } if gaps.is_empty() => {
            Some("The emergency route covers the whole trip.".to_owned())
        }
        Contact::CoverageAssessed { gaps, .. } => {
            let gaps: Vec<String> = gaps.iter().map(|gap| gap_text(view, gap)).collect();
            Some(format!("The emergency route has gaps: {}.", gaps.join("; ")))
        }
        Contact::RouteChecked { missing, .. } if missing.is_empty() => None,
        Contact::RouteChecked { missing, .. } => {
            let missing: Vec<&str> = missing.iter().map(missing_text).collect();
            Some(format!("The emergency route does not hold now: {}.", missing.join("; ")))
        }
        Contact::LineAdded { .. }
        | Contact::LineSignalled { .. }
        | Contact::LineTestCalled { .. }
        | Contact::LineTestScheduled { .. }
        | Contact::LineChanged { .. }
        | Contact::LineRemoved { .. }
        | Contact::LineHealthChanged { .. }
        | Contact::ClosedEarly { .. }
        | Contact::DutyNoted { .. }
        | Contact::DutyEndedNoted { .. }
        | Contact::PersonNoted { .. }
        | Contact::WorkMobileNoted { .. }
        | Contact::TripNoted { .. }
        | Contact::TripPhaseNoted { .. } => None,
    }
}

fn missing_text(missing: &MissingNow) -> &'static str {
    match missing {
        MissingNow::Line {} => "no line is open and staffed",
        MissingNow::Step { step } => match step {
            LadderStep::Office => "nobody of the office can be reached",
            LadderStep::Dsl => "no DSL can be reached",
            LadderStep::Senior => "no senior leader can be reached",
        },
    }
}

fn gap_text(view: &SchoolView, gap: &CoverageGap) -> String {
    match gap {
        CoverageGap::NoLine { window } => {
            format!("no line is staffed from {} to {}", moment(view, window.from), moment(view, window.to))
        }
        CoverageGap::EmptyStep { step, window } => {
            let step = match step {
                LadderStep::Office => "the office",
                LadderStep::Dsl => "the DSL",
                LadderStep::Senior => "the senior leaders",
            };
            let (from, to) = (moment(view, window.from), moment(view, window.to));
            format!("nobody of {step} can be reached from {from} to {to}")
        }
        CoverageGap::TooFewPeople { named, needed } => {
            format!("{named} people are named, {needed} are needed")
        }
        CoverageGap::OnTheTrip { person } => format!("{} is on the trip", view.person_name(*person)),
    }
}

/// `10:42`, on the school's clocks.
fn clock(view: &SchoolView, at: Timestamp) -> String {
    view.school.zone.clock(at)
}

/// `20 Nov, 10:42`, on the school's clocks.
fn moment(view: &SchoolView, at: Timestamp) -> String {
    view.school.zone.local(at).strftime("%-d %b, %H:%M").to_string()
}
