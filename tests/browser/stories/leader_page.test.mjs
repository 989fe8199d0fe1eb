// The leader's page: one thumb, with signal and without.
import assert from "node:assert/strict";
import test from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

const sent = (page, words) => page.locator("#queue li[data-standing=taken]").filter({ hasText: words }).first().waitFor();

for (const [size, name] of [[PHONE, "phone"], [WIDE, "wide"]]) {
  test(`checking in, arrived, late, leaving, back (${name}) [CHECK-1, CHECK-5]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const leader = await school.opensLink("WM-001", size);
    await school.sound(leader, "the leader's page");
    await leader.getByRole("button", { name: "Arrived" }).click();
    assert.match(await leader.getByRole("status").filter({ hasText: "Count" }).innerText(), /Count the pupils first/);
    await school.sound(leader, "a count is asked for");
    await leader.getByLabel("Pupils counted").fill("24");
    await leader.getByRole("button", { name: "Arrived" }).click();
    await sent(leader, "Arrived, 24 pupils");
    await leader.getByText(/The office has: Arrived/).waitFor();
    await leader.getByLabel("Pupils counted").fill("24");
    await leader.getByRole("button", { name: "All well" }).click();
    await sent(leader, "All well, 24 pupils");
    await leader.getByRole("button", { name: "20 min" }).click();
    await sent(leader, "Running 20 minutes late");
    await school.sound(leader, "several words sent");
    const pat = await school.logsIn("office", WIDE);
    await pat.getByText(/Last word: Running late by 20 minutes/).waitFor();
    await leader.getByLabel("Pupils counted").fill("23");
    await leader.getByRole("button", { name: "Leaving" }).click();
    await sent(leader, "Leaving, 23 pupils");
    await pat.getByText("counted 23 of 24").waitFor();
    await school.sound(pat, "the board: a count that differs");
  });
}

test("a phone whose clock is wrong shows the school's time from the first moment", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const text = await school.stage.texted("WM-001", "your trip page");
  const context = await school.browser(PHONE);
  await context.clock.install({ time: new Date("2027-01-05T12:00:00Z") });
  const page = await context.newPage();
  // What it reads anew later doesn't come: it has only the page.
  await page.route("**/go/**", (route) => (route.request().isNavigationRequest() ? route.continue() : route.abort()));
  await page.goto(/\/go\/[\w.~-]+/.exec(text)[0]);
  await page.getByText(/due in (30|29) min/).waitFor();
});

test("help is held for a second; a brush against it sends nothing [CHECK-6]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const leader = await school.opensLink("WM-001", PHONE, { clock: true });
  const help = leader.getByRole("button", { name: "HELP" });
  const box = await help.boundingBox();
  await leader.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await leader.mouse.down();
  await leader.clock.runFor(700);
  await leader.mouse.up();
  await leader.clock.runFor(2_000);
  assert.equal(await leader.locator("#queue li").count(), 0);
  await leader.mouse.down();
  await leader.clock.runFor(1_100);
  await leader.mouse.up();
  await sent(leader, "Call for help");
  const pat = await school.logsIn("office", WIDE);
  await pat.getByText("HELP was called").first().waitFor();
  await school.sound(pat, "the board: help");
  await school.sound(leader, "help was called");
});

test("a lost child: asked once more, told, and found [CHECK-8]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const leader = await school.opensLink("WM-001", PHONE);
  await leader.getByText("A child is lost", { exact: true }).click();
  await leader.getByLabel("Last seen where").fill("By the dinosaurs, red coat");
  await school.sound(leader, "a child is lost?");
  await leader.getByRole("button", { name: "Yes, send: a child is lost" }).click();
  await leader.getByRole("heading", { name: "A child is lost" }).waitFor();
  await leader.getByText(/^dial 999 by \d\d:\d\d, in \d+ min( \d\d s)?, or sooner$/).waitFor();
  await leader.getByRole("link", { name: "Dial 999" }).waitFor();
  await leader.getByText("Base was told of the lost child at 09:00.").waitFor();
  await school.sound(leader, "a child is lost");
  const pat = await school.logsIn("office", PHONE);
  await pat.getByText(/^Child lost, if not found: dial 999 by/).first().waitFor();
  await school.sound(pat, "the board: a lost child");
  await leader.getByRole("button", { name: "The child is with us" }).click();
  await sent(leader, "The child is with us");
  await pat.getByText(/^Child lost, if not found: dial 999 by/).waitFor({ state: "detached" });
});

test("without signal: queued, the browser closed and opened, sent at its own time", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const chromium = (await school.browser()).browser();
  const folder = mkdtempSync(join(tmpdir(), "homeward-phone-"));
  story.after(() => rmSync(folder, { recursive: true, force: true }));
  const text = await school.stage.texted("WM-001", "your trip page");
  const path = /\/go\/[\w.~-]+/.exec(text)[0];
  const opensPhone = () => school.phone(chromium.browserType(), folder, PHONE);

  let phone = await opensPhone();
  let page = phone.pages()[0] ?? (await phone.newPage());
  await school.takesLink(page, school.origin + path, "WM-001");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  school.cable.pull();
  await page.getByLabel("Pupils counted").fill("24");
  await page.getByRole("button", { name: "All well" }).click();
  await page.locator("#queue li[data-standing=queued]").filter({ hasText: "All well, 24 pupils" }).waitFor();
  await page.getByText("No connection. The buttons still work").waitFor();
  await school.sound(page, "without signal");
  await phone.close();

  phone = await opensPhone();
  page = phone.pages()[0] ?? (await phone.newPage());
  await page.goto(school.origin + path);
  await page.locator("#queue li[data-standing=queued]").filter({ hasText: "All well, 24 pupils" }).waitFor();
  await school.sound(page, "opened again without signal");
  school.cable.mend();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.locator("#queue li[data-standing=taken]").filter({ hasText: "All well, 24 pupils" }).waitFor();
  await page.getByText(/The office has: All well/).waitFor();
  await school.sound(page, "sent");
});

test("a copied link opens nothing elsewhere; the code from the text does, and what waited is sent", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const leader = await school.opensLink("WM-001", PHONE);
  const address = leader.url();
  // Whoever has a copy of the link: the page tells nothing, and a wrong code opens nothing.
  const copy = await (await school.browser(WIDE)).newPage();
  await copy.goto(address);
  await copy.getByRole("heading", { name: "This link needs a code here" }).waitFor();
  assert.doesNotMatch(await copy.content(), /Museum|Red|Okafor/);
  await school.sound(copy, "a link that was opened elsewhere");
  await copy.getByLabel("The code from the text").fill("2222-2222");
  await copy.getByRole("button", { name: "Open the page here" }).click();
  await copy.getByText("That is not the code.").waitFor();
  await school.sound(copy, "a wrong code");
  await copy.getByText("Call for help", { exact: true }).click();
  await copy.getByRole("button", { name: "Yes, call for help" }).click();
  await copy.getByText("Help was called").waitFor();
  const pat = await school.logsIn("office", WIDE);
  await pat.getByText("HELP was called").first().waitFor();
  // The code, typed on the phone's other browser, opens it there and closes the first: what is pressed there waits for it.
  const other = await (await school.browser(PHONE)).newPage();
  await other.goto(address);
  await other.getByRole("button", { name: "Text the code to the work mobile" }).waitFor();
  await school.sound(other, "the code is asked for");
  const code = await school.typesCode(other, "WM-001");
  await school.sound(other, "opened by the code");
  await leader.getByLabel("Pupils counted").fill("24");
  await leader.getByRole("button", { name: "All well" }).click();
  await leader.getByRole("heading", { name: "This link needs a code here" }).waitFor();
  await leader.getByLabel("The code from the text").fill(code.toLowerCase());
  await leader.getByRole("button", { name: "Open the page here" }).click();
  await sent(leader, "All well, 24 pupils");
  // The office closes it wherever it is open.
  await pat.goto(school.museum);
  await pat.getByRole("button", { name: "Close its page" }).first().click();
  await other.reload();
  await other.getByRole("heading", { name: "This link needs a code here" }).waitFor();
});

test("a link that is no longer good says what to do", async (story) => {
  const school = await opens(story);
  const page = await (await school.browser(PHONE)).newPage();
  await page.goto("/go/not-a-link");
  await page.getByText("You can still check in by text").waitFor();
  await page.getByRole("link", { name: "01632 960001" }).waitFor();
  await school.sound(page, "a link that is no good");
});

test("the page is light: under 60 kB, nothing from elsewhere", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const text = await school.stage.texted("WM-001", "your trip page");
  const page = await (await school.browser(PHONE)).newPage();
  const loaded = [];
  const count = (request) => loaded.push({ url: request.url(), sizes: request.sizes() });
  page.on("requestfinished", count);
  await school.takesLink(page, /\/go\/[\w.~-]+/.exec(text)[0], "WM-001");
  // What comes later (the worker fetches the page once more, to have it off line) is not of the first sight.
  page.off("requestfinished", count);
  const elsewhere = loaded.filter(({ url }) => !url.startsWith(school.origin));
  assert.deepEqual(elsewhere, []);
  let bytes = 0;
  for (const { sizes } of loaded) {
    const { responseBodySize, responseHeadersSize } = await sizes;
    bytes += responseBodySize + responseHeadersSize;
  }
  assert.ok(bytes > 1_000 && bytes < 60_000, `${bytes} bytes`);
});

test("the page can be put on the home screen as an app", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const leader = await school.opensLink("WM-001", PHONE);
  await leader.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const tools = await leader.context().newCDPSession(leader);
  const { errors, data } = await tools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(manifest.name, "Year 6 to the City Museum");
  assert.equal(manifest.start_url, new URL(leader.url()).pathname);
  for (const { src, sizes } of manifest.icons) {
    const answer = await leader.request.get(src);
    assert.equal(answer.status(), 200, src);
    const png = await answer.body();
    assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes, src);
  }
  const { installabilityErrors } = await tools.send("Page.getInstallabilityErrors");
  // A browser of a story is one without a profile: nothing is ever installed there.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"), []);
});
