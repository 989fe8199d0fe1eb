// Every page, for each role, wide and on a phone: sound by axe, nothing hanging out, no script that fails.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const role of ["leader", "office", "senior", "head", "dsl"]) {
  test(`every page of the ${role}`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const { museum, stage } = school;
    const pages = [
      "/", "/?kiosk=1", "/trips", "/trips/new", museum, `${museum}/edit`, `${museum}/copy`, `${museum}/groups`,
      `${museum}/write-down`, `${museum}/log`, "/devices", "/devices/issue", `/devices/issue?trip=${stage.museum}`,
      `/devices/return?trip=${stage.museum}`, `/devices/${stage.phones["WM-001"].id}`, `/devices/${stage.phones["WM-007"].id}`,
      "/alerts", "/people", `/people/${stage.people["Ines Okafor"]}`, "/lines", "/calls", "/messages", "/devices/log-ins",
      `/devices/${stage.phones["WM-004"].id}/set-up`, `${museum}/cards`, "/policy", "/safeguarding", "/safeguarding/phones", "/safeguarding/arrangements", "/safeguarding/recordings",
      "/safeguarding/use", "/records", "/records/readings", "/data-protection", "/governors", "/trips/00000000-0000-7000-8000-000000000000",
    ];
    for (const size of [WIDE, PHONE]) {
      const page = await school.logsIn(role, size);
      for (const path of pages) {
        await page.goto(path);
        await page.$$eval("main details", (all) => all.forEach((details) => (details.open = true)));
        await school.sound(page, `${role}, ${path}, ${size.viewport.width}`);
      }
    }
  });
}

test("printed: the form with every work mobile's number, on A4", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const pat = await school.logsIn("office", WIDE, { to: school.museum });
  await pat.emulateMedia({ media: "print" });
  const text = await pat.locator("main").innerText();
  for (const number of ["07700 900101", "07700 900102"]) assert.ok(text.includes(number), number);
  assert.equal(await pat.getByRole("button", { name: "The party leaves now" }).isVisible(), false, "no buttons on paper");
  assert.equal(await pat.getByRole("navigation").isVisible(), false);
  for (const path of [school.museum, `${school.museum}/log`]) {
    await pat.goto(path);
    const pdf = await pat.pdf({ preferCSSPageSize: true });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(sheets >= 1 && sheets <= 3, `${path}: ${sheets} sheets`);
    assert.match(pdf.toString("latin1"), /\/MediaBox\s*\[0 0 59[45]\S* 84[12]/, "A4");
  }
});

test("at 200 % zoom nothing hangs out, and less moves for who asks for less", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const { museum, stage } = school;
  await stage.at("09:44");
  // A screen of 1366 by 768, zoomed in twice.
  const zoomed = { viewport: { width: 683, height: 384 }, deviceScaleFactor: 2, reducedMotion: "reduce" };
  const pat = await school.logsIn("office", zoomed);
  const pages = ["/", "/trips", "/trips/new", museum, `${museum}/log`, "/devices", `/devices/issue?trip=${stage.museum}`, "/alerts", "/people", "/lines", "/messages", "/calls", "/start"];
  for (const path of pages) {
    await pat.goto(path);
    const over = await pat.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${path}: ${over} px hang out`);
    const moving = await pat.evaluate(() => document.getAnimations().filter((one) => one.effect?.getComputedTiming().duration > 20).length);
    assert.equal(moving, 0, `${path}: something moves`);
  }
});

test("the live board by keyboard alone: an alert is taken without a pointer [CHECK-2]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:44");
  const pat = await school.logsIn("office", WIDE);
  const own = pat.getByRole("button", { name: /I have it/ }).first();
  await own.waitFor();
  let reached = false;
  for (let press = 0; press < 60 && !reached; press += 1) {
    await pat.keyboard.press("Tab");
    reached = await own.evaluate((button) => button === document.activeElement);
  }
  assert.ok(reached, "Tab comes to it");
  await pat.keyboard.press("Enter");
  await pat.getByText(/Pat Winterbourne/).first().waitFor();
  await school.sound(pat, "taken by keyboard");
});
