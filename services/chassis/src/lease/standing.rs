//! What a service of this process holds, as it was last confirmed by the database: told by whoever keeps the lease, asked by the host before it
//! goes on after it slept for longer than it should (a machine that hung), and when another writer was there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Slot;

/// A word older than this is not relied upon: well before the database gives an instance up.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// So long a host waits for a new word. Without one it goes on: whatever it stores is fenced all the same.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
struct Word {
    at: Instant,
    slots: Arc<BTreeSet<Slot>>,
}

/// The side of whoever keeps the lease.
#[derive(Debug)]
pub struct Confirms {
    word: watch::Sender<Word>,
}

/// The side of a host.
#[derive(Clone, Debug)]
pub struct Standing {
    word: watch::Receiver<Word>,
    asked: Arc<Notify>,
    /// The last word that was waited for in vain to be followed by another.
    in_vain: Option<Instant>,
}

/// Both sides. Whoever asks for a word at once wakes `asked`.
pub fn standing(asked: Arc<Notify>) -> (Confirms, Standing) {
    let (sender, word) = watch::channel(Word { at: Instant::now(), slots: Arc::default() });
    (Confirms { word: sender }, Standing { word, asked, in_vain: None })
}

impl Confirms {
    /// These are held: the database was asked after `at`.
    pub fn holds(&self, at: Instant, slots: BTreeSet<Slot>) {
        self.word.send_replace(Word { at, slots: Arc::new(slots) });
    }
}

impl Standing {
    /// What is held, as far as was confirmed last.
    pub fn slots(&self) -> Arc<BTreeSet<Slot>> {
        Arc::clone(&self.word.borrow().slots)
    }

    /// If the last word is old: what is held now. None: it is fresh, or there is no other.
    pub(crate) async fn if_stale(&mut self) -> Option<Arc<BTreeSet<Slot>>> {
        let at = self.word.borrow().at;
        if at.elapsed() < FRESH_FOR || self.in_vain == Some(at) {
            return None;
        }
        let now = self.now().await;
        self.in_vain = if now.is_none() { Some(at) } else { None };
        now
    }

    /// What is held, by a word that is newer than this question.
    pub(crate) async fn now(&mut self) -> Option<Arc<BTreeSet<Slot>>> {
        let asked = Instant::now();
        self.asked.notify_one();
        let word = self.word.wait_for(|word| word.at >= asked);
        let word = tokio::time::timeout(PATIENCE, word).await.ok()?.ok()?;
        Some(Arc::clone(&word.slots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word is relied upon for a while; after that the database is asked, and what it no longer grants shows.
    #[tokio::test]
    async fn an_old_word_is_not_relied_upon() {
        let asked = Arc::new(Notify::new());
        let (confirms, mut standing) = standing(Arc::clone(&asked));
        let both: BTreeSet<Slot> = [Slot(1), Slot(2)].into();
        confirms.holds(Instant::now(), both.clone());
        assert_eq!(standing.if_stale().await, None, "it is fresh");
        confirms.holds(Instant::now() - FRESH_FOR, both);
        let keeper = async {
            asked.notified().await;
            confirms.holds(Instant::now(), [Slot(2)].into());
        };
        let (now, ()) = tokio::join!(standing.if_stale(), keeper);
        assert_eq!(now.as_deref(), Some(&[Slot(2)].into()));
        assert_eq!(standing.slots().len(), 1);
    }
}
