//! How often somebody may try to log in.
//!
//! Tries from a browser that a name was used from before are counted apart from everybody else's: whoever guesses at
//! somebody's password from elsewhere slows down the guessing, never that person.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use proto::envelope::Hash;

use crate::db::LoginId;

/// Tries in a row by one name before each must wait.
pub const TRIES_IN_A_ROW: NonZeroU32 = NonZeroU32::new(8).expect("not zero");

/// After those, one try by that name in so many seconds.
const SECONDS_BETWEEN: u64 = 20;

/// Codes of a second factor in a row before each must wait.
pub(crate) const CODES_IN_A_ROW: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// After those, one code in so many seconds: at that pace a code of six digits is guessed once in some months.
const SECONDS_BETWEEN_CODES: u64 = 60;

/// Tries a second by all names together, from browsers that nobody knows.
const ALL_TRIES: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// Codes of phone pages a second, by all links together. Each link has its own code of eight characters for half an hour: at that
/// pace one in some thirty thousand would be guessed within a link's whole life. No link is held up alone: whoever has a copy could
/// lock its leader out.
const ALL_CODES_OF_PAGES: NonZeroU32 = NonZeroU32::new(50).expect("not zero");

/// Log-ins a second by providers, ways out and back together: each way back asks the provider something.
const ALL_BY_PROVIDER: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

/// Names that are remembered before those that are long quiet are forgotten.
const MAX_NAMES: usize = 10_000;

/// Whose tries are counted together.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Tries {
    /// A name, from wherever.
    Of(String),
    /// A name, from a browser that it was used from before.
    From([u8; 32], String),
    /// Codes for a log-in whose password was right.
    Codes(LoginId),
}

impl Tries {
    /// A name from a browser that it was used from before.
    pub(crate) fn from_browser(browser: Hash, name: &str) -> Self {
        Self::From(browser.0, name.to_owned())
    }
}

/// Counts tries.
#[derive(Debug)]
pub struct Limits {
    tries: DefaultKeyedRateLimiter<Tries>,
    codes: DefaultKeyedRateLimiter<Tries>,
    strangers: DefaultDirectRateLimiter,
    codes_of_pages: DefaultDirectRateLimiter,
    by_provider: DefaultDirectRateLimiter,
}

impl Limits {
    /// Nobody has tried yet.
    pub fn new() -> Self {
        let every = |secs| Quota::with_period(std::time::Duration::from_secs(secs)).expect("not zero");
        Self {
            tries: RateLimiter::keyed(every(SECONDS_BETWEEN).allow_burst(TRIES_IN_A_ROW)),
            codes: RateLimiter::keyed(every(SECONDS_BETWEEN_CODES).allow_burst(CODES_IN_A_ROW)),
            strangers: RateLimiter::direct(Quota::per_second(ALL_TRIES)),
            codes_of_pages: RateLimiter::direct(Quota::per_second(ALL_CODES_OF_PAGES)),
            by_provider: RateLimiter::direct(Quota::per_second(ALL_BY_PROVIDER)),
        }
    }

    /// Whether one more of these is allowed now.
    pub(crate) fn allow(&self, tries: &Tries) -> bool {
        let (limiter, together) = match tries {
            Tries::Of(_) => (&self.tries, self.strangers.check().is_ok()),
            Tries::From(..) => (&self.tries, true),
            Tries::Codes(_) => (&self.codes, true),
        };
        if limiter.len() > MAX_NAMES {
            limiter.retain_recent();
        }
        together && limiter.check_key(tries).is_ok()
    }
}

impl Limits {
    /// Whether one more code of a phone page is allowed now.
    pub(crate) fn allow_code_of_page(&self) -> bool {
        self.codes_of_pages.check().is_ok()
    }

    /// Whether one more log-in by a provider, out or back, is allowed now.
    pub(crate) fn allow_by_provider(&self) -> bool {
        self.by_provider.check().is_ok()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
