// The policy: read by everybody, changed by the head, with what differs from the preset, and who it was.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`the head starts from a preset, sets one thing otherwise, and words a rule (${name}) [REV-1, FORM-5]`, async (story) => {
    const school = await opens(story, { outing: "authorised" });
    const head = await school.logsIn("head", size, { to: "/policy" });
    await head.getByText("no preset chosen").waitFor();
    await school.sound(head, "nothing chosen");
    const start = head.locator('form[action="/policy/preset"]');
    await start.getByLabel("Primary school").check();
    await start.getByLabel("Why").fill("We are one.");
    await start.getByRole("button", { name: "Start from it" }).click();
    await head.getByText("from: Primary school").waitFor();
    await school.sound(head, "started");

    // On a phone its parts are folded, but what is the school's own.
    const unfolds = async () => {
      const folded = head.locator("details.fold:not([open]) > summary");
      for (let left = await folded.count(); left > 0; left -= 1) await folded.first().click();
    };
    assert.equal(await head.locator("details.fold:not([open])").count() > 3, size === PHONE);
    await unfolds();
    await head.getByLabel("Hosts know beforehand that devices will be used").selectOption("on");
    await head.getByRole("button", { name: "Change the policy" }).click();
    assert.match(await head.locator("body").innerText(), /Say why/, "a change without a reason is refused");
    await school.sound(head, "no reason");
    await unfolds();
    await head.getByLabel("The policy is reviewed again within").fill("900");
    await head.locator('form[action="/policy"]').getByLabel("Why").fill("The museum asked us to.");
    await head.getByRole("button", { name: "Change the policy" }).click();
    await head.locator("#f-set-review_days-error").waitFor();
    assert.equal(await head.getByLabel("The policy is reviewed again within").isVisible(), true, "what is wrong is not folded");
    await head.getByLabel("The policy is reviewed again within").fill("365");
    await head.getByRole("button", { name: "Change the policy" }).click();
    await head.getByText("1 of our own").first().waitFor();
    const own = head.locator(".setting.own");
    assert.match(await own.innerText(), /differs.*The preset has: off/s);
    assert.match(await head.locator("body").innerText(), /The museum asked us to\./);
    await school.sound(head, "changed");

    await head.getByText("Word a rule").click();
    const words = head.locator('form[action="/policy/wording"]');
    await words.getByLabel("Rule").selectOption("FORM-2");
    await words.getByLabel("In our words").fill("Mrs Adeyemi, or whoever stands in for her, signs before you go.");
    await words.getByLabel("Why").fill("So that everybody knows whom to ask.");
    await words.getByRole("button", { name: "Show it so" }).click();
    await head.locator("li", { hasText: "whoever stands in for her" }).waitFor();
    await school.sound(head, "worded");

    const leader = await school.logsIn("leader", size, { to: school.museum });
    assert.match(await leader.content(), /whoever stands in for her/, "lists and refusals show the school's words");
    await leader.goto("/policy");
    await leader.getByText("The preset has:").waitFor();
    assert.equal(await leader.getByRole("button", { name: "Change the policy" }).count(), 0, "a leader reads it");
    await school.sound(leader, "read by a leader");
  });
}

test("a form that was authorised before a change, and no longer holds, is shown [FORM-8, REV-1]", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const head = await school.logsIn("head", WIDE, { to: "/policy" });
  await head.getByLabel("People on the emergency route beyond the trip's staff").fill("9");
  await head.locator('form[action="/policy"]').getByLabel("Why").fill("To see what it does.");
  await head.getByRole("button", { name: "Change the policy" }).click();
  const broken = head.locator("section", { hasText: "Authorised forms that no longer hold" });
  await broken.getByText("FORM-8").first().waitFor();
  await school.sound(head, "a form no longer holds");
});

test("the review of the policy is recorded, and when the next is due [REV-1]", async (story) => {
  const school = await opens(story);
  const head = await school.logsIn("head", WIDE, { to: "/policy" });
  await head.getByText("never reviewed").waitFor();
  await head.getByText("Record a review").click();
  await head.getByLabel("What was found, and what is to change").fill("It serves us. Pouches are to be numbered anew.");
  await head.getByRole("button", { name: "It was reviewed" }).click();
  await head.getByText("Last reviewed").waitFor();
  await school.sound(head, "reviewed");
});
