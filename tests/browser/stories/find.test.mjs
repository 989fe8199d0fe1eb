// A school with more people than a list can bear: they are found while somebody types, and a whole name does without the script.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

/** More than 200 come onto the register by a sheet. */
async function manyPeople(school) {
  const rows = Array.from({ length: 210 }, (_, n) => `Person ${String.fromCharCode(65 + (n % 26))}${n},staff,leader`);
  const pat = await school.logsIn("office", WIDE, { to: "/people/sheet" });
  const file = { name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from(["name,standing,roles", ...rows].join("\n")) };
  await pat.getByLabel("The file").setInputFiles(file);
  await pat.getByRole("button", { name: "Show what it would do" }).click();
  await pat.getByRole("button", { name: /^Take/ }).click();
  await pat.getByRole("heading", { name: "The sheet is through" }).waitFor({ timeout: 120_000 });
  await pat.context().close();
}

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`staff are found while somebody types; who isn't there is refused beside the field (${name})`, async (story) => {
    const school = await opens(story);
    await manyPeople(school);
    const ines = await school.logsIn("leader", size, { to: "/trips/new" });
    const leader = ines.getByLabel("Leader", { exact: true });
    assert.equal(await leader.evaluate((field) => field.tagName), "INPUT", "no list of hundreds");
    await leader.fill("okaf");
    await ines.locator("#f-leader-found option").first().waitFor({ state: "attached" });
    const offered = await ines.locator("#f-leader-found option").evaluateAll((all) => all.map((option) => option.value));
    assert.deepEqual(offered, ["Ines Okafor"]);
    await school.sound(ines, "a form with many to choose from");
    // A person's own work mobile is filled in when they are chosen.
    const first = ines.getByLabel("Member of staff").first();
    await first.fill("Ruth Ade");
    await ines.locator("#f-staff-0-person-found option").first().waitFor({ state: "attached" });
    await first.fill("Ruth Adeyemi");
    await first.blur();
    await ines.waitForFunction(() => document.querySelector("[name='staff[0].work_mobile']")?.value === "WM-005");
    await leader.fill("Nobody Atall");
    await ines.getByLabel("Title").fill("Year 4 to the canal");
    await ines.getByRole("button", { name: "Save the form" }).click();
    const bad = ines.locator(".field.bad").filter({ has: leader });
    assert.match(await bad.innerText(), /choose one of the list/i);
    assert.equal(await leader.inputValue(), "Nobody Atall", "nothing typed is lost");
    assert.equal(await first.inputValue(), "Ruth Adeyemi", "an id is shown as a name again");
    await school.sound(ines, "somebody who is not on the register");
    await leader.fill("ines okafor");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByRole("alert").first().waitFor();
    assert.equal(await leader.inputValue(), "Ines Okafor");
    assert.equal(await ines.locator(".field.bad").filter({ has: leader }).count(), 0);
  });
}
