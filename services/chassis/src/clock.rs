//! Clocks: the real one, one that tests set (within a process, or for many of them by a file), one that runs faster for the
//! demonstration.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Says what time it is, and waits for an instant.
#[async_trait]
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now, by the wall.
    fn now(&self) -> Timestamp;

    /// How far the wall clock has been moved by hand (or by a time server) since this clock was made, as far as can be
    /// told from the monotonic clock. A move of more than five seconds is treated as an outage.
    fn moved(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    /// Whether it shows the machine's own time, so that other machines' can be compared with it.
    fn is_the_machines(&self) -> bool {
        false
    }

    /// Waits until the wall clock shows that instant or a later one.
    async fn sleep_until(&self, at: Timestamp);
}

/// How far two clocks may be apart, or one be moved, before somebody is told.
pub const APART: SignedDuration = SignedDuration::from_secs(5);

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug)]
pub struct RealClock {
    began: Instant,
    began_at: Timestamp,
}

/// A wall clock can step while somebody sleeps: look again at least this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

impl RealClock {
    /// The machine's clock.
    pub fn shared() -> SharedClock {
        Arc::new(Self { began: Instant::now(), began_at: Timestamp::now() })
    }
}

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn moved(&self) -> SignedDuration {
        let wall = Timestamp::now().duration_since(self.began_at);
        wall - SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX)
    }

    fn is_the_machines(&self) -> bool {
        true
    }

    async fn sleep_until(&self, at: Timestamp) {
        while let Some(left) = left_until(at, self.now()) {
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

/// A clock that runs N times as fast as the machine's, from its start on. For the demonstration.
#[derive(Debug)]
pub struct FastClock {
    began: Instant,
    began_at: Timestamp,
    speed: u32,
}

impl FastClock {
    /// A clock that starts at `began_at` and runs `speed` times as fast (at least once).
    pub fn shared(began_at: Timestamp, speed: u32) -> SharedClock {
        Arc::new(Self { began: Instant::now(), began_at, speed: speed.max(1) })
    }
}

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let run = self.began.elapsed().saturating_mul(self.speed);
        SignedDuration::try_from(run)
            .ok()
            .and_then(|run| self.began_at.checked_add(run).ok())
            .unwrap_or(Timestamp::MAX)
    }

    async fn sleep_until(&self, at: Timestamp) {
        while let Some(left) = left_until(at, self.now()) {
            tokio::time::sleep((left / self.speed).max(Duration::from_millis(1)).min(LONGEST_SLEEP)).await;
        }
    }
}

/// A clock that stands still until it is set. For tests: time is set, never slept.
#[derive(Debug)]
pub struct SettableClock {
    now: watch::Sender<Timestamp>,
}

impl SettableClock {
    /// A clock that stands at that instant.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self { now: watch::Sender::new(now) })
    }

    /// Sets it; who sleeps until then, or less, wakes.
    pub fn set(&self, now: Timestamp) {
        self.now.send_replace(now);
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        self.now.send_modify(|now| *now = now.saturating_add(by).unwrap_or(Timestamp::MAX));
    }
}

#[async_trait]
impl Clock for SettableClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        let mut seen = self.now.subscribe();
        // The sender lives as long as `self`, so waiting can't fail.
        let _ = seen.wait_for(|now| *now >= at).await;
    }
}

/// A clock that stands in a file and is set by whoever writes it: for tests of several processes. `2026-11-20T08:30:00Z 0`:
/// the instant, and by how many seconds it was moved by hand.
#[derive(Debug)]
pub struct FileClock {
    path: PathBuf,
    last: Mutex<Shown>,
}

/// What a clock's file shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Shown {
    now: Timestamp,
    moved: SignedDuration,
}

/// How often a sleeper looks at the file.
const LOOK: Duration = Duration::from_millis(5);

impl FileClock {
    /// Reads the file.
    pub fn shared(path: &Path) -> io::Result<SharedClock> {
        let last = Mutex::new(read_clock(path)?);
        Ok(Arc::new(Self { path: path.to_owned(), last }))
    }

    /// Writes the file, in one step.
    pub fn set(path: &Path, now: Timestamp, moved: SignedDuration) -> io::Result<()> {
        let written = path.with_extension("new");
        std::fs::write(&written, format!("{now} {}", moved.as_secs()))?;
        std::fs::rename(written, path)
    }

    /// What it shows now: the file is looked at each time, so that nobody acts by an hour that is over.
    fn shown(&self) -> Shown {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(shown) = read_clock(&self.path) {
            *last = shown;
        }
        *last
    }
}

fn read_clock(path: &Path) -> io::Result<Shown> {
    let text = std::fs::read_to_string(path)?;
    let bad = || {
        io::Error::other(format!(
            "{text:?} is no clock: an instant and seconds, such as 2026-11-20T08:30:00Z 0"
        ))
    };
    let (now, moved) = text.trim().split_once(' ').ok_or_else(bad)?;
    let (now, moved) = (now.parse().map_err(|_| bad())?, moved.parse().map_err(|_| bad())?);
    Ok(Shown { now, moved: SignedDuration::from_secs(moved) })
}

#[async_trait]
impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        self.shown().now
    }

    fn moved(&self) -> SignedDuration {
        self.shown().moved
    }

    async fn sleep_until(&self, at: Timestamp) {
        if at == Timestamp::MAX {
            return std::future::pending().await;
        }
        while self.now() < at {
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn left_until(at: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(at.duration_since(now)).ok().filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_sleeps_wakes_when_the_clock_is_set_and_not_before() {
        let start: Timestamp = "2026-11-20T09:00:00Z".parse().expect("time");
        let clock = SettableClock::at(start);
        let due = start + SignedDuration::from_mins(30);
        let sleeper = clock.sleep_until(due);
        tokio::pin!(sleeper);
        assert!(futures::poll!(&mut sleeper).is_pending());
        clock.advance(SignedDuration::from_mins(29));
        assert!(futures::poll!(&mut sleeper).is_pending());
        clock.set(due);
        sleeper.await;
        assert_eq!(clock.now(), due);
    }

    #[tokio::test]
    async fn a_clock_in_a_file_shows_what_was_written_last() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("clock");
        assert!(FileClock::shared(&path).is_err(), "there is none");
        let start: Timestamp = "2026-11-20T09:00:00Z".parse().expect("time");
        FileClock::set(&path, start, SignedDuration::ZERO).expect("written");
        let clock = FileClock::shared(&path).expect("read");
        assert_eq!(clock.now(), start);
        let due = start + SignedDuration::from_mins(30);
        let sleeper = clock.sleep_until(due);
        tokio::pin!(sleeper);
        assert!(futures::poll!(&mut sleeper).is_pending());
        FileClock::set(&path, due, SignedDuration::from_secs(-7)).expect("written");
        sleeper.await;
        assert_eq!((clock.now(), clock.moved()), (due, SignedDuration::from_secs(-7)));
        std::fs::write(&path, "noon").expect("written");
        assert_eq!(clock.now(), due, "what can't be read changes nothing");
    }
}
