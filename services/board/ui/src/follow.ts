// A page that follows what happens: when something changed, it reads itself anew and takes what is different, unless
// somebody is in the middle of a form; then it says that it changed. The stream is open while the page is seen only: a
// browser has few connections to one place.

import { unlessPressed } from "./press";

/** Read anew at most once in so long, in milliseconds. */
const PAUSE_MS = 800;

/** Follows if the page asks for it: `<main data-follow>`. */
export function follow(main: HTMLElement, drawn: () => void): void {
  if (main.dataset.follow === undefined) return;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let typed = false;
  const draw = unlessPressed(() => main);
  shown = bare(main);
  main.addEventListener("input", () => (typed = true));
  const news = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void readAnew(main, () => typed || isBusy(main), draw, drawn);
    }, PAUSE_MS);
  };
  const open = (): void => {
    if (document.hidden || source !== undefined) return;
    source = new EventSource("/stream?news=1");
    source.addEventListener("board", news);
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) source = undefined;
    });
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return open();
    source?.close();
    source = undefined;
  });
  addEventListener("pagehide", () => source?.close());
  open();
}

/** Somebody is at work on it: a field has the focus, or a part was opened. */
function isBusy(main: HTMLElement): boolean {
  return document.activeElement instanceof HTMLElement && main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, summary");
}

/** What differs each time though nothing changed is left out. */
function bare(main: HTMLElement): string {
  return main.innerHTML.replace(/name="(once|form_token)" value="[^"]*"/g, "");
}

let shown = "";

async function readAnew(
  main: HTMLElement,
  busy: () => boolean,
  draw: (draws: () => void) => void,
  drawn: () => void,
): Promise<void> {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    const badges = read.querySelectorAll<HTMLElement>("[data-badge]");
    for (const fresh of badges) document.querySelector(`[data-badge="${fresh.dataset.badge ?? ""}"]`)?.replaceWith(fresh);
    const fresh = read.querySelector("main");
    if (fresh !== null) draw(() => take(main, fresh, busy, drawn));
  } catch {
    // Without a connection it stays as it is; the board is what says so.
  }
}

/** Takes what is different, unless somebody would lose what they do. */
function take(main: HTMLElement, fresh: HTMLElement, busy: () => boolean, drawn: () => void): void {
  if (bare(fresh) === shown) return;
  shown = bare(fresh);
  const [before, now] = [formOf(main), formOf(fresh)];
  if (busy() || (before !== "" && now !== "" && before !== now)) return say(main);
  const open = [...main.querySelectorAll("details")].map((details) => details.open);
  main.replaceChildren(...fresh.childNodes);
  [...main.querySelectorAll("details")].forEach((details, n) => (details.open ||= open[n] ?? false));
  drawn();
}

/** The form that somebody would decide on: it is never changed under their eyes. */
function formOf(main: HTMLElement): string {
  return main.querySelector<HTMLInputElement>("input[name=hash]")?.value ?? "";
}

function say(main: HTMLElement): void {
  if (main.querySelector("[data-changed]") !== null) return;
  const notice = document.createElement("div");
  notice.className = "notice soon";
  notice.dataset.changed = "";
  notice.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Show it as it is now";
  notice.append("This has changed since you opened it. ", link);
  main.prepend(notice);
}
