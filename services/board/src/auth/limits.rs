//! How often somebody may try to log in.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Tries in a row by one name before each must wait.
pub const TRIES_IN_A_ROW: NonZeroU32 = NonZeroU32::new(8).expect("not zero");

/// After those, one try by that name in so many seconds.
const SECONDS_BETWEEN: u64 = 20;

/// Tries a second by all names together.
const ALL_TRIES: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// Names that are remembered before those that are long quiet are forgotten.
const MAX_NAMES: usize = 10_000;

/// Counts tries: by name, and all together.
#[derive(Debug)]
pub struct Limits {
    by_name: DefaultKeyedRateLimiter<String>,
    all: DefaultDirectRateLimiter,
}

impl Limits {
    /// Nobody has tried yet.
    pub fn new() -> Self {
        let wait = std::time::Duration::from_secs(SECONDS_BETWEEN);
        let by_name = Quota::with_period(wait).expect("not zero").allow_burst(TRIES_IN_A_ROW);
        Self { by_name: RateLimiter::keyed(by_name), all: RateLimiter::direct(Quota::per_second(ALL_TRIES)) }
    }

    /// Whether one more try by that name is allowed now.
    pub fn allow(&self, name: &str) -> bool {
        if self.by_name.len() > MAX_NAMES {
            self.by_name.retain_recent();
        }
        self.all.check().is_ok() && self.by_name.check_key(&name.to_owned()).is_ok()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
