// Groups split, pupils move, a child is released, groups join.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`split, move, release, join (${name}) [CHECK-5, DEV-5]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const page = await school.logsIn("office", size, { to: `${school.museum}/groups` });
    await school.sound(page, "groups");
    await page.getByLabel("Group that splits").selectOption({ label: "Year 6" });
    await page.getByLabel("Name of the new group").fill("Shop");
    await page.getByLabel("Its adult").selectOption({ label: "Tom Hughes" });
    await page.getByLabel("Pupils with it").fill("30");
    await page.getByRole("button", { name: "Split it" }).click();
    assert.match(await page.getByRole("alert").first().innerText(), /24|more/i, "more than there are");
    await school.sound(page, "splitting refused");
    await page.getByLabel("Pupils with it").fill("6");
    await page.getByRole("button", { name: "Split it" }).click();
    const group = (name, words) => page.locator(".group").filter({ hasText: name }).filter({ hasText: words });
    const again = () => page.getByRole("link", { name: "Release, move, split, join" }).click();
    await group("Shop", "6 pupils with Tom Hughes").waitFor();
    await group("Year 6", "18 pupils with Ines Okafor").waitFor();
    await school.sound(page, "split");
    await again();

    await page.getByLabel("From", { exact: true }).selectOption({ label: "Year 6" });
    await page.getByLabel("To", { exact: true }).selectOption({ label: "Shop" });
    await page.locator('[name="move.pupils"]').fill("2");
    await page.getByRole("button", { name: "Record the move" }).click();
    await group("Shop", "8 pupils").waitFor();
    await again();

    await page.getByLabel("Group", { exact: true }).selectOption({ label: "Shop" });
    await page.locator('[name="release.pupils"]').fill("1");
    await page.getByLabel("To whom").fill("Grandmother");
    await page.getByLabel("How it was checked").fill("Password on the consent");
    await page.getByLabel("Agreed for base by").selectOption({ label: "Ruth Adeyemi" });
    await page.getByRole("button", { name: "Record the release" }).click();
    await group("Shop", "7 pupils").waitFor();
    await school.sound(page, "released");
    await again();

    await page.getByLabel("Group that ends").selectOption({ label: "Shop" });
    await page.getByLabel("Joins", { exact: true }).selectOption({ label: "Year 6" });
    await page.getByRole("button", { name: "Join them" }).click();
    await group("Year 6", "23 pupils").waitFor();
    assert.equal(await page.locator(".group").count(), 1);
    await school.sound(page, "joined");
  });
}
