// The live board: what it shows, how soon, and what it says when it can't.
import assert from "node:assert/strict";
import test from "node:test";
import { hears, PHONE, WIDE } from "../lib/browser.mjs";
import { opens } from "../lib/school.mjs";

for (const [size, name] of [[WIDE, "wide"], [PHONE, "phone"]]) {
  test(`a missed check-in shows within a second, is owned, and resolved with a reason (${name}) [CHECK-2]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    const pat = await school.logsIn("office", size);
    await pat.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
    await school.sound(pat, "the board, calm");
    await school.stage.nobodyAnswers();
    await school.stage.at("09:39");
    assert.equal(await pat.getByText("missed the check-in").count(), 0, "the grace is not over");
    await school.stage.at("09:40");
    await pat.getByText("Year 6 missed the check-in due at 09:30.", { exact: true }).waitFor({ timeout: 1_000 });
    assert.match(await pat.title(), /^\(1\) ALERT/);
    await school.sound(pat, "the board, in alarm");
    await school.stage.at("09:45");
    await pat.locator(".ladder .told").nth(1).waitFor();
    await pat.getByRole("button", { name: "I have it" }).click();
    await pat.getByText("Pat Winterbourne has it until").waitFor();
    assert.doesNotMatch(await pat.title(), /ALERT/);
    await school.sound(pat, "the board, owned");
    await pat.getByRole("link", { name: "Resolve, note, hand back" }).click();
    await pat.getByRole("button", { name: "Resolve", exact: true }).click();
    assert.match(await pat.getByRole("alert").first().innerText(), /why/i);
    await school.sound(pat, "resolving refused");
    await pat.getByLabel("Why it is over").fill("Rang the museum: all well, the phone was in a locker");
    await pat.getByRole("button", { name: "Resolve", exact: true }).click();
    await pat.waitForURL(/\/(alerts)?$/);
    await school.sound(pat, "alerts, resolved");
    await pat.goto("/");
    await pat.locator(".reasons").waitFor({ state: "detached" });
  });
}

test("a text that comes in shows on two boards within a second", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const pat = await school.logsIn("office", WIDE);
  const ruth = await school.logsIn("head", PHONE);
  const second = await pat.context().newPage();
  await second.goto("/?kiosk=1");
  await second.getByText("No check-in yet").waitFor();
  await school.sound(second, "the board on a wall");
  const answered = school.stage.sends("WM-001", "OK 24");
  for (const page of [pat, ruth, second]) await page.getByText("All well at 09:00, 24 counted").waitFor();
  await answered;
});

test("nobody has to click: what is owned in one tab stands so in the other", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  const one = await school.logsIn("office", WIDE);
  const two = await one.context().newPage();
  await two.goto("/");
  await one.getByRole("button", { name: "I have it" }).click();
  await two.getByText("Pat Winterbourne has it until").waitFor();
  // Whoever has it isn't offered to take it over; others are, and hers goes.
  await two.getByRole("button", { name: /I have it|Take it over/ }).waitFor({ state: "hidden" });
  const ruth = await school.logsIn("head", WIDE);
  await ruth.getByRole("button", { name: "Take it over" }).click();
  await two.getByText("Ruth Adeyemi has it until").waitFor();
  await two.getByRole("button", { name: "Take it over" }).waitFor();
});

for (const [name, viewport] of [["1366x768", { width: 1366, height: 768 }], ["1920x1080", { width: 1920, height: 1080 }]]) {
  test(`a wall doesn't scroll: in an alarm nothing urgent lies below its edge (${name}) [CHECK-2]`, async (story) => {
    const school = await opens(story, { outing: "departed" });
    await school.stage.nobodyAnswers();
    await school.stage.at("09:45");
    const wall = await school.logsIn("office", { viewport }, { to: "/?kiosk=1" });
    await wall.getByText("missed the check-in due at 09:30").first().waitFor();
    await wall.getByText(/^missed \d+ min( \d\d s)? ago$/).waitFor();
    const lowest = () => wall.evaluate(() => {
      const urgent = [...document.querySelectorAll("#sound-off, .tiles, .reasons, .countdown, .ringing a, .case .next, .unreached")];
      return Math.max(...urgent.map((one) => one.getBoundingClientRect().bottom));
    });
    assert.equal(await wall.locator(".ringing a:visible").count(), 2, "whom to ring is seen");
    assert.ok((await lowest()) <= viewport.height, `a missed check-in: ${await lowest()} of ${viewport.height}`);
    await school.sound(wall, "the wall, in alarm");
    await school.stage.sends("WM-001", "LOST");
    await wall.locator(".countdown.lost").waitFor();
    assert.ok((await lowest()) <= viewport.height, `and a lost child: ${await lowest()} of ${viewport.height}`);
    const pat = await wall.context().newPage();
    await pat.goto("/");
    await pat.getByRole("button", { name: "I have it" }).click();
    await wall.getByText("Pat Winterbourne has it until").waitFor();
    assert.ok((await lowest()) <= viewport.height, `and owned: ${await lowest()} of ${viewport.height}`);
    await school.sound(wall, "the wall, owned");
  });
}

test("the stream begins with what the page has: nothing is taken from under a quick hand [CHECK-2]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  const pat = await school.logsIn("office", WIDE);
  await pat.addInitScript(() => addEventListener("DOMContentLoaded", () => (window.asSent = document.querySelector("#live .trip"))));
  const streamed = pat.waitForResponse((answer) => new URL(answer.url()).pathname === "/stream");
  await pat.goto("/");
  await streamed;
  await hears(pat);
  assert.ok(await pat.evaluate(() => window.asSent.isConnected), "it is the page's own still");
  await school.stage.at("09:45");
  await pat.locator(".ladder .told").nth(1).waitFor();
  assert.ok(!(await pat.evaluate(() => window.asSent.isConnected)), "and drawn anew when something changed");
});

test("the first press on a board counts, though it arms the sound besides: nothing moves under it [CHECK-2]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  const pat = await (await school.logsIn("office", WIDE)).context().newPage();
  await pat.goto("/");
  const notice = pat.locator("#sound-off");
  await notice.waitFor();
  const own = pat.getByRole("button", { name: "I have it" });
  await own.hover();
  const before = await own.boundingBox();
  await pat.mouse.down();
  const frames = () => new Promise((done) => {
    const next = (left) => requestAnimationFrame(() => (left === 0 ? done() : next(left - 1)));
    next(30);
  });
  await pat.evaluate(frames);
  assert.deepEqual(await own.boundingBox(), before, "it stays where the finger is");
  await pat.mouse.up();
  await pat.getByText("Pat Winterbourne has it until").waitFor();
});

test("a button that is pressed while the board is drawn anew is pressed all the same [CHECK-2]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  const pat = await school.logsIn("office", WIDE, { clock: true });
  const ruth = await school.logsIn("head", WIDE);
  await hears(pat);
  // So that the finger may stay as long as the story needs.
  await pat.clock.pauseAt(await pat.evaluate(() => Date.now() + 1_000));
  const own = pat.getByRole("button", { name: "I have it" });
  await own.hover();
  await pat.mouse.down();
  const [under, told] = [await own.elementHandle(), await pat.locator(".ladder .told").count()];
  await school.stage.at("09:45");
  await ruth.locator(".ladder .told").nth(1).waitFor();
  await hears(pat);
  await pat.clock.runFor(3_000);
  assert.ok(await under.evaluate((button) => button.isConnected), "it is still the one that is pressed, by a slow hand too");
  assert.equal(await pat.locator(".ladder .told").count(), told, "what changed waits for the finger");
  await pat.mouse.up();
  await pat.getByText("Pat Winterbourne has it until").waitFor();
});

test("the stream goes dead: after ten seconds the board covers itself, and says since when", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const pat = await school.logsIn("office", WIDE, { clock: true });
  await pat.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
  await hears(pat);
  school.cable.goesDead();
  await pat.clock.fastForward(8_000);
  assert.equal(await pat.getByText("No live data since").isVisible(), false, "not yet");
  await pat.clock.fastForward(4_000);
  await pat.getByText(/No live data since 09:00:\d\d/).waitFor();
  await school.sound(pat, "no live data");
  const covers = await pat.evaluate(() => document.elementFromPoint(300, 300)?.closest("#no-data") !== null);
  assert.ok(covers, "nothing stale is seen through it");
  await pat.getByRole("alertdialog").getByText("Year 6 to the City Museum").waitFor();
  await pat.getByRole("alertdialog").getByRole("link", { name: /07700 900101/ }).waitFor();
  school.cable.mend();
  await pat.clock.fastForward(4_000);
  await pat.getByText("No live data since").waitFor({ state: "hidden" });
});

test("Homeward restarts under the open board: it covers itself, and comes back by itself", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const pat = await school.logsIn("office", WIDE, { clock: true });
  await pat.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
  await school.stage.goesDown();
  await pat.clock.fastForward(11_000);
  await pat.getByText(/No live data since/).waitFor();
  await school.stage.comesBack();
  await school.stage.sends("WM-001", "OK 24");
  await pat.clock.fastForward(4_000);
  await pat.getByText("All well at 09:00, 24 counted").waitFor();
  await pat.getByText(/No live data since/).waitFor({ state: "hidden" });
  await pat.getByRole("link", { name: "Trips" }).click();
  await pat.getByRole("heading", { name: "Trips" }).waitFor();
});

test("the session ends in another tab: the board says so, and a form is not lost", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const board = await school.logsIn("office", WIDE, { clock: true });
  const form = await board.context().newPage();
  await form.goto("/alerts");
  await form.getByLabel("What is wrong").fill("The coach is late");
  const other = await board.context().newPage();
  await other.goto("/trips");
  await other.getByRole("button", { name: "Log out" }).click();
  await other.waitForURL("**/login**");
  await form.getByRole("button", { name: "Raise it" }).click();
  await form.getByRole("heading", { name: "You are no longer logged in" }).waitFor();
  await school.sound(form, "no longer logged in");
  await form.getByRole("link", { name: "Log in again" }).click();
  await form.getByLabel("Name").fill("office");
  await form.getByLabel("Password").fill("demo-office-1");
  await form.getByRole("button", { name: "Log in" }).click();
  await form.getByText("What you had typed when the log-in ended stands here again.").waitFor();
  await school.sound(form, "what was typed is back");
  assert.equal(await form.getByLabel("What is wrong").inputValue(), "The coach is late");
  await other.goto("/trips");
  await other.getByRole("button", { name: "Log out" }).click();
  await other.waitForURL("**/login**");
  school.cable.pull();
  school.cable.mend();
  await board.clock.fastForward(4_000);
  await board.getByText("You have been logged out").waitFor();
  await school.sound(board, "the board: logged out");
  await board.getByRole("link", { name: "Log in" }).click();
  await board.getByLabel("Password").waitFor();
});

test("sound: said loudly while it is off, armed by a click, and an alarm sounds until somebody has it", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const pat = await school.logsIn("office", WIDE, { to: "/trips" });
  await pat.addInitScript(() => {
    globalThis.playing = 0;
    const start = AudioBufferSourceNode.prototype.start;
    const stop = AudioBufferSourceNode.prototype.stop;
    AudioBufferSourceNode.prototype.start = function (...args) {
      if (this.loop) globalThis.playing += 1;
      return start.apply(this, args);
    };
    AudioBufferSourceNode.prototype.stop = function (...args) {
      if (this.loop) globalThis.playing -= 1;
      return stop.apply(this, args);
    };
  });
  await pat.goto("/");
  const notice = pat.getByText("Sound is off on this screen");
  await notice.waitFor();
  await school.sound(pat, "sound off");
  await pat.getByRole("button", { name: "Switch the alarm sound on" }).click();
  await notice.waitFor({ state: "hidden" });
  await school.sound(pat, "sound on");
  assert.equal(await pat.evaluate(() => globalThis.playing), 0);
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  await pat.locator(".reasons").getByText("missed the check-in").waitFor();
  await pat.waitForFunction(() => globalThis.playing === 1);
  await pat.getByRole("button", { name: "I have it" }).click();
  await pat.getByText("has it until").waitFor();
  // The page was loaded anew by the click: nothing plays on it.
  await pat.waitForFunction(() => globalThis.playing === 0);
});

test("by keyboard alone: to the alert, and it is owned", async (story) => {
  const school = await opens(story, { outing: "departed" });
  await school.stage.nobodyAnswers();
  await school.stage.at("09:40");
  const pat = await school.logsIn("office", WIDE);
  await pat.getByRole("button", { name: "I have it" }).waitFor();
  await pat.keyboard.press("Tab");
  assert.equal(await pat.evaluate(() => document.activeElement?.textContent), "Skip to the content");
  await pat.keyboard.press("Enter");
  for (let presses = 0; presses < 12; presses++) {
    await pat.keyboard.press("Tab");
    if ((await pat.evaluate(() => document.activeElement?.textContent)) === "I have it") break;
  }
  const ring = await pat.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(ring, "solid", "where one is can be seen");
  await pat.keyboard.press("Enter");
  await pat.getByText("Pat Winterbourne has it until").waitFor();
});

test("a check-in taken by phone is written down from the board [CHECK-1, CONT-4]", async (story) => {
  const school = await opens(story, { outing: "departed" });
  const pat = await school.logsIn("office", PHONE);
  await pat.getByRole("link", { name: "Write down a check-in" }).click();
  await pat.getByRole("button", { name: "Write it down" }).click();
  assert.match(await pat.getByRole("alert").first().innerText(), /what was said/i);
  await school.sound(pat, "writing down refused");
  await pat.getByLabel("What was said").selectOption({ label: "All well" });
  await pat.getByLabel("Pupils counted").fill("24");
  await pat.getByLabel("The words").fill("Rang from the museum's desk: all here, phones have no signal");
  await school.sound(pat, "writing down");
  await pat.getByRole("button", { name: "Write it down" }).click();
  await pat.getByText(/All well at 09:00, 24 counted/).waitFor();
});
