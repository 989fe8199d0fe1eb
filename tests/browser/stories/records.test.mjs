// What is kept about people, who opened it, and a term in figures: found, held, erased, given out, printed; refused to others.
import assert from "node:assert/strict";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

const SIZES = [[WIDE, "wide"], [PHONE, "phone"]];

/** A file that the page's own session gets. */
async function gets(page, path) {
  const answer = await page.request.get(path);
  return { status: answer.status(), type: answer.headers()["content-type"], text: await answer.text() };
}

async function arranges(page) {
  await page.goto("/safeguarding/arrangements");
  await page.getByLabel("Pupil's reference or initials").fill("=K.B.");
  await page.getByLabel("Which device").fill("Glucose sensor's phone");
  await page.getByLabel("Why", { exact: true }).fill("It alarms when glucose is low.");
  await page.getByLabel(/medical device/).check();
  await page.getByLabel("Whose advice was sought").fill("School nurse, 2 November: keep it on and near.");
  await page.getByLabel("Conditions").fill("In the inside pocket.");
  await page.getByLabel("Agreed by").selectOption({ label: "Ruth Adeyemi" });
  await page.getByRole("button", { name: "It is agreed" }).click();
  await page.getByRole("heading", { name: "=K.B." }).waitFor();
}

for (const [size, name] of SIZES) {
  test(`the governors' report: a missed check-in, who had it, an exception, an incident; on one A4 (${name})`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const { stage } = school;
    const karin = await school.logsIn("dsl", size, { to: "/governors" });
    await karin.getByText("There was none.").waitFor();
    await school.sound(karin, "a report of little");
    await stage.nobodyAnswers();
    await stage.at("09:44");
    const pat = await school.logsIn("office", WIDE);
    await pat.getByRole("button", { name: /I have it/ }).first().click();
    await pat.getByText(/Pat Winterbourne/).first().waitFor();
    const report = { incident: "00000000-0000-7000-8000-00000000a001", kind: "phone", danger: { over: {} }, trip: null, happened_at: "2026-11-20T09:00:00Z", about: null, what: { $personal: "A phone was filmed with." } };
    await stage.asks("Ines", "safeguarding", "ReportIncident", report);
    await arranges(karin);
    await stage.quiet();
    await karin.goto("/governors");
    const tile = async (of) => karin.locator(".tiles > div", { has: karin.locator("dt", { hasText: of }) }).locator("dd").innerText();
    assert.equal(await tile("trips left"), "1");
    assert.equal(await tile("pupils"), "24");
    assert.equal(await tile("incidents"), "1 to 4", "small numbers are a range");
    assert.match(await tile("alerts"), /^1$/);
    const row = (of) => karin.getByRole("row", { name: of });
    await row(/A phone misused or missing 1 to 4/).waitFor();
    await row(/Pupils' devices, by arrangement 1 to 4/).waitFor();
    assert.equal(await karin.getByText("K.B.").count(), 0, "no names");
    await karin.getByRole("img", { name: /Check-ins, week by week/ }).waitFor();
    await karin.$$eval("main details", (all) => all.forEach((details) => (details.open = true)));
    await school.sound(karin, "the governors' report");
    const { status, type, text } = await gets(karin, await karin.getByRole("link", { name: "As CSV" }).getAttribute("href"));
    assert.ok(status === 200 && type.startsWith("text/csv"), `${status} ${type}`);
    assert.match(text, /"trips that left","week of 2026-11-16","1"/);
    assert.match(text, /"check-ins missed","week of 2026-11-16","1"/);
    await karin.goto("/governors?from=2026-11-20&to=2026-11-19");
    await karin.getByText(/Give a first and a last day/).waitFor();
    await school.sound(karin, "days that are none");
    if (size === PHONE) return;
    await karin.goto("/governors");
    const pdf = (await karin.pdf({ preferCSSPageSize: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1, "one sheet");
    assert.match(pdf, /\/MediaBox\s*\[0 0 59[45]\S* 84[12]/, "A4");
  });

  test(`records: a person is looked for, held, given out, erased; who opened what is told (${name})`, async (story) => {
    const school = await opens(story, { outing: "authorised" });
    const karin = await school.logsIn("dsl", size, { to: "/safeguarding/phones" });
    await karin.getByLabel("Year group").selectOption({ label: "Year 6" });
    await karin.getByLabel("Locked place").fill("Office cupboard, tray 1");
    await karin.getByLabel(/^Pupil/).fill("=Milo L.");
    await karin.locator("[name=trip]").selectOption("");
    await karin.getByLabel("Pouch", { exact: true }).fill("7");
    await karin.getByRole("button", { name: "It is in" }).click();
    await karin.getByText("is in pouch 7.").waitFor();
    const { text: register } = await gets(karin, "/safeguarding/phones.csv");
    assert.match(register, /"7","'=Milo L\."/, "no spreadsheet runs it");
    await school.stage.asks("Karin", "safeguarding", "GivePhoneBack", { pouch: 7 });
    await school.stage.quiet();

    await karin.goto("/records");
    await school.sound(karin, "records");
    await karin.getByText("Hold records", { exact: true }).click();
    await karin.getByLabel("Everything").check();
    await karin.getByLabel("Who asked for it, and why").fill("The court asked.");
    await karin.getByRole("button", { name: "Hold them" }).click();
    await karin.getByText("The court asked.").waitFor();
    await school.sound(karin, "records held");
    assert.match((await gets(karin, "/records/holds.csv")).text, /"Everything","The court asked\."/);
    await karin.goto("/records/person?name=milo");
    await karin.getByText("Nothing can be erased now.").waitFor();
    await karin.goto("/records");
    await karin.getByText("Lift it").click();
    await karin.getByLabel("Why it is over").fill("The court is done.");
    await karin.getByRole("button", { name: "Lift the hold" }).click();
    await karin.getByText("Nothing is held.").waitFor();

    await karin.getByLabel("Or a name, initials or a number").fill("Milo");
    await karin.getByRole("button", { name: "Look through the journals" }).click();
    await karin.getByText("Erase 1 entries").waitFor();
    await school.sound(karin, "what is kept about somebody");
    const zip = await karin.request.get(await karin.getByRole("link", { name: "Give it out (zip)" }).getAttribute("href"));
    assert.equal((await zip.body()).subarray(0, 2).toString(), "PK");
    await karin.getByText("Erase 1 entries").click();
    await karin.getByLabel(/I have looked at what goes/).check();
    await karin.getByRole("button", { name: "Erase it for good" }).click();
    await karin.getByText("1 entries were erased.").waitFor();
    await school.sound(karin, "erased");

    await karin.goto("/records/readings");
    await karin.locator("tbody").getByText("all of a person, given out").first().waitFor();
    await school.sound(karin, "readings");
    await karin.getByLabel("What", { exact: true }).selectOption("erased on request");
    await karin.getByRole("button", { name: "Show" }).click();
    await karin.waitForURL(/what=erased/);
    assert.equal(await karin.locator("tbody tr").count(), 1);
    await karin.goto("/data-protection");
    await karin.getByText("Hand-in register").first().waitFor();
    await school.sound(karin, "data protection");
    assert.match((await gets(karin, "/data-protection.csv")).text, /^\uFEFF?"kind","what","about"/);
  });

  test(`records and the governors' report are refused to a role without the right, and say whom they are for (${name})`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const ines = await school.logsIn("leader", size);
    for (const path of ["/records", "/records/readings", "/records/person?name=milo", "/governors"]) {
      const answer = await ines.goto(path);
      assert.equal(answer.status(), 403, path);
      await ines.getByRole("heading", { name: "This page is not for your role" }).waitFor();
      await ines.getByText(/the DSL/).waitFor();
      await school.sound(ines, `refused ${path}`);
      assert.equal(await ines.getByText(/Larkspur|given out/).count(), 0);
    }
    for (const path of ["/records/readings.csv", "/records/holds.csv", "/records/person.zip?name=milo", "/governors.csv", "/safeguarding/recordings.csv"]) {
      const { status, text } = await gets(ines, path);
      assert.ok(status === 403 && !text.startsWith("\uFEFF"), `${path}: ${status}`);
    }
    assert.equal((await gets(ines, "/safeguarding/incidents.csv")).text.trim().split("\n").length, 1, "to others there are none");
    await ines.goto("/data-protection");
    await ines.getByRole("heading", { level: 1, name: "Data protection" }).waitFor();
    await school.sound(ines, "data protection is for all");
    await ines.goto("/safeguarding");
    assert.equal(await ines.getByRole("link", { name: /Governors' report/ }).count(), 0);
  });
}

test("the evening's alert of recordings leads to where they are cleared [MEDIA-2]", async (story) => {
  const school = await opens(story, { outing: "returned" });
  const pat = await school.logsIn("office", WIDE, { to: `/devices/return?trip=${school.stage.museum}` });
  await pat.getByLabel("Tag").fill("WM-001");
  await pat.getByLabel("Locked place").fill("Office safe, shelf 2");
  await pat.getByLabel("Good").check();
  await pat.getByLabel("Still on it: it goes into quarantine").check();
  await pat.getByRole("button", { name: "It is in" }).click();
  await pat.getByText("WM-001 is in.").waitFor();
  await school.stage.nobodyAnswers();
  await school.stage.at("20:30");
  const karin = await school.logsIn("dsl", WIDE, { to: "/alerts" });
  await karin.getByText(/recordings on one phone were not cleared/i).first().waitFor();
  await school.sound(karin, "recordings are open");
  await karin.goto("/");
  await karin.getByRole("link", { name: "Clear the recordings" }).first().click();
  await karin.getByRole("heading", { name: /WM-001/ }).waitFor();
  assert.equal(new URL(karin.url()).pathname, "/safeguarding/recordings");
});
