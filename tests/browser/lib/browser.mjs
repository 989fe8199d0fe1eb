// Chromium, one for each file of stories. Every page is watched: what it complains of fails the story.
import { after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb", "--lang=en-GB",
];

/** How Chromium is started. */
export const LAUNCH = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, env: { ...process.env, LANGUAGE: "en_GB" } };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;

/** Chromium, started when it is first wanted, ended after the file's last story. */
export async function chromiumIsUp() {
  browser ??= chromium.launch(LAUNCH);
  return browser;
}

export async function chromiumEnds() {
  if (browser !== undefined) await (await browser).close();
  browser = undefined;
}

if (process.env.NODE_TEST_CONTEXT !== undefined) after(chromiumEnds);

export const WIDE = { viewport: { width: 1366, height: 768 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** What the network says when a story pulls the cable, or a form is refused; the rest fails the story. */
const EXPECTED = [/net::ERR_/, /status of 4\d\d/, /status of 503/];

/** Keeps what a page complains of. */
export function watched(page) {
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.some((known) => known.test(message.text()))) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.complaints = complaints;
  return page;
}

/**
 * The page as it stands has nothing against it: axe finds nothing, no script failed, nothing of it hangs out at the side.
 * @param {import("playwright-core").Page} page
 */
export async function isSound(page, state) {
  // What is looked at has its styles: a form that was sent brings a new page.
  await page.waitForLoadState("load");
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      resultTypes: ["violations"],
      rules: { "target-size": { enabled: true } },
    });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
  });
  assert.deepEqual(found, [], `axe, ${state}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${state}: ${over} px hang out at the side`);
  assert.deepEqual(page.complaints, [], `${state}: the page complains`);
}

/** Waits until the page's stream has told the board, and a pulse after it: then nothing is under way, and the next pulse is seconds off. */
export async function hears(page) {
  const wire = await page.context().newCDPSession(page);
  const heard = new Promise((ok) => {
    let pulses = 0;
    wire.on("Network.eventSourceMessageReceived", ({ eventName }) => {
      pulses += eventName === "pulse" ? 1 : 0;
      if (pulses === 2) ok();
    });
  });
  await wire.send("Network.enable");
  await heard;
  await wire.detach();
}
