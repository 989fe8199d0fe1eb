//! How often somebody may try to log in.
//!
//! Tries from a browser that a name was used from before are counted apart from everybody else's. Strangers' tries are counted by the network
//! that they come from: whoever guesses slows down the guessing from there, nobody elsewhere. What comes too fast altogether waits for its turn,
//! one at a time, rather than being refused. Decision 34.

use std::collections::HashMap;
use std::hash::Hash as Key;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use proto::envelope::Hash;

use super::Network;
use crate::db::LoginId;

/// Tries in a row by one name, from one network or one known browser, before each must wait.
pub const TRIES_IN_A_ROW: NonZeroU32 = NonZeroU32::new(8).expect("not zero");

/// After those, one try by that name in so many seconds.
const SECONDS_BETWEEN: u64 = 20;

/// Codes of a second factor in a row for one log-in, from one network or one known browser, before each must wait.
pub const CODES_IN_A_ROW: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// After those, one code in so many seconds from a known browser.
const SECONDS_BETWEEN_CODES: u64 = 120;

/// And one in so many from a network: five networks together, and none alone, keep up with [`SECONDS_OF_STRANGERS_CODES`].
const SECONDS_OF_A_NETWORKS_CODES: u64 = 600;

/// Strangers' codes of the app in a row for one log-in from everywhere, before each must wait.
pub const CODES_OF_STRANGERS: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// After those, one in so many seconds: some 750 in a day. Three codes of a million are right at any time, so whoever has the password and
/// as many networks as they like guesses one in a day with a chance of 0.2 %.
const SECONDS_OF_STRANGERS_CODES: u64 = 120;

/// Codes on paper aren't guessed: after [`CODES_IN_A_ROW`] one in so many seconds from each network, and no limit to all of them together.
const SECONDS_BETWEEN_PAPER: u64 = 20;

/// Strangers' tries in a row by one name from everywhere, before it is being guessed at. One network alone never gets there.
pub const BEFORE_IT_IS_GUESSING: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// After those, one more in so many seconds before it is.
const SECONDS_OF_GUESSING: u64 = 10;

/// While a name is being guessed at, a network has so many tries in a row by it.
pub const FEW_TRIES: NonZeroU32 = NonZeroU32::new(3).expect("not zero");

/// After those, one in so many seconds.
const SECONDS_BETWEEN_FEW: u64 = 300;

/// Strangers' tries in a row by all names from one network, before they wait for their turn.
const TRIES_OF_A_NETWORK: NonZeroU32 = NonZeroU32::new(30).expect("not zero");

/// After those, one more in so many seconds without waiting.
const SECONDS_OF_A_NETWORK: u64 = 5;

/// Strangers' tries a second by all names from everywhere, before they wait for their turn.
const ALL_TRIES: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// Tries that wait for their turn.
const MOST_WAITING: usize = 32;

/// How many of them come from one network.
const WAITING_OF_ONE: usize = 2;

/// Codes of phone pages a second, by all links together. Each link has its own code of eight characters for half an hour: at that
/// pace one in some thirty thousand would be guessed within a link's whole life. No link is held up alone: whoever has a copy could
/// lock its leader out.
const ALL_CODES_OF_PAGES: NonZeroU32 = NonZeroU32::new(50).expect("not zero");

/// How many of them from one network.
const CODES_OF_A_NETWORK: NonZeroU32 = NonZeroU32::new(5).expect("not zero");

/// Log-ins a second by providers, ways out and back together: each way back asks the provider something.
const ALL_BY_PROVIDER: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

/// How many of them from one network: a whole school's may be one.
const BY_PROVIDER_OF_A_NETWORK: NonZeroU32 = NonZeroU32::new(20).expect("not zero");

/// Names and networks that are remembered before those that are long quiet are forgotten.
const MAX_REMEMBERED: usize = 10_000;

/// A try that is allowed.
#[derive(Debug)]
pub(crate) enum Allowed {
    /// At once.
    Now,
    /// When those before it are done, one at a time.
    InTurn(Waits),
}

/// Counts tries.
#[derive(Debug)]
pub struct Limits {
    known: DefaultKeyedRateLimiter<([u8; 32], String)>,
    strangers: DefaultKeyedRateLimiter<(Network, String)>,
    few: DefaultKeyedRateLimiter<(Network, String)>,
    names: DefaultKeyedRateLimiter<String>,
    networks: DefaultKeyedRateLimiter<Network>,
    all: DefaultDirectRateLimiter,
    waiting: Waiting,
    codes_known: DefaultKeyedRateLimiter<([u8; 32], LoginId)>,
    codes_of_a_network: DefaultKeyedRateLimiter<(Network, LoginId)>,
    codes_of_strangers: DefaultKeyedRateLimiter<LoginId>,
    paper: DefaultKeyedRateLimiter<(Network, LoginId)>,
    codes_of_pages: Shared,
    by_provider: Shared,
}

impl Limits {
    /// Nobody has tried yet.
    pub fn new() -> Self {
        let every = |secs| Quota::with_period(Duration::from_secs(secs)).expect("not zero");
        let by_name = every(SECONDS_BETWEEN).allow_burst(TRIES_IN_A_ROW);
        Self {
            known: RateLimiter::keyed(by_name),
            strangers: RateLimiter::keyed(by_name),
            few: RateLimiter::keyed(every(SECONDS_BETWEEN_FEW).allow_burst(FEW_TRIES)),
            names: RateLimiter::keyed(every(SECONDS_OF_GUESSING).allow_burst(BEFORE_IT_IS_GUESSING)),
            networks: RateLimiter::keyed(every(SECONDS_OF_A_NETWORK).allow_burst(TRIES_OF_A_NETWORK)),
            all: RateLimiter::direct(Quota::per_second(ALL_TRIES)),
            waiting: Waiting::default(),
            codes_known: RateLimiter::keyed(every(SECONDS_BETWEEN_CODES).allow_burst(CODES_IN_A_ROW)),
            codes_of_a_network: RateLimiter::keyed(
                every(SECONDS_OF_A_NETWORKS_CODES).allow_burst(CODES_IN_A_ROW),
            ),
            codes_of_strangers: RateLimiter::keyed(
                every(SECONDS_OF_STRANGERS_CODES).allow_burst(CODES_OF_STRANGERS),
            ),
            paper: RateLimiter::keyed(every(SECONDS_BETWEEN_PAPER).allow_burst(CODES_IN_A_ROW)),
            codes_of_pages: Shared::new(ALL_CODES_OF_PAGES, CODES_OF_A_NETWORK),
            by_provider: Shared::new(ALL_BY_PROVIDER, BY_PROVIDER_OF_A_NETWORK),
        }
    }

    /// Whether one more try by a name is allowed from a browser that it was used from before.
    pub(crate) fn allow_known(&self, browser: Hash, name: &str) -> bool {
        one_more(&self.known, &(browser.0, name.to_owned()))
    }

    /// Whether one more try by a name is allowed to a stranger, and when.
    pub(crate) fn allow_stranger(&self, from: Network, name: &str) -> Option<Allowed> {
        // Whoever comes too fast has a place to wait before anything of the name is remembered.
        let mut allowed = match (one_more(&self.networks, &from), self.all.check()) {
            (true, Ok(())) => Allowed::Now,
            (false, _) | (_, Err(_)) => Allowed::InTurn(self.waiting.take(from)?),
        };
        let theirs = (from, name.to_owned());
        if !one_more(&self.strangers, &theirs) {
            return None;
        }
        let is_few = one_more(&self.few, &theirs);
        if !one_more(&self.names, &theirs.1) {
            if !is_few {
                return None;
            }
            if let Allowed::Now = allowed {
                allowed = Allowed::InTurn(self.waiting.take(from)?);
            }
        }
        Some(allowed)
    }

    /// Whether one more code, of either kind, is allowed from a browser that the log-in was used from before.
    pub(crate) fn allow_code_known(&self, browser: Hash, login: LoginId) -> bool {
        one_more(&self.codes_known, &(browser.0, login))
    }

    /// Whether one more code of the app is allowed to a stranger who had the password.
    pub(crate) fn allow_code_stranger(&self, from: Network, login: LoginId) -> bool {
        // Where nothing tells who is who, this machine is everybody.
        (from.is_loopback() || one_more(&self.codes_of_a_network, &(from, login)))
            && one_more(&self.codes_of_strangers, &login)
    }

    /// Whether one more code on paper is allowed to a stranger who had the password.
    pub(crate) fn allow_paper_stranger(&self, from: Network, login: LoginId) -> bool {
        from.is_loopback() || one_more(&self.paper, &(from, login))
    }

    /// Whether one more code of a phone page is allowed now.
    pub(crate) fn allow_code_of_page(&self, from: Network) -> bool {
        self.codes_of_pages.allow(from)
    }

    /// Whether one more log-in by a provider, out or back, is allowed now.
    pub(crate) fn allow_by_provider(&self, from: Network) -> bool {
        self.by_provider.allow(from)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

fn one_more<K: Key + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> bool {
    if limiter.len() > MAX_REMEMBERED {
        limiter.retain_recent();
    }
    limiter.check_key(key).is_ok()
}

/// What all share, of which one network has a part.
#[derive(Debug)]
struct Shared {
    all: DefaultDirectRateLimiter,
    each: DefaultKeyedRateLimiter<Network>,
}

impl Shared {
    fn new(all: NonZeroU32, each: NonZeroU32) -> Self {
        Self {
            all: RateLimiter::direct(Quota::per_second(all)),
            each: RateLimiter::keyed(Quota::per_second(each)),
        }
    }

    fn allow(&self, from: Network) -> bool {
        // Where nothing tells who is who, this machine is everybody.
        (from.is_loopback() || one_more(&self.each, &from)) && self.all.check().is_ok()
    }
}

/// How many wait, by network.
#[derive(Clone, Debug, Default)]
struct Waiting(Arc<Mutex<HashMap<Network, usize>>>);

/// A place among those who wait, until it is dropped.
#[derive(Debug)]
pub(crate) struct Waits(Waiting, Network);

impl Waiting {
    fn take(&self, from: Network) -> Option<Waits> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = waiting.get(&from).copied().unwrap_or(0);
        // Where nothing tells who is who, this machine is everybody.
        let has_its_share = of_one >= WAITING_OF_ONE && !from.is_loopback();
        if has_its_share || waiting.values().sum::<usize>() >= MOST_WAITING {
            return None;
        }
        *waiting.entry(from).or_default() += 1;
        Some(Waits(self.clone(), from))
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let Self(waiting, from) = self;
        let mut waiting = waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(from) {
            *count -= 1;
        }
        waiting.retain(|_, count| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn network(n: u8) -> Network {
        Network::of(Ipv4Addr::new(192, 0, 2, n).into())
    }

    #[test]
    fn a_network_that_sprays_names_waits_for_its_turn_and_others_do_not() {
        let limits = Limits::new();
        let mut waits = Vec::new();
        for n in 0..TRIES_OF_A_NETWORK.get() {
            let allowed = limits.allow_stranger(network(1), &format!("name.{n}"));
            // All tries of this test come within one second.
            if let Some(Allowed::InTurn(place)) = allowed {
                drop(place);
            }
        }
        for n in 0..WAITING_OF_ONE {
            match limits.allow_stranger(network(1), &format!("other.{n}")) {
                Some(Allowed::InTurn(place)) => waits.push(place),
                other => panic!("{other:?}"),
            }
        }
        assert!(limits.allow_stranger(network(1), "one.more").is_none(), "it has its share of waiting");
        assert!(
            limits.allow_stranger(network(2), "one.more").is_some(),
            "another network has one of its own"
        );
        waits.pop();
        assert!(limits.allow_stranger(network(1), "one.more").is_some(), "one was done");
    }

    #[test]
    fn those_who_wait_are_so_many_at_most() {
        let waiting = Waiting::default();
        let from_everywhere = (0..u8::MAX).filter_map(|n| waiting.take(network(n)));
        let places: Vec<_> = from_everywhere.collect();
        assert_eq!(places.len(), MOST_WAITING);
        drop(places);
        assert!(waiting.0.lock().expect("nobody panics with it").is_empty());
    }

    fn login() -> LoginId {
        LoginId(uuid::Uuid::from_u128(1))
    }

    /// Decision 37.
    #[test]
    fn no_network_alone_uses_up_the_codes_of_a_log_in() {
        let limits = Limits::new();
        let of_one = (0..100).filter(|_| limits.allow_code_stranger(network(1), login())).count();
        assert_eq!(of_one, CODES_IN_A_ROW.get() as usize);
        assert!(limits.allow_code_stranger(network(2), login()));
        assert!(limits.allow_code_stranger(network(1), LoginId(uuid::Uuid::from_u128(2))));
        let networks_to_keep_up = SECONDS_OF_A_NETWORKS_CODES / SECONDS_OF_STRANGERS_CODES;
        assert!(networks_to_keep_up >= 5, "{networks_to_keep_up}");
    }

    /// Decision 37.
    #[test]
    fn all_networks_together_have_few_codes_and_shut_out_neither_a_known_browser_nor_a_code_on_paper() {
        let limits = Limits::new();
        let everywhere = (0..=u8::MAX).flat_map(|n| [network(n); 5]);
        let taken = everywhere.filter(|from| limits.allow_code_stranger(*from, login())).count();
        // One more may come while this test runs.
        assert!((30..=31).contains(&taken), "{taken}");
        assert!(limits.allow_code_known(Hash::of(b"a browser"), login()));
        assert!(limits.allow_paper_stranger(network(7), login()));
        let a_day = u64::from(CODES_OF_STRANGERS.get()) + 24 * 3600 / SECONDS_OF_STRANGERS_CODES;
        // The codes of three half minutes are right.
        assert!(a_day * 3 * 400 < 1_000_000, "less than one day in four hundred: {a_day}");
    }

    #[test]
    fn one_network_has_its_part_of_what_all_share() {
        let limits = Limits::new();
        let of_one = (0..100).filter(|_| limits.allow_code_of_page(network(1))).count();
        assert!(of_one < 10, "{of_one}");
        assert!(limits.allow_code_of_page(network(2)));
        let of_one = (0..100).filter(|_| limits.allow_by_provider(network(1))).count();
        assert!(of_one < 40, "{of_one}");
        assert!(limits.allow_by_provider(network(2)));
    }
}
