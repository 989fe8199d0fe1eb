//! Messages on their way of which only the newest of a topic counts: heads, health, public summaries, and what is asked to be told again. What
//! changes often is published as often as the broker takes it, and nothing is lost because too much waits: there are no more than topics.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use proto::ids::SchoolId;
use proto::topics::Topic;
use tokio::sync::Notify;

/// What one topic is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) payload: Bytes,
    pub(super) retain: bool,
}

/// What waits, by topic.
#[derive(Debug, Default)]
pub(super) struct Latest {
    waiting: Mutex<Words>,
    more: Notify,
}

#[derive(Debug, Default)]
struct Words {
    of: HashMap<Topic, Word>,
    /// The topics, each once: who has waited longest is first.
    turns: VecDeque<Topic>,
}

impl Latest {
    /// Takes the place of an older one of that topic, and its turn.
    pub(super) fn put(&self, topic: Topic, word: Word) {
        let mut words = self.lock();
        if words.of.insert(topic.clone(), word).is_none() {
            words.turns.push_back(topic);
        }
        drop(words);
        self.more.notify_one();
    }

    /// The one whose turn it is, once there is one. It waits on until it [has gone out](Latest::has_gone_out).
    pub(super) async fn next(&self) -> (Topic, Word) {
        loop {
            if let Some(next) = self.first() {
                return next;
            }
            self.more.notified().await;
        }
    }

    /// The one whose turn it is.
    pub(super) fn first(&self) -> Option<(Topic, Word)> {
        let words = self.lock();
        let topic = words.turns.front()?;
        Some((topic.clone(), words.of.get(topic)?.clone()))
    }

    /// That was published. Should the topic have a newer one by now, its turn comes again.
    pub(super) fn has_gone_out(&self, topic: &Topic, word: &Word) {
        let mut words = self.lock();
        if words.turns.front().is_none_or(|first| first != topic) {
            return;
        }
        let Some(published) = words.turns.pop_front() else { return };
        if words.of.get(topic) == Some(word) {
            words.of.remove(topic);
        } else {
            words.turns.push_back(published);
        }
    }

    /// Of that school nothing is told any more: it is another's to tell.
    pub(super) fn forget(&self, school: &SchoolId) {
        let mut words = self.lock();
        words.of.retain(|topic, _| topic.school() != Some(school));
        words.turns.retain(|topic| topic.school() != Some(school));
    }

    fn lock(&self) -> MutexGuard<'_, Words> {
        // Nothing that could panic is done under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proto::topics::ServiceName;

    use super::*;

    fn head(school: &str, service: ServiceName) -> Topic {
        Topic::Head { school: SchoolId::parse(school).expect("a slug"), service }
    }

    fn trips() -> Topic {
        head("elmfield", ServiceName::Trips)
    }

    fn alerts() -> Topic {
        head("elmfield", ServiceName::Alerts)
    }

    fn word(text: &'static str) -> Word {
        Word { payload: Bytes::from(text), retain: true }
    }

    /// Publishes whatever waits.
    fn all(latest: &Latest) -> Vec<(Topic, Word)> {
        let mut gone = Vec::new();
        while let Some((topic, word)) = latest.first() {
            latest.has_gone_out(&topic, &word);
            gone.push((topic, word));
        }
        gone
    }

    #[tokio::test]
    async fn of_each_topic_the_newest_is_published_once_in_the_turn_of_the_first() {
        let latest = Latest::default();
        for (topic, text) in [(trips(), "1"), (alerts(), "7"), (trips(), "2")] {
            latest.put(topic, word(text));
        }
        assert_eq!(latest.next().await, (trips(), word("2")));
        assert_eq!(all(&latest), [(trips(), word("2")), (alerts(), word("7"))]);
        assert!(futures::poll!(std::pin::pin!(latest.next())).is_pending());
    }

    #[test]
    fn what_was_not_published_waits_and_a_newer_one_takes_its_place() {
        let latest = Latest::default();
        latest.put(trips(), word("1"));
        assert!(latest.first().is_some(), "it is about to be published, and is not");
        latest.put(trips(), word("2"));
        assert_eq!(all(&latest), [(trips(), word("2"))]);
    }

    #[test]
    fn what_came_while_the_old_one_went_out_has_a_turn_of_its_own_behind_the_others() {
        let latest = Latest::default();
        for (topic, text) in [(trips(), "1"), (alerts(), "7"), (trips(), "2")] {
            latest.put(topic, word(text));
        }
        latest.has_gone_out(&trips(), &word("1"));
        assert_eq!(all(&latest), [(alerts(), word("7")), (trips(), word("2"))]);
    }

    #[test]
    fn what_is_anothers_to_tell_is_forgotten_even_while_it_is_on_its_way() {
        let latest = Latest::default();
        let elsewhere = head("oakfield", ServiceName::Trips);
        for topic in [trips(), alerts(), elsewhere.clone()] {
            latest.put(topic, word("1"));
        }
        latest.forget(&SchoolId::parse("elmfield").expect("a slug"));
        latest.has_gone_out(&trips(), &word("1"));
        assert_eq!(all(&latest), [(elsewhere, word("1"))]);
    }
}
