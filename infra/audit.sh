#!/usr/bin/env bash
# What comes from elsewhere: licences, sources and bans (deny.toml), known holes as far as their lists can be reached, and a bill of
# materials (CycloneDX) for each lock file, in target/sbom/. Tools that are missing are built into target/tools/.
set -uo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
out=${CARGO_TARGET_DIR:-$PWD/target}
export PATH=$PATH:$out/tools/bin
failed=0

tool() {
    command -v "$1" >/dev/null && return 0
    echo "$1 is not here: it is built, which takes some minutes."
    $cargo install --locked --root "$out/tools" "$1" || { failed=1; return 1; }
}

packages() { find proto services tests -name package-lock.json -not -path '*/node_modules/*' -printf '%h\n' | sort; }

if tool cargo-deny; then
    for manifest in Cargo.toml tests/fuzz/Cargo.toml; do
        echo "== $manifest"
        # Two versions of a crate, and allowances that one of the two lock files has no use for, are no faults.
        cargo-deny --manifest-path "$manifest" check -A duplicate -A license-not-encountered \
            -A license-exception-not-encountered bans licenses sources || failed=1
    done
    if cargo-deny fetch db >/dev/null 2>&1; then
        cargo-deny check advisories || failed=1
    else
        echo "NOT LOOKED AT: known holes of crates. The list of RustSec can't be reached from here."
    fi
fi

for folder in $(packages); do
    said=$(cd "$folder" && npm audit --package-lock-only --audit-level=high 2>&1)
    case $? in
        0) echo "== $folder: no known hole" ;;
        *)
            if grep -q 'audit endpoint returned an error\|ENOTFOUND\|ECONNREFUSED\|ETIMEDOUT\|EAI_AGAIN' <<<"$said"; then
                echo "NOT LOOKED AT: known holes of $folder. The registry doesn't tell them here."
            else
                echo "== $folder"
                echo "$said"
                failed=1
            fi
            ;;
    esac
done

mkdir -p "$out/sbom"
for folder in $(packages); do
    (cd "$folder" && npm sbom --sbom-format cyclonedx --package-lock-only) >"$out/sbom/$(tr / - <<<"$folder").cdx.json" || failed=1
done
if tool cargo-cyclonedx; then
    # It writes beside each manifest; the binary's is the one that is handed out.
    name=homeward-sbom
    cargo-cyclonedx cyclonedx --manifest-path services/homeward/Cargo.toml --format json --spec-version 1.5 --no-build-deps \
        --override-filename "$name" --quiet && mv "services/homeward/$name.json" "$out/sbom/homeward.cdx.json" || failed=1
    find proto services tests -name "$name.json" -not -path '*/node_modules/*' -delete
fi
python3 - "$out/sbom" <<'PY' || failed=1
import json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.cdx.json")):
    bom = json.loads(path.read_text())
    parts = bom.get("components", [])
    assert bom["bomFormat"] == "CycloneDX" and parts, f"{path}: no bill of materials"
    bare = [part["name"] for part in parts if not part.get("purl")]
    print(f"{path.name}: {len(parts)} parts" + (f", {len(bare)} of our own" if bare else ""))
PY
exit $failed
