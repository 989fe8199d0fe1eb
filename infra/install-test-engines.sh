#!/bin/sh
# Installs what the tests run beside Homeward (PostgreSQL, Mosquitto, NATS, nginx, Chromium, Python) and by which its units, rules and settings are
# looked at (promtool, systemd-analyze, docker-compose, which needs no engine for that), on Debian or Ubuntu: only what is missing.
# The tests start servers of their own: the services that the packages would start are not started.
set -eu

missing=
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
PATH=$PATH:/usr/sbin
command -v mosquitto >/dev/null || missing="$missing mosquitto"
command -v mosquitto_pub >/dev/null || missing="$missing mosquitto-clients"
command -v nats-server >/dev/null || missing="$missing nats-server"
command -v nginx >/dev/null || missing="$missing nginx"
[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || missing="$missing libnginx-mod-stream"
command -v promtool >/dev/null || missing="$missing prometheus"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
command -v docker-compose >/dev/null || missing="$missing docker-compose"
command -v openssl >/dev/null || missing="$missing openssl"
python3 -c "import yaml" 2>/dev/null || missing="$missing python3-yaml"
command -v chromium >/dev/null || missing="$missing chromium"
python3 -c "import venv, ensurepip" 2>/dev/null || missing="$missing python3-venv"
if [ -z "$missing" ]; then
    echo "PostgreSQL, Mosquitto, NATS, nginx, Chromium, Prometheus and Python are here already."
    exit 0
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
    sudo -n true 2>/dev/null || { echo "Missing:$missing. Run this as root, or allow sudo without a password." >&2; exit 1; }
fi

# Debian asks this file whether a package may start its service; 101 says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    trap '$as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
fi

export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update
# shellcheck disable=SC2086 # a list of package names
$as_root apt-get install -y --no-install-recommends $missing
