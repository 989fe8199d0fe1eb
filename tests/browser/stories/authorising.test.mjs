// A senior authorises from a corridor, or sends back with a reason; nobody else can.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`a senior sends back, then authorises (${name}) [FORM-2]`, async (story) => {
    const school = await opens(story, { outing: "submitted" });
    const marcus = await school.logsIn("senior", size, { to: school.museum });
    await school.sound(marcus, "to authorise");
    await marcus.getByText("Send it back").click();
    await marcus.getByRole("button", { name: "Send back" }).click();
    assert.match(await marcus.getByRole("alert").innerText(), /what should be changed/i, "a reason is asked");
    await marcus.getByLabel("What should be changed").fill("Say where you eat");
    await marcus.getByRole("button", { name: "Send back" }).click();
    await marcus.getByText("Say where you eat").waitFor();
    await school.sound(marcus, "sent back");

    const ines = await school.logsIn("leader", size, { to: school.museum });
    await ines.getByText("Say where you eat").waitFor();
    await ines.getByRole("button", { name: "Submit for authorising" }).click();
    await ines.getByText("It waits for a senior member of staff").waitFor();
    assert.equal(await ines.getByRole("button", { name: /Authorise/ }).count(), 0, "a leader authorises nothing");

    await marcus.reload();
    await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
    await marcus.getByText("Authorised by Marcus Bell").waitFor();
    await school.sound(marcus, "authorised");
  });
}

test("a form that changed since it was opened is not authorised unseen [FORM-4]", async (story) => {
  const school = await opens(story, { outing: "submitted" });
  const marcus = await school.logsIn("senior", PHONE, { to: school.museum });
  const ines = await school.logsIn("leader", WIDE, { to: `${school.museum}/edit` });
  await ines.getByLabel("Transport (optional)").fill("By coach");
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByRole("button", { name: "Submit for authorising" }).click();
  await marcus.getByText("This has changed since you opened it.").waitFor();
  await marcus.getByRole("button", { name: "Authorise it as it stands" }).click();
  assert.match(await marcus.getByRole("alert").innerText(), /transport/i);
  await school.sound(marcus, "authorising refused");
});

test("before authorising: the trip's hours, the ladder as it would run, and what changed since it was sent back [FORM-4, FORM-8]", async (story) => {
  const school = await opens(story, { outing: "submitted" });
  const marcus = await school.logsIn("senior", PHONE, { to: school.museum });
  const hours = marcus.getByRole("region", { name: /Reachable over the trip's hours/ });
  assert.equal(await hours.locator("svg.bar").count(), 5);
  await hours.getByText("09:00 to 13:00: Ruth Adeyemi (work mobile)").waitFor();
  const ladder = await marcus.getByRole("region", { name: "If a check-in is missed" }).locator("li").allInnerTexts();
  assert.deepEqual(ladder.map((line) => line.split("\n")[0]), ["at once", "2 min", "4 min", "7 min", "12 min"]);
  assert.match(ladder[2], /the school's lines, Ruth Adeyemi/);
  await marcus.getByText("Send it back").click();
  await marcus.getByLabel("What should be changed").fill("Go by bus");
  await marcus.getByRole("button", { name: "Send back" }).click();
  await marcus.getByText("Go by bus").waitFor();
  const ines = await school.logsIn("leader", WIDE, { to: `${school.museum}/edit` });
  await ines.getByLabel("Transport (optional)").fill("By bus 76");
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByRole("button", { name: "Submit for authorising" }).click();
  await ines.getByText("It waits for a senior member of staff").waitFor();
  await marcus.goto(school.museum);
  const since = marcus.getByRole("region", { name: /Changed since Marcus Bell sent it back/ });
  assert.match(await since.innerText(), /was\s+Transport: On foot[\s\S]*now\s+Transport: By bus 76/);
  await school.sound(marcus, "what changed since it was sent back");
});

test("a pupil without the phone they need is named in red before the party leaves [DEV-7]", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const ines = await school.logsIn("leader", WIDE, { to: school.museum });
  await ines.locator(".checklist .no").getByText("Asha:").waitFor();
  await ines.getByLabel("Year 6", { exact: true }).first().fill("24");
  await ines.getByRole("button", { name: "The party leaves now" }).click();
  const refused = ines.getByRole("alert").filter({ hasText: "refused" });
  await refused.getByText("Asha:").waitFor();
});
