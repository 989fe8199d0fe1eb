//! What a commit holds, for the log.

use decider::Service;

use super::Closed;

/// The names of a commit's events, for those who look at the log at that level.
pub(super) fn kinds<S: Service>(batches: &[Closed<S>]) -> String {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return String::new();
    }
    let entries = batches.iter().flat_map(|closed| closed.entries.iter());
    entries.map(|entry| entry.kind.as_str()).collect::<Vec<_>>().join(" ")
}
