// A day at a primary school: Year 6 hand in their phones, walk to the museum, and a parent rings the office.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { authorises, isBack, isOver, issues, leaves, signsOff, startsFrom, submits, takesIn } from "../lib/day.mjs";
import { opens } from "../lib/school.mjs";

test("a primary school's day, from the morning's hand-in to the sign-off [PERS-1, PERS-4, PERS-6, DEV-10, CONT-3, USE-1]", async (story) => {
  const school = await opens(story);
  const { stage } = school;
  await startsFrom(school, "Primary school");

  // 08:30: the queue at the office. Only Year 6 bring a phone; another is let in by a senior.
  const pat = await school.logsIn("office", WIDE, { to: "/safeguarding/phones" });
  await pat.getByLabel("Locked place").fill("Office cupboard, tray 1");
  const handsIn = async (year, pupil, pouch) => {
    await pat.getByLabel("Year group").selectOption({ label: year });
    await pat.getByLabel(/^Pupil/).fill(pupil);
    await pat.getByLabel("Pouch", { exact: true }).fill(String(pouch));
    await pat.getByRole("button", { name: "It is in" }).click();
  };
  for (const [at, pupil] of ["6A-01", "6A-02", "6A-03"].entries()) {
    await handsIn("Year 6", pupil, at + 1);
    await pat.getByText(`is in pouch ${at + 1}.`).waitFor();
  }
  await handsIn("Year 5", "5A-09", 4);
  assert.match(await pat.getByRole("alert").first().innerText(), /PERS-4/);
  await pat.getByLabel(/allowed/i).selectOption({ label: "Marcus Bell" });
  await pat.getByRole("button", { name: "It is in" }).click();
  await pat.getByText("is in pouch 4.").waitFor();

  // The walk: form, authorising, phones, and off.
  const walk = { title: "Year 6 to the City Museum", place: "City Museum", group: "Year 6", pupils: 24 };
  const { ines, trip } = await submits(school, walk);
  await authorises(school, trip);
  const desk = await issues(school, trip, { "Ines Okafor": "WM-001", "Tom Hughes": "WM-002" });
  await desk.goto(`${trip}/cards`);
  const card = await desk.locator('[data-card="family"]').innerText();
  assert.match(card, /01632 960001/, "families ring the school");
  assert.doesNotMatch(card, /07700/, "and no work mobile [CONT-3]");
  await school.sound(desk, "the cards");
  await stage.at("09:15");
  await leaves(ines, trip, { "Year 6": 24 });

  // The leader's phone, by one thumb; a parent rings the office meanwhile.
  const phone = await school.opensLink("WM-001", PHONE);
  await stage.at("10:10");
  await phone.getByLabel("Pupils counted").fill("24");
  await phone.getByRole("button", { name: "All well" }).click();
  await phone.getByText(/The office has: All well/).waitFor();
  await stage.ringsSchool("07700 900555", { takenBy: "01632 960001" });
  await desk.goto("/calls");
  await school.sound(desk, "the parent's call");
  assert.doesNotMatch(await desk.locator("main").innerText(), /07700 900555/, "a parent who was put through leaves no number [CONT-4]");

  // Back by text, phones in, pupils fetch theirs; one doesn't.
  await stage.at("11:10");
  await stage.sends("WM-001", "OK 24");
  await stage.at("11:40");
  await stage.sends("WM-001", "BACK 24");
  await isBack(ines, trip, 24);
  const safe = await takesIn(school, trip, ["WM-001", "WM-002"]);
  await isOver(school, safe, trip);
  await stage.at("15:10");
  await pat.goto("/safeguarding/phones");
  for (const pouch of [1, 2, 4]) {
    await pat.getByLabel("Pouch: scan or write it").fill(String(pouch));
    await pat.keyboard.press("Enter");
    await pat.getByText(`Pouch ${pouch} is empty`).waitFor();
  }
  await stage.at("16:15");
  await pat.goto("/safeguarding/phones");
  await pat.getByText(/not fetched/i).first().waitFor();
  await school.sound(pat, "one was not fetched");

  const log = await signsOff(school);
  assert.match(log, /WM-001[\s\S]*Ines Okafor/, "whose hands it was in");
});
