//! How many connections are open at once.
//!
//! Where all are taken, whoever comes next waits until one ends: those that ask nothing end soon. Somebody who has as many as one network may have is
//! turned away, so that others go on being let in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use board::auth::Network;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections may be open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MaxConnections {
    /// By everybody.
    pub all: usize,
    /// By one network. This machine's own don't count, nor do those of a proxy in front.
    pub of_one: usize,
}

/// What is open now, by network.
type Open = Arc<Mutex<HashMap<Network, usize>>>;

#[derive(Debug)]
pub(super) struct Places {
    room: Arc<Semaphore>,
    of_one: usize,
    open: Open,
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _room: OwnedSemaphorePermit,
    counted: Option<(Open, Network)>,
}

impl Places {
    pub(super) fn new(most: MaxConnections) -> Self {
        let room = Arc::new(Semaphore::new(most.all));
        Self { room, of_one: most.of_one, open: Open::default() }
    }

    /// Waits until one more may be open.
    pub(super) async fn room(&self) -> OwnedSemaphorePermit {
        let room = Arc::clone(&self.room).acquire_owned().await;
        room.expect("the semaphore is never closed")
    }

    /// A place for a connection from there: none if its network has as many as it may.
    pub(super) fn take(&self, room: OwnedSemaphorePermit, from: IpAddr, is_proxy: bool) -> Option<Place> {
        let network = Network::of(from);
        if is_proxy || network.is_loopback() {
            return Some(Place { _room: room, counted: None });
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(network).or_default();
        if *count >= self.of_one {
            return None;
        }
        *count += 1;
        Some(Place { _room: room, counted: Some((Arc::clone(&self.open), network)) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((open, network)) = &self.counted else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = open.entry(*network) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: &str = "192.0.2.7";
    const OFFICE: &str = "192.0.2.8";
    const PROXY: &str = "192.0.2.1";

    fn ip(address: &str) -> IpAddr {
        address.parse().expect("an address")
    }

    async fn comes(places: &Places, from: &str) -> Option<Place> {
        let room = places.room().await;
        places.take(room, ip(from), from == PROXY)
    }

    #[tokio::test]
    async fn one_address_has_its_share_of_connections_and_others_go_on_being_let_in() {
        let places = Places::new(MaxConnections { all: 10, of_one: 3 });
        let mut guests = Vec::new();
        for _ in 0..3 {
            guests.push(comes(&places, GUEST).await.expect("its share"));
        }
        assert!(comes(&places, GUEST).await.is_none(), "no more than that");
        let office = comes(&places, OFFICE).await;
        assert!(office.is_some(), "another address has a share of its own");
        guests.pop();
        guests.push(comes(&places, GUEST).await.expect("one ended"));
        let mut others = Vec::new();
        for from in [PROXY, PROXY, PROXY, PROXY, "127.0.0.1", "::1"] {
            others.push(
                comes(&places, from)
                    .await
                    .expect("a proxy's are everybody's, and this machine's don't count"),
            );
        }
        assert_eq!(places.room.available_permits(), 0);
        assert_eq!(places.open.lock().expect("nobody panics with it").len(), 2);
        drop((guests, office, others));
        assert_eq!(places.room.available_permits(), 10);
        assert!(
            places.open.lock().expect("nobody panics with it").is_empty(),
            "nothing is kept of whoever left"
        );
    }
}
