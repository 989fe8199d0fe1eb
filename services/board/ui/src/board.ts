// The live board: the stream, the watchdog's banner, countdowns, the alarm and its notice, the title.

import { Alarm, type Severity } from "./alarm";
import { badge } from "./badges";
import { ServerClock } from "./clock";
import { clockTime, tick } from "./countdown";
import { listKnownTrips } from "./known-trips";
import { drawMaps } from "./map";
import { hideMine } from "./mine";
import { unlessPressed } from "./press";
import { type Freshness, listen, Watchdog } from "./stream";

const page = document.documentElement;
const clock = new ServerClock(Date.parse(page.dataset.now ?? "") || Date.now());
const watchdog = new Watchdog(performance.now());
const title = document.title;
let freshness: Freshness | undefined;
let loggedOut = false;

const byId = (id: string): HTMLElement | null => document.getElementById(id);

const draw = unlessPressed(() => byId("live"));

/** As the browser writes it, so that what it was given can be held against what it shows. */
function written(html: string): string {
  const apart = document.createElement("template");
  apart.innerHTML = html;
  return apart.innerHTML.trim();
}

/** The main part as it was drawn last, before the countdowns ticked: at first as the page was sent. */
let shown = byId("live")?.innerHTML.trim();

// The notice moves all that is below it. The press that arms the sound would miss its button if that were to happen under it.
const whileNobodyPresses = unlessPressed(() => document.body);
const alarm = new Alarm((armed) =>
  whileNobodyPresses(() => {
    const notice = byId("sound-off");
    if (notice !== null) notice.hidden = armed;
  }),
);

function setText(id: string, text: string): void {
  const element = byId(id);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/** Takes the board's main part anew; whoever was on a button stays on it. */
function show(html: string): void {
  const live = byId("live");
  if (live === null) return;
  // The stream begins with what the page has already: nothing is taken from under a hand that was quicker.
  const drawn = written(html);
  if (drawn === shown) return;
  shown = drawn;
  const focused = document.activeElement instanceof HTMLElement && live.contains(document.activeElement);
  const id = focused ? document.activeElement?.id : undefined;
  live.innerHTML = html;
  if (id !== undefined && id !== "") byId(id)?.focus({ preventScroll: true });
  drawMaps(live);
  hideMine(live);
  tick(document, clock.now());
  sound();
}

/** The main part says what alarms: see templates/board/live.html. */
function sound(): void {
  const state = byId("alarm-state");
  const cases = Number(state?.dataset.cases ?? "0");
  const severity = cases > 0 ? (state?.dataset.severity as Severity | undefined) : undefined;
  alarm.want(severity);
  badge("cases", cases);
  badge("calls", Number(state?.dataset.calls ?? "0"));
  document.title = cases > 0 ? `(${cases}) ${severity === "emergency" ? "EMERGENCY" : "ALERT"} · ${title}` : title;
  const said = state?.dataset.said ?? "";
  const announcer = byId("announcer");
  if (announcer !== null && announcer.textContent !== said) announcer.textContent = said;
}

function isLive(of: Freshness): boolean {
  return of.live && Object.keys(of.lost).length === 0;
}

/** Across the whole screen: never a stale green. */
function banner(): void {
  const element = byId("no-data");
  if (element === null) return;
  const silent = watchdog.silence(performance.now());
  const stale = freshness !== undefined && !isLive(freshness) ? freshness : undefined;
  element.hidden = silent === undefined && stale === undefined && !loggedOut;
  if (element.hidden) {
    // The next time it is as old as it is then.
    byId("no-data-trips")?.replaceChildren();
    return;
  }
  if (loggedOut) {
    setText("no-data-since", "You have been logged out");
    setText("no-data-why", "Log in again to see the live board.");
  } else if (silent !== undefined) {
    setText("no-data-since", `No live data since ${clockTime(clock.now() - silent)}`);
    setText("no-data-why", "This screen has lost its connection to Homeward and keeps trying. If in doubt, ring the trips that were out then.");
  } else if (stale !== undefined) {
    const lost = Object.entries(stale.lost)[0];
    if (!stale.begun) {
      setText("no-data-since", "Homeward is starting");
      setText("no-data-why", "It is still reading what happened. This takes a moment.");
    } else if (stale.stale_since !== null) {
      setText("no-data-since", `No live data since ${clockTime(Date.parse(stale.stale_since))}`);
      setText("no-data-why", "Homeward has lost touch with its services and is catching up. If in doubt, ring the trips that were out then.");
    } else if (lost !== undefined) {
      setText("no-data-since", `This board no longer hears ${lost[0]}`);
      setText("no-data-why", `Call whoever looks after Homeward: ${lost[1]}`);
    }
  }
  // Whoever was logged out is shown nothing.
  const [list, live] = [byId("no-data-trips"), byId("live")];
  if (list !== null && live !== null && list.childElementCount === 0 && !loggedOut) listKnownTrips(list, live);
  if (list !== null && loggedOut) list.hidden = true;
  const link = byId("no-data-log-in");
  if (link !== null) link.hidden = !loggedOut;
}

listen(page.dataset.stream ?? "/stream", {
  pulse(pulse) {
    watchdog.heard(performance.now());
    clock.hear(Date.parse(pulse.now));
    freshness = pulse.freshness;
    loggedOut = false;
    banner();
  },
  board(html) {
    watchdog.heard(performance.now());
    draw(() => show(html));
    banner();
  },
  refused() {
    loggedOut = true;
    banner();
  },
});

setInterval(() => {
  tick(document, clock.now());
  banner();
}, 1_000);
document.addEventListener("visibilitychange", banner);
byId("sound-on")?.addEventListener("click", () => {
  void alarm.arm().then(() => alarm.test());
});
// Any click will do: whoever works at the screen arms it by the way.
document.addEventListener("pointerdown", () => void alarm.arm(), { once: true });
void alarm.arm();
tick(document, clock.now());
drawMaps(document);
hideMine(document);
sound();
