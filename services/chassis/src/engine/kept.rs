//! What the entries of a journal hold.

use decider::Service;
use proto::v1::policy::PolicyNoted;

use super::Trouble;
use crate::entry::Entry;

/// What an entry holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Kept<E> {
    /// An event of the service.
    Event(E),
    /// The policy in force, as the engine noted it.
    Policy(PolicyNoted),
}

/// Reads what an entry holds.
pub fn read_event<S: Service>(entry: &Entry) -> Result<Kept<S::Event>, Trouble> {
    let unreadable = |why: String| Trouble::Unreadable { of: S::NAME, sequence: entry.seq, why };
    let data = entry.data().map_err(|bad| unreadable(bad.to_string()))?;
    let raw = serde_json::value::RawValue::from_string(data).map_err(|bad| unreadable(bad.to_string()))?;
    let read = if entry.kind == PolicyNoted::NAME {
        serde_json::from_str(raw.get()).map(Kept::Policy)
    } else {
        proto::wire::join(&entry.kind, &raw).map(Kept::Event)
    };
    read.map_err(|bad| unreadable(bad.to_string()))
}
