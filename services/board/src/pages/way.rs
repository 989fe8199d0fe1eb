//! Which way callers from outside take now: the same facts that put their calls through. [CONT-1, CONT-2]

use contacts::Setting;
use gateway::calls::{Path, WayIn, way_in};

use super::shell::Looking;

/// It in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) words: &'static str,
    pub(crate) class: &'static str,
}

/// Which one is in force.
pub(crate) fn way(look: &Looking<'_>) -> Way {
    let school = &look.view.school;
    let setting = Setting { now: look.now, zone: &school.zone, policy: &school.policy };
    let WayIn { path, .. } = way_in(&look.view.gateway, &setting);
    let (words, class) = words(path);
    Way { words, class }
}

fn words(path: Path) -> (&'static str, &'static str) {
    match path {
        Path::InHours => ("in hours: the lines first", "good"),
        Path::OutOfHours => ("out of hours: work mobiles take over", "soon"),
        Path::ClosedEarly => ("closed early: work mobiles take over", "soon"),
        Path::LandlineDown => ("the landline is down: what follows it takes over", "bad"),
        Path::ProviderDown => {
            ("no call reaches the school's number: only the lines themselves can be rung", "bad")
        }
        Path::Nobody => ("nobody can be reached", "bad"),
    }
}
