//! Owning: only a named person's click, reply code or key press stops the ladder. [CHECK-2]

use decider::Context;
use jiff::SignedDuration;
use proto::ids::{CaseId, InboundId, PersonId};
use proto::v1::alerts::{Event, OwnedVia, Recipient, ReplyCode};
use proto::v1::people::DutyRole;

use crate::case::{OpenCase, Stage};
use crate::state::State;

/// Owning again within this is a duplicate; later it gives the owner more time.
const AGAIN_SECS: i64 = 60;

/// A person takes a case; nothing if they took it a moment ago (a text is always answered).
pub(crate) fn own(
    case: &OpenCase,
    by: PersonId,
    via: OwnedVia,
    inbound: Option<InboundId>,
    context: &Context<'_>,
) -> Option<Event> {
    let at = context.now;
    if let Stage::Owned { by: owner, at: since, .. } = &case.stage {
        let again = *owner == by && at.duration_since(*since).as_secs() < AGAIN_SECS;
        if again && inbound.is_none() {
            return None;
        }
    }
    let until = at + SignedDuration::from_secs(i64::from(context.policy.ownership_lapses_secs));
    Some(Event::CaseOwned { case: case.case, trip: case.trip, by, via, at, until, inbound })
}

/// Whether a person may not take, see or end it: the staff of a trip under duress may not, and are not told why; what only
/// the DSL and the head may know, nobody else may. [CHECK-6, INC-7]
pub(crate) fn is_kept_from(state: &State, case: &OpenCase, person: PersonId) -> bool {
    let hidden = case.readers().is_some_and(|readers| !readers.has(person));
    hidden || case.under_duress() && case.trip.is_some_and(|trip| state.is_on_trip(person, trip))
}

/// The open case that a code means to the one who sent it. Where so many cases are open that two share a code, it is the
/// one of which that person was told.
pub(crate) fn case_of_code(state: &State, code: ReplyCode, person: PersonId) -> Option<&OpenCase> {
    let open: Vec<&OpenCase> =
        state.codes.get(&code)?.open.iter().filter_map(|c: &CaseId| state.case(*c)).collect();
    let told = |c: &&OpenCase| c.told.iter().any(|t| t.to == Recipient::Person(person));
    match open.as_slice() {
        [one] => Some(one),
        several => several.iter().copied().find(told),
    }
}

/// Who takes a case with a key pressed on a line of the school: whoever holds base of the trip, else who is on call for
/// it. A call that nobody can be named for owns nothing.
pub(crate) fn who_answers_lines(state: &State, case: &OpenCase, context: &Context<'_>) -> Option<PersonId> {
    let on_call = |role| {
        let mut duties = state.duties.values().filter(move |d| d.role == role);
        duties.find(|d| d.window.contains(context.now)).map(|d| d.person)
    };
    let base = case.trip.and_then(|trip| state.base_of(trip));
    base.or_else(|| on_call(DutyRole::Base)).or_else(|| on_call(DutyRole::Office))
}
