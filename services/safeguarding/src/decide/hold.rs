//! Records are held, and let go of. Whoever may is in the board's table of roles, and among the seniors here.

use decider::Context;
use proto::ids::{HoldId, PersonId};
use proto::v1::safeguarding::{Event, Held, Refusal};
use proto::values::{Note, Personal};

use super::Decided;
use crate::state::State;

pub(super) fn place(
    state: &State,
    actor: PersonId,
    (hold, of): (HoldId, Held),
    reason: Personal<Note>,
    context: &Context<'_>,
) -> Decided {
    if let Some(known) = state.holds.get(hold) {
        let same = known.of == of && known.lifted.is_none();
        return if same { Ok(Vec::new()) } else { Err(Refusal::HoldExists { hold }) };
    }
    Ok(vec![Event::RecordsHeld { hold, of, reason, by: actor, at: context.now }])
}

pub(super) fn lift(
    state: &State,
    actor: PersonId,
    hold: HoldId,
    reason: Personal<Note>,
    context: &Context<'_>,
) -> Decided {
    let standing = state.holds.get(hold).is_some_and(|known| known.lifted.is_none());
    if !standing {
        return Err(Refusal::NoHold { hold });
    }
    Ok(vec![Event::HoldLifted { hold, reason, by: actor, at: context.now }])
}
