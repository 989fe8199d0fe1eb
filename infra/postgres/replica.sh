#!/usr/bin/env bash
# A primary and a streaming replica on loopback: writes to the one, kills it, promotes the other, and compares. Needs PostgreSQL's
# programs; run as root it runs them as the user postgres. `--stay` leaves both running until Enter is pressed.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
run() { (cd "$folder" && LC_ALL=C "${as[@]}" "$@"); }
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
one=$(port) two=$(port)
stop() {
    run "$bin/pg_ctl" -D one -m immediate stop >/dev/null 2>&1 || true
    run "$bin/pg_ctl" -D two -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
sql() { run "$bin/psql" -h 127.0.0.1 -p "$1" -U homeward -d postgres -qtA -c "$2"; }

run "$bin/initdb" -D one -A trust -U homeward --no-sync >/dev/null
run tee -a one/postgresql.conf >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
wal_level = replica
max_wal_senders = 4
synchronous_standby_names = '*'
CONF
run "$bin/pg_ctl" -D one -o "-p $one -c synchronous_standby_names=" -l one.log -w start >/dev/null
run "$bin/pg_basebackup" -D two -h 127.0.0.1 -p "$one" -U homeward -R -X stream
run "$bin/pg_ctl" -D two -o "-p $two" -l two.log -w start >/dev/null
sql "$one" "ALTER SYSTEM SET synchronous_standby_names = '*'"
run "$bin/pg_ctl" -D one -o "-p $one" -l one.log -w -m fast restart >/dev/null
echo "primary: 127.0.0.1:$one, replica: 127.0.0.1:$two, user homeward"
until [ "$(sql "$one" "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]; do sleep 0.1; done
if [ "${1:-}" = --stay ]; then
    read -r -p "Enter ends both. "
    exit 0
fi
sql "$one" "CREATE TABLE told (n bigint)"
# Each line of answered is a commit that was confirmed.
(for n in $(seq 1 2000); do echo "INSERT INTO told VALUES ($n) RETURNING n;"; done) |
    run "$bin/psql" -h 127.0.0.1 -p "$one" -U homeward -d postgres -qtA >"$folder/answered" 2>/dev/null &
writer=$!
sleep 1
run sh -c 'kill -9 $(head -n 1 one/postmaster.pid)'
wait "$writer" || true
began=$(date +%s%N)
run "$bin/pg_ctl" -D two -w promote >/dev/null
sql "$two" "ALTER SYSTEM SET synchronous_standby_names = ''"
run "$bin/pg_ctl" -D two reload >/dev/null
sql "$two" "INSERT INTO told VALUES (0)"
took=$((($(date +%s%N) - began) / 1000000))
answered=$(grep -c . "$folder/answered" || true)
there=$(sql "$two" "SELECT count(*) FROM told WHERE n > 0")
echo "$answered commits were confirmed before the primary was killed, $there are in the replica; promoted and writing after $took ms"
[ "$answered" -gt 0 ] && [ "$there" -ge "$answered" ]
