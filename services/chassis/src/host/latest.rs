//! Retained messages on their way: of each topic only the newest counts, so that what changes often is published as often
//! as the broker takes it, and nothing is lost because too much waits.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

/// What is to be retained, by topic.
#[derive(Debug, Default)]
pub(super) struct Latest {
    waiting: Mutex<BTreeMap<String, Bytes>>,
    more: Notify,
}

impl Latest {
    /// Takes the place of an older one of that topic.
    pub(super) fn put(&self, topic: String, payload: Bytes) {
        self.lock().insert(topic, payload);
        self.more.notify_one();
    }

    /// One that waits, once there is one.
    pub(super) async fn next(&self) -> (String, Bytes) {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.more.notified().await;
        }
    }

    /// One that waits.
    pub(super) fn take(&self) -> Option<(String, Bytes)> {
        self.lock().pop_first()
    }

    /// It was not published: it waits for the next connection, unless there is a newer one.
    pub(super) fn put_back(&self, topic: String, payload: Bytes) {
        self.lock().entry(topic).or_insert(payload);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        // Nothing that could panic is done under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_each_topic_the_newest_is_published_once() {
        let latest = Latest::default();
        for (topic, payload) in [("trip/1", "out"), ("trip/2", "out"), ("trip/1", "returned")] {
            latest.put(topic.to_owned(), Bytes::from(payload));
        }
        assert_eq!(latest.next().await, ("trip/1".to_owned(), Bytes::from("returned")));
        assert_eq!(latest.next().await, ("trip/2".to_owned(), Bytes::from("out")));
        assert!(futures::poll!(std::pin::pin!(latest.next())).is_pending());
    }

    #[tokio::test]
    async fn what_was_not_published_waits_unless_there_is_a_newer_one() {
        let latest = Latest::default();
        latest.put_back("trip/1".to_owned(), Bytes::from("old"));
        latest.put("trip/2".to_owned(), Bytes::from("new"));
        latest.put_back("trip/2".to_owned(), Bytes::from("old"));
        assert_eq!(latest.take(), Some(("trip/1".to_owned(), Bytes::from("old"))));
        assert_eq!(latest.take(), Some(("trip/2".to_owned(), Bytes::from("new"))));
        assert_eq!(latest.take(), None);
    }
}
