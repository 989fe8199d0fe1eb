// Two schools on one Homeward. Whatever role somebody of the one has: no page, file, view or stream shows them a number, name or id
// of the other, nothing of the other's opens at its address, and what they ask of the other's people, phones, trips, alerts and
// incidents is refused and changes nothing there.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { crawl, shape, Visitor } from "../lib/crawl.mjs";
import { opens, PASSWORDS } from "../lib/school.mjs";
import { PATIENCE } from "../lib/stage.mjs";

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What the words of the other school's incident are. */
const REPORT = "A phone was thrown from the gallery.";

/** The views of the API that need nothing but a session. */
const VIEWS = ["trips", "devices", "people", "lines", "cases", "incidents", "arrangements", "recordings", "pouches", "calls", "policy", "supply"];

/** Waits until it is so: the other school is none that the stage waits for. */
const until = async (what, is) => {
  const end = Date.now() + 2 * PATIENCE;
  for (;;) {
    if (await is()) return;
    assert.ok(Date.now() < end, what);
    await new Promise((ready) => setTimeout(ready, 100));
  }
};

async function token(visitor) {
  const page = await (await visitor.asks("/trips")).text();
  return /name="form_token" value="([^"]+)"/.exec(page)[1];
}

async function bearer(visitor, login, password) {
  const init = { method: "POST", body: JSON.stringify({ login, password }), headers: { "content-type": "application/json" } };
  const answer = await visitor.asks("/api/v1/token", init);
  assert.equal(answer.status, 200, login);
  return (await answer.json()).token;
}

/** A command by the API. */
async function commands(visitor, key, command, body) {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": randomUUID() };
  return visitor.asks(`/api/v1/${command}`, { method: "POST", body: JSON.stringify(body), headers });
}

/** Both schools on a busy day, each with a trip that is out and late; their people at the door. */
async function twoSchools(story) {
  const { stage } = await opens(story, { outing: "departed", neighbour: true });
  await stage.nobodyAnswers();
  await stage.ringsSchool("01632 960123");
  await stage.isAt("WM-001", 51.4545, -2.5879);
  await stage.at("09:44");
  const [ours, theirs] = [new Map(), new Map()];
  for (const [role, password] of Object.entries(PASSWORDS)) {
    ours.set(role, await new Visitor(stage.web, role).logsIn(role, password));
    theirs.set(role, await new Visitor(stage.web, `west-${role}`).logsIn(`west-${role}`, password));
  }
  const report = { form_token: await token(theirs.get("leader")), once: randomUUID(), danger: "over", kind: "other", adult: "no", happened_at: "2026-11-20T09:40", what: REPORT };
  const reported = await theirs.get("leader").posts("/safeguarding/report", Object.entries(report));
  assert.equal(reported.status, 303, await reported.text());
  ours.set("administrator", await onlyAdministers(stage, ours.get("head")));
  await until("the other school has a case and an incident", async () => {
    const cases = await (await theirs.get("head").asks("/api/v1/cases")).text();
    const incidents = await (await theirs.get("dsl").asks("/api/v1/incidents")).text();
    return cases.includes(stage.neighbour.trip) && ID[Symbol.match](incidents) !== null;
  });
  return { stage, ours, theirs };
}

/** Somebody who has no role but to administer. */
async function onlyAdministers(stage, head) {
  const person = randomUUID();
  await stage.asks("Ruth", "people", "AddPerson", { person, name: { $personal: "Ada Quill" }, standing: "staff", roles: ["admin"] });
  const form_token = await token(head);
  const answer = await head.posts(`/people/${person}/login`, { form_token, once: randomUUID(), login: "administrator", password: "a long enough password" });
  assert.equal(answer.status, 303);
  return new Visitor(stage.web, "administrator").logsIn("administrator", "a long enough password");
}

/** Everything that is the other school's alone: as its own people are shown it. */
async function whatIsTheirs({ stage, ours, theirs }) {
  const { neighbour } = stage;
  const [pages, forms, ids, mine] = [new Map(), new Map(), new Set([neighbour.trip]), new Set()];
  const faults = [];
  const gathers = (into) => (_, text) => (text.match(ID) ?? []).forEach((id) => into.add(id));
  for (const [role, visitor] of theirs) {
    const shown = await crawl(visitor, ["/"], faults, gathers(ids));
    for (const at of shown.seen.keys()) pages.set(at, role);
    for (const [like, form] of shown.forms) forms.set(`${role} ${like}`, form);
    for (const view of VIEWS) gathers(ids)(view, await (await visitor.asks(`/api/v1/${view}`)).text());
  }
  assert.deepEqual(faults, []);
  // What stands on our pages before anything was asked is ours; ids made for a form stand nowhere twice.
  for (const visitor of ours.values()) {
    for (const view of VIEWS) gathers(mine)(view, await (await visitor.asks(`/api/v1/${view}`)).text());
  }
  const both = [...ids].filter((id) => mine.has(id));
  assert.deepEqual(both, [], "an id is of one school");
  // What of them is data, and not an id that a page made for one form.
  const data = new Set();
  for (const visitor of theirs.values()) {
    for (const view of VIEWS) gathers(data)(view, await (await visitor.asks(`/api/v1/${view}`)).text());
  }
  for (const at of pages.keys()) gathers(data)(at, at);
  return { pages, forms, ids: data };
}

/** What of the other school stands in a text; what was asked for, or sent along, may be said again. */
function leaks(text, { neighbour }, ids, asked = "") {
  const plain = (of) => of.replace(/&#(?:39|x27);/g, "'").replace(/(?<=\d)[\s\u00a0]+(?=\d)/g, "");
  const [said, sent] = [plain(text), plain(asked)];
  const marks = [...neighbour.surnames, ...neighbour.numbers, neighbour.title, neighbour.name, REPORT, ...new Set((said.match(ID) ?? []).filter((id) => ids.has(id)))];
  return marks.filter((mark) => said.includes(mark) && !sent.includes(mark));
}

/** The other school as its own people see it, but for what goes by while nothing is done. */
async function asItStands(theirs) {
  const states = [];
  for (const role of ["head", "dsl"]) {
    for (const view of VIEWS) states.push([role, view, await (await theirs.get(role).asks(`/api/v1/${view}`)).text()]);
  }
  return states;
}

test("nobody of one school is shown anything of another, opens it or changes it, whatever their role", async (story) => {
  const schools = await twoSchools(story);
  const { stage, ours, theirs } = schools;
  const { pages, forms, ids } = await whatIsTheirs(schools);
  const isTheirs = (path) => (path.match(ID) ?? []).some((id) => ids.has(id));
  const addressed = [...pages.keys()].filter((at) => isTheirs(new URL(at, stage.web).pathname));
  const queried = [...pages.keys()].filter((at) => isTheirs(at) && !addressed.includes(at));
  assert.ok(ids.size > 20 && addressed.length > 20, `${ids.size} ids, ${addressed.length} addresses alone`);
  story.diagnostic(`${ids.size} ids of theirs, ${addressed.length} addresses of theirs, ${queried.length} that name one`);
  // The marks are found where they belong: on their own board and registers.
  const atHome = await (await theirs.get("head").asks("/people")).text();
  assert.ok(leaks(atHome, stage, ids).length > 6, "their own pages show them");

  const faults = [];
  for (const visitor of ours.values()) {
    const reads = (at, text) => leaks(text, stage, ids).forEach((found) => faults.push(`${visitor.who} reads ${found} at ${at}`));
    const { seen } = await crawl(visitor, ["/"], faults, reads);
    assert.ok(seen.size > 40, `${visitor.who} came to ${seen.size} pages alone`);
    for (const view of [...VIEWS, "board", "messages", "health", "governors", "usage", "records/readings", "openapi.json"]) {
      reads(view, await (await visitor.asks(`/api/v1/${view}`)).text());
    }
  }
  assert.deepEqual(faults, []);

  // Their addresses, asked by ours.
  const api = [...ids].flatMap((id) => ["trips", "devices", "incidents"].map((of) => `/api/v1/${of}/${id}`));
  const asked = [...ids].flatMap((id) => [`/api/v1/records/person?person=${id}`, `/api/v1/records/person/export?person=${id}`, `/api/v1/route?trip=${id}&audience=staff`]);
  for (const visitor of ours.values()) {
    for (const at of [...addressed, ...api, ...queried, ...asked]) {
      const answer = await visitor.asks(at);
      const { status } = answer;
      const isSent = status === 303 ? `${answer.headers.get("location")}` : "";
      const found = leaks(`${isSent} ${await answer.text()}`, stage, ids, at);
      if (found.length > 0) faults.push(`${visitor.who} reads ${found.join(", ")} at ${at}`);
      if (status >= 500) faults.push(`${visitor.who}: ${status} at ${at}`);
      const mustBeShut = addressed.includes(at) || api.includes(at);
      if (mustBeShut && status !== 404 && status !== 403) faults.push(`${visitor.who}: ${status} at ${shape(at)}`);
    }
  }
  assert.deepEqual(faults, []);

  // What they ask of the other's: each button that the other's people are shown, pressed by ours.
  const before = await asItStands(theirs);
  let pressed = 0;
  for (const visitor of ours.values()) {
    const form_token = await token(visitor);
    const alike = new Set();
    for (const { to, fields, kind } of forms.values()) {
      const path = new URL(to, stage.web).pathname;
      const named = isTheirs(to) || fields.some(([, value]) => isTheirs(value));
      const like = `${shape(to)} ${JSON.stringify(fields.slice(-1))}`;
      if (!named || alike.has(like) || /^\/(logout|me\/)/.test(path) || kind === "multipart/form-data") continue;
      alike.add(like);
      pressed += 1;
      const own = fields.map(([name, value]) => [name, name === "form_token" ? form_token : name === "once" ? randomUUID() : value]);
      const answer = await visitor.posts(to, own);
      const found = leaks(await answer.text(), stage, ids, to + JSON.stringify(own));
      if (found.length > 0) faults.push(`${visitor.who} reads ${found.join(", ")} after ${shape(to)}`);
      if (answer.status >= 500) faults.push(`${visitor.who}: ${answer.status} of ${shape(to)}`);
      if (isTheirs(path) && answer.status < 400) faults.push(`${visitor.who}: ${answer.status} of ${shape(to)} ${JSON.stringify(fields.slice(-1))}`);
    }
  }
  assert.ok(pressed > 100, `${pressed} buttons alone`);
  await asksByTheApi(schools, ids, faults);
  assert.deepEqual(faults, []);
  assert.deepEqual(await asItStands(theirs), before, "nothing changed there");
  story.diagnostic(`${pressed} buttons of theirs pressed by ours`);
});

/** Commands that name what is theirs, by each of ours who may ask for such a thing. */
async function asksByTheApi({ stage, ours, theirs }, ids, faults) {
  const of = async (view) => JSON.parse(await (await theirs.get("head").asks(`/api/v1/${view}`)).text());
  const listed = (answer) => (Array.isArray(answer) ? answer : Object.values(answer).find(Array.isArray));
  const first = async (view, key) => listed(await of(view))[0][key];
  const { trip } = stage.neighbour;
  const [device, person, line] = [await first("devices", "device"), await first("people", "id"), await first("lines", "line")];
  const [incident, owned] = [await first("incidents", "incident"), await first("cases", "case")];
  const asks = [
    ["trips/CancelTrip", { trip, reason: "It rains." }],
    ["trips/CloseTrip", { trip }],
    ["trips/AddNote", { trip, note: "A note." }],
    ["devices/DeclareLost", { device, note: { $personal: "In the bus." } }],
    ["devices/ConfirmPasscode", { device }],
    ["devices/RetireDevice", { device }],
    ["people/RemovePerson", { person }],
    ["people/WithdrawAuthorisation", { person, reason: { $personal: "No longer." } }],
    ["people/ChangePerson", { person, name: { $personal: "Somebody Else" }, standing: "staff", roles: [] }],
    ["contacts/RemoveLine", { line }],
    ["contacts/TestLine", { line }],
    ["contacts/HoldBase", { trip, person }],
    ["alerts/OwnCase", { case: owned }],
    ["alerts/ResolveCase", { case: owned, reason: "All is well." }],
    ["alerts/AddNote", { case: owned, note: "A note." }],
    ["safeguarding/AddToIncident", { incident, note: { $personal: "A note." } }],
  ];
  assert.ok([device, person, line, incident, owned].every((id) => ids.has(id)), `all of these are theirs: ${[device, person, line, incident, owned]}`);
  for (const [role, visitor] of ours) {
    const password = PASSWORDS[role] ?? "a long enough password";
    const key = await bearer(visitor, role, password);
    for (const [command, body] of asks) {
      const answer = await commands(visitor, key, command, body);
      const text = await answer.text();
      // 400 would say that it can't be read: then nothing was tried.
      if (answer.status <= 400 || answer.status >= 500) faults.push(`${role}: ${answer.status} of ${command}: ${text}`);
      const found = leaks(text, stage, ids, JSON.stringify(body));
      if (found.length > 0) faults.push(`${role} reads ${found.join(", ")} after ${command}`);
    }
  }
}

test("the stream of one school's board brings nothing of another's", async (story) => {
  const { stage, ours, theirs } = await twoSchools(story);
  const ids = new Set([stage.neighbour.trip]);
  for (const view of VIEWS) ((await (await theirs.get("head").asks(`/api/v1/${view}`)).text()).match(ID) ?? []).forEach((id) => ids.add(id));
  const visitor = ours.get("office");
  const stop = new AbortController();
  const reader = (await visitor.asks("/stream", { signal: stop.signal })).body.getReader();
  let heard = "";
  const reads = (async () => {
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      heard += decoder.decode(value, { stream: true });
    }
  })();
  await until("the board comes", () => heard.includes("event: board"));
  const raises = async (by, note) => {
    const fields = { form_token: await token(by), once: randomUUID(), note, severity: "warning" };
    assert.equal((await by.posts("/alerts", Object.entries(fields))).status, 303, note);
  };
  await raises(theirs.get("office"), "Westbrook's own alert");
  await until("it shows there", async () => (await (await theirs.get("office").asks("/")).text()).includes("Westbrook&#39;s own alert"));
  await raises(visitor, "Elmfield's own alert");
  await until("the stream brings ours", () => /Elmfield(?:'|&#39;)s own alert/.test(heard));
  stop.abort();
  await reads;
  assert.deepEqual(leaks(heard, stage, ids), []);
});
