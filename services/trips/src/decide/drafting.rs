//! Drafts: saved, changed after authorising, copied from past trips.

use decider::Context;
use proto::envelope::Hash;
use proto::ids::{GroupId, TripId};
use proto::v1::trips::{ArrivalDue, Event, Refusal, TripForm};
use proto::values::Window;

use super::{Decision, known, same_form, wrong_phase};
use crate::form::{changes_that_matter, form_hash, moved_to};
use crate::party::arrivals;
use crate::readiness::{Check, Gate, is_ready};
use crate::state::{Authorisation, Phase, State, Trip};
use crate::validate::validate;

/// Saves the form. On an authorised form, a change that matters voids the authorisation; another one carries it over.
pub(super) fn save_draft(
    state: &State,
    trip: TripId,
    base: Option<Hash>,
    form: Box<TripForm>,
    context: &Context<'_>,
) -> Decision {
    let Some(known) = state.trip(trip) else {
        if base.is_some() {
            return Err(Refusal::UnknownTrip { trip });
        }
        validate(state, &form, context.now, context.zone)?;
        let form_hash = form_hash(&form);
        return Ok(vec![Event::DraftSaved { trip, form, form_hash }]);
    };
    if !matches!(known.phase, Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Authorised(_)) {
        return Err(wrong_phase(known, "a draft, submitted or authorised; a trip that is out is amended"));
    }
    if known.form == form {
        return Ok(Vec::new());
    }
    same_form(trip, known, base, Some(&form))?;
    validate(state, &form, context.now, context.zone)?;
    let form_hash = form_hash(&form);
    let follows = after_a_change(trip, known, &form, form_hash, context);
    Ok([Event::DraftSaved { trip, form, form_hash }].into_iter().chain(follows).collect())
}

/// What a change of an authorised form leads to. [FORM-4]
fn after_a_change(
    trip: TripId,
    known: &Trip,
    form: &TripForm,
    form_hash: Hash,
    context: &Context<'_>,
) -> Option<Event> {
    let Phase::Authorised(authorisation) = &known.phase else { return None };
    let changed = changes_that_matter(&authorisation.form, form);
    if changed.is_empty() {
        let due = arrivals(Some(known), form, context.policy);
        return Some(carried_over(trip, authorisation, form_hash, due));
    }
    Some(Event::AuthorisationVoided { trip, changed })
}

/// An authorisation carried over to a form that differs in nothing that matters.
pub(super) fn carried_over(
    trip: TripId,
    authorisation: &Authorisation,
    form_hash: Hash,
    arrivals: Vec<ArrivalDue>,
) -> Event {
    Event::FormAuthorised {
        trip,
        form_hash,
        by: authorisation.by,
        at: authorisation.at,
        covers: authorisation.covers.clone(),
        arrivals,
    }
}

/// Copies a form to another window. Where a standing authorisation covers that window, the copy is authorised by it. [FORM-2]
pub(super) fn copy_trip(
    state: &State,
    trip: TripId,
    from: TripId,
    window: Window,
    context: &Context<'_>,
) -> Decision {
    let original = known(state, from)?;
    if let Some(there) = state.trip(trip) {
        let asked_again = there.form.window == window && there.form.title == original.form.title;
        return if asked_again { Ok(Vec::new()) } else { Err(Refusal::TripExists { trip }) };
    }
    let mut form = moved_to(&original.form, window, context.zone, |n| GroupId::derived(context.cause, n));
    drop_unusable_phones(state, &mut form);
    validate(state, &form, context.now, context.zone)?;
    let form_hash = form_hash(&form);
    let saved = Event::DraftSaved { trip, form: Box::new(form.clone()), form_hash };
    let Some(authorisation) = covering(state, original, window) else { return Ok(vec![saved]) };
    let copy = Trip::new(form, form_hash);
    let check = Check {
        state,
        id: trip,
        trip: &copy,
        form: &copy.form,
        counts: None,
        now: context.now,
        zone: context.zone,
        policy: context.policy,
    };
    // Whether the route covers the copy is not known yet; it is checked at departure.
    if !is_ready(&check.items(Gate::Submit)) {
        return Ok(vec![saved]);
    }
    let submitted = Event::FormSubmitted { trip, form_hash, at: context.now };
    let due = arrivals(None, &copy.form, context.policy);
    Ok(vec![saved, submitted, carried_over(trip, authorisation, form_hash, due)])
}

/// Phones that left the register since stay behind: a copy is a draft, and the gates ask for what is missing.
fn drop_unusable_phones(state: &State, form: &mut TripForm) {
    for staff in form.staff.iter_mut().chain(&mut form.reserves) {
        staff.work_mobile = staff.work_mobile.take().filter(|number| state.registered(number).is_some());
    }
    form.spare_devices.retain(|device| state.work_mobile(*device).is_some_and(|m| !m.retired));
}

/// The standing authorisation of a trip that covers this window, if its form is still the one that was authorised, whoever
/// gave it still may, and no trip of that name is registered for this window yet.
fn covering<'a>(state: &State, original: &'a Trip, window: Window) -> Option<&'a Authorisation> {
    let authorisation = original.standing_authorisation()?;
    let same_form = changes_that_matter(&authorisation.form, &original.form).is_empty();
    let used = |(_, trip): (TripId, &Trip)| {
        let takes_place = !matches!(trip.phase, Phase::Cancelled { .. });
        takes_place && trip.form.window == window && trip.form.title == original.form.title
    };
    let covers = authorisation.covers.contains(&window) && !state.trips().any(used);
    (covers && same_form && state.is_senior(authorisation.by)).then_some(authorisation)
}
