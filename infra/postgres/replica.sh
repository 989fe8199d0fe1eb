#!/usr/bin/env bash
# A primary and a streaming replica on loopback: writes to the one, kills it, promotes the other, and compares.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
. "$here/pair.sh"
trap 'pair_ends; rm -rf "$folder"' EXIT
pair_begins "$folder"
echo "primary: 127.0.0.1:$one, replica: 127.0.0.1:$two, user homeward"
sql "$one" "CREATE TABLE told (n bigint)"
# Each line of answered is a commit that was confirmed.
(for n in $(seq 1 2000); do echo "INSERT INTO told VALUES ($n) RETURNING n;"; done) |
    pair_run "$bin/psql" -h 127.0.0.1 -p "$one" -U homeward -d postgres -qtA >"$folder/answered" 2>/dev/null &
writer=$!
sleep 1
pair_run sh -c 'kill -9 $(head -n 1 one/postmaster.pid)'
wait "$writer" || true
began=$(date +%s%N)
pair_run "$bin/pg_ctl" -D two -w promote >/dev/null
sql "$two" "ALTER SYSTEM SET synchronous_standby_names = ''"
pair_run "$bin/pg_ctl" -D two reload >/dev/null
sql "$two" "INSERT INTO told VALUES (0)"
took=$((($(date +%s%N) - began) / 1000000))
answered=$(grep -c . "$folder/answered" || true)
there=$(sql "$two" "SELECT count(*) FROM told WHERE n > 0")
echo "$answered commits were confirmed before the primary was killed, $there are in the replica; promoted and writing after $took ms"
[ "$answered" -gt 0 ] && [ "$there" -ge "$answered" ]
