// The first run: what is there, what is next; a refusal leads back. From nothing it is told in services/board/tests/all/start.rs.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`setting up: steps that are done, a person added, a line refused and mended (${name}) [CONT-1]`, async (story) => {
    const school = await opens(story);
    const ruth = await school.logsIn("head", size, { to: "/" });
    await ruth.getByRole("link", { name: "All of it on one page" }).click();
    await ruth.getByText("5 of 6 steps done").waitFor();
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
