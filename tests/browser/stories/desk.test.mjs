// The device desk: a tray out, a refusal, a phone kept, one swapped, all back in.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { chromium } from "playwright-core";
import { LAUNCH, PHONE, watched, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`a tray goes out, after a refusal (${name}) [DEV-5, DEV-7, DEV-8]`, async (story) => {
    const school = await opens(story, { outing: "authorised" });
    const pat = await school.logsIn("office", size, { to: school.museum });
    await pat.getByRole("link", { name: "Issue", exact: true }).click();
    await school.sound(pat, "issuing");
    const [ines, tom, asha] = [pat.getByLabel(/Ines Okafor/), pat.getByLabel(/Tom Hughes/), pat.getByLabel(/Asha/)];
    await ines.selectOption({ label: "WM-001 (07700 900101)" });
    await tom.selectOption({ label: "WM-001 (07700 900101)" });
    await pat.getByRole("button", { name: "Issue what is chosen" }).click();
    const refused = pat.getByRole("alert");
    assert.match(await refused.innerText(), /WM-001/, "the phone that goes to two is named");
    await school.sound(pat, "issuing refused");
    await tom.selectOption({ label: "WM-002 (07700 900102)" });
    await asha.selectOption({ label: "BP-001 (07700 900201)" });
    const charge = pat.getByLabel("Charge, in per cent (optional)").first();
    await charge.fill("120");
    await pat.getByRole("button", { name: "Issue what is chosen" }).click();
    assert.match(await pat.getByRole("alert").innerText(), /0 to 100/);
    await school.sound(pat, "a charge that is none");
    assert.equal(await charge.inputValue(), "120", "nothing typed is lost");
    await charge.fill("82");
    await pat.getByRole("button", { name: "Issue what is chosen" }).click();
    await pat.waitForURL(`**${school.museum}`);
    await pat.getByText(/all \d+ checks hold/).waitFor();
    await school.sound(pat, "a tray out");
    await pat.goto(`/devices/${school.stage.phones["WM-001"].id}`);
    await pat.getByText(/82 %, read/).waitFor();
  });
}

test("phones come in one after another, with place and recordings [DEV-4, MEDIA-1]", async (story) => {
  const school = await opens(story, { outing: "returned" });
  const pat = await school.logsIn("office", WIDE, { to: `/devices/return?trip=${school.stage.museum}` });
  await pat.getByLabel("Tag").fill("WM-009");
  await pat.getByLabel("Locked place").fill("Office safe, shelf 2");
  await pat.getByRole("button", { name: "It is in" }).click();
  assert.match(await pat.getByRole("alert").innerText(), /Say what became of recordings/, "nothing is declared that nobody said");
  await pat.getByLabel("Good").check();
  await pat.getByLabel("None were made").check();
  await pat.getByRole("button", { name: "It is in" }).click();
  await pat.getByText(/Say what became of recordings/).first().waitFor({ state: "detached" });
  assert.match(await pat.getByRole("alert").innerText(), /not|isn't/i, "a phone that is not out is refused");
  await school.sound(pat, "taking in refused");
  for (const tag of ["WM-001", "WM-002", "BP-001"]) {
    await pat.getByLabel("Tag").fill(tag);
    await pat.getByLabel("Locked place").fill("Office safe, shelf 2");
    await pat.getByLabel("Charge, in per cent (optional)").fill("34");
    await pat.getByRole("button", { name: "It is in" }).click();
    await pat.getByText(`${tag} is in.`).waitFor();
  }
  await pat.goto(`/devices/${school.stage.phones["WM-001"].id}`);
  await pat.getByText(/34 %, read/).waitFor();
  await pat.goto(`/devices/return?trip=${school.stage.museum}`);
  await pat.getByText("Every phone is in.").waitFor();
  await school.sound(pat, "all in");
  await school.stage.quiet();
  await pat.goto(school.museum);
  await pat.getByText("It is over").waitFor();
  await school.sound(pat, "closed");
});

test("a phone is registered: what is wrong stands beside its field", async (story) => {
  const school = await opens(story);
  const pat = await school.logsIn("office", PHONE, { to: "/devices" });
  await pat.getByLabel("Tag", { exact: true }).fill("WM-001");
  await pat.getByLabel("Number", { exact: true }).fill("01632 960044");
  await pat.getByRole("button", { name: "Register it" }).click();
  assert.ok((await pat.locator(".field.bad").count()) > 0);
  await school.sound(pat, "registering refused");
  await pat.getByLabel("Tag", { exact: true }).fill("WM-020");
  await pat.getByLabel("Number", { exact: true }).fill("07700 900120");
  await pat.getByLabel("Locked place").fill("Office safe");
  await pat.getByRole("button", { name: "Register it" }).click();
  await pat.getByRole("link", { name: "WM-020" }).click();
  await school.sound(pat, "one phone");
});

test("a phone is kept for somebody, given free, and swapped on the trip [DEV-6, DEV-8]", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const { phones } = school.stage;
  const pat = await school.logsIn("office", WIDE, { to: `/devices/${phones["WM-008"].id}` });
  await pat.getByText("Keep it for somebody").click();
  await pat.getByRole("button", { name: "Keep it" }).click();
  assert.match(await pat.getByRole("alert").innerText(), /whom it is kept for/i);
  await pat.getByLabel("For whom, of which trip").selectOption({ label: "Tom Hughes, Year 6 to the City Museum, 09:00" });
  await pat.getByRole("button", { name: "Keep it" }).click();
  await pat.getByText("Kept for").first().waitFor();
  await school.sound(pat, "a phone that is kept");
  await pat.getByText("Give it free again").click();
  await pat.getByLabel("Kept for").selectOption({ label: "Year 6 to the City Museum" });
  await pat.getByRole("button", { name: "Give it free" }).click();
  await pat.getByText("Give it free again").waitFor({ state: "detached" });

  await school.stage.outing("departed");
  await pat.goto(`/devices/${phones["WM-001"].id}`);
  await pat.getByText("Swap it for another").click();
  await pat.getByLabel("Goes out instead").selectOption({ label: "WM-008 (07700 900108)" });
  await pat.getByRole("button", { name: "Swap them" }).click();
  assert.match(await pat.getByRole("alert").innerText(), /locked place/i);
  await school.sound(pat, "swapping refused");
  await pat.getByLabel("Locked place where this one is now").fill("Office safe, shelf 2");
  await pat.getByLabel("None were made").check();
  await pat.getByRole("button", { name: "Swap them" }).click();
  await pat.getByText("in store").first().waitFor();
  await pat.goto(`/devices/${phones["WM-008"].id}`);
  await pat.getByText(/Ines Okafor, Year 6 to the City Museum/).first().waitFor();
  await school.sound(pat, "swapped");
});

/** As a hand scanner does: fast keys, then Enter. */
async function scans(page, tag) {
  await page.evaluate((text) => {
    for (const key of [...text, "Enter"]) {
      const target = document.activeElement ?? document.body;
      target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
  }, tag);
}

test("a tray is scanned: each tag to whom the form names, red for what may not leave [DEV-1, DEV-8]", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const pat = await school.logsIn("office", WIDE, { to: `/devices/issue?trip=${school.stage.museum}` });
  const said = pat.locator("[data-scan-said]");
  await pat.getByLabel("Scan or type a tag").fill("wm-002");
  await pat.keyboard.press("Enter");
  await said.getByText(/WM-002 for Tom Hughes/).waitFor();
  await pat.evaluate(() => document.activeElement.blur());
  await scans(pat, "WM-001");
  await said.getByText(/WM-001 for Ines Okafor/).waitFor();
  await pat.evaluate(() => document.activeElement.blur());
  await scans(pat, "BP-001");
  await said.getByText(/BP-001 for Asha/).waitFor();
  await pat.evaluate(() => document.activeElement.blur());
  await scans(pat, "WM-999");
  await said.getByText(/no phone in store is tagged so/).waitFor();
  await school.sound(pat, "a tray that was scanned");
  await pat.getByRole("button", { name: "Issue what is chosen" }).click();
  await pat.waitForURL(`**${school.museum}`);
  await pat.goto("/devices/issue");
  await pat.goto(`/devices/issue?trip=${school.stage.museum}`);
  await pat.getByText("has WM-001").waitFor();
});

test("labels: a code for each phone, 21 to a sheet of A4", async (story) => {
  const school = await opens(story);
  const pat = await school.logsIn("office", WIDE, { to: "/devices/labels" });
  const count = await pat.locator(".label-of").count();
  assert.ok(count >= 8, `${count} labels`);
  assert.equal(await pat.locator(".label-of svg.qr").count(), count);
  await school.sound(pat, "labels");
  await pat.emulateMedia({ media: "print" });
  assert.equal(await pat.getByRole("heading", { name: "Labels" }).isVisible(), false);
  const pdf = await pat.pdf({ preferCSSPageSize: true });
  assert.equal(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length, 1, "one sheet");
});

/** A picture that moves, as a camera would see a label: one grey frame of the drawn code, in the form that Chromium's own camera takes. */
async function filmOf(page, tag) {
  const { side, dark } = await page.locator(".label-of").filter({ hasText: tag }).locator("svg.qr").evaluate((svg) => ({
    side: svg.viewBox.baseVal.width,
    dark: [...svg.querySelector("path").getAttribute("d").matchAll(/M(\d+) (\d+)h1/g)].map(([, x, y]) => [Number(x), Number(y)]),
  }));
  const [width, height, dot] = [640, 480, Math.floor(400 / side)];
  const grey = Buffer.alloc(width * height, 235);
  const [left, top] = [Math.floor((width - side * dot) / 2), Math.floor((height - side * dot) / 2)];
  for (const [x, y] of dark) for (let row = 0; row < dot; row++) grey.fill(16, (top + y * dot + row) * width + left + x * dot, (top + y * dot + row) * width + left + (x + 1) * dot);
  const frame = Buffer.concat([Buffer.from("FRAME\n"), grey, Buffer.alloc((width * height) / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array(10).fill(frame)]);
}

test("the camera reads a label: the phone is in the tray", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const pat = await school.logsIn("office", WIDE, { to: "/devices/labels" });
  const folder = mkdtempSync(join(tmpdir(), "camera-"));
  const film = join(folder, "label.y4m");
  writeFileSync(film, await filmOf(pat, "WM-002"));
  const args = [...LAUNCH.args, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`];
  const seeing = await chromium.launch({ ...LAUNCH, args });
  story.after(async () => {
    await seeing.close();
    rmSync(folder, { recursive: true });
  });
  const context = await seeing.newContext({ baseURL: school.origin, permissions: ["camera"], ...PHONE });
  const page = watched(await context.newPage());
  await page.goto(`/login?next=${encodeURIComponent(`/devices/issue?trip=${school.stage.museum}`)}`);
  await page.getByLabel("Name").fill("office");
  await page.getByLabel("Password").fill("demo-office-1");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Use the camera" }).click();
  await page.locator("[data-scan-said]").getByText(/WM-002 for Tom Hughes/).waitFor({ timeout: 30_000 });
  await school.sound(page, "the camera reads");
  await page.getByRole("button", { name: "Camera off" }).click();
  assert.equal(await page.locator("video").count(), 0);
});

test("a phone whose passcode nobody confirmed is red before anybody tries, and mended on the spot [DEV-1]", async (story) => {
  const school = await opens(story, { outing: "authorised" });
  const pat = await school.logsIn("office", WIDE, { to: "/devices" });
  await pat.getByLabel("Tag", { exact: true }).fill("WM-030");
  await pat.getByLabel("Number", { exact: true }).fill("07700 900130");
  await pat.getByLabel("Locked place").fill("Office safe");
  await pat.getByRole("button", { name: "Register it" }).click();
  await pat.getByRole("link", { name: "WM-030" }).waitFor();
  await pat.goto(`/devices/issue?trip=${school.stage.museum}`);
  await pat.getByLabel(/Tom Hughes/).selectOption({ label: "WM-030 (07700 900130)" });
  await pat.locator(".against").getByText(/passcode was not confirmed lately/).waitFor();
  await school.sound(pat, "a phone that may not leave");
  await pat.getByRole("button", { name: "It asks for its passcode" }).click();
  await pat.waitForURL("**/devices/issue/ready");
  assert.equal(await pat.locator(".against").count(), 0, "nothing stands against it any more");
  assert.match(await pat.getByLabel(/Tom Hughes/).evaluate((select) => select.selectedOptions[0].textContent), /WM-030/, "what was chosen stays chosen");
  await school.sound(pat, "mended on the spot");
});
