// Event to pixel: how long a check-in takes from the press on the leader's phone to its change on the boards. One board in
// Chromium, counted when the frame with the change is drawn; then the same with 199 further boards that are clients of the
// stream alone, each counted when the change has arrived whole. The press comes before the commit: what is printed has the
// way through Homeward and the synced journal in it, so that from commit to pixel takes less.
//
// `node pixel.mjs [PRESSES]`; STAGE=path of a stage built in release for figures worth keeping.
import { randomUUID } from "node:crypto";
import http from "node:http";
import { chromiumEnds, WIDE } from "./lib/browser.mjs";
import { opens } from "./lib/school.mjs";

const PRESSES = Number(process.argv[2] ?? 100);
const CLIENTS = 199;
/** Apart from one another, in milliseconds: each finds the board at rest. */
const APART_MS = 300;

/** A board without a screen: it notes when each mark came. */
function client(origin, cookie, marks) {
  const url = new URL("/stream", origin);
  const request = http.get(url, { headers: { cookie, accept: "text/event-stream" } }, (answer) => {
    let kept = "";
    answer.setEncoding("utf8");
    answer.on("data", (text) => {
      kept += text;
      const end = kept.lastIndexOf("\n\n");
      if (end < 0) return;
      const at = performance.timeOrigin + performance.now();
      // Of several drawings in one piece the newest counts, as it does for a browser.
      const whole = kept.slice(0, end);
      kept = kept.slice(end + 2);
      for (const found of whole.matchAll(/Running late by (\d+) minutes/g)) {
        const mark = Number(found[1]);
        if (!marks.has(mark)) marks.set(mark, at);
      }
    });
  });
  request.on("error", () => undefined);
  return request;
}

const sorted = (times) => [...times].sort((a, b) => a - b);
const at = (times, part) => times[Math.min(times.length - 1, Math.ceil(times.length * part) - 1)];
const said = (name, times) => {
  const all = sorted(times);
  const ms = (time) => `${time.toFixed(1)} ms`.padStart(10);
  console.log(`${name.padEnd(44)} p50 ${ms(at(all, 0.5))}  p99 ${ms(at(all, 0.99))}  worst ${ms(all.at(-1))}  (${all.length})`);
};

async function measured(school, page, press, cookie, clients, from) {
  const marks = Array.from({ length: clients }, () => new Map());
  const requests = marks.map((of) => client(school.stage.web, cookie, of));
  await new Promise((later) => setTimeout(later, clients === 0 ? 500 : 3_000));
  const sent = new Map();
  const answered = new Map();
  for (let n = 0; n < PRESSES; n++) {
    const mark = from + n;
    sent.set(mark, performance.timeOrigin + performance.now());
    await press(mark);
    answered.set(mark, performance.timeOrigin + performance.now());
    await page.waitForFunction((mark) => globalThis.drawn?.has(mark), mark, { polling: 50 });
    await new Promise((later) => setTimeout(later, APART_MS));
  }
  const drawn = new Map(await page.evaluate(() => [...globalThis.drawn]));
  const name = clients === 0 ? "1 board" : `${clients + 1} boards`;
  said(`${name}: press to its durable answer`, [...sent].map(([mark, time]) => answered.get(mark) - time));
  said(`${name}: press to pixel, Chromium`, [...sent].map(([mark, time]) => drawn.get(mark) - time));
  if (clients > 0) {
    const arrived = marks.flatMap((of) => [...sent].map(([mark, time]) => (of.get(mark) ?? Infinity) - time));
    said(`${name}: press to each of ${clients} stream clients`, arrived);
    const last = [...sent].map(([mark, time]) => Math.max(drawn.get(mark), ...marks.map((of) => of.get(mark) ?? Infinity)) - time);
    said(`${name}: press to the last of all boards`, last);
  }
  for (const request of requests) request.destroy();
}

const ends = [];
try {
  const school = await opens({ passed: true, after: (end) => ends.push(end) }, { outing: "departed" });
  const text = await school.stage.texted("WM-001", "your trip page");
  const link = `${school.stage.web}${/\/go\/[\w.~-]+/.exec(text)[0]}`;
  const opened = await fetch(`${link}/open`, { method: "POST", redirect: "manual" });
  const phone = opened.headers.get("set-cookie").split(";")[0];
  const door = `${link}/words`;
  const page = await school.logsIn("office", WIDE);
  await page.getByRole("heading", { name: "Year 6 to the City Museum" }).waitFor();
  await page.evaluate(() => {
    globalThis.drawn = new Map();
    const look = () => {
      const found = /Running late by (\d+) minutes/.exec(document.querySelector(".group .word")?.textContent ?? "");
      const mark = Number(found?.[1] ?? -1);
      if (mark < 0 || globalThis.drawn.has(mark)) return;
      globalThis.drawn.set(mark, Infinity);
      // The frame after the change: it is on the screen.
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => globalThis.drawn.set(mark, performance.timeOrigin + performance.now());
        channel.port2.postMessage(0);
      });
    };
    new MutationObserver(look).observe(document.getElementById("live"), { childList: true, subtree: true, characterData: true });
  });
  const [{ name, value }] = await page.context().cookies();
  const press = async (minutes) => {
    const body = JSON.stringify([{ id: randomUUID(), kind: "check-in", pressed_at: "2026-11-20T09:00:00Z", word: { late: { minutes } } }]);
    const answer = await fetch(door, { method: "POST", headers: { "Content-Type": "application/json", cookie: phone, "sec-fetch-site": "same-origin" }, body });
    const told = await answer.json();
    if (told.answers?.[0]?.outcome !== "accepted") throw new Error(JSON.stringify(told));
  };
  await measured(school, page, press, `${name}=${value}`, 0, 5);
  await measured(school, page, press, `${name}=${value}`, CLIENTS, 5 + PRESSES);
} finally {
  for (const end of ends) await end();
}
await chromiumEnds();
