// A day of work placements: a visit to a student's placement, a home visit alone, and a landline that fails.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { authorises, isBack, isOver, issues, leaves, signsOff, startsFrom, submits, takesIn } from "../lib/day.mjs";
import { opens } from "../lib/school.mjs";

const LANDLINE = "01632 960001";

test("a placement visit while the landline fails, and a home visit alone [FORM-7, CONT-1, CONT-2, CHECK-1, CHECK-6]", async (story) => {
  const school = await opens(story);
  const { stage } = school;
  await startsFrom(school, "Work placements");
  const garage = { title: "Visit to Dean's placement", place: "Harbour Motors", group: "Dean", pupils: 1, to: "12:45" };
  const { ines, trip } = await submits(school, garage, async (form) => {
    await form.getByLabel("Kind").selectOption({ label: "work placement" });
    await form.getByLabel("Where its own phone rules are on file").fill("Placements folder, Harbour Motors");
    await form.getByLabel("Student inducted in them on").fill("2026-11-09");
    await form.getByLabel("Organisation").fill("Harbour Motors");
    await form.getByLabel("Contact there").fill("Reception");
    await form.getByLabel("Its number").fill("01632 960170");
    await form.getByLabel("Told of devices, and concerns resolved, on").fill("2026-11-09");
  });
  await authorises(school, trip);
  const pat = await issues(school, trip, { "Ines Okafor": "WM-001", "Tom Hughes": "WM-002" });
  await stage.at("09:15");
  await leaves(ines, trip, { Dean: 1 });

  // Nobody can be reached by the landline: whoever rings the school is put through to base's work mobile.
  await stage.ringsOut(LANDLINE);
  await stage.ringsSchool("01632 960123", { takenBy: stage.phones["WM-009"].number });
  await pat.goto("/lines");
  const landline = pat.locator(".panel").filter({ hasText: LANDLINE }).first();
  await landline.getByText("Mark its health, or remove it").click();
  await landline.getByLabel("What was noticed").fill("No dialling tone since nine");
  await landline.getByRole("button", { name: "It is down" }).click();
  await pat.getByText("the landline is down: what follows it takes over").first().waitFor();
  await school.sound(pat, "the landline is down");
  await stage.at("10:05");
  await stage.sends("WM-001", "OK 1");
  await pat.goto("/lines");
  await landline.getByText("Mark its health, or remove it").click();
  await landline.getByLabel("What was noticed").fill("It rings again");
  await landline.getByRole("button", { name: "It works" }).click();
  await pat.getByText("the landline is down: what follows it takes over").first().waitFor({ state: "detached" });
  await stage.at("10:20");
  await isBack(ines, trip, 1);
  await isOver(school, await takesIn(school, trip, ["WM-001", "WM-002"]), trip);

  // Alone to a family: a duress word is asked for, and a word every twenty minutes.
  const home = { title: "Home visit, Oak Lane", place: "Oak Lane", group: "The visit", pupils: 0, mobiles: ["WM-001"], from: "11:00", to: "12:30" };
  const visit = await submits(school, home, async (form) => {
    await form.getByLabel("Kind").selectOption({ label: "home visit" });
    await form.getByLabel("Every so many minutes").fill("20");
  });
  await authorises(school, visit.trip);
  await issues(school, visit.trip, { "Ines Okafor": "WM-001" });
  await stage.at("11:00");
  await visit.ines.goto(visit.trip);
  await visit.ines.getByLabel("The visit", { exact: true }).first().fill("0");
  await visit.ines.getByRole("button", { name: "The party leaves now" }).click();
  assert.match(await visit.ines.getByRole("alert").first().innerText(), /duress/i, "nobody goes alone without a duress word");
  await visit.ines.getByLabel("Duress word").fill("heron");
  await leaves(visit.ines, undefined, { "The visit": 0 });
  const phone = await school.opensLink("WM-001", PHONE, { words: "Home visit, Oak Lane: your trip page" });
  await stage.at("11:18");
  await phone.getByRole("button", { name: "All well" }).click();
  await phone.getByText(/The office has: All well/).waitFor();
  // The word, in what looks like any other text: base is told, and the phone shows what it always shows.
  await stage.sends("WM-001", "OK heron");
  const base = await school.logsIn("office", WIDE);
  await base.getByText(/duress/i).first().waitFor();
  await school.sound(base, "the board: duress, for base alone");
  await phone.reload();
  assert.doesNotMatch(await phone.locator("body").innerText(), /duress|alert/i);
  await base.getByRole("button", { name: "I have it" }).first().click();
  await base.getByRole("link", { name: /Resolve/ }).first().click();
  await base.getByLabel("Why it is over").fill("The police were there in four minutes; Ines is safe.");
  await base.getByRole("button", { name: "Resolve", exact: true }).click();
  await base.getByText("The police were there in four minutes").first().waitFor();
  await stage.at("11:35");
  await isBack(visit.ines, visit.trip, 0);
  await isOver(school, await takesIn(school, visit.trip, ["WM-001"]), visit.trip);
  const log = await signsOff(school);
  assert.match(log, /Home visit, Oak Lane/);
});
