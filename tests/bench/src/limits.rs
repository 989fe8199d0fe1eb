//! What broker and disk can do by themselves.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chassis::bus::{Bus, BusEvent};
use chassis::entry::{Draft, Entry};
use chassis::journal::Append;
use jiff::Timestamp;
use proto::envelope::Actor;
use proto::topics::ServiceName;
use uuid::Uuid;

use crate::world::World;
use crate::{Outcome, percentile, sorted, thousands};

/// This machine's limits, in this run.
#[derive(Debug)]
pub(crate) struct Limits {
    /// QoS 1 messages a second through the embedded broker, one publisher, one subscriber.
    pub(crate) broker_per_sec: f64,
    /// One message to the subscriber, median, in ms.
    pub(crate) broker_ms: f64,
    /// A synced commit of one entry: median and 99th percentile, in ms.
    pub(crate) commit_ms: (f64, f64),
    /// Entries a second in synced commits of 1,000.
    pub(crate) rows_per_sec: f64,
}

impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "This machine: embedded broker alone {}/s, one message {:.2} ms; a synced commit {:.2} ms (p99 {:.2}), {} rows/s in \
             synced commits of 1,000.",
            thousands(self.broker_per_sec),
            self.broker_ms,
            self.commit_ms.0,
            self.commit_ms.1,
            thousands(self.rows_per_sec)
        )
    }
}

const MESSAGES: u32 = 100_000;
const SPELL: Duration = Duration::from_secs(2);

pub(crate) async fn measure() -> Outcome<Limits> {
    let (broker_per_sec, broker_ms) = broker().await?;
    let one = disk(1).await?;
    let thousand = disk(1_000).await?;
    Ok(Limits {
        broker_per_sec,
        broker_ms,
        commit_ms: (percentile(&one, 0.5), percentile(&one, 0.99)),
        rows_per_sec: 1e6 * thousand.len() as f64 / thousand.iter().sum::<f64>(),
    })
}

async fn broker() -> Outcome<(f64, f64)> {
    let world = World::new().await?;
    let topic = "homeward/v1/bench/board/event";
    let (_watch, mut inbox) = Bus::start(world.bus("board-watch"), vec![topic.into()], world.stop.clone());
    let (sender, mut own) = Bus::start(
        world.bus("board-bench"),
        vec!["homeward/v1/+/reply/board-bench".into()],
        world.stop.clone(),
    );
    connected(&mut inbox).await;
    connected(&mut own).await;
    let payload = Bytes::from(vec![b'x'; 300]);
    let mut one_by_one = Vec::new();
    for _ in 0..500 {
        let sent = Instant::now();
        sender.publish(topic, payload.clone(), false).await?;
        message(&mut inbox).await;
        one_by_one.push(sent.elapsed().as_secs_f64() * 1_000.0);
    }
    let begun = Instant::now();
    let flood = async {
        for _ in 0..MESSAGES {
            sender.publish(topic, payload.clone(), false).await?;
        }
        Ok::<(), chassis::bus::PublishError>(())
    };
    let take = async {
        for _ in 0..MESSAGES {
            message(&mut inbox).await;
        }
    };
    let (sent, ()) = tokio::join!(flood, take);
    sent?;
    let rate = f64::from(MESSAGES) / begun.elapsed().as_secs_f64();
    world.stop.cancel();
    Ok((rate, percentile(&sorted(one_by_one), 0.5)))
}

pub(crate) async fn connected(inbox: &mut tokio::sync::mpsc::Receiver<BusEvent>) {
    while !matches!(inbox.recv().await, Some(BusEvent::Connected) | None) {}
}

async fn message(inbox: &mut tokio::sync::mpsc::Receiver<BusEvent>) {
    while !matches!(inbox.recv().await, Some(BusEvent::Message { .. }) | None) {}
}

/// Synced commits of so many entries: how long each took, in ms, sorted.
async fn disk(group: usize) -> Outcome<Vec<f64>> {
    let world = World::new().await?;
    let mut chain = world.journal.begin(ServiceName::Checkins, &world.school.id).await?;
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < SPELL {
        let after = chain.seq;
        let entries: Vec<Entry> = (0..group).map(|_| chain.next(draft(), [0; 16])).collect();
        let (service, school) = (ServiceName::Checkins, world.school.id.clone());
        let append = Append { service, school, after, entries: entries.into(), cursors: Vec::new() };
        let sent = Instant::now();
        world.journal.append(vec![append]).await?;
        took.push(sent.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(sorted(took))
}

fn draft() -> Draft {
    Draft {
        recorded_at: Timestamp::now(),
        kind: "CheckedIn".into(),
        data: format!("{{\"filler\":\"{}\"}}", "x".repeat(400)),
        cause: Uuid::now_v7(),
        correlation: Uuid::now_v7(),
        actor: Actor::Service(ServiceName::Checkins),
        trip: None,
        traceparent: None,
    }
}
