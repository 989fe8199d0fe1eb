// Registers in and out as sheets: shown before anything changes, each cell that can't be taken named with what would do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

const csv = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

test("people come in: what is wrong is named by row and column, what is right is taken, once", async (story) => {
  const school = await opens(story);
  const pat = await school.logsIn("office", WIDE, { to: "/people" });
  await pat.getByRole("link", { name: "Import or export" }).click();
  await school.sound(pat, "people as a sheet");
  await pat.getByLabel("The file").setInputFiles(csv("staff.csv", [
    "Name;Standing;Roles;May hold a work mobile",
    "Amina Yusuf;staff;leader; yes",
    "Ben Carter;pirate;leader;no",
    "Chloë Grant;supply staff;leader, juggler;yes",
    "Tom Hughes;staff;leader;",
    "Amina Yusuf;staff;office;",
    ";staff;;",
  ].join("\r\n")));
  await pat.getByRole("button", { name: "Show what it would do" }).click();
  await pat.getByRole("heading", { name: "What can't be taken" }).waitFor();
  const bad = await pat.getByRole("region", { name: "What can't be taken" }).locator("tbody tr").allInnerTexts();
  assert.ok(bad.some((line) => /3\s+Ben Carter\s+standing\s+.*write one of: staff, supply staff/i.test(line)), bad.join("\n"));
  assert.ok(bad.some((line) => /4\s+Chloë Grant\s+roles\s+.*juggler/i.test(line)));
  assert.ok(bad.some((line) => /6\s+Amina Yusuf\s+name\s+.*row 2/i.test(line)), "the same person twice");
  assert.ok(bad.some((line) => /7\s+name\s+Write the name/i.test(line)));
  await school.sound(pat, "a sheet with faults");
  await pat.goto("/people?q=amina");
  await pat.getByText("Nobody is found.").waitFor();
  await pat.goto("/people/sheet");
  await pat.getByRole("button", { name: /^Take/ }).click();
  await pat.getByRole("heading", { name: "The sheet is through" }).waitFor();
  await school.sound(pat, "a sheet that was taken");
  await pat.getByRole("link", { name: "To the register" }).click();
  await pat.getByRole("searchbox", { name: "Search" }).fill("amina");
  await pat.getByRole("button", { name: "Search" }).click();
  const row = pat.locator("tbody tr");
  await row.getByText("Amina Yusuf").waitFor();
  assert.equal(await row.count(), 1);
  assert.match(await row.innerText(), /visit leader[\s\S]*authorised/);
  await school.sound(pat, "people who were looked for");
});

test("a leader sends no register in and takes none out", async (story) => {
  const school = await opens(story);
  const ines = await school.logsIn("leader", WIDE, { to: "/people" });
  assert.equal(await ines.getByRole("link", { name: "Import or export" }).count(), 0);
  for (const path of ["/people/people.csv", "/people/sheet", "/devices/phones.xlsx"]) {
    const answer = await ines.request.get(path);
    assert.equal(answer.status(), 403, path);
  }
});

test("phones go out as .xlsx and CSV, and three hundred come in, a part at a time", async (story) => {
  const school = await opens(story);
  const pat = await school.logsIn("office", PHONE, { to: "/devices/sheet" });
  await school.sound(pat, "phones as a sheet");
  const [xlsx] = await Promise.all([pat.waitForEvent("download"), pat.getByRole("link", { name: "As .xlsx" }).click()]);
  const book = readFileSync(await xlsx.path());
  assert.equal(book.subarray(0, 2).toString(), "PK");
  await pat.getByLabel("The file").setInputFiles({ name: "phones.xlsx", mimeType: "application/octet-stream", buffer: book });
  await pat.getByRole("button", { name: "Show what it would do" }).click();
  await pat.getByText("0 new").waitFor();
  const lines = ["tag,kind,number,locked place"];
  for (let n = 0; n < 300; n++) lines.push(`ZZ-${String(n).padStart(3, "0")},work mobile,7700 9${String(n + 300).padStart(5, "0")},Office safe`);
  await pat.getByLabel("The file").setInputFiles(csv("phones.csv", `${lines.join("\n")}\n`));
  await pat.getByRole("button", { name: "Show what it would do" }).click();
  await pat.getByText("300 new").waitFor();
  await pat.getByRole("button", { name: "Take all 300" }).click();
  await pat.getByText("300 of 300 rows gone through, 300 taken.").waitFor();
  await pat.goto("/devices?q=zz&page=2");
  await pat.getByText("300 in all").waitFor();
  assert.equal(await pat.locator("tbody tr").count(), 50);
  await school.sound(pat, "the second page of many");
  const [text] = await Promise.all([pat.waitForEvent("download"), pat.goto("/devices/sheet").then(() => pat.getByRole("link", { name: "As CSV" }).click())]);
  assert.match(readFileSync(await text.path(), "utf8"), /"ZZ-299","work mobile"/);
});
