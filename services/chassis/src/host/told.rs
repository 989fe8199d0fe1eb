//! What an operator reads of commands and events: each with its trace id, so that one grep follows a cause through all services.
//!
//! Ids, kinds and numbers alone: nothing of what is personal is in it. What phones tell of their places comes every minute from each of
//! them, and stands at `debug`.

use proto::envelope::{Answer, Outcome};
use proto::ids::SchoolId;
use proto::trace::TraceId;
use tracing::Level;

use crate::entry::Entry;

/// The target of these lines: `HOMEWARD_LOG=info,homeward::told=warn` leaves them out.
macro_rules! told {
    ($level:ident, $($fields:tt)*) => { tracing::$level!(target: "homeward::told", $($fields)*) };
}

/// Whether it comes so often that nobody reads each.
fn is_frequent(kind: &str) -> bool {
    ["PositionReceived", "PositionNoted"].contains(&kind)
}

pub(super) fn committed(entries: &[Entry]) {
    if !tracing::enabled!(target: "homeward::told", Level::INFO) {
        return;
    }
    for entry in entries {
        let Entry { service, school, kind, seq, .. } = entry;
        let trip = entry.trip.map(|trip| trip.0).map(tracing::field::display);
        let trace_id = entry.trace().map(tracing::field::display);
        if is_frequent(kind) {
            told!(debug, %service, %school, kind, seq, trip, trace_id, "event");
        } else {
            told!(info, %service, %school, kind, seq, trip, trace_id, "event");
        }
    }
}

pub(super) fn answered(school: &SchoolId, answer: &Answer, trace: Option<TraceId>) {
    let Answer { command, service, outcome } = answer;
    let (command, trace_id) = (command.0, trace.map(tracing::field::display));
    match outcome {
        Outcome::Accepted { sequence } => {
            told!(debug, %service, %school, %command, outcome = "accepted", seq = sequence, trace_id, "answer");
        }
        Outcome::Refused { refusal } => {
            let (code, rule) = (refusal.code.as_str(), refusal.rule.map(tracing::field::display));
            told!(info, %service, %school, %command, outcome = "refused", code, rule, trace_id, "answer");
        }
        Outcome::Faulted { .. } => {
            told!(warn, %service, %school, %command, outcome = "faulted", trace_id, "answer");
        }
    }
}
