// A day in a group of special schools: a basic phone for a medical need, a post-16 student who keeps theirs, a pupil who travels
// directly, and a phone that goes missing.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { authorises, isBack, isOver, issues, leaves, signsOff, startsFrom, submits, takesIn } from "../lib/day.mjs";
import { opens } from "../lib/school.mjs";

test("a special school's day, and an incident to its end [DEV-7, PERS-3, FORM-6, DEV-8, DEV-9, INC-1, INC-2, INC-4]", async (story) => {
  const school = await opens(story);
  const { stage } = school;
  await startsFrom(school, "Group of special schools and colleges");
  const farm = { title: "Willow class to the stables", place: "Oakfield Stables", group: "Willow", pupils: 6 };
  const { ines, trip } = await submits(school, farm, async (form) => {
    await form.getByText("Pupils who get a basic phone").click();
    await form.locator('[name="pupil_phones[0].name"]').fill("Asha");
    await form.locator('[name="pupil_phones[0].reason"]').fill("Epilepsy: must be able to call at once");
    await form.getByText("Pupils who travel directly to a provider").click();
    const direct = form.locator("#f-direct");
    await direct.getByLabel("First name or initials").fill("Kit");
    await direct.getByLabel("Provider", { exact: true }).fill("Oakfield Stables");
    await direct.getByLabel("Arrival due").fill("2026-11-20T09:30");
    await direct.getByLabel("Who there confirms it").fill("Jo Reed");
    await direct.getByLabel("The provider's line").fill("01632 960111");
    await direct.getByLabel("Personal devices there").fill("In the tack room's drawer, off");
    await form.getByLabel("Organisation").fill("Oakfield Stables");
    await form.getByLabel("Contact there").fill("Yard office");
    await form.getByLabel("Its number").fill("01632 960112");
    await form.getByLabel("Told of devices, and concerns resolved, on").fill("2026-11-16");
  });

  // A post-16 student keeps theirs: only under the approach that the regional director signed.
  const karin = await school.logsIn("dsl", WIDE, { to: "/safeguarding/arrangements" });
  await karin.getByLabel("Whose").first().selectOption({ label: "A post-16 group, under a signed approach" });
  await karin.getByLabel("Pupil's reference or initials, or the group").fill("Willow sixth form");
  await karin.getByLabel("Which device").fill("Their own phones");
  await karin.getByLabel("Why", { exact: true }).fill("Travel training");
  await karin.getByLabel("Whose advice was sought").fill("Travel trainer, 2 November: they find their way by it.");
  await karin.getByLabel("Conditions").fill("In a pocket, off in the yard; no photographs.");
  await karin.getByLabel("Agreed by").selectOption({ label: "Ruth Adeyemi" });
  await karin.getByRole("button", { name: "It is agreed" }).click();
  assert.match(await karin.getByRole("alert").first().innerText(), /PERS-3|regional director/, "a head's word is not enough");
  await karin.getByLabel("Reference of the signed post-16 approach").fill("Approach RD-2026-4");
  await karin.getByRole("button", { name: "It is agreed" }).click();
  await karin.getByRole("heading", { name: "Willow sixth form" }).waitFor();
  await karin.getByLabel("It goes along on").selectOption({ index: 1 });
  await karin.getByRole("button", { name: "Show it there" }).click();
  await karin.getByRole("button", { name: /Take it off/ }).waitFor();

  await authorises(school, trip);
  const pat = await issues(school, trip, { "Ines Okafor": "WM-001", "Tom Hughes": "WM-002", Asha: "BP-001" });
  await stage.at("09:15");
  await leaves(ines, trip, { Willow: 6 });
  await ines.getByText("Their own phones").waitFor();
  await stage.at("09:28");
  await pat.goto("/");
  await pat.locator(".arrival").filter({ hasText: "Kit" }).getByRole("button", { name: "Has arrived" }).click();
  await pat.locator(".arrival").waitFor({ state: "detached" });
  const phone = await school.opensLink("WM-001", PHONE);
  await stage.at("10:10");
  await phone.getByLabel("Pupils counted").fill("6");
  await phone.getByRole("button", { name: "All well" }).click();
  await phone.getByText(/The office has: All well/).waitFor();

  // Tom's phone is gone: declared lost, its SIM to be barred; whoever misses it reports it in a minute.
  await pat.goto(`/devices/${stage.phones["WM-002"].id}`);
  await pat.getByText("It is lost", { exact: true }).click();
  await pat.getByLabel("What is known").fill("Left on a fence at the yard; two visitors stood there.");
  await pat.getByRole("button", { name: "Declare it lost" }).click();
  await pat.getByRole("button", { name: "IT has barred the SIM" }).click();
  await pat.getByText("SIM barred").first().waitFor();
  await ines.goto("/safeguarding");
  await ines.getByLabel("Is somebody in danger now?").selectOption({ label: "No, nobody is in danger now" });
  await ines.getByLabel("What happened").fill("Tom's work mobile was taken at the stables.");
  await ines.getByLabel("What it is about").selectOption({ label: "A phone misused or missing" });
  await ines.getByLabel("When it happened").fill("2026-11-20T10:05");
  await ines.getByLabel("Is it a concern about an adult who works here?").selectOption({ label: "No" });
  await ines.getByRole("button", { name: "Report it now" }).click();
  await ines.getByText("Now tell them in person").waitFor();
  await school.sound(ines, "reported");
  await stage.quiet();

  // Back, with one phone less: it closes all the same, for somebody has declared it lost.
  await stage.at("11:05");
  await isBack(ines, trip, 6);
  await isOver(school, await takesIn(school, trip, ["WM-001", "BP-001"]), trip);

  // The DSL: told, judged, written up, the outside body, parents, debrief, closed.
  await stage.at("11:30");
  await karin.goto("/safeguarding");
  await karin.getByRole("link", { name: "A phone misused or missing" }).click();
  await karin.getByText("Still missing:").waitFor();
  await karin.getByLabel("Who told you in person").selectOption({ label: "Ines Okafor" });
  await karin.getByLabel("When", { exact: true }).fill("2026-11-20T11:20");
  await karin.getByRole("button", { name: "I was told in person" }).click();
  await karin.getByLabel("Why", { exact: true }).first().fill("No data of pupils on it; barred within minutes.");
  await karin.getByRole("button", { name: "It is not", exact: true }).click();
  await karin.getByText("not serious", { exact: true }).waitFor();
  await karin.getByLabel("Account").fill("Tom laid it on the fence at ten, missed it at five past. Two visitors were there.");
  await karin.getByLabel("Reference in the school's own record system").fill("CP-2026-88");
  await karin.getByRole("button", { name: "It is written up" }).click();
  await karin.getByText("missed it at five past").waitFor();
  await karin.getByLabel("Or why not", { exact: true }).fill("No pupil is concerned.");
  await karin.getByRole("button", { name: "They are not told" }).click();
  await karin.getByText("No pupil is concerned.").first().waitFor();
  await karin.getByText("Record the debrief").click();
  await karin.getByLabel("What was learnt").fill("A phone that is laid down is gone.");
  await karin.getByLabel("What is changed").fill("Lanyards for all work mobiles.");
  await karin.getByRole("button", { name: "Record it", exact: true }).click();
  await karin.getByText("Lanyards for all work mobiles.").waitFor();
  await school.sound(karin, "an incident, all but closed");
  await karin.getByRole("button", { name: "Close the incident" }).click();
  await karin.getByText("closed", { exact: true }).first().waitFor();
  const log = await signsOff(school);
  assert.match(log, /WM-002[\s\S]*Tom Hughes/);
});
