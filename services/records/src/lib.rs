//! What is kept about people: which kind of record each event is, since when its time runs, what holds it; erased when it is
//! due; given out, and erased, when somebody asks for what is kept about them.
//!
//! ```text
//!   journals ──► facts (what is open, what ended when) ──► standing of each entry ──► due: its personal part is blanked
//! ```
//!
//! - [`kinds`]: the kind of record that an event is. [`facts`]: what its time depends on. [`standing`]: due, not yet, held.
//! - [`retain`]: blanks what is due, of one school, in all its journals.
//! - [`term`]: a stretch of time in figures, for governors.
//! - [`subject`]: finds what is kept about one person. [`export`]: writes it down. [`erase`]: blanks it where the law lets.
//!
//! Invariants:
//! - Nothing of an open trip, an open incident, an open alert, or of what is held, is ever blanked.
//! - What is due follows from the facts of the journals alone, which blanking leaves as they are: stopped anywhere, it is
//!   begun again and goes on.
//!
//! What it does not do: decide when it runs (see the binary), or touch facts: numbers, times, ids stay.

pub mod erase;
pub mod export;
pub mod facts;
pub mod kinds;
pub mod retain;
pub mod standing;
pub mod subject;
pub mod term;

use std::ops::ControlFlow;

use chassis::entry::Entry;
use chassis::journal::{Journal, JournalFault};
use chassis::school::School;
use proto::topics::ServiceName;
use proto::v1::AnyEvent;
use proto::v1::policy::PolicyNoted;

/// Why nothing more was done. What was done until then stays done.
#[derive(Debug, thiserror::Error)]
pub enum RecordsFault {
    /// The database.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// An entry that this release can't read: whether it is due can't be told.
    #[error("entry {seq} of {service} can't be read: {why}")]
    Unreadable {
        /// Whose.
        service: ServiceName,
        /// Its number.
        seq: u64,
        /// Why.
        why: String,
    },
    /// The file that is given out can't be written.
    #[error("the file can't be written: {0}")]
    File(String),
}

/// The services that keep journals.
pub fn services() -> impl Iterator<Item = ServiceName> {
    ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board)
}

/// Shows each entry of a school, journal by journal, until one can't be taken.
async fn walk(
    journal: &Journal,
    school: &School,
    mut take: impl FnMut(Entry) -> Result<(), RecordsFault> + Send,
) -> Result<(), RecordsFault> {
    for service in services() {
        let mut trouble = None;
        let each = |entry: Entry| match take(entry) {
            Ok(()) => ControlFlow::Continue(()),
            Err(fault) => {
                trouble = Some(fault);
                ControlFlow::Break(())
            }
        };
        journal.scan(service, &school.id, 1, each).await?;
        if let Some(fault) = trouble {
            return Err(fault);
        }
    }
    Ok(())
}

/// The event of an entry; none of one that no service decided (that the policy was noted).
pub fn event_of(entry: &Entry) -> Result<Option<AnyEvent>, RecordsFault> {
    if entry.kind == PolicyNoted::NAME {
        return Ok(None);
    }
    let bad = |why: String| RecordsFault::Unreadable { service: entry.service, seq: entry.seq, why };
    let data = entry.data().map_err(|error| bad(error.to_string()))?;
    let raw = serde_json::value::RawValue::from_string(data).map_err(|error| bad(error.to_string()))?;
    AnyEvent::parse(entry.service, &entry.kind, &raw).map(Some).map_err(|error| bad(error.to_string()))
}
