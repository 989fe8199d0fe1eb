#!/usr/bin/env bash
# Each fuzz target for so many seconds: run.sh [SECONDS]; TARGETS="engine entry" runs those alone. On the stable toolchain, so without a
# sanitizer (the code is free of `unsafe`); overflow checks and debug assertions are on. What crashes a target is kept in artifacts/.
set -euo pipefail
cd "$(dirname "$0")"
secs=${1:-60}
tools=$PWD/target/tools
export PATH="$tools/bin:$PATH"
# Its version is pinned: it is a tool of the build.
command -v cargo-fuzz >/dev/null || "${CARGO:-cargo}" install cargo-fuzz --version 0.13.2 --locked --root "$tools"
# What the target `engine` puts together: from the schemas and the old journals as they are now.
python3 engine/make.py
run() { "${CARGO:-cargo}" fuzz "$@" --fuzz-dir . --sanitizer none --dev; }
run build
for target in ${TARGETS:-texts owntracks traccar twilio smsgate envelope topics engine schedule entry config sheet trip_form places delta link presses headers codes claims tiles copied values grants typed uploaded}; do
  echo "== $target, ${secs} s"
  mkdir -p "corpus/$target" "artifacts/$target"
  log=target/$target.log
  if "target/$(rustc -vV | sed -n 's/^host: //p')/debug/$target" "corpus/$target" "seeds/$target" \
    -artifact_prefix="artifacts/$target/" -max_total_time="$secs" -max_len=4096 -timeout=10 -print_final_stats=1 >"$log" 2>&1
  then
    grep -E "stat::(number_of_executed_units|average_exec_per_sec|new_units_added)" "$log"
  else
    grep -E "panicked|^  (left|right)|ERROR|Test unit written" "$log" || tail -20 "$log"
    echo "$target failed: see tests/fuzz/artifacts/$target"
    exit 1
  fi
done
