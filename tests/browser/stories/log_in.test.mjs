// Logging in: refused, done, over.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`a wrong password is refused, the right one leads where one was going (${name})`, async (story) => {
    const school = await opens(story);
    const page = await (await school.browser(size)).newPage();
    await page.goto("/devices");
    assert.equal(new URL(page.url()).pathname, "/login");
    await school.sound(page, "log-in");
    await page.getByLabel("Name").fill("office");
    await page.getByLabel("Password").fill("not the one");
    await page.getByRole("button", { name: "Log in" }).click();
    const refused = page.getByRole("alert");
    assert.match(await refused.innerText(), /name or (the )?password/i);
    assert.equal(await page.getByLabel("Name").inputValue(), "office", "the name typed stays");
    await school.sound(page, "log-in refused");
    await page.getByLabel("Password").fill("demo-office-1");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/devices");
    await school.sound(page, "phones");
  });
}
