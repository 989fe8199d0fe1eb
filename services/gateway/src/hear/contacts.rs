//! Of contacts: the lines, which are called.

use proto::v1::contacts::Event as Contacts;
use proto::v1::gateway::Event;

use crate::state::{Line, State};

pub(super) fn hear(state: &State, event: &Contacts) -> Vec<Event> {
    let (id, line) = match event {
        Contacts::LineAdded { line, name, kind, number, .. } => {
            (*line, Some(Line { kind: *kind, number: number.clone(), name: name.clone() }))
        }
        Contacts::LineChanged { line, name, number, .. } => {
            let kind = state.lines.get(line).map(|known| known.kind);
            (*line, kind.map(|kind| Line { kind, number: number.clone(), name: name.clone() }))
        }
        Contacts::LineRemoved { line } => (*line, None),
        Contacts::LineHealthChanged { .. }
        | Contacts::ClosedEarly { .. }
        | Contacts::BaseHeld { .. }
        | Contacts::BaseUnheld { .. }
        | Contacts::CoverageAssessed { .. }
        | Contacts::DutyNoted { .. }
        | Contacts::DutyEndedNoted { .. }
        | Contacts::PersonNoted { .. }
        | Contacts::WorkMobileNoted { .. }
        | Contacts::TripNoted { .. }
        | Contacts::TripPhaseNoted { .. } => return Vec::new(),
    };
    let known = state.lines.get(&id);
    if known == line.as_ref() {
        return Vec::new();
    }
    let noted = match (line, known) {
        (Some(Line { kind, number, name }), _) => {
            Event::LineNoted { line: id, kind, number: Some(number), name }
        }
        (None, Some(gone)) => {
            Event::LineNoted { line: id, kind: gone.kind, number: None, name: gone.name.clone() }
        }
        (None, None) => return Vec::new(),
    };
    vec![noted]
}
