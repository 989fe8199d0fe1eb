//! Durable check-ins: in over MQTT, journalled and synced, answered and told in batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chassis::bus::{Bus, BusEvent, BusSender};
use chassis::host::NoEffects;
use jiff::Timestamp;
use proto::envelope::{CommandEnvelope, Outcome as Answered, Reply, SpecVersion};
use proto::ids::CommandId;
use proto::topics::ServiceName;
use proto::v1::checkins::{Command, Via, Word};
use proto::values::Headcount;
use tokio::sync::mpsc;

use crate::limits::{Limits, connected};
use crate::world::{Watched, World};
use crate::{Outcome, Row, percentile, row, sorted, thousands};

const GROUPS: u64 = 10_000;
const FLOOD: usize = 100_000;
const ALONE: usize = 500;
const HALF_SECONDS: f64 = 5.0;
/// Commands under way at once in the flood: the broker drops what nobody has taken.
const IN_FLIGHT: usize = 4_000;

type Sent = Arc<Mutex<HashMap<CommandId, Instant>>>;

struct Load {
    sender: BusSender,
    sent: Sent,
    answers: mpsc::UnboundedReceiver<(CommandId, f64, bool)>,
    watched: Vec<Watched>,
    next: usize,
}

pub(crate) async fn measure(limits: &Limits) -> Outcome<Vec<Row>> {
    let world = World::new().await?;
    let watched = world.watch(GROUPS, |_| 3_600.0).await?;
    let host = world.host(NoEffects).await?;
    let mut load = Load::start(&world, watched).await;
    let alone = sorted(load.one_by_one(ALONE).await?);
    let (rate, refused) = load.flood(FLOOD).await?;
    let half = sorted(load.paced(rate / 2.0, HALF_SECONDS).await?);
    world.end(host).await;
    let broker = format!("broker alone {}/s", thousands(limits.broker_per_sec));
    let rows = format!("{} synced rows/s in thousands", thousands(limits.rows_per_sec));
    Ok(vec![
        row(
            format!("durable check-ins over MQTT, {} of them ({refused} refused)", thousands(FLOOD as f64)),
            format!("{}/s", thousands(rate)),
            "50,000/s",
            format!("{broker}; {rows}"),
        ),
        row(
            format!("latency at half of that ({}/s)", thousands(rate / 2.0)),
            format!("p50 {:.2} ms, p99 {:.2} ms", percentile(&half, 0.5), percentile(&half, 0.99)),
            "p99 < 50 ms",
            format!("broker one way {:.2} ms", limits.broker_ms),
        ),
        row(
            "one check-in alone, to its durable answer",
            format!("p50 {:.2} ms, p99 {:.2} ms", percentile(&alone, 0.5), percentile(&alone, 0.99)),
            "p99 < 5 ms",
            format!("{} synced commits/s", thousands(limits.commits_per_sec)),
        ),
    ])
}

impl Load {
    async fn start(world: &World, watched: Vec<Watched>) -> Self {
        let filter = vec!["homeward/v1/+/reply/board-bench".to_owned()];
        let (sender, mut inbox) = Bus::start(world.bus("board-bench"), filter, world.stop.clone());
        connected(&mut inbox).await;
        let sent: Sent = Arc::default();
        let (tell, answers) = mpsc::unbounded_channel();
        let known = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Some(event) = inbox.recv().await {
                if let BusEvent::Message { payload, .. } = event {
                    take_answers(&payload, &known, &tell);
                }
            }
        });
        Self { sender, sent, answers, watched, next: 0 }
    }

    async fn send(&mut self) -> Outcome<()> {
        let of = self.watched[self.next % self.watched.len()];
        self.next += 1;
        let command = Command::CheckIn {
            trip: of.trip,
            group: Some(of.group),
            device: Some(of.device),
            word: Word::Ok,
            headcount: Some(Headcount::new(12)?),
            pressed_at: Timestamp::now(),
            note: None,
            duress: None,
            via: Via::Api,
        };
        let (variant, data) = proto::wire::split(&command);
        let envelope = CommandEnvelope {
            specversion: SpecVersion::V1,
            id: CommandId::new(),
            source: String::new(),
            kind: proto::wire::kind(ServiceName::Checkins, &variant),
            time: None,
            actor: None,
            traceparent: None,
            data,
        };
        let payload = Bytes::from(serde_json::to_vec(&envelope)?);
        if let Ok(mut sent) = self.sent.lock() {
            sent.insert(envelope.id, Instant::now());
        }
        Ok(self.sender.publish("homeward/v1/bench/checkins/command/board-bench", payload, false).await?)
    }

    async fn answer(&mut self) -> Outcome<(f64, bool)> {
        let answered = tokio::time::timeout(Duration::from_secs(30), self.answers.recv()).await?;
        answered.map(|(_, ms, ok)| (ms, ok)).ok_or_else(|| "the bus ended".into())
    }

    async fn one_by_one(&mut self, count: usize) -> Outcome<Vec<f64>> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            self.send().await?;
            all.push(self.answer().await?.0);
        }
        Ok(all)
    }

    async fn flood(&mut self, count: usize) -> Outcome<(f64, usize)> {
        let (begun, mut answered, mut refused) = (Instant::now(), 0, 0);
        for sent in 0..count {
            while sent - answered >= IN_FLIGHT {
                refused += usize::from(!self.answer().await?.1);
                answered += 1;
            }
            self.send().await?;
        }
        while answered < count {
            refused += usize::from(!self.answer().await?.1);
            answered += 1;
        }
        Ok((count as f64 / begun.elapsed().as_secs_f64(), refused))
    }

    async fn paced(&mut self, rate: f64, seconds: f64) -> Outcome<Vec<f64>> {
        let count = (rate * seconds) as usize;
        let (begun, mut all) = (Instant::now(), Vec::with_capacity(count));
        for sent in 0..count {
            let due = Duration::from_secs_f64(sent as f64 / rate);
            if let Some(early) =
                due.checked_sub(begun.elapsed()).filter(|early| *early > Duration::from_millis(1))
            {
                tokio::time::sleep(early).await;
            }
            self.send().await?;
            while let Ok((_, ms, _)) = self.answers.try_recv() {
                all.push(ms);
            }
        }
        while all.len() < count {
            all.push(self.answer().await?.0);
        }
        Ok(all)
    }
}

fn take_answers(payload: &[u8], sent: &Sent, tell: &mpsc::UnboundedSender<(CommandId, f64, bool)>) {
    let now = Instant::now();
    let Ok(replies) = serde_json::from_slice::<Vec<Reply>>(payload) else { return };
    let Ok(mut sent) = sent.lock() else { return };
    for reply in replies {
        let Reply::Answer(answer) = reply else { continue };
        if let Some(at) = sent.remove(&answer.command) {
            let ok = matches!(answer.outcome, Answered::Accepted { .. });
            // The receiver lives as long as the load.
            let _ = tell.send((answer.command, now.duration_since(at).as_secs_f64() * 1_000.0, ok));
        }
    }
}
