// A day of a music service: a tour whose pupils have agreed numbers for emergencies, recordings that are off the phone by night.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE } from "../lib/browser.mjs";
import { authorises, isBack, isOver, issues, leaves, signsOff, startsFrom, submits, takesIn } from "../lib/day.mjs";
import { opens } from "../lib/school.mjs";

test("a music service's tour: agreed numbers, recordings sent on, deleted and witnessed [CONT-5, MEDIA-1, MEDIA-2, MEDIA-3]", async (story) => {
  const school = await opens(story);
  const { stage } = school;
  await startsFrom(school, "Music service");
  const tour = { title: "Youth strings to the cathedral", place: "Cathedral", group: "Strings", pupils: 18, to: "17:45" };
  const { ines, trip } = await submits(school, tour, async (form) => {
    await form.getByLabel("Kind").selectOption({ label: "tour" });
    await form.getByLabel(/Photographs, film or sound are planned/).check();
    await form.getByLabel("Reference of the consents to recording").fill("Tour consents 2026");
    await form.getByText("On a tour: work mobiles' numbers for pupils").click();
    await form.getByLabel("Agreed by").selectOption({ label: "Marcus Bell" });
    await form.getByLabel("Whose number").first().selectOption({ label: "Ines Okafor" });
    await form.getByLabel("Organisation").fill("Cathedral");
    await form.getByLabel("Contact there").fill("Vergers' office");
    await form.getByLabel("Its number").fill("01632 960160");
    await form.getByLabel("Told of devices, and concerns resolved, on").fill("2026-11-16");
  });
  // Before it is authorised no number of a work mobile is printed for a pupil.
  await ines.goto(`${trip}/cards`);
  assert.doesNotMatch(await ines.locator('[data-card="pupil"]').innerText(), /07700/);
  await authorises(school, trip);
  await ines.goto(`${trip}/cards`);
  const card = await ines.locator('[data-card="pupil"]').innerText();
  assert.match(card, /07700 900101/, "Ines's, as agreed");
  assert.doesNotMatch(card, /07700 900102/, "and nobody else's");
  await school.sound(ines, "the pupils' card");

  await issues(school, trip, { "Ines Okafor": "WM-001", "Tom Hughes": "WM-002" });
  await stage.at("09:15");
  await leaves(ines, trip, { Strings: 18 });
  const phone = await school.opensLink("WM-001", PHONE);
  for (const time of ["10:10", "11:10", "12:10", "13:10"]) {
    await stage.at(time);
    await phone.getByLabel("Pupils counted").fill("18");
    await phone.getByRole("button", { name: "All well" }).click();
    await phone.locator("#queue li[data-standing=taken]").first().waitFor();
    await stage.quiet();
  }
  // A pupil rings the number on the card: that is a call on a work mobile, which the leader writes down.
  await stage.sends("WM-001", "BACK 18");
  await isBack(ines, trip, 18);

  // The concert is still on WM-001: quarantine, until it is on a works computer, sent on as consented, and seen deleted.
  await takesIn(school, trip, ["WM-002"]);
  const pat = await takesIn(school, trip, ["WM-001"], "Still on it: it goes into quarantine");
  await stage.quiet();
  await pat.goto("/safeguarding/recordings");
  await pat.getByRole("heading", { name: /WM-001/ }).waitFor();
  await pat.getByText("Tour consents 2026").waitFor();
  await pat.getByLabel("Which works computer has them").fill("Music office PC");
  await pat.getByLabel("Sent on to, as consented (nobody: leave empty)").fill("Families of the strings");
  await pat.getByLabel("Who saw them deleted").selectOption({ label: "Karin Lindqvist" });
  await pat.getByRole("button", { name: "They are off the phone" }).click();
  await pat.getByText("no phone waits in quarantine").waitFor();
  await pat.getByText(/Families of the strings/).waitFor();
  await school.sound(pat, "recordings are off the phone");
  await isOver(school, pat, trip);
  const log = await signsOff(school);
  assert.match(log, /WM-001/);
});
