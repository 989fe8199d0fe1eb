// The JSON API is what its document says: schemathesis makes up requests from the document, good ones and bad ones, and judges each
// answer by it. Bounded: so many requests for each operation, from one seed. infra/test.sh says where it is installed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { opens, PASSWORDS } from "../lib/school.mjs";

const top = fileURLToPath(new URL("../../..", import.meta.url));
const program = process.env.SCHEMATHESIS ?? join(process.env.CARGO_TARGET_DIR ?? join(top, "target"), "schemathesis", "bin", "schemathesis");

/** So many requests for each operation; and in which ways they are made up: "examples,coverage,fuzzing" is the long run. */
const EXAMPLES = process.env.CONTRACT_EXAMPLES ?? "8";
const PHASES = process.env.CONTRACT_PHASES ?? "examples,fuzzing";
/** The same requests each time: a failure can be looked into. */
const SEED = process.env.CONTRACT_SEED ?? "2026";
const CHECKS = [
  "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
  "response_schema_conformance", "negative_data_rejection", "ignored_auth",
];

function runs(args, cwd) {
  return new Promise((done, failed) => {
    const env = { ...process.env, NO_PROXY: "*", no_proxy: "*", NO_COLOR: "1" };
    const child = spawn(program, args, { cwd, env });
    let said = "";
    const keep = (text) => (said = (said + text).slice(-40_000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", failed);
    child.on("exit", (code) => done({ code, said }));
  });
}

/** The tool itself fell over, and found nothing against the API: CPython 3.11 now and then loses count of its own recursion. */
const fellOver = ({ code, said }) => code !== 0 && /Runtime Error/.test(said) && !/= FAILURES =/.test(said);

/** Asks again where the tool fell over; what it found against the API stands at once. */
async function judges(args, cwd) {
  let judged = await runs(args, cwd);
  for (let again = 0; again < 3 && fellOver(judged); again += 1) judged = await runs(args, cwd);
  return judged;
}

for (const role of ["head", "leader", "office", "senior", "dsl"]) {
  test(`the API answers the ${role} as its document says, whatever is asked`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const body = JSON.stringify({ login: role, password: PASSWORDS[role] });
    const headers = { "content-type": "application/json", origin: school.stage.web };
    const answer = await fetch(`${school.stage.web}/api/v1/token`, { method: "POST", headers, body });
    assert.equal(answer.status, 200);
    const { token } = await answer.json();
    const folder = mkdtempSync(join(tmpdir(), "homeward-contract-"));
    story.after(() => rmSync(folder, { recursive: true, force: true }));
    const { code, said } = await judges([
      "run", `${school.stage.web}/api/v1/openapi.json`, "--url", `${school.stage.web}/api/v1`,
      "--header", `Authorization: Bearer ${token}`,
      // What would end the token that all the others are sent with.
      "--exclude-path", "/token",
      "--checks", CHECKS.join(","), "--phases", PHASES, "--max-examples", EXAMPLES, "--seed", SEED,
      "--workers", "1", "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off",
      "--generation-database", "none", "--no-shrink", "--continue-on-failure",
    ], folder);
    assert.equal(code, 0, said);
    const cases = Number(/(\d[\d,]*) (?:test cases )?generated/.exec(said)?.[1]?.replaceAll(",", "") ?? "0");
    assert.ok(cases > 300, `only ${cases} requests were made:\n${said}`);
  });
}
