//! Where a request comes from, as it counts.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Whose requests are counted together: an address of IPv4, or what one household or school is given of IPv6 (the first 56 bits),
/// where one machine has as many addresses as it likes.
///
/// As an extractor: what whoever serves the web put among a request's extensions; without that, this machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Network(IpAddr);

/// The bits of an IPv6 address that whoever has it didn't choose.
const GIVEN: u128 = u128::MAX << (128 - 56);

impl Network {
    /// The network of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & GIVEN)),
        })
    }

    /// Whether it is this machine itself.
    pub fn is_loopback(self) -> bool {
        self.0.is_loopback() || self == Self::of(Ipv6Addr::LOCALHOST.into())
    }
}

impl<S: Sync> FromRequestParts<S> for Network {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let here = || Self::of(Ipv4Addr::LOCALHOST.into());
        Ok(parts.extensions.get().copied().unwrap_or_else(here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().expect("an address"))
    }

    #[test]
    fn a_households_addresses_are_one_network_and_its_neighbours_are_others() {
        assert_eq!(network("2001:db8:1:200::1"), network("2001:db8:1:2ff:ffff::9"));
        assert_ne!(network("2001:db8:1:200::1"), network("2001:db8:1:300::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert!(network("::1").is_loopback() && network("127.0.0.1").is_loopback());
        assert!(!network("192.0.2.1").is_loopback() && !network("2001:db8::1").is_loopback());
    }
}
