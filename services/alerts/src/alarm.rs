//! The public summary: whether a lamp or siren is on. Nothing personal, nothing of a trip. [DESIGN, decision 4]

use jiff::Timestamp;
use proto::v1::alerts::Severity;
use serde::Serialize;

use crate::state::State;

/// The retained message: `{"on":true,"severity":"urgent","cases":1,"since":"…"}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Alarm {
    /// A case of a warning or more is open, and nobody owns it.
    pub on: bool,
    /// The gravest of those.
    pub severity: Option<Severity>,
    /// How many there are.
    pub cases: usize,
    /// Since when the oldest of them is open.
    pub since: Option<Timestamp>,
}

impl Alarm {
    /// As it stands.
    pub fn of(state: &State) -> Self {
        let cases = &state.index.alarming;
        Self {
            on: !cases.is_empty(),
            severity: cases.last().map(|(severity, _)| *severity),
            cases: cases.len(),
            since: state.index.alarming_since.first().map(|(at, _)| *at),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let severity = self.severity.map(name).map_or("null".to_owned(), |s| format!("\"{s}\""));
        let since = self.since.map_or("null".to_owned(), |at| format!("\"{at}\""));
        format!(r#"{{"on":{},"severity":{severity},"cases":{},"since":{since}}}"#, self.on, self.cases)
    }
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "notice",
        Severity::Warning => "warning",
        Severity::Urgent => "urgent",
        Severity::Emergency => "emergency",
    }
}
