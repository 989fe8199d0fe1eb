//! Pupils' own phones: handed in, given back. [PERS-1, PERS-4]

use decider::Context;
use proto::ids::PersonId;
use proto::v1::safeguarding::{Event, HandIn, MAX_POUCH, MAX_YEAR, Refusal};

use super::Decided;
use crate::calendar;
use crate::state::State;

/// One more in the queue. The same phone twice is the same hand-in.
pub(super) fn hand_in(
    state: &State,
    actor: PersonId,
    pouch: u16,
    phone: HandIn,
    context: &Context<'_>,
) -> Decided {
    if pouch == 0 || pouch > MAX_POUCH {
        return Err(Refusal::NoSuchPouch { pouch, max: MAX_POUCH });
    }
    if phone.year > MAX_YEAR {
        return Err(Refusal::NoSuchYear { year: phone.year });
    }
    let day = context.zone.local(context.now).date();
    match state.pouches.get(pouch) {
        Some(held) if (held.day, &held.phone) == (day, &phone) => return Ok(Vec::new()),
        Some(_) => return Err(Refusal::PouchTaken { pouch }),
        None => {}
    }
    may_bring(state, &phone, context)?;
    let at = context.now;
    let fetch_by = calendar::fetch_by(at, context.zone, context.policy);
    Ok(vec![Event::PhoneHandedIn { day, pouch, phone, fetch_by, by: actor, at }])
}

/// Its year may bring one, or a senior allows this one. [PERS-4]
fn may_bring(state: &State, phone: &HandIn, context: &Context<'_>) -> Result<(), Refusal> {
    let years = &context.policy.own_phone_years;
    if years.is_empty() || years.contains(&phone.year) {
        return Ok(());
    }
    let Some(person) = phone.allowed_by else { return Err(Refusal::YearMayNot { year: phone.year }) };
    let may = context.policy.own_phone_allowed_by.iter().any(|role| state.has_role(person, *role));
    if may { Ok(()) } else { Err(Refusal::MayNotAllow { person }) }
}

pub(super) fn give_back(state: &State, actor: PersonId, pouch: u16, context: &Context<'_>) -> Decided {
    let Some(held) = state.pouches.get(pouch) else { return Err(Refusal::PouchEmpty { pouch }) };
    let last = held.told && state.pouches.is_last_told(pouch);
    Ok(vec![Event::PhoneGivenBack { day: held.day, pouch, last, by: actor, at: context.now }])
}
