//! The whole timeline of a trip of which not all is at hand, told again from the journals: a trip of long ago, or one on which more happened
//! than is kept in memory.
//!
//! The journals are folded once more, side by side in the order of their times, into a view that keeps the timeline of that one trip: so the
//! same is shown as on the day, and the same is for base alone. [CHECK-6]

use std::collections::VecDeque;
use std::sync::Arc;

use chassis::entry::{BadData, Entry as Stored};
use chassis::journal::{Journal, JournalFault};
use chassis::school::School;
use proto::Timestamp;
use proto::ids::{SchoolId, TripId};
use proto::topics::ServiceName;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::timeline::Timelines;
use super::{Entry, Heard, SchoolView};

/// Entries that are read at once.
const PAGE: usize = 500;

/// It takes a second for a year of a busy school: one at a time.
static TURNS: Semaphore = Semaphore::const_new(1);

/// Why a timeline can't be told again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRetold {
    /// A journal can't be read.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// An entry is not what was written.
    #[error("entry {sequence} of {service} can't be read: {why}")]
    Entry { service: ServiceName, sequence: u64, why: String },
}

/// One service's journal, read page by page.
struct Pages<'a> {
    journal: &'a Journal,
    school: &'a SchoolId,
    service: ServiceName,
    from: u64,
    page: VecDeque<Stored>,
    ended: bool,
}

impl Pages<'_> {
    /// When its next entry was recorded.
    async fn next_at(&mut self) -> Result<Option<Timestamp>, JournalFault> {
        if self.page.is_empty() && !self.ended {
            self.page = self.journal.read(self.service, self.school, self.from, PAGE).await?.into();
            self.from += self.page.len() as u64;
            self.ended = self.page.is_empty();
        }
        Ok(self.page.front().map(|entry| entry.recorded_at))
    }
}

/// What happened on a trip, the oldest first, all of it.
pub(crate) async fn retold(
    journal: &Journal,
    school: &Arc<School>,
    trip: TripId,
) -> Result<Vec<Entry>, NotRetold> {
    // Never closed.
    let _turn = TURNS.acquire().await;
    let mut view = SchoolView::keeping(Arc::clone(school), Timestamp::UNIX_EPOCH, Timelines::of_one(trip));
    let pages = |service| Pages {
        journal,
        school: &school.id,
        service,
        from: 1,
        page: VecDeque::new(),
        ended: false,
    };
    let mut all: Vec<_> =
        ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board).map(pages).collect();
    loop {
        let mut next: Option<(Timestamp, usize)> = None;
        for (place, pages) in all.iter_mut().enumerate() {
            if let Some(at) = pages.next_at().await?
                && next.is_none_or(|(earliest, _)| at < earliest)
            {
                next = Some((at, place));
            }
        }
        let Some(stored) = next.and_then(|(_, place)| all[place].page.pop_front()) else { break };
        if let Some(heard) = heard(&stored)? {
            view.apply(heard);
        }
    }
    Ok(view.all_of(trip))
}

fn heard(stored: &Stored) -> Result<Option<Heard>, NotRetold> {
    let unread = |why: String| NotRetold::Entry { service: stored.service, sequence: stored.seq, why };
    let envelope = stored.envelope(Uuid::nil()).map_err(|bad: BadData| unread(bad.to_string()))?;
    Heard::of(&envelope).map_err(|bad| unread(bad.to_string()))
}
