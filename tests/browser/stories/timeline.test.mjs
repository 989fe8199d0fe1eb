// A trip's timeline: in order, filtered, as CSV, with notes to its open alert; pages that follow what happens.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

test("the timeline is filtered, noted in, and taken away as CSV", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  await school.stage.sends("WM-002", "OK 24");
  await school.stage.sends("WM-001", "SOS");
  const pat = await school.logsIn("office", WIDE, { to: `${school.museum}/log` });
  const all = await pat.locator(".timeline li").count();
  await pat.getByRole("link", { name: "Check-ins" }).click();
  await pat.waitForURL("**only=checkins");
  const some = await pat.locator(".timeline li").count();
  assert.ok(some > 0 && some < all, `${some} of ${all}`);
  await school.sound(pat, "the timeline, filtered");
  const [download] = await Promise.all([pat.waitForEvent("download"), pat.getByRole("link", { name: "As CSV" }).click()]);
  const csv = readFileSync(await download.path(), "utf8");
  assert.equal(csv.split("\r\n")[0], "when,what,who,source");
  assert.equal(csv.trim().split("\r\n").length, some + 1, "the same lines");
  await pat.getByLabel("Note", { exact: true }).fill("Rang the museum's desk");
  await pat.getByRole("button", { name: "Add it" }).click();
  await pat.goto(`${school.museum}/log`);
  await pat.locator(".timeline").getByText("Rang the museum's desk").waitFor();
});

test("a trip's page follows what happens, and leaves alone what somebody is typing", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const ines = await school.logsIn("leader", PHONE, { to: school.museum });
  const typing = await school.logsIn("leader", WIDE, { to: school.museum });
  await typing.getByLabel("Year 6", { exact: true }).first().fill("24");
  await ines.getByText("3 to settle").waitFor();
  await school.stage.outing("ready");
  await ines.getByText(/all \d+ checks hold/).waitFor();
  await typing.getByText("This has changed since you opened it.").waitFor();
  assert.equal(await typing.getByLabel("Year 6", { exact: true }).first().inputValue(), "24");
  await school.sound(typing, "a page that changed under somebody");
});

test("a school without anything is told where to begin", async (story) => {
  const school = await opens(story);
  const ruth = await school.logsIn("head", PHONE);
  await ruth.getByText("Setting up, to the first trip").waitFor();
  await school.sound(ruth, "first steps");
  await ruth.getByRole("listitem").getByRole("link", { name: "New trip form" }).click();
  await ruth.waitForURL("**/trips/new");
});

test("a note is written down though nothing is wrong, before and after the trip", async (story) => {
  const school = await opens(story, { outing: "drafted" });
  const ines = await school.logsIn("leader", PHONE, { to: `${school.museum}/log` });
  await ines.getByRole("button", { name: "Add it" }).click();
  assert.match(await ines.getByRole("alert").first().innerText(), /write the note/i);
  await school.sound(ines, "an empty note");
  await ines.getByLabel("Note", { exact: true }).fill("The museum asks us to use the side door");
  await ines.getByRole("button", { name: "Add it" }).click();
  await ines.locator(".timeline").getByText("Note: The museum asks us to use the side door").waitFor();
  await ines.locator(".timeline li").filter({ hasText: "side door" }).getByText("Ines Okafor").waitFor();
  await school.sound(ines, "a note beside what happened");
});
