#!/usr/bin/env bash
# Every test. Prints the totals last, in one plain line. Without cargo-nextest it uses cargo test.
set -uo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
SCHEMATHESIS_VERSION=4.32.5
cargo build --bin homeward --bin handsets --bin stage || exit 1
# Units, rules and settings, by the tools of those who read them.
infra/check.sh || { failed=1; echo "infra/check.sh: not well"; }
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --no-fail-fast 2>&1 | tee "$log" || failed=1
    summary=$(grep -E '^ *Summary \[' "$log" | tail -n 1)
    passed=$(sed -nE 's/.*: ([0-9]+) passed.*/\1/p' <<<"$summary")
    # "N passed (M slow), K failed, …"
    passed=${passed:-$(sed -nE 's/.* ([0-9]+) passed.*/\1/p' <<<"$summary")}
    broken=$(sed -nE 's/.* ([0-9]+) failed.*/\1/p' <<<"$summary")
    again=$(sed -nE 's/^ *FLAKY [0-9]+\/[0-9]+ \[[^]]*\] *(\([^)]*\) *)?//p' "$log" | sort -u)
else
    cargo test --workspace --no-fail-fast 2>&1 | tee "$log" || failed=1
    passed=$(sed -nE 's/^test result: .* ([0-9]+) passed.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
    broken=$(sed -nE 's/^test result: .* ([0-9]+) failed.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
fi
# What makes up requests from the API's document (tests/browser/stories/contract.test.mjs), in a place of its own.
contract=${CARGO_TARGET_DIR:-$PWD/target}/schemathesis
if ! "$contract/bin/schemathesis" --version 2>/dev/null | grep -q "$SCHEMATHESIS_VERSION"; then
    rm -rf "$contract"
    python3 -m venv "$contract" && "$contract/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION" || failed=1
fi
# The pages, clicked through by Chromium; the stage ends with whoever started it.
(cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent) || failed=1
stories() {
    (cd tests/browser && { [ $# -gt 0 ] || set -- stories/*.test.mjs; } && node --test --test-reporter=tap --test-concurrency=2 "$@") 2>&1 | tee "$log"
}
count() { sed -nE "s/^# $1 ([0-9]+)$/\1/p" "$log" | tail -n 1; }
unwell() { echo $(($(count fail | grep . || echo 0) + $(count cancelled | grep . || echo 0))); }
stories && red=0 || red=1
clicked=$(count pass)
unwell=$(unwell)
if [ "$red" = 1 ]; then
    # As .config/nextest.toml has it: the files in which a story failed are tried once more, and the totals name what failed.
    names=$(sed -nE 's/^not ok [0-9]+ - //p' "$log")
    mapfile -t files < <(sed -nE "s/^  *location: '.*(stories\/[a-z_]+\.test\.mjs):.*/\1/p" "$log" | sort -u)
    if [ "${#files[@]}" -gt 0 ] && stories "${files[@]}"; then
        again=$(printf '%s\n' ${again:+"$again"} "$names")
        clicked=$((clicked + unwell))
        unwell=0
        red=0
    fi
fi
passed=$((${passed:-0} + ${clicked:-0}))
broken=$((${broken:-0} + unwell))
[ "$red" = 0 ] || failed=1
[ "${clicked:-0}" -gt 0 ] || failed=1
[ -z "${again:-}" ] || printf '\nFailed at the first go and held at the second:\n%s\n' "$again"
echo
echo "${passed:-0} passed, ${broken:-0} failed"
[ "$failed" = 0 ] && [ "${passed:-0}" -gt 0 ]
