//! Who may know of what. [INC-7]

use std::collections::BTreeSet;

use proto::ids::PersonId;
use proto::v1::people::Role;
use proto::v1::safeguarding::Readers;
use serde::{Deserialize, Serialize};

use crate::state::State;

/// A person, as far as safeguarding goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) here: bool,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) trust: bool,
}

impl State {
    pub(crate) fn has_role(&self, person: PersonId, role: Role) -> bool {
        self.people.get(&person).is_some_and(|p| p.here && p.roles.contains(&role))
    }

    /// Whether that person is known, and on the register.
    pub fn is_here(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.here)
    }

    /// Whether that person is the head (or a deputy), still here or not.
    pub(crate) fn leads(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| p.roles.contains(&Role::Head))
    }

    /// Who may read what concerns that adult (none: what concerns none). Never that adult. What concerns the head goes to
    /// DSLs who are not heads themselves, and to the seniors of the trust: the chair, the proprietor. [INC-7]
    pub(crate) fn readers(&self, about: Option<PersonId>, about_head: bool) -> Readers {
        let who = |fits: &dyn Fn(&Person) -> bool| -> BTreeSet<PersonId> {
            let others = self.people.iter().filter(|(id, p)| p.here && Some(**id) != about && fits(p));
            others.map(|(id, _)| *id).collect()
        };
        let has = |p: &Person, role| p.roles.contains(&role);
        let dsl = who(&|p| has(p, Role::Dsl) && !(about_head && has(p, Role::Head)));
        let mut head = if about_head {
            who(&|p| p.trust && (has(p, Role::Senior) || has(p, Role::Head)))
        } else {
            who(&|p| has(p, Role::Head))
        };
        head.retain(|person| !dsl.contains(person));
        Readers { dsl, head }
    }
}
