# To be sourced: a primary and a synchronous streaming replica on loopback. `pair_begins FOLDER` sets `one` and `two`, their ports; the caller
# ends them by `pair_ends`. Needs PostgreSQL's programs; root runs them as the user postgres, to whom the folder goes.
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
pair_run() { (cd "$pair" && LC_ALL=C "${as[@]}" "$@"); }
sql() { pair_run "$bin/psql" -h 127.0.0.1 -p "$1" -U homeward -d postgres -qtA -c "$2"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
pair_begins() {
    pair=$1 one=$(free_port) two=$(free_port)
    [ "$(id -u)" != 0 ] || chown postgres "$pair"
    pair_run "$bin/initdb" -D one -A trust -U homeward --no-sync >/dev/null
    pair_run tee -a one/postgresql.conf >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$pair'
wal_level = replica
max_wal_senders = 4
synchronous_standby_names = '*'
CONF
    pair_run "$bin/pg_ctl" -D one -o "-p $one -c synchronous_standby_names=" -l one.log -w start >/dev/null
    pair_run "$bin/pg_basebackup" -D two -h 127.0.0.1 -p "$one" -U homeward -R -X stream
    pair_run "$bin/pg_ctl" -D two -o "-p $two" -l two.log -w start >/dev/null
    sql "$one" "ALTER SYSTEM SET synchronous_standby_names = '*'"
    pair_run "$bin/pg_ctl" -D one -o "-p $one" -l one.log -w -m fast restart >/dev/null
    until [ "$(sql "$one" "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]; do sleep 0.1; done
}
pair_ends() {
    pair_run "$bin/pg_ctl" -D two -m immediate stop >/dev/null 2>&1 || true
    pair_run "$bin/pg_ctl" -D one -m immediate stop >/dev/null 2>&1 || true
}
