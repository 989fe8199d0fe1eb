#!/usr/bin/env bash
# Three nodes of NATS on loopback, with the settings beside this file: each service a process of its own, a day from the form to the last
# device back, a node killed while check-ins flow; then brokers compared, and a node killed under the load of 2,000 schools.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
$cargo test -p end-to-end --test scenarios -- --nocapture nats::
$cargo run --release -p bench -- cluster
