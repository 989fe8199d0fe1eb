#!/usr/bin/env bash
# The demonstration: the simulated handsets and Homeward, each in a process of its own, both ended with Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${CARGO_TARGET_DIR:-target}/debug
"$bin/handsets" --listen 127.0.0.1:8081 --config tests/handsets/handsets.json &
handsets=$!
trap 'kill "$handsets" 2>/dev/null || true' EXIT
"$bin/homeward" run --demo "$@"
