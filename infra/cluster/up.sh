#!/usr/bin/env bash
# A whole cluster on loopback, with the settings that schools are told to use: PostgreSQL with a synchronous replica, three nodes of NATS, two
# instances of Homeward that divide the schools among themselves, the demonstration's school and its simulated handsets. Says where each is, and
# which process to kill to see what follows. Enter, Ctrl-C or the end of its input ends all of it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
programs=${PROGRAMS:-${CARGO_TARGET_DIR:-$root/target}/debug}
homeward=${HOMEWARD_PROGRAM:-$programs/homeward}
folder=$(mktemp -d)
chmod 755 "$folder"
mkdir "$folder/postgres"
. "$root/infra/postgres/pair.sh"
declare -A runs=()
ends() {
    trap - EXIT INT TERM
    for name in "${!runs[@]}"; do kill "${runs[$name]}" 2>/dev/null || true; done
    wait 2>/dev/null || true
    pair_ends
    rm -rf "$folder"
}
trap ends EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# A process of its own that isn't sent the terminal's Ctrl-C: it is ended in order.
begins() {
    local name=$1
    shift
    setsid "$@" >"$folder/$name.log" 2>&1 </dev/null &
    runs[$name]=$!
}
until_so() {
    local what=$1 tries=600
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        for name in "${!runs[@]}"; do
            kill -0 "${runs[$name]}" 2>/dev/null || { echo "$name has ended:"; tail -n 20 "$folder/$name.log"; exit 1; }
        done
        [ "$tries" -gt 0 ] || { echo "It did not come about that $what: the logs are shown."; tail -n 20 "$folder"/*.log; exit 1; }
        sleep 0.2
    done
}

echo "PostgreSQL, a primary and a replica …"
pair_begins "$folder/postgres"

echo "NATS, three nodes …"
password=$(openssl rand -hex 16)
declare -a mqtt route
for n in 1 2 3; do mqtt[n]=$(free_port) route[n]=$(free_port); done
web_1=$(free_port) web_2=$(free_port) phones=$(free_port)
cat >"$folder/homeward.toml" <<CONF
drama_numbers = true
[server]
listen = "127.0.0.1:$web_1"
public_base = "http://127.0.0.1:$web_1"
[data]
dir = "$folder/data"
journal = "postgres://homeward@127.0.0.1:$one/postgres"
board = "postgres://homeward@127.0.0.1:$one/postgres"
[broker]
kind = "outside"
host = "127.0.0.1"
port = ${mqtt[1]}
others = ["127.0.0.1:${mqtt[2]}", "127.0.0.1:${mqtt[3]}"]
qos = 0
password = "$password"
[share]
by = "lease"
[twilio]
account_sid = "AC00000000000000000000000000000001"
auth_token = "simulated-handsets-token"
base_url = "http://127.0.0.1:$phones"
from = "+441632960000"
[log_in]
second_factor_for = []
[schools.elmfield]
name = "Elmfield School"
[schools.brookside]
name = "Brookside School"
[schools.hillview]
name = "Hillview School"
[schools.oakmere]
name = "Oakmere School"
CONF
"$homeward" --config "$folder/homeward.toml" broker-acl --format nats --instances 2 >"$folder/accounts.conf"
# An account's password is a variable there: each has the same one here.
grep -o 'pw\.[a-z0-9-]*' "$folder/accounts.conf" | sort -u | sed "s/.*/&: \"$password\"/" >"$folder/passwords.conf"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=nats" \
    -addext "subjectAltName=IP:127.0.0.1" -addext "basicConstraints=critical,CA:TRUE" \
    -keyout "$folder/node.key" -out "$folder/node.crt" 2>/dev/null
cp "$folder/node.crt" "$folder/nodes-ca.crt"
for n in 1 2 3; do
    at="$folder/nats-$n"
    mkdir "$at"
    cp "$folder/accounts.conf" "$folder/passwords.conf" "$at"
    printf 'node: "nats-%s"\nhere: "127.0.0.1"\n' "$n" >"$at/node.conf"
    # The settings as they are, but for ports, addresses and folders.
    sed -e "s|\"127.0.0.1:4222\"|\"127.0.0.1:-1\"|; s|\"127.0.0.1:8222\"|\"127.0.0.1:-1\"|" \
        -e "s|port: 6222|port: ${route[n]}|; s|port: 1883|port: ${mqtt[n]}|" \
        -e "s|/var/lib/nats|$at/js|; s|/etc/nats/homeward/|$folder/|" \
        -e "s|10.0.0.11:6222|127.0.0.1:${route[1]}|; s|10.0.0.12:6222|127.0.0.1:${route[2]}|; s|10.0.0.13:6222|127.0.0.1:${route[3]}|" \
        "$root/infra/nats/nats.conf" >"$at/nats.conf"
    begins "nats-$n" nats-server -c "$at/nats.conf"
done
until_so "the three nodes lead" grep -q "JetStream cluster new metadata leader" "$folder"/nats-{1,2,3}.log

echo "The handsets, and Homeward twice …"
sed "s|http://127.0.0.1:8080|http://127.0.0.1:$web_1|g" "$root/tests/handsets/handsets.json" >"$folder/handsets.json"
begins handsets "$programs/handsets" --listen "127.0.0.1:$phones" --config "$folder/handsets.json"
well() { python3 -c 'import sys, urllib.request; urllib.request.urlopen("http://127.0.0.1:" + sys.argv[1] + "/healthz", timeout=2)' "$1"; }
begins homeward-1 "$homeward" --config "$folder/homeward.toml" run --demo
until_so "the demonstration is under way" grep -q "Log in as" "$folder/homeward-1.log"
# The same configuration, but for its number, where it listens, and the node that it begins with.
sed -e "s|^listen = .*|listen = \"127.0.0.1:$web_2\"|; s|^qos = 0|qos = 0\ninstance = 2|; s|^port = .*|port = ${mqtt[2]}|" \
    -e "s|^others = .*|others = [\"127.0.0.1:${mqtt[3]}\", \"127.0.0.1:${mqtt[1]}\"]|" "$folder/homeward.toml" >"$folder/homeward-2.toml"
begins homeward-2 "$homeward" --config "$folder/homeward-2.toml" run
until_so "the first instance is well" well "$web_1"
until_so "the second instance is well" well "$web_2"

process() { printf '  %-22s %-26s kill -9 %s\n' "$1" "$2" "$3"; }
cat <<SAY

  A cluster on loopback. Log in at either instance as office, password demo-office-1 (leader, senior, head and dsl likewise).

SAY
process "Homeward, instance 1" "http://127.0.0.1:$web_1" "${runs[homeward-1]}"
process "Homeward, instance 2" "http://127.0.0.1:$web_2" "${runs[homeward-2]}"
for n in 1 2 3; do process "NATS, node $n" "127.0.0.1:${mqtt[n]}" "${runs[nats-$n]}"; done
process "PostgreSQL, primary" "127.0.0.1:$one" "$(pair_run head -n 1 one/postmaster.pid)"
process "PostgreSQL, replica" "127.0.0.1:$two" "$(pair_run head -n 1 two/postmaster.pid)"
process "Simulated handsets" "http://127.0.0.1:$phones" "${runs[handsets]}"
cat <<SAY

  Kill an instance: the other takes its schools within seconds. Kill a node: whoever was connected to it goes to the next.
  Configuration and logs: $folder
  Enter or Ctrl-C ends all of it.
SAY
read -r || true
