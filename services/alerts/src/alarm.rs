//! The public summary: whether a lamp or siren is on. Nothing personal, nothing of a trip. [DESIGN, decision 4]

use proto::v1::public::Alarm;

use crate::state::State;

/// As it stands.
pub fn alarm(state: &State) -> Alarm {
    let cases = &state.index.alarming;
    Alarm {
        on: !cases.is_empty(),
        severity: cases.last().map(|(severity, _)| *severity),
        cases: cases.len(),
        since: state.index.alarming_since.first().map(|(at, _)| *at),
    }
}

/// As it is retained.
pub(crate) fn json(state: &State) -> String {
    serde_json::to_string(&alarm(state)).expect("flags, counts and times are JSON")
}
