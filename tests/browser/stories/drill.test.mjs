// A whole trip that is a drill: flagged on the form, marked wherever it shows, and learnt from.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`a drill says so on the form, the trip, its cards and its timeline, and counts on the policy's page (${name}) [REV-1]`, async (story) => {
    const school = await opens(story, { outing: "drafted" });
    const ines = await school.logsIn("leader", size, { to: `${school.museum}/edit` });
    await ines.getByLabel(/The whole trip is a drill/).check();
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByText("The form is saved.").waitFor();
    await ines.getByRole("heading", { level: 1, name: /^DRILL: Year 6/ }).waitFor();
    await ines.getByText("This whole trip is a drill.").waitFor();
    await school.sound(ines, "a drill");
    for (const path of ["/cards", "/log"]) {
      await ines.goto(`${school.museum}${path}`);
      assert.match(await ines.locator("main").innerText(), /DRILL: Year 6 to the City Museum/, path);
    }
    await ines.goto("/");
    await ines.getByRole("link", { name: /^DRILL: Year 6/ }).first().waitFor();
    const ruth = await school.logsIn("head", size, { to: "/policy" });
    const drills = ruth.getByRole("region", { name: /Drills/ });
    await drills.getByText("2 a year, one at a weekend in two years").waitFor();
    await drills.getByText("None yet.").waitFor();
    await school.sound(ruth, "the policy's drills");
  });
}
