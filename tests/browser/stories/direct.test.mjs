// A pupil who travels directly to a provider: asked for on the form, awaited on the board, confirmed with one click.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`one pupil travels directly, and the office confirms the arrival (${name}) [FORM-6]`, async (story) => {
    const school = await opens(story, { outing: "drafted" });
    await school.stage.nobodyAnswers();
    const ines = await school.logsIn("leader", size, { to: `${school.museum}/edit` });
    await ines.getByText("Pupils who travel directly to a provider").click();
    const direct = ines.locator("#f-direct");
    await direct.getByLabel("First name or initials").fill("Kit");
    await direct.getByLabel("Provider", { exact: true }).fill("Oakfield Stables");
    await direct.getByLabel("Arrival due").fill("2026-11-20T09:30");
    await direct.getByLabel("Who there confirms it").fill("Jo Reed");
    await school.sound(ines, "the form asks");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByText("The form is saved.").waitFor();

    // What is missing is named, and nothing is submitted.
    await ines.getByRole("button", { name: "Submit for authorising" }).click();
    const refused = ines.getByRole("alert").filter({ hasText: "refused" });
    const red = await refused.locator(".no").allInnerTexts();
    assert.equal(red.length, 2, red.join("; "));
    assert.ok(red.every((line) => line.includes("FORM-6") && line.includes("Kit")), red.join("; "));
    assert.match(red.join(" "), /line is missing[\s\S]*arrangement for personal devices is missing/);
    await school.sound(ines, "refused without the provider's arrangement");

    await ines.goto(`${school.museum}/edit`);
    await direct.getByLabel("The provider's line").first().fill("01632 960111");
    await direct.getByLabel("Personal devices there").first().fill("In the tack room's drawer, off");
    await ines.getByRole("button", { name: "Save the form" }).click();
    await ines.getByText("The form is saved.").waitFor();
    await ines.getByText("24 with the party, and 1 directly to a provider").waitFor();
    await ines.getByRole("button", { name: "Submit for authorising" }).click();
    const marcus = await school.logsIn("senior", size, { to: school.museum });
    await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
    await marcus.getByRole("heading", { name: "Travelling directly" }).waitFor();
    await school.sound(marcus, "authorised: the arrival is due");

    // It is awaited though the party hasn't left; nobody confirms it: an alert, and the pupil in red on the board.
    const pat = await school.logsIn("office", size);
    const row = pat.locator(".arrival").filter({ hasText: "Kit" });
    await row.getByText(/due/).first().waitFor();
    await school.sound(pat, "the board awaits a pupil");
    await school.stage.at("09:41");
    await pat.getByText(/Nobody confirmed that Kit arrived at Oakfield Stables, due 09:30/).first().waitFor();
    await pat.locator(".arrival.late").waitFor();
    await school.sound(pat, "the board: a pupil is not there");

    // One click: the provider's contact said so, now. The alert is over.
    await row.getByRole("button", { name: "Has arrived" }).click();
    await pat.locator(".arrival").waitFor({ state: "detached" });
    await pat.getByText(/Nobody confirmed that Kit/).first().waitFor({ state: "detached" });
    await pat.goto(school.museum);
    const panel = pat.getByRole("region", { name: /Travelling directly/ });
    await panel.getByText(/says Jo Reed; written down by Pat/).waitFor();
    await school.sound(pat, "arrived");

    // Ticked by mistake: it is due again, and missed at once.
    await panel.getByText("Write down what was said").click();
    await panel.getByLabel("Pupil", { exact: true }).selectOption({ label: "Kit" });
    await panel.getByLabel("What was said").selectOption({ label: "Not there: what was written down was wrong" });
    await panel.getByRole("button", { name: "Write it down" }).click();
    await pat.locator(".arrival.late").waitFor();
  });
}
