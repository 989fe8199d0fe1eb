//! A client that checks groups in over MQTT and times the answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chassis::bus::{Bus, BusEvent, BusSender};
use jiff::Timestamp;
use proto::envelope::{Outcome as Answered, Reply};
use proto::ids::CommandId;
use tokio::sync::mpsc;

use crate::Outcome;
use crate::limits::connected;
use crate::parties::{Watched, check_in};
use crate::world::{World, school_id};

/// Commands under way at once in the flood: the broker drops what nobody has taken in time.
const IN_FLIGHT: usize = 2_000;

/// Who waits longer for an answer asks again, as each client does: the answer to a command that was taken is the same.
const AGAIN: Duration = Duration::from_secs(1);

/// Who waits longer for an answer gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command on its way.
struct Asked {
    at: Instant,
    tried: Instant,
    school: usize,
    payload: Bytes,
}

/// Where commands go.
fn commands(school: usize) -> String {
    format!("homeward/v1/{}/checkins/command/board-bench", school_id(school))
}

type Sent = Arc<Mutex<HashMap<CommandId, Asked>>>;

/// The client.
pub(crate) struct Load {
    sender: BusSender,
    sent: Sent,
    answers: mpsc::UnboundedReceiver<(f64, bool)>,
    watched: Vec<Watched>,
    next: usize,
}

/// Each answer's time in ms, and how many were refused.
pub(crate) struct Answers {
    pub(crate) ms: Vec<f64>,
    pub(crate) refused: usize,
    /// How many were asked again, since no answer came.
    pub(crate) again: usize,
    pub(crate) took: Duration,
}

impl Load {
    pub(crate) async fn start(world: &World, watched: Vec<Watched>) -> Self {
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

    /// These groups check in from now on.
    pub(crate) fn turns_to(&mut self, watched: Vec<Watched>) {
        (self.watched, self.next) = (watched, 0);
    }

    async fn send(&mut self) -> Outcome<()> {
        let payload = self.prepare(Instant::now())?;
        let school = self.watched[(self.next - 1) % self.watched.len()].school;
        Ok(self.sender.publish(commands(school), payload, false).await?)
    }

    /// The next command, asked for at that moment.
    fn prepare(&mut self, at: Instant) -> Outcome<Bytes> {
        let of = self.watched[self.next % self.watched.len()];
        self.next += 1;
        let envelope = check_in(of, Timestamp::now());
        let payload = Bytes::from(serde_json::to_vec(&envelope)?);
        if let Ok(mut sent) = self.sent.lock() {
            let asked = Asked { at, tried: Instant::now(), school: of.school, payload: payload.clone() };
            sent.insert(envelope.id, asked);
        }
        Ok(payload)
    }

    /// Asks again what nobody has answered for a while: so many.
    async fn ask_again(&self, silent_for: Duration) -> usize {
        let mut waits = Vec::new();
        if let Ok(mut sent) = self.sent.lock() {
            for asked in sent.values_mut().filter(|asked| asked.tried.elapsed() > silent_for) {
                asked.tried = Instant::now();
                waits.push((asked.school, asked.payload.clone()));
            }
        }
        let count = waits.len();
        for (school, payload) in waits {
            // Without a connection it is asked once more later.
            let _ = self.sender.publish(commands(school), payload, false).await;
        }
        count
    }

    /// So many a second, by a client that outlives the loss of its broker: each answer's time since it should have been asked for,
    /// and when it came.
    pub(crate) async fn through_trouble(&mut self, rate: f64, seconds: f64) -> Outcome<Through> {
        let count = (rate * seconds) as usize;
        let mut through =
            Through { begun: Instant::now(), answers: Vec::with_capacity(count), again: 0, refused: 0 };
        let mut sent = 0;
        let mut tick = tokio::time::interval(Duration::from_millis(2));
        while through.answers.len() < count {
            tick.tick().await;
            let now = through.begun.elapsed();
            if now.as_secs_f64() > seconds + PATIENCE.as_secs_f64() * 2.0 {
                return Err(format!("{} of {count} were not answered", count - through.answers.len()).into());
            }
            let due = ((now.as_secs_f64() * rate) as usize + 1).min(count);
            while sent < due {
                let at = through.begun + Duration::from_secs_f64(sent as f64 / rate);
                let payload = self.prepare(at)?;
                let school = self.watched[(self.next - 1) % self.watched.len()].school;
                let publish = self.sender.publish(commands(school), payload, false);
                // A connection that takes nothing holds nobody up: it is asked again.
                let _ = tokio::time::timeout(Duration::from_millis(50), publish).await;
                sent += 1;
            }
            let again = tokio::time::timeout(Duration::from_millis(500), self.ask_again(2 * AGAIN)).await;
            through.again += again.unwrap_or(0);
            while let Ok((ms, ok)) = self.answers.try_recv() {
                through.answers.push((through.begun.elapsed().as_secs_f64(), ms));
                through.refused += usize::from(!ok);
            }
        }
        Ok(through)
    }

    /// The next answer; what is silent for long is asked again meanwhile.
    async fn answer(&mut self, all: &mut Answers) -> Outcome<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match tokio::time::timeout(AGAIN, self.answers.recv()).await {
                Ok(Some(answer)) => {
                    all.take(answer);
                    return Ok(());
                }
                Ok(None) => return Err("the bus ended".into()),
                Err(_) => all.again += self.ask_again(AGAIN).await,
            }
        }
        let waits = self.sent.lock().map_or(0, |sent| sent.len());
        Err(format!("{waits} of {} were not answered", self.next).into())
    }

    /// Each is sent once the one before was answered.
    pub(crate) async fn one_by_one(&mut self, count: usize) -> Outcome<Answers> {
        let mut all = Answers::room_for(count);
        for _ in 0..count {
            self.send().await?;
            self.answer(&mut all).await?;
        }
        Ok(all)
    }

    /// As fast as they are answered.
    pub(crate) async fn flood(&mut self, count: usize) -> Outcome<Answers> {
        let mut all = Answers::room_for(count);
        let begun = Instant::now();
        for sent in 0..count {
            while sent - all.ms.len() >= IN_FLIGHT {
                self.answer(&mut all).await?;
            }
            self.send().await?;
        }
        while all.ms.len() < count {
            self.answer(&mut all).await?;
        }
        all.took = begun.elapsed();
        Ok(all)
    }

    /// So many a second, whatever the answers.
    pub(crate) async fn paced(&mut self, rate: f64, seconds: f64) -> Outcome<Answers> {
        let count = (rate * seconds) as usize;
        let mut all = Answers::room_for(count);
        let begun = Instant::now();
        for sent in 0..count {
            let due = Duration::from_secs_f64(sent as f64 / rate);
            if let Some(early) =
                due.checked_sub(begun.elapsed()).filter(|early| *early > Duration::from_millis(1))
            {
                tokio::time::sleep(early).await;
            }
            self.send().await?;
            while let Ok(answer) = self.answers.try_recv() {
                all.take(answer);
            }
        }
        while all.ms.len() < count {
            self.answer(&mut all).await?;
        }
        all.took = begun.elapsed();
        Ok(all)
    }
}

/// What came of commands that were asked for at a pace, whatever happened to the broker meanwhile.
pub(crate) struct Through {
    begun: Instant,
    /// Of each answer: when it came, in seconds from the start, and how long it took, in ms.
    pub(crate) answers: Vec<(f64, f64)>,
    pub(crate) again: usize,
    pub(crate) refused: usize,
}

impl Answers {
    fn room_for(count: usize) -> Self {
        Self { ms: Vec::with_capacity(count), refused: 0, again: 0, took: Duration::ZERO }
    }

    fn take(&mut self, (ms, ok): (f64, bool)) {
        self.ms.push(ms);
        self.refused += usize::from(!ok);
    }
}

fn take_answers(payload: &[u8], sent: &Sent, tell: &mpsc::UnboundedSender<(f64, bool)>) {
    let now = Instant::now();
    let Ok(replies) = serde_json::from_slice::<Vec<Reply>>(payload) else { return };
    let Ok(mut sent) = sent.lock() else { return };
    for reply in replies {
        let Reply::Answer(answer) = reply else { continue };
        if let Some(Asked { at, .. }) = sent.remove(&answer.command) {
            let ok = matches!(answer.outcome, Answered::Accepted { .. });
            // The receiver lives as long as the load.
            let _ = tell.send((now.duration_since(at).as_secs_f64() * 1_000.0, ok));
        }
    }
}
