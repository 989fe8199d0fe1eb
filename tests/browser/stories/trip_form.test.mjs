// The trip form: refused beside its fields, filled, saved, submitted; nothing typed is lost.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { fillsForm } from "../lib/forms.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`a form is refused, filled, saved and submitted (${name}) [FORM-1, FORM-3, CONT-4]`, async (story) => {
    const school = await opens(story);
    const page = await school.logsIn("leader", size, { to: "/trips/new" });
    await school.sound(page, "a new form");

    await page.getByLabel("Title").fill("Year 4 to the canal");
    await page.getByRole("button", { name: "Save the form" }).click();
    const summary = page.getByRole("alert").filter({ hasText: "stand against it" });
    assert.match(await summary.innerText(), /how many pupils go/i);
    assert.match(await summary.innerText(), /who holds base/i);
    assert.equal(await page.getByLabel("Title").inputValue(), "Year 4 to the canal", "what was typed stays");
    await summary.getByRole("link", { name: /how many pupils/i }).click();
    await school.sound(page, "a form refused");

    await fillsForm(page, { mobiles: ["07700 900999", "WM-002"] });
    await page.getByRole("button", { name: "Save the form" }).click();
    const refused = page.locator(".field.bad").filter({ has: page.getByLabel("Work mobile").first() });
    assert.match(await refused.innerText(), /FORM-3|work mobile/i, "a personal number is refused beside its field");
    await school.sound(page, "a personal number refused");

    await page.getByLabel("Work mobile").first().fill("WM-001");
    await page.getByRole("button", { name: "Save the form" }).click();
    await page.getByText("The form is saved.").waitFor();
    await school.sound(page, "a draft");

    await page.getByRole("button", { name: "Submit for authorising" }).click();
    await page.getByText("waits to be authorised").first().waitFor();
    await school.sound(page, "submitted");
  });
}

test("a draft shows all that is missing at once, in red", async (story) => {
  const school = await opens(story);
  const page = await school.logsIn("leader", WIDE, { to: "/trips/new" });
  await fillsForm(page, { mobiles: ["", ""], papers: false });
  await page.getByRole("button", { name: "Save the form" }).click();
  await page.getByText("The form is saved.").waitFor();
  const red = page.locator(".checklist .no");
  const texts = await red.allInnerTexts();
  assert.equal(texts.filter((text) => text.includes("FORM-1")).length, 2, "each one without a number is named");
  assert.ok(texts.some((text) => text.includes("risk assessment")), "and the papers");
  await page.getByRole("button", { name: "Submit for authorising" }).click();
  const refused = page.getByRole("alert").filter({ hasText: "refused" });
  assert.equal(await refused.locator(".no").count(), texts.length, "the refusal names the same, all at once");
  await school.sound(page, "submitting refused");
});

test("the checklist beside the form turns green while somebody types, and lists the check-ins with their times", async (story) => {
  const school = await opens(story);
  const page = await school.logsIn("leader", WIDE, { to: "/trips/new" });
  const running = page.getByRole("region", { name: "Before it can be submitted" });
  await running.getByText("Choose who holds base.").waitFor();
  await page.getByLabel("Work mobile").first().fill("07700 900999");
  const field = page.locator(".field.bad").filter({ has: page.getByLabel("Work mobile").first() });
  await field.getByText(/FORM-3/).waitFor();
  await school.sound(page, "a personal number is refused at once");
  await page.getByLabel("Work mobile").first().fill("WM-001");
  await field.waitFor({ state: "detached" });
  await fillsForm(page);
  await running.getByText("everything holds").waitFor();
  assert.equal(await running.locator(".no").count(), 0);
  await running.getByText("Every 60 minutes from departure, on arrival, back at school").waitFor();
  const times = await running.locator(".times li").allInnerTexts();
  assert.deepEqual(times.slice(0, 3), ["10:15", "11:15", "12:15"]);
  assert.match(times.at(-1), /14:45 the return/);
  await school.sound(page, "everything holds");
});

test("a senior's own work mobile is filled in when they are chosen", async (story) => {
  const school = await opens(story);
  const page = await school.logsIn("office", WIDE, { to: "/trips/new" });
  await page.getByLabel("Member of staff", { exact: true }).nth(1).selectOption({ label: "Marcus Bell" });
  assert.equal(await page.getByLabel("Work mobile").nth(1).inputValue(), "WM-006");
});

test("what was typed is kept in the browser and offered back", async (story) => {
  const school = await opens(story);
  const page = await school.logsIn("leader", WIDE, { to: "/trips/new", clock: true });
  await page.getByLabel("Title").fill("Year 5 to the harbour");
  await page.clock.fastForward(1_000);
  await page.goto("/trips");
  await page.goto("/trips/new");
  assert.equal(await page.getByLabel("Title").inputValue(), "");
  await page.getByRole("button", { name: "Take it" }).click();
  assert.equal(await page.getByLabel("Title").inputValue(), "Year 5 to the harbour");
  await school.sound(page, "what was typed is back");
});

test("two people change a form: the second is told, and loses nothing", async (story) => {
  const school = await opens(story, { outing: "drafted" });
  const ines = await school.logsIn("leader", WIDE, { to: `${school.museum}/edit` });
  const pat = await school.logsIn("office", WIDE, { to: `${school.museum}/edit` });
  await ines.getByLabel("Transport (optional)").fill("By bus 76");
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByText("The form is saved.").waitFor();
  await pat.getByLabel("Purpose (optional)").fill("Roman Britain");
  await pat.getByRole("button", { name: "Save the form" }).click();
  const refused = pat.getByRole("alert").first();
  assert.match(await refused.innerText(), /transport/i, "what changed meanwhile is named");
  assert.equal(await pat.getByLabel("Purpose (optional)").inputValue(), "Roman Britain");
  await school.sound(pat, "a stale form");
});

test("a past trip is copied to a week later in a minute", async (story) => {
  const school = await opens(story, { outing: "drafted" });
  const page = await school.logsIn("leader", PHONE, { to: school.museum });
  await page.getByRole("link", { name: "Copy" }).click();
  await school.sound(page, "copying");
  await page.getByRole("button", { name: "Make the copy" }).click();
  await page.waitForURL("**/edit");
  assert.equal(await page.getByLabel("Leaves school").inputValue(), "2026-11-27T09:00");
  await page.getByRole("button", { name: "Save the form" }).click();
  await page.getByText("The form is saved.").waitFor();
});

test("a form that was begun on one machine stands on another, until it is saved or dropped", async (story) => {
  const school = await opens(story);
  const desk = await school.logsIn("leader", WIDE, { to: "/trips/new", clock: true });
  await desk.getByLabel("Title").fill("Year 5 to the harbour");
  await Promise.all([
    desk.waitForResponse((answer) => answer.url().endsWith("/trips/draft") && answer.status() === 204),
    desk.clock.fastForward(2_000),
  ]);
  await desk.getByText(/^Kept at/).waitFor();
  await school.sound(desk, "a form that is kept");
  const phone = await school.logsIn("leader", PHONE, { to: "/trips/new" });
  await phone.getByText(/You began this form and did not save it/).waitFor();
  await school.sound(phone, "a form that was begun");
  await phone.getByRole("link", { name: "Take it" }).click();
  assert.equal(await phone.getByLabel("Title").inputValue(), "Year 5 to the harbour");
  const other = await school.logsIn("office", WIDE, { to: "/trips/new" });
  assert.equal(await other.getByText(/You began this form/).count(), 0, "it is nobody else's");
  await phone.goto("/trips/new");
  await phone.getByRole("button", { name: "Drop it" }).click();
  await phone.waitForURL("**/trips/new");
  assert.equal(await phone.getByText(/You began this form/).count(), 0);
});
