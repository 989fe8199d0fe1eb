//! Submitting, authorising, sending back.

use decider::Context;
use jiff::SignedDuration;
use proto::envelope::Hash;
use proto::ids::TripId;
use proto::rules::Rule;
use proto::v1::trips::{Event, Refusal};
use proto::values::{Note, SchoolZone, Window};

use super::{Decision, known, named_person, same_form, senior, wrong_phase};
use crate::party::arrivals;
use crate::readiness::{Gate, is_ready, readiness};
use crate::state::{Outing, Phase, State, Trip};

/// The most like visits that one authorising covers.
pub const MAX_LIKE_VISITS: usize = 20;
/// How far ahead of the first visit the last like one may lie: a half-term, in days.
pub const MAX_COVER_DAYS: i64 = 56;

/// Submits the form, if everything that FORM-1 and FORM-3 ask is there.
pub(super) fn submit_form(state: &State, trip: TripId, form_hash: Hash, context: &Context<'_>) -> Decision {
    let known = known(state, trip)?;
    named_person(context)?;
    match &known.phase {
        Phase::Draft { .. } => {}
        Phase::Submitted { .. } | Phase::Authorised(_) if form_hash == known.form_hash => {
            return Ok(Vec::new());
        }
        Phase::Submitted { .. } | Phase::Authorised(_) => same_form(trip, known, Some(form_hash), None)?,
        Phase::Out(_) | Phase::Returned(_) | Phase::Closed { .. } | Phase::Cancelled { .. } => {
            return Err(wrong_phase(known, "a draft"));
        }
    }
    same_form(trip, known, Some(form_hash), None)?;
    all_green(state, trip, Gate::Submit, context)?;
    Ok(vec![Event::FormSubmitted { trip, form_hash, at: context.now }])
}

/// A senior who is not on the trip authorises the form as it stands; during a trip, a change of it, remotely. [FORM-2, FORM-4]
pub(super) fn authorise_form(
    state: &State,
    trip: TripId,
    form_hash: Hash,
    also_on: &[Window],
    context: &Context<'_>,
) -> Decision {
    let known = known(state, trip)?;
    let by = senior(state, context)?;
    same_form(trip, known, Some(form_hash), None)?;
    let on_trip =
        known.form.staff.iter().any(|s| s.person == by) || known.outing().is_some_and(|o| o.has(by));
    if on_trip {
        return Err(Refusal::AuthoriserOnTrip { person: by });
    }
    match &known.phase {
        Phase::Submitted { .. } => {}
        Phase::Authorised(authorisation) if also_on.iter().all(|w| authorisation.covers.contains(w)) => {
            return Ok(Vec::new());
        }
        Phase::Authorised(_) => {}
        Phase::Out(outing) => match waits(outing) {
            Waits::No => return Ok(Vec::new()),
            Waits::ForRemoteAuthorising => {}
            Waits::ForTheHead => {
                return Err(wrong_phase(
                    known,
                    "submitted, or changed on the way; one that left without clearance is settled by the head",
                ));
            }
        },
        Phase::Draft { .. } | Phase::Returned(_) | Phase::Closed { .. } | Phase::Cancelled { .. } => {
            return Err(wrong_phase(known, "submitted, or out and changed on the way"));
        }
    }
    let covers = covers(known, also_on, context.zone)?;
    all_green(state, trip, Gate::Authorise, context)?;
    let arrivals = arrivals(Some(known), &known.form, context.policy);
    Ok(vec![Event::FormAuthorised { trip, form_hash, by, at: context.now, covers, arrivals }])
}

/// What a party that is out waits for.
enum Waits {
    No,
    ForRemoteAuthorising,
    ForTheHead,
}

fn waits(outing: &Outing) -> Waits {
    match (&outing.awaiting, &outing.authorisation) {
        (Some(_), _) => Waits::ForRemoteAuthorising,
        (None, Some(_)) => Waits::No,
        (None, None) => Waits::ForTheHead,
    }
}

/// The form's own window and those of like visits: as long on the clock, within a half-term, apart from one another. [FORM-2]
fn covers(trip: &Trip, also_on: &[Window], zone: &SchoolZone) -> Result<Vec<Window>, Refusal> {
    let invalid = |place: usize, reason: &str, remedy: &str| Refusal::FormInvalid {
        field: format!("also_on[{place}]"),
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
        rule: Some(Rule::Form2),
    };
    if also_on.len() > MAX_LIKE_VISITS {
        return Err(invalid(
            MAX_LIKE_VISITS,
            "one authorising covers 20 like visits at most",
            "Authorise fewer at once.",
        ));
    }
    if !also_on.is_empty() && matches!(trip.phase, Phase::Out(_)) {
        return Err(invalid(
            0,
            "a change on the way is authorised for this trip alone",
            "Leave out the other visits.",
        ));
    }
    let own = trip.form.window;
    let on_the_clock = |w: Window| zone.local(w.from).datetime().duration_until(zone.local(w.to).datetime());
    let mut covers = vec![own];
    for (place, window) in also_on.iter().enumerate() {
        if on_the_clock(*window) != on_the_clock(own) {
            return Err(invalid(
                place,
                "a like visit lasts as long as this one",
                "Give it the same length, or a form of its own.",
            ));
        }
        let ahead = window.from.duration_since(own.from);
        if ahead.is_negative() || ahead > SignedDuration::from_hours(24 * MAX_COVER_DAYS) {
            let reason = "a like visit takes place within the 56 days (a half-term) after this one";
            return Err(invalid(place, reason, "Give a later visit a form of its own."));
        }
        if covers.contains(window) {
            continue;
        }
        if covers.iter().any(|other| other.overlaps(window)) {
            return Err(invalid(place, "two like visits overlap", "Give each visit a time of its own."));
        }
        covers.push(*window);
    }
    Ok(covers)
}

/// A senior sends the form back with a reason; an authorisation it had is withdrawn by it.
pub(super) fn send_back(state: &State, trip: TripId, reason: Note, context: &Context<'_>) -> Decision {
    let known = known(state, trip)?;
    let by = senior(state, context)?;
    match &known.phase {
        Phase::Submitted { .. } | Phase::Authorised(_) => Ok(vec![Event::SentBack { trip, reason, by }]),
        Phase::Draft { sent_back: Some(before), .. } if *before == reason => Ok(Vec::new()),
        Phase::Draft { .. }
        | Phase::Out(_)
        | Phase::Returned(_)
        | Phase::Closed { .. }
        | Phase::Cancelled { .. } => Err(wrong_phase(known, "submitted or authorised")),
    }
}

fn all_green(state: &State, trip: TripId, gate: Gate, context: &Context<'_>) -> Result<(), Refusal> {
    let items = readiness(state, trip, gate, context.now, context.zone, context.policy);
    if is_ready(&items) { Ok(()) } else { Err(Refusal::NotReady { items }) }
}
