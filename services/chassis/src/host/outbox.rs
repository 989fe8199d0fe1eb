//! What goes out over the bus, by a task of its own. Nothing waits for the broker. Events and answers go out in order; when too many wait they
//! are dropped, which numbers, heads, replays and asking again make harmless. Of all else only the newest of each topic counts, and waits
//! ([`Latest`]): so whoever lacks an event that was dropped learns it from the head, and asks at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use decider::Retained;
use proto::envelope::{Answer, Head, MAX_BATCH_EVENTS, MAX_MESSAGE_BYTES, ReplayRequest, Reply};
use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, Topic};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::latest::{Latest, Word};
use crate::asks::Asks;
use crate::bus::{BusSender, PublishError};
use crate::entry::Entry;

/// Messages that wait to be published: above what one turn tells of 2,000 schools.
const MAX_WAITING: usize = 16_384;

/// While more messages wait than can be published, one of those of which only the newest counts goes out after so many.
const ONE_AFTER: usize = 16;

struct Outgoing {
    topic: Topic,
    content: Content,
}

/// What waits to go out.
enum Waiting {
    Message(Outgoing),
    /// All that came before it has gone out.
    Mark(oneshot::Sender<()>),
}

/// What is sent. It is written as JSON by the task that sends it, while the host decides.
enum Content {
    Events { epoch: Uuid, entries: Arc<Vec<Entry>> },
    Replies(Vec<Reply>),
}

impl Content {
    /// The messages, each below the bounds.
    fn messages(self) -> Vec<Bytes> {
        match self {
            Self::Events { epoch, entries } => {
                batches(entries.iter().filter_map(|e| envelope_json(e, epoch)))
            }
            Self::Replies(replies) => {
                batches(replies.iter().filter_map(|reply| serde_json::to_string(reply).ok()))
            }
        }
    }
}

/// The outgoing side of a host.
pub(super) struct Outbox {
    /// Whose replays are to be asked for.
    pub(super) asks: Asks,
    queue: mpsc::Sender<Waiting>,
    latest: Arc<Latest>,
    bus: BusSender,
    client: ClientId,
    answers: BTreeMap<(SchoolId, ClientId), Vec<Reply>>,
    task: JoinHandle<()>,
}

impl Outbox {
    pub(super) fn start(bus: BusSender, client: ClientId) -> Self {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let latest = Arc::default();
        let task = tokio::spawn(publish_all(bus.clone(), waiting, Arc::clone(&latest)));
        Self { asks: Asks::default(), queue, latest, bus, client, answers: BTreeMap::new(), task }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.bus.is_connected()
    }

    /// Publishes what still waits, then ends.
    pub(super) async fn close(self) {
        drop(self.queue);
        // It ends by itself: the queue is closed, and publishing fails at once without a connection.
        let _ = self.task.await;
    }

    fn send(&self, topic: Topic, content: Content) {
        let outgoing = Waiting::Message(Outgoing { topic, content });
        if let Err(mpsc::error::TrySendError::Full(Waiting::Message(dropped))) = self.queue.try_send(outgoing)
        {
            metrics::counter!("homeward_publish_dropped_total").increment(1);
            tracing::debug!(topic = %dropped.topic, "too much waits: dropped, it will be asked for");
        }
    }

    fn send_newest(&self, topic: Topic, value: &impl Serialize, retain: bool) {
        match serde_json::to_vec(value) {
            Ok(payload) => self.latest.put(topic, Word { payload: payload.into(), retain }),
            Err(error) => tracing::error!(%topic, %error, "HW-B7 a message of ours can't be written"),
        }
    }

    /// The events of a commit, as batches below the bounds.
    pub(super) fn events(
        &self,
        school: &SchoolId,
        service: ServiceName,
        epoch: Uuid,
        entries: Arc<Vec<Entry>>,
    ) {
        let topic = Topic::Event { school: school.clone(), service };
        self.send(topic, Content::Events { epoch, entries });
    }

    pub(super) fn head(&self, school: &SchoolId, service: ServiceName, head: &Head) {
        self.send_newest(Topic::Head { school: school.clone(), service }, head, true);
    }

    /// The instance is up, and what is wrong with it.
    pub(super) fn health(&self, service: ServiceName, codes: BTreeSet<String>) {
        let topic = Topic::Health { service, instance: self.client.clone() };
        self.send_newest(topic, &proto::v1::public::Health { up: true, codes }, true);
    }

    pub(super) fn ask_replay(&self, school: &SchoolId, of: ServiceName, from: u64) {
        let topic = Topic::Replay { school: school.clone(), service: of, client: self.client.clone() };
        self.send_newest(topic, &ReplayRequest { from }, false);
    }

    pub(super) fn retain(&self, school: &SchoolId, retained: Retained) {
        let school = school.clone();
        let (topic, payload) = match retained {
            Retained::TripStatus(trip, summary) => {
                (Topic::TripStatus { school, trip }, summary.unwrap_or_default())
            }
            Retained::Alarm(alarm) => (Topic::Alarm { school }, alarm),
        };
        self.latest.put(topic, Word { payload: payload.into(), retain: true });
    }

    /// Another instance tells of that school from here on: what still waits of it would come after the other's word, and be older.
    pub(super) fn forget(&self, school: &SchoolId) {
        self.latest.forget(school);
    }

    /// Keeps an answer for [`Outbox::flush_answers`]: those for one client travel together.
    pub(super) fn answer(&mut self, school: &SchoolId, to: &ClientId, answer: Answer) {
        self.answers.entry((school.clone(), to.clone())).or_default().push(Reply::Answer(answer));
    }

    pub(super) fn flush_answers(&mut self) {
        for ((school, client), replies) in std::mem::take(&mut self.answers) {
            self.send(Topic::Reply { school, client }, Content::Replies(replies));
        }
    }

    /// Waits until all that was sent so far has gone out.
    pub(super) async fn has_gone_out(&self) {
        let (mark, reached) = oneshot::channel();
        // A queue that is closed has nothing that waits.
        if self.queue.send(Waiting::Mark(mark)).await.is_ok() {
            let _ = reached.await;
        }
    }

    /// A handle for a task that answers a replay.
    pub(super) fn reply_to(&self, school: SchoolId, client: ClientId) -> impl FnOnce(Reply) + Send + 'static {
        let queue = self.queue.clone();
        move |reply| {
            let (topic, content) = (Topic::Reply { school, client }, Content::Replies(vec![reply]));
            // Full or closed: the asker asks again.
            let _ = queue.try_send(Waiting::Message(Outgoing { topic, content }));
        }
    }
}

fn envelope_json(entry: &Entry, epoch: Uuid) -> Option<String> {
    entry
        .envelope_json(epoch)
        .inspect_err(
            |error| tracing::error!(seq = entry.seq, %error, "HW-B7 an entry of ours can't be written"),
        )
        .ok()
}

/// JSON arrays of at most `MAX_BATCH_EVENTS` items and `MAX_MESSAGE_BYTES` bytes.
fn batches(items: impl Iterator<Item = String>) -> Vec<Bytes> {
    let mut all = Vec::new();
    let (mut open, mut count) = (Vec::new(), 0_usize);
    for item in items {
        if count == MAX_BATCH_EVENTS || (count > 0 && open.len() + item.len() + 2 > MAX_MESSAGE_BYTES) {
            open.push(b']');
            all.push(std::mem::take(&mut open).into());
            count = 0;
        }
        open.push(if count == 0 { b'[' } else { b',' });
        open.extend_from_slice(item.as_bytes());
        count += 1;
    }
    if count > 0 {
        open.push(b']');
        all.push(open.into());
    }
    all
}

/// Publishes in order what is sent, and between it what is the newest of its topic.
async fn publish_all(bus: BusSender, mut waiting: mpsc::Receiver<Waiting>, latest: Arc<Latest>) {
    let next_of_its_topic = async || {
        bus.connected().await;
        latest.next().await
    };
    let mut published = 0_usize;
    loop {
        tokio::select! {
            biased;
            next = waiting.recv() => match next {
                Some(Waiting::Message(Outgoing { topic, content })) => {
                    for payload in content.messages() {
                        if let Err(error) = bus.publish(topic.to_string(), payload, false).await {
                            tracing::debug!(%topic, %error, "not published: it will be asked for");
                            break;
                        }
                    }
                    published = published.wrapping_add(1);
                    if published.is_multiple_of(ONE_AFTER) && let Some((topic, word)) = latest.first() {
                        publish_one(&bus, &latest, topic, word).await;
                    }
                }
                Some(Waiting::Mark(reached)) => {
                    publish_newest(&bus, &latest).await;
                    // Whoever waited may have gone on.
                    let _ = reached.send(());
                }
                None => break,
            },
            // The events that a head tells of go before it.
            (topic, word) = next_of_its_topic(), if waiting.is_empty() => {
                publish_one(&bus, &latest, topic, word).await;
            }
        }
    }
    publish_newest(&bus, &latest).await;
}

async fn publish_newest(bus: &BusSender, latest: &Latest) {
    while let Some((topic, word)) = latest.first().filter(|_| bus.is_connected()) {
        publish_one(bus, latest, topic, word).await;
    }
}

async fn publish_one(bus: &BusSender, latest: &Latest, topic: Topic, word: Word) {
    match bus.publish(topic.to_string(), word.payload.clone(), word.retain).await {
        Err(error @ PublishError::NotConnected) => {
            tracing::debug!(%topic, %error, "not published: it waits for the next connection");
        }
        Err(error) => {
            tracing::error!(%topic, %error, "HW-B7 a message of ours can't be published");
            latest.has_gone_out(&topic, &word);
        }
        Ok(()) => latest.has_gone_out(&topic, &word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_both_bounds_and_lose_nothing() {
        let items = || (0..1_201).map(|n| format!("\"{n}\""));
        let parsed: Vec<Vec<String>> =
            batches(items()).iter().map(|b| serde_json::from_slice(b).expect("JSON")).collect();
        assert_eq!(parsed.iter().map(Vec::len).collect::<Vec<_>>(), [500, 500, 201]);
        assert_eq!(parsed.concat().len(), 1_201);
        let large = || (0..3).map(|_| format!("\"{}\"", "x".repeat(MAX_MESSAGE_BYTES / 2)));
        assert_eq!(batches(large()).len(), 3);
        assert!(batches(large()).iter().all(|b| b.len() <= MAX_MESSAGE_BYTES));
        assert!(batches(std::iter::empty()).is_empty());
    }
}
