//! Who may ask what. Persons act by their roles; accounts act as far as the broker lets them; phones change nothing.

use std::collections::BTreeSet;

use proto::envelope::Actor;
use proto::ids::PersonId;
use proto::v1::people::{Refusal, Role};

use crate::state::State;

/// Who keeps the register and works at the desk.
pub(crate) const DESK: &[Role] = &[Role::Office, Role::Senior, Role::Head, Role::Admin];

/// Who keeps the rota.
pub(crate) const ROTA: &[Role] = &[Role::Office, Role::Senior, Role::Head, Role::Dsl, Role::Admin];

/// Refuses phones, and persons without any of the roles. While there is no administrator yet, anybody sets up.
pub(crate) fn any_of(state: &State, actor: &Actor, roles: &[Role]) -> Result<(), Refusal> {
    match actor {
        Actor::Client(_) | Actor::Service(_) => Ok(()),
        Actor::Device(_) => Err(Refusal::NamedPersonNeeded {}),
        Actor::Person(person) if has_any(state, *person, roles) => Ok(()),
        Actor::Person(_) => Err(Refusal::RoleNeeded { roles: roles.iter().copied().collect() }),
    }
}

/// As [`any_of`], but a person may also act for themselves.
pub(crate) fn self_or_any_of(
    state: &State,
    actor: &Actor,
    person: PersonId,
    roles: &[Role],
) -> Result<(), Refusal> {
    if *actor == Actor::Person(person) { Ok(()) } else { any_of(state, actor, roles) }
}

/// Roles beyond leader are given and taken by an administrator: nobody lifts themselves to senior.
pub(crate) fn change_of_roles(
    state: &State,
    actor: &Actor,
    before: &BTreeSet<Role>,
    after: &BTreeSet<Role>,
) -> Result<(), Refusal> {
    let beyond: BTreeSet<Role> =
        before.symmetric_difference(after).copied().filter(|r| *r != Role::Leader).collect();
    match actor {
        Actor::Person(person) if !beyond.is_empty() && !has_any(state, *person, &[Role::Admin]) => {
            Err(Refusal::AdminNeeded { roles: beyond })
        }
        Actor::Person(_) | Actor::Client(_) | Actor::Service(_) => Ok(()),
        Actor::Device(_) => Err(Refusal::NamedPersonNeeded {}),
    }
}

/// Who changes the policy, and the head who agreed: the head alone, or an administrator with a head's word. While nobody is
/// head, an administrator sets the school up. [REV-1]
pub(crate) fn over_policy(
    state: &State,
    actor: &Actor,
    agreed_by: Option<PersonId>,
) -> Result<(PersonId, Option<PersonId>), Refusal> {
    let Actor::Person(by) = *actor else { return Err(Refusal::NamedPersonNeeded {}) };
    any_of(state, actor, &[Role::Head, Role::Admin])?;
    let is_head = |person| state.has_role(person, Role::Head);
    let nobody_is = !state.members().any(|(_, member)| member.roles.contains(&Role::Head));
    match agreed_by.filter(|agreed| *agreed != by) {
        Some(head) if is_head(head) => Ok((by, Some(head))),
        Some(_) => Err(Refusal::HeadNeeded {}),
        None if is_head(by) || nobody_is => Ok((by, None)),
        None => Err(Refusal::HeadNeeded {}),
    }
}

fn has_any(state: &State, person: PersonId, roles: &[Role]) -> bool {
    roles.iter().any(|role| state.has_role(person, *role)) || state.admins().next().is_none()
}
