//! Who may ask what. Persons act by their roles; accounts act as far as the broker lets them; phones change nothing.
//!
//! Roles are heard of people and can be a moment old: a person nobody has spoken of yet is not refused.

use proto::envelope::Actor;
use proto::v1::contacts::Refusal;
use proto::v1::people::Role;

use crate::facts::Facts;

/// Who keeps the lines and closes the school.
const OFFICE: &[Role] = &[Role::Office, Role::Senior, Role::Head, Role::Admin];

/// Refuses phones, and persons who are known not to work in the office or lead the school.
pub(crate) fn office(facts: &Facts, actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Client(_) | Actor::Service(_) => Ok(()),
        Actor::Device(_) => Err(Refusal::NamedPersonNeeded {}),
        Actor::Person(person) => match facts.people.get(person) {
            Some(known) if !OFFICE.iter().any(|role| known.roles.contains(role)) => {
                Err(Refusal::RoleNeeded { roles: OFFICE.iter().copied().collect() })
            }
            Some(_) | None => Ok(()),
        },
    }
}

/// Refuses all but named persons: base is taken and handed over by name. [CONT-6]
pub(crate) fn named_person(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Person(_) => Ok(()),
        Actor::Device(_) | Actor::Client(_) | Actor::Service(_) => Err(Refusal::NamedPersonNeeded {}),
    }
}
