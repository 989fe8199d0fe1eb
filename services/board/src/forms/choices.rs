//! What a field offers to choose from: a list, or, where the list would be long, a field that finds in it while somebody types.
//!
//! A field that finds is named `find.people:leader`: what was typed in it becomes the id of what it names before anything
//! reads the form (see `auth::posted` and `pages::find`), so that it works without the script too.

use std::collections::BTreeMap;

use proto::ids::{DeviceId, PersonId};
use proto::v1::devices::DeviceKind;
use proto::v1::people::Role;

use super::Choice;
use crate::auth::Fields;
use crate::pages::find::{Kind, label_of_person, label_of_phone};
use crate::pages::shell::Looking;
use crate::view::SchoolView;

/// Longer lists are found in.
pub(crate) const MOST_LISTED: usize = 200;

/// Something to choose from.
pub(crate) trait Offer {
    /// The list; empty where it is found in.
    fn items(&self) -> &[Choice];
    /// Where it is found, if it is long.
    fn find(&self) -> Option<&Find> {
        None
    }
}

impl Offer for Vec<Choice> {
    fn items(&self) -> &[Choice] {
        self
    }
}

impl<T: Offer> Offer for &T {
    fn items(&self) -> &[Choice] {
        (*self).items()
    }

    fn find(&self) -> Option<&Find> {
        (*self).find()
    }
}

/// Where a long list is found in.
#[derive(Clone, Debug)]
pub(crate) struct Find {
    pub(crate) kind: Kind,
    /// The address that finds: `/find/people?roles=dsl`.
    pub(crate) at: String,
    /// What is chosen already, by its id, in words.
    known: BTreeMap<String, String>,
}

impl Find {
    /// What stands in the field: what is chosen in words, or what was typed.
    pub(crate) fn shown<'a>(&'a self, value: &'a str) -> &'a str {
        self.known.get(value).map_or(value, String::as_str)
    }
}

/// People or phones to choose from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    items: Vec<Choice>,
    find: Option<Find>,
}

impl Offer for Choices {
    fn items(&self) -> &[Choice] {
        &self.items
    }

    fn find(&self) -> Option<&Find> {
        self.find.as_ref()
    }
}

impl Choices {
    /// Everybody on the register.
    pub(crate) fn people(look: &Looking<'_>, typed: &Fields) -> Self {
        Self::people_with(look, &[], typed)
    }

    /// Those who have one of these roles (all, if none is named).
    pub(crate) fn people_with(look: &Looking<'_>, any: &[Role], typed: &Fields) -> Self {
        let with = |roles: &std::collections::BTreeSet<Role>| {
            any.is_empty() || any.iter().any(|r| roles.contains(r))
        };
        let many = look.view.people.members().filter(|(_, member)| with(&member.roles)).nth(MOST_LISTED);
        if many.is_none() {
            return Self { items: Choice::of(look.people_with(any)), find: None };
        }
        let roles: Vec<&str> = any.iter().map(|role| role.as_str()).collect();
        let at = format!("/find/people?roles={}", roles.join(","));
        let name = |id: &str| {
            let person: PersonId = id.parse().ok()?;
            look.view.people.member(person).map(|_| label_of_person(look.view, person))
        };
        Self { items: Vec::new(), find: Some(Find { kind: Kind::People, at, known: known(typed, name) }) }
    }

    /// These phones; `of` narrows the search to such: `store=1`.
    pub(crate) fn phones<'a>(
        view: &SchoolView,
        wanted: impl Iterator<Item = (DeviceId, &'a devices::Device)>,
        kind: Option<DeviceKind>,
        of: &str,
        typed: &Fields,
    ) -> Self {
        let mut wanted: Vec<_> = wanted.collect();
        if wanted.len() <= MOST_LISTED {
            wanted.sort_by(|a, b| a.1.tag.cmp(&b.1.tag));
            let choice = |(id, device): (DeviceId, &devices::Device)| {
                Choice::new(id, format!("{} ({})", device.tag, device.number))
            };
            return Self { items: wanted.into_iter().map(choice).collect(), find: None };
        }
        let kind = kind.map_or("", |kind| match kind {
            DeviceKind::WorkMobile => "work_mobile",
            DeviceKind::BasicPhone => "basic_phone",
        });
        let at = format!("/find/phones?kind={kind}&{of}");
        let tag = |id: &str| {
            let device: DeviceId = id.parse().ok()?;
            view.devices.device(device).map(label_of_phone)
        };
        Self { items: Vec::new(), find: Some(Find { kind: Kind::Phones, at, known: known(typed, tag) }) }
    }
}

/// What is chosen already, in words.
fn known(typed: &Fields, words: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    typed.iter().filter_map(|(_, value)| Some((value.to_owned(), words(value.trim())?))).collect()
}
