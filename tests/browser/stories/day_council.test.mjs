// A day in a council's further education: nobody leaves before every number is on the form, authorised, and every phone in hand.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { authorises, isBack, isOver, issues, leaves, signsOff, startsFrom, takesIn } from "../lib/day.mjs";
import { fillsForm } from "../lib/forms.mjs";
import { opens } from "../lib/school.mjs";

test("a council college's day: each rule holds before anyone leaves [FORM-1, FORM-2, FORM-5, DEV-5, PERS-7]", async (story) => {
  const school = await opens(story);
  const { stage } = school;
  await startsFrom(school, "Council further education");
  const gallery = { title: "Art foundation to the gallery", place: "Harbour gallery", group: "Art foundation", pupils: 12, mobiles: ["WM-001", ""] };

  // A number is missing, the host was not told, and a volunteer has not accepted the rules: it is refused with all three.
  const ines = await school.logsIn("leader", WIDE, { to: "/trips/new" });
  await fillsForm(ines, gallery);
  await ines.getByLabel("Leaves school").fill("2026-11-20T09:15");
  await ines.getByLabel("Back at school").first().fill("2026-11-20T14:45");
  await ines.getByLabel("Organisation").fill("Harbour gallery");
  await ines.getByLabel("Contact there").fill("Front desk");
  await ines.getByLabel("Its number").fill("01632 960150");
  await ines.getByText("Volunteers", { exact: true }).click();
  await ines.locator('[name="volunteers[0].name"]').fill("Maud Ellery");
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByText("The form is saved.").waitFor();
  const trip = new URL(ines.url()).pathname;
  await ines.getByRole("button", { name: "Submit for authorising" }).click();
  const refused = ines.getByRole("alert").filter({ hasText: "refused" });
  await refused.waitFor();
  const red = (await ines.locator(".checklist .no").allInnerTexts()).join("\n");
  for (const rule of ["FORM-1", "FORM-5", "PERS-7"]) assert.match(red, new RegExp(rule));
  await school.sound(ines, "submitting refused");

  // Mended: the gallery was told on Wednesday, Maud accepted, Tom carries WM-002.
  await ines.goto(`${trip}/edit`);
  await ines.getByLabel("Work mobile").nth(1).fill("WM-002");
  await ines.getByLabel("Told of devices, and concerns resolved, on").fill("2026-11-18");
  await ines.locator('[name="volunteers[0].accepted_rules"]').check();
  await ines.getByRole("button", { name: "Save the form" }).click();
  await ines.getByText("The form is saved.").waitFor();
  await ines.getByRole("button", { name: "Submit for authorising" }).click();
  await ines.getByText("waits to be authorised").first().waitFor();
  await stage.at("09:15");

  // Nobody has authorised it: there is no way to leave but the one that is recorded as such.
  await ines.goto(trip);
  assert.equal(await ines.getByRole("button", { name: "The party leaves now" }).count(), 0);
  await authorises(school, trip);
  await ines.goto(trip);
  await ines.getByLabel("Art foundation", { exact: true }).first().fill("12");
  await ines.getByRole("button", { name: "The party leaves now" }).click();
  const without = ines.getByRole("alert").filter({ hasText: "refused" });
  assert.match(await without.innerText(), /Ines Okafor[\s\S]*DEV-5[\s\S]*Tom Hughes[\s\S]*DEV-5/, "each one without a phone is named");
  const pat = await issues(school, trip, { "Ines Okafor": "WM-001", "Tom Hughes": "WM-002" });
  await leaves(ines, trip, { "Art foundation": 12 });

  // On the way; the host's card has the trip's phones, as the setting allows.
  await pat.goto(`${trip}/cards`);
  assert.match(await pat.locator('[data-card="host"]').innerText(), /07700 900101/);
  const phone = await school.opensLink("WM-001", PHONE);
  await stage.at("10:10");
  await phone.getByLabel("Pupils counted").fill("12");
  await phone.getByRole("button", { name: "All well" }).click();
  await phone.getByText(/The office has: All well/).waitFor();
  await stage.at("11:10");
  await stage.sends("WM-002", "OK 12");
  await stage.at("11:30");
  await isBack(ines, trip, 12);
  await isOver(school, await takesIn(school, trip, ["WM-001", "WM-002"]), trip);
  const log = await signsOff(school);
  assert.match(log, /WM-002[\s\S]*Tom Hughes/);
});
