//! Who may connect to the web.

use super::check::Findings;
use super::raw::RawServer;
use crate::web::{MaxConnections, WebConfig};

/// The most connections that may be allowed: each has a file descriptor, and some thirty kilobytes.
const MOST: usize = 50_000;

pub(super) fn web(findings: &mut Findings, raw: &RawServer) -> WebConfig {
    let connections = MaxConnections { all: raw.connections, of_one: raw.connections_of_one };
    if connections.of_one == 0 {
        findings.wrong("server.connections_of_one", "0", "one at least");
    }
    if connections.all < connections.of_one || connections.all > MOST {
        let allowed = format!("from server.connections_of_one to {MOST}");
        findings.wrong("server.connections", connections.all.to_string(), allowed);
    }
    let mut address = |given: &String| {
        let parsed = given.parse().map_err(|_| "the addresses of proxies, such as 127.0.0.1");
        findings.ok("server.proxies", given, parsed)
    };
    WebConfig { connections, proxies: raw.proxies.iter().filter_map(&mut address).collect() }
}
