#!/usr/bin/env bash
# What runs Homeward and watches it, looked at by the tools of those who read it: systemd's units, Prometheus' rules, compose, NATS' settings,
# the phones' way to NATS.
set -uo pipefail
cd "$(dirname "$0")"
failed=0
needs() {
    command -v "$1" >/dev/null && return 0
    echo "missing: $1 (Debian: $2)" >&2
    failed=1
    return 1
}
if needs promtool prometheus; then
    promtool check rules prometheus/homeward.rules.yml || failed=1
    promtool check config prometheus/prometheus.yml || failed=1
    promtool test rules prometheus/homeward.test.yml || failed=1
fi
if needs systemd-analyze systemd; then
    units=$(mktemp -d)
    trap 'rm -rf "$units"' EXIT
    # The program itself need not be installed where its units are looked at.
    for unit in systemd/*.service; do
        # Of a template: the second of its kind.
        name=$(basename "${unit/@./@2.}")
        sed 's,/usr/local/bin/homeward ,/bin/true ,' "$unit" >"$units/$name"
    done
    cp systemd/*.timer "$units"
    # Other units of this machine are not ours to judge.
    said=$(systemd-analyze verify "$units"/* 2>&1 | grep -F homeward) && { echo "$said"; failed=1; }
    echo "systemd: $(ls "$units" | wc -l) units"
fi
if needs docker-compose docker-compose && needs python3 python3-yaml; then
    # Compose's own reading of it, with each service that there is, and what must hold beyond its grammar.
    export POSTGRES_PASSWORD=one BROKER_PASSWORD=another SHARE_BY=lease
    docker-compose -f compose/compose.yaml --profile instances --profile observe config | python3 -c '
import sys, yaml
services, bad, shared = yaml.safe_load(sys.stdin)["services"], [], {}
for name, service in services.items():
    told = service.get("environment", {})
    if "--only" not in service.get("command", []) or service["command"][-1] == "board":
        continue
    if told["HOMEWARD__SHARE__BY"] != "lease" or told["HOMEWARD__SHARE__REACHED_AT"] != f"{name}:8080":
        bad.append(f"{name} does not say that it shares, and where it is reached")
    number = (service["command"][-1], told.get("HOMEWARD__BROKER__INSTANCE", "1"))
    if number in shared:
        bad.append(f"{name} has the number of {shared[number]}")
    shared[number] = name
if len(shared) < 6:
    bad.append(f"only {list(shared.values())} share")
asked = yaml.safe_load(open("prometheus/prometheus.yml"))["scrape_configs"][0]["static_configs"][0]["targets"]
bad += [f"prometheus asks {target}, which is none" for target in asked if target.split(":")[0] not in services]
print(f"compose: {len(services)} services, {len(shared)} of them share")
sys.exit("; ".join(bad) or 0)
' || failed=1
fi
PATH=$PATH:/usr/sbin
if needs nats-server nats-server && needs openssl openssl; then
    nats=$(mktemp -d)
    trap 'rm -rf "${units:-}" "$nats"' EXIT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=nats -keyout "$nats/node.key" -out "$nats/node.crt" 2>/dev/null
    cp "$nats/node.crt" "$nats/nodes-ca.crt"
    sed "s,/etc/nats/homeward/,$nats/,; s,/var/lib/nats,$nats/js," nats/nats.conf >"$nats/nats.conf"
    printf 'node: "nats-1"\nhere: "127.0.0.1"\n' >"$nats/node.conf"
    # As `homeward broker-acl --format nats` writes it, for one account.
    printf 'pw.trips-1: "a password"\n' >"$nats/passwords.conf"
    printf 'include "passwords.conf"\naccounts { HOMEWARD { jetstream: enabled, users: [ { user: "trips-1", password: $pw.trips-1 } ] } }\n' >"$nats/accounts.conf"
    nats-server -t -c "$nats/nats.conf" >"$nats/said" 2>&1 && echo "nats: nats.conf is valid" || { cat "$nats/said"; failed=1; }
fi
# As phones.conf says: nginx's own main file loads the module and includes it.
stream=/usr/lib/nginx/modules/ngx_stream_module.so
if needs nginx nginx && needs openssl openssl && { [ -e "$stream" ] || needs "$stream" libnginx-mod-stream; }; then
    phones=$(mktemp -d)
    trap 'rm -rf "${units:-}" "${nats:-}" "$phones"' EXIT
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=phones -keyout "$phones/server.key" -out "$phones/server.crt" 2>/dev/null
    sed "s,/etc/nginx/homeward/,$phones/," nats/phones.conf >"$phones/phones.conf"
    printf 'load_module %s;\npid %s/pid;\nerror_log stderr;\nevents { }\nstream { include %s/phones.conf; }\n' "$stream" "$phones" "$phones" >"$phones/nginx.conf"
    nginx -t -c "$phones/nginx.conf" >"$phones/said" 2>&1 && echo "nginx: phones.conf is valid" || { cat "$phones/said"; failed=1; }
fi
exit "$failed"
