//! Of trips: their titles, whether they are out, where they go, and the keyed hash of the duress word.

use proto::Timestamp;
use proto::ids::TripId;
use proto::v1::gateway::{Event, Waypoint};
use proto::v1::trips::{Destination, Event as Trips};

use crate::state::{State, Trip};

pub(super) fn hear(state: &State, event: &Trips) -> Vec<Event> {
    match event {
        Trips::DraftSaved { trip, form, .. } => note(state, *trip, |known| Trip {
            title: form.title.clone(),
            host: form.host.as_ref().and_then(|host| host.number.clone()),
            drill: form.drill,
            ..known.unwrap_or_else(|| at_home(&form.title))
        }),
        Trips::Departed { trip, at, party, .. } | Trips::LeftWithoutClearance { trip, at, party, .. } => {
            note(state, *trip, |known| Trip {
                host: known.and_then(|trip| trip.host),
                title: party.title.clone(),
                out_since: Some(*at),
                duress: party.duress,
                places: places(&party.destinations),
                drill: party.drill,
            })
        }
        Trips::TripAmended { trip, party, .. } => note(state, *trip, |known| Trip {
            title: party.title.clone(),
            out_since: known.as_ref().and_then(|trip| trip.out_since),
            duress: party.duress.or(known.as_ref().and_then(|trip| trip.duress)),
            host: known.and_then(|trip| trip.host),
            places: places(&party.destinations),
            drill: party.drill,
        }),
        Trips::Returned { trip, .. } => change(state, *trip, |trip| Trip { out_since: None, ..trip }),
        Trips::TripClosed { trip, .. } | Trips::TripCancelled { trip, .. } => ended(state, *trip),
        Trips::FormSubmitted { .. }
        | Trips::FormAuthorised { .. }
        | Trips::SentBack { .. }
        | Trips::AuthorisationVoided { .. }
        | Trips::ClearanceSettled { .. }
        | Trips::ReadinessLost { .. }
        | Trips::PersonNoted { .. }
        | Trips::WorkMobileNoted { .. }
        | Trips::NoteAdded { .. }
        | Trips::PupilPhoneNoted { .. }
        | Trips::DevicesSettledNoted { .. }
        | Trips::CoverageNoted { .. }
        | Trips::DrillDone { .. }
        | Trips::DrillReviewed { .. }
        | Trips::DrillReminded { .. }
        | Trips::ReleaseNoted { .. } => Vec::new(),
    }
}

fn at_home(title: &proto::values::Label) -> Trip {
    Trip {
        title: title.clone(),
        out_since: None::<Timestamp>,
        duress: None,
        places: Vec::new(),
        host: None,
        drill: false,
    }
}

fn places(destinations: &[Destination]) -> Vec<Waypoint> {
    destinations.iter().map(|to| Waypoint { name: to.name.clone(), area: to.area }).collect()
}

fn change(state: &State, id: TripId, change: impl FnOnce(Trip) -> Trip) -> Vec<Event> {
    match state.trips.get(&id).cloned() {
        Some(known) => note(state, id, |_| change(known)),
        None => Vec::new(),
    }
}

fn note(state: &State, id: TripId, now: impl FnOnce(Option<Trip>) -> Trip) -> Vec<Event> {
    let known = state.trips.get(&id);
    let trip = now(known.cloned());
    if known == Some(&trip) {
        return Vec::new();
    }
    vec![noted(id, trip, false)]
}

fn ended(state: &State, id: TripId) -> Vec<Event> {
    let known = state.trips.get(&id);
    known
        .map(|trip| noted(id, Trip { drill: trip.drill, ..at_home(&trip.title) }, true))
        .into_iter()
        .collect()
}

fn noted(trip: TripId, known: Trip, ended: bool) -> Event {
    let Trip { title, out_since, duress, places, host, drill } = known;
    Event::TripNoted { trip, title, out_since, duress, ended, places, host, drill }
}
