// The leader's page: big buttons that work without signal. What is pressed is queued with its own id and time, shown as
// queued, and sent as soon as there is a connection.

import { tick } from "./countdown";
import { onHold } from "./hold";
import { unlessPressed } from "./press";
import { type Answer, BATCH, newId, type Press, Queue, reasonOf, type Word } from "./phone-queue";

const page = document.documentElement;
const token = location.pathname.split("/").pop() ?? "";
const queue = new Queue(localStorage, `homeward.queue.${token.slice(0, 24)}`);
const OFFSET = "homeward.clock-offset";
/** How often what waits is tried again, and the page is read anew, in milliseconds. */
const AGAIN_MS = 15_000;
const LOST_AFTER_MS = 8_000;

let offset = Number(localStorage.getItem(OFFSET) ?? Number.NaN);
// At first the page itself says what time it is; later what was heard last, since the page may be one that was kept.
if (Number.isNaN(offset)) offset = (Date.parse(page.dataset.now ?? "") || Date.now()) - Date.now();
let reached = true;
let sending = false;

const byId = (id: string): HTMLElement | null => document.getElementById(id);
const now = (): number => Date.now() + offset;

/** The server's time, carried on by this phone's clock: a phone that is set wrong still says when it was. */
function hearClock(text: string | undefined): void {
  const server = Date.parse(text ?? "");
  if (Number.isNaN(server)) return;
  offset = server - Date.now();
  try {
    localStorage.setItem(OFFSET, String(offset));
  } catch {
    // Without a store the offset lives as long as the page.
  }
}

function say(text: string, bad = false): void {
  const element = byId("said");
  if (element === null) return;
  element.textContent = text;
  element.classList.toggle("bad", bad);
}

function count(): number | undefined {
  const text = (byId("count") as HTMLInputElement | null)?.value.trim() ?? "";
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

function text(id: string): string | undefined {
  const value = (byId(id) as HTMLInputElement | HTMLSelectElement | null)?.value.trim() ?? "";
  return value === "" ? undefined : value;
}

function press(kind: Press["kind"], label: string, more: Partial<Press>): void {
  const group = text("group");
  const full: Press = { id: newId(), kind, pressed_at: new Date(now()).toISOString(), ...more };
  if (group !== undefined) full.group = group;
  queue.add(full, label);
  showQueue();
  void send();
}

function checkIn(word: Word, label: string, needsCount: boolean): void {
  const headcount = count();
  if (needsCount && headcount === undefined) {
    say("Count the pupils first, and write the number in.", true);
    byId("count")?.focus();
    return;
  }
  const note = text("note");
  const more: Partial<Press> = { word };
  if (headcount !== undefined) more.headcount = headcount;
  if (note !== undefined) more.note = note;
  press("check-in", headcount === undefined ? label : `${label}, ${headcount} pupils`, more);
  for (const id of ["count", "note"]) {
    const input = byId(id);
    if (input instanceof HTMLInputElement) input.value = "";
  }
}

const WORDS: Record<string, [Word, string, boolean]> = {
  ok: ["ok", "All well", false],
  boarded: ["boarded", "On board", true],
  arrived: ["arrived", "Arrived", true],
  handed_over: ["handed_over", "Handed over", true],
  leaving: ["leaving", "Leaving", true],
  back: ["back", "Back at school", true],
};

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-say]")) {
  const word = WORDS[button.dataset.say ?? ""];
  if (word !== undefined) button.addEventListener("click", () => checkIn(...word));
}
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-late]")) {
  const minutes = Number(button.dataset.late);
  button.addEventListener("click", () => checkIn({ late: { minutes } }, `Running ${minutes} minutes late`, false));
}
const help = byId("help");
if (help instanceof HTMLButtonElement) onHold(help, () => press("help", "Call for help", {}));
byId("lost-send")?.addEventListener("click", () => {
  const seen = text("last-seen");
  press("lost", "A child is lost", seen === undefined ? {} : { note: seen });
  byId("lost")?.removeAttribute("open");
});
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-found]") !== null) press("found", "The child is with us", {});
});

/** Sends what waits, the oldest first; a press that met no answer stays queued. */
async function send(): Promise<void> {
  const waiting = queue.waiting.slice(0, BATCH);
  if (sending || waiting.length === 0) return;
  sending = true;
  try {
    const answer = await fetch(`/go/${token}/words`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(waiting),
      cache: "no-store",
      signal: AbortSignal.timeout(LOST_AFTER_MS),
    });
    if (answer.ok) {
      const { answers } = (await answer.json()) as { answers: Answer[] };
      queue.answered(answers);
      tell(answers);
      connected(true);
    } else if (answer.status === 401) {
      // The page was closed in this browser: what waits is kept, and goes once the code was typed.
      const { answers } = (await answer.json()) as { answers: Answer[] };
      queue.answered(answers);
      location.reload();
    } else if (answer.status === 404 || answer.status === 410) {
      say("This link has expired. Ring the office: it writes your check-in down and sends a new link.", true);
    } else {
      connected(false);
    }
  } catch {
    connected(false);
  } finally {
    sending = false;
  }
  showQueue();
  if (reached) await refresh();
}

function tell(answers: readonly Answer[]): void {
  const refused = answers.find((answer) => answer.outcome === "refused");
  if (refused !== undefined) say(reasonOf(refused) ?? "That was not taken.", true);
  else if (answers.some((answer) => answer.outcome === "accepted")) say("Sent, and taken down by base.");
}

function connected(is: boolean): void {
  reached = is;
  page.dataset.signal = is ? "on" : "off";
  const strip = byId("offline");
  if (strip !== null) strip.hidden = is;
  if (!is && queue.waiting.length > 0) say("No connection. It is kept here and sent as soon as there is one.", true);
}

const STANDING = { queued: "Queued: not sent yet", taken: "Sent", refused: "Not taken" } as const;

function showQueue(): void {
  const list = byId("queue");
  if (list === null) return;
  list.replaceChildren(
    ...queue.items.map((item) => {
      const line = document.createElement("li");
      line.dataset.standing = item.standing;
      const at = new Date(item.press.pressed_at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
      const message = item.message === undefined || item.standing === "taken" ? "" : ` ${item.message}`;
      line.textContent = `${at}  ${item.label}. ${STANDING[item.standing]}.${message}`;
      return line;
    }),
  );
  const part = byId("said-so-far");
  if (part !== null) part.hidden = queue.items.length === 0;
}

const draw = unlessPressed(() => byId("phone-live"));

/** Reads the page anew and takes what changed: what is due next, the groups, the lost child's clock. */
async function refresh(): Promise<void> {
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(LOST_AFTER_MS) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok || answer.headers.get("X-From-Cache") !== null) return connected(answer.ok && reached);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    hearClock(fresh.documentElement.dataset.now);
    const [mine, theirs] = [byId("phone-live"), fresh.getElementById("phone-live")];
    draw(() => {
      if (mine !== null && theirs !== null && mine.innerHTML !== theirs.innerHTML) mine.replaceChildren(...theirs.childNodes);
      tick(document, now());
    });
    connected(true);
  } catch {
    connected(false);
  }
}

setInterval(() => tick(document, now()), 1_000);
setInterval(() => void (queue.waiting.length > 0 ? send() : refresh()), AGAIN_MS);
addEventListener("online", () => void send().then(refresh));
addEventListener("offline", () => connected(false));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) void send().then(refresh);
});
/** What browsers offer where a page can be put on the home screen. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const card = byId("install");
  if (card === null) return;
  card.hidden = false;
  byId("install-it")?.addEventListener("click", () => void (event as InstallEvent).prompt().finally(() => (card.hidden = true)), { once: true });
});
addEventListener("appinstalled", () => {
  const card = byId("install");
  if (card !== null) card.hidden = true;
});
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/phone-worker.js", { scope: "/go/" }).catch(() => undefined);
showQueue();
tick(document, now());
void refresh().then(send);
