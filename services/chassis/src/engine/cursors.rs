//! How far others were heard, as it is kept with the journal.

use decider::Service;
use proto::topics::ServiceName;

use super::{Engine, Heard};
use crate::journal::Cursor;

/// Where this version of the listener stands.
pub(super) fn heard_so_far<S: Service>(name: ServiceName, cursors: &[Cursor]) -> Heard {
    cursors
        .iter()
        .find(|c| c.producer == name && c.listener_version == S::LISTENER_VERSION)
        .map_or(Heard::NOTHING, |c| Heard { epoch: Some(c.epoch), seq: c.seq, hash: c.hash })
}

/// How far an older version had heard, if this version has yet to get there.
pub(super) fn older_cursor<S: Service>(name: ServiceName, cursors: &[Cursor]) -> Option<u64> {
    let older = cursors.iter().filter(|c| c.producer == name && c.listener_version < S::LISTENER_VERSION);
    older.map(|c| c.seq).max()
}

impl<S: Service> Engine<S> {
    pub(super) fn cursors(&self) -> Vec<Cursor> {
        let cursor = |name: &ServiceName| {
            let heard = self.listener.heard(*name)?;
            Some(Cursor {
                producer: *name,
                listener_version: S::LISTENER_VERSION,
                epoch: heard.epoch?,
                seq: heard.seq,
                hash: heard.hash,
            })
        };
        // How far one was heard that is another by now is of no use to anybody.
        let follows = |name: &&ServiceName| !self.listener.stopped().any(|stopped| stopped == **name);
        S::HEARS.iter().filter(follows).filter_map(cursor).collect()
    }
}
