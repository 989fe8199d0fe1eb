//! The usage log: entries by hand, and the weekly sign-off. [USE-1, CONT-7]

use std::collections::BTreeSet;

use decider::Context;
use jiff::civil::{Date, Weekday};
use proto::ids::PersonId;
use proto::v1::people::Role;
use proto::v1::safeguarding::{Command, Event, Purpose, Refusal, Use, UseKind};
use proto::values::{Note, Personal};

use super::{Decided, not_ahead};
use crate::calendar;
use crate::state::State;

pub(super) fn log(state: &State, actor: PersonId, command: Command, context: &Context<'_>) -> Decided {
    let Command::LogUse { entry, device, at, way, purpose, reason } = command else { return Ok(Vec::new()) };
    not_ahead(at, context.now)?;
    if state.usage.has(entry) {
        return Err(Refusal::UseExists { entry });
    }
    let hands = state.usage.hands.get(&device).ok_or(Refusal::UnknownDevice { device })?;
    if reason.get().is_some_and(Note::has_phone_number) {
        return Err(Refusal::NumberInWords {});
    }
    check_purpose(state, actor, purpose, context)?;
    let needs_agreement = context.policy.personal_use_by_agreement;
    let questioned = needs_agreement && matches!(purpose, Purpose::PersonalOther {});
    let (holder, trip) = hands.map_or((None, None), |(holder, trip)| (Some(holder), trip));
    let kind = UseKind::Noted { way, purpose, reason, by: actor };
    let week = calendar::monday(at, context.zone);
    Ok(vec![Event::UseRecorded {
        entry,
        week,
        used: Use { at, device, holder, trip, kind, questioned, source: None },
        ends_at: calendar::week_ends(week, context.zone),
        review_by: calendar::review_by(week, context.zone),
    }])
}

/// Whoever agreed to a personal call is somebody else, who works here. [CONT-7]
fn check_purpose(
    state: &State,
    actor: PersonId,
    purpose: Purpose,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    match purpose {
        Purpose::PersonalAgreed { by } if !state.is_here(by) => Err(Refusal::UnknownPerson { person: by }),
        Purpose::PersonalAgreed { by } if by == actor && context.policy.personal_use_by_agreement => {
            Err(Refusal::AgreedByThemselves { person: by })
        }
        Purpose::PersonalAgreed { .. }
        | Purpose::Work {}
        | Purpose::PersonalEmergency {}
        | Purpose::PersonalOther {} => Ok(()),
    }
}

pub(super) fn sign_off(
    state: &State,
    actor: PersonId,
    week: Date,
    remarks: Option<Personal<Note>>,
    context: &Context<'_>,
) -> Decided {
    if !state.has_role(actor, Role::Dsl) {
        return Err(Refusal::RoleNeeded { roles: BTreeSet::from([Role::Dsl]) });
    }
    if week.weekday() != Weekday::Monday {
        return Err(Refusal::NotAMonday { week });
    }
    let ends_at = calendar::week_ends(week, context.zone);
    if ends_at > context.now {
        return Err(Refusal::WeekNotOver { week, ends_at });
    }
    let known = state.usage.week(week).ok_or(Refusal::NothingRecorded { week })?;
    if !known.is_open() {
        return Ok(Vec::new());
    }
    let (entries, questioned) = (known.entries(), known.questioned());
    Ok(vec![Event::WeekSignedOff { week, by: actor, entries, questioned, remarks, at: context.now }])
}
