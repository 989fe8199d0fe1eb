// Every link that each role is shown is followed, and every button pressed, by a program: nothing is dead, nothing breaks, no page
// offers what it refuses, and without a log-in there is nothing.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { crawl, elements, shape, Visitor } from "../lib/crawl.mjs";
import { opens, PASSWORDS } from "../lib/school.mjs";

/** A day on which something is everywhere: a trip out with a miss, a call that nobody took, an incident, a phone page. */
async function aBusyDay(story) {
  const school = await opens(story, { outing: "departed" });
  const { stage } = school;
  await stage.nobodyAnswers();
  await stage.ringsSchool("01632 960123");
  await stage.isAt("WM-001", 51.4545, -2.5879);
  await stage.at("09:44");
  return school;
}

const reports = (visitor, token) =>
  visitor.posts("/safeguarding/report", [
    ["form_token", token], ["once", randomUUID()], ["danger", "over"], ["kind", "other"], ["adult", "no"], ["happened_at", "2026-11-20T09:40"], ["what", "A phone was shown round in the bus."],
  ]);

async function token(visitor, path = "/trips") {
  const page = await (await visitor.asks(path)).text();
  return /name="form_token" value="([^"]+)"/.exec(page)[1];
}

test("every role's pages: no dead link, nothing that breaks, nothing offered that is refused", async (story) => {
  const school = await aBusyDay(story);
  const { web } = school.stage;
  const faults = [];
  const visitors = new Map();
  const pages = new Map();
  for (const [role, password] of Object.entries(PASSWORDS)) {
    const visitor = await new Visitor(web, role).logsIn(role, password);
    if (role === "leader") assert.equal((await reports(visitor, await token(visitor))).status, 303);
    const { seen, forms } = await crawl(visitor, ["/"], faults);
    visitors.set(role, { visitor, forms });
    for (const at of seen.keys()) pages.set(at, [...(pages.get(at) ?? []), role]);
    assert.ok(seen.size > 40, `${role} came to ${seen.size} pages alone`);
    assert.ok(forms.size > 8, `${role} was shown ${forms.size} forms alone`);
    story.diagnostic(`${role}: ${seen.size} pages, ${forms.size} buttons`);
  }
  assert.deepEqual(faults, []);

  // What one is shown, the others ask for too: they get it or they don't, and nothing breaks. Nobody gets anything.
  const nobody = new Visitor(web, "nobody");
  for (const at of pages.keys()) {
    for (const { visitor } of visitors.values()) {
      const { status } = await visitor.asks(at);
      if (status >= 500) faults.push(`${visitor.who}: ${status}: ${at}`);
    }
    const answer = await nobody.asks(at);
    const isOpen = /^\/(login|favicon|phone-worker|go\/)/.test(at);
    const isSentAway = answer.status === 303 && /^\/login\?next=/.test(answer.headers.get("location"));
    if (!isOpen && !isSentAway) faults.push(`nobody: ${answer.status}: ${at}`);
  }
  assert.deepEqual(faults, []);

  // Each button once, as its form stands, by whoever was shown it.
  let pressed = 0;
  for (const { visitor, forms } of visitors.values()) {
    for (const { to, fields, on, kind } of forms.values()) {
      if (/^\/(logout|me\/)/.test(to) || kind === "multipart/form-data") continue;
      pressed += 1;
      const { status } = await visitor.posts(to, fields);
      if (status >= 500) faults.push(`${visitor.who}: ${status}: a form of ${on}: ${shape(to)} ${JSON.stringify(fields.slice(-1))}`);
      if (status === 403) faults.push(`${visitor.who}: offered and refused on ${on}: ${shape(to)} ${JSON.stringify(fields.slice(-1))}`);
    }
  }
  story.diagnostic(`${pressed} buttons pressed`);
  assert.deepEqual(faults, []);
});

test("nobody finds anything from the log-in page on", async (story) => {
  const school = await aBusyDay(story);
  const faults = [];
  const nobody = new Visitor(school.stage.web, "nobody");
  const { seen } = await crawl(nobody, ["/", "/login", "/go/nonsense"], faults);
  assert.deepEqual(faults.filter((fault) => !fault.includes("/go/nonsense")), []);
  for (const at of seen.keys()) assert.match(at, /^\/($|login|go\/nonsense)/);
});

test("the leader's link leads to the leader's page alone", async (story) => {
  const school = await aBusyDay(story);
  const { stage } = school;
  const text = await stage.texted("WM-001", "your trip page");
  const link = /\/go\/[\w.~-]+/.exec(text)[0];
  const leader = new Visitor(stage.web, "the leader's link");
  const opened = await leader.posts(`${link}/open`, []);
  assert.ok(opened.status < 400, String(opened.status));
  const faults = [];
  const { seen } = await crawl(leader, [link], faults);
  assert.deepEqual(faults, []);
  for (const at of seen.keys()) assert.ok(at.startsWith(link) || at.startsWith("/login") || at === "/", at);
  // With the link's cookie alone the school's pages stay shut.
  for (const at of ["/", "/trips", school.museum, "/devices", "/people", "/safeguarding", "/messages"]) {
    assert.equal((await leader.asks(at)).status, 303, at);
  }
});

test("the crawl sees what is wrong: a dead link, a form without its token, a header that is missing", async (story) => {
  const { createServer } = await import("node:http");
  const server = createServer((request, answer) => {
    answer.setHeader("content-type", "text/html");
    if (request.url === "/dead") answer.statusCode = 404;
    if (request.url === "/broken") answer.statusCode = 500;
    if (request.url === "/shut") answer.statusCode = 403;
    answer.end('<a href="/dead">1</a><a href="/broken">2</a><a href="/shut">3</a><form method="post" action="/x"><input name="a"></form>');
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  story.after(() => server.close());
  const faults = [];
  await crawl(new Visitor(`http://127.0.0.1:${server.address().port}`, "a test"), ["/"], faults);
  for (const wrong of ["a dead link", "an answer of 500", "offers what it refuses", "without the session's token", "no x-frame-options"]) {
    assert.ok(faults.some((fault) => fault.includes(wrong)), wrong);
  }
  assert.equal(elements("<p><a href=x>y</a>")("a").length, 1);
});
