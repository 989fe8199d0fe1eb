//! Arrangements: agreed, renewed, ended, on which trips. [PERS-2, PERS-3, PERS-5]

use decider::Context;
use jiff::ToSpan;
use jiff::civil::Date;
use proto::ids::{ArrangementId, PersonId, TripId};
use proto::rules::Rule;
use proto::v1::people::Role;
use proto::v1::safeguarding::{AgreedWith, Command, Event, Refusal, Terms, Whose};
use proto::values::{Label, Note, Personal};

use super::Decided;
use crate::arrangements::Arrangement;
use crate::calendar;
use crate::state::State;

/// The longest that an arrangement runs before it is looked at again: a school year and its summer.
pub(crate) const MAX_DAYS: u16 = 400;

pub(super) fn agree(
    state: &State,
    actor: PersonId,
    arrangement: ArrangementId,
    terms: Terms,
    context: &Context<'_>,
) -> Decided {
    if let Some(known) = state.arrangements.get(arrangement) {
        let same = known.terms == terms && known.ended.is_none();
        return if same { Ok(Vec::new()) } else { Err(Refusal::ArrangementExists { arrangement }) };
    }
    in_policy(&terms.whose, context)?;
    may_agree(state, &terms.whose, terms.agreed_by, terms.signature.as_ref())?;
    fits(&terms.whose, terms.agreed_with)?;
    ends_well(terms.from, terms.until, context)?;
    let (remind_at, ends_at) = times(terms.until, context);
    let terms = Box::new(terms);
    Ok(vec![Event::ArrangementAgreed { arrangement, terms, remind_at, ends_at, by: actor, at: context.now }])
}

pub(super) fn renew(state: &State, actor: PersonId, command: Command, context: &Context<'_>) -> Decided {
    let Command::RenewArrangement { arrangement, until, agreed_by, agreed_with, advice, signature } = command
    else {
        return Ok(Vec::new());
    };
    let known = open_one(state, arrangement)?;
    may_agree(state, &known.terms.whose, agreed_by, signature.as_ref().or(known.terms.signature.as_ref()))?;
    fits(&known.terms.whose, agreed_with)?;
    ends_well(known.terms.from, until, context)?;
    if known.terms.until == until {
        return Ok(Vec::new());
    }
    let (remind_at, ends_at) = times(until, context);
    Ok(vec![Event::ArrangementRenewed {
        arrangement,
        until,
        agreed_by,
        agreed_with,
        advice,
        signature,
        remind_at,
        ends_at,
        by: actor,
        at: context.now,
    }])
}

/// One for a medical device is ended by the head alone. [PERS-2]
pub(super) fn end(
    state: &State,
    actor: PersonId,
    arrangement: ArrangementId,
    reason: Personal<Note>,
    context: &Context<'_>,
) -> Decided {
    let known = open_one(state, arrangement)?;
    if known.terms.medical && !state.has_role(actor, Role::Head) {
        return Err(Refusal::MedicalEndedByHead { arrangement });
    }
    Ok(vec![Event::ArrangementEnded { arrangement, reason, by: actor, at: context.now }])
}

pub(super) fn put_on_trip(
    state: &State,
    actor: PersonId,
    arrangement: ArrangementId,
    (trip, on): (TripId, bool),
    context: &Context<'_>,
) -> Decided {
    if open_one(state, arrangement)?.trips.contains(&trip) == on {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ArrangementOnTrip { arrangement, trip, on, by: actor, at: context.now }])
}

fn open_one(state: &State, arrangement: ArrangementId) -> Result<&Arrangement, Refusal> {
    let known = state.arrangements.get(arrangement).filter(|known| known.ended.is_none());
    known.ok_or(Refusal::NoArrangement { arrangement })
}

/// A pupil's: the headteacher. A post-16 approach: besides, the regional director's signature. A member of staff's: the
/// headteacher or a senior, who is the line manager; never themselves.
fn may_agree(state: &State, whose: &Whose, by: PersonId, signature: Option<&Label>) -> Result<(), Refusal> {
    let head = state.has_role(by, Role::Head);
    match whose {
        Whose::Pupil { .. } if head => Ok(()),
        Whose::Pupil { .. } => Err(Refusal::HeadNeeded { by }),
        Whose::Post16 { .. } if signature.is_none() => Err(Refusal::SignatureNeeded {}),
        Whose::Post16 { .. } if head => Ok(()),
        Whose::Post16 { .. } => Err(Refusal::HeadNeeded { by }),
        Whose::Staff { person } if *person == by => Err(Refusal::LineManagerNeeded { by }),
        Whose::Staff { .. } if head || state.has_role(by, Role::Senior) => Ok(()),
        Whose::Staff { .. } => Err(Refusal::LineManagerNeeded { by }),
    }
}

/// What the policy of the school has no room for isn't agreed; what was agreed before runs to its end.
fn in_policy(whose: &Whose, context: &Context<'_>) -> Result<(), Refusal> {
    let (allowed, rule) = match whose {
        Whose::Pupil { .. } => (context.policy.pupil_exceptions, Rule::Pers2),
        Whose::Post16 { .. } => (context.policy.signed_approach, Rule::Pers3),
        Whose::Staff { .. } => (context.policy.staff_arrangements, Rule::Pers5),
    };
    if allowed { Ok(()) } else { Err(Refusal::NotInPolicy { rule }) }
}

fn fits(whose: &Whose, with: AgreedWith) -> Result<(), Refusal> {
    match (whose, with) {
        (Whose::Pupil { .. } | Whose::Post16 { .. }, AgreedWith::Pupil | AgreedWith::Parent)
        | (Whose::Staff { .. }, AgreedWith::Staff) => Ok(()),
        (Whose::Pupil { .. } | Whose::Post16 { .. }, AgreedWith::Staff)
        | (Whose::Staff { .. }, AgreedWith::Pupil | AgreedWith::Parent) => Err(Refusal::WrongSide {}),
    }
}

fn ends_well(from: Date, until: Date, context: &Context<'_>) -> Result<(), Refusal> {
    let today = context.zone.local(context.now).date();
    let latest = today.max(from).saturating_add(i64::from(MAX_DAYS).days());
    let well = from <= until && today <= until && until <= latest;
    if well { Ok(()) } else { Err(Refusal::BadEnd { until, max_days: MAX_DAYS }) }
}

fn times(until: Date, context: &Context<'_>) -> (jiff::Timestamp, jiff::Timestamp) {
    let before = context.policy.arrangement_reminder_days;
    (calendar::reminded_before(until, before, context.zone), calendar::day_ends(until, context.zone))
}
