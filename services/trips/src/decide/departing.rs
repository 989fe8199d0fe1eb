//! Leaving, with clearance or without; changes on the way.

use std::collections::BTreeSet;

use decider::Context;
use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::{PersonId, TripId};
use proto::v1::trips::{Event, GroupCount, ReadinessItem, Refusal, TripForm};
use proto::values::{DuressHash, Label, Note};

use super::drafting::carried_over;
use super::{Decision, known, named_person, same_form, wrong_phase};
use crate::form::{changes_that_matter, form_hash};
use crate::party::{
    amended, any_phone_of, arrivals, as_it_left, by_group, phone_of, resolve, with_stand_ins,
};
use crate::readiness::{Check, Gate, is_ready};
use crate::state::{Clearance, Phase, Settled, State, Trip};
use crate::validate::validate;

/// What the leader says at the coach's door.
pub(super) struct Leaving<'a> {
    pub(super) counts: &'a [GroupCount],
    pub(super) stand_ins: &'a [(PersonId, PersonId)],
    pub(super) duress: Option<DuressHash>,
    /// What of the toolkit was ticked as carried.
    pub(super) toolkit: &'a [Label],
    /// Pupils' own devices were handed in, or none were brought.
    pub(super) own_phones_in: bool,
}

/// The party leaves, if the whole list is green.
pub(super) fn depart(
    state: &State,
    trip: TripId,
    form_hash: Hash,
    leaving: &Leaving<'_>,
    context: &Context<'_>,
) -> Decision {
    let known = known(state, trip)?;
    match &known.phase {
        Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Authorised(_) => {}
        Phase::Out(outing)
            if form_hash == known.form_hash && matches!(outing.clearance, Clearance::Given) =>
        {
            return Ok(Vec::new());
        }
        Phase::Out(_) | Phase::Returned(_) | Phase::Closed { .. } | Phase::Cancelled { .. } => {
            return Err(wrong_phase(known, "authorised"));
        }
    }
    same_form(trip, known, Some(form_hash), None)?;
    stand_ins_are_listed(&known.form, leaving.stand_ins)?;
    each_group_is_counted(&known.form, leaving.counts)?;
    let form = with_stand_ins(&known.form, leaving.stand_ins);
    let counts = by_group(leaving.counts);
    let check = Check {
        state,
        id: trip,
        trip: known,
        form: &form,
        counts: Some(&counts),
        now: context.now,
        zone: context.zone,
        policy: context.policy,
    };
    let mut items = check.items(Gate::Depart);
    items.extend(check.toolkit(leaving.toolkit));
    items.extend(check.own_phones_in(leaving.own_phones_in));
    items.extend(check.duress_word(leaving.duress.is_some()));
    if !is_ready(&items) {
        return Err(Refusal::NotReady { items });
    }
    let phone = |staff: &_| phone_of(state, trip, &form, staff);
    let due = arrivals(Some(known), &form, context.policy);
    let party = Box::new(resolve(state, trip, &form, &counts, leaving.duress, due, phone));
    Ok(vec![Event::Departed { trip, at: context.now, form_hash, party }])
}

/// Reserves of the form, each for somebody of its staff. [FORM-4]
fn stand_ins_are_listed(form: &TripForm, stand_ins: &[(PersonId, PersonId)]) -> Result<(), Refusal> {
    let (mut staying, mut standing_in) = (BTreeSet::new(), BTreeSet::new());
    for (stays, stands_in) in stand_ins {
        if !form.staff.iter().any(|s| s.person == *stays) || !staying.insert(stays) {
            return Err(Refusal::StandInForNobody { person: *stays });
        }
        if !form.reserves.iter().any(|r| r.person == *stands_in) || !standing_in.insert(stands_in) {
            return Err(Refusal::StandInNotListed { person: *stands_in });
        }
    }
    Ok(())
}

/// Leaving needs a count of each group. [CHECK-5]
fn each_group_is_counted(form: &TripForm, counts: &[GroupCount]) -> Result<(), Refusal> {
    let mut counted = BTreeSet::new();
    for GroupCount { group, .. } in counts {
        if !form.groups.iter().any(|g| g.group == *group) || !counted.insert(*group) {
            return Err(Refusal::CountOfUnknownGroup { group: *group });
        }
    }
    let groups: Vec<_> = form.groups.iter().map(|g| g.group).filter(|g| !counted.contains(g)).collect();
    if groups.is_empty() { Ok(()) } else { Err(Refusal::CountMissing { groups }) }
}

/// Base records that a party left all the same. Never refused for a trip that is known and hasn't left, cancelled or not; a
/// trip that is back is registered anew, since its watch has ended or is ending. [FORM-9]
pub(super) fn record_left_without_clearance(
    state: &State,
    trip: TripId,
    left_at: Timestamp,
    (counts, staff): (&[GroupCount], &[PersonId]),
    reason: Note,
    context: &Context<'_>,
) -> Decision {
    let known = known(state, trip)?;
    match &known.phase {
        Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Authorised(_) | Phase::Cancelled { .. } => {}
        Phase::Out(_) => return Ok(Vec::new()),
        Phase::Returned(_) | Phase::Closed { .. } => {
            return Err(wrong_phase(known, "not back yet; copy it as a new trip and record that one"));
        }
    }
    let form = as_it_left(&known.form, staff);
    let counts = by_group(counts);
    let missing = red_items(state, trip, known, &form, context);
    let phone = |staff: &_| any_phone_of(state, trip, &form, staff);
    let due = arrivals(Some(known), &form, context.policy);
    let party = Box::new(resolve(state, trip, &form, &counts, None, due, phone));
    let at = left_at.min(context.now);
    Ok(vec![Event::LeftWithoutClearance { trip, at, party, reason, missing }])
}

fn red_items(
    state: &State,
    trip: TripId,
    known: &Trip,
    form: &TripForm,
    context: &Context<'_>,
) -> Vec<ReadinessItem> {
    let check = Check {
        state,
        id: trip,
        trip: known,
        form,
        counts: None,
        now: context.now,
        zone: context.zone,
        policy: context.policy,
    };
    check.items(Gate::Depart).into_iter().filter(|item| !item.ok).collect()
}

/// The head, not on the trip, recalls or accepts it; by voice, recorded by the one who heard it. [FORM-9]
pub(super) fn settle_clearance(
    state: &State,
    trip: TripId,
    settled: Settled,
    context: &Context<'_>,
) -> Decision {
    let known = known(state, trip)?;
    let actor = named_person(context)?;
    let Some(outing) = known.outing() else { return Err(wrong_phase(known, "out without clearance")) };
    let Clearance::Without { settled: before, .. } = &outing.clearance else {
        return Err(Refusal::WrongPhase {
            phase: format!("{} with clearance", known.phase_name()),
            possible: "out without clearance".to_owned(),
        });
    };
    if !state.person(settled.by).is_some_and(|p| p.here && p.head) {
        return Err(Refusal::NotHead {});
    }
    if outing.has(settled.by) {
        return Err(Refusal::DeciderOnTrip { person: settled.by });
    }
    let said_by_themselves = actor == settled.by && settled.heard_by.is_none();
    if !said_by_themselves && (settled.heard_by != Some(actor) || actor == settled.by) {
        return Err(Refusal::HeardByNeeded {});
    }
    if before.as_ref() == Some(&settled) {
        return Ok(Vec::new());
    }
    let Settled { decision, by, reason, heard_by } = settled;
    Ok(vec![Event::ClearanceSettled { trip, decision, reason, by, heard_by }])
}

/// The form changes during the trip: what matters waits for remote re-authorising. [FORM-4]
pub(super) fn amend_trip(
    state: &State,
    trip: TripId,
    base: Hash,
    form: Box<TripForm>,
    reason: Note,
    context: &Context<'_>,
) -> Decision {
    let known = known(state, trip)?;
    let Phase::Out(outing) = &known.phase else { return Err(wrong_phase(known, "out")) };
    if known.form == form {
        return Ok(Vec::new());
    }
    same_form(trip, known, Some(base), Some(&form))?;
    validate(state, &form, context.now, context.zone)?;
    let form_hash = form_hash(&form);
    let due = arrivals(Some(known), &form, context.policy);
    let party = Box::new(amended(state, trip, outing, (&known.form, &form), due));
    let changed = changes_that_matter(outing.reference(&known.form), &form);
    let carried = outing.authorisation.as_ref().filter(|_| changed.is_empty());
    let carried =
        carried.map(|authorisation| carried_over(trip, authorisation, form_hash, party.arrivals.clone()));
    let amended = Event::TripAmended { trip, form, form_hash, party, reason, changed };
    Ok([amended].into_iter().chain(carried).collect())
}
