// The first run: what is there, what is next; a refusal leads back; from nothing to a first trip.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { fillsForm } from "../lib/forms.mjs";
import { byHand } from "../lib/hand.mjs";
import { opens } from "../lib/school.mjs";

/** How long the first run may take, in seconds. */
const TEN_MINUTES = 600;

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`setting up: steps that are done, a person added, a line refused and mended (${name}) [CONT-1]`, async (story) => {
    const school = await opens(story);
    const ruth = await school.logsIn("head", size, { to: "/" });
    await ruth.getByRole("link", { name: "All of it on one page" }).click();
    await ruth.getByText("4 of 6 steps done").waitFor();
    await school.sound(ruth, "setting up");
    await ruth.getByText("Add a person").click();
    await ruth.getByLabel("Name", { exact: true }).fill("Amina Yusuf");
    await ruth.getByRole("button", { name: "Add them" }).click();
    await ruth.waitForURL("**/start");
    await ruth.getByText("8 on the register").waitFor();
    await ruth.getByText("Add another line").click();
    await ruth.getByLabel("What it is called").fill("Second landline");
    await ruth.getByLabel("Its number").fill("07700 900150");
    await ruth.getByRole("button", { name: "Add the line" }).click();
    assert.ok((await ruth.locator(".field.bad").count()) > 0, "a landline has a landline's number");
    await school.sound(ruth, "a line refused");
    await ruth.getByLabel("Number", { exact: true }).fill("01632 960055");
    await ruth.getByRole("button", { name: "Add it" }).click();
    await ruth.waitForURL("**/start");
    await ruth.getByText("Second landline", { exact: true }).waitFor();
    await ruth.getByRole("button", { name: /^Ring / }).click();
    await ruth.waitForURL("**/start");
    await school.sound(ruth, "a test call under way");
    await ruth.getByRole("link", { name: "Fill in the first trip form" }).click();
    await ruth.getByRole("heading", { name: "New trip form" }).waitFor();
  });
}

test("from nothing to a first trip that waits to be authorised, in ten minutes by hand [FORM-1, DEV-1, CONT-1]", async (story) => {
  const school = await opens(story, { fromNothing: true });
  const hand = { seconds: 0 };
  const seen = await school.logsIn("head", WIDE, { to: "/start" });
  const page = byHand(seen, hand);
  const step = (number) => page.locator(`#step-${number}`);
  const done = (count) => seen.getByText(`${count} of 6 steps done`).waitFor();
  // A provider is configured: that step needs nobody.
  await done(1);
  await school.sound(seen, "from nothing");
  await step(1).getByLabel("Primary school").check();
  await step(1).getByRole("button", { name: "Start from it" }).click();
  await done(2);
  await step(2).getByLabel("Its number").fill("01632 960010");
  await step(2).getByRole("button", { name: "Add the line" }).click();
  await done(3);
  const people = [["Ines Okafor", "visit leader"], ["Tom Hughes", "visit leader"], ["Pat Winterbourne", "office"], ["Marcus Bell", "senior leader"], ["Karin Lindqvist", "safeguarding lead"]];
  for (const [at, [name, role]] of people.entries()) {
    const form = step(3);
    if (!(await form.getByLabel("Name", { exact: true }).isVisible())) await form.getByText("Add a person").click();
    await form.getByLabel("Name", { exact: true }).fill(name);
    await form.getByLabel(role).check();
    await form.getByRole("button", { name: "Add them" }).click();
    await seen.getByText(`${at + 2} on the register`).waitFor();
  }
  await done(4);
  for (const [tag, number] of [["WM-001", school.stage.phones["WM-001"].number], ["WM-002", school.stage.phones["WM-002"].number]]) {
    const form = step(4);
    if (!(await form.getByLabel("Tag").isVisible())) await form.getByText("Register a work mobile").click();
    await form.getByLabel("Tag").fill(tag);
    await form.getByLabel("Number").fill(number);
    await form.getByRole("button", { name: "Register it" }).click();
    await page.getByRole("button", { name: `${tag} asks for its passcode` }).click();
    await seen.getByRole("button", { name: `${tag} asks for its passcode` }).waitFor({ state: "detached" });
  }
  await done(5);
  await step(5).getByLabel("Try whether texts reach a phone").selectOption({ label: "WM-001" });
  await step(5).getByRole("button", { name: "Send a test text" }).click();
  await school.stage.texted("WM-001", "texts reach this phone");
  await seen.getByText("The last test text, to").getByText("delivered").waitFor();
  await school.sound(seen, "all but the first trip");
  await page.getByRole("link", { name: "Fill in the first trip form" }).click();
  await seen.getByRole("heading", { name: "New trip form" }).waitFor();
  await fillsForm(page);
  await page.getByRole("button", { name: "Save the form" }).click();
  await seen.getByText("The form is saved.").waitFor();
  await page.getByRole("button", { name: "Submit for authorising" }).click();
  await seen.getByText("waits to be authorised").first().waitFor();
  await seen.goto("/start");
  await done(6);
  story.diagnostic(`by hand ${Math.round(hand.seconds)} s`);
  assert.ok(hand.seconds < TEN_MINUTES, `by hand it takes ${hand.seconds} s`);
});
