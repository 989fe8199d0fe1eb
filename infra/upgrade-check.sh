#!/usr/bin/env bash
# Upgrade and going back, by real binaries: the older one, this one, the older one and this one again serve one folder of data with a party
# out. Each time somebody checks in, and all chains are looked at. Says what the older one can't do; fails if anything is lost.
#   infra/upgrade-check.sh COMMIT     builds that commit beside this one (in target/upgrade-check)
#   infra/upgrade-check.sh BINARY     takes a binary that is there
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
given=${1:?a commit, or a binary}
target=${CARGO_TARGET_DIR:-$top/target}
folder=$(mktemp -d)
handsets='' homeward=''
leave() {
    kill $handsets $homeward 2>/dev/null || true
    wait 2>/dev/null || true
    [ -d "$folder/source" ] && git worktree remove --force "$folder/source"
    rm -rf "$folder"
}
trap leave EXIT
if [ -x "$given" ] && [ -f "$given" ]; then
    older=$given
else
    git worktree add --detach "$folder/source" "$given" >/dev/null
    (cd "$folder/source" && make ui >/dev/null && CARGO_TARGET_DIR="$target/upgrade-check" ${CARGO:-cargo} build --bin homeward)
    older=$target/upgrade-check/debug/homeward
fi
${CARGO:-cargo} build --bin homeward --bin handsets
newer=$target/debug/homeward

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
web=127.0.0.1:$(port) provider=127.0.0.1:$(port)
sed "s/127.0.0.1:8080/$web/" tests/handsets/handsets.json >"$folder/handsets.json"
"$target/debug/handsets" --listen "$provider" --config "$folder/handsets.json" >/dev/null 2>&1 &
handsets=$!
cat >"$folder/homeward.toml" <<CONF
drama_numbers = true
[server]
listen = "$web"
[data]
dir = "$folder/data"
[twilio]
account_sid = "AC00000000000000000000000000000001"
auth_token = "simulated-handsets-token"
base_url = "http://$provider"
from = "+441632960000"
[log_in]
second_factor_for = []
[schools.elmfield]
name = "Elmfield School"
CONF

starts() { # BINARY ARGUMENTS…: whether it becomes ready
    local binary=$1
    shift
    HOMEWARD_LOG=warn "$binary" --config "$folder/homeward.toml" run "$@" >"$folder/said" 2>&1 &
    homeward=$!
    for _ in $(seq 600); do
        kill -0 "$homeward" 2>/dev/null || return 1
        curl -fs "http://$web/healthz" >/dev/null && return 0
        sleep 0.1
    done
    return 1
}
ends() {
    kill "$homeward" 2>/dev/null || true
    wait "$homeward" || true
    homeward=''
}
# Somebody checks in, as the leader's own account does.
checks_in() {
    python3 - "http://$web/api/v1" <<'PY'
import datetime, json, sys, urllib.request, uuid
base, token = sys.argv[1], None
def asks(path, body=None, **headers):
    headers = {"Content-Type": "application/json", **headers}
    if token: headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(f"{base}/{path}", data, headers)))
token = asks("token", {"login": "leader", "password": "demo-leader-1"})["token"]
out = asks("board")["out"]
assert out, "a party is out"
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
word = {"trip": out[0]["trip"], "group": out[0]["groups"][0]["group"], "device": None, "word": "ok",
        "headcount": out[0]["pupils"], "pressed_at": now, "note": None, "duress": None, "via": "web"}
print(asks("checkins/CheckIn", word, **{"Idempotency-Key": str(uuid.uuid4())})["sequence"])
PY
}
entries() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM entry").fetchone()[0])' "$folder/data/journal.sqlite"; }

starts "$older" --demo || { cat "$folder/said"; exit 1; }
# The log-ins are printed once the party has left.
for _ in $(seq 600); do
    grep -q demo-leader-1 "$folder/said" && break
    sleep 0.1
done
ends
echo "a party is out: $(entries) entries"
before=0
for turn in older newer older newer; do
    binary=${!turn}
    if starts "$binary"; then
        number=$(checks_in)
        echo "$turn: serves; a check-in is taken, as number $number of its journal"
    elif [ "$turn" = older ]; then
        echo "older: does not serve what the newer one left, and says:"
        grep -E 'HW-|rror' "$folder/said" | head -5
    else
        cat "$folder/said"
        exit 1
    fi
    ends
    after=$(entries)
    [ "$after" -ge "$before" ] || { echo "$before entries were there, $after are"; exit 1; }
    before=$after
    "$newer" --config "$folder/homeward.toml" verify >"$folder/said" || { cat "$folder/said"; exit 1; }
    echo "$turn: $after entries, every chain holds"
done
