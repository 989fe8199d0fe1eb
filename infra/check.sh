#!/usr/bin/env bash
# What runs Homeward and watches it, looked at by the tools of those who read it: systemd's units, Prometheus' rules, compose.
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
    for unit in systemd/*.service; do sed 's,/usr/local/bin/homeward ,/bin/true ,' "$unit" >"$units/$(basename "$unit")"; done
    cp systemd/*.timer "$units"
    # Other units of this machine are not ours to judge.
    said=$(systemd-analyze verify "$units"/* 2>&1 | grep -F homeward) && { echo "$said"; failed=1; }
    echo "systemd: $(ls "$units" | wc -l) units"
fi
if needs python3 python3-yaml; then
    python3 - <<'PY' || failed=1
import sys, yaml
of = yaml.safe_load(open("compose/compose.yaml"))
services, bad = of["services"], []
for name, service in services.items():
    if not ("image" in service or "build" in service):
        bad.append(f"{name} has no image")
    bad += [f"{name} depends on {other}, which is none" for other in service.get("depends_on", {}) if other not in services]
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith((".", "/", "$")) and source not in of["volumes"]:
            bad.append(f"{name}: no volume {source}")
targets = yaml.safe_load(open("prometheus/prometheus.yml"))["scrape_configs"][0]["static_configs"][0]["targets"]
bad += [f"prometheus asks {target}, which is none" for target in targets if target.split(":")[0] not in services]
print(f"compose: {len(services)} services")
sys.exit("; ".join(bad) or 0)
PY
fi
exit "$failed"
