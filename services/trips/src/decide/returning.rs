//! Coming home: everyone accounted for, then the devices, then it is over. [DEV-9]

use decider::Context;
use jiff::SignedDuration;
use proto::ids::TripId;
use proto::v1::trips::{Accounted, Event, Refusal};
use proto::values::{Headcount, Note};

use super::{Decision, known, named_person, wrong_phase};
use crate::state::{Phase, State};

/// A named person accounts for everyone who left: back, released, in hospital.
pub(super) fn record_return(
    state: &State,
    trip: TripId,
    accounted: Accounted,
    note: Option<Note>,
    context: &Context<'_>,
) -> Decision {
    let known = known(state, trip)?;
    let by = named_person(context)?;
    let outing = match &known.phase {
        Phase::Out(outing) => outing,
        Phase::Returned(returned) | Phase::Closed { returned, .. } if returned.accounted == accounted => {
            return Ok(Vec::new());
        }
        Phase::Draft { .. }
        | Phase::Submitted { .. }
        | Phase::Authorised(_)
        | Phase::Returned(_)
        | Phase::Closed { .. }
        | Phase::Cancelled { .. } => return Err(wrong_phase(known, "out")),
    };
    if accounted.released < known.released {
        return Err(Refusal::ReleasedDiffers { recorded: known.released, found: accounted.released });
    }
    let expected = outing.pupils_left();
    let found = accounted.back.get() + accounted.released.get() + accounted.in_hospital.get();
    if found != expected.get() {
        let found = Headcount::new(found.min(Headcount::MAX)).unwrap_or_default();
        return Err(Refusal::NotAccounted { expected, found });
    }
    let until_due = SignedDuration::from_secs(i64::from(context.policy.device_return_secs));
    let devices_due_at = context.now.saturating_add(until_due).unwrap_or(context.now);
    let returned = Event::Returned { trip, at: context.now, accounted, by, note, devices_due_at };
    Ok([returned].into_iter().chain(crate::drills::over(trip, outing, context)).collect())
}

/// A trip closes by itself when its last device is in or settled; until then closing is refused.
pub(super) fn close_trip(state: &State, trip: TripId) -> Decision {
    let known = known(state, trip)?;
    match &known.phase {
        Phase::Closed { .. } => Ok(Vec::new()),
        Phase::Returned(_) => Err(Refusal::DevicesOut { trip }),
        Phase::Draft { .. }
        | Phase::Submitted { .. }
        | Phase::Authorised(_)
        | Phase::Out(_)
        | Phase::Cancelled { .. } => Err(wrong_phase(known, "back, with every device settled")),
    }
}

/// It doesn't take place.
pub(super) fn cancel_trip(state: &State, trip: TripId, reason: Note) -> Decision {
    let known = known(state, trip)?;
    match &known.phase {
        Phase::Draft { .. } | Phase::Submitted { .. } | Phase::Authorised(_) => {
            Ok(vec![Event::TripCancelled { trip, reason }])
        }
        Phase::Cancelled { .. } => Ok(Vec::new()),
        Phase::Out(_) | Phase::Returned(_) | Phase::Closed { .. } => {
            Err(wrong_phase(known, "a draft, submitted or authorised"))
        }
    }
}
