// The steps of a day off site, each done on the pages by whom it is for. A story says what is particular about its day.
import assert from "node:assert/strict";
import { PHONE, WIDE } from "./browser.mjs";
import { fillsForm } from "./forms.mjs";

/** The head starts the school's policy from a preset, by its name. */
export async function startsFrom(school, preset) {
  const ruth = await school.logsIn("head", WIDE, { to: "/policy" });
  await ruth.getByLabel(preset).check();
  const start = ruth.locator('form[action="/policy/preset"]');
  await start.getByLabel("Why").fill("We are one.");
  await start.getByRole("button", { name: "Start from it" }).click();
  await ruth.getByText(`from: ${preset}`).waitFor();
  return ruth;
}

/** The leader fills a form in and submits it; `more` fills what this kind of trip needs besides. Its address. */
export async function submits(school, what, more = async () => {}) {
  const ines = await school.logsIn("leader", WIDE, { to: "/trips/new" });
  await fillsForm(ines, what);
  await ines.getByLabel("Leaves school").fill(`2026-11-20T${what.from ?? "09:15"}`);
  await ines.getByLabel("Back at school").first().fill(`2026-11-20T${what.to ?? "14:45"}`);
  await more(ines);
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByText("The form is saved.").waitFor();
  const trip = new URL(ines.url()).pathname;
  await ines.getByRole("button", { name: "Submit for authorising" }).click();
  await ines.getByText("waits to be authorised").first().waitFor();
  return { ines, trip };
}

/** A senior authorises it from a corridor. */
export async function authorises(school, trip) {
  const marcus = await school.logsIn("senior", PHONE, { to: trip });
  await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
  await marcus.getByText("Authorised by Marcus Bell").waitFor();
  await marcus.context().close();
}

/** The office gives phones out: for whom, which one. */
export async function issues(school, trip, phones) {
  const pat = await school.logsIn("office", WIDE, { to: `/devices/issue?trip=${trip.split("/").at(-1)}` });
  for (const [whom, tag] of Object.entries(phones)) {
    await pat.getByLabel(whom).selectOption({ label: `${tag} (${school.stage.phones[tag].number})` });
  }
  await pat.getByRole("button", { name: "Issue what is chosen" }).click();
  await pat.waitForURL(`**${trip}`);
  await pat.getByRole("heading", { level: 1 }).waitFor();
  // Only the hour, and what is ticked on leaving, are left.
  await pat.locator(".checklist .no").filter({ hasNotText: /DEV-10|PERS-1|authorised for/ }).first().waitFor({ state: "detached" });
  return pat;
}

/** The party leaves: each group counted, what is carried ticked. Without a trip's address it is the page that is open. */
export async function leaves(ines, trip, counts) {
  if (trip !== undefined) await ines.goto(trip);
  for (const [group, count] of Object.entries(counts)) await ines.getByLabel(group, { exact: true }).first().fill(String(count));
  const carried = ines.locator('form[action$="/depart"]').getByRole("checkbox");
  for (const item of await carried.all()) await item.check();
  await ines.getByRole("button", { name: "The party leaves now" }).click();
  const [out, refused] = [ines.locator(".group").first(), ines.getByRole("alert").first()];
  await out.or(refused).first().waitFor();
  assert.equal(await refused.count(), 0, `leaving: ${(await refused.count()) > 0 ? await refused.innerText() : ""}`);
}

/** Everyone is back at school, and accounted for. */
export async function isBack(ines, trip, pupils) {
  await ines.goto(trip);
  await ines.getByText("The party is back").click();
  await ines.getByLabel("Back at school").fill(String(pupils));
  await ines.getByRole("button", { name: "Everyone is accounted for" }).click();
  await ines.getByText("It closes by itself").waitFor();
}

/** The phones come in, one after another: each with what became of recordings on it. */
export async function takesIn(school, trip, tags, recordings = "None were made") {
  const pat = await school.logsIn("office", WIDE, { to: `/devices/return?trip=${trip.split("/").at(-1)}` });
  for (const tag of tags) {
    await pat.getByLabel("Tag").fill(tag);
    await pat.getByLabel("Locked place").fill("Office safe, shelf 2");
    await pat.getByLabel("Good").check();
    await pat.getByLabel(recordings).check();
    await pat.getByRole("button", { name: "It is in" }).click();
    await pat.getByText(`${tag} is in.`).waitFor();
  }
  return pat;
}

/** The trip is over: by itself, when the last phone was in. */
export async function isOver(school, page, trip) {
  await school.stage.quiet();
  await page.goto(trip);
  await page.getByText("It is over").waitFor();
}

/** On Monday the safeguarding lead looks through the week's use of phones, and signs it off. What stood there. */
export async function signsOff(school) {
  await school.stage.to("2026-11-23T09:00:00Z");
  const karin = await school.logsIn("dsl", WIDE, { to: "/safeguarding/use?week=2026-11-16" });
  const log = await karin.getByRole("table").innerText();
  await school.sound(karin, "the week's use of phones");
  await karin.getByRole("button", { name: "I have looked through it" }).click();
  await karin.getByText("signed off").waitFor();
  assert.equal(await karin.getByRole("button", { name: "I have looked through it" }).count(), 0);
  return log;
}
