// Leaving: refused with the whole list, with a reserve who stands in, or without clearance.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

test("nobody leaves until the whole list is green [FORM-2, DEV-5, DEV-7]", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  await school.stage.at("09:00");
  const ines = await school.logsIn("leader", PHONE, { to: school.museum });
  await ines.getByLabel("Year 6", { exact: true }).first().fill("24");
  await ines.getByRole("button", { name: "The party leaves now" }).click();
  const refused = ines.getByRole("alert").filter({ hasText: "refused" });
  const red = await refused.locator(".no").allInnerTexts();
  assert.equal(red.length, 4, `two adults and a pupil without a phone, and pupils' own phones: ${red}`);
  assert.ok(red.some((line) => line.includes("PERS-1")), "nobody ticked that pupils' own devices stay [PERS-1]");
  assert.equal(await ines.getByLabel("Year 6", { exact: true }).first().inputValue(), "24");
  await school.sound(ines, "leaving refused");
});

test("a reserve stands in, and needs no new authorising [FORM-4]", async (story) => {
  const school = await opens(story, { outing: "drafted" });
  const ines = await school.logsIn("leader", WIDE, { to: `${school.museum}/edit` });
  await ines.getByLabel("Reserve", { exact: true }).selectOption({ label: "Dilys Pryce" });
  await ines.locator('[name="reserves[0].work_mobile"]').fill("WM-008");
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByRole("button", { name: "Submit for authorising" }).click();
  const marcus = await school.logsIn("senior", PHONE, { to: school.museum });
  await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
  const pat = await school.logsIn("office", WIDE, { to: `/devices/issue?trip=${school.stage.museum}` });
  await pat.getByLabel(/Tom Hughes/).selectOption("");
  await pat.getByLabel(/Dilys Pryce/).selectOption({ label: "WM-008 (07700 900108)" });
  await pat.getByLabel(/Asha/).selectOption({ label: "BP-001 (07700 900201)" });
  await pat.getByRole("button", { name: "Issue what is chosen" }).click();
  await pat.waitForURL(`**${school.museum}`);
  await school.stage.at("09:00");
  await ines.goto(school.museum);
  await ines.getByLabel("Year 6", { exact: true }).first().fill("24");
  await ines.getByText("A reserve stands in").click();
  await ines.getByLabel("Instead of Tom Hughes").selectOption({ label: "Dilys Pryce" });
  await school.sound(ines, "a reserve chosen");
  await ines.getByLabel("Handed in, or none were brought").check();
  await ines.getByRole("button", { name: "The party leaves now" }).click();
  await ines.locator(".group").first().waitFor();
  await school.sound(ines, "out");
});

test("they left though refused: recorded, shown, and settled by the head alone [FORM-9]", async (story) => {
  const school = await opens(story, { outing: "submitted" });
  await school.stage.at("09:05");
  const pat = await school.logsIn("office", WIDE, { to: school.museum });
  await pat.getByText("They have left all the same").click();
  await pat.getByLabel("When they left").fill("2026-11-20T09:00");
  await pat.getByLabel("Ines Okafor").check();
  await pat.getByLabel("Tom Hughes").check();
  await pat.getByLabel("Why, or what is known").fill("The coach could not wait");
  await school.sound(pat, "recording that they left");
  await pat.getByRole("button", { name: "Record that they left" }).click();
  await pat.getByText("Left without clearance").first().waitFor();
  await school.sound(pat, "left without clearance");
  await pat.goto("/");
  await pat.getByText("left without clearance: The coach could not wait").waitFor();
  await school.sound(pat, "the board: left without clearance");

  const ruth = await school.logsIn("head", PHONE, { to: school.museum });
  await ruth.getByRole("button", { name: "Record the decision" }).click();
  assert.match(await ruth.getByRole("alert").innerText(), /recall or accept/i);
  await ruth.getByLabel("Decided by").selectOption({ label: "Ruth Adeyemi" });
  await ruth.getByLabel("Accept that it left").check();
  await ruth.getByLabel("Why", { exact: true }).fill("The signature was forgotten");
  await ruth.getByRole("button", { name: "Record the decision" }).click();
  await ruth.getByText("It was accepted by Ruth Adeyemi").waitFor();
  await school.sound(ruth, "settled");
  await pat.getByText("left without clearance").waitFor({ state: "detached" });
});
