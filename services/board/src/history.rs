//! What happened on a trip, for whoever looks at it: what is at hand, or, where that isn't all, what the journals tell.

use std::sync::Arc;

use proto::ids::TripId;

use crate::app::AppState;
use crate::auth::Session;
use crate::view::{Entry, retold};

/// What happened on a trip, the oldest first, as far as whoever looks may see it.
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
    /// Why it isn't all of it.
    pub(crate) part: Option<&'static str>,
}

impl History {
    pub(crate) async fn of_trip(state: &AppState, session: &Session, trip: TripId) -> Self {
        let (at_hand, school) = {
            let view = state.view_of(session);
            let entries = view.timeline(session.seen_by, trip).cloned().collect();
            if view.has_whole_timeline(trip) {
                return Self { entries, part: None };
            }
            (entries, Arc::clone(&view.school))
        };
        let Some(journal) = state.journal() else {
            let part = "Not all of it is shown: the journals are kept where this board can't read them.";
            return Self { entries: at_hand, part: Some(part) };
        };
        match retold(journal, &school, trip).await {
            Ok(entries) => {
                let entries = state.view_of(session).for_eyes(session.seen_by, trip, entries);
                Self { entries, part: None }
            }
            Err(fault) => {
                tracing::error!(%trip, %fault, "HW-D1 a timeline can't be told again: the journals can't be read");
                let part = "Not all of it is shown: the journals can't be read just now. Try again.";
                Self { entries: at_hand, part: Some(part) }
            }
        }
    }
}
