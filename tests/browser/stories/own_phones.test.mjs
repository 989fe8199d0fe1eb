// Pupils' own phones in a queue, an arrangement on a trip, recordings that are off a phone.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`thirty pupils hand in their phones by scanner and fetch them (${name}) [PERS-1]`, async (story) => {
    const school = await opens(story, { outing: "authorised" });
    const pat = await school.logsIn("office", size, { to: "/safeguarding/phones" });
    await school.sound(pat, "no phones");
    await pat.getByLabel("Year group").selectOption({ label: "Year 6" });
    await pat.getByLabel("Locked place").fill("Office cupboard, tray 1");
    // The script has moved the focus, once the page stands.
    const isOn = (field) => pat.waitForFunction((name) => document.activeElement?.getAttribute("name") === name, field);
    const pupil = pat.getByLabel(/^Pupil/);
    await pupil.focus();
    const queue = size === WIDE ? 30 : 3;
    for (let place = 1; place <= queue; place += 1) {
      // As a scanner does: keys, and Enter. The focus is where it has to be.
      await isOn("pupil");
      await pat.keyboard.type(`6B-${String(place).padStart(2, "0")}`);
      await pat.keyboard.press("Enter");
      await isOn("pouch");
      await pat.keyboard.type(String(place + 100));
      await pat.keyboard.press("Enter");
      await pat.getByText(`is in pouch ${place + 100}.`).waitFor();
    }
    await pat.getByRole("heading", { name: `In the pouches: ${queue}` }).waitFor();
    await school.sound(pat, "phones handed in");
    // A pouch that is taken: said, and what was typed stands.
    await pat.keyboard.type("6B-99");
    await pat.keyboard.press("Enter");
    await pat.keyboard.type("102");
    await pat.keyboard.press("Enter");
    const refused = pat.getByRole("alert").first();
    assert.match(await refused.innerText(), /pouch 102 holds a phone/i);
    await school.sound(pat, "a pouch taken");
    // Given back: by scanner, then by tap.
    await pat.goto("/safeguarding/phones");
    await pat.getByLabel("Pouch: scan or write it").fill("101");
    await pat.keyboard.press("Enter");
    await pat.getByText("Pouch 101 is empty").waitFor();
    await isOn("back");
    await pat.getByRole("button", { name: /pouch 102$/ }).click();
    await pat.getByText("Pouch 102 is empty").waitFor();
    await pat.getByRole("heading", { name: `In the pouches: ${queue - 2}` }).waitFor();
    await school.sound(pat, "phones given back");
  });

  test(`an arrangement is agreed by the head and shown on its trip alone (${name}) [PERS-2]`, async (story) => {
    const school = await opens(story, { outing: "authorised" });
    const karin = await school.logsIn("dsl", size, { to: "/safeguarding/arrangements" });
    await school.sound(karin, "no arrangements");
    await karin.getByLabel("Pupil's reference or initials").fill("K.B.");
    await karin.getByLabel("Which device").fill("Glucose sensor's phone");
    await karin.getByLabel("Why", { exact: true }).fill("It alarms when glucose is low.");
    await karin.getByLabel(/medical device/).check();
    await karin.getByLabel("Whose advice was sought").fill("School nurse, 2 November: keep it on and near.");
    await karin.getByLabel("Conditions").fill("In the inside pocket; no photographs.");
    await karin.getByLabel("Agreed by").selectOption({ label: "Marcus Bell" });
    await karin.getByRole("button", { name: "It is agreed" }).click();
    assert.match(await karin.getByRole("alert").first().innerText(), /agreed by the headteacher/, "a senior is no head");
    await school.sound(karin, "an arrangement refused");
    await karin.getByLabel("Agreed by").selectOption({ label: "Ruth Adeyemi" });
    await karin.getByRole("button", { name: "It is agreed" }).click();
    await karin.getByRole("heading", { name: "K.B." }).waitFor();
    await karin.getByLabel("It goes along on").selectOption({ index: 1 });
    await karin.getByRole("button", { name: "Show it there" }).click();
    await karin.getByRole("button", { name: /Take it off/ }).waitFor();
    await school.sound(karin, "an arrangement");
    const ines = await school.logsIn("leader", size, { to: school.museum });
    await ines.getByText("Glucose sensor's phone").waitFor();
    assert.equal(await ines.getByText("It alarms when glucose is low.").count(), 0, "why is not the trip's");
    await school.sound(ines, "a trip with an arrangement");
    await ines.goto("/safeguarding/arrangements");
    await ines.getByText("arrangements are kept by the DSL").waitFor();
    const pat = await school.logsIn("office", size, { to: school.museum });
    await pat.getByRole("heading", { level: 1 }).waitFor();
    const base = await pat.getByText("Glucose sensor's phone").count();
    const holds = await pat.getByText("Pat Winterbourne").count();
    assert.ok(base === 0 || holds > 1, "the office sees it only where it holds base");
  });
}

test("a phone with recordings waits until they are off it [MEDIA-1, MEDIA-2]", async (story) => {
  const school = await opens(story, { outing: "returned" });
  const pat = await school.logsIn("office", WIDE, { to: `/devices/return?trip=${school.stage.museum}` });
  await pat.getByLabel("Tag").fill("WM-001");
  await pat.getByLabel("Good").check();
  await pat.getByLabel("Locked place").fill("Office safe, shelf 2");
  await pat.getByLabel("On a works computer, and off the phone").check();
  await pat.getByRole("button", { name: "It is in" }).click();
  await pat.getByRole("link", { name: /which works computer/i }).waitFor();
  await pat.getByLabel("Still on it: it goes into quarantine").check();
  await pat.getByRole("button", { name: "It is in" }).click();
  await pat.getByText("WM-001 is in.").waitFor();
  await school.stage.quiet();
  await pat.goto("/safeguarding/recordings");
  await pat.getByRole("heading", { name: /WM-001/ }).waitFor();
  await school.sound(pat, "recordings open");
  await pat.getByLabel("Which works computer has them").fill("Library PC 3");
  await pat.getByLabel("Who saw them deleted").selectOption({ label: "Karin Lindqvist" });
  await pat.getByRole("button", { name: "They are off the phone" }).click();
  await pat.getByText("no phone waits in quarantine").waitFor();
  await pat.getByText("on Library PC 3").waitFor();
  await school.sound(pat, "recordings cleared");
  await school.stage.quiet();
  await pat.goto("/devices");
  assert.equal(await pat.getByText("quarantine").count(), 0, "it is back in store");
});
