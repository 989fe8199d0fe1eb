//! Whether a loop really turns: each counts its turns, and whoever watches looks whether they went on.
//!
//! A loop that waits for a database or a provider, however long, is not stuck: it waits by [`Pulse::through`], which counts
//! on for as long as the wait itself is looked at. One that spins, or holds a thread, or waits for a lock, counts no more.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A loop that has nothing to do turns at least this often all the same, and so counts a long wait on.
pub const EACH: Duration = Duration::from_secs(2);

/// The turns of one loop. Cheap to clone: all clones count the same turns.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// The loop turned.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for what is outside the process and may be gone; counted as turning meanwhile.
    pub async fn through<T>(&self, waiting: impl Future<Output = T>) -> T {
        self.counting(EACH, waiting).await
    }

    async fn counting<T>(&self, each: Duration, waiting: impl Future<Output = T>) -> T {
        let mut waiting = pin!(waiting);
        loop {
            if let Ok(done) = tokio::time::timeout(each, &mut waiting).await {
                return done;
            }
            self.beat();
        }
    }
}

/// Looks after several loops.
#[derive(Debug, Default)]
pub struct Pulses(Vec<Looked>);

#[derive(Debug)]
struct Looked {
    name: String,
    pulse: Pulse,
    seen: u64,
}

impl Pulses {
    /// One more, by the name that is logged.
    pub fn add(&mut self, name: impl Into<String>, pulse: Pulse) {
        let seen = pulse.0.load(Ordering::Relaxed);
        self.0.push(Looked { name: name.into(), pulse, seen });
    }

    /// Those that have not turned since this was asked last.
    pub fn stuck(&mut self) -> Vec<String> {
        let turned = |looked: &mut Looked| {
            let turns = looked.pulse.0.load(Ordering::Relaxed);
            std::mem::replace(&mut looked.seen, turns) != turns
        };
        self.0.iter_mut().filter_map(|looked| (!turned(looked)).then(|| looked.name.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop that does not turn is named for as long as it doesn't; its neighbours are not.
    #[test]
    fn who_has_not_turned_since_the_last_look_is_stuck() {
        let (turns, stands) = (Pulse::default(), Pulse::default());
        let mut pulses = Pulses::default();
        pulses.add("trips", turns.clone());
        pulses.add("alerts", stands.clone());
        stands.beat();
        turns.beat();
        assert_eq!(pulses.stuck(), Vec::<String>::new());
        turns.beat();
        assert_eq!(pulses.stuck(), ["alerts"]);
        assert_eq!(pulses.stuck(), ["trips", "alerts"]);
        stands.beat();
        assert_eq!(pulses.stuck(), ["trips"]);
    }

    /// Who waits for a database that is gone is not stuck; who was given its answer goes on at once.
    #[tokio::test]
    async fn a_long_wait_for_what_is_outside_counts_as_turning() {
        let pulse = Pulse::default();
        let mut pulses = Pulses::default();
        pulses.add("checkins", pulse.clone());
        let (answers, database) = tokio::sync::oneshot::channel::<u8>();
        let moment = Duration::from_millis(1);
        let waiting = tokio::spawn(async move { pulse.counting(moment, database).await });
        for _ in 0..3 {
            while !pulses.stuck().is_empty() {
                tokio::time::sleep(moment).await;
            }
        }
        answers.send(7).expect("it waits");
        assert_eq!(waiting.await.expect("it ends"), Ok(7));
        pulses.stuck();
        assert_eq!(pulses.stuck(), ["checkins"], "nobody turns it any more");
    }
}
