//! One function for each command.

use std::collections::BTreeSet;

use decider::Context;
use jiff::SignedDuration;
use proto::Timestamp;
use proto::ids::{DutyId, PersonId};
use proto::v1::people::{Command, DutyRole, Event, MAX_DUTY_DAYS, Refusal, Role, Standing};
use proto::values::{Name, Note, Personal, Window};

use crate::authority::{self, DESK, ROTA};
use crate::nights::nights;
use crate::policy;
use crate::state::{Authorisation, Duty, Member, Person, State, Test};

pub(crate) type Decision = Result<Vec<Event>, Refusal>;

pub(crate) fn decide(state: &State, command: Command, context: &Context<'_>) -> Decision {
    match command {
        Command::AddPerson { person, name, standing, roles } => {
            add_person(state, context, person, name, standing, roles)
        }
        Command::ChangePerson { person, name, standing, roles } => {
            change_person(state, context, person, name, standing, roles)
        }
        Command::RemovePerson { person } => remove_person(state, context, person),
        Command::AuthoriseHolder { person, until } => authorise_holder(state, context, person, until),
        Command::WithdrawAuthorisation { person, reason } => {
            withdraw_authorisation(state, context, person, reason)
        }
        Command::AcceptAgreement { person, version } => accept_agreement(state, context, person, version),
        Command::PlanDuty { duty, person, role, window } => {
            plan_duty(state, context, duty, person, role, window)
        }
        Command::RemoveDuty { duty } => remove_duty(state, context, duty),
        Command::ConfirmDuty { duty } => confirm_duty(state, context, duty),
        Command::ChoosePreset { preset, reason, agreed_by } => {
            policy::choose_preset(state, context, preset, reason, agreed_by)
        }
        Command::ChangePolicy { set, reason, agreed_by } => {
            policy::change(state, context, &set, reason, agreed_by)
        }
        Command::ReviewPolicy { outcome, agreed_by } => policy::review(state, context, outcome, agreed_by),
    }
}

fn add_person(
    state: &State,
    context: &Context<'_>,
    person: PersonId,
    name: Personal<Name>,
    standing: Standing,
    roles: BTreeSet<Role>,
) -> Decision {
    authority::any_of(state, context.actor, DESK)?;
    authority::change_of_roles(state, context.actor, &BTreeSet::new(), &roles)?;
    match state.person(person) {
        Some(Person::Here(member)) if same(member, &name, standing, &roles) => Ok(vec![]),
        Some(Person::Here(_)) => Err(Refusal::PersonExists { person }),
        Some(Person::Left { .. }) | None => Ok(vec![Event::PersonAdded { person, name, standing, roles }]),
    }
}

fn change_person(
    state: &State,
    context: &Context<'_>,
    person: PersonId,
    name: Personal<Name>,
    standing: Standing,
    roles: BTreeSet<Role>,
) -> Decision {
    authority::any_of(state, context.actor, DESK)?;
    let member = state.member(person).ok_or(Refusal::UnknownPerson { person })?;
    authority::change_of_roles(state, context.actor, &member.roles, &roles)?;
    if same(member, &name, standing, &roles) {
        return Ok(vec![]);
    }
    if !roles.contains(&Role::Admin) {
        keep_an_admin(state, person)?;
    }
    let ends_for_good = standing == Standing::Supply && member.authorisation == Authorisation::ForGood;
    let mut events = vec![Event::PersonChanged { person, name, standing, roles }];
    if ends_for_good {
        let reason =
            Note::parse("Now supply staff: they are authorised until a time.").expect("a short text");
        events.push(Event::AuthorisationWithdrawn { person, reason: reason.into() });
    }
    Ok(events)
}

fn same(member: &Member, name: &Personal<Name>, standing: Standing, roles: &BTreeSet<Role>) -> bool {
    member.name == *name && member.standing == standing && member.roles == *roles
}

/// Somebody else must be able to set Homeward up, if this person could.
fn keep_an_admin(state: &State, person: PersonId) -> Result<(), Refusal> {
    let last = state.has_role(person, Role::Admin) && state.admins().all(|admin| admin == person);
    if last { Err(Refusal::LastAdmin { person }) } else { Ok(()) }
}

/// Who leaves is on call no more: their duties go with them.
fn remove_person(state: &State, context: &Context<'_>, person: PersonId) -> Decision {
    authority::any_of(state, context.actor, DESK)?;
    let member = match state.person(person) {
        Some(Person::Here(member)) => member,
        Some(Person::Left { .. }) => return Ok(vec![]),
        None => return Err(Refusal::UnknownPerson { person }),
    };
    authority::change_of_roles(state, context.actor, &member.roles, &BTreeSet::new())?;
    keep_an_admin(state, person)?;
    let duties = state.duties().filter(|(_, d)| d.person == person && d.window.to > context.now);
    let mut events: Vec<Event> = duties.map(|(duty, _)| Event::DutyRemoved { duty }).collect();
    events.push(Event::PersonLeft { person });
    Ok(events)
}

fn authorise_holder(
    state: &State,
    context: &Context<'_>,
    person: PersonId,
    until: Option<Timestamp>,
) -> Decision {
    authority::any_of(state, context.actor, DESK)?;
    let member = state.member(person).ok_or(Refusal::UnknownPerson { person })?;
    if member.authorisation == Authorisation::from(until) {
        return Ok(vec![]);
    }
    match until {
        None if member.standing == Standing::Supply => Err(Refusal::SupplyNeedsAnEnd { person }),
        Some(until) if until <= context.now => Err(Refusal::EndsInThePast { until }),
        None | Some(_) => Ok(vec![Event::HolderAuthorised { person, until }]),
    }
}

fn withdraw_authorisation(
    state: &State,
    context: &Context<'_>,
    person: PersonId,
    reason: Personal<Note>,
) -> Decision {
    authority::any_of(state, context.actor, DESK)?;
    let member = state.member(person).ok_or(Refusal::UnknownPerson { person })?;
    match member.authorisation {
        Authorisation::None => Ok(vec![]),
        Authorisation::ForGood | Authorisation::Until(_) => {
            Ok(vec![Event::AuthorisationWithdrawn { person, reason }])
        }
    }
}

fn accept_agreement(state: &State, context: &Context<'_>, person: PersonId, version: u16) -> Decision {
    authority::self_or_any_of(state, context.actor, person, DESK)?;
    let member = state.member(person).ok_or(Refusal::UnknownPerson { person })?;
    let expected = context.policy.agreement_version;
    if version != expected {
        return Err(Refusal::WrongAgreement { expected, found: version });
    }
    if member.agreement.is_some_and(|(accepted, _)| accepted == version) {
        return Ok(vec![]);
    }
    Ok(vec![Event::AgreementAccepted { person, version, at: context.now }])
}

fn plan_duty(
    state: &State,
    context: &Context<'_>,
    duty: DutyId,
    person: PersonId,
    role: DutyRole,
    window: Window,
) -> Decision {
    authority::any_of(state, context.actor, ROTA)?;
    match state.duty(duty) {
        Some(d) if (d.person, d.role, d.window) == (person, role, window) => return Ok(vec![]),
        Some(_) => return Err(Refusal::DutyExists { duty }),
        None if state.was_removed(duty) => return Err(Refusal::DutyExists { duty }),
        None => {}
    }
    state.member(person).ok_or(Refusal::UnknownPerson { person })?;
    if window.to <= context.now {
        return Err(Refusal::DutyOver { duty });
    }
    if window.from.duration_until(window.to) > SignedDuration::from_hours(24 * MAX_DUTY_DAYS) {
        return Err(Refusal::DutyTooLong { max_days: MAX_DUTY_DAYS });
    }
    let clash = |d: &Duty| d.person == person && d.role == role && d.window.overlaps(&window);
    if let Some((with, _)) = state.duties().find(|(_, d)| clash(d)) {
        return Err(Refusal::DutyOverlaps { with });
    }
    let nights = nights(window, context.now, context.zone);
    Ok(vec![Event::DutyPlanned { duty, person, role, window, nights }])
}

fn remove_duty(state: &State, context: &Context<'_>, duty: DutyId) -> Decision {
    authority::any_of(state, context.actor, ROTA)?;
    match state.duty(duty) {
        None if state.was_removed(duty) => Ok(vec![]),
        None => Err(Refusal::UnknownDuty { duty }),
        Some(found) if found.window.to <= context.now => Err(Refusal::DutyOver { duty }),
        Some(_) => Ok(vec![Event::DutyRemoved { duty }]),
    }
}

/// The person says so, or the office on their behalf: it counts for the night whose test was last due.
fn confirm_duty(state: &State, context: &Context<'_>, duty: DutyId) -> Decision {
    let found = state.duty(duty).ok_or(Refusal::UnknownDuty { duty })?;
    authority::self_or_any_of(state, context.actor, found.person, ROTA)?;
    let now = context.now;
    if found.window.to <= now {
        return Err(Refusal::DutyOver { duty });
    }
    let tonight = found.nights.iter().find(|n| n.test_at <= now && now < n.hours.to);
    match tonight.map(|night| (night.hours, night.test)) {
        Some((_, Test::Confirmed { .. })) => Ok(vec![]),
        Some((night, Test::Planned { .. } | Test::Asked { .. } | Test::Unanswered)) => {
            Ok(vec![Event::DutyConfirmed { duty, at: now, inbound: None, night }])
        }
        None => {
            let next_test_at = found.nights.iter().map(|n| n.test_at).find(|at| *at > now);
            Err(Refusal::NothingToConfirm { duty, next_test_at })
        }
    }
}
