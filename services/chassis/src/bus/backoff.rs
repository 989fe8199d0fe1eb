//! How long to wait before the next try.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Waits that double from 50 ms to 5 s, each shortened by up to a half at random, so that many clients of a restarted
/// broker don't return in step.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The wait after a connection that lasted so long; one that held resets the series.
    pub(super) fn wait(&mut self, lasted: Duration) -> Duration {
        if lasted > LONGEST {
            self.next = FIRST;
        }
        let wait = self.next.mul_f64(rand::random_range(0.5..=1.0));
        self.next = (self.next * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_bounded_and_start_again_after_a_connection_that_held() {
        let mut backoff = Backoff::new();
        let waits: Vec<Duration> = (0..20).map(|_| backoff.wait(Duration::ZERO)).collect();
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits.iter().all(|wait| *wait <= LONGEST));
        assert!(waits[19] >= LONGEST / 2);
        assert!(backoff.wait(LONGEST * 2) <= FIRST);
    }
}
