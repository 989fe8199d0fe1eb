//! What goes out over the bus, in order, by a task of its own. Nothing waits for the broker: when too much waits,
//! messages are dropped, which numbers, heads, replays and asking again make harmless. Public summaries, which nobody asks
//! for again, are never dropped: of each the newest waits.

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

use super::latest::Latest;
use crate::bus::BusSender;
use crate::entry::Entry;

/// Messages that wait to be published.
const MAX_WAITING: usize = 4_096;

struct Outgoing {
    topic: Topic,
    content: Content,
    retain: bool,
}

/// What waits to go out.
enum Waiting {
    Message(Outgoing),
    /// All that came before it has gone out.
    Mark(oneshot::Sender<()>),
}

/// What is sent. Events and replies are written as JSON by the task that sends them, while the host decides.
enum Content {
    Written(Bytes),
    Events { epoch: Uuid, entries: Arc<Vec<Entry>> },
    Replies(Vec<Reply>),
}

impl Content {
    /// The messages, each below the bounds.
    fn messages(self) -> Vec<Bytes> {
        match self {
            Self::Written(bytes) => vec![bytes],
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
        Self { queue, latest, bus, client, answers: BTreeMap::new(), task }
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

    fn send(&self, topic: Topic, content: Content, retain: bool) {
        let outgoing = Waiting::Message(Outgoing { topic, content, retain });
        if let Err(mpsc::error::TrySendError::Full(Waiting::Message(dropped))) = self.queue.try_send(outgoing)
        {
            metrics::counter!("homeward_publish_dropped_total").increment(1);
            tracing::debug!(topic = %dropped.topic, "too much waits: dropped, it will be asked for");
        }
    }

    fn send_json(&self, topic: Topic, value: &impl Serialize, retain: bool) {
        match serde_json::to_vec(value) {
            Ok(payload) => self.send(topic, Content::Written(payload.into()), retain),
            Err(error) => tracing::error!(%topic, %error, "a message of ours can't be written"),
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
        self.send(topic, Content::Events { epoch, entries }, false);
    }

    pub(super) fn head(&self, school: &SchoolId, service: ServiceName, head: &Head) {
        self.send_json(Topic::Head { school: school.clone(), service }, head, true);
    }

    /// The instance is up, and what is wrong with it.
    pub(super) fn health(&self, service: ServiceName, codes: BTreeSet<String>) {
        let topic = Topic::Health { service, instance: self.client.clone() };
        self.send_json(topic, &proto::v1::public::Health { up: true, codes }, true);
    }

    pub(super) fn ask_replay(&self, school: &SchoolId, of: ServiceName, from: u64) {
        let topic = Topic::Replay { school: school.clone(), service: of, client: self.client.clone() };
        self.send_json(topic, &ReplayRequest { from }, false);
    }

    pub(super) fn retain(&self, school: &SchoolId, retained: Retained) {
        match retained {
            Retained::TripStatus(trip, summary) => {
                let topic = Topic::TripStatus { school: school.clone(), trip };
                self.latest.put(topic.to_string(), summary.unwrap_or_default().into());
            }
            Retained::Alarm(alarm) => {
                self.latest.put(Topic::Alarm { school: school.clone() }.to_string(), alarm.into());
            }
        }
    }

    /// Keeps an answer for [`Outbox::flush_answers`]: those for one client travel together.
    pub(super) fn answer(&mut self, school: &SchoolId, to: &ClientId, answer: Answer) {
        self.answers.entry((school.clone(), to.clone())).or_default().push(Reply::Answer(answer));
    }

    pub(super) fn flush_answers(&mut self) {
        for ((school, client), replies) in std::mem::take(&mut self.answers) {
            self.send(Topic::Reply { school, client }, Content::Replies(replies), false);
        }
    }

    /// Waits until all that was sent so far, and all that is to be retained, has gone out.
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
            let _ = queue.try_send(Waiting::Message(Outgoing { topic, content, retain: false }));
        }
    }
}

fn envelope_json(entry: &Entry, epoch: Uuid) -> Option<String> {
    entry
        .envelope_json(epoch)
        .inspect_err(|error| tracing::error!(seq = entry.seq, %error, "an entry of ours can't be written"))
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

/// Publishes in order what is sent, and between it what is to be retained.
async fn publish_all(bus: BusSender, mut waiting: mpsc::Receiver<Waiting>, latest: Arc<Latest>) {
    loop {
        tokio::select! {
            biased;
            next = waiting.recv() => match next {
                Some(Waiting::Message(Outgoing { topic, content, retain })) => {
                    for payload in content.messages() {
                        if let Err(error) = bus.publish(topic.to_string(), payload, retain).await {
                            tracing::debug!(%topic, %error, "not published: it will be asked for");
                            break;
                        }
                    }
                }
                Some(Waiting::Mark(reached)) => {
                retain_all(&bus, &latest).await;
                // Whoever waited may have gone on.
                let _ = reached.send(());
            }
                None => break,
            },
            (topic, payload) = latest.next(), if bus.is_connected() => {
                retain(&bus, &latest, topic, payload).await;
            }
        }
    }
    retain_all(&bus, &latest).await;
}

async fn retain_all(bus: &BusSender, latest: &Latest) {
    while let Some((topic, payload)) = latest.take().filter(|_| bus.is_connected()) {
        retain(bus, latest, topic, payload).await;
    }
}

async fn retain(bus: &BusSender, latest: &Latest, topic: String, payload: Bytes) {
    if let Err(error) = bus.publish(topic.clone(), payload.clone(), true).await {
        tracing::debug!(topic, %error, "not published: it waits for the next connection");
        latest.put_back(topic, payload);
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
