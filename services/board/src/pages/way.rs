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
    let mut lines = look.view.contacts.lines().peekable();
    let doubtful = lines.peek().is_some()
        && lines.all(|(_, line)| matches!(line.health, contacts::Health::Doubtful { .. }));
    let (words, class) = words(path, doubtful);
    Way { words, class }
}

/// A way is how things are, no success: it has no colour of its own.
fn words(path: Path, doubtful: bool) -> (&'static str, &'static str) {
    match path {
        Path::InHours if doubtful => {
            ("School hours: calls go to the lines first, and every one of them is doubtful", "soon")
        }
        Path::InHours => ("School hours: calls go to the lines first", ""),
        Path::OutOfHours => ("Out of hours: work mobiles take over", "soon"),
        Path::ClosedEarly => ("Closed early: work mobiles take over", "soon"),
        Path::LandlineDown => ("The landline is down: what follows it takes over", "bad"),
        Path::ProviderDown => {
            ("No call reaches the school's number: only the lines themselves can be rung", "bad")
        }
        Path::Nobody => ("Nobody can be reached", "bad"),
    }
}
