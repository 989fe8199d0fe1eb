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
